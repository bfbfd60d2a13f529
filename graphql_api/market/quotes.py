"""What every market gives: quotes, a clock and instruments to search.

One interface, a file a source. The business asks a `Market` and never knows which one it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Quote:
    """The prices of one symbol at one time; a side that nobody quotes is None.

    Prices are in the account's currency for one share, sizes in shares. `number` tells it from the
    symbol's other quotes where its time does not. `is_first` is its symbol's first one of the session.
    """

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None
    at: datetime
    source: str
    number: int = 0
    is_first: bool = False

    @property
    def identity(self) -> int:
        """What differs from one quote of the symbol to the next: its number, else its microsecond."""
        return self.number or (self.at - _EPOCH) // _MICROSECOND

    def age(self, now: datetime) -> timedelta:
        """How old the quote is at `now`, never negative."""
        return max(now - self.at, timedelta(0))


@dataclass(frozen=True, slots=True)
class Instrument:
    """Something that can be traded, and its company's name."""

    symbol: str
    name: str


class Market(Protocol):
    """A source of quotes with a clock of its own. Safe to ask from several threads at once."""

    @property
    def source(self) -> str:
        """The source's name as quotes carry it, such as SIMULATED."""

    def now(self) -> datetime:
        """The market's time, aware and in UTC: what orders, trades and quotes are stamped with."""

    def instrument(self, symbol: str) -> Instrument | None:
        """The instrument of this symbol, None where the market does not know it."""

    def search(self, text: str, limit: int) -> list[Instrument]:
        """At most `limit` instruments whose symbol or name fits `text`, best first."""

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """The quotes of these symbols by symbol; those without a quote are left out."""

    def closing_quotes(self, symbols: Sequence[str], at: datetime) -> dict[str, Quote]:
        """The quotes whose `last` is the official close of the session that ended at `at`."""

    def trouble(self) -> str | None:
        """Why the source gives no quotes now, in a sentence; None where it does."""

    def close(self) -> None:
        """Give back what it holds; it is not asked again."""
