"""Work that goes on after Slack has its answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine

from slack_client.problems import log_unexpected

_log = logging.getLogger(__name__)


class Background:
    """The stories under way. None is lost silently, and a stopping bot lets them finish."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, story: Coroutine[None, None, None], tell: Callable[[str], Awaitable[object]]) -> None:
        """Run a story; if it breaks, log it with an id and tell the trader that id."""
        task = asyncio.create_task(self._run(story, tell))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, within: float) -> None:
        """Wait for what is under way, then cancel the rest."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within)
            if late:
                _log.warning(
                    "stopping in the middle of %d stories: their traders are told no more", len(late)
                )
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(
        self, story: Coroutine[None, None, None], tell: Callable[[str], Awaitable[object]]
    ) -> None:
        try:
            await story
        except Exception as error:  # noqa: BLE001  logged with its traceback
            await tell(log_unexpected(error))
