"""A market that stands still: it quotes what a test sets and its clock is the test's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from graphql_api.market.quotes import Instrument, Quote

KNOWN = {
    "AAPL": "Apple",
    "MSFT": "Microsoft",
    "BRK.B": "Berkshire Hathaway",
    "TSLA": "Tesla",
    "NOQ": "Never Quoted",
}


class StillMarket:
    """Prices are strings, as a test writes them. Quotes are fresh unless `at` says otherwise."""

    source = "TEST"

    def __init__(self) -> None:
        self._quotes: dict[str, Quote] = {}
        self._fresh: set[str] = set()
        self._stands_at: datetime | None = None
        self.reset()

    def reset(self) -> None:
        """Back to the quotes that every test may count on, and to the wall clock."""
        self.stand_at(None)
        self._quotes.clear()
        self._fresh.clear()
        self.set("AAPL", bid="149.98", ask="150.02", last="150.00")
        self.set("MSFT", bid="299.90", ask="300.10", last="300.00")
        self.set("BRK.B", bid="450.00", ask="450.50", last="450.25")
        self.set("TSLA", bid="0.0999", ask="0.1", last="0.1")

    def set(
        self,
        symbol: str,
        *,
        bid: str | None = None,
        ask: str | None = None,
        last: str | None = None,
        bid_size: str | None = "1000",
        ask_size: str | None = "1000",
        at: datetime | None = None,
    ) -> None:
        """Quote a symbol from now on."""
        self._quotes[symbol] = Quote(
            symbol,
            bid=_number(bid),
            ask=_number(ask),
            last=_number(last),
            bid_size=_number(bid_size),
            ask_size=_number(ask_size),
            at=at or self.now(),
            source=self.source,
        )
        if at is None:
            self._fresh.add(symbol)
        else:
            self._fresh.discard(symbol)

    def stand_at(self, at: datetime | None) -> None:
        """Stop the clock at a time, or let it run with the wall clock again."""
        self._stands_at = at

    def now(self) -> datetime:
        return self._stands_at or datetime.now(UTC)

    def instrument(self, symbol: str) -> Instrument | None:
        """What has a name or was quoted is known."""
        is_known = symbol in KNOWN or symbol in self._quotes
        return Instrument(symbol, KNOWN.get(symbol, symbol)) if is_known else None

    def search(self, text: str, limit: int) -> list[Instrument]:
        found = [
            Instrument(symbol, name) for symbol, name in KNOWN.items() if symbol.startswith(text.upper())
        ]
        return found[:limit]

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        return {symbol: self._now(symbol) for symbol in symbols if symbol in self._quotes}

    def closing_quotes(self, symbols: Sequence[str], at: datetime) -> dict[str, Quote]:
        return self.quotes(symbols)

    def trouble(self) -> None:
        return None

    def close(self) -> None:
        pass

    def _now(self, symbol: str) -> Quote:
        quote = self._quotes[symbol]
        return replace(quote, at=self.now()) if symbol in self._fresh else quote


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
