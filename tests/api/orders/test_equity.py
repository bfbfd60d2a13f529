"""Equity at each close of the manual market: what a publication passes, official closes, flows, prices."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from graphql_api.market.calendar import Xnys
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk as Business
from graphql_api.oms.equity import record_closes
from tests.api.desk import MONDAY, PUBLISH, Desk, quote_input
from tests.api.points import day_change, flow, flow_points, history, look, workspace_row
from tests.api.test_races import at_once
from tests.conftest import Api, Json, NewWorkspace, Workspace

CLOSE = "2026-03-09T20:00:00Z"
EVENING = "2026-03-09T23:30:00Z"
TUESDAY = "2026-03-10T15:00:00Z"
TUESDAYS_CLOSE = "2026-03-10T20:00:00Z"
WEDNESDAY = "2026-03-11T15:00:00Z"


def points(desk: Desk) -> list[tuple[str, str]]:
    """Its closes and what it was worth at each."""
    return history(desk.workspace, desk.id)


def change(desk: Desk) -> str | None:
    """What it has made since the last close."""
    return day_change(desk.workspace, desk.id)


@pytest.fixture
def work(database: Database, xnys: Workspace) -> Callable[[str], None]:
    """The worker's turn at the workspace, at a time of its clock."""
    row = workspace_row(database, xnys)
    business = Business(database, None, calendar=Xnys())
    return lambda at: record_closes(business, row.id, datetime.fromisoformat(at))


