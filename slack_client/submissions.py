"""The story of a submitted trade, from the click to the message.

Slack waits 3 s for its answer. So the OMS has 2 s: a refusal goes back under the field it names,
a trade closes the modal. Without an answer the modal says that it is still working, and the same
trade is asked about again, under the same client order id, until the OMS says what became of it.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.answers import (
    ExecuteTradeInput,
    ExecuteTradeResult,
    OrderRejected,
    PortfolioSummary,
    TradeExecuted,
)
from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.commands import update_view
from slack_client.delivery import Delivery
from slack_client.forms import FormErrors, Ticket, TradeWish, Typed, read_state, read_trade
from slack_client.messages import confirmation, sentence
from slack_client.modals import (
    TRADE_CALLBACK,
    Offer,
    finished,
    loading_line,
    place_error,
    trade_form,
    working,
)
from slack_client.oms import ANSWER_SECONDS, OmsError, OmsOutcomeUnknown
from slack_client.portfolios import offer_portfolios
from slack_client.problems import log_oms_error, log_stopped, log_unexpected, log_unknown_outcome
from slack_client.trader import Trader

PATIENT_ANSWER_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 1.0
"""Long enough for Slack to draw the working view before the result replaces it."""
LAST_PAUSE_SECONDS = 5.0
TRADE_STOPPED = (
    "Unless your trade's confirmation is here, I cannot say whether it was made; it was made once at most. "
    "Before you trade again, ask your admin to look for it."
)
CONFIRMATION_STOPPED = "Your trade was made, but I cannot say whether its confirmation was posted."
_CONFIRMATIONS = {
    Delivery.SENT: "The confirmation is where you typed the command.",
    Delivery.UNSURE: "Slack did not say whether it posted the confirmation.",
    Delivery.REFUSED: "Slack would not post the confirmation.",
    None: "",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Submission:
    """A submitted trade modal as Slack signed it."""

    trader: Trader
    ticket: Ticket
    typed: Typed
    view_id: str
    block_ids: frozenset[str]

    @classmethod
    def read(cls, body: Json) -> "Submission":
        """Read the payload; who trades comes from it and not from the ticket."""
        user, view = body["user"], body["view"]
        values = view["state"]["values"]
        team_id = (body.get("team") or {}).get("id") or user["team_id"]
        return cls(
            trader=Trader(str(team_id), user["id"], user.get("username") or user["id"]),
            ticket=Ticket.model_validate_json(view["private_metadata"]),
            typed=read_state(values),
            view_id=view["id"],
            block_ids=frozenset(values),
        )

    def error(self, field: str, message: str) -> dict[str, str]:
        """Place a message under the field it is about."""
        return place_error(field, message, self.block_ids)


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the modal."""

    @app.view(TRADE_CALLBACK)
    async def submit_trade(ack: AsyncAck, body: Json) -> None:
        submission = Submission.read(body)
        wish = read_trade(submission.typed)
        if isinstance(wish, FormErrors):
            await ack(response_action="errors", errors=dict(wish.by_block))
            return
        try:
            await submit(bot, submission, wish, ack)
        except OmsError as error:
            message = log_oms_error(error, submission.trader.name)
            await ack(response_action="errors", errors=submission.error("symbol", message))


async def submit(bot: Bot, submission: Submission, wish: TradeWish, ack: AsyncAck) -> None:
    """Trade within the two seconds, or say that the answer follows.

    Raises OmsError while nothing can have been traded.
    """
    clock = asyncio.get_running_loop().time
    answer_by = clock() + ANSWER_SECONDS
    made: PortfolioSummary | None = None
    portfolio_id = submission.typed.portfolio_id
    if portfolio_id is None:
        offer = await offer_portfolios(bot.oms, submission.trader)
        if len(offer.portfolios) > 1:
            await ack(response_action="update", view=_ask_for_portfolio(submission, offer))
            return
        portfolio_id, made = offer.portfolios[0].id, offer.made
    trade = wish.addressed(portfolio_id, submission.ticket)
    try:
        result = await bot.oms.execute_trade(trade, submission.trader.name, within=answer_by - clock())
    except OmsOutcomeUnknown:
        await ack(response_action="update", view=working(submission.ticket))
        _settle_later(bot, submission, trade, made)
        return
    match result:
        case TradeExecuted():
            await ack()
            _confirm_later(bot, submission, result, made)
        case OrderRejected():
            _log.info("%s was refused: %s", submission.trader.name, result.code)
            await ack(response_action="errors", errors=submission.error(result.field, result.message))
        case _:
            assert_never(result)


