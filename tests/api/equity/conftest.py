"""A server on a simulated market whose clock is the tests', and a workspace of a test's own."""

from collections.abc import Iterator

import httpx2
import pytest
import uvicorn

from graphql_api.app import create_app
from graphql_api.cli import KEEP_ALIVE_SECONDS
from graphql_api.oms.db import Database
from graphql_api.settings import Settings
from tests.api.equity.floor import NOON, Floor, SteeredMarket
from tests.conftest import Api, NewWorkspace, serving
from tests.still import StillMarket


@pytest.fixture(scope="session")
def steered_api(database_url: str) -> Iterator[tuple[Api, SteeredMarket]]:
    """The API on a simulated market with New York's hours, at any time."""
    market = SteeredMarket()
    settings = Settings(_env_file=None, database_url=database_url, market_hours="XNYS")  # type: ignore[call-arg]
    config = uvicorn.Config(
        create_app(settings, market), port=0, log_level="error", timeout_keep_alive=KEEP_ALIVE_SECONDS
    )
    with serving(config) as url:
        yield Api(url, database_url, StillMarket(), settings), market


@pytest.fixture
def floor(steered_api: tuple[Api, SteeredMarket], database: Database, http: httpx2.Client) -> Floor:
    api, market = steered_api
    market.time = NOON
    market.silent.clear()
    return Floor(NewWorkspace(api, database, http)(), market, database)


@pytest.fixture
def foreign(
    floor: Floor, steered_api: tuple[Api, SteeredMarket], database: Database, http: httpx2.Client
) -> Floor:
    """Another workspace on the same market."""
    return Floor(NewWorkspace(steered_api[0], database, http)(), floor.market, database)