def test_a_close_is_kept_at_the_prices_from_before_it(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    assert (points(monday), change(monday)) == ([], None)
    monday.quote("AAPL", "154.9", "155.1", "155", at="2026-03-09T19:59:00Z")
    assert points(monday) == []
    monday.quote("AAPL", "169.9", "170.1", "170", at=TUESDAY)
    assert points(monday) == [("2026-03-09T20:00", "100049.8")]
    assert (look(monday.workspace, monday.id)["equity"], change(monday)) == ("100199.8", "150")


def test_the_closing_second_is_closed(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.quote("AAPL", "154.9", "155.1", "155", at="2026-03-09T19:59:59.999999Z")
    assert points(monday) == []
    monday.quote("AAPL", "169.9", "170.1", "170", at=CLOSE)
    assert points(monday) == [("2026-03-09T20:00", "100049.8")]
    assert change(monday) == "150"


def test_a_point_says_all_that_the_portfolio_had(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    flow(monday.workspace, monday.id, "-0.000001")
    monday.clock(TUESDAY)
    before = look(monday.workspace, monday.id)
    (point,) = before["equityHistory"]
    assert point == {
        "at": "2026-03-09T20:00:00.000000Z",
        "equity": "99999.799999",
        "cash": "98499.799999",
        "flows": "-0.000001",
        "unpriced": [],
    }
    assert {name: before[name] for name in ("equity", "cash", "flows", "dayChange")} == {
        name: point[name] for name in ("equity", "cash", "flows")
    } | {"dayChange": "0"}


def test_every_session_that_is_passed_is_kept_and_no_holiday(xnys: Workspace) -> None:
    desk = Desk.open(xnys)
    desk.quote("AAPL", "149.98", "150.02", "150", at="2025-11-25T15:00:00Z")
    desk.trade("BUY", "AAPL", "10")
    desk.quote("AAPL", "159.9", "160.1", "160", at="2025-12-02T15:00:00Z")
    assert points(desk) == [
        ("2025-11-25T21:00", "99999.8"),
        ("2025-11-26T21:00", "99999.8"),
        ("2025-11-28T18:00", "99999.8"),  # after Thanksgiving, an early close
        ("2025-12-01T21:00", "99999.8"),
    ]
    assert change(desk) == "100"


def test_what_is_traded_after_a_close_is_not_in_it(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.quote("AAPL", "169.9", "170", "170", at=TUESDAY)
    monday.trade("SELL", "AAPL", "10")
    monday.quote("AAPL", "99.9", "100", "100", at=WEDNESDAY)
    assert points(monday) == [("2026-03-09T20:00", "99999.8"), ("2026-03-10T20:00", "100198.8")]
    assert change(monday) == "0"


def test_resting_orders_fill_after_the_close_that_their_quote_passes(monday: Desk) -> None:
    monday.limit("BUY", "AAPL", "10", "140", timeInForce="GTC")
    (trade,) = monday.quote("AAPL", "99.9", "100", "100", at=TUESDAY)
    assert trade["price"] == "100"
    monday.quote("AAPL", "119.9", "120", "120", at=WEDNESDAY)
    assert points(monday) == [("2026-03-09T20:00", "100000"), ("2026-03-10T20:00", "100000")]
    assert change(monday) == "200"


def test_an_official_close_is_the_mark_and_closing_orders_are_in_it(xnys: Workspace) -> None:
    desk = Desk.open(xnys, rules={"fee": {"flat": "1"}})
    desk.quote("AAPL", "149.9", "150", "150", at=MONDAY)
    desk.trade("BUY", "AAPL", "10")
    desk.market("SELL", "AAPL", "4", timeInForce="CLS")
    (trade,) = desk.close(CLOSE, {"AAPL": "151"})
    assert trade["executedAt"] == "2026-03-09T20:00:00.000000Z"
    (point,) = look(xnys, desk.id)["equityHistory"]
    assert (point["equity"], point["cash"]) == ("100008", "99102")
    assert change(desk) == "0"
    desk.quote("AAPL", "169.9", "170", "170", at=TUESDAY)
    assert (points(desk), change(desk)) == ([("2026-03-09T20:00", "100008")], "114")


@pytest.mark.parametrize("at", [CLOSE, EVENING])
def test_an_official_close_that_comes_late_is_the_mark_of_its_session(monday: Desk, at: str) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.quote("AAPL", "154.9", "155.1", "155", at="2026-03-09T19:59:00Z")
    monday.clock(CLOSE)
    assert points(monday) == [("2026-03-09T20:00", "100049.8")]
    monday.close(at, {"AAPL": "151"})
    assert points(monday) == [("2026-03-09T20:00", "100009.8")]
    assert change(monday) == "0"


def test_an_official_close_that_passes_sessions_keeps_those_at_the_prices_from_before(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.close(TUESDAYS_CLOSE, {"AAPL": "151"})
    assert points(monday) == [("2026-03-09T20:00", "99999.8"), ("2026-03-10T20:00", "100009.8")]


def test_a_close_that_is_told_early_is_kept_when_the_clock_reaches_it(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.close("2026-03-09T19:55:00Z", {"AAPL": "151", "MSFT": "300"})
    assert points(monday) == []
    monday.trade("BUY", "MSFT", "1")
    monday.quote("AAPL", "169.9", "170", "170", at=TUESDAY)
    (point,) = look(monday.workspace, monday.id)["equityHistory"]
    assert (point["equity"], point["cash"]) == ("100009.8", "98199.8")


def test_an_official_close_takes_no_price_away(monday: Desk) -> None:
    monday.quote("MSFT", "299", "300", "300")
    monday.trade("BUY", "AAPL", "10")
    monday.trade("BUY", "MSFT", "1")
    monday.clock(CLOSE)
    monday.quote("MSFT", "399", "400", "400", at=EVENING)
    monday.close(EVENING, {"AAPL": "151"})
    assert points(monday) == [("2026-03-09T20:00", "99999.8")]
    monday.close(EVENING, {"AAPL": "151", "MSFT": "310"})
    assert points(monday) == [("2026-03-09T20:00", "100019.8")]


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


def test_an_archived_portfolio_has_no_more_closes(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.clock(CLOSE)
    monday.update(archived=True)
    monday.clock(WEDNESDAY)
    assert points(monday) == [("2026-03-09T20:00", "99999.8")]
    assert change(monday) is None


def test_a_portfolio_that_comes_back_has_the_closes_that_it_missed(
    monday: Desk, work: Callable[[str], None]
) -> None:
    monday.clock(CLOSE)
    monday.update(archived=True)
    monday.clock(WEDNESDAY)
    monday.update(archived=False)
    work(WEDNESDAY)
    assert points(monday) == [("2026-03-09T20:00", "100000"), ("2026-03-10T20:00", "100000")]


def test_flows_are_no_profit(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    flow(monday.workspace, monday.id, "1000")
    monday.quote("AAPL", "159.9", "160", "160", at=TUESDAY)
    assert change(monday) == "100"
    flow(monday.workspace, monday.id, "5000.5")
    assert change(monday) == "100"
    flow(monday.workspace, monday.id, "-9000")
    assert change(monday) == "100"
    monday.quote("AAPL", "169.9", "170", "170", at=WEDNESDAY)
    assert points(monday) == [("2026-03-09T20:00", "100999.8"), ("2026-03-10T20:00", "97100.3")]
    assert change(monday) == "100"


def test_what_it_was_worth_is_kept_before_each_flow_and_is_no_close(monday: Desk, database: Database) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.quote("AAPL", "159.9", "160", "160")
    flow(monday.workspace, monday.id, "1000")
    flow(monday.workspace, monday.id, "-500")
    kept = flow_points(database, monday.id)
    assert [(str(row.equity), str(row.cash), str(row.flows)) for row in kept] == [
        ("100099.800000", "98499.800000", "0.000000"),
        ("101099.800000", "99499.800000", "1000.000000"),
    ]
    assert {row.at for row in kept} == {datetime.fromisoformat(MONDAY)}, "both have the market's time"
    assert [row.unpriced for row in kept] == ["", ""]
    assert points(monday) == []


def test_a_refused_flow_keeps_nothing(monday: Desk, database: Database) -> None:
    before = look(monday.workspace, monday.id)
    answer = monday.workspace.data(
        'mutation ($id: ID!) { transferCash(input: {portfolioId: $id, amount: "-100000.01"}) '
        "{ ... on InputRejected { code } } }",
        {"id": monday.id},
    )
    assert answer == {"code": "INSUFFICIENT_BUYING_POWER"}
    assert flow_points(database, monday.id) == []
    assert look(monday.workspace, monday.id) == before


def test_flows_from_before_the_clock_was_set_are_in_every_close(xnys: Workspace) -> None:
    desk = Desk.open(xnys)
    flow(xnys, desk.id, "1000")
    desk.quote("AAPL", "149.98", "150.02", "150", at="2009-03-09T15:00:00Z")
    desk.trade("BUY", "AAPL", "10")
    desk.close("2009-03-09T20:00:00Z", {"AAPL": "151"})
    desk.clock("2009-03-10T20:00:00Z")
    flow(xnys, desk.id, "-1000")
    assert [(point["equity"], point["flows"]) for point in look(xnys, desk.id)["equityHistory"]] == [
        ("101009.8", "1000")
    ] * 2


@pytest.mark.parametrize(
    ("first", "now"),
    [(("154.9", None, None), "155"), ((None, "150.02", None), "150"), (("0.01", None, None), "0.02")],
)
def test_a_symbol_without_a_price_is_named_and_counts_at_its_cost(
    monday: Desk, first: tuple[str | None, ...], now: str
) -> None:
    monday.quote("MSFT", "299", "300", "300")
    monday.trade("BUY", "AAPL", "10")
    monday.trade("BUY", "MSFT", "1")
    monday.quote("AAPL", *first)
    monday.quote("MSFT", "309", "310", "310")
    monday.clock(CLOSE)
    (point,) = look(monday.workspace, monday.id)["equityHistory"]
    assert (point["equity"], point["unpriced"]) == ("100010", ["AAPL"])
    assert change(monday) is None
    monday.quote("AAPL", now, now, now, at=TUESDAY)
    assert change(monday) is None, "it was missing then"


def test_the_days_change_is_not_known_while_a_price_is_missing(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.quote("AAPL", "159.9", "160", "160", at=TUESDAY)
    assert change(monday) == "100"
    monday.quote("AAPL", "159.9", None, None)
    assert change(monday) is None
    monday.quote("AAPL", "169.9", "170.1", None)
    assert change(monday) == "200"
    monday.trade("SELL", "AAPL", "10")
    monday.quote("AAPL", None, None, None)
    assert change(monday) == "199", "it is not held any more"


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


@pytest.mark.parametrize(
    "asked",
    [
        {"at": "2026-03-09T14:59:59Z", "quotes": []},
        {"at": TUESDAY, "quotes": [quote_input("AAPL", last="1", quoted_at="2026-03-10T15:00:01Z")]},
        {"at": TUESDAY, "quotes": [quote_input("no symbol", last="1")]},
    ],
)
def test_a_refused_publication_keeps_no_close(monday: Desk, asked: Json) -> None:
    answer = monday.workspace.data(PUBLISH, {"input": asked})
    assert answer["__typename"] == "InputRejected"
    assert points(monday) == []


def test_a_publication_passes_the_closes_of_its_own_workspace(
    monday: Desk, xnys_api: Api, database: Database, http: httpx2.Client
) -> None:
    other = Desk.open(NewWorkspace(xnys_api, database, http)())
    other.quote("AAPL", "1", "2", "2", at=MONDAY)
    monday.clock(WEDNESDAY)
    assert len(points(monday)) == 2
    assert points(other) == []
    foreign = "query ($id: ID!) { portfolio(id: $id) { dayChange equityHistory { at } } }"
    assert other.workspace.data(foreign, {"id": monday.id}) is None


def test_what_no_balance_can_hold_is_not_kept_and_stops_nobody(monday: Desk, database: Database) -> None:
    monday.quote("TINY", "0.000001", "0.000001", "0.000001")
    monday.trade("BUY", "TINY", "1000000000")
    rich = Desk.open(monday.workspace, "Other")
    monday.quote("TINY", "1000000000000", "1000000000000", "1000000000000")
    flow(monday.workspace, monday.id, "1")
    assert flow_points(database, monday.id) == []
    monday.clock(CLOSE)
    assert (points(monday), change(monday)) == ([], None)
    assert points(rich) == [("2026-03-09T20:00", "100000")]
    monday.quote("TINY", "0.000001", "0.000001", "0.000001")
    monday.clock(TUESDAYS_CLOSE)
    assert points(monday)[-1] == ("2026-03-10T20:00", "100001")


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


def test_where_the_market_never_closes_midnight_ends_the_session(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "10")
    desk.quote("AAPL", "159.9", "160", "160", at="2026-03-11T00:00:00Z")
    desk.trade("BUY", "AAPL", "10")
    assert points(desk) == [("2026-03-11T00:00", "99999.8")]
    assert change(desk) == "100"
    desk.close("2026-03-11T00:00:00Z", {"AAPL": "151"})
    assert points(desk) == [("2026-03-11T00:00", "100009.8")], "without what was bought at midnight"
    desk.clock("2026-03-12T00:00:00Z")
    assert points(desk)[1:] == [("2026-03-12T00:00", "99919.8")]
