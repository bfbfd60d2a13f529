"""The form while it is filled in: fields come and go with the order's type, and the preview follows."""

import asyncio
import re
from dataclasses import dataclass, replace

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.problems import log_unanswered
from slack_client.trade.forms import Ticket, Typed, read_state
from slack_client.trade.modals import (
    TRADE_CALLBACK,
    Form,
    Offer,
    drawn_portfolios,
    offered,
    symbol_option,
    trade_form,
    unknown_portfolios,
)
from slack_client.trade.opening import read_offer
from slack_client.trade.previews import loading
from slack_client.trade.pricing import price
from slack_client.trader import Trader
from slack_client.views import ViewChange

TYPING_PAUSE_SECONDS = 0.3
"""How long a typed character waits for the next one before the order is previewed."""
_FIELDS = re.compile("symbol|side|type|quantity|unit|limitPrice|stopPrice|timeInForce|portfolioId")
_TYPED_FIELDS = frozenset({"quantity", "limitPrice", "stopPrice"})


@dataclass(frozen=True)
class Change:
    """A change in a form, with all that stands in it after."""

    trader: Trader
    ticket: Ticket
    typed: Typed
    view: Json
    field: str

    @classmethod
    def read(cls, body: Json) -> "Change":
        """Read the payload."""
        view = body["view"]
        ticket = Ticket.model_validate_json(view["private_metadata"])
        return cls(
            trader=Trader.of_interaction(body),
            ticket=ticket,
            typed=read_state(view["state"]["values"], ticket.kept),
            view=view,
            field=body["actions"][0]["action_id"],
        )


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the form's fields and to what is typed into its menu of symbols."""

    @app.action(_FIELDS)
    async def change(ack: AsyncAck, body: Json) -> None:
        trader = Trader.of_interaction(body)
        await ack()
        if (body.get("view") or {}).get("callback_id") != TRADE_CALLBACK:
            return
        bot.background.start(
            redraw(bot, body), tell=_leave_as_it_is, stopped=lambda: log_unanswered(trader.name)
        )

    @app.options("symbol")
    async def suggest(ack: AsyncAck, body: Json) -> None:
        found = await bot.symbols.suggest(str(body.get("value") or ""), Trader.of_interaction(body))
        await ack(options=[symbol_option(each.symbol, each.name) for each in found])


async def redraw(bot: Bot, body: Json) -> None:
    """Show the fields that the order has now, then what it would do. A newer change ends this one."""
    change = Change.read(body)
    this = bot.live_views.begin(change.view["id"])
    try:
        await _redraw(bot, change, this)
    finally:
        bot.live_views.end(this)


async def _redraw(bot: Bot, change: Change, this: ViewChange) -> None:
    typed, view = change.typed, change.view
    portfolios = drawn_portfolios(view)
    form = Form(
        ticket=change.ticket,
        typed=typed,
        preview=loading(typed.symbol),
        portfolios=portfolios or unknown_portfolios(),
        symbol_name=bot.symbols.name_of(typed.symbol),
    )
    if _block_ids(trade_form(form)) != _block_ids(view):
        if not await bot.live_views.draw(this, trade_form(form), view["hash"], insists=True):
            return
    elif change.field in _TYPED_FIELDS:
        await asyncio.sleep(TYPING_PAUSE_SECONDS)
        if not bot.live_views.is_newest(this):
            return
    if portfolios is None:
        offer = await read_offer(bot, change.trader, change.ticket.channel_id, typed.portfolio_id)
        if isinstance(offer, Offer):
            typed = replace(typed, portfolio_id=offer.first.id)
            form = replace(form, typed=typed, portfolios=offered(offer, typed.portfolio_id))
    priced = await price(bot, change.trader, change.ticket, typed)
    ticket = change.ticket.model_copy(update={"seen": priced.seen})
    form = replace(form, ticket=ticket, preview=priced.text)
    await bot.live_views.draw(this, trade_form(form), view["hash"])


def _block_ids(view: Json) -> set[str]:
    """The fields of a view; what has no id of its own is not compared."""
    return {block["block_id"] for block in view["blocks"] if block["type"] == "input"}


async def _leave_as_it_is(_: str) -> None:
    """A preview that fails is in the log; the form can be used without it."""
