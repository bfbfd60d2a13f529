"""A publisher is killed between its publication and the fills: who comes next finishes what it began."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from sqlmodel import select

from graphql_api.market.calendar import Xnys
from graphql_api.oms import desk as oms
from graphql_api.oms.db import Database
from graphql_api.oms.matching import match
from graphql_api.oms.tables import BoardRow
from tests.api.desk import outcome, quote_input
from tests.api.races.lines import Line
from tests.api.races.processes import ApiProcess, processes
from tests.api.races.table import Racer, Table
from tests.conftest import Json

REACHING = [quote_input("AAPL", "90", "100", "100")]
AWAY = [quote_input("AAPL", "90", "102", "102")]
Finish = Callable[[Table], object]


@pytest.fixture
def victim(database_url: str, http: httpx2.Client, tmp_path: Path) -> Iterator[ApiProcess]:
    """A process that a test kills."""
    with processes(1, database_url, tmp_path, http) as started:
        yield started[0]


def at_victim(table: Table, victim: ApiProcess) -> Racer:
    """The table's portfolio by way of the process that will be killed."""
    racer = table.racers[0]
    return replace(racer, workspace=replace(racer.workspace, api=victim.api))


def next_match(table: Table) -> object:
    """What a worker does next."""
    return match(oms.Desk(table.database, None, calendar=Xnys()), table.workspace_id, waits=True)


def next_publication(table: Table) -> object:
    """What an instructor does next, by way of another process."""
    return table.racers[1].publish(AWAY)


FINISHES = pytest.mark.parametrize("finish", [next_match, next_publication])


def kill_before_the_fills(line: Line, table: Table, victim: ApiProcess, publish: Callable[[], Json]) -> None:
    """Kill -9 when the publication stands and its matching waits for the table's portfolio."""
    with ThreadPoolExecutor(1) as threads:
        with line.held(table.row):
            sent = threads.submit(publish)
            line.wait_for(1, at="portfolios")
            victim.kill()
        with pytest.raises(httpx2.TransportError):
            sent.result()


@FINISHES
def test_orders_that_a_killed_publisher_reached_are_filled(
    table: Table, ordered_line: Line, victim: ApiProcess, finish: Finish
) -> None:
    order = table.racers[0].limit("BUY", "AAPL", "1", "100")
    publisher = at_victim(table, victim)
    kill_before_the_fills(ordered_line, table, victim, lambda: publisher.send_quotes(REACHING))
    assert table.now(order)["status"] == "NEW"
    finish(table)
    assert outcome(table.now(order)) == ("FILLED", "1", "100")
    table.prove()


@pytest.mark.parametrize(
    ("finish", "at"),
    [(next_match, "20:00:00"), (next_publication, "18:00:00")],
    ids=["next match, at the close", "next publication, before the hour"],
)
def test_a_session_that_a_killed_publisher_ended_ends(
    table: Table, ordered_line: Line, victim: ApiProcess, finish: Finish, at: str
) -> None:
    day = table.racers[0].limit("BUY", "AAPL", "1", "100")
    at_close = table.racers[0].limit("BUY", "AAPL", "2", "101", timeInForce="CLS")
    publisher, official = at_victim(table, victim), [quote_input("AAPL", last="100.5")]
    kill_before_the_fills(
        ordered_line,
        table,
        victim,
        lambda: publisher.send_quotes(official, f"2026-03-10T{at}Z", officialClose=True),
    )
    assert [table.now(order)["status"] for order in (day, at_close)] == ["NEW", "ACCEPTED"]
    finish(table)
    assert outcome(table.now(day)) == ("EXPIRED", "0", None)
    assert outcome(table.now(at_close)) == ("FILLED", "2", "100.5")
    table.prove()


def test_a_publisher_killed_amid_its_fills_leaves_none_undone_or_twice_done(
    table: Table, victim: ApiProcess, database: Database
) -> None:
    tables = [table, *(table.beside(f"Portfolio {number}") for number in range(12))]
    orders = [(each, each.racers[0].limit("BUY", "AAPL", "1", "100")) for each in tables]
    publisher, before = at_victim(table, victim), published(database, table)
    with ThreadPoolExecutor(1) as threads:
        sent = threads.submit(publisher.send_quotes, REACHING)
        deadline = time.monotonic() + 20
        while published(database, table) == before:
            assert time.monotonic() < deadline, "nothing was published"
        victim.kill()
        with pytest.raises(httpx2.TransportError):
            sent.result()
    next_publication(table)
    assert {outcome(each.now(order)) for each, order in orders} == {("FILLED", "1", "100")}
    for each in tables:
        each.prove()


def published(database: Database, table: Table) -> int:
    """The number of the last publication."""
    with database.snapshot() as session:
        return session.exec(select(BoardRow.number).where(BoardRow.workspace_id == table.workspace_id)).one()
