"""Ids: UUIDv7 inside, plain letters and digits outside.

The id of an order or a trade carries its portfolio's, so that an id alone finds its place.
"""

import re
from uuid import UUID

from uuid_utils.compat import uuid7

NO_ID = UUID(int=0)
"""An id that nothing has."""
_HEX = re.compile(r"[0-9a-f]{32}")


def new_id() -> UUID:
    """A new id; ids made later sort later, to the millisecond."""
    return uuid7()


def to_text(*parts: UUID) -> str:
    """An id as the public API writes it; of an order or a trade, its portfolio's id comes first."""
    return "_".join(part.hex for part in parts)


def from_text(text: str, parts: int = 1) -> tuple[UUID, ...] | None:
    """The ids in a text of `to_text`, None where it is not one."""
    pieces = text.split("_")
    if len(pieces) != parts or not all(_HEX.fullmatch(piece) for piece in pieces):
        return None
    return tuple(UUID(piece) for piece in pieces)
