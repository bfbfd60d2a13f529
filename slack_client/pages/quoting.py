"""`/quote`: prices for whoever asks, and a way from them to the trade form."""

from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.answering import start_answer
from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.messages import sentence
from slack_client.oms import OmsError
from slack_client.pages.quote_pages import Asked, quote_usage, quotes_message, read_symbols
from slack_client.problems import log_unread
from slack_client.trader import Trader
from slack_client.words import QUOTE_COMMAND


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to the command."""

    @app.command(QUOTE_COMMAND)
    async def quote(ack: AsyncAck, body: Json) -> None:
        text = str(body.get("text") or "").strip()
        asked = Asked() if text.casefold() == "help" else read_symbols(text)
        if not asked.symbols:
            await ack(quote_usage(asked).private())
            return
        trader, address = Trader.of_command(body), Address.of_command(body)
        await ack()
        start_answer(bot, show_quotes(bot, trader, address, asked), trader, address)


async def show_quotes(bot: Bot, trader: Trader, address: Address, asked: Asked) -> None:
    """Show the prices to the trader alone, or say why they cannot be shown."""
    try:
        quotes, market = await bot.oms.quotes(asked.symbols, trader.name)
    except OmsError as error:
        await bot.messenger.whisper(sentence(log_unread(error, trader.name)), address)
        return
    await bot.messenger.whisper(quotes_message(asked, quotes, market), address)
