"""The worker fills resting orders and proves the books by itself, and says what differs."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from graphql_api.market.simulated import SimulatedMarket
from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.fills import Terms
from graphql_api.oms.ids import to_text
from graphql_api.oms.keys import create_workspace
from graphql_api.oms.migrations import migrate
from graphql_api.oms.placing import OrderRequest
from graphql_api.oms.portfolios import create_portfolio
from graphql_api.oms.reconcile import Reconciliation
from graphql_api.oms.tables import OrderRow
from graphql_api.oms.trading import Placed, place_order
from graphql_api.oms.words import OrderStatus, OrderType, Side, TimeInForce
from graphql_api.worker import work
from tests.orders import trade_now
from tests.still import StillMarket


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
        work(desk, stop)
    finally:
        logger.removeHandler(lines)
    return lines.lines


@pytest.fixture
def traded(desk: Desk) -> str:
    """A portfolio that has traded."""
    actor = console(create_workspace(desk.database, "main"), "main")
    id = to_text(create_portfolio(desk, actor, "Growth"))
    for side in (Side.BUY, Side.SELL):
        place_order(desk, actor, trade_now("AAPL", side, Decimal("1.5"), portfolio_id=id))
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
    assert line.startswith("reconciling failed; trying again in 30 seconds")


def test_a_resting_order_fills_when_its_price_comes_and_expires_with_its_session(desk: Desk) -> None:
    market = StillMarket()
    desk = replace(desk, market=market)
    actor = console(create_workspace(desk.database, "main"), "main")
    create_portfolio(desk, actor, "Growth")
    for limit_price in ("140", "100"):
        terms = Terms(
            "AAPL",
            Side.BUY,
            OrderType.LIMIT,
            TimeInForce.DAY,
            Decimal(10),
            limit_price=Decimal(limit_price),
        )
        placed = place_order(desk, actor, OrderRequest(terms))
        assert isinstance(placed, Placed)
        assert placed.order.status is OrderStatus.NEW
    assert run_worker(desk) == []
    assert statuses(desk) == [OrderStatus.NEW, OrderStatus.NEW]
    market.set("AAPL", bid="139.90", ask="139.95", last="139.92")
    assert run_worker(desk) == []
    assert statuses(desk) == [OrderStatus.FILLED, OrderStatus.NEW]
    market.stand_at(datetime.now(UTC) + timedelta(days=1))
    assert run_worker(desk) == []
    assert statuses(desk) == [OrderStatus.FILLED, OrderStatus.EXPIRED]
    assert list(Reconciliation(desk.database).differences()) == []


def statuses(desk: Desk) -> list[OrderStatus]:
    """How the orders stand, oldest first."""
    with desk.database.snapshot() as session:
        return [order.status for order in session.exec(select(OrderRow).order_by(col(OrderRow.sequence)))]
