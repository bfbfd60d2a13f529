"""When and at what price an order fills against a quote. Pure: values in, values out, no clock."""

from datetime import datetime, timedelta
from decimal import Decimal

from graphql_api.market.quotes import Quote
from graphql_api.oms import money
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.words import RejectionCode, Side

MAX_PERCENT_WORSE_THAN_EXPECTED = Decimal(2)


def mark_of(quote: Quote) -> Decimal | None:
    """What a share counts for in a valuation: last, else the middle of bid and ask."""
    if quote.last is not None:
        return quote.last
    if quote.bid is not None and quote.ask is not None:
        return money.middle(quote.bid, quote.ask)
    return None


def market_price(side: Side, quote: Quote) -> Decimal | None:
    """A market order buys at the ask and sells at the bid; at last where that side is missing."""
    near = quote.ask if side is Side.BUY else quote.bid
    return quote.last if near is None else near


def is_stale(quote: Quote, now: datetime, max_age: timedelta) -> bool:
    """Whether the quote is too old to trade on."""
    return quote.age(now) > max_age


def is_crossed(quote: Quote) -> bool:
    """Whether the quote makes no sense: a bid above the ask, or a price that is not above 0."""
    prices = (quote.bid, quote.ask, quote.last)
    if any(price is not None and price <= 0 for price in prices):
        return True
    return quote.bid is not None and quote.ask is not None and quote.bid > quote.ask


def fill_price(side: Side, quote: Quote, now: datetime, max_age: timedelta) -> Decimal | Refusal:
    """The price at which a market order fills against this quote now, or why it does not."""
    price = market_price(side, quote)
    if price is None:
        return no_quote(quote.symbol)
    if is_crossed(quote):
        return Refusal(
            RejectionCode.CROSSED_QUOTE,
            "symbol",
            f"The quote of {quote.symbol} makes no sense now: a bid above the ask, or a price of 0. "
            "Try again in a moment.",
        )
    if is_stale(quote, now, max_age):
        return Refusal(
            RejectionCode.STALE_QUOTE,
            "symbol",
            f"The last quote of {quote.symbol} is older than {max_age // timedelta(seconds=1)} seconds. "
            "Try again in a moment.",
        )
    return price


def no_quote(symbol: str) -> Refusal:
    """The refusal of a symbol that has no price."""
    return Refusal(
        RejectionCode.NO_QUOTE, "symbol", f"There is no price for {symbol} now. Try again in a moment."
    )


def is_price_moved(side: Side, price: Decimal, expected: Decimal) -> bool:
    """Whether a fill at `price` is more than 2 % worse than what the client expected."""
    worse_by = price - expected if side is Side.BUY else expected - price
    return money.is_above_percent(worse_by, expected, MAX_PERCENT_WORSE_THAN_EXPECTED)
