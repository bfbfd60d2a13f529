"""Statements for the path that every order takes: compiled once, and handed to the driver as they are.

The ORM and SQLAlchemy's own execution cost several times what the database needs for such a statement.
Everything else goes through a Session. Values are written and read by the types of their columns.
"""

from collections.abc import Mapping
from contextlib import closing
from typing import Any, cast

from psycopg2.extensions import cursor as psycopg2_cursor
from sqlalchemy import Connection, Dialect, Insert, Select, Update


class Question:
    """A SELECT of columns, with at most one row for an answer."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}
        self._readers: dict[str, list[Any]] = {}

    def ask(self, connection: Connection, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """The selected columns of the row, None where there is none, in the connection's transaction."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        compiled = self._compiled[dialect.name]
        with closing(connection.connection.cursor()) as cursor:
            cursor.execute(compiled.text, compiled.write(values))
            row, description = cursor.fetchone(), cursor.description
        if row is None:
            return None
        if dialect.name not in self._readers:
            self._readers[dialect.name] = [
                column.type.dialect_impl(dialect).result_processor(dialect, described[1])
                for column, described in zip(self._statement.selected_columns, description, strict=True)
            ]
        readers = self._readers[dialect.name]
        return tuple(read(value) if read else value for read, value in zip(readers, row, strict=True))


class Script:
    """Statements that are sent together: in one message to PostgreSQL, one by one to SQLite."""

    def __init__(self, *statements: Insert | Update) -> None:
        self._statements = statements
        self._compiled: dict[str, list[_Compiled]] = {}

    def run(self, connection: Connection, *values: Mapping[str, object]) -> None:
        """Run each statement with its values, in the connection's transaction."""
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = [_Compiled(each, dialect) for each in self._statements]
        pairs = zip(self._compiled[dialect.name], values, strict=True)
        with closing(connection.connection.cursor()) as cursor:
            if dialect.name == "sqlite":
                for statement, given in pairs:
                    cursor.execute(statement.text, statement.write(given))
            else:
                mogrify = cast("psycopg2_cursor", cursor).mogrify
                message = b";".join(mogrify(each.text, each.write(given)) for each, given in pairs)
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
