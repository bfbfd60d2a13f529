"""Somebody at the keyboard: types commands and fills in modals, through Slack's side of the wire."""

import json
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from slack_client.playground.slack import Json, OpenView, Slack
from slack_client.playground.web_api import Sockets

PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Reply:
    """How the bot acked: HTTP status, body, and the seconds it took."""

    status: int
    body: Json
    seconds: float

    @property
    def errors(self) -> dict[str, str]:
        """The errors under the fields, by block id."""
        errors: dict[str, str] = self.body.get("errors", {})
        return errors


class Door(Protocol):
    """A way from Slack to the bot."""

    async def deliver(self, kind: str, payload: Json) -> Reply:
        """Bring a slash command or an interaction to the bot and wait for its ack."""


class HttpDoor:
    """Signed requests to the bot's `url`."""

    def __init__(self, session: aiohttp.ClientSession, events_url: str, signing_secret: str) -> None:
        self._session = session
        self.url = events_url
        self._verifier = SignatureVerifier(signing_secret)

    async def deliver(self, kind: str, payload: Json) -> Reply:
        """POST as Slack does: a command as a form, an interaction as JSON in a form's field."""
        body = urlencode(payload if kind == "slash_commands" else {"payload": json.dumps(payload)})
        return await self.post(body, self.sign(body, int(time.time())))

    def sign(self, body: str, timestamp: int) -> dict[str, str]:
        """The headers that prove a body to be Slack's."""
        signature = self._verifier.generate_signature(timestamp=str(timestamp), body=body)
        return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": str(signature)}

    async def post(self, body: str, headers: dict[str, str]) -> Reply:
        """POST a body with just these headers."""
        started = time.monotonic()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        async with self._session.post(self.url, data=body, headers=form | headers) as response:
            text = await response.text()
        return Reply(response.status, json.loads(text) if text else {}, time.monotonic() - started)


class SocketDoor:
    """Envelopes over Socket Mode's websocket."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    async def deliver(self, kind: str, payload: Json) -> Reply:
        """Send an envelope; an ack counts as status 200."""
        started = time.monotonic()
        body = await self._sockets.send(kind, payload, within=PATIENCE_SECONDS)
        return Reply(200, body, time.monotonic() - started)


@dataclass
class Person:
    """A member of the team, in one channel."""

    slack: Slack
    door: Door
    url: str
    user_id: str = "U0ADA"
    user_name: str = "ada"
    channel_id: str = "C0TRADES"

    async def command(self, text: str) -> Reply:
        """Type `/trade` with these words."""
        payload = {
            "token": "unused",
            "team_id": self.slack.team_id,
            "team_domain": "playground",
            "channel_id": self.channel_id,
            "channel_name": "trades",
            "user_id": self.user_id,
            "user_name": self.user_name,
            "command": "/trade",
            "text": text,
            "api_app_id": "A0PLAYGRND",
            "is_enterprise_install": "false",
            "response_url": self.url + self.slack.new_response_path(self.channel_id, self.user_id),
            "trigger_id": self.slack.new_trigger(self.user_id),
        }
        reply = await self.door.deliver("slash_commands", payload)
        if reply.body:
            self.slack.check_ack_message(reply.body)
            self.slack.add_reply(self.channel_id, self.user_id, reply.body)
            await self.slack.changed()
        return reply

    async def modal(self) -> OpenView:
        """The modal on the screen, as soon as there is one."""
        await self.slack.until(lambda: self._modal() is not None)
        modal = self._modal()
        assert modal is not None  # noqa: S101  narrows
        return modal

    def fill(self, modal: OpenView, **typed: str | bool) -> None:
        """Type into inputs, choose options by their value, and check (True) or clear (False) a box."""
        for block in modal.view["blocks"]:
            block_id = block.get("block_id")
            if block["type"] == "input" and block_id in typed:
                key = (block_id, block["element"]["action_id"])
                modal.inputs[key] = _typed(block["element"], typed.pop(block_id))
        if typed:
            raise ValueError(f"the modal has no input {', '.join(typed)}")

    async def submit(self, modal: OpenView) -> Reply:
        """Press the modal's button and let Slack do what the bot answers."""
        reply = await self.door.deliver("interactive", self.submission(modal))
        if reply.status == 200:
            self._obey(modal, reply.body)
            await self.slack.changed()
        return reply

    def submission(self, modal: OpenView) -> Json:
        """The payload of pressing the button."""
        values: dict[str, Json] = {}
        for (block_id, action_id), value in modal.inputs.items():
            values[block_id] = {action_id: value}
        team = {"id": self.slack.team_id, "domain": "playground"}
        user = {"id": self.user_id, "username": self.user_name, "team_id": self.slack.team_id}
        view = {**modal.view, "id": modal.id, "hash": modal.hash, "state": {"values": values}}
        return {
            "type": "view_submission",
            "team": team,
            "user": user,
            "view": view,
            "api_app_id": "A0PLAYGRND",
        }

    def messages(self) -> list[Json]:
        """What this person can read, oldest first."""
        return [
            posted.body
            for posted in self.slack.messages
            if posted.seen_by == self.user_id
            or (posted.seen_by is None and posted.channel == self.channel_id)
        ]

    def _modal(self) -> OpenView | None:
        mine = [
            shown for shown in self.slack.views.values() if shown.user_id == self.user_id and shown.is_open
        ]
        return mine[-1] if mine else None

    def _obey(self, modal: OpenView, body: Json) -> None:
        match body.get("response_action"):
            case None | "clear":
                modal.is_open = False
            case "update":
                modal.show(self.slack.check_ack_view(body["view"]))
            case "errors":
                strangers = set(body["errors"]) - {block_id for block_id, _ in modal.inputs}
                if strangers:
                    self.slack.complaints.append(f"errors under no input: {', '.join(strangers)}")
            case other:
                self.slack.complaints.append(f"unknown response_action {other}")


def _typed(element: Json, value: str | bool) -> Json:
    match element["type"]:
        case "plain_text_input" | "number_input":
            return {"type": element["type"], "value": value or None}
        case "checkboxes":
            return {"type": element["type"], "selected_options": element["options"] if value else []}
        case _:
            chosen = next(option for option in element["options"] if option["value"] == value)
            return {"type": element["type"], "selected_option": chosen}
