"""Equity where a price is missing, or is more than a balance can hold."""

import pytest

from graphql_api.oms.db import Database
from tests.api.desk import Desk
from tests.api.orders.closes import CLOSE, TUESDAY, TUESDAYS_CLOSE, change, points
from tests.api.points import flow, flow_points, look


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
