"""When and at what price an order fills against a quote. Pure: values in, values out, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from graphql_api.market.quotes import Quote
from graphql_api.oms import money
from graphql_api.oms.money import ZERO
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.words import OrderType, RejectionCode, Side, TimeInForce, Watch

MAX_PERCENT_WORSE_THAN_EXPECTED = Decimal(2)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an order asks for: size by exactly one of quantity (shares) and notional (money)."""

    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None

    @property
    def size_field(self) -> str:
        """The input field that says how much."""
        return "quantity" if self.notional is None else "notional"


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a quote does to an order: whether its stop has triggered, the price that it fills at, and why
    it is held back where the quote is no good."""

    is_triggered: bool
    price: Decimal | None = None
    held_back: Refusal | None = None


def meet(
    terms: Terms,
    quote: Quote,
    now: datetime,
    max_age: timedelta,
    slippage_bps: Decimal,
    *,
    was_triggered: bool,
    is_arrival: bool,
) -> Meeting:
    """Let an order meet a quote.

    A limit fills at the quote when it arrives, when its stop has triggered right now, and at the first
    quote of a session; one that rests fills at its limit.
    """
    held_back = refuse_quote(quote, now, max_age)
    if held_back is not None:
        return Meeting(was_triggered, held_back=held_back)
    if not was_triggered and not _triggers(terms, quote):
        return Meeting(is_triggered=False)
    price = far_price(terms.side, quote)
    if price is None:
        return Meeting(is_triggered=True, held_back=no_quote(quote.symbol))
    if terms.limit_price is None:
        return Meeting(is_triggered=True, price=slipped(terms.side, price, slippage_bps))
    if not reaches(terms.side, price, terms.limit_price):
        return Meeting(is_triggered=True)
    triggers_now = terms.stop_price is not None and not was_triggered
    is_new = is_arrival or triggers_now or quote.is_first
    return Meeting(is_triggered=True, price=price if is_new else terms.limit_price)


def watch_of(terms: Terms, *, is_triggered: bool, is_held_back: bool) -> tuple[Watch | None, Decimal | None]:
    """What a working order waits for in its symbol's quotes, and at which price."""
    if terms.time_in_force is TimeInForce.CLS:
        return None, None
    if terms.time_in_force is TimeInForce.OPG:
        return Watch.OPEN, None
    if is_held_back:
        return Watch.ANY, None
    is_buy = terms.side is Side.BUY
    if terms.stop_price is not None and not is_triggered:
        return (Watch.BUY_STOP if is_buy else Watch.SELL_STOP), terms.stop_price
    if terms.limit_price is None:
        return Watch.ANY, None
    return (Watch.BUY_LIMIT if is_buy else Watch.SELL_LIMIT), terms.limit_price


def _triggers(terms: Terms, quote: Quote) -> bool:
    """Whether an order without a stop, or whose stop is reached by this quote's last, may trade."""
    if terms.stop_price is None:
        return True
    if quote.last is None:
        return False
    return quote.last >= terms.stop_price if terms.side is Side.BUY else quote.last <= terms.stop_price


def mark_of(quote: Quote) -> Decimal | None:
    """What a share counts for in a valuation: last, else the middle of bid and ask."""
    if quote.last is not None:
        return quote.last
    if quote.bid is not None and quote.ask is not None:
        return money.middle(quote.bid, quote.ask)
    return None


def far_price(side: Side, quote: Quote) -> Decimal | None:
    """Who buys pays the ask, who sells gets the bid; last where that side is missing."""
    far = quote.ask if side is Side.BUY else quote.bid
    return quote.last if far is None else far


def displayed_size(side: Side, quote: Quote) -> Decimal:
    """How much the far side displays; a missing size is 0."""
    size = quote.ask_size if side is Side.BUY else quote.bid_size
    return size or ZERO


def slipped(side: Side, price: Decimal, slippage_bps: Decimal) -> Decimal:
    """The price of a market fill: moved against the trader by the portfolio's slippage."""
    if not slippage_bps:
        return price
    return money.moved_by_bps(price, slippage_bps if side is Side.BUY else -slippage_bps)


def reaches(side: Side, price: Decimal, limit_price: Decimal) -> bool:
    """Whether a price is at or through a limit."""
    return price <= limit_price if side is Side.BUY else price >= limit_price


def is_stale(quote: Quote, now: datetime, max_age: timedelta) -> bool:
    """Whether the quote is too old to trade on."""
    return quote.age(now) > max_age


def is_crossed(quote: Quote) -> bool:
    """Whether the quote makes no sense: a bid above the ask, or a price that is not above 0."""
    prices = (quote.bid, quote.ask, quote.last)
    if any(price is not None and price <= 0 for price in prices):
        return True
    return quote.bid is not None and quote.ask is not None and quote.bid > quote.ask


def refuse_quote(quote: Quote, now: datetime, max_age: timedelta) -> Refusal | None:
    """Why nothing fills on this quote now; None where it is good."""
    if is_crossed(quote):
        return crossed_quote(quote.symbol)
    if is_stale(quote, now, max_age):
        return Refusal(
            RejectionCode.STALE_QUOTE,
            "symbol",
            f"The last quote of {quote.symbol} is older than {max_age // timedelta(seconds=1)} seconds. "
            "Try again in a moment.",
        )
    return None


def crossed_quote(symbol: str) -> Refusal:
    """The refusal of a quote that makes no sense."""
    return Refusal(
        RejectionCode.CROSSED_QUOTE,
        "symbol",
        f"The quote of {symbol} makes no sense now: a bid above the ask, or a price of 0. "
        "Try again in a moment.",
    )


def no_quote(symbol: str) -> Refusal:
    """The refusal of a symbol that has no price."""
    return Refusal(
        RejectionCode.NO_QUOTE, "symbol", f"There is no price for {symbol} now. Try again in a moment."
    )


def is_price_moved(side: Side, price: Decimal, expected: Decimal) -> bool:
    """Whether a fill at `price` is more than 2 % worse than what the client expected."""
    worse_by = price - expected if side is Side.BUY else expected - price
    return money.is_above_percent(worse_by, expected, MAX_PERCENT_WORSE_THAN_EXPECTED)
