"""Quotes, instruments and the market's clock as GraphQL shows them."""

from datetime import datetime, timedelta
from decimal import Decimal

import strawberry

from graphql_api.context import Info
from graphql_api.market import quotes
from graphql_api.oms.fills import is_stale


@strawberry.type(description="The prices of one symbol at one time. A side that nobody quotes is null.")
class Quote:
    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    bid_size: Decimal | None = strawberry.field(description="Shares wanted at the bid.")
    ask_size: Decimal | None = strawberry.field(description="Shares offered at the ask.")
    at: datetime
    age_seconds: Decimal = strawberry.field(
        description="Its age now; of a trade's quote, its age when it traded."
    )
    source: str = strawberry.field(description="Where it comes from. SIMULATED prices are not real.")
    stale: bool = strawberry.field(description="Too old to trade on.")

    @staticmethod
    def of(quote: quotes.Quote, now: datetime, max_age: timedelta) -> "Quote":
        return Quote(
            symbol=quote.symbol,
            bid=quote.bid,
            ask=quote.ask,
            last=quote.last,
            bid_size=quote.bid_size,
            ask_size=quote.ask_size,
            at=quote.at,
            age_seconds=Decimal(quote.age(now) // timedelta(microseconds=1)).scaleb(-6),
            source=quote.source,
            stale=is_stale(quote, now, max_age),
        )

    @staticmethod
    def now(info: Info, quote: quotes.Quote) -> "Quote":
        snapshot = info.context.snapshot
        return Quote.of(quote, snapshot.view.now, snapshot.desk.max_quote_age)


def quote_now(info: Info, symbol: str) -> Quote | None:
    """The symbol's quote, the same one through the whole operation."""
    quote = info.context.snapshot.quote(symbol)
    return None if quote is None else Quote.now(info, quote)


@strawberry.type(description="Something that can be traded.")
class Instrument:
    symbol: str
    name: str = strawberry.field(description="The company's or fund's name.")

    @strawberry.field(description="Its quote now.")
    def quote(self, info: Info) -> Quote | None:
        return quote_now(info, self.symbol)


@strawberry.type(description="Where prices come from, and its clock.")
class Market:
    source: str
    now: datetime = strawberry.field(description="The market's time: orders and trades are stamped with it.")
    is_open: bool
    next_open: datetime | None = strawberry.field(description="Null where the market never closes.")
    next_close: datetime | None = strawberry.field(description="Null where the market never closes.")

    @staticmethod
    def of(info: Info) -> "Market":
        desk, view = info.context.desk, info.context.snapshot.view
        running, following = desk.calendar.session_at(view.now), desk.calendar.next_session(view.now)
        closes = not desk.calendar.never_closes
        return Market(
            source=view.source,
            now=view.now,
            is_open=running is not None,
            next_open=following.opens_at if closes else None,
            next_close=(running or following).closes_at if closes else None,
        )
