"""What is said of prices, and of an order before it is placed. Pure: an answer of the OMS in, mrkdwn out."""

from collections.abc import Callable
from datetime import datetime

from slack_client.answers import (
    Market,
    Quote,
)
from slack_client.blocks import moment, unformatted
from slack_client.figures import age, money, quantity
from slack_client.outcomes import (
    OrderPreview,
    OrderRejected,
)
from slack_client.words import OrderType

ASK_FOR_SYMBOL = "Choose a symbol to see its price."


def loading(symbol: str) -> str:
    """Say that the price is on its way."""
    return f"{symbol}: asking for the price…" if symbol else ASK_FOR_SYMBOL


def quote_text(symbol: str, quote: Quote | None, market: Market) -> str:
    """Say a symbol's prices, their source and age, and whether the market is open."""
    if quote is None:
        return f"{symbol} has no price here. Check the spelling, or choose another symbol."
    return f"*{quote.symbol}*  {price_words(quote)}\n{_source(quote, market)}"


def price_words(quote: Quote) -> str:
    """Say the prices that a quote has."""
    prices = [
        f"{name} {money(price)}"
        for name, price in (("bid", quote.bid), ("ask", quote.ask), ("last", quote.last))
        if price is not None
    ]
    return ", ".join(prices) or "no price yet"


def preview_text(preview: OrderPreview, type: OrderType) -> str:
    """Say what an order would cost and leave, as things stand."""
    amount = f"{quantity(preview.quantity)} {preview.symbol}"
    if preview.price is None or preview.value is None:
        headline = f"*{amount}*"
    else:
        about = "about " if type is OrderType.MARKET else ""
        headline = f"*{amount} for {about}{money(preview.value)}*, {money(preview.price)} each"
    fee = f", fee {money(preview.fee)}" if preview.fee else ""
    left = (
        f"Cash after {money(preview.cash_after)}, buying power {money(preview.buying_power_after)}, "
        f"position {quantity(preview.position_after)} {preview.symbol}"
    )
    lines = [headline + fee, left]
    if not preview.fills_now:
        lines.append(_waiting(preview.market))
    if preview.quote is not None:
        lines.append(_source(preview.quote, preview.market))
    return "\n".join(lines)


def refusal_text(refusal: OrderRejected, quote_line: str | None = None) -> str:
    """Say why an order would be refused as it stands."""
    said = f"As it stands this would be refused: {unformatted(refusal.message)}"
    return f"{said}\n{quote_line}" if quote_line else said


def market_hours(market: Market, said: Callable[[datetime], str] = moment) -> str:
    """Say whether the market is open and until when, times as `said` says them."""
    state, until = ("open", market.next_close) if market.is_open else ("closed", market.next_open)
    return f"The market is {state}." if until is None else f"The market is {state} until {said(until)}."


def _waiting(market: Market) -> str:
    if market.is_open or market.next_open is None:
        return "It would not fill now, but wait."
    return f"The market is closed: it waits until {moment(market.next_open)}."


def _source(quote: Quote, market: Market) -> str:
    closed = "" if market.is_open else ", market closed"
    old = ", too old to trade on" if quote.stale else ""
    return f"_{unformatted(quote.source)} prices, {age(quote.age_seconds)} old{old}{closed}_"
