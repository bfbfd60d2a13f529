"""The story of a submitted trade, from the click to the message.

Slack waits 3 s for its answer. So the OMS has 2 s: a refusal goes back under the field it names,
a trade closes the modal. Without an answer the modal says that it is still working, and the same
trade is asked about again, under the same client order id, until the OMS says what became of it.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.answers import (
    PortfolioSummary,
)
from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address, Delivery
from slack_client.follow.confirming import conclude, confirm
from slack_client.messages import sentence
from slack_client.oms import ANSWER_SECONDS, OmsError, OmsOutcomeUnknown
from slack_client.outcomes import (
    OrderPlaced,
    OrderRejected,
)
from slack_client.patience import ask_until_answered
from slack_client.problems import log_oms_error, log_stopped, log_unexpected, log_unknown_outcome
from slack_client.store.submissions import Submitted
from slack_client.trade.forms import FormErrors, OrderWish, Ticket, Typed, read_order, read_state
from slack_client.trade.modals import (
    TRADE_CALLBACK,
    Form,
    Offer,
    drawn_portfolios,
    finished,
    offered,
    place_error,
    trade_form,
    unknown_portfolios,
    working,
)
from slack_client.trade.opening import offer_in_channel
from slack_client.trade.previews import loading
from slack_client.trade.pricing import price
from slack_client.trader import Trader
from slack_client.views import update_view
from slack_client.words import RejectionCode

TRADE_STOPPED = (
    "Unless your trade's confirmation is here, I cannot say whether it was made; it was made once at most. "
    "Before you trade again, ask your admin to look for it."
)
CONFIRMATION_STOPPED = "Your trade was made, but I cannot say whether its confirmation was posted."
PRICE_MOVED = "The price has moved, so nothing was traded. Look at the new one below, and press Trade again."
_CONFIRMATIONS = {
    Delivery.SENT: "The confirmation is where you started.",
    Delivery.UNSURE: "Slack did not say whether it posted the confirmation.",
    Delivery.REFUSED: "Slack would not post the confirmation.",
    None: "",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Submission:
    """A submitted trade form as Slack signed it."""

    trader: Trader
    ticket: Ticket
    typed: Typed
    view: Json

    @classmethod
    def read(cls, body: Json) -> "Submission":
        """Read the payload; who trades comes from it and not from the ticket."""
        view = body["view"]
        ticket = Ticket.model_validate_json(view["private_metadata"])
        return cls(
            trader=Trader.of_interaction(body),
            ticket=ticket,
            typed=read_state(view["state"]["values"], ticket.kept),
            view=view,
        )

    @property
    def address(self) -> Address:
        """Where its trader is told."""
        return Address(self.trader.user_id, self.ticket.channel_id, self.ticket.response_url)

    def errors(self, by_field: Mapping[str, str]) -> dict[str, str]:
        """Place messages under the fields they are about."""
        block_ids = self.view["state"]["values"].keys()
        placed: dict[str, str] = {}
        for field, message in by_field.items():
            placed |= place_error(field, message, block_ids)
        return placed

    def form(self, notice: str, offer: Offer | None = None) -> Form:
        """The form as it was submitted, with a notice on top; an offer takes the place of what it offered."""
        typed = self.typed if offer is None else replace(self.typed, portfolio_id=None)
        portfolios = offered(offer, self.typed.portfolio_id) if offer else drawn_portfolios(self.view)
        return Form(
            ticket=self.ticket,
            typed=typed,
            preview=loading(typed.symbol),
            portfolios=portfolios or unknown_portfolios(),
            notices=(notice,),
        )


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the form."""

    @app.view(TRADE_CALLBACK)
    async def submit_trade(ack: AsyncAck, body: Json) -> None:
        submission = Submission.read(body)
        wish = read_order(submission.typed)
        if isinstance(wish, FormErrors):
            await ack(response_action="errors", errors=submission.errors(wish.by_block))
            return
        try:
            await submit(bot, submission, wish, ack)
        except OmsError as error:
            message = log_oms_error(error, submission.trader.name)
            await ack(response_action="errors", errors=submission.errors({"symbol": message}))


