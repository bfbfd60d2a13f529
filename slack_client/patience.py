"""Asking again for what may have been done, with the same id, until the OMS says what became of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from slack_client.oms import OmsError

PATIENT_ANSWER_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 1.0
"""Long enough for Slack to draw that the bot is still working before the result replaces it."""
LAST_PAUSE_SECONDS = 5.0
_Answer = TypeVar("_Answer")


async def ask_until_answered(ask: Callable[[float], Awaitable[_Answer]], patience_seconds: float) -> _Answer:
    """Ask, each time with so many seconds for the answer, until it comes; the last OmsError when patience
    ends."""
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + patience_seconds
    pause = FIRST_PAUSE_SECONDS
    while True:
        await asyncio.sleep(pause)
        try:
            return await ask(PATIENT_ANSWER_SECONDS)
        except OmsError:
            if clock() >= give_up_at:
                raise
        pause = min(2 * pause, LAST_PAUSE_SECONDS)
