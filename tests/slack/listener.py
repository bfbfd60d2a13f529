"""A bot that only listens: real Bolt behind both doors, acking what the test tells it to."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from fastapi import FastAPI, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from slack_client.playground.doors import Door, HttpDoor, SocketDoor
from slack_client.playground.slack import Json, Slack
from slack_client.playground.web_api import Sockets
from tests.slack.conftest import SIGNING_SECRET
from tests.slack.served import eventually, serve

_ANY = re.compile(".*")


@dataclass
class Listener:
    """What was heard, oldest first, with the headers of events; `answer` is every ack's body."""

    heard: list[Json] = field(default_factory=list)
    retries: list[str | None] = field(default_factory=list)
    answer: Json = field(default_factory=dict)
    seconds: float = 0

    @property
    def last(self) -> Json:
        """What was heard last."""
        return self.heard[-1]

    @asynccontextmanager
    async def listen(
        self, way: str, slack: Slack, sockets: Sockets, url: str, port: int = 0
    ) -> AsyncIterator[Door]:
        """Run behind one of the doors, over HTTP at a port."""
        bolt = self._bolt(slack, url)
        if way == "http":
            async with serve(_web_app(bolt), port) as address, aiohttp.ClientSession() as session:
                yield HttpDoor(session, f"{address}/slack/events", SIGNING_SECRET)
            return
        handler = AsyncSocketModeHandler(bolt, slack.app_token, web_client=bolt.client)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        await eventually(lambda: sockets.open)
        try:
            yield SocketDoor(sockets)
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]

    def _bolt(self, slack: Slack, url: str) -> AsyncApp:
        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=None, team_id=None, bot_token=slack.bot_token, bot_user_id=slack.bot_user_id
            )

        bolt = AsyncApp(
            signing_secret=SIGNING_SECRET,
            client=AsyncWebClient(base_url=f"{url}/api/"),
            authorize=authorize,
        )
        listeners: list[Callable[[re.Pattern[str]], Callable[[object], object]]] = [
            bolt.command,
            bolt.action,
            bolt.options,
            bolt.shortcut,
            bolt.view_submission,
            bolt.view_closed,
        ]
        for listener in listeners:
            listener(_ANY)(self._hear())
        bolt.event(_ANY)(self._hear_event())
        return bolt

    def _hear(self) -> Callable[[AsyncAck, Json], Awaitable[None]]:
        async def hear(ack: AsyncAck, body: Json) -> None:
            self.heard.append(body)
            await asyncio.sleep(self.seconds)
            await ack(**self.answer)

        return hear

    def _hear_event(self) -> Callable[[AsyncBoltRequest, Json], Awaitable[None]]:
        async def hear(request: AsyncBoltRequest, body: Json) -> None:
            self.heard.append(body)
            self.retries.append(request.headers.get("x-slack-retry-num", [None])[0])

        return hear


def _web_app(bolt: AsyncApp) -> FastAPI:
    app = FastAPI()
    handler = AsyncSlackRequestHandler(bolt)

    @app.post("/slack/events")
    async def slack_events(request: Request) -> Response:
        return await handler.handle(request)

    return app
