"""Equity at each close that a publication of the manual market passes, and at official closes."""

import httpx2
import pytest

from graphql_api.oms.db import Database
from tests.api.desk import MONDAY, PUBLISH, Desk, quote_input
from tests.api.orders.closes import CLOSE, EVENING, TUESDAY, TUESDAYS_CLOSE, WEDNESDAY, change, points
from tests.api.points import flow, look
from tests.conftest import Api, Json, NewWorkspace, Workspace


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


def test_an_archived_portfolio_has_no_more_closes(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.clock(CLOSE)
    monday.update(archived=True)
    monday.clock(WEDNESDAY)
    assert points(monday) == [("2026-03-09T20:00", "99999.8")]
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
