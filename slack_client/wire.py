"""What crosses the wire between the bot and the OMS: frozen models with exact numbers."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel


def _only_text(value: object) -> object:
    if isinstance(value, str | Decimal):
        return value
    raise ValueError("a decimal is a string on the wire")


ExactDecimal = Annotated[
    Decimal, BeforeValidator(_only_text), PlainSerializer(lambda value: f"{value:f}", return_type=str)
]
"""A Decimal that is a plain string on the wire, both ways: no float can slip in between."""


class Wire(BaseModel):
    """A value that crosses the wire: frozen, complete, camelCase there and snake_case here."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)
