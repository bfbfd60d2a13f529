"""Telling what came of a submission, once, and remembering where, so that the message can follow the order.

What is written down of a submission ends here, when its trader has an answer and the answer is still true.
A bot that dies before leaves it to `recovering.py`.
"""

import logging

from slack_client.answers import (
    Order,
    PortfolioSummary,
)
from slack_client.bot import Bot
from slack_client.delivery import Address, Delivery, NotNow
from slack_client.follow.drawing import show_until_true
from slack_client.messages import order_message, sentence
from slack_client.oms import OmsError
from slack_client.outcomes import (
    OrderPlaced,
)
from slack_client.pages.home import publish_home
from slack_client.store.order_messages import OrderMessage
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
    guarantees. What still works and is not for everyone goes where it can be redrawn. What Slack refuses
    everywhere stays written down, and is told when Slack takes it.
    """
    trader, order, what = submitted.trader, placed.order, _outcome_of(submitted)
    _log.info("%s placed order %s: %s", trader.name, order.id, order.status)
    if not await bot.store.claims.claim(trader.team_id, what):
        await _end_when_true(bot, submitted, order.id, drawn=None)
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
    if receipt.place is not None and order.status.is_working:
        shown = OrderMessage(receipt.place, trader.user_name)
        await bot.store.order_messages.remember(trader.team_id, order.id, shown)
    if receipt.delivery is Delivery.REFUSED:
        await bot.store.claims.release(trader.team_id, what)
    else:
        await bot.store.claims.told(trader.team_id, what)
        await _end_when_true(bot, submitted, order.id, drawn=order)
    if submitted.channel_id is None:  # the form was opened in App Home, or by the shortcut
        await publish_home(bot, trader)
    return receipt.delivery


async def conclude(bot: Bot, submitted: Submitted, text: str, address: Address) -> None:
    """Tell a trader, in a sentence, how a submission ended that is not confirmed; once, also beside another
    bot that has found the same out."""
    team_id, what = submitted.trader.team_id, _outcome_of(submitted)
    client_order_id = submitted.order.client_order_id
    if not await bot.store.claims.claim(team_id, what):
        await bot.store.submissions.end(team_id, client_order_id)
        return
    if await bot.store.submissions.is_open(team_id, client_order_id):
        await bot.messenger.whisper(sentence(text), address)
        await bot.store.submissions.end(team_id, client_order_id)
    # The form may be submitted again, and the outcome of that be told.
    await bot.store.claims.release(team_id, what)


def _outcome_of(submitted: Submitted) -> str:
    return f"order:{submitted.order.client_order_id}"


async def _end_when_true(bot: Bot, submitted: Submitted, order_id: str, drawn: Order | None) -> None:
    """End a submission whose message shows what its order has done while the message was sent."""
    trader = submitted.trader
    try:
        for shown in await bot.store.order_messages.of(trader.team_id, order_id):
            await show_until_true(bot, trader, order_id, shown, drawn)
    except (OmsError, NotNow) as error:
        _log.warning("order %s may have changed before it was followed: %s", order_id, error)
        return
    await bot.store.submissions.end(trader.team_id, submitted.order.client_order_id)
