"""Work that goes on after Slack has its answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine

from slack_client.problems import log_unexpected

FAREWELL_SECONDS = 1.5
_log = logging.getLogger(__name__)

Tell = Callable[[str], Awaitable[object]]


class Background:
    """The stories under way. None is lost silently, and a stopping bot lets them finish."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_stopping = False

    def start(
        self,
        story: Coroutine[None, None, None],
        tell: Tell,
        stopped: Callable[[], str],
        broken: Callable[[Exception], str] = log_unexpected,
    ) -> None:
        """Run a story. Where it breaks or the bot stops in the middle of it, the trader is told.

        `broken` and `stopped` log that with an id and return the sentence for `tell`.
        """
        self._keep(_run(story, tell, stopped, broken))

    async def answer(self, answering: Coroutine[None, None, None]) -> None:
        """Answer Slack; a stopping bot waits for that, too."""
        await self._keep(answering)

    async def finish(self, within: float) -> None:
        """Wait for what is under way, then cancel the rest, which has a moment to tell its traders so."""
        self.is_stopping = True
        clock = asyncio.get_running_loop().time
        stop_at = clock() + within
        while self._tasks and (left := stop_at - clock()) > 0:  # an answer may start a story
            await asyncio.wait(self._tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if late := set(self._tasks):
            for task in late:
                task.cancel()
            _, silent = await asyncio.wait(late, timeout=FAREWELL_SECONDS)
            for task in silent:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _keep(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _run(
    story: Coroutine[None, None, None],
    tell: Tell,
    stopped: Callable[[], str],
    broken: Callable[[Exception], str],
) -> None:
    try:
        await story
    except asyncio.CancelledError:
        await _try_to_tell(tell, stopped())
        raise
    except Exception as error:  # noqa: BLE001  logged with its traceback
        await _try_to_tell(tell, broken(error))


async def _try_to_tell(tell: Tell, text: str) -> None:
    try:
        await tell(text)
    except Exception:  # noqa: BLE001  logged with its traceback
        _log.exception("a trader could not be told: %s", text)