async def settle(
    bot: Bot, submission: Submission, trade: ExecuteTradeInput, made: PortfolioSummary | None
) -> None:
    """Find out what became of a trade whose answer did not come, and tell it in the modal and outside."""
    ticket, trader = submission.ticket, submission.trader
    try:
        result = await _ask_until_answered(bot, trade, trader)
    except OmsError as error:
        text = log_unknown_outcome(error, trader.name, ticket.client_order_id)
        await bot.messenger.whisper(sentence(text), ticket, trader.user_id)
        await update_view(bot, submission.view_id, finished(ticket, text))
        return
    match result:
        case TradeExecuted():
            delivery = await confirm(bot, submission, result, made)
            text = f"Traded: order {result.order.id}. {_CONFIRMATIONS[delivery]}".rstrip()
            await update_view(bot, submission.view_id, finished(ticket, text))
        case OrderRejected():
            text = f"Nothing was traded: {result.message}"
            await bot.messenger.whisper(sentence(text), ticket, trader.user_id)
            await update_view(bot, submission.view_id, await _form_again(bot, submission, text))
        case _:
            assert_never(result)


async def confirm(
    bot: Bot, submission: Submission, executed: TradeExecuted, made: PortfolioSummary | None
) -> Delivery | None:
    """Send the confirmation of a trade and return what became of it.

    None where another submission of the same modal has sent it: see `store.py` for what that guarantees.
    """
    ticket, trader = submission.ticket, submission.trader
    _log.info("%s traded: order %s", trader.name, executed.order.id)
    if not await bot.confirmations.claim(trader.team_id, ticket.client_order_id):
        return None
    send = bot.messenger.announce if submission.typed.announce else bot.messenger.whisper
    delivery = await send(confirmation(executed, trader, made), ticket, trader.user_id)
    if delivery is not Delivery.SENT:
        _log.error("confirming order %s to %s: %s", executed.order.id, trader.name, delivery.value)
    if delivery is Delivery.REFUSED:
        await bot.confirmations.release(trader.team_id, ticket.client_order_id)
    else:
        await bot.confirmations.told(trader.team_id, ticket.client_order_id)
    return delivery


async def _ask_until_answered(bot: Bot, trade: ExecuteTradeInput, trader: Trader) -> ExecuteTradeResult:
    """Send the same trade again until its outcome is known; the last OmsError when patience ends."""
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + bot.patience_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        await asyncio.sleep(pause)
        try:
            return await bot.oms.execute_trade(trade, trader.name, within=PATIENT_ANSWER_SECONDS)
        except OmsError:
            if clock() >= give_up_at:
                raise
        pause = min(2 * pause, LAST_PAUSE_SECONDS)


async def _form_again(bot: Bot, submission: Submission, notice: str) -> Json:
    """The form as it was typed, with what was wrong on top."""
    try:
        offer = await offer_portfolios(bot.oms, submission.trader)
    except OmsError:
        offer = None
    return trade_form(submission.ticket, submission.typed, loading_line(None), offer, [notice])


def _ask_for_portfolio(submission: Submission, offer: Offer) -> Json:
    notice = "Choose a portfolio below, then press Trade again. Nothing was traded yet."
    return trade_form(submission.ticket, submission.typed, loading_line(None), offer, [notice])


def _settle_later(
    bot: Bot, submission: Submission, trade: ExecuteTradeInput, made: PortfolioSummary | None
) -> None:
    """Let the story of an unknown outcome go on after the ack."""
    ticket = submission.ticket

    async def tell(text: str) -> None:
        await asyncio.gather(
            bot.messenger.whisper(sentence(text), ticket, submission.trader.user_id),
            update_view(bot, submission.view_id, finished(ticket, text)),
        )

    bot.background.start(
        settle(bot, submission, trade, made),
        tell,
        stopped=lambda: log_stopped(TRADE_STOPPED, submission.trader.name, ticket.client_order_id),
        broken=_explain_broken,
    )


def _confirm_later(
    bot: Bot, submission: Submission, executed: TradeExecuted, made: PortfolioSummary | None
) -> None:
    """Let the confirmation follow the ack, which has closed the modal."""
    ticket, trader = submission.ticket, submission.trader

    async def story() -> None:
        await confirm(bot, submission, executed, made)

    bot.background.start(
        story(),
        tell=lambda text: bot.messenger.whisper(sentence(text), ticket, trader.user_id),
        stopped=lambda: log_stopped(CONFIRMATION_STOPPED, trader.name, ticket.client_order_id),
        broken=_explain_broken,
    )


def _explain_broken(error: Exception) -> str:
    return f"Your trade was sent, but its confirmation failed. {log_unexpected(error)}"
