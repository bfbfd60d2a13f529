"""Texts that clients write: kept as they are where they can be kept, refused by name where not."""

import re
import unicodedata

from graphql_api.oms.refusals import Refused
from graphql_api.oms.words import RejectionCode

MAX_NAME = 80
MAX_NOTE = 3000
MAX_CLIENT_ORDER_ID = 128
MAX_TRADER = 100
_SYMBOL = re.compile(r"[A-Z0-9.\-]{1,12}")


def check_text(
    field: str,
    text: str | None,
    limit: int,
    code: RejectionCode = RejectionCode.INVALID_INPUT,
    allowed: str = "",
) -> None:
    """Raises Refused where a text is blank, too long, or has characters that cannot be kept or shown.

    Control characters pass where they are `allowed`; an absent text passes.
    """
    if text is None:
        return
    if not text.strip() or len(text) > limit:
        raise Refused(code, field, f"{field} must have between 1 and {limit} characters.")
    if not can_be_kept(text, allowed):
        raise Refused(code, field, f"{field} has characters that cannot be kept, such as control characters.")


def read_note(text: str | None) -> str | None:
    """A note as it is kept, with its line breaks and tabs; a blank one is none. Raises Refused."""
    if text is None or not text.strip():
        return None
    check_text("note", text, MAX_NOTE, allowed="\n\r\t")
    return text


def can_be_kept(text: str, allowed: str = "") -> bool:
    """Whether a text has no control characters but the allowed ones, and no half of a surrogate pair.

    A database cannot even be asked for some of the others.
    """
    return not any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in allowed for letter in text)


def read_symbol(text: str) -> str | None:
    """The symbol in a text, trimmed and in upper case; None where there is none."""
    trimmed = text.strip()
    symbol = trimmed.upper() if trimmed.isascii() else trimmed
    return symbol if _SYMBOL.fullmatch(symbol) else None
