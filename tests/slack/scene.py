"""Somebody before a bot that only listens, with the stand-in between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from slack_client.blocks import Json, plain
from slack_client.playground.person import Person
from slack_client.playground.slack import OpenView, Posted, Slack
from slack_client.playground.web_api import Playground, Sockets
from tests.slack.conftest import CHANNEL
from tests.slack.listener import Listener

OPTIONS: list[Json] = [{"text": plain(name, 75), "value": name} for name in ("AAPL", "MSFT")]


def button(action_id: str, **more: object) -> Json:
    """A button that says `v`."""
    return {"type": "button", "text": plain("Press", 75), "action_id": action_id, "value": "v", **more}


def field(block_id: str, element: Json, **more: object) -> Json:
    """An input whose element is called as its block."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id, 75),
        "element": {"action_id": block_id, **element},
        **more,
    }


def actions(*elements: Json) -> Json:
    """A row of elements."""
    return {"type": "actions", "block_id": "row", "elements": list(elements)}


FORM: Json = {
    "type": "modal",
    "callback_id": "form",
    "private_metadata": "kept",
    "title": plain("Form", 24),
    "submit": plain("Go", 24),
    "blocks": [
        field("quantity", {"type": "plain_text_input"}, dispatch_action=True),
        field("note", {"type": "plain_text_input"}),
        field("side", {"type": "static_select", "options": OPTIONS}, dispatch_action=True),
        field("symbol", {"type": "external_select", "min_query_length": 2}),
        field("friends", {"type": "multi_users_select", "initial_users": ["U0ADA"], "max_selected_items": 1}),
        field("owner", {"type": "users_select"}),
        field("where", {"type": "conversations_select", "initial_conversation": CHANNEL}),
        {
            "type": "section",
            "block_id": "order",
            "text": plain("Order", 75),
            "accessory": {"type": "overflow", "action_id": "menu", "options": OPTIONS},
        },
        actions(button("preview"), {"type": "static_select", "action_id": "range", "options": OPTIONS}),
    ],
}
PLAIN_VIEW: Json = {"type": "modal", "title": plain("Top", 24), "blocks": [{"type": "divider"}]}


@dataclass
class Scene:
    """Somebody, the bot that listens to them, and the bot's hand in the Web API."""

    slack: Slack
    playground: Playground
    url: str
    ada: Person
    bot: Listener
    client: AsyncWebClient

    async def form(self, view: Json = FORM) -> OpenView:
        """Open a modal."""
        await self.client.views_open(trigger_id=self.slack.new_trigger(self.ada.user_id), view=view)
        return await self.ada.modal()

    async def post(self, *blocks: Json) -> Posted:
        """Post a message."""
        await self.client.chat_postMessage(channel=CHANNEL, text="x", blocks=list(blocks))
        return self.slack.messages[-1]


@asynccontextmanager
async def set_scene(way: str) -> AsyncIterator[Scene]:
    """Run everything, the bot behind one of the doors. Slack must have had nothing to complain of."""
    slack, sockets, bot = Slack(bot_channels={CHANNEL}), Sockets(), Listener()
    playground = Playground(slack, sockets)
    async with playground.serve() as url, bot.listen(way, slack, sockets, url) as door:
        client = AsyncWebClient(token=slack.bot_token, base_url=f"{url}/api/")
        yield Scene(slack, playground, url, Person(slack, door, url), bot, client)
    assert slack.complaints == []
