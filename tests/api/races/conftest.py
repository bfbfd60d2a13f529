"""Two processes on the manual market, a portfolio that both trade, and a line to wait in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from graphql_api.oms.db import Database
from graphql_api.oms.reconcile import Reconciliation
from tests.api.desk import NOON
from tests.api.races.lines import Line
from tests.api.races.processes import ApiProcess, processes
from tests.api.races.table import Table, open_table
from tests.conftest import NewWorkspace, Workspace


@pytest.fixture(scope="package")
def two_processes(
    database_url: str, http: httpx2.Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sequence[ApiProcess]]:
    """Two API processes that live as long as the races."""
    with processes(2, database_url, tmp_path_factory.mktemp("races"), http) as started:
        yield started


@pytest.fixture(scope="package")
def reconciliation(database: Database) -> Reconciliation:
    """Proves after each race what has changed since the one before."""
    return Reconciliation(database)


@pytest.fixture
def line(database: Database) -> Line:
    return Line(database)


@pytest.fixture
def ordered_line(line: Line) -> Line:
    """A line in which who comes first goes first."""
    if not line.is_ordered:
        pytest.skip("SQLite has one writer: nobody can be held up between two transactions")
    return line


@pytest.fixture
def workspaces(
    two_processes: Sequence[ApiProcess], database: Database, http: httpx2.Client
) -> list[Workspace]:
    """One workspace, by way of each process."""
    workspace = NewWorkspace(two_processes[0].api, database, http)()
    return [replace(workspace, api=each.api) for each in two_processes]


@pytest.fixture
def new_table(
    workspaces: list[Workspace], database: Database, reconciliation: Reconciliation
) -> Callable[..., Table]:
    """Makes a portfolio on a Tuesday noon, AAPL offered at 102; takes what CreatePortfolioInput has."""

    def make(**more: Any) -> Table:
        table = open_table(workspaces, database, reconciliation, **more)
        table.racers[0].quote("AAPL", "101", "102", "101.5", at=NOON)
        return table

    return make


@pytest.fixture
def table(new_table: Callable[..., Table]) -> Table:
    """100,000 in cash."""
    return new_table()
