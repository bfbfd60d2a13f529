"""The ways from Slack to the bot: signed requests, or envelopes over Socket Mode's websocket."""

import json
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from slack_client.playground.slack import Json
from slack_client.playground.web_api import Sockets

ACK_SECONDS = 3
PATIENCE_SECONDS = 10
_FORM = "application/x-www-form-urlencoded"


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

    @property
    def late(self) -> bool:
        """Whether Slack has given up before: the user sees an error, and what was acked is lost."""
        return self.seconds > ACK_SECONDS

    @property
    def is_taken(self) -> bool:
        """Whether Slack does what the bot acked."""
        return self.status == 200 and not self.late


@dataclass(frozen=True)
class Retry:
    """That an event is delivered again: for the how many-eth time, and why."""

    number: int
    reason: str = "http_timeout"


class Door(Protocol):
    """A way from Slack to the bot."""

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Reply:
        """Bring a command, an interaction or an event to the bot and wait for its ack.

        `kind` is the type of Socket Mode's envelope: slash_commands, interactive or events_api.
        """


class HttpDoor:
    """Signed requests to the bot's `url`."""

    def __init__(self, session: aiohttp.ClientSession, events_url: str, signing_secret: str) -> None:
        self._session = session
        self.url = events_url
        self._verifier = SignatureVerifier(signing_secret)

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Reply:
        """POST as Slack does: a command as a form, an interaction as JSON in a form, an event as JSON."""
        headers: dict[str, str] = {}
        match kind:
            case "slash_commands":
                body = urlencode(payload)
            case "interactive":
                body = urlencode({"payload": json.dumps(payload)})
            case _:
                body = json.dumps(payload)
                headers["Content-Type"] = "application/json"
        if retry is not None:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        return await self.post(body, headers | self.sign(body, int(time.time())))

    async def verify_url(self, challenge: str) -> Reply:
        """Ask whether the url is the app's, as Slack does when it is entered into the app's settings."""
        return await self.deliver(
            "url_verification", {"token": "unused", "challenge": challenge, "type": "url_verification"}
        )

    def sign(self, body: str, timestamp: int) -> dict[str, str]:
        """The headers that prove a body to be Slack's."""
        signature = self._verifier.generate_signature(timestamp=str(timestamp), body=body)
        return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": str(signature)}

    async def post(self, body: str, headers: dict[str, str]) -> Reply:
        """POST a body with just these headers; a form unless they say otherwise."""
        started = time.monotonic()
        form = {"Content-Type": _FORM}
        async with self._session.post(self.url, data=body, headers=form | headers) as response:
            text = await response.text()
        return Reply(response.status, _read(text), time.monotonic() - started)


class SocketDoor:
    """Envelopes over Socket Mode's websocket."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Reply:
        """Send an envelope; an ack counts as status 200. Raises TimeoutError where none comes, at once where
        no bot is connected."""
        if not self._sockets.open:
            raise TimeoutError("no bot is connected over Socket Mode")
        started = time.monotonic()
        extra: Json = {}
        if kind == "events_api":
            extra = {
                "retry_attempt": retry.number if retry else 0,
                "retry_reason": retry.reason if retry else "",
            }
        body = await self._sockets.send(kind, payload, within=PATIENCE_SECONDS, **extra)
        return Reply(200, body, time.monotonic() - started)


def _read(text: str) -> Json:
    """A body as JSON; an ack that is only words is a message of these words."""
    try:
        body: Json = json.loads(text) if text else {}
    except ValueError:
        return {"text": text}
    return body
