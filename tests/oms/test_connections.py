"""A database that comes and goes: what a pooled connection and a locked file do to a request."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import text

from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.keys import Door, create_key, create_workspace
from graphql_api.oms.migrations import migrate
from graphql_api.oms.words import KeyRole


@pytest.fixture
def fresh(fresh_database_url: str) -> Iterator[Database]:
    database = Database(fresh_database_url, pool_size=2)
    migrate(database)
    yield database
    database.close()


def test_a_connection_that_the_server_has_closed_reaches_nobody(fresh: Database, database_kind: str) -> None:
    if database_kind == "sqlite":
        pytest.skip("SQLite has no server that closes connections")
    with fresh.snapshot() as session:
        first = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = Database(fresh.engine.url.render_as_string(hide_password=False), pool_size=1)
    with other.transaction() as session:
        assert session.execute(text(f"SELECT pg_terminate_backend({first}, 5000)")).scalar_one()
    other.close()
    with fresh.snapshot() as session:
        assert session.execute(text("SELECT pg_backend_pid()")).scalar_one() != first


def test_a_key_opens_the_door_while_nothing_can_be_written(
    fresh: Database, database_kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    if database_kind == "postgresql":
        pytest.skip("in PostgreSQL one writer does not keep the others out")
    made = create_key(fresh, console(create_workspace(fresh, "main"), "main"), "desk", KeyRole.TRADER)
    with closing(sqlite3.connect(str(fresh.engine.url.database), isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert Door(fresh).open(made.secret, None, "request").key_name == "desk"
    assert "the last use of the key" in caplog.text
    assert made.secret not in caplog.text
