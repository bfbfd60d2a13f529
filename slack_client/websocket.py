"""Socket Mode: Slack's requests over a websocket that the bot opens, and opens again when it ends."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from slack_client.background import Background

CLOSE_SECONDS = 0.3
CONNECT_SECONDS = 10
PING_SECONDS = 3
"""How soon a websocket that broke without a word is noticed."""
_log = logging.getLogger("slack_client.bolt")


class _Client(SocketModeClient):
    """Slack's client tries an address for ever, but one that was used or is too old opens nothing."""

    async def connect(self) -> None:
        """Connect, every few seconds by a new address, until it is done."""
        while not self.closed:
            with suppress(TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    await super().connect()  # type: ignore[no-untyped-call]  # the SDK has no types here
                    return
            self.wss_uri = None


@asynccontextmanager
async def listen(
    app_token: SecretStr, slack_api_url: str, bolt: AsyncApp, background: Background
) -> AsyncIterator[None]:
    """Let Bolt answer what comes over the websocket; the connection is kept up by itself."""
    client = _Client(
        app_token=app_token.get_secret_value(),
        logger=_log,
        web_client=AsyncWebClient(base_url=slack_api_url),
        ping_interval=PING_SECONDS,
    )

    async def hear(_: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if not background.is_stopping:  # else Slack says that the app did not answer
            await background.answer(_answer(client, bolt, request))

    client.socket_mode_request_listeners = [hear]
    connecting = asyncio.create_task(client.connect())
    try:
        yield
    finally:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await client.close()  # type: ignore[no-untyped-call]  # the SDK has no types here
        except TimeoutError:  # Slack did not say goodbye; by now the websocket is closed on this side
            await client.close()  # type: ignore[no-untyped-call]  # the SDK has no types here


async def _answer(client: SocketModeClient, bolt: AsyncApp, request: SocketModeRequest) -> None:
    started = time.time()
    response = await run_async_bolt_app(bolt, request)
    await send_async_response(client, request, response, started)
