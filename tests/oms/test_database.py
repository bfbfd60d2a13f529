"""The schema comes from migrations alone, and columns keep numbers and times exactly or not at all."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table, func, insert, inspect, literal
from sqlalchemy.exc import InternalError, StatementError
from sqlmodel import Session, SQLModel, select

from graphql_api.oms import tables
from graphql_api.oms.db import NOW, Database, Instant, Money, Quantity
from graphql_api.oms.ids import new_id
from graphql_api.oms.migrations import is_current, migrate


def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    assert tables.EventRow.metadata is SQLModel.metadata
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, SQLModel.metadata) == []
        made = inspect(connection)
        for table in SQLModel.metadata.sorted_tables:
            columns = made.get_columns(table.name)
            assert {column["name"]: column["nullable"] for column in columns} == {
                column.name: column.nullable for column in table.columns
            }
            key = made.get_pk_constraint(table.name)["constrained_columns"]
            assert key == [column.name for column in table.primary_key]
            assert key[0] in {"id", "portfolio_id", "workspace_id", "chain_id"}


def test_migrating_twice_changes_nothing(fresh_database_url: str) -> None:
    database = Database(fresh_database_url)
    assert not is_current(database)
    assert migrate(database) is True
    assert is_current(database)
    assert migrate(database) is False
    database.close()


def test_two_processes_that_migrate_at_once_do_it_once(fresh_database_url: str, tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": fresh_database_url}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "graphql_api.cli", "migrate"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    assert sorted(out for out, _ in told) == [
        "The database is up to date now.\n",
        "The database was up to date.\n",
    ]
    assert [err for _, err in told] == ["", ""]
    database = Database(fresh_database_url)
    assert is_current(database)
    database.close()


@pytest.mark.parametrize(
    ("column", "number"),
    [
        (Money(), "0.0000001"),
        (Money(), "1.0000005"),
        (Money(), "9200000000000.000001"),
        (Money(), "-9200000000001"),
        (Money(), "1E+20"),
        (Quantity(), "0.0000000001"),
        (Quantity(), "9000000000.000000001"),
        (Quantity(), "-9000000001"),
    ],
)
def test_a_number_that_does_not_fit_is_refused_and_not_rounded(
    database: Database, column: Money | Quantity, number: str
) -> None:
    with (
        pytest.raises(StatementError, match="does not fit"),
        database.transaction() as session,
    ):
        session.execute(select(literal(Decimal(number), column)))


def test_the_largest_and_smallest_numbers_are_kept_sorted_and_added(fresh_database_url: str) -> None:
    numbers = [
        "-9200000000000",
        "-0.000001",
        "0",
        "0.000001",
        "0.1",
        "9",
        "10",
        "9007199254740.993",
        "9200000000000",
    ]
    shares = ["-9000000000", "-0.000000001", "0", "0.000000001", "0.1", "9", "10", "9000000000"]
    kept = Table("kept", MetaData(), Column("money", Money()), Column("shares", Quantity()))
    database = Database(fresh_database_url)
    with database.transaction() as session:
        kept.create(session.connection())
        for number in reversed(numbers):
            session.execute(insert(kept).values(money=Decimal(number)))
        for number in reversed(shares):
            session.execute(insert(kept).values(shares=Decimal(number)))
    with database.snapshot() as session:
        read = session.scalars(select(kept.c.money).where(kept.c.money.is_not(None)).order_by(kept.c.money))
        assert list(read) == [Decimal(number) for number in numbers]
        read = session.scalars(
            select(kept.c.shares).where(kept.c.shares.is_not(None)).order_by(kept.c.shares)
        )
        assert list(read) == [Decimal(number) for number in shares]
        tenths = session.scalars(select(kept.c.money).where(kept.c.money == Decimal("0.1"))).all()
        assert tenths == [Decimal("0.1")]
    database.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    money=st.decimals("-9.2e12", "9.2e12", places=6),
    shares=st.decimals("-9e9", "9e9", places=9),
    at=st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1)),  # noqa: DTZ001
    hours=st.integers(-12, 14),
)
def test_what_is_kept_comes_back_as_it_was(
    database: Database, money: Decimal, shares: Decimal, at: datetime, hours: int
) -> None:
    aware = at.replace(tzinfo=timezone(timedelta(hours=hours)))
    with database.snapshot() as session:
        row = session.execute(
            select(literal(money, Money()), literal(shares, Quantity()), literal(aware, Instant()))
        ).one()
    assert row == (money, shares, aware)
    assert row[2].tzinfo is UTC


def test_the_databases_clock_is_aware_and_goes_on(database: Database) -> None:
    with database.snapshot() as session:
        first = session.execute(select(NOW)).scalar_one()
        second = session.execute(select(NOW)).scalar_one()
    assert first.tzinfo is UTC
    assert abs(first - datetime.now(UTC)) < timedelta(seconds=5)
    assert second >= first


def count_workspaces(session: Session) -> int:
    """How many there are, in the session's eyes."""
    return session.exec(select(func.count()).select_from(tables.WorkspaceRow)).one()


def add_workspace(session: Session) -> None:
    """Write a new one, and do not commit it."""
    id = new_id()
    session.add(
        tables.WorkspaceRow(
            id=id, name=f"added {id}", created_at=datetime.now(UTC), event_sequence=0, event_hash="0" * 64
        )
    )
    session.flush()


def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    with database.snapshot() as session:
        before = count_workspaces(session)

    def fail() -> None:
        with database.transaction() as session:
            add_workspace(session)
            assert count_workspaces(session) == before + 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.snapshot() as session:
        assert count_workspaces(session) == before


def test_a_snapshot_keeps_seeing_what_it_saw_first(database: Database) -> None:
    with database.snapshot() as reader:
        before = count_workspaces(reader)
        with database.transaction() as writer:
            add_workspace(writer)
        assert count_workspaces(reader) == before
    with database.snapshot() as reader:
        assert count_workspaces(reader) == before + 1


def test_a_snapshot_of_postgresql_cannot_write(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite's snapshots are not read-only: nothing but the code keeps them from writing")
    with database.snapshot() as reader, pytest.raises(InternalError, match="read-only transaction"):
        add_workspace(reader)
