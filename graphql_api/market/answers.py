"""Reading what a source has answered: nothing that a machine on the internet may send does any harm here.

Numbers stay decimal from the wire on. A number that cannot be a price, a size or a time is no price, no
size, no time; what is no JSON at all raises UnreadableError.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, DecimalException

PRICE_STEP = Decimal("0.000001")
"""The smallest step of a price, as the books have it."""
MAX_PRICE = Decimal(10) ** 12
MAX_SIZE = Decimal(10) ** 9
MAX_SECOND = Decimal(10) ** 11

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class UnreadableError(Exception):
    """An answer that is not what the source's documentation says."""


def decode(body: bytes) -> object:
    """The decoded JSON: numbers are Decimals, NaN and Infinity null. Raises UnreadableError for the rest."""
    try:
        return json.loads(body, parse_float=Decimal, parse_int=Decimal, parse_constant=_read_as_null)
    except (ValueError, DecimalException, RecursionError):
        raise UnreadableError from None


def member(value: object, *path: str) -> object:
    """What lies at a path of names in decoded JSON, None where there is no such path."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def price_of(value: object) -> Decimal | None:
    """A number as a price, rounded half up to the books' step; None for zero, less, and beyond 10^12."""
    if not isinstance(value, Decimal) or not 0 < value <= MAX_PRICE:
        return None
    return value.quantize(PRICE_STEP, rounding=ROUND_HALF_UP) or None


def size_of(value: object) -> Decimal | None:
    """A number as a count of whole shares; None for a fraction, less than zero, and beyond 10^9."""
    if not isinstance(value, Decimal) or not 0 <= value <= MAX_SIZE or value % 1:
        return None
    return Decimal(int(value))


def time_of_text(value: object) -> datetime | None:
    """An RFC 3339 text as a time in UTC, cut to the microsecond."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return None if at is None or at.utcoffset() is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def time_of_second(value: object) -> datetime | None:
    """A number of seconds since 1970 as a time in UTC, cut to the second."""
    if not isinstance(value, Decimal) or not 0 < value < MAX_SECOND:
        return None
    return _EPOCH + timedelta(seconds=int(value))


def _read_as_null(_: str) -> None:
    """NaN, Infinity and -Infinity: Python reads them, JSON does not have them."""
