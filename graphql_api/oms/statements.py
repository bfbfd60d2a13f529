"""Statements for the path that every order takes: compiled once, and handed to the driver as they are.

The ORM and SQLAlchemy's own execution cost several times what the database needs for such a statement.
Everything else goes through a Session. Values are written and read by the types of their columns.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any, cast

from psycopg2.extensions import cursor as psycopg2_cursor
from sqlalchemy import Connection, Dialect, Insert, Select, Update


class Question:
    """A SELECT of columns."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}
        self._readers: dict[str, list[Any]] = {}

    def ask(self, connection: Connection, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """The selected columns of the only row, None where there is none, in the connection's transaction."""
        rows = self.ask_all(connection, values)
        return rows[0] if rows else None

    def ask_all(self, connection: Connection, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """The selected columns of every row."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        compiled = self._compiled[dialect.name]
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(compiled.text, compiled.write(values))
            rows, description = cursor.fetchall(), cursor.description
        if not rows:
            return []
        if dialect.name not in self._readers:
            self._readers[dialect.name] = [
                column.type.dialect_impl(dialect).result_processor(dialect, described[1])
                for column, described in zip(self._statement.selected_columns, description, strict=True)
            ]
        readers = self._readers[dialect.name]
        return [
            tuple(read(value) if read else value for read, value in zip(readers, row, strict=True))
            for row in rows
        ]


class Write:
    """An INSERT or UPDATE, compiled once for each dialect."""

    def __init__(self, statement: Insert | Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def compiled_for(self, dialect: Dialect) -> "_Compiled":
        """The statement as text for this dialect's driver."""
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return self._compiled[dialect.name]


def send(connection: Connection, writes: Iterable[tuple[Write, Mapping[str, object]]]) -> None:
    """Run statements with their values, in the connection's transaction: in one message to PostgreSQL, one
    by one in SQLite."""
    dialect = connection.dialect
    pairs = [(write.compiled_for(dialect), values) for write, values in writes]
    with closing(connection.connection.cursor()) as cursor:
        if dialect.name == "sqlite":
            for statement, values in pairs:
                cursor.execute(statement.text, statement.write(values))
        else:
            mogrify = cast("psycopg2_cursor", cursor).mogrify
            message = b";".join(mogrify(each.text, each.write(values)) for each, values in pairs)
            cast("psycopg2_cursor", cursor).execute(message)


class _Compiled:
    """A statement as text for the driver, and how its values are written."""

    def __init__(self, statement: Insert | Update | Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._given = {name: bound.value for name, bound in compiled.binds.items() if bound.value is not None}
        self._writers = {
            name: bound.type.dialect_impl(dialect).bind_processor(dialect)
            for name, bound in compiled.binds.items()
        }
        self._order = compiled.positiontup

    def write(self, values: Mapping[str, object]) -> dict[str, object] | tuple[object, ...]:
        """The values as the driver takes them: by name, or by position."""
        values = {**self._given, **values}
        written = {
            name: write(values[name]) if write else values[name] for name, write in self._writers.items()
        }
        return written if self._order is None else tuple(written[name] for name in self._order)
