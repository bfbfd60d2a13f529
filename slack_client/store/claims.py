"""Who tells what. Two that want to say the same, in one bot process or in two, end in one message, because
one of them inserts the row `(team, what)` and the other finds it. What is guaranteed:

- A thing is told once at most, as long as the process that claimed it lives.
- A process that dies between its claim and the message leaves a claim without `told_at`. Whoever comes
  next takes that claim over once it is 15 s old, and makes the message up. If the process died after
  Slack had the message and before `told_at`, that is a second message: told twice is better than not told.
- A message that Slack may or may not have posted (a time-out) counts as told.
- A message that Slack refused everywhere gives the claim back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from sqlalchemy import ColumnElement, delete, insert, select, update

from slack_client.store.database import BotDatabase
from slack_client.store.tables import CLAIMS, NOW

CLAIM_SECONDS = 15
_POLL_SECONDS = 0.2


class _Claim(Enum):
    OURS = "ours"
    THEIRS = "another's, who has not told yet"
    TOLD = "told"


class Claims:
    """What is being told, and what was."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    async def claim(self, team_id: str, what: str) -> bool:
        """Ask to be the one who tells. Waits for another's unfinished claim; False once it is told."""
        while True:
            claim = await self._try_claim(team_id, what)
            if claim is not _Claim.THEIRS:
                return claim is _Claim.OURS
            await asyncio.sleep(_POLL_SECONDS)

    async def told(self, team_id: str, what: str) -> None:
        """Note that it was told."""
        await self._database.write(update(CLAIMS).values(told_at=NOW).where(*_of(team_id, what)))

    async def release(self, team_id: str, what: str) -> None:
        """Give a claim back whose message could not be sent."""
        await self._database.write(delete(CLAIMS).where(*_of(team_id, what)))

    @asynccontextmanager
    async def held(self, team_id: str, what: str) -> AsyncIterator[None]:
        """Hold a claim that nothing is told of: one at a time, in all bot processes, for 15 s at most."""
        await self.claim(team_id, what)
        try:
            yield
        finally:
            await self.release(team_id, what)

    async def _try_claim(self, team_id: str, what: str) -> _Claim:
        fresh = insert(CLAIMS).values(team_id=team_id, what=what, claimed_at=NOW)
        if await self._database.write_new(fresh):
            return _Claim.OURS
        key = _of(team_id, what)
        rows = await self._database.read(select(CLAIMS.c.told_at).where(*key))
        if rows and rows[0].told_at is not None:
            return _Claim.TOLD
        is_old = CLAIMS.c.claimed_at <= NOW - CLAIM_SECONDS * 1000
        abandoned = (*key, is_old, CLAIMS.c.told_at.is_(None))
        taken = await self._database.write(update(CLAIMS).values(claimed_at=NOW).where(*abandoned))
        return _Claim.OURS if taken else _Claim.THEIRS


def _of(team_id: str, what: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return CLAIMS.c.team_id == team_id, CLAIMS.c.what == what
