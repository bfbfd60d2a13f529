"""Equity at the closes of the manual market that the worker keeps, beside publications."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from graphql_api.market.calendar import Xnys
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk as Business
from graphql_api.oms.equity import record_closes
from tests.api.desk import MONDAY, PUBLISH, Desk, quote_input
from tests.api.orders.closes import CLOSE, TUESDAYS_CLOSE, WEDNESDAY, change, points
from tests.api.points import flow, look, workspace_row
from tests.api.test_races import at_once
from tests.conftest import Workspace


@pytest.fixture
def work(database: Database, xnys: Workspace) -> Callable[[str], None]:
    """The worker's turn at the workspace, at a time of its clock."""
    row = workspace_row(database, xnys)
    business = Business(database, None, calendar=Xnys())
    return lambda at: record_closes(business, row.id, datetime.fromisoformat(at))


def test_a_portfolio_begins_with_the_first_close_that_is_passed_while_it_is_there(
    monday: Desk, work: Callable[[str], None]
) -> None:
    monday.clock(CLOSE)
    late = Desk.open(monday.workspace, "Late")
    work(CLOSE)
    monday.close(CLOSE, {"AAPL": "151"})
    work(CLOSE)
    assert points(monday) == [("2026-03-09T20:00", "100000")]
    assert (points(late), change(late)) == ([], None)
    monday.clock(TUESDAYS_CLOSE)
    assert points(late) == [("2026-03-10T20:00", "100000")]


def test_the_worker_begins_no_portfolio_where_the_clock_stands_in_the_future(
    xnys: Workspace, work: Callable[[str], None]
) -> None:
    xnys.data(PUBLISH, {"input": {"at": "2090-03-09T23:30:00Z", "quotes": []}})
    desk = Desk.open(xnys)
    work("2090-03-09T23:30:00Z")
    assert points(desk) == []
    desk.clock("2090-03-10T23:30:00Z")
    assert points(desk) == [("2090-03-10T21:00", "100000")]


def test_a_portfolio_that_comes_back_has_the_closes_that_it_missed(
    monday: Desk, work: Callable[[str], None]
) -> None:
    monday.clock(CLOSE)
    monday.update(archived=True)
    monday.clock(WEDNESDAY)
    monday.update(archived=False)
    work(WEDNESDAY)
    assert points(monday) == [("2026-03-09T20:00", "100000"), ("2026-03-10T20:00", "100000")]


def test_a_quote_that_came_after_a_close_is_no_price_of_it(monday: Desk, work: Callable[[str], None]) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.clock(CLOSE)
    monday.update(archived=True)
    monday.quote("AAPL", "159.9", "160", "160", at=WEDNESDAY)
    monday.update(archived=False)
    work(WEDNESDAY)
    _, tuesday = look(monday.workspace, monday.id)["equityHistory"]
    assert (tuesday["equity"], tuesday["unpriced"]) == ("100000", ["AAPL"])
    assert change(monday) is None


def test_on_the_walls_clock_the_worker_keeps_the_closes(xnys: Workspace, work: Callable[[str], None]) -> None:
    desk = Desk.open(xnys)
    hours, now = Xnys(), datetime.now(UTC)
    first = hours.session_at(now) or hours.next_session(now)
    second = hours.next_session(first.closes_at)
    work(now.isoformat())
    assert points(desk) == []
    work((second.closes_at - timedelta(microseconds=1)).isoformat())
    assert points(desk) == [(first.closes_at.isoformat()[:16], "100000")]
    work(second.closes_at.isoformat())
    assert [at for at, _ in points(desk)] == [each.closes_at.isoformat()[:16] for each in (first, second)]


def test_closes_that_only_the_walls_clock_had_passed_are_still_to_come(
    xnys: Workspace, work: Callable[[str], None]
) -> None:
    desk = Desk.open(xnys)
    work((datetime.now(UTC) + timedelta(days=9)).isoformat())
    assert len(points(desk)) >= 5
    desk.clock(MONDAY)
    assert points(desk) == []
    flow(xnys, desk.id, "5")
    desk.clock(CLOSE)
    assert points(desk) == [("2026-03-09T20:00", "100005")]


def test_publications_and_the_worker_at_once_keep_each_close_once(
    monday: Desk, work: Callable[[str], None]
) -> None:
    others = [Desk.open(monday.workspace, f"P{number}") for number in range(5)]
    monday.trade("BUY", "AAPL", "10")

    def act(number: int) -> None:
        if number == 0:
            monday.workspace.data(PUBLISH, {"input": {"at": WEDNESDAY, "quotes": []}})
        elif number < 4:
            asked = {"at": TUESDAYS_CLOSE, "quotes": [quote_input("AAPL", last="151")], "officialClose": True}
            monday.workspace.data(PUBLISH, {"input": asked})
        else:
            work(MONDAY)
            work(CLOSE)
            work(TUESDAYS_CLOSE)

    at_once(8, act)
    work(WEDNESDAY)
    for each in others:
        assert points(each) == [("2026-03-09T20:00", "100000"), ("2026-03-10T20:00", "100000")]
    first, second = points(monday)
    assert first == ("2026-03-09T20:00", "99999.8")
    assert second in {("2026-03-10T20:00", "99999.8"), ("2026-03-10T20:00", "100009.8")}
