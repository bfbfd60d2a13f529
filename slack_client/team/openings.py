"""Opening the forms of a team's portfolios, from a command and from a button."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.answers import MemberPortfolio
from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.messages import (
    ARCHIVE_ACTION,
    MEMBERS_ACTION,
    NEW_PORTFOLIO_ACTION,
    RENAME_ACTION,
    sentence,
)
from slack_client.oms import OmsError
from slack_client.portfolios import role_in
from slack_client.problems import log_interrupted, log_unread
from slack_client.team.forms import Errand, Typed
from slack_client.team.modals import (
    Task,
    choose_form,
    looking_up,
    new_portfolio_form,
    saying,
    task_form,
)
from slack_client.team.picking import NONE_MANAGED, Choice, pick_by_id, pick_portfolio
from slack_client.trade.opening import FORM_STOPPED, open_view
from slack_client.trader import Trader
from slack_client.views import update_view
from slack_client.words import MemberRole


@dataclass(frozen=True)
class Click:
    """What opens a form: whose it is, the trigger that dies after three seconds, and where it was.

    `is_in_modal` where a modal is open already, which the form goes on top of.
    """

    trader: Trader
    trigger_id: str
    address: Address
    is_in_modal: bool = False

    @classmethod
    def of_command(cls, body: Json) -> "Click":
        """A command."""
        return cls(Trader.of_command(body), str(body["trigger_id"]), Address.of_command(body))

    @classmethod
    def of_button(cls, body: Json) -> "Click":
        """A button, in a message, in the Home or in one of these forms, which know where they began."""
        trader, trigger_id = Trader.of_interaction(body), str(body["trigger_id"])
        view = body.get("view") or {}
        if view.get("type") == "modal":
            errand = Errand.model_validate_json(view["private_metadata"])
            return cls(trader, trigger_id, errand.address(trader), is_in_modal=True)
        return cls(trader, trigger_id, Address.of_interaction(body))


@dataclass(frozen=True)
class Wanted:
    """Which portfolio: by its id where there is one, else by its name; neither is the usual one."""

    id: str = ""
    name: str = ""


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the buttons."""

    @app.action(NEW_PORTFOLIO_ACTION)
    async def begin_portfolio(ack: AsyncAck, body: Json) -> None:
        click = Click.of_button(body)
        await ack()
        start_new_portfolio(bot, click, "")

    @app.action(MEMBERS_ACTION)
    async def begin_members(ack: AsyncAck, body: Json) -> None:
        click, wanted = Click.of_button(body), _wanted(body)
        await ack()
        start_task(bot, click, Task.MEMBERS, wanted)

    @app.action(RENAME_ACTION)
    async def begin_rename(ack: AsyncAck, body: Json) -> None:
        click, wanted = Click.of_button(body), _wanted(body)
        await ack()
        start_task(bot, click, Task.RENAME, wanted)

    @app.action(ARCHIVE_ACTION)
    async def begin_archive(ack: AsyncAck, body: Json) -> None:
        click, wanted = Click.of_button(body), _wanted(body)
        await ack()
        start_task(bot, click, Task.ARCHIVE, wanted)


def start_new_portfolio(bot: Bot, click: Click, name: str) -> None:
    """Open the form that makes a portfolio, after the ack."""

    async def open_form() -> None:
        form = new_portfolio_form(Errand.at(click.address), Typed(name=name))
        await open_view(bot, click.trigger_id, form, click.address, on_top=click.is_in_modal)

    bot.background.start(
        open_form(),
        tell=lambda text: bot.messenger.whisper(sentence(text), click.address),
        stopped=lambda: log_interrupted(FORM_STOPPED, click.trader.name),
    )


def start_task(bot: Bot, click: Click, task: Task, wanted: Wanted) -> None:
    """Open the form of a manager's task, after the ack."""
    bot.background.start(
        open_task(bot, click, task, wanted),
        tell=lambda text: bot.messenger.whisper(sentence(text), click.address),
        stopped=lambda: log_interrupted(FORM_STOPPED, click.trader.name),
    )


async def open_task(bot: Bot, click: Click, task: Task, wanted: Wanted) -> None:
    """Open a form before its trigger dies, then fill in the portfolio."""
    errand = Errand.at(click.address)
    first = looking_up(task, errand)
    view = await open_view(bot, click.trigger_id, first, click.address, on_top=click.is_in_modal)
    if view is None:
        return
    try:
        drawn = await _draw_task(bot, click.trader, task, errand, wanted)
    except OmsError as error:
        drawn = saying(task.heading, log_unread(error, click.trader.name))
    await update_view(bot.slack, view["id"], drawn, view["hash"])


async def read_portfolios(
    bot: Bot, trader: Trader, channel_id: str | None
) -> tuple[Sequence[MemberPortfolio], str | None]:
    """Everything that the trader sees, and the id of the channel's own. Raises OmsError."""
    return await asyncio.gather(
        bot.oms.trader_portfolios(trader.name), bot.store.channels.read(trader.team_id, channel_id)
    )


async def _draw_task(bot: Bot, trader: Trader, task: Task, errand: Errand, wanted: Wanted) -> Json:
    portfolios, usual = await read_portfolios(bot, trader, errand.channel_id)
    if wanted.id:
        picked = pick_by_id(portfolios, wanted.id)
    elif wanted.name:
        picked = pick_portfolio(portfolios, wanted.name, usual)
    else:
        managed = [each for each in portfolios if role_in(trader, each.members) is MemberRole.MANAGER]
        picked = pick_portfolio(managed, "", usual) if managed else Choice(NONE_MANAGED)
    if isinstance(picked, Choice):
        return choose_form(task, errand, picked.said, picked.portfolios)
    return task_form(task, errand, trader, picked)


def _wanted(body: Json) -> Wanted:
    return Wanted(id=str(body["actions"][0]["value"]))
