"""The worker proves the books by itself, and says what differs."""

import logging
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import text

from graphql_api.market.simulated import SimulatedMarket
from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.ids import to_text
from graphql_api.oms.keys import create_workspace
from graphql_api.oms.migrations import migrate
from graphql_api.oms.portfolios import create_portfolio
from graphql_api.oms.trading import OrderRequest, execute_trade
from graphql_api.oms.words import Side
from graphql_api.worker import work


@pytest.fixture
def desk(fresh_database_url: str) -> Iterator[Desk]:
    database = Database(fresh_database_url)
    migrate(database)
    yield Desk(database, SimulatedMarket())
    database.close()


class Lines(logging.Handler):
    """Collects what is logged, and asks the worker to stop at the first line."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__()
        self.stop, self.lines = stop, list[str]()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.stop.set()


class TwoRounds(threading.Event):
    """Stops the worker at the end of its second round, without the wait between."""

    rounds = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.rounds += 1
        return self.rounds == 2 or self.is_set()


def run_worker(desk: Desk) -> list[str]:
    stop = TwoRounds()
    lines = Lines(stop)
    logger = logging.getLogger("graphql_api.worker")
    logger.addHandler(lines)
    try:
        work(desk.database, stop)
    finally:
        logger.removeHandler(lines)
    return lines.lines


@pytest.fixture
def traded(desk: Desk) -> str:
    """A portfolio that has traded."""
    actor = console(create_workspace(desk.database, "main"), "main")
    id = to_text(create_portfolio(desk, actor, "Growth"))
    for side in (Side.BUY, Side.SELL):
        execute_trade(desk, actor, OrderRequest("AAPL", side, quantity=Decimal("1.5"), portfolio_id=id))
    return id


def test_right_books_are_not_worth_a_word(desk: Desk, traded: str) -> None:
    assert run_worker(desk) == []


def test_a_changed_balance_is_named(desk: Desk, traded: str) -> None:
    with desk.database.transaction() as session:
        session.execute(text("UPDATE portfolios SET cash = cash + 1"))
    (line,) = run_worker(desk)
    assert line.startswith("the books differ: Growth: cash is ")


def test_a_database_that_is_away_is_asked_again(desk: Desk, traded: str) -> None:
    with desk.database.transaction() as session:
        session.execute(text("ALTER TABLE trades RENAME TO hidden"))
    (line,) = run_worker(desk)
    assert line.startswith("the books could not be reconciled; trying again in 30 seconds")
