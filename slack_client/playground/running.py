"""The playground as a process: the stand-in on a port of its own, the bot on another."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from slack_client.playground.doors import PATIENCE_SECONDS, Door, HttpDoor, SocketDoor
from slack_client.playground.events import InsistentDoor
from slack_client.playground.journal import Journal, WatchedDoor
from slack_client.playground.page import Page
from slack_client.playground.slack import Slack
from slack_client.playground.web_api import Playground, Sockets


async def play(slack: Slack, events_url: str, signing_secret: str | None, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Raises OSError where the port is in use."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_playground(slack, events_url, signing_secret, port):
        await stop.wait()


@asynccontextmanager
async def open_playground(
    slack: Slack,
    events_url: str,
    signing_secret: str | None,
    port: int = 0,
    sockets: Sockets | None = None,
) -> AsyncIterator[str]:
    """Serve the stand-in and its page, for a bot that takes signed requests at `events_url`; without a
    secret, for one that connects over Socket Mode, whose websockets are `sockets`.

    The value is the address.
    """
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    sockets = sockets or Sockets()
    async with aiohttp.ClientSession(timeout=timeout) as session:
        journal = Journal(slack)
        way: Door = SocketDoor(sockets)
        if signing_secret is not None:
            way = HttpDoor(session, events_url, signing_secret)
        door = InsistentDoor(WatchedDoor(way, journal))
        page = Page(slack, door, journal)
        async with Playground(slack, sockets).serve(port, page.routes()) as address:
            try:
                yield address
            finally:
                await page.close()
                await door.close()
