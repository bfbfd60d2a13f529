"""What bench/ loads is what the product could have written, and pgbench repeats what the product said."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bench import pgbench
from bench.books import count_trades
from bench.history import SYMBOLS
from bench.loading import load_history, load_resting
from bench.matching import SYMBOLS as MANY_SYMBOLS
from bench.matching import Workspace
from bench.recording import as_command, recorded
from bench.server import ask, copy_database
from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.keys import create_workspace
from graphql_api.oms.migrations import migrate
from graphql_api.oms.portfolios import create_portfolio
from graphql_api.oms.reconcile import Reconciliation
from tests.still import StillMarket


@pytest.fixture
def url(database_kind: str, fresh_database_url: str) -> str:
    """A migrated database with two portfolios, to which nobody is connected."""
    if database_kind == "sqlite":
        pytest.skip("bench/ measures on PostgreSQL")
    database = Database(fresh_database_url)
    migrate(database)
    actor = console(create_workspace(database, "main"), "main")
    for name in ("One", "Two"):
        create_portfolio(Desk(database, StillMarket()), actor, name, Decimal(10**9))
    database.close()
    return fresh_database_url


def differences(url: str) -> list[str]:
    """What `reconcile` finds."""
    database = Database(url)
    found = [str(difference) for difference in Reconciliation(database).differences()]
    database.close()
    return found


def test_the_books_are_right_after_a_history_is_loaded(url: str) -> None:
    load_history(url, 200, SYMBOLS)
    assert count_trades(url) == 400
    assert ask(url, "SELECT count(*) FROM orders WHERE status = 'CANCELED'") == "40"
    assert ask(url, "SELECT string_agg(open_orders::text, ' ') FROM portfolios") == "10 10"
    assert not differences(url)


def test_loaded_orders_rest_until_the_market_falls_and_pgbench_fills_the_same(
    url: str, empty_database_url: str, tmp_path: Path
) -> None:
    load_resting(url, 1000, MANY_SYMBOLS)
    assert ask(url, "SELECT string_agg(open_orders::text, ' ') FROM portfolios") == "500 500"
    assert not differences(url)
    original = str(make_url(url).database)
    copied = copy_database(empty_database_url, original, f"{original}_copy")
    workspace = Workspace(url)
    assert workspace.tick()[1] == 0
    workspace.fall(500)
    with recorded(workspace.database, tmp_path / "fills.sql"):
        assert workspace.tick()[1] == 500
    workspace.database.close()
    assert pgbench.replay(copied, tmp_path / "fills.sql").failed == 0
    for each in (url, copied):
        assert count_trades(each) == 500
        assert not differences(each)


def test_a_message_of_several_statements_is_one_command() -> None:
    message = b"UPDATE a SET b = 'one; it''s; two';INSERT INTO c VALUES (E'\\\\');SELECT ';'"
    assert as_command(message) == (
        b"UPDATE a SET b = 'one; it''s; two'\\;INSERT INTO c VALUES (E'\\\\')\\;SELECT ';';\n"
    )