async def submit(bot: Bot, submission: Submission, wish: OrderWish, ack: AsyncAck) -> None:
    """Place the order within the two seconds, or say that the answer follows.

    Raises OmsError while nothing can have been traded.
    """
    clock = asyncio.get_running_loop().time
    answer_by = clock() + ANSWER_SECONDS
    made: PortfolioSummary | None = None
    portfolio_id = submission.typed.portfolio_id
    if portfolio_id is None:
        offer = await offer_in_channel(bot, submission.trader, submission.ticket.channel_id)
        if len(offer.portfolios) > 1:
            notice = "Choose a portfolio below, then press Trade again. Nothing was traded yet."
            await ack(response_action="update", view=trade_form(submission.form(notice, offer)))
            return
        portfolio_id, made = offer.portfolios[0].id, offer.made
    submitted = Submitted(
        trader=submission.trader,
        order=wish.addressed(portfolio_id, submission.ticket),
        channel_id=submission.ticket.channel_id,
        announce=submission.typed.announce and submission.ticket.channel_id is not None,
    )
    await bot.store.submissions.begin(submitted)
    try:
        result = await bot.oms.place_order(
            submitted.order, submission.trader.name, within=answer_by - clock()
        )
    except OmsOutcomeUnknown:
        await bot.store.submissions.promise(submission.trader.team_id, submission.ticket.client_order_id)
        await ack(response_action="update", view=working(submission.ticket))
        _settle_later(bot, submission, submitted, made)
        return
    except OmsError:
        await _end(bot, submitted)
        raise
    match result:
        case OrderPlaced():
            await ack()
            _confirm_later(bot, submission, submitted, result, made)
        case OrderRejected():
            await _end(bot, submitted)
            _log.info("%s was refused: %s", submission.trader.name, result.code)
            await _refuse(bot, submission, result, ack)
        case _:
            assert_never(result)


async def settle(
    bot: Bot, submission: Submission, submitted: Submitted, made: PortfolioSummary | None
) -> None:
    """Find out what became of an order whose answer did not come, and tell it in the form and outside."""
    trader, view_id = submission.trader, submission.view["id"]
    try:
        result = await ask_until_answered(
            lambda within: bot.oms.place_order(submitted.order, trader.name, within), bot.patience_seconds
        )
    except OmsError as error:
        text = log_unknown_outcome(error, trader.name, submitted.order.client_order_id)
        await conclude(bot, submitted, text, submission.address)
        await update_view(bot.slack, view_id, finished(submission.ticket, text))
        return
    match result:
        case OrderPlaced():
            delivery = await confirm(bot, submitted, result, submission.address, made)
            text = f"Order {result.order.id} is placed. {_CONFIRMATIONS[delivery]}".rstrip()
            await update_view(bot.slack, view_id, finished(submission.ticket, text))
        case OrderRejected():
            text = f"Nothing was traded: {result.message}"
            await conclude(bot, submitted, text, submission.address)
            await update_view(bot.slack, view_id, trade_form(submission.form(text)))
        case _:
            assert_never(result)


async def _refuse(bot: Bot, submission: Submission, refusal: OrderRejected, ack: AsyncAck) -> None:
    """Put a refusal under its field; one for a price that has moved shows the new price with it."""
    if refusal.code is not RejectionCode.PRICE_MOVED:
        errors = submission.errors({refusal.field: refusal.message})
        await ack(response_action="errors", errors=errors)
        return
    priced = await price(bot, submission.trader, submission.ticket, submission.typed)
    ticket = submission.ticket.model_copy(update={"seen": priced.seen})
    form = replace(submission.form(PRICE_MOVED), ticket=ticket, preview=priced.text)
    await ack(response_action="update", view=trade_form(form))


async def _end(bot: Bot, submitted: Submitted) -> None:
    await bot.store.submissions.end(submitted.trader.team_id, submitted.order.client_order_id)


def _settle_later(
    bot: Bot, submission: Submission, submitted: Submitted, made: PortfolioSummary | None
) -> None:
    """Let the story of an unknown outcome go on after the ack."""

    async def tell(text: str) -> None:
        await asyncio.gather(
            bot.messenger.whisper(sentence(text), submission.address),
            update_view(bot.slack, submission.view["id"], finished(submission.ticket, text)),
        )

    bot.background.start(
        settle(bot, submission, submitted, made),
        tell,
        stopped=lambda: log_stopped(TRADE_STOPPED, submission.trader.name, submission.ticket.client_order_id),
        broken=_explain_broken,
    )


def _confirm_later(
    bot: Bot,
    submission: Submission,
    submitted: Submitted,
    placed: OrderPlaced,
    made: PortfolioSummary | None,
) -> None:
    """Let the confirmation follow the ack, which has closed the form."""

    async def story() -> None:
        await confirm(bot, submitted, placed, submission.address, made)

    bot.background.start(
        story(),
        tell=lambda text: bot.messenger.whisper(sentence(text), submission.address),
        stopped=lambda: log_stopped(
            CONFIRMATION_STOPPED, submission.trader.name, submission.ticket.client_order_id
        ),
        broken=_explain_broken,
    )


def _explain_broken(error: Exception) -> str:
    return f"Your trade was sent, but its confirmation failed. {log_unexpected(error)}"
