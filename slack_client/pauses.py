"""How long to wait before something is tried again."""

import asyncio
import random

FIRST_SECONDS = 0.5
LAST_SECONDS = 15.0


class Pauses:
    """Each twice as long as the one before, from half a second to fifteen, and none quite like another's."""

    def __init__(self) -> None:
        self._longest = FIRST_SECONDS

    def next(self) -> float:
        """How many seconds to wait this time: the whole pause, or as little as half of it."""
        longest, self._longest = self._longest, min(2 * self._longest, LAST_SECONDS)
        return random.uniform(longest / 2, longest)  # noqa: S311  no secret

    def reset(self) -> None:
        """Begin with the shortest again."""
        self._longest = FIRST_SECONDS


async def rest(seconds: float) -> None:
    """Sleep, unless this task was cancelled before and goes on: `asyncio.wait_for` of Python 3.11, which gql
    connects with, keeps a cancellation to itself that comes as it is done."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    await asyncio.sleep(seconds)
