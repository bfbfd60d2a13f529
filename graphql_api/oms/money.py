"""Exact numbers: the only module that multiplies, divides or rounds money, prices and quantities.

Money and prices have 6 decimals, quantities 9. A number is rounded once, where a ledger entry is
made, half up (PostgreSQL's own rule). Python's default context would round products at 28 digits,
so every product and quotient is made here, in a context wide enough to be exact.
"""

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import reduce

ZERO = Decimal(0)
MONEY = Decimal("0.000001")
"""The smallest amount of money and the smallest step of a price."""
CENT = Decimal("0.01")
"""What fees and dividends are rounded to."""
QUANTITY = Decimal("0.000000001")
"""The smallest quantity of shares."""

MAX_MONEY = Decimal(10) ** 12
"""The largest amount, price or notional that may be asked for."""
MAX_QUANTITY = Decimal(10) ** 9
"""The largest quantity that may be asked for."""
MAX_BALANCE = 92 * Decimal(10) ** 11
"""The largest balance that may be kept: a signed 64-bit count of millionths holds it."""
MAX_POSITION = 9 * Decimal(10) ** 9
"""The largest position that may be kept: a signed 64-bit count of billionths holds it."""

_READABLE = re.compile(r"-?[0-9]{1,13}(\.[0-9]+)?")
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])


def read(value: object) -> Decimal:
    """The number that a client wrote as a string or an integer.

    Raises ValueError for everything else: floats, exponents, NaN, other scripts' digits.
    """
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**13:
        return Decimal(value)
    if isinstance(value, str) and _READABLE.fullmatch(value):
        return Decimal(value)
    raise ValueError('a number is written as a string such as "101.25", or as an integer')


def plain(value: Decimal) -> str:
    """The number in plain notation without trailing zeros: 100.50 is 100.5, 1E+2 is 100."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def shown(value: Decimal) -> str:
    """The number for a person: separators, at least two decimals, nothing rounded away."""
    whole, _, decimals = format(value, ",f").partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def is_in_steps_of(value: Decimal, unit: Decimal) -> bool:
    """Whether the number has no more decimals than `unit`."""
    return value.quantize(unit, context=_EXACT) == value


def value_of(quantity: Decimal, price: Decimal) -> Decimal:
    """What a quantity is worth at a price, in money."""
    return _EXACT.quantize(_EXACT.multiply(quantity, price), MONEY)


def product_of(quantity: Decimal, price: Decimal) -> Decimal:
    """A quantity times a price, unrounded: 15 decimals."""
    return _EXACT.multiply(quantity, price)


def total(*values: Decimal) -> Decimal:
    """Values added up, however many digits the sum has."""
    return reduce(_EXACT.add, values, ZERO)


def moved_by_bps(price: Decimal, bps: Decimal) -> Decimal:
    """A price that is `bps` hundredths of a percent higher (lower below 0), to 6 decimals."""
    return _EXACT.quantize(_EXACT.add(price, bps_of(price, bps)), MONEY)


def bps_of(value: Decimal, bps: Decimal) -> Decimal:
    """Hundredths of a percent of a value, unrounded."""
    return _EXACT.scaleb(_EXACT.multiply(value, bps), -4)


def percent_of(value: Decimal, percent: Decimal) -> Decimal:
    """Percent of a value, unrounded."""
    return _EXACT.scaleb(_EXACT.multiply(value, percent), -2)


def to_cents(value: Decimal) -> Decimal:
    """An amount to the cent."""
    return _EXACT.quantize(value, CENT)


def quantity_for(notional: Decimal, price: Decimal) -> Decimal:
    """How much an amount of money buys at a price: rounded down, never worth more than the amount."""
    exact = _EXACT.divide(notional, price)
    return exact.quantize(QUANTITY, rounding=ROUND_DOWN, context=_EXACT)


def average(total: Decimal, quantity: Decimal) -> Decimal:
    """A total spread over a quantity, to 6 decimals; 0 over nothing."""
    return _EXACT.quantize(_EXACT.divide(total, quantity), MONEY) if quantity else ZERO


def part_of(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The share of a total that belongs to `part` of `whole`, in money."""
    return _EXACT.quantize(_EXACT.divide(_EXACT.multiply(total, part), whole), MONEY)


def middle(low: Decimal, high: Decimal) -> Decimal:
    """The price half-way between two prices, to 6 decimals."""
    return _EXACT.quantize(_EXACT.divide(_EXACT.add(low, high), Decimal(2)), MONEY)


def is_above_percent(part: Decimal, whole: Decimal, percent: Decimal) -> bool:
    """Whether `part` is more than `percent` % of `whole`."""
    return _EXACT.multiply(part, Decimal(100)) > _EXACT.multiply(whole, percent)
