"""What the bot does as long as it runs, without anybody asking."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from slack_client.pauses import Pauses

_log = logging.getLogger(__name__)


class Duties:
    """The duties of a bot. One that breaks is logged and begun again, until the bot stops."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._is_stopping = False
        self._idle = asyncio.Event()
        self._idle.set()

    def start(self, name: str, duty: Callable[[], Awaitable[None]]) -> None:
        """Begin a duty, which ends by being cancelled."""
        self._tasks.add(asyncio.create_task(_do(name, duty)))

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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _do(name: str, duty: Callable[[], Awaitable[None]]) -> None:
    pauses = Pauses()
    while True:
        try:
            await duty()
        except Exception:  # noqa: BLE001  logged with its traceback
            _log.exception("%s broke; it begins again", name)
        await asyncio.sleep(pauses.next())
