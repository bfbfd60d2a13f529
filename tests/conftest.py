"""What every test stands on: a migrated database, the real API on loopback, and a workspace of its own."""

import secrets
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from hypothesis import settings
from sqlalchemy import make_url, text

from graphql_api.app import create_app
from graphql_api.cli import KEEP_ALIVE_SECONDS
from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.keys import create_key, create_workspace
from graphql_api.oms.migrations import migrate
from graphql_api.oms.words import KeyRole
from graphql_api.settings import Settings
from tests.postgres import running_postgres
from tests.still import StillMarket

settings.register_profile("slackoms", deadline=None)  # a busy machine is no mistake of the code
settings.load_profile("slackoms")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="The database that the suite runs on; the tests start it themselves.",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks for no database is the same on both: it runs with the first."""
    if config.getoption("--database") == "sqlite":
        return
    alike = [item for item in items if "empty_database_url" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=alike)
    items[:] = [item for item in items if item not in alike]


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--database"))


@pytest.fixture(scope="session")
def empty_database_url(database_kind: str) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="slackoms-test-") as folder:
        if database_kind == "sqlite":
            yield f"sqlite:///{folder}/test.db"
        else:
            with running_postgres(Path(folder)) as url:
                yield url


@pytest.fixture(scope="session")
def database_url(empty_database_url: str) -> str:
    database = Database(empty_database_url)
    migrate(database)
    database.close()
    return empty_database_url


@pytest.fixture
def fresh_database_url(empty_database_url: str, tmp_path: Path) -> str:
    """A database of one test's own, without tables."""
    if empty_database_url.startswith("sqlite"):
        return f"sqlite:///{tmp_path}/fresh.db"
    name = f"fresh_{secrets.token_hex(4)}"
    server = Database(empty_database_url)
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.close()
    return make_url(empty_database_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@dataclass
class Api:
    """The real API, served on loopback."""

    url: str
    database_url: str
    market: StillMarket
    settings: Settings


@pytest.fixture(scope="session")
def _api(database_url: str) -> Iterator[Api]:
    market = StillMarket()
    settings = Settings(_env_file=None, database_url=database_url)  # type: ignore[call-arg]
    config = uvicorn.Config(
        create_app(settings, market), port=0, log_level="error", timeout_keep_alive=KEEP_ALIVE_SECONDS
    )
    with serving(config) as url:
        yield Api(url, database_url, market, settings)


@pytest.fixture
def api(_api: Api) -> Api:
    """The API, its market back to the prices that every test may count on."""
    _api.market.reset()
    return _api


@contextmanager
def serving(config: uvicorn.Config) -> Iterator[str]:
    """Serve an app in a thread, by default on a free port of loopback, and stop it at the end."""
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server took too long to start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


Json = dict[str, Any]


@dataclass
class Workspace:
    """A workspace of one test's own, with an ADMIN key."""

    name: str
    admin_key: str
    api: Api
    http: httpx2.Client = field(repr=False)

    def post(
        self,
        document: str,
        variables: Json | None = None,
        key: str | None = None,
        on_behalf_of: str | None = None,
    ) -> httpx2.Response:
        """Send an operation with a key (the ADMIN one if none is given; "" sends none)."""
        headers = {"X-API-Key": self.admin_key if key is None else key} if key != "" else {}
        if on_behalf_of is not None:
            headers["X-On-Behalf-Of"] = on_behalf_of
        body = {"query": document, "variables": variables}
        return self.http.post(f"{self.api.url}/graphql", json=body, headers=headers)

    def query(
        self,
        document: str,
        variables: Json | None = None,
        key: str | None = None,
        on_behalf_of: str | None = None,
    ) -> Json:
        """The decoded body of the answer."""
        body: Json = self.post(document, variables, key, on_behalf_of).json()
        return body

    def data(
        self,
        document: str,
        variables: Json | None = None,
        key: str | None = None,
        on_behalf_of: str | None = None,
    ) -> Any:
        """The one root field of an answer without errors."""
        body = self.query(document, variables, key, on_behalf_of)
        assert "errors" not in body, body
        (value,) = body["data"].values()
        return value

    def key(self, role: str, name: str | None = None, expires_at: str | None = None) -> str:
        """Make a key of this role and return its secret."""
        made = self.data(
            """mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
                 ... on ApiKeyCreated { secret } ... on InputRejected { code message } } }""",
            {"input": {"name": name or role.lower(), "role": role, "expiresAt": expires_at}},
        )
        return str(made["secret"])

    def portfolio(self, name: str = "Growth", initial_cash: str = "100000", **more: Any) -> str:
        """Make a portfolio and return its id."""
        made = self.data(
            """mutation ($input: CreatePortfolioInput!) { createPortfolio(input: $input) {
                 ... on PortfolioCreated { portfolio { id } } ... on InputRejected { code message } } }""",
            {"input": {"name": name, "initialCash": initial_cash, **more}},
        )
        return str(made["portfolio"]["id"])


@pytest.fixture(scope="session")
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=30) as client:
        yield client


@pytest.fixture
def new_workspace(api: Api, database: Database, http: httpx2.Client) -> "NewWorkspace":
    return NewWorkspace(api, database, http)


@dataclass
class NewWorkspace:
    """Makes workspaces, as `slackoms keys create` does."""

    api: Api
    database: Database
    http: httpx2.Client

    def __call__(self) -> Workspace:
        name = f"team-{secrets.token_hex(6)}"
        id = create_workspace(self.database, name)
        made = create_key(self.database, console(id, name), "admin", KeyRole.ADMIN)
        return Workspace(name, made.secret, self.api, self.http)


@pytest.fixture
def workspace(new_workspace: NewWorkspace) -> Workspace:
    return new_workspace()
