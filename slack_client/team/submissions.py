"""The story of a submitted form of a portfolio, from the click to the message.

As with a trade, the OMS has two seconds before Slack has its answer. Past them the form says that it is
still working, and the change is tried again until the OMS says what became of it.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address, Delivery
from slack_client.messages import sentence
from slack_client.oms import ANSWER_SECONDS, OmsError, OmsOutcomeUnknown
from slack_client.operations import CreatePortfolioInput, UpdatePortfolioInput
from slack_client.pages.home import publish_home
from slack_client.patience import ask_until_answered
from slack_client.problems import NOTHING_CHANGED, log_interrupted, log_oms_error, log_unknown_change
from slack_client.team.changes import Asked, Change, Declined, Done, Making, MembersChange, Outcome, Updating
from slack_client.team.forms import Errand, Typed, list_members, place_members, read_state
from slack_client.team.modals import (
    NEW_CALLBACK,
    STILL_WORKING,
    Task,
    draw_again,
    place_errors,
    saying,
)
from slack_client.trade.forms import FormErrors
from slack_client.trader import Trader
from slack_client.views import update_view

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TeamSubmission:
    """A submitted form as Slack signed it; who submits comes from the payload and not from the errand."""

    trader: Trader
    errand: Errand
    typed: Typed
    view: Json

    @classmethod
    def read(cls, body: Json) -> "TeamSubmission":
        """Read the payload."""
        view = body["view"]
        return cls(
            trader=Trader.of_interaction(body),
            errand=Errand.model_validate_json(view["private_metadata"]),
            typed=read_state(view["state"]["values"]),
            view=view,
        )

    @property
    def address(self) -> Address:
        """Where its trader is told."""
        return self.errand.address(self.trader)

    @property
    def title(self) -> str:
        """The form's title."""
        return str(self.view["title"]["text"])


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the forms."""

    @app.view(NEW_CALLBACK)
    async def make(ack: AsyncAck, body: Json) -> None:
        submission = TeamSubmission.read(body)
        trader, typed = submission.trader, submission.typed
        placed = place_members(typed.chosen, trader.team_id, maker=trader)
        if isinstance(placed, FormErrors):
            await ack(response_action="errors", errors=place_errors(submission.view, placed.by_block))
            return
        making = Making(bot, trader, CreatePortfolioInput(name=typed.name, members=list_members(placed)))
        await submit(bot, submission, making, ack)

    @app.view(Task.MEMBERS)
    async def save_members(ack: AsyncAck, body: Json) -> None:
        submission = TeamSubmission.read(body)
        trader, errand, typed = submission.trader, submission.errand, submission.typed
        placed = place_members(typed.chosen, trader.team_id)
        if isinstance(placed, FormErrors):
            await ack(response_action="errors", errors=place_errors(submission.view, placed.by_block))
            return
        change = MembersChange(bot, trader, errand, typed, placed)
        await submit(bot, submission, change, ack)

    @app.view(Task.RENAME)
    async def rename(ack: AsyncAck, body: Json) -> None:
        submission = TeamSubmission.read(body)
        errand, name = submission.errand, submission.typed.name
        renaming = Updating(
            bot,
            submission.trader,
            UpdatePortfolioInput(portfolio_id=errand.portfolio_id, name=name),
            done=f"“{errand.portfolio_name}” is called “{name.strip()}” now.",
            whether=f"“{errand.portfolio_name}” was renamed",
        )
        await submit(bot, submission, renaming, ack)

    @app.view(Task.ARCHIVE)
    async def archive(ack: AsyncAck, body: Json) -> None:
        submission = TeamSubmission.read(body)
        errand = submission.errand
        archiving = Updating(
            bot,
            submission.trader,
            UpdatePortfolioInput(portfolio_id=errand.portfolio_id, archived=True),
            done=f"“{errand.portfolio_name}” is archived.",
            whether=f"“{errand.portfolio_name}” was archived",
        )
        await submit(bot, submission, archiving, ack)


async def submit(bot: Bot, submission: TeamSubmission, change: Change, ack: AsyncAck) -> None:
    """Make the change within the two seconds, or say that the answer follows."""
    outcome: Outcome
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            outcome = await change.attempt(ANSWER_SECONDS)
    except (TimeoutError, OmsOutcomeUnknown):
        await ack(response_action="update", view=saying(submission.title, STILL_WORKING))
        _settle_later(bot, submission, change)
        return
    except OmsError as error:
        outcome = Declined("", log_oms_error(error, submission.trader.name, NOTHING_CHANGED))
    match outcome:
        case Done():
            await ack(response_action="clear")
            _tell_later(bot, submission, outcome)
        case Declined():
            _log.info("%s was refused: %s", submission.trader.name, outcome.message)
            await _refuse(submission, outcome, ack)
        case Asked():
            await ack(response_action="update", view=outcome.view)
        case _:
            assert_never(outcome)


async def settle(bot: Bot, submission: TeamSubmission, change: Change) -> None:
    """Find out what became of a change whose answer did not come, and tell it in the form and outside."""
    try:
        outcome = await ask_until_answered(change.attempt, bot.patience_seconds)
    except OmsError as error:
        said = log_unknown_change(error, submission.trader.name, change.whether)
        await _say(bot, submission, said, saying(submission.title, said))
        return
    match outcome:
        case Done():
            await _tell(bot, submission, outcome)
            await update_view(bot.slack, submission.view["id"], saying(submission.title, outcome.said))
        case Declined():
            said = f"{NOTHING_CHANGED}: {outcome.message}"
            await _say(bot, submission, said, draw_again(submission.view, said))
        case Asked():
            await _say(bot, submission, outcome.said, outcome.view)
        case _:
            assert_never(outcome)


async def _refuse(submission: TeamSubmission, declined: Declined, ack: AsyncAck) -> None:
    """Put a refusal under its field; on top of a form that has none."""
    errors = place_errors(submission.view, {declined.field: declined.message})
    if errors:
        await ack(response_action="errors", errors=errors)
    else:
        await ack(response_action="update", view=draw_again(submission.view, declined.message))


async def _say(bot: Bot, submission: TeamSubmission, said: str, view: Json) -> None:
    await asyncio.gather(
        bot.messenger.whisper(sentence(said), submission.address),
        update_view(bot.slack, submission.view["id"], view),
    )


async def _tell(bot: Bot, submission: TeamSubmission, done: Done) -> None:
    """Tell what was done where it was started; once, however often the form was submitted.

    What is outside of channels was started in App Home, which shows it then.
    """
    team_id, what = submission.trader.team_id, f"view:{submission.view['id']}"
    if not await bot.store.claims.claim(team_id, what):
        return
    if submission.address.channel_id is None:
        await publish_home(bot, submission.trader)
    receipt = await bot.messenger.whisper(done.message, submission.address)
    if receipt.delivery is Delivery.REFUSED:
        await bot.store.claims.release(team_id, what)
    else:
        await bot.store.claims.told(team_id, what)


def _settle_later(bot: Bot, submission: TeamSubmission, change: Change) -> None:
    bot.background.start(
        settle(bot, submission, change),
        tell=lambda text: _say(bot, submission, text, saying(submission.title, text)),
        stopped=lambda: log_interrupted(f"I cannot say whether {change.whether}.", submission.trader.name),
    )


def _tell_later(bot: Bot, submission: TeamSubmission, done: Done) -> None:
    bot.background.start(
        _tell(bot, submission, done),
        tell=lambda text: bot.messenger.whisper(sentence(text), submission.address),
        stopped=lambda: log_interrupted(done.said, submission.trader.name),
    )
