"""Equity beside what is paid in and out: no profit, and what it was worth before."""

from datetime import datetime

from graphql_api.oms.db import Database
from tests.api.desk import MONDAY, Desk
from tests.api.orders.closes import TUESDAY, WEDNESDAY, change, points
from tests.api.points import flow, flow_points, look
from tests.conftest import Workspace


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
