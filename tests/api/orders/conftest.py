"""Two servers on the manual market, and a portfolio of a test's own on each."""

from collections.abc import Iterator

import httpx2
import pytest

from graphql_api.oms.db import Database
from tests.api.desk import MONDAY, NOON, Desk, manual_api
from tests.conftest import Api, NewWorkspace, Workspace


@pytest.fixture(scope="session")
def always_api(database_url: str) -> Iterator[Api]:
    """A market that never closes, where quotes are fresh for a minute."""
    with manual_api(database_url, "always", 60) as api:
        yield api


@pytest.fixture(scope="session")
def xnys_api(database_url: str) -> Iterator[Api]:
    """A market with the New York Stock Exchange's sessions, where quotes are fresh for 15 minutes."""
    with manual_api(database_url, "XNYS", 900) as api:
        yield api


@pytest.fixture
def always(always_api: Api, database: Database, http: httpx2.Client) -> Workspace:
    """A workspace whose market never closes. Its clock has not been moved."""
    return NewWorkspace(always_api, database, http)()


@pytest.fixture
def xnys(xnys_api: Api, database: Database, http: httpx2.Client) -> Workspace:
    """A workspace whose market has sessions. Its clock has not been moved."""
    return NewWorkspace(xnys_api, database, http)()


@pytest.fixture
def desk(always: Workspace) -> Desk:
    """100,000 in cash at noon, AAPL quoted, the market always open."""
    desk = Desk.open(always)
    desk.quote("AAPL", "149.98", "150.02", "150", at=NOON)
    return desk


@pytest.fixture
def monday(xnys: Workspace) -> Desk:
    """100,000 in cash on a Monday morning in New York, AAPL quoted."""
    desk = Desk.open(xnys)
    desk.quote("AAPL", "149.98", "150.02", "150", at=MONDAY)
    return desk
