"""Messages that show an order, kept true while others may be drawing them.

Whoever draws the end of an order forgets its messages. So who drew it at work, and finds the message
forgotten then, may have drawn over its end, and draws it again.
"""

from dataclasses import replace

from slack_client.answers import Order
from slack_client.bot import Bot
from slack_client.messages import order_message
from slack_client.store.order_messages import OrderMessage
from slack_client.trader import Trader


async def show(bot: Bot, trader: Trader, order: Order, shown: OrderMessage) -> None:
    """Draw a message as its order is; the message of one that has ended is forgotten. `trader` is whose order
    it is. Raises NotNow and OmsError."""
    await _draw(bot, trader, order, shown)
    if order.status.is_working and shown not in await bot.store.order_messages.of(trader.team_id, order.id):
        await show_until_true(bot, trader, order.id, shown, order)


async def show_until_true(
    bot: Bot, trader: Trader, order_id: str, shown: OrderMessage, drawn: Order | None
) -> None:
    """Draw a message until it shows its order as the OMS has it; `drawn` is what it shows, if that is known.

    Raises NotNow and OmsError.
    """
    while True:
        order = await bot.oms.order(order_id, trader.name)
        if order is None or (drawn is not None and _state(order) == _state(drawn)):
            return
        await _draw(bot, trader, order, shown)
        drawn = order


async def _draw(bot: Bot, trader: Trader, order: Order, shown: OrderMessage) -> None:
    message = order_message(order, replace(trader, user_name=shown.user_name))
    stands = await bot.messenger.redraw(message, shown.place)
    if not stands or not order.status.is_working:
        await bot.store.order_messages.forget(trader.team_id, order.id, shown.place)


def _state(order: Order) -> tuple[object, ...]:
    """What of an order changes in its life and shows."""
    return order.status, order.filled_quantity, order.message
