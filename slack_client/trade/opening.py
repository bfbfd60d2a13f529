"""Opening the trade form, from wherever: at once and from nothing but the click, then what the OMS knows."""

import asyncio
import logging
from dataclasses import dataclass, replace
from uuid import uuid4

import aiohttp
from slack_sdk.errors import SlackApiError

from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.messages import sentence
from slack_client.oms import OmsError
from slack_client.problems import log_oms_error, log_stopped
from slack_client.refusals import error_of
from slack_client.trade.forms import Ticket, Typed
from slack_client.trade.modals import Form, Offer, offered, trade_form, unknown_portfolios
from slack_client.trade.offering import (
    offer_portfolios,
)
from slack_client.trade.previews import loading
from slack_client.trade.pricing import price
from slack_client.trader import Trader

FORM_STOPPED = "Your form may be missing or without its price. Close it and open it again."
TOO_LATE = "Slack did not open the form within its three seconds. Try it again."
_TOO_LATE = frozenset({None, "exchanged_trigger_id", "expired_trigger_id", "internal_error", "ratelimited"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opening:
    """A click that opens a form: whose, the trigger that dies after three seconds, and where it was."""

    trader: Trader
    trigger_id: str
    address: Address
    typed: Typed
    notices: tuple[str, ...] = ()

    def new_ticket(self) -> Ticket:
        """The form's ticket, with a client order id that no order has."""
        return Ticket(
            client_order_id=str(uuid4()),
            channel_id=self.address.channel_id,
            response_url=self.address.response_url,
        )


def start_opening(bot: Bot, opening: Opening) -> None:
    """Open the form after the ack."""
    ticket = opening.new_ticket()
    bot.background.start(
        open_form(bot, opening, ticket),
        tell=lambda text: bot.messenger.whisper(sentence(text), opening.address),
        stopped=lambda: log_stopped(FORM_STOPPED, opening.trader.name, ticket.client_order_id),
    )


async def open_form(bot: Bot, opening: Opening, ticket: Ticket) -> None:
    """Open the form before its trigger dies, then fill in the price and the portfolios."""
    trader, typed = opening.trader, opening.typed
    form = Form(
        ticket=ticket,
        typed=typed,
        preview=loading(typed.symbol),
        portfolios=unknown_portfolios(),
        symbol_name=bot.symbols.name_of(typed.symbol),
        notices=opening.notices,
    )
    view = await open_view(bot, opening.trigger_id, trade_form(form), opening.address)
    if view is None:
        return
    bot.symbols.start_learning(trader)
    change = bot.live_views.begin(view["id"])
    try:
        filled = await _fill(bot, opening, form)
        await bot.live_views.draw(change, trade_form(filled), view["hash"])
    finally:
        bot.live_views.end(change)


async def _fill(bot: Bot, opening: Opening, form: Form) -> Form:
    """The form with what the OMS knows: the trader's portfolios and the price."""
    trader, typed, ticket = opening.trader, form.typed, form.ticket
    offer = await read_offer(bot, trader, ticket.channel_id, typed.portfolio_id)
    if isinstance(offer, Offer):
        typed = replace(typed, portfolio_id=offer.first.id)
        form = replace(form, typed=typed, portfolios=offered(offer, typed.portfolio_id))
    else:
        form = replace(form, notices=(*form.notices, offer))
    priced = await price(bot, trader, ticket, typed)
    seen = ticket.model_copy(update={"seen": priced.seen})
    symbol_name = bot.symbols.name_of(typed.symbol)
    return replace(form, ticket=seen, preview=priced.text, symbol_name=symbol_name)


async def open_view(
    bot: Bot, trigger_id: str, view: Json, address: Address, *, on_top: bool = False
) -> Json | None:
    """Open a modal and return it as Slack has it; None where Slack did not in time, which the trader is told.

    One that is opened from within another is `on_top` of it.
    """
    open_it = bot.slack.views_push if on_top else bot.slack.views_open
    try:
        opened = await open_it(trigger_id=trigger_id, view=view)
    except SlackApiError as refusal:
        if error_of(refusal) not in _TOO_LATE:
            raise
        _log.warning("a form was not opened: %s", error_of(refusal))
    except (TimeoutError, aiohttp.ClientError) as error:
        _log.warning("a form was not opened: %r", error)
    else:
        drawn: Json = opened["view"]
        return drawn
    await bot.messenger.whisper(sentence(TOO_LATE), address)
    return None


async def read_offer(bot: Bot, trader: Trader, channel_id: str | None, chosen: str | None) -> Offer | str:
    """The trader's portfolios, the chosen one first, else the channel's; or the sentence that says why they
    cannot be read."""
    try:
        offer = await offer_in_channel(bot, trader, channel_id)
    except OmsError as error:
        return log_oms_error(error, trader.name)
    return replace(offer, usual=chosen or offer.usual)


async def offer_in_channel(bot: Bot, trader: Trader, channel_id: str | None) -> Offer:
    """The trader's portfolios, the channel's first where they may trade it. Raises OmsError."""
    offer, usual = await asyncio.gather(
        offer_portfolios(bot.oms, trader), bot.store.channels.read(trader.team_id, channel_id)
    )
    return replace(offer, usual=usual)
