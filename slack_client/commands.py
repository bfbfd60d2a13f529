"""`/trade`, acked at once: help and what cannot be read are answered, everything else opens the form."""

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.forms import Typed, read_symbol
from slack_client.lines import Unreadable, is_line, read_line
from slack_client.messages import (
    TRADE_AGAIN_ACTION,
    TRADE_PORTFOLIO_ACTION,
    Message,
    unreadable,
    usage,
)
from slack_client.opening import Opening, start_opening
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
        await ack()
        start_opening(bot, _opening(Trader.of_command(body), body, Address.of_command(body), typed))

    @app.shortcut(TRADE_SHORTCUT)
    async def trade_from_anywhere(ack: AsyncAck, body: Json) -> None:
        await ack()
        trader = Trader.of_interaction(body)
        start_opening(bot, _opening(trader, body, Address(trader.user_id), Typed()))

    @app.action(TRADE_AGAIN_ACTION)
    async def trade_again(ack: AsyncAck, body: Json) -> None:
        await ack()
        trader = Trader.of_interaction(body)
        side, _, symbol = str(body["actions"][0].get("value") or Side.BUY).partition(" ")
        typed = Typed(symbol=symbol, side=Side(side))
        start_opening(bot, _opening(trader, body, Address.of_interaction(body), typed))

    @app.action(TRADE_PORTFOLIO_ACTION)
    async def trade_in_portfolio(ack: AsyncAck, body: Json) -> None:
        await ack()
        typed = Typed(portfolio_id=str(body["actions"][0]["value"]))
        trader = Trader.of_interaction(body)
        start_opening(bot, _opening(trader, body, Address.of_interaction(body), typed))


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
