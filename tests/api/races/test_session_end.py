"""The end of a session, by way of two processes: what a quote reached before it is filled, the rest ends."""

from functools import partial

import pytest

from tests.api.desk import outcome, quote_input
from tests.api.races.lines import Line
from tests.api.races.table import Table
from tests.api.test_races import at_once
from tests.conftest import Json

DAYS = ["2026-03-10", "2026-03-11", "2026-03-12"]


def begin(table: Table, day: str, at: str = "19:55:00") -> None:
    """Some minutes before the close, 102 is offered."""
    table.racers[0].quote("AAPL", "90", "102", "102", at=f"{day}T{at}Z")


def bid(table: Table) -> Json:
    """A DAY order that 100 reaches."""
    return table.racers[0].limit("BUY", "AAPL", "1", "100")


def reach(table: Table, day: str) -> Json:
    """Publish a quote that reaches it, in the session's last second."""
    return table.racers[0].send_quotes([quote_input("AAPL", "90", "100", "100")], f"{day}T19:59:59Z")


def close(table: Table, day: str) -> Json:
    """Move the clock to the close, with a quote that comes too late."""
    return table.racers[1].send_quotes([quote_input("AAPL", "90", "99", "99")], f"{day}T20:00:00Z")


def check(table: Table, order: Json, reached: Json, closed: Json) -> str:
    """What was published before the close has filled it, and what came too late has not."""
    assert closed["__typename"] == "QuotesPublished"
    now = table.now(order)
    if reached["__typename"] == "QuotesPublished":
        assert outcome(now) == ("FILLED", "1", "100")
    else:
        assert (reached["code"], outcome(now)) == ("CLOCK_BACKWARDS", ("EXPIRED", "0", None))
    table.prove()
    status: str = now["status"]
    return status


@pytest.mark.parametrize("held", ["workspace", "portfolio"])
@pytest.mark.parametrize("first", ["FILLED", "EXPIRED"])
def test_a_quote_before_the_close_fills_and_one_after_it_comes_too_late(
    table: Table, line: Line, first: str, held: str
) -> None:
    """Held at the workspace, both have found nothing to match before either publishes."""
    for day in DAYS[: line.rounds]:
        begin(table, day)
        order = bid(table)
        reached, closed = line.race(
            table.workspace if held == "workspace" else table.row,
            partial(reach, table, day),
            partial(close, table, day),
            turned=first == "EXPIRED",
        )
        assert check(table, order, reached, closed) == first or not line.is_ordered


def test_a_quote_and_the_close_at_once(table: Table) -> None:
    for day in DAYS:
        begin(table, day)
        order = bid(table)
        actions = [partial(reach, table, day), partial(close, table, day)]
        reached, closed = at_once(2, lambda number, work=actions: work[number]())  # type: ignore[misc]
        check(table, order, reached, closed)


@pytest.mark.parametrize("becomes", ["EXPIRED", "ACCEPTED"])
def test_an_order_at_the_close_is_of_the_session_that_ends_or_of_the_next(
    table: Table, line: Line, becomes: str
) -> None:
    for day in DAYS[: line.rounds]:
        begin(table, day)
        order, _ = line.race(
            table.row if becomes == "EXPIRED" else table.quote,
            partial(bid, table),
            partial(close, table, day),
            turned=becomes == "ACCEPTED",
        )
        now = table.now(order)
        assert now["status"] == becomes or not line.is_ordered
        assert (now["status"], now["expiresAt"][:10] == day) in {("EXPIRED", True), ("ACCEPTED", False)}
        table.prove()
        table.racers[0].cancel(order)


def test_a_close_that_is_published_four_times_at_once_fills_once(table: Table) -> None:
    for day in DAYS:
        begin(table, day, "19:45:00")
        orders = [bid(table), table.racers[0].limit("BUY", "AAPL", "1", "101", timeInForce="CLS")]
        publish = partial(
            table.racers[0].send_quotes,
            [quote_input("AAPL", last="101")],
            f"{day}T20:00:00Z",
            officialClose=True,
        )
        at_once(4, lambda _, work=publish: work())  # type: ignore[misc]
        assert [outcome(table.now(order)) for order in orders] == [
            ("EXPIRED", "0", None),
            ("FILLED", "1", "101"),
        ]
        table.prove()
