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


async def test_a_held_claim_is_one_bots_at_a_time_and_given_back(two_bots: tuple[Claims, Claims]) -> None:
    what, inside = str(uuid4()), 0

    async def hold(claims: Claims) -> int:
        nonlocal inside
        async with claims.held("T1", what):
            inside += 1
            most = inside
            await asyncio.sleep(0)
            inside -= 1
        return most

    assert await asyncio.gather(*(hold(each) for each in two_bots * 3)) == [1] * 6
    with pytest.raises(ZeroDivisionError):
        async with two_bots[0].held("T1", what):
            raise ZeroDivisionError
    assert await hold(two_bots[1]) == 1


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
