"""The history of a portfolio's equity, its day's change, and what is kept before flows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.api.conftest import the_error
from tests.api.equity.floor import NOON, SYMBOLS, TUESDAY, WEDNESDAY, Floor
from tests.api.points import (
    FLOW,
    HISTORY,
    day_change,
    flow,
    flow_points,
    forget_flows,
    look,
)
from tests.api.test_paging import statements
from tests.api.test_races import at_once


def test_the_days_change_needs_a_point_of_the_last_session(floor: Floor) -> None:
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    assert day_change(floor.workspace, id) is None
    floor.market.time = TUESDAY
    assert day_change(floor.workspace, id) is None
    floor.record()
    assert day_change(floor.workspace, id) is not None
    floor.market.time = WEDNESDAY
    assert day_change(floor.workspace, id) is None, "Tuesday's close was not recorded yet"


def test_flows_at_one_time_each_have_a_point_at_the_markets_time(floor: Floor) -> None:
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    worth = Decimal(look(floor.workspace, id)["equity"])
    for amount in ("10", "-20", "0.5"):
        flow(floor.workspace, id, amount)
    kept = flow_points(floor.database, id)
    assert [row.equity for row in kept] == [worth, worth + 10, worth - 10]
    assert [row.flows for row in kept] == [0, 10, -10]
    assert {row.at for row in kept} == {datetime.fromisoformat(NOON)}


def test_parallel_flows_each_have_what_was_there_before(floor: Floor) -> None:
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    asked = {"portfolioId": id, "amount": "1"}
    at_once(8, lambda _: floor.workspace.data(FLOW, {"input": asked}))
    assert [row.flows for row in flow_points(floor.database, id)] == list(range(8))
    assert look(floor.workspace, id)["flows"] == "8"


def test_flows_from_before_their_points_were_kept_count_by_the_databases_time(floor: Floor) -> None:
    """Those of the release before."""
    now = datetime.now(UTC)
    floor.market.time = (now - timedelta(days=6)).isoformat()
    id = floor.portfolio()
    floor.market.time = now.isoformat()
    flow(floor.workspace, id, "1000")
    forget_flows(floor.database, id)
    flow(floor.workspace, id, "500")
    floor.record()
    points = look(floor.workspace, id)["equityHistory"]
    assert len(points) >= 2
    assert {(point["equity"], point["flows"]) for point in points} == {("100000", "0")}


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
def test_a_history_of_no_points_or_too_many_cannot_be_asked_for(floor: Floor, first: int) -> None:
    body = floor.workspace.query(HISTORY, {"id": floor.portfolio(), "first": first})
    assert the_error(body) == ("BAD_USER_INPUT", "first")


def test_the_history_has_its_newest_points_newest_last(floor: Floor) -> None:
    id = floor.portfolio()
    floor.market.time = "2026-05-01T16:00:00Z"
    floor.record()
    whole = look(floor.workspace, id)["equityHistory"]
    assert len(whole) == 38
    for first in (1, 7, 37, 38, 39):
        part = floor.workspace.data(HISTORY, {"id": id, "first": first})["equityHistory"]
        assert part == whole[-first:]
    of_default = floor.workspace.data(
        "query ($id: ID!) { portfolio(id: $id) { equityHistory { at } } }", {"id": id}
    )
    assert [point["at"] for point in of_default["equityHistory"]] == [point["at"] for point in whole[-30:]]


def test_the_statements_of_a_list_do_not_grow_with_its_portfolios(floor: Floor) -> None:
    document = """{ portfolios(first: 100) { edges { node { dayChange
        few: equityHistory(first: 2) { at equity unpriced } equityHistory { at } } } } }"""

    def grow(numbers: range) -> None:
        for number in numbers:
            floor.market.time = NOON
            floor.trade(floor.portfolio(f"P{number}"), "BUY", SYMBOLS[number % 4], "1")
        floor.market.time = WEDNESDAY
        floor.record()

    def cost() -> tuple[int, int]:
        with statements() as seen:
            rows = floor.workspace.data(document)["edges"]
        assert all(row["node"]["dayChange"] is not None and len(row["node"]["few"]) == 2 for row in rows)
        return len(rows), seen.total()

    grow(range(2))
    _, few = cost()
    grow(range(2, 9))
    assert cost() == (9, few)
    assert few <= 6
