"""Canceling an order by its button: from who pressed it to every message that shows the order."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.answers import (
    MemberOrder,
    Order,
)
from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address, NotNow
from slack_client.figures import quantity
from slack_client.follow.drawing import show
from slack_client.messages import CANCEL_ORDER_ACTION, order_line, order_message, sentence, standing
from slack_client.oms import OmsError, OmsOutcomeUnknown
from slack_client.outcomes import (
    CancelOrderResult,
    OrderCanceled,
    OrderRejected,
)
from slack_client.pages.home import is_in_home, publish_home
from slack_client.pages.listing import show_page
from slack_client.pages.page import Page
from slack_client.patience import ask_until_answered
from slack_client.portfolios import may_cancel
from slack_client.problems import log_oms_error, log_stopped, log_unknown_cancel
from slack_client.store.order_messages import OrderMessage, Place
from slack_client.trader import Trader
from slack_client.words import OrderStatus, RejectionCode

NOT_THERE = "There is no such order, or it is not yours to see. Nothing was canceled."
NOT_ALLOWED = (
    "Only the trader who gave this order, or a manager of its portfolio, may cancel it. Nothing was canceled."
)
WORKING = "Still working: the OMS has not answered yet. Whether the order is canceled follows here."
STOPPED = "I cannot say whether the order was canceled: look at it again."
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Press:
    """A press of an order's cancel button: by whom, and on which page or in which message.

    `messages` are those that showed the order before: once it is canceled, whoever follows it forgets them.
    """

    trader: Trader
    address: Address
    order_id: str
    is_in_home: bool
    page: Page | None
    place: Place | None
    messages: Sequence[OrderMessage] = ()

    @classmethod
    def read(cls, body: Json) -> "Press":
        """Read the payload."""
        action, container = body["actions"][0], body.get("container") or {}
        is_message = container.get("type") == "message"
        return cls(
            trader=Trader.of_interaction(body),
            address=Address.of_interaction(body),
            order_id=str(action["value"]),
            is_in_home=is_in_home(body),
            page=Page.read(str(action["block_id"])),
            place=Place(container["channel_id"], container["message_ts"]) if is_message else None,
        )


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the button."""

    @app.action(CANCEL_ORDER_ACTION)
    async def cancel_order(ack: AsyncAck, body: Json) -> None:
        press = Press.read(body)
        await ack()
        bot.background.start(
            cancel(bot, press),
            tell=lambda text: _tell(bot, press, text),
            stopped=lambda: log_stopped(STOPPED, press.trader.name, press.order_id),
        )


async def cancel(bot: Bot, press: Press) -> None:
    """Cancel an order for whoever may, and tell what came of it."""
    trader = press.trader
    messages = await bot.store.order_messages.of(trader.team_id, press.order_id)
    press = replace(press, messages=messages)
    try:
        order = await bot.oms.order(press.order_id, trader.name)
        if order is None:
            await _tell(bot, press, NOT_THERE)
        elif not may_cancel(trader, order, order.portfolio.members):
            _log.info("%s may not cancel order %s", trader.name, order.id)
            await _tell(bot, press, NOT_ALLOWED)
        else:
            await _cancel(bot, press, order)
    except OmsError as error:
        text = log_oms_error(error, trader.name, undone="Nothing was canceled", again="Try again")
        await _tell(bot, press, text)


async def _cancel(bot: Bot, press: Press, order: MemberOrder) -> None:
    """Ask the OMS, again where the outcome is unknown. Raises OmsError while nothing can be canceled."""
    try:
        result = await bot.oms.cancel_order(order.id, press.trader.name)
    except OmsOutcomeUnknown:
        await _tell(bot, press, WORKING)
        await _settle(bot, press, order)
        return
    await _finish(bot, press, order, result)


async def _settle(bot: Bot, press: Press, order: MemberOrder) -> None:
    """Find out what became of an order whose cancel had no answer."""
    trader = press.trader
    try:
        result = await ask_until_answered(
            lambda within: bot.oms.cancel_order(order.id, trader.name, within), bot.patience_seconds
        )
    except OmsError as error:
        await _tell(bot, press, log_unknown_cancel(error, trader.name, order.id))
        return
    await _finish(bot, press, order, result, is_repeated=True)


async def _finish(
    bot: Bot, press: Press, order: MemberOrder, result: CancelOrderResult, *, is_repeated: bool = False
) -> None:
    """Tell the outcome, and draw anew what shows the order.

    `is_repeated` where the OMS was asked before: then an order that was canceled already was by that.
    """
    match result:
        case OrderCanceled():
            _log.info("%s canceled order %s", press.trader.name, order.id)
            await _show_ended(bot, press, result.order, _canceled(result.order))
        case OrderRejected(code=RejectionCode.TOO_LATE):
            now = await _read_again(bot, press) or order
            is_ours = is_repeated and now.status is OrderStatus.CANCELED
            await _show_ended(bot, press, now, _canceled(now) if is_ours else _too_late(now, result))
        case OrderRejected():
            await _tell(bot, press, f"Nothing was canceled: {result.message}")
        case _:
            assert_never(result)


async def _read_again(bot: Bot, press: Press) -> Order | None:
    try:
        return await bot.oms.order(press.order_id, press.trader.name)
    except OmsError as error:
        _log.warning("order %s could not be read after its cancel: %s", press.order_id, error)
        return None


async def _show_ended(bot: Bot, press: Press, order: Order, text: str) -> None:
    """Draw the messages and the list that show the order, and answer whoever pressed."""
    places = await _redraw_messages(bot, press, order)
    if press.page is not None:
        await show_page(bot, press.trader, press.address, press.page)
    elif press.place is not None and press.place not in places and (giver := _giver(press, order)):
        await bot.messenger.replace(order_message(order, giver), press.address)
    await _tell(bot, press, text)


async def _redraw_messages(bot: Bot, press: Press, order: Order) -> set[Place]:
    """Draw the order anew wherever a message of it stands, and forget those that are final then."""
    giver = _giver(press, order)
    if giver is None:
        return set()
    for message in press.messages:
        try:
            await show(bot, giver, order, message)
        except (NotNow, OmsError) as error:
            _log.warning("order %s could not be drawn anew: %s", order.id, error)
    return {message.place for message in press.messages}


def _giver(press: Press, order: Order) -> Trader | None:
    """Who gave the order; None where it was not given in Slack, and so has no message of its own."""
    if order.trader == press.trader.name:
        return press.trader
    return Trader.named(order.trader, press.trader.team_id)


def _canceled(order: Order) -> str:
    filled = f"{quantity(order.filled_quantity)} {order.symbol}"
    kept = f" What had filled stays: {filled}." if order.filled_quantity else ""
    return f"Canceled: {order_line(order)}.{kept}"


def _too_late(order: Order, refusal: OrderRejected) -> str:
    now = refusal.message if order.status.is_working else standing(order)
    if order.status in {OrderStatus.CANCELED, OrderStatus.REPLACED}:
        now = f"It is {order.status.lower()} already."
    return f"It was too late to cancel: {order_line(order)}. {now}"


async def _tell(bot: Bot, press: Press, text: str) -> None:
    """Answer whoever pressed where they did: in App Home, or beside the message. Where Slack does not take
    Home, in their conversation with the bot."""
    if not (press.is_in_home and await publish_home(bot, press.trader, text)):
        await bot.messenger.whisper(sentence(text), press.address)
