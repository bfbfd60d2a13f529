"""Who comes first, decided by the test: it holds a row, and lets actions wait for it one behind the other."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlmodel import col

from graphql_api.oms.db import Database
from graphql_api.oms.tables import BoardQuoteRow, PortfolioRow, WorkspaceRow
from tests.api.test_races import at_once

Row = Select[Any]
_WAITING = text("""SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE :at""")


def portfolio_row(id: UUID) -> Row:
    """What every change of a portfolio locks."""
    return select(col(PortfolioRow.id)).where(col(PortfolioRow.id) == id).with_for_update(key_share=True)


def quote_row(workspace_id: UUID, symbol: str) -> Row:
    """What a publication of this symbol writes when it has the board to itself."""
    row = col(BoardQuoteRow.workspace_id) == workspace_id, col(BoardQuoteRow.symbol) == symbol
    return select(col(BoardQuoteRow.number)).where(*row).with_for_update()


def workspace_row(id: UUID) -> Row:
    """What a publication locks first."""
    return select(col(WorkspaceRow.id)).where(col(WorkspaceRow.id) == id).with_for_update(key_share=True)


@dataclass(frozen=True, slots=True)
class Line:
    """Makes actions wait. SQLite has one writer and no line to look at: there they only start together."""

    database: Database

    @property
    def is_ordered(self) -> bool:
        """Whether who comes first goes first."""
        return not self.database.is_sqlite

    @property
    def rounds(self) -> int:
        """How often a race is run: both ways in turn, or often enough to meet both."""
        return 2 if self.is_ordered else 4

    def behind(self, row: Row, *actions: Callable[[], Any]) -> list[Any]:
        """Let each action begin when the one before waits, and then let all go; their answers in order."""
        if not self.is_ordered:
            return at_once(len(actions), lambda number: actions[number]())
        running: list[Future[Any]] = []
        with ThreadPoolExecutor(len(actions)) as threads, self.held(row):
            for action in actions:
                running.append(threads.submit(action))
                self.wait_for(len(running))
        return [each.result() for each in running]

    def race(
        self, row: Row, one: Callable[[], Any], other: Callable[[], Any], *, turned: bool
    ) -> tuple[Any, Any]:
        """One behind the other, or `turned` the other way round; the answers of one and other."""
        answers = self.behind(row, *((other, one) if turned else (one, other)))
        return (answers[1], answers[0]) if turned else (answers[0], answers[1])

    def held_up(self, row: Row, action: Callable[[], Any], meanwhile: Callable[[], Any]) -> tuple[Any, Any]:
        """Let an action wait for a row until `meanwhile` is done; the answers of both."""
        with ThreadPoolExecutor(1) as threads:
            with self.held(row):
                running = threads.submit(action)
                self.wait_for(1)
                done = meanwhile()
            return running.result(), done

    @contextmanager
    def held(self, row: Row) -> Iterator[None]:
        """Hold a row's lock."""
        with self.database.writing() as connection:
            assert connection.execute(row).one()
            yield

    def wait_for(self, count: int, at: str = "") -> None:
        """Wait until this many transactions wait for locks, in statements that name this table."""
        deadline = time.monotonic() + 20
        while (waiting := self._waiting(at)) < count:
            assert time.monotonic() < deadline, f"{waiting} wait and not {count}"
            time.sleep(0.005)

    def _waiting(self, at: str) -> int:
        with self.database.snapshot() as session:
            count: int = session.connection().execute(_WAITING, {"at": f"%{at}%"}).scalar_one()
        return count
