"""Two workers with connections of their own: each order fills once, and size is used once."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from graphql_api.oms import desk as oms
from graphql_api.oms.db import Database
from graphql_api.oms.matching import Round, match
from graphql_api.oms.reconcile import Reconciliation
from tests.api.desk import outcome, quote_input
from tests.api.races.lines import Line
from tests.api.races.table import Table, open_table
from tests.api.test_races import at_once
from tests.conftest import Json, Workspace
from tests.still import StillMarket

NOON = datetime(2026, 3, 10, 16, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 11, tzinfo=UTC)
"""When the session ends on a market that never closes."""
ROUNDS = 3
Workers = Sequence[oms.Desk]


@pytest.fixture
def databases(database_url: str) -> Iterator[Sequence[Database]]:
    """Two workers' connections."""
    two = [Database(database_url), Database(database_url)]
    yield two
    for database in two:
        database.close()


@pytest.fixture
def table(
    workspace: Workspace, market: StillMarket, database: Database, reconciliation: Reconciliation
) -> Table:
    """A portfolio on a market that all workspaces share, its clock standing at noon."""
    return make_table(workspace, market, database, reconciliation)


def make_table(
    workspace: Workspace,
    market: StillMarket,
    database: Database,
    reconciliation: Reconciliation,
    **more: Any,
) -> Table:
    """A portfolio where 100 is offered; `more` is of CreatePortfolioInput."""
    market.stand_at(NOON)
    offer(market, "102")
    return open_table([workspace, workspace], database, reconciliation, **more)


def offer(market: StillMarket, ask: str, size: str = "1000") -> None:
    """Quote AAPL, as of the market's time."""
    market.set("AAPL", bid="90", ask=ask, last=ask, ask_size=size, at=market.now())


def workers(databases: Sequence[Database], *markets: StillMarket) -> Workers:
    """Two desks; each asks a market of its own, or both the same."""
    return [oms.Desk(each, market) for each, market in zip(databases, markets * 2, strict=False)]


def match_at_once(desks: Workers, table: Table, *, waits: bool = True) -> Sequence[Round]:
    """Both match what there is; then whatever a locked portfolio made one of them leave out."""
    workspace_id = table.workspace_id
    rounds = at_once(2, lambda number: match(desks[number], workspace_id, waits=waits))
    return [*rounds, match(desks[0], workspace_id, waits=True)]


@pytest.mark.parametrize("waits", [True, False])
def test_two_workers_fill_each_order_once(
    table: Table, market: StillMarket, databases: Sequence[Database], waits: bool
) -> None:
    tables = [table, table.beside("Income"), table.beside("Value", account="MARGIN")]
    desks = workers(databases, market)
    for number in range(1, ROUNDS + 1):
        orders = [(each, each.racers[0].limit("BUY", "AAPL", "3", "100")) for each in tables * 2]
        market.stand_at(NOON + timedelta(seconds=2 * number))
        offer(market, "99")
        rounds = match_at_once(desks, table, waits=waits)
        filled = [trade.order_id.hex for each in rounds for trade in each.trades]
        assert sorted(filled) == sorted(order["id"].split("_")[1] for _, order in orders)
        assert {outcome(each.now(order)) for each, order in orders} == {("FILLED", "3", "100")}
        for each in tables:
            each.prove()
        market.stand_at(NOON + timedelta(seconds=2 * number + 1))
        offer(market, "102")


def test_two_workers_that_both_wait_for_a_portfolio_fill_its_order_once(
    table: Table, market: StillMarket, databases: Sequence[Database], ordered_line: Line
) -> None:
    desks, workspace_id = workers(databases, market), table.workspace_id
    order = table.desk.limit("BUY", "AAPL", "3", "100")
    offer(market, "99")
    one, other = ordered_line.behind(
        table.row, *(lambda desk=desk: match(desk, workspace_id, waits=True) for desk in desks)
    )
    assert (len(one.trades), other.trades) == (1, [])
    assert (one.is_complete, other.is_complete) == (True, True)
    assert outcome(table.now(order)) == ("FILLED", "3", "100")
    table.prove()


