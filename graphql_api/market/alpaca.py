"""Alpaca: bid and ask with their sizes and the last trade, of the Investors Exchange (feed `iex`).

https://docs.alpaca.markets/us/reference/stocksnapshots-1: one request for many symbols; a price of 0 means
that nobody bids or asks; sizes are shares (round lots before November 3, 2025). A free account has 200
requests a minute; every answer says how many are left (X-RateLimit-Remaining) and until when
(X-RateLimit-Reset). A symbol that cannot be one, such as ABC1, refuses the whole request: 400
{"message": "invalid symbol: ABC1"}. A wrong key is 401 or 403:
https://docs.alpaca.markets/us/docs/market-data-faq.
"""

import re
from collections.abc import Mapping, Sequence

from graphql_api.market.answers import UnreadableError, member, price_of, size_of, time_of_text
from graphql_api.market.connection import check_key
from graphql_api.market.quotes import Quote

URL = "https://data.alpaca.markets"
VOID_TRADES = frozenset({"canceled", "incorrect"})


class Alpaca:
    """The `Feed` of an Alpaca account. Raises ValueError where the key or the secret cannot be one."""

    source = "ALPACA"
    symbols_a_request = 100
    requests_a_minute = 200
    burst = 50
    fresh_seconds = 1.0
    refusal = "refuses the API key: set ALPACA_API_KEY and ALPACA_API_SECRET"

    def __init__(self, api_key: str, api_secret: str) -> None:
        self.headers: Mapping[str, str] = {
            "APCA-API-KEY-ID": check_key("ALPACA_API_KEY", api_key),
            "APCA-API-SECRET-KEY": check_key("ALPACA_API_SECRET", api_secret),
        }

    def can_ask(self, symbol: str) -> bool:
        """Letters, and after a dot the class of the share or what else it is: BRK.B, ABC.WS."""
        return re.fullmatch(r"[A-Z]+(\.[A-Z]+)?", symbol) is not None

    def request(self, symbols: Sequence[str]) -> tuple[str, Mapping[str, str]]:
        """The snapshots of all of them."""
        return "/v2/stocks/snapshots", {"symbols": ",".join(symbols), "feed": "iex"}

    def read(self, answer: object, symbols: Sequence[str]) -> Mapping[str, Quote | None]:
        """A snapshot a symbol. Raises UnreadableError where there are no snapshots at all."""
        if not isinstance(answer, dict):
            raise UnreadableError
        quotes: dict[str, Quote | None] = {}
        for symbol in symbols:
            snapshot = answer.get(symbol)
            if snapshot is None:
                quotes[symbol] = None
            elif quote := _read_snapshot(symbol, snapshot):
                quotes[symbol] = quote
        return quotes

    def unknown(self, status: int, answer: object, symbols: Sequence[str]) -> Sequence[str]:
        """The symbol that a status 400 names."""
        message = member(answer, "message")
        if status != 400 or not isinstance(message, str):
            return ()
        _, named, name = message.partition("invalid symbol: ")
        return [symbol for symbol in symbols if named and symbol == name.strip()]


def _read_snapshot(symbol: str, snapshot: object) -> Quote | None:
    """Its time is the book's where anybody bids or asks, else the last trade's."""
    book, trade = member(snapshot, "latestQuote"), member(snapshot, "latestTrade")
    bid, ask = price_of(member(book, "bp")), price_of(member(book, "ap"))
    last = None if member(trade, "u") in VOID_TRADES else price_of(member(trade, "p"))
    booked_at, traded_at = time_of_text(member(book, "t")), time_of_text(member(trade, "t"))
    if booked_at is None:
        bid = ask = None
    if traded_at is None:
        last = None
    at = traded_at if bid is None and ask is None else booked_at
    if at is None or (bid is None and ask is None and last is None):
        return None
    return Quote(
        symbol=symbol,
        bid=bid,
        ask=ask,
        last=last,
        bid_size=None if bid is None else size_of(member(book, "bs")),
        ask_size=None if ask is None else size_of(member(book, "as")),
        at=at,
        source=Alpaca.source,
    )
