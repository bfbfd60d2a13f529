"""The bot's own database: which trade has been confirmed in Slack.

Two submissions of one modal, in one bot process or in two, end in one confirmation, because one
of them inserts the row `(team, client order id)` and the other finds it. What is guaranteed:

- A trade is confirmed once at most, as long as the process that claimed it lives.
- A process that dies between its claim and the message leaves a claim without `told_at`. Whoever
  submits the modal again takes that claim over once it is 15 s old, and makes the message up.
  If the process died after Slack had the message and before `told_at`, that is a second message:
  a trade told twice is better than one not told.
- A message that Slack may or may not have posted (a time-out) counts as told.
- A message that Slack refused everywhere gives the claim back.
"""

import asyncio
from enum import Enum

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Delete,
    Engine,
    Insert,
    MetaData,
    String,
    Table,
    Update,
    cast,
    create_engine,
    delete,
    extract,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

CLAIM_SECONDS = 15
_POLL_SECONDS = 0.2
_metadata = MetaData()
_confirmations = Table(
    "confirmations",
    _metadata,
    Column("team_id", String(32), primary_key=True),
    Column("client_order_id", String(128), primary_key=True),
    Column("claimed_at", BigInteger, nullable=False),  # milliseconds since 1970, to the second
    Column("told_at", BigInteger),
)
_NOW = cast(extract("epoch", func.now()), BigInteger) * 1000
"""The database's clock, so that two bots with different clocks agree on how old a claim is."""


class _Claim(Enum):
    OURS = "ours"
    THEIRS = "another's, who has not told yet"
    TOLD = "told"


class Confirmations:
    """Who confirms which trade. The database is only ever touched in threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    async def open(cls, url: str) -> "Confirmations":
        """Connect and make the table where it is missing."""
        engine = create_engine(url, pool_pre_ping=True)
        await asyncio.to_thread(_make_tables, engine)
        return cls(engine)

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.to_thread(self._engine.dispose)

    async def claim(self, team_id: str, client_order_id: str) -> bool:
        """Ask to be the one who confirms. Waits for another's unfinished claim; False once it is told."""
        while True:
            claim = await asyncio.to_thread(self._try_claim, team_id, client_order_id)
            if claim is not _Claim.THEIRS:
                return claim is _Claim.OURS
            await asyncio.sleep(_POLL_SECONDS)

    async def told(self, team_id: str, client_order_id: str) -> None:
        """Note that the confirmation was sent."""
        statement = update(_confirmations).values(told_at=_NOW).where(*_of(team_id, client_order_id))
        await asyncio.to_thread(self._write, statement)

    async def release(self, team_id: str, client_order_id: str) -> None:
        """Give a claim back whose message could not be sent."""
        await asyncio.to_thread(self._write, delete(_confirmations).where(*_of(team_id, client_order_id)))

    def _try_claim(self, team_id: str, client_order_id: str) -> _Claim:
        fresh = insert(_confirmations).values(
            team_id=team_id, client_order_id=client_order_id, claimed_at=_NOW
        )
        try:
            self._write(fresh)
        except IntegrityError:
            return self._take_over(team_id, client_order_id)
        return _Claim.OURS

    def _take_over(self, team_id: str, client_order_id: str) -> _Claim:
        key = _of(team_id, client_order_id)
        with self._engine.connect() as connection:
            told = connection.execute(select(_confirmations.c.told_at).where(*key)).scalar()
        if told is not None:
            return _Claim.TOLD
        is_old = _confirmations.c.claimed_at <= _NOW - CLAIM_SECONDS * 1000
        abandoned = (*key, is_old, _confirmations.c.told_at.is_(None))
        taken = self._write(update(_confirmations).values(claimed_at=_NOW).where(*abandoned))
        return _Claim.OURS if taken else _Claim.THEIRS

    def _write(self, statement: Insert | Update | Delete) -> int:
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount


def _of(team_id: str, client_order_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _confirmations.c.team_id == team_id, _confirmations.c.client_order_id == client_order_id


def _make_tables(engine: Engine) -> None:
    try:
        _metadata.create_all(engine)
    except (IntegrityError, OperationalError, ProgrammingError):
        _metadata.create_all(engine)  # another process made it at the same moment
