"""`/trade`, acked at once: help and what cannot be read are answered, everything else opens the form."""

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.messages import (
    TRADE_AGAIN_ACTION,
    TRADE_PORTFOLIO_ACTION,
    Message,
    unreadable,
    usage,
)
from slack_client.trade.forms import Typed, read_symbol
from slack_client.trade.lines import Unreadable, is_line, read_line
from slack_client.trade.opening import Opening, start_opening
from slack_client.trader import Trader
from slack_client.words import TRADE_COMMAND, TRADE_SHORTCUT, Side, TimeInForce

DAY_ONLY = "An order by dollars is for the day, so {time} is left out. Choose shares to have it."


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the command, and to what opens the same form elsewhere."""

    @app.command(TRADE_COMMAND)
    async def trade(ack: AsyncAck, body: Json) -> None:
        typed = read_command(str(body.get("text") or ""))
        if isinstance(typed, Message):
            await ack(typed.private())
            return
        opening = _opening(Trader.of_command(body), body, Address.of_command(body), typed)
        await ack()
        start_opening(bot, opening)

    @app.shortcut(TRADE_SHORTCUT)
    async def trade_from_anywhere(ack: AsyncAck, body: Json) -> None:
        trader = Trader.of_interaction(body)
        opening = _opening(trader, body, Address(trader.user_id), Typed())
        await ack()
        start_opening(bot, opening)

    @app.action(TRADE_AGAIN_ACTION)
    async def trade_again(ack: AsyncAck, body: Json) -> None:
        side, _, symbol = str(body["actions"][0].get("value") or Side.BUY).partition(" ")
        typed = Typed(symbol=read_symbol(symbol) or "", side=Side(side))
        opening = _opening(Trader.of_interaction(body), body, Address.of_interaction(body), typed)
        await ack()
        start_opening(bot, opening)

    @app.action(TRADE_PORTFOLIO_ACTION)
    async def trade_in_portfolio(ack: AsyncAck, body: Json) -> None:
        typed = Typed(portfolio_id=str(body["actions"][0]["value"]))
        opening = _opening(Trader.of_interaction(body), body, Address.of_interaction(body), typed)
        await ack()
        start_opening(bot, opening)


def read_command(text: str) -> Typed | Message:
    """What `/trade` is followed by: fields of the form, or the answer that explains it."""
    if is_line(text):
        line = read_line(text)
        return unreadable(line.message, line.usage) if isinstance(line, Unreadable) else line
    symbol = read_symbol(text)
    if symbol == "HELP" or (symbol is None and text.strip()):
        return usage()
    return Typed(symbol=symbol or "")


def _opening(trader: Trader, body: Json, address: Address, typed: Typed) -> Opening:
    is_left_out = typed.is_dollars and typed.time_in_force is not TimeInForce.DAY
    notices = (DAY_ONLY.format(time=typed.time_in_force),) if is_left_out else ()
    return Opening(trader, str(body["trigger_id"]), address, typed, notices)
