"""A bot that stops ends its duties, also one that does not hear it the first time."""

import asyncio
import logging

import pytest

from slack_client.duties import Duties
from slack_client.pauses import rest


async def connect_as_wait_for_does(connecting: asyncio.Event) -> None:
    """Fail instead of being cancelled, as `asyncio.wait_for` of Python 3.11 may."""
    connecting.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        raise ConnectionError from None


async def test_a_duty_whose_cancellation_was_kept_from_it_ends_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    duties, connecting = Duties(), asyncio.Event()
    duties.start("connecting", lambda: connect_as_wait_for_does(connecting))
    await connecting.wait()
    async with asyncio.timeout(5):
        await duties.finish(within=2)
    assert "do not end" not in caplog.text


async def test_a_loop_that_lost_its_cancellation_ends_at_its_next_rest() -> None:
    connecting = asyncio.Event()

    async def follow() -> None:
        while True:
            try:
                await connect_as_wait_for_does(connecting)
            except ConnectionError:
                await rest(60)

    following = asyncio.create_task(follow())
    await connecting.wait()
    following.cancel()
    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await following


async def test_a_duty_that_never_ends_does_not_keep_the_bot_from_stopping(
    caplog: pytest.LogCaptureFixture,
) -> None:
    duties, begun, released = Duties(), asyncio.Event(), asyncio.Event()
    before = asyncio.all_tasks()

    async def sleep_on() -> None:
        begun.set()
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    duties.start("sleeping", sleep_on)
    await begun.wait()
    with caplog.at_level(logging.ERROR):
        async with asyncio.timeout(5):
            await duties.finish(within=0.1)
    assert "duties that do not end: 1" in caplog.text
    released.set()
    await asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True)
