"""Who tells what, between bots that share a database."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from slack_client.store.claims import Claims
from slack_client.store.database import BotDatabase


@pytest.fixture
async def two_bots(bot_database_url: str) -> AsyncIterator[tuple[Claims, Claims]]:
    """Two bots' claims; both have made the tables at the same moment."""
    databases = await asyncio.gather(*(BotDatabase.open(bot_database_url) for _ in range(2)))
    yield Claims(databases[0]), Claims(databases[1])
    for database in databases:
        await database.close()


async def test_one_of_two_processes_claims(two_bots: tuple[Claims, Claims]) -> None:
    order = str(uuid4())
    first, second = two_bots
    claims = [asyncio.create_task(each.claim("T1", order)) for each in (first, second, first, second)]
    done, waiting = await asyncio.wait(claims, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [True]
    await first.told("T1", order)
    assert [await task for task in waiting] == [False] * 3
    assert await second.claim("T2", order)
    await second.release("T2", order)
    assert await first.claim("T2", order)


async def test_a_bot_whose_clock_runs_ahead_takes_no_claim_over(
    two_bots: tuple[Claims, Claims], monkeypatch: pytest.MonkeyPatch
) -> None:
    order = str(uuid4())
    first, second = two_bots
    assert await first.claim("T1", order)
    an_hour_ahead = time.time_ns() + 3600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: an_hour_ahead)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await second.claim("T1", order)
    await first.told("T1", order)
    assert not await second.claim("T1", order)
