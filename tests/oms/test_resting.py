"""Which quotes wake which orders: asked of both databases, as exactly as their columns keep a price."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import col

from graphql_api.market.quotes import Quote
from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.ids import new_id
from graphql_api.oms.keys import create_workspace
from graphql_api.oms.migrations import migrate
from graphql_api.oms.portfolios import create_portfolio
from graphql_api.oms.resting import waking_symbols, woken_by
from graphql_api.oms.tables import OrderRow
from graphql_api.oms.trading import Placed, place_order
from graphql_api.oms.words import RejectionCode, Side, Watch
from tests.orders import trade_now
from tests.still import StillMarket

AT = datetime(2026, 3, 9, 15, tzinfo=UTC)
PRICED = (Watch.BUY_LIMIT, Watch.SELL_LIMIT, Watch.BUY_STOP, Watch.SELL_STOP)


@dataclass
class Waiting:
    """A workspace with one order for each word of Watch: its symbol is that word, its price 100."""

    database: Database
    workspace_id: UUID


@pytest.fixture
def waiting(fresh_database_url: str) -> Iterator[Waiting]:
    database = Database(fresh_database_url)
    migrate(database)
    workspace_id = create_workspace(database, "main")
    actor = console(workspace_id, "main")
    desk = Desk(database, StillMarket())
    create_portfolio(desk, actor, "Growth")
    for watch in Watch:
        done = place_order(desk, actor, trade_now("AAPL", Side.BUY, Decimal(1), portfolio="Growth"))
        assert isinstance(done, Placed)
        waits = {"watch": watch, "watched_price": Decimal(100) if watch in PRICED else None}
        with database.writing() as connection:
            connection.execute(
                update(OrderRow).where(col(OrderRow.watch).is_(None)).values(symbol=watch, **waits)
            )
    yield Waiting(database, workspace_id)
    database.close()


def a_quote(symbol: str, bid: str | None, ask: str | None, last: str | None, *, is_first: bool) -> Quote:
    buys, sells, traded = (None if price is None else Decimal(price) for price in (bid, ask, last))
    return Quote(symbol, buys, sells, traded, None, None, AT, "TEST", is_first=is_first)


@pytest.mark.parametrize(
    ("bid", "ask", "last", "woken"),
    [
        ("99.999999", "100.000001", None, set()),
        ("99.99", "100.01", "100", {Watch.BUY_STOP, Watch.SELL_STOP}),
        ("99.98", "100", "99.999999", {Watch.BUY_LIMIT, Watch.SELL_STOP}),
        ("100", "100.02", "100.000001", {Watch.SELL_LIMIT, Watch.BUY_STOP}),
        ("9.5", "9.6", "9.55", {Watch.BUY_LIMIT, Watch.SELL_STOP}),
        ("1000", "1001", "1000.5", {Watch.SELL_LIMIT, Watch.BUY_STOP}),
        (None, "100.000001", None, set()),
        ("100", None, None, {Watch.SELL_LIMIT}),
        (None, None, "100", set(PRICED)),
        (None, None, None, set()),
    ],
)
@pytest.mark.parametrize("is_first", [False, True])
def test_a_quote_wakes_what_it_reaches_and_its_symbol_is_named_for_nothing_else(
    waiting: Waiting, bid: str | None, ask: str | None, last: str | None, woken: set[Watch], is_first: bool
) -> None:
    quotes = [a_quote(symbol, bid, ask, last, is_first=is_first) for symbol in (*Watch, "AAPL")]
    expected = sorted(woken | {Watch.ANY} | ({Watch.OPEN} if is_first else set()))
    with waiting.database.snapshot() as session:
        connection = session.connection()
        assert waking_symbols(connection, waiting.workspace_id, quotes, ()) == expected
        found = [woken_by(connection, waiting.workspace_id, quote) for quote in quotes]
    assert sorted(candidate.symbol for each in found for candidate in each) == expected


def test_a_quote_that_nothing_fills_on_wakes_who_takes_any_and_no_other(waiting: Waiting) -> None:
    quotes = [a_quote(symbol, "100", "100", "100", is_first=True) for symbol in Watch]
    with waiting.database.snapshot() as session:
        connection = session.connection()
        assert waking_symbols(connection, waiting.workspace_id, quotes, set(Watch)) == [Watch.ANY]
        assert waking_symbols(connection, waiting.workspace_id, quotes, {"BUY_LIMIT"}) == sorted(
            set(Watch) - {Watch.BUY_LIMIT}
        )
        found = [
            woken_by(connection, waiting.workspace_id, quote, RejectionCode.STALE_QUOTE) for quote in quotes
        ]
    assert [candidate.symbol for each in found for candidate in each] == [Watch.ANY]


def test_only_the_symbols_that_are_quoted_are_asked_for(waiting: Waiting) -> None:
    quotes = [a_quote("BUY_LIMIT", "9", "10", "9.5", is_first=True)]
    with waiting.database.snapshot() as session:
        connection = session.connection()
        assert waking_symbols(connection, waiting.workspace_id, quotes, ()) == ["BUY_LIMIT"]
        assert waking_symbols(connection, waiting.workspace_id, [], ()) == []
        assert waking_symbols(connection, new_id(), quotes, ()) == [], "another workspace"
