"""An order in one line, as `/trade` takes it: `buy 10 AAPL`, `sell $500 TSLA limit 240`.

    side amount SYMBOL [market] [limit PRICE] [stop PRICE] [day | gtc | ioc | fok | opg | cls]

The amount is shares, or dollars with a `$`. Words may be in either case; `at` and `@` say limit, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from slack_client.trade.forms import Typed, Unit, read_number, read_symbol
from slack_client.words import OrderType, Side, TimeInForce

LINE_USAGE = "/trade buy 10 AAPL"
LIMIT_USAGE = "/trade sell $500 TSLA limit 240"
STOP_USAGE = "/trade sell 10 AAPL stop 140 gtc"
_SIDES: Mapping[str, Side] = {each.lower(): each for each in Side}
_TIMES: Mapping[str, TimeInForce] = {each.lower(): each for each in TimeInForce}
_LIMIT_WORDS = frozenset({"limit", "at", "@"})


@dataclass(frozen=True)
class Unreadable:
    """What could not be read, in a sentence, and the line that comes nearest to it."""

    message: str
    usage: str


def is_line(text: str) -> bool:
    """Whether a text begins as an order does."""
    words = text.split()
    return bool(words) and words[0].lower() in _SIDES


def read_line(text: str) -> Typed | Unreadable:
    """Read an order in one line; what is left out at the end is left to the form."""
    side, *words = text.split()
    typed = Typed(side=_SIDES[side.lower()])
    if words:
        amount = words.pop(0)
        if read_number(amount) is None:
            return Unreadable(f"“{amount}” is no amount: write shares, or dollars with a $.", LINE_USAGE)
        typed = replace(typed, amount=amount, unit=Unit.DOLLARS if "$" in amount else Unit.SHARES)
    if words:
        word = words.pop(0)
        symbol = read_symbol(word)
        if symbol is None:
            return Unreadable(f"“{word}” cannot be a symbol.", LINE_USAGE)
        typed = replace(typed, symbol=symbol)
    return _read_terms(typed, words)


def _read_terms(typed: Typed, words: Sequence[str]) -> Typed | Unreadable:
    """Read what follows the symbol: the prices and the time in force, in any order."""
    left = list(words)
    while left:
        word = left.pop(0)
        name = word.lower()
        if name in _TIMES:
            typed = replace(typed, time_in_force=_TIMES[name])
        elif name in _LIMIT_WORDS or name == "stop":
            usage = STOP_USAGE if name == "stop" else LIMIT_USAGE
            price = left.pop(0) if left else ""
            if read_number(price) is None:
                said = f", not “{price}”" if price else ""
                return Unreadable(f"After “{word}” comes a price{said}.", usage)
            price = price.removeprefix("$")
            is_stop = name == "stop"
            typed = replace(typed, stop_price=price) if is_stop else replace(typed, limit_price=price)
        elif name != "market":
            return Unreadable(f"I cannot read “{word}”.", LIMIT_USAGE)
    typed = replace(typed, type=_TYPES[bool(typed.limit_price), bool(typed.stop_price)])
    if typed.has_stop and typed.unit is Unit.DOLLARS:
        return Unreadable("A stop order is by shares, not by dollars.", STOP_USAGE)
    return typed


_TYPES: Mapping[tuple[bool, bool], OrderType] = {
    (False, False): OrderType.MARKET,
    (True, False): OrderType.LIMIT,
    (False, True): OrderType.STOP,
    (True, True): OrderType.STOP_LIMIT,
}
