"""Showing a portfolio to one of its members."""

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.figures import money
from slack_client.messages import SHOW_PORTFOLIO_ACTION, sentence
from slack_client.picking import GONE
from slack_client.problems import log_interrupted
from slack_client.trader import Trader


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the button."""

    @app.action(SHOW_PORTFOLIO_ACTION)
    async def show(ack: AsyncAck, body: Json) -> None:
        await ack()
        trader = Trader.of_interaction(body)
        channel_id = (body.get("channel") or {}).get("id")
        address = Address(trader.user_id, channel_id, body.get("response_url"))
        bot.background.start(
            show_portfolio(bot, trader, address, str(body["actions"][0]["value"])),
            tell=lambda text: bot.messenger.whisper(sentence(text), address),
            stopped=lambda: log_interrupted("Your portfolio is not shown.", trader.name),
        )


async def show_portfolio(
    bot: Bot, trader: Trader, address: Address, portfolio_id: str, *, start: int = 0
) -> None:
    """Tell the trader alone what is in a portfolio. Raises OmsError."""
    portfolio = await bot.oms.portfolio(portfolio_id, trader.name, trades=start + 10)
    if portfolio is None:
        await bot.messenger.whisper(sentence(GONE), address)
        return
    await bot.messenger.whisper(sentence(f"{portfolio.name}: {money(portfolio.equity)}"), address)
