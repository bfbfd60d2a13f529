"""What a client sees of an error: its own mistakes with a code, ours masked with an id that is in the log."""

import logging
import re
import secrets

from graphql import GraphQLError, GraphQLSyntaxError

from graphql_api.oms.refusals import Refused
from graphql_api.oms.words import RejectionCode

_log = logging.getLogger("graphql_api")
_VARIABLE = re.compile(r"Variable '\$(\w+)' has invalid value(?: at \.?([\w.\[\]]+))?")


def publish(error: GraphQLError) -> GraphQLError:
    """The error as the client may see it. What is not the client's mistake is logged and masked."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    if isinstance(original, Refused):
        return _coded(error, _code_of(original.refusal.code), original.refusal.field)
    if original is not None:
        return masked(original, error)
    variable = _VARIABLE.match(error.message)
    if variable is not None:
        path = variable[2] or variable[1]
        return _coded(error, "BAD_USER_INPUT", variable[1] + path if path.startswith("[") else path)
    if "code" in (error.extensions or {}):
        return error
    is_syntax = isinstance(error, GraphQLSyntaxError)
    return _coded(error, "GRAPHQL_PARSE_FAILED" if is_syntax else "GRAPHQL_VALIDATION_FAILED")


def masked(original: BaseException, error: GraphQLError | None = None) -> GraphQLError:
    """An error of ours: logged whole, and shown as an id."""
    id = secrets.token_hex(4)
    _log.error("internal error %s", id, exc_info=original)
    return GraphQLError(
        f"internal error {id}: it is in the log under this id",
        nodes=error.nodes if error else None,
        path=error.path if error else None,
        extensions={"code": "INTERNAL_ERROR", "id": id},
    )


def _coded(error: GraphQLError, code: str, field: str | None = None) -> GraphQLError:
    named = {} if field is None else {"field": field}
    return GraphQLError(
        error.message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": code, **named},
    )


def _code_of(code: RejectionCode) -> str:
    return "FORBIDDEN" if code is RejectionCode.NOT_PERMITTED else "BAD_USER_INPUT"
