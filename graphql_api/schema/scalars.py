"""Exact numbers, times and JSON on the wire."""

from datetime import UTC, datetime
from decimal import Decimal

import strawberry
from graphql import GraphQLError, StringValueNode, ValueNode
from graphql.language import IntValueNode
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from graphql_api.oms import money
from graphql_api.oms.events import iso


def bad_input(message: str, field: str | None = None) -> GraphQLError:
    """The client wrote something that cannot be read, in this argument. The field of a variable's part
    is in its path, and `errors.publish` names it."""
    named = {} if field is None else {"field": field}
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT", **named})


def _read_decimal(value: object) -> Decimal:
    try:
        return money.read(value)
    except ValueError as unreadable:
        raise bad_input(str(unreadable)) from None


def _read_decimal_literal(node: ValueNode, _variables: object = None) -> Decimal:
    try:
        return money.read(node.value if isinstance(node, StringValueNode | IntValueNode) else None)
    except ValueError as unreadable:
        field = _field_of(node)
        raise GraphQLError(
            f"{field}: {unreadable}", node, extensions={"code": "BAD_USER_INPUT", "field": field}
        ) from None


def _field_of(node: ValueNode) -> str:
    """The name before a literal's colon: `quantity` in `quantity: 1.5`."""
    colon = node.loc.start_token.prev if node.loc else None
    name = colon.prev if colon else None
    return (name and name.value) or "value"


def _read_time(value: object) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        if at is not None and at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise bad_input("a time is written in ISO 8601 with its offset, such as 2026-11-23T15:00:00Z")


CONFIG = StrawberryConfig(
    scalar_map={
        Decimal: strawberry.scalar(
            name="Decimal",
            description='An exact number, written as a string: "101.25". Integers are read, floats are not.',
            serialize=money.plain,
            parse_value=_read_decimal,
            parse_literal=_read_decimal_literal,
        ),
        datetime: strawberry.scalar(
            name="DateTime",
            description="A time in ISO 8601, UTC, to the microsecond.",
            serialize=iso,
            parse_value=_read_time,
        ),
        JSON: strawberry.scalar(name="JSON", description="Any JSON value.", serialize=lambda value: value),
    }
)
"""How Python's types are written and read."""
