"""A portfolio's page, shown to whoever presses for it and may see it."""

import asyncio

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.answering import start_answer
from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.messages import SHOW_PORTFOLIO_ACTION, sentence
from slack_client.oms import OmsError
from slack_client.pages.portfolio_pages import TRADES_SHOWN, portfolio_message
from slack_client.problems import log_unread
from slack_client.trader import Trader

NOT_YOURS = "There is no such portfolio, or it is not yours to see."


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the button of the messages that name a portfolio."""

    @app.action(SHOW_PORTFOLIO_ACTION)
    async def show(ack: AsyncAck, body: Json) -> None:
        trader, address = Trader.of_interaction(body), Address.of_interaction(body)
        portfolio_id = str(body["actions"][0]["value"])
        await ack()
        start_answer(bot, show_portfolio(bot, trader, address, portfolio_id), trader, address)


async def show_portfolio(
    bot: Bot,
    trader: Trader,
    address: Address,
    portfolio_id: str,
    *,
    start: int = 0,
    in_place: bool = False,
) -> None:
    """Show a portfolio to the trader alone, its positions from `start` on, or say why it cannot be shown.

    `in_place` draws it where the message stands that was pressed.
    """
    try:
        portfolio, orders = await asyncio.gather(
            bot.oms.portfolio(portfolio_id, trader.name, TRADES_SHOWN),
            bot.oms.working_orders(portfolio_id, trader.name),
        )
    except OmsError as error:
        await bot.messenger.whisper(sentence(log_unread(error, trader.name)), address)
        return
    if portfolio is None:
        await bot.messenger.whisper(sentence(NOT_YOURS), address)
        return
    shown = portfolio
    await bot.messenger.show(
        lambda plain: portfolio_message(shown, orders, trader, start=start, plain=plain),
        address,
        in_place=in_place,
    )
