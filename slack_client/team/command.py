"""`/portfolio`: shows one, makes one, makes one the channel's, and opens the forms of its managers.

The first word may say what to do, in either case; everything else is the portfolio's name.
"""

from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.answering import start_answer
from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.messages import sentence
from slack_client.oms import OmsError
from slack_client.pages.showing import show_portfolio
from slack_client.portfolios import may_trade
from slack_client.problems import log_unread
from slack_client.team.messages import (
    channel_portfolio,
    choose_portfolio,
    portfolio_chosen,
    portfolio_cleared,
    portfolio_usage,
)
from slack_client.team.modals import Task
from slack_client.team.openings import Click, Wanted, read_portfolios, start_new_portfolio, start_task
from slack_client.team.picking import Choice, pick_portfolio
from slack_client.words import PORTFOLIO_COMMAND

NONE = "none"


class Verb(StrEnum):
    """What to do, as it is typed."""

    HELP = "help"
    SHOW = "show"
    NEW = "new"
    USE = "use"
    MEMBERS = "members"
    RENAME = "rename"
    ARCHIVE = "archive"


_VERBS: Mapping[str, Verb] = {each.value: each for each in Verb}
_TASKS: Mapping[Verb, Task] = {
    Verb.MEMBERS: Task.MEMBERS,
    Verb.RENAME: Task.RENAME,
    Verb.ARCHIVE: Task.ARCHIVE,
}


@dataclass(frozen=True)
class Request:
    """What follows the command: what to do, with the portfolio of which name."""

    verb: Verb
    name: str = ""


def read_request(text: str) -> Request:
    """Read what follows the command. Whatever does not begin with a verb is a name, and nothing is none."""
    first, rest = [*text.split(maxsplit=1), "", ""][:2]
    verb = _VERBS.get(first.lower())
    if verb is None or (verb is Verb.HELP and rest):
        return Request(Verb.SHOW, text.strip())
    return Request(verb, rest.strip())


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the command."""

    @app.command(PORTFOLIO_COMMAND)
    async def portfolio(ack: AsyncAck, body: Json) -> None:
        request, click = read_request(str(body.get("text") or "")), Click.of_command(body)
        match request.verb:
            case Verb.HELP:
                await ack(portfolio_usage().private())
            case Verb.NEW:
                await ack()
                start_new_portfolio(bot, click, request.name)
            case Verb.SHOW:
                await ack()
                _start(bot, click, show(bot, click, request.name))
            case Verb.USE:
                await ack()
                ends = request.name.casefold() == NONE
                _start(bot, click, clear(bot, click) if ends else use(bot, click, request.name))
            case Verb.MEMBERS | Verb.RENAME | Verb.ARCHIVE:
                await ack()
                start_task(bot, click, _TASKS[request.verb], Wanted(name=request.name))
            case _:
                assert_never(request.verb)


async def show(bot: Bot, click: Click, name: str) -> None:
    """Show the portfolio of this name, without one the channel's or the trader's only one, or a choice."""
    portfolios, usual = await read_portfolios(bot, click.trader, click.address.channel_id)
    picked = pick_portfolio(portfolios, name, usual)
    if isinstance(picked, Choice):
        await bot.messenger.whisper(choose_portfolio(picked.said, picked.portfolios), click.address)
        return
    await show_portfolio(bot, click.trader, click.address, picked.id)


async def use(bot: Bot, click: Click, name: str) -> None:
    """Make a portfolio the channel's, and tell the channel; only by somebody who may trade it."""
    trader, address = click.trader, click.address
    channel_id = str(address.channel_id)
    portfolios, usual = await read_portfolios(bot, trader, channel_id)
    if not name:
        named = next((each.name for each in portfolios if each.id == usual), None)
        await bot.messenger.whisper(channel_portfolio(named), address)
        return
    picked = pick_portfolio(portfolios, name, usual)
    if isinstance(picked, Choice):
        await bot.messenger.whisper(choose_portfolio(picked.said, picked.portfolios), address)
    elif not may_trade(trader, picked):
        said = f"You cannot trade “{picked.name}” now, so it cannot become this channel's through you."
        await bot.messenger.whisper(sentence(said), address)
    else:
        await bot.store.channels.choose(trader.team_id, channel_id, picked.id, trader.user_id)
        await bot.messenger.announce(portfolio_chosen(trader, picked), address)


async def clear(bot: Bot, click: Click) -> None:
    """Leave the channel without a portfolio of its own, and tell the channel."""
    trader, address = click.trader, click.address
    channel_id = str(address.channel_id)
    if await bot.store.channels.read(trader.team_id, channel_id) is None:
        await bot.messenger.whisper(channel_portfolio(None), address)
        return
    await bot.store.channels.clear(trader.team_id, channel_id)
    await bot.messenger.announce(portfolio_cleared(trader), address)


def _start(bot: Bot, click: Click, story: Coroutine[None, None, None]) -> None:
    """Let the answer follow the ack; where the OMS gives none, that is the answer."""

    async def answer() -> None:
        try:
            await story
        except OmsError as error:
            await bot.messenger.whisper(sentence(log_unread(error, click.trader.name)), click.address)

    start_answer(bot, answer(), click.trader, click.address)
