"""What the form says of its order: asked of the OMS, which places nothing."""

from dataclasses import dataclass
from typing import assert_never

from slack_client.bot import Bot
from slack_client.oms import OmsError
from slack_client.outcomes import (
    OrderPreview,
    OrderRejected,
)
from slack_client.problems import log_oms_error
from slack_client.trade.forms import FormErrors, OrderWish, SeenPrice, Ticket, Typed, read_order
from slack_client.trade.previews import ASK_FOR_SYMBOL, preview_text, quote_text, refusal_text
from slack_client.trader import Trader


@dataclass(frozen=True)
class Priced:
    """What the form says, in mrkdwn, and the price that its order would be filled at."""

    text: str
    seen: SeenPrice | None = None


async def price(bot: Bot, trader: Trader, ticket: Ticket, typed: Typed) -> Priced:
    """Preview the order as far as it is typed; its symbol's quote until it is whole. Raises nothing."""
    try:
        order = read_order(typed)
        if not typed.symbol:
            return Priced(ASK_FOR_SYMBOL)
        if isinstance(order, FormErrors) or typed.portfolio_id is None:
            return Priced(await _quote(bot, trader, typed.symbol))
        asked = order.addressed(typed.portfolio_id, ticket.model_copy(update={"seen": None}))
        preview = await bot.oms.preview_order(asked, trader.name)
        match preview:
            case OrderPreview():
                return Priced(preview_text(preview, order.type), _seen(order, preview))
            case OrderRejected():
                quote = await _quote(bot, trader, typed.symbol)
                return Priced(refusal_text(preview, quote))
            case _:
                assert_never(preview)
    except OmsError as error:
        return Priced(f"{typed.symbol}: {log_oms_error(error, trader.name)}")


def _seen(order: OrderWish, preview: OrderPreview) -> SeenPrice | None:
    if preview.price is None:
        return None
    return SeenPrice(symbol=order.symbol, side=order.side, type=order.type, price=preview.price)


async def _quote(bot: Bot, trader: Trader, symbol: str) -> str:
    quotes, market = await bot.oms.quotes([symbol], trader.name)
    return quote_text(symbol, quotes.get(symbol), market)
