"""Confirming an order in Slack, once, and remembering where, so that the message can follow the order."""

import logging

from slack_client.answers import Order, OrderPlaced, PortfolioSummary
from slack_client.bot import Bot
from slack_client.delivery import Address, Delivery
from slack_client.home import publish_home
from slack_client.messages import order_message
from slack_client.oms import OmsError
from slack_client.store.order_messages import OrderMessage, Place
from slack_client.store.submissions import Submitted

_log = logging.getLogger(__name__)


async def confirm(
    bot: Bot,
    submitted: Submitted,
    placed: OrderPlaced,
    address: Address,
    made: PortfolioSummary | None = None,
) -> Delivery | None:
    """Send the confirmation of an order and return what became of it.

    None where another submission of the same form has sent it: see `store/claims.py` for what that
    guarantees. What still works and is not for everyone goes where it can be redrawn.
    """
    trader, order, what = submitted.trader, placed.order, _confirmation_of(submitted)
    _log.info("%s placed order %s: %s", trader.name, order.id, order.status)
    if not await bot.store.claims.claim(trader.team_id, what):
        return None
    message = order_message(order, trader, placed.portfolio, made)
    if submitted.announce:
        receipt = await bot.messenger.announce(message, address)
    elif order.status.is_working:
        receipt = await bot.messenger.write(message, address)
    else:
        receipt = await bot.messenger.whisper(message, address)
    if receipt.delivery is not Delivery.SENT:
        _log.error("confirming order %s to %s: %s", order.id, trader.name, receipt.delivery.value)
    if receipt.delivery is Delivery.REFUSED:
        await bot.store.claims.release(trader.team_id, what)
    else:
        await bot.store.claims.told(trader.team_id, what)
    await bot.store.submissions.end(trader.team_id, submitted.order.client_order_id)
    if receipt.place is not None and order.status.is_working:
        await _follow(bot, submitted, order, receipt.place)
    if submitted.channel_id is None:  # the form was opened in App Home, or by the shortcut
        await publish_home(bot, trader)
    return receipt.delivery


def _confirmation_of(submitted: Submitted) -> str:
    return f"order:{submitted.order.client_order_id}"


async def _follow(bot: Bot, submitted: Submitted, order: Order, place: Place) -> None:
    """Remember the message of a working order; what the order did meanwhile is drawn at once."""
    trader = submitted.trader
    shown = OrderMessage(place, trader.user_name)
    await bot.store.order_messages.remember(trader.team_id, order.id, shown)
    try:
        now = await bot.oms.order(order.id, trader.name)
    except OmsError as error:
        _log.warning("order %s may have changed before it was followed: %s", order.id, error)
        return
    if now is not None and (now.status, now.filled_quantity) != (order.status, order.filled_quantity):
        await bot.messenger.redraw(order_message(now, trader), place)
