"""The story of `/trade`: acked at once, the modal from nothing but the command, then what the OMS knows."""

import asyncio
import logging
from dataclasses import dataclass
from uuid import uuid4

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError

from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.forms import Ticket, Typed, read_symbol
from slack_client.messages import sentence, usage
from slack_client.modals import NO_SYMBOL, Offer, loading_line, quote_line, trade_form
from slack_client.oms import OmsError
from slack_client.portfolios import offer_portfolios
from slack_client.problems import log_oms_error, log_stopped
from slack_client.trader import Trader

TRADE_COMMAND = "/trade"
FORM_STOPPED = "Your form may be missing or without its price. Close it and type the command again."
_CLOSED_OR_CHANGED = frozenset({"hash_conflict", "not_found", "view_not_found"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Command:
    """A slash command as Slack signed it."""

    trader: Trader
    text: str
    trigger_id: str
    ticket: Ticket

    @classmethod
    def read(cls, body: Json) -> "Command":
        """Read the payload; the ticket is new, and so is its client order id."""
        user_id = str(body["user_id"])
        return cls(
            trader=Trader(str(body["team_id"]), user_id, str(body.get("user_name") or user_id)),
            text=str(body.get("text") or ""),
            trigger_id=str(body["trigger_id"]),
            ticket=Ticket(
                client_order_id=str(uuid4()),
                channel_id=body["channel_id"],
                response_url=body["response_url"],
            ),
        )


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the command."""

    @app.command(TRADE_COMMAND)
    async def trade(ack: AsyncAck, body: Json) -> None:
        command = Command.read(body)
        symbol = read_symbol(command.text)
        if symbol == "HELP" or (symbol is None and command.text.strip()):
            await ack(usage().payload() | {"response_type": "ephemeral"})
            return
        await ack()
        bot.background.start(
            open_form(bot, command, symbol),
            tell=lambda text: bot.messenger.whisper(sentence(text), command.ticket, command.trader.user_id),
            stopped=lambda: log_stopped(FORM_STOPPED, command.trader.name, command.ticket.client_order_id),
        )


async def open_form(bot: Bot, command: Command, symbol: str | None) -> None:
    """Open the modal before its trigger dies, then fill in the quote and the portfolios."""
    ticket, trader, typed = command.ticket, command.trader, Typed(symbol=symbol or "")
    try:
        opened = await bot.slack.views_open(
            trigger_id=command.trigger_id,
            view=trade_form(ticket, typed, loading_line(symbol), offer=None),
        )
    except SlackApiError as error:
        if error.response.get("error") not in {"expired_trigger_id", "exchanged_trigger_id"}:
            raise
        _log.warning("the trigger of a command died before its form was open")
        late = sentence("Slack's three seconds for opening the form were over. Type the command again.")
        await bot.messenger.whisper(late, ticket, trader.user_id)
        return
    view: Json = opened["view"]
    line, offer = await asyncio.gather(_read_quote_line(bot, symbol, trader), _read_offer(bot, trader))
    known = offer if isinstance(offer, Offer) else None
    notices = [offer] if isinstance(offer, str) else []
    await update_view(bot, view["id"], trade_form(ticket, typed, line, known, notices), view["hash"])


async def update_view(bot: Bot, view_id: str, view: Json, view_hash: str | None = None) -> None:
    """Redraw a view, unless the trader has closed it or it has changed since `view_hash`.

    Raises nothing: what stood there before can still be used, and what matters is said in a message too.
    """
    try:
        await bot.slack.views_update(view_id=view_id, view=view, hash=view_hash)
    except SlackApiError as error:
        if error.response.get("error") not in _CLOSED_OR_CHANGED:
            _log.error("views.update: %s", error.response.data)
    except (TimeoutError, aiohttp.ClientError) as error:
        _log.warning("views.update: %r", error)


async def _read_quote_line(bot: Bot, symbol: str | None, trader: Trader) -> str:
    if symbol is None:
        return NO_SYMBOL
    try:
        return quote_line(symbol, await bot.oms.quote(symbol, trader.name))
    except OmsError as error:
        return f"{symbol}: no price can be shown. {log_oms_error(error, trader.name)}"


async def _read_offer(bot: Bot, trader: Trader) -> Offer | str:
    """The trader's portfolios, or the sentence that says why they cannot be read."""
    try:
        return await offer_portfolios(bot.oms, trader)
    except OmsError as error:
        return log_oms_error(error, trader.name)
