"""Answering a command or a press with something to read, after the ack."""

from collections.abc import Coroutine

from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.messages import sentence
from slack_client.problems import log_unanswered
from slack_client.trader import Trader


def start_answer(bot: Bot, story: Coroutine[None, None, None], trader: Trader, address: Address) -> None:
    """Let an answer follow the ack; what keeps it back is told where it was asked for."""
    bot.background.start(
        story,
        tell=lambda text: bot.messenger.whisper(sentence(text), address),
        stopped=lambda: log_unanswered(trader.name),
    )