def test_a_worker_leaves_a_locked_portfolio_to_the_next_round(
    table: Table, market: StillMarket, databases: Sequence[Database], ordered_line: Line
) -> None:
    other = table.beside("Income")
    desk, workspace_id = workers(databases, market)[0], table.workspace_id
    orders = [each.desk.limit("BUY", "AAPL", "3", "100") for each in (table, other)]
    offer(market, "99")
    with ordered_line.held(table.row):
        left = match(desk, workspace_id, waits=False)
        assert (left.is_complete, len(left.trades)) == (False, 1)
    assert [each.now(order)["status"] for each, order in zip((table, other), orders, strict=True)] == [
        "NEW",
        "FILLED",
    ]
    assert len(match(desk, workspace_id, waits=False).trades) == 1
    table.prove()
    other.prove()


def test_two_workers_use_displayed_size_once(
    workspace: Workspace,
    market: StillMarket,
    databases: Sequence[Database],
    database: Database,
    reconciliation: Reconciliation,
) -> None:
    table = make_table(workspace, market, database, reconciliation, rules={"liquidity": "SIZE"})
    desks = workers(databases, market)
    for number in range(1, ROUNDS + 1):
        orders = [table.racers[0].limit("BUY", "AAPL", "10", "100", timeInForce="GTC") for _ in range(4)]
        market.stand_at(NOON + timedelta(seconds=2 * number))
        offer(market, "99", size="25")
        match_at_once(desks, table)
        match_at_once(desks, table)
        assert [table.now(order)["filledQuantity"] for order in orders] == ["10", "10", "5", "0"]
        table.prove()
        market.stand_at(NOON + timedelta(seconds=2 * number + 1))
        offer(market, "102")
        for order in orders[2:]:
            table.racers[0].cancel(order)


def test_a_worker_that_is_a_quote_behind_does_not_give_size_back(
    workspace: Workspace,
    market: StillMarket,
    databases: Sequence[Database],
    database: Database,
    reconciliation: Reconciliation,
) -> None:
    table = make_table(workspace, market, database, reconciliation, rules={"liquidity": "SIZE"})
    behind = StillMarket()
    behind.stand_at(NOON + timedelta(seconds=1))
    market.stand_at(NOON + timedelta(seconds=2))
    offer(behind, "99", size="10")
    order = table.racers[0].limit("BUY", "AAPL", "100", "100")
    offer(market, "99", size="10")
    for desk in [*workers(databases, market, behind)] * 3:
        match(desk, table.workspace_id, waits=True)
    assert Decimal(table.now(order)["filledQuantity"]) <= 20, "two quotes of 10"
    table.prove()


def test_two_workers_open_a_session_together(
    table: Table, market: StillMarket, databases: Sequence[Database]
) -> None:
    desks = workers(databases, market)
    for number in range(1, ROUNDS + 1):
        order = table.racers[0].limit("BUY", "AAPL", "3", "100", timeInForce="OPG")
        assert order["status"] == "ACCEPTED"
        market.stand_at(NOON + timedelta(days=number))
        offer(market, "99")
        match_at_once(desks, table)
        assert outcome(table.now(order)) == ("FILLED", "3", "99")
        table.prove()


def test_an_order_is_filled_before_its_session_ends_or_expires_at_its_end(
    table: Table, market: StillMarket, databases: Sequence[Database]
) -> None:
    for number in range(ROUNDS):
        ends_at = MIDNIGHT + timedelta(days=number)
        early, late = StillMarket(), StillMarket()
        early.stand_at(ends_at - timedelta(microseconds=1))
        late.stand_at(ends_at)
        market.stand_at(ends_at - timedelta(seconds=5))
        offer(market, "102")
        orders = [table.racers[0].limit("BUY", "AAPL", "1", "100") for _ in range(3)]
        for one in (early, late):
            offer(one, "99")
        match_at_once(workers(databases, early, late), table)
        assert {outcome(table.now(order)) for order in orders} <= {
            ("FILLED", "1", "100"),
            ("EXPIRED", "0", None),
        }
        table.prove()


