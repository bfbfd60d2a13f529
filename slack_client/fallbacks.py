"""The last answer: to what no listener knows, and to what breaks one. In words, where whoever asked reads it.

Slack shows the words of an ack for a command and under a form. Whoever pressed a button, or was acked before
it broke, is written to. A listener reads what came before it acks: Bolt takes an ack back that an error
follows at once.
"""

import re

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncAck, AsyncApp

from slack_client.blocks import Json, cut
from slack_client.bot import Bot
from slack_client.delivery import Address
from slack_client.messages import sentence, usage
from slack_client.problems import log_unanswered, log_unexpected
from slack_client.team.modals import saying
from slack_client.trade.modals import ERROR_LIMIT

UNKNOWN = (
    "I do not know this button: it is of another version of the bot. Nothing was done. "
    "/trade help shows what there is."
)
UNKNOWN_FORM = (
    "I do not know this form: it is of another version of the bot. Nothing was done. Open it again."
)
_ANYTHING = re.compile("")
_ANSWERED_BY_ACK = frozenset({None, "view_submission", "block_suggestion"})


def register(app: AsyncApp, bot: Bot) -> None:
    """Listen to whatever is left, so after all others, and to the errors of all."""

    @app.error
    async def answer_error(
        error: Exception, body: Json, response: BoltResponse | None
    ) -> BoltResponse | None:
        text = log_unexpected(error)
        if response is None or body.get("type") not in _ANSWERED_BY_ACK:
            _write(bot, body, text)
        return None if response is None else say(body, text)

    @app.action(_ANYTHING)
    @app.shortcut(_ANYTHING)
    async def answer_unknown_press(ack: AsyncAck, body: Json) -> None:
        await ack()
        _write(bot, body, UNKNOWN)

    @app.view_submission(_ANYTHING)
    async def refuse_unknown_form(ack: AsyncAck, body: Json) -> None:
        await ack(_say_in_form(body, UNKNOWN_FORM))

    @app.view_closed(_ANYTHING)
    async def let_unknown_form_close(ack: AsyncAck) -> None:
        await ack()

    @app.command(_ANYTHING)
    async def explain_unknown_command(ack: AsyncAck) -> None:
        await ack(usage().private())

    @app.options(_ANYTHING)
    async def offer_nothing(ack: AsyncAck) -> None:
        await ack(options=[])


def say(body: Json, text: str) -> BoltResponse:
    """An ack in words, as far as Slack shows any for what came."""
    match body.get("type"):
        case "view_submission":
            said = _say_in_form(body, text)
        case "block_suggestion":
            said = {"options": []}
        case None:
            said = {"response_type": "ephemeral", "text": text}
        case _:
            return BoltResponse(status=200)
    return BoltResponse(status=200, body=said)


def _say_in_form(body: Json, text: str) -> Json:
    """Under the form's first input, which keeps what was typed; in the place of a form that has none."""
    view = body.get("view") or {}
    inputs = [block["block_id"] for block in view.get("blocks") or [] if block["type"] == "input"]
    if inputs:
        return {"response_action": "errors", "errors": {inputs[0]: cut(text, ERROR_LIMIT)}}
    return {"response_action": "update", "view": saying("SlackOMS", text)}


def _write(bot: Bot, body: Json, text: str) -> None:
    """Tell whoever did it, after the ack. An event has nobody who waits."""
    address = _address_of(body)
    if address is None:
        return

    async def tell(said: str) -> None:
        await bot.messenger.whisper(sentence(said), address)

    bot.background.start(tell(text), tell, stopped=lambda: log_unanswered(address.user_id))


def _address_of(body: Json) -> Address | None:
    try:
        return Address.of_command(body) if "command" in body else Address.of_interaction(body)
    except (AttributeError, KeyError, TypeError):
        return None
