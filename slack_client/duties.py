"""What the bot does as long as it runs, without anybody asking."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager

from slack_client.pauses import Pauses

_log = logging.getLogger(__name__)


class Duties:
    """The duties of a bot. One that breaks is logged and begun again, until the bot stops."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._over: dict[str, asyncio.Event] = {}
        self._under_way = 0
        self._is_stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self, name: str, duty: Callable[[], Awaitable[None]]) -> None:
        """Begin a duty, in the place of one of the same name; it ends by being cancelled."""
        if name in self._over:
            self._over[name].set()
        over = self._over[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(_succeed(self._tasks.get(name), _do(name, duty, over)))

    def end(self, name: str) -> None:
        """End a duty, if there is one of this name."""
        if name in self._tasks:
            self._over[name].set()
            self._tasks[name].cancel()

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """What a stopping bot lets a duty finish. Once it stops, no step begins."""
        if self._is_stopping:
            await asyncio.Event().wait()
        self._under_way += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def finish(self, within: float) -> None:
        """Wait for the steps under way, then end all duties."""
        self._is_stopping = True
        try:
            async with asyncio.timeout(within):
                await self._idle.wait()
        except TimeoutError:
            _log.warning(
                "stopped in the middle of %d steps; they are taken up at the next start", self._under_way
            )
        for name in self._tasks:
            self.end(name)
        if self._tasks:
            _, deaf = await asyncio.wait(self._tasks.values(), timeout=within)
            if deaf:
                _log.error("duties that do not end: %d", len(deaf))


async def _succeed(before: asyncio.Task[None] | None, duty: Coroutine[None, None, None]) -> None:
    """Do a duty once the one before it has ended."""
    if before is not None:
        before.cancel()
        await asyncio.gather(before, return_exceptions=True)
    await duty


async def _do(name: str, duty: Callable[[], Awaitable[None]], over: asyncio.Event) -> None:
    """Do a duty until it is over: what is cancelled may fail instead, see `pauses.rest`."""
    pauses = Pauses()
    while not over.is_set():
        try:
            await duty()
        except Exception:  # noqa: BLE001  logged with its traceback
            if over.is_set():
                return
            _log.exception("%s broke; it begins again", name)
        await asyncio.sleep(pauses.next())
