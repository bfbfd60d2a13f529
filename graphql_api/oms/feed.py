"""The feed of events as it grows: who follows it is told when to read on.

The event table is the truth, and it is asked: one short question for each followed workspace, ten times
a second, and none while nobody follows. A NOTIFY in the transaction of each trade would tell a little
sooner, but PostgreSQL lets only one transaction that notifies commit at a time: with 16 connections that
took half of the trades a second.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import exc
from sqlmodel import Session, col, func, select

from graphql_api.oms.db import Database
from graphql_api.oms.tables import EventRow

POLL_SECONDS = 0.1

_log = logging.getLogger(__name__)
T = TypeVar("T")


class RunInThread(Protocol):
    """Runs what waits for the database where it blocks nobody."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


class News:
    """What one workspace's followers wait for."""

    def __init__(self) -> None:
        self.followers = 0
        self._newest: int | None = None
        self._changed = asyncio.Event()

    def tell(self, newest: int) -> None:
        """Wake the followers if there is something newer."""
        if newest != self._newest:
            self._newest = newest
            self._changed.set()
            self._changed = asyncio.Event()

    async def newer_than(self, seen: int | None) -> int:
        """Wait for another newest transaction than `seen`. What is read after this returns has its events."""
        while self._newest is None or self._newest == seen:
            await self._changed.wait()
        return self._newest


class Feed:
    """One a process; it lives on one event loop."""

    def __init__(self, database: Database, run: RunInThread) -> None:
        self._database = database
        self._run = run
        self._news: dict[UUID, News] = {}
        self._asking: asyncio.Task[None] | None = None

    @contextmanager
    def followed(self, workspace_id: UUID) -> Iterator[News]:
        """The news of a workspace, for as long as the block runs."""
        news = self._news.setdefault(workspace_id, News())
        news.followers += 1
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        try:
            yield news
        finally:
            news.followers -= 1
            if news.followers == 0:
                del self._news[workspace_id]
            if not self._news:
                self._asking.cancel()
                self._asking = None

    async def _ask(self) -> None:
        is_lost = False
        while True:
            try:
                for id, newest in (await self._run(self._newest)).items():
                    if id in self._news:
                        self._news[id].tell(newest)
                is_lost = False
            except Exception as failed:  # noqa: BLE001 - the database may be back the next time
                if not is_lost:
                    _log.warning("the feed of events waits for the database: %s", type(failed).__name__)
                is_lost = True
            await asyncio.sleep(POLL_SECONDS)

    def _newest(self) -> dict[UUID, int]:
        with self._database.snapshot() as session:
            return {id: newest_commit(self._database, session, id) for id in list(self._news)}


def newest_commit(database: Database, session: Session, workspace_id: UUID) -> int:
    """The number of the last transaction that wrote an event of a workspace, 0 where there is none. Every
    event up to it can be read: one that is still being written has a higher number."""
    number = col(EventRow.commit_number)
    newest = select(func.max(number)).where(EventRow.workspace_id == workspace_id, database.finished(number))
    return session.exec(newest).one() or 0


def is_outage(database: Database, failed: BaseException) -> bool:
    """Whether the database could not be reached or could not answer in time: it may be back soon."""
    driver = database.engine.dialect.loaded_dbapi
    return isinstance(
        failed,
        (
            exc.OperationalError,
            exc.InterfaceError,
            exc.TimeoutError,
            driver.OperationalError,
            driver.InterfaceError,
        ),
    )
