"""A refusal: why, which input field to change, and a sentence that says what to do.

Raise `Refused` when nothing should be kept; return a `Refusal` when something should be, as an
order that the rules reject is saved with its reason.
"""

from dataclasses import dataclass

from graphql_api.oms.words import RejectionCode


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was refused. `field` is the name of the input's field in the public API."""

    code: RejectionCode
    field: str
    message: str


class Refused(Exception):  # noqa: N818 - it is an answer to the user, not an error of ours
    """Stops a use case and undoes its transaction: nothing is kept but the answer."""

    def __init__(self, code: RejectionCode, field: str, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, field, message)