@pytest.mark.parametrize("first", ["FILLED", "EXPIRED"])
def test_who_comes_first_at_the_end_of_a_session_decides(
    table: Table, market: StillMarket, databases: Sequence[Database], ordered_line: Line, first: str
) -> None:
    early, late = StillMarket(), StillMarket()
    early.stand_at(MIDNIGHT - timedelta(microseconds=1))
    late.stand_at(MIDNIGHT)
    order = table.racers[0].limit("BUY", "AAPL", "1", "100")
    for one in (early, late):
        offer(one, "99")
    desks, workspace_id = workers(databases, early, late), table.workspace_id
    in_turn = desks if first == "FILLED" else desks[::-1]
    rounds = ordered_line.behind(
        table.row, *(lambda desk=desk: match(desk, workspace_id, waits=True) for desk in in_turn)
    )
    assert table.now(order)["status"] == first
    assert [len(each.trades) for each in rounds] == [1 if first == "FILLED" else 0, 0]
    table.prove()


def test_two_workers_expire_an_order_once(
    table: Table, market: StillMarket, databases: Sequence[Database]
) -> None:
    for number in range(ROUNDS):
        orders = [table.racers[0].limit("BUY", "AAPL", "1", "100") for _ in range(3)]
        market.stand_at(MIDNIGHT + timedelta(days=number))
        match_at_once(workers(databases, market), table, waits=False)
        assert {outcome(table.now(order)) for order in orders} == {("EXPIRED", "0", None)}
        offer(market, "102")
        table.prove()


def test_workers_and_a_publication_use_displayed_size_once(
    new_table: Callable[..., Table], databases: Sequence[Database]
) -> None:
    table = new_table(rules={"liquidity": "SIZE"})
    desks = [oms.Desk(each, None, max_quote_age=timedelta(minutes=15)) for each in databases]
    workspace_id = table.workspace_id
    for _ in range(ROUNDS):
        orders = [table.racers[0].limit("BUY", "AAPL", "10", "100", timeInForce="GTC") for _ in range(4)]
        reaching = [quote_input("AAPL", "90", "99", "99", ask_size="25")]

        def act(number: int, quotes: list[Json] = reaching) -> object:
            if number == 0:
                return table.racers[1].publish(quotes)
            return [match(desks[number - 1], workspace_id, waits=number == 1) for _ in range(3)]

        at_once(3, act)
        assert [table.now(order)["filledQuantity"] for order in orders] == ["10", "10", "5", "0"]
        table.prove()
        table.racers[0].quote("AAPL", "90", "102", "102")
        for order in orders[2:]:
            table.racers[0].cancel(order)


def test_a_publication_answers_with_all_its_trades_though_a_worker_matches_too(
    new_table: Callable[..., Table], databases: Sequence[Database], ordered_line: Line
) -> None:
    ahead = new_table()
    behind = ahead.beside("Behind")
    orders = [
        ahead.racers[0].limit("BUY", "AAPL", "1", "101"),
        behind.racers[0].limit("BUY", "AAPL", "1", "100"),
    ]
    worker = oms.Desk(databases[0], None, max_quote_age=timedelta(minutes=15))
    published, _ = ordered_line.held_up(
        ahead.row,
        partial(ahead.racers[1].publish, [quote_input("AAPL", "90", "99", "99")]),
        partial(match, worker, ahead.workspace_id, waits=False),
    )
    filled = {trade["order"]["id"] for trade in published["trades"]}
    assert filled == {order["id"] for order in orders}
    for each in (ahead, behind):
        each.prove()
