"""The database: one engine, one way to write, one way to read, and all that the two dialects differ in.

`Database.writing()` is the only place where a transaction that writes begins and ends;
`Database.snapshot()` is the only one that reads without writing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from select import POLLIN, poll
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Numeric,
    Text,
    column,
    create_engine,
    event,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql import TableValuedAlias
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement, SQLCoreOperations
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session

from graphql_api.oms import money

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class _Exact(TypeDecorator[Decimal]):
    """A decimal number kept exactly: NUMERIC in PostgreSQL, a scaled 64-bit integer in SQLite.

    SQLite has no exact decimals, and its NUMERIC comes back as a float. A number that does not fit
    raises ValueError instead of being rounded.
    """

    impl = BigInteger
    unit: Decimal
    limit: Decimal

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(19, self._scale))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        if value is None:
            return None
        if not money.is_in_steps_of(value, self.unit) or abs(value) > self.limit:
            raise ValueError(f"{value} does not fit a column in steps of {self.unit} up to {self.limit}")
        return value if dialect.name == "postgresql" else int(value.scaleb(self._scale))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        if value is None or dialect.name == "postgresql":
            return value
        return Decimal(value).scaleb(-self._scale)

    @property
    def _scale(self) -> int:
        return -int(self.unit.as_tuple().exponent)


class Money(_Exact):
    """Money and prices, 6 decimals."""

    cache_ok = True
    unit = money.MONEY
    limit = money.MAX_BALANCE


class Quantity(_Exact):
    """Shares, 9 decimals."""

    cache_ok = True
    unit = money.QUANTITY
    limit = money.MAX_POSITION


class Product(TypeDecorator[Decimal]):
    """A sum of quantities times prices, 15 decimals: NUMERIC in PostgreSQL, text in SQLite, where a 64-bit
    integer cannot hold it. Nothing is summed or sorted by it in the database."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(38, 15))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        return value if value is None or dialect.name == "postgresql" else format(value, "f")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return value if value is None or dialect.name == "postgresql" else Decimal(value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC time to the microsecond: timestamptz in PostgreSQL, microseconds since 1970 in SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        if value is None or dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if isinstance(value, datetime) else _EPOCH + value * _MICROSECOND


class _CommitNumber(FunctionElement[int]):
    """A number of the running transaction that grows in the order in which transactions begin to write."""

    type = BigInteger()
    inherit_cache = True


@compiles(_CommitNumber, "postgresql")
def _commit_number_postgresql(*_: object, **__: object) -> str:
    return "pg_current_xact_id()::text::bigint"


@compiles(_CommitNumber, "sqlite")
def _commit_number_sqlite(*_: object, **__: object) -> str:
    return "(SELECT coalesce(max(rowid), 0) + 1 FROM events)"


COMMIT_NUMBER = _CommitNumber()


class _Now(FunctionElement[datetime]):
    """The database's clock: every process has the same time, whatever its own clock says."""

    type = Instant()
    inherit_cache = True


@compiles(_Now, "postgresql")
def _now_postgresql(*_: object, **__: object) -> str:
    return "clock_timestamp()"


@compiles(_Now, "sqlite")
def _now_sqlite(*_: object, **__: object) -> str:
    seconds = "CAST(strftime('%s', 'now') AS INTEGER)"
    return f"({seconds} * 1000000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000)"


NOW = _Now()


class _Elements(FunctionElement[Any]):
    """The elements of a JSON array as rows, in a column named `value`."""

    inherit_cache = True


@compiles(_Elements, "postgresql")
def _elements_postgresql(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements{compiler.process(element.clause_expr, **options)}"


@compiles(_Elements, "sqlite")
def _elements_sqlite(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each{compiler.process(element.clause_expr, **options)}"


def elements(array: ColumnElement[str], name: str) -> TableValuedAlias:
    """A table of that name with a row for each element of a JSON array: its column `value`."""
    return _Elements(array).table_valued(column("value", JSON), name=name)


def wait_in_line(connection: Connection, number: int, *, alone: bool) -> None:
    """Hold the lock of this number until the transaction ends: together with others, or `alone`.

    Nobody overtakes: who comes after one that waits to be alone waits for it, which a row's lock does not
    promise. SQLite has one writer, who is alone already.
    """
    if connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
        connection.execute(select(lock(number)))


class Database:
    """A database and its connections, PostgreSQL or SQLite by the URL."""

    def __init__(self, url: str, pool_size: int = 8) -> None:
        """Connect lazily. `pool_size` is how many connections are kept and the most that are used at once."""
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = create_engine(
                parsed, connect_args={"timeout": 5}, pool_size=pool_size, hide_parameters=True
            )
            _prepare_sqlite(self.engine)
            self._writing: Engine = self.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
            self._reading: Engine = self.engine
        else:
            self.engine = create_engine(
                parsed.set(drivername="postgresql+psycopg2"),
                pool_size=pool_size,
                max_overflow=0,
                hide_parameters=True,
            )
            event.listen(self.engine, "checkout", _refuse_dead)
            self._writing = self.engine
            self._reading = self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: committed when the block ends, undone when it raises.

        PostgreSQL: READ COMMITTED, so that what is read after a row lock is the newest. SQLite: the
        write lock is taken at once, so that nothing read can change before it is written.
        """
        with self._writing.begin() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """The same with the ORM on top."""
        with self.writing() as connection, Session(connection, expire_on_commit=False) as session:
            yield session
            session.flush()

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A transaction that only reads, and sees one state of the database however long it takes."""
        with Session(self._reading, autoflush=False) as session:
            yield session

    @contextmanager
    def locked_schema(self, number: int) -> Iterator[Connection]:
        """A transaction that may change the schema, one at a time: under the lock of this number."""
        with self.writing() as connection:
            wait_in_line(connection, number, alone=True)
            yield connection

    def finished(self, commit_number: SQLCoreOperations[Any]) -> ColumnElement[bool]:
        """Whether no running transaction can still commit something with a number up to this one."""
        if self.is_sqlite:
            return literal(True)
        return commit_number < literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _refuse_dead(connection: Any, *_: object) -> None:
    """Refuse a pooled connection that the server has closed: it has something to read, though nothing
    was asked. That costs no round trip; the pool connects anew."""
    readable = poll()
    readable.register(connection.fileno(), POLLIN)
    if readable.poll(0):
        raise DisconnectionError


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
