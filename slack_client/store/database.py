"""The bot's database connection, used from threads."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Delete, Engine, Insert, MetaData, Row, Select, Update, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from slack_client.store.tables import METADATA


class BotDatabase:
    """An engine, and the three ways in which it is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """For whom works with it in threads of their own."""
        return self._engine

    @classmethod
    async def open(cls, url: str) -> "BotDatabase":
        """Connect and make the tables that are missing."""
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        await asyncio.to_thread(make_tables, engine, METADATA)
        return cls(engine)

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.to_thread(self._engine.dispose)

    async def read(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """The selected rows."""
        return await asyncio.to_thread(self._read, statement)

    async def write(self, statement: Insert | Update | Delete) -> int:
        """Change rows in a transaction of its own; how many. Raises IntegrityError where a row is there."""
        return await asyncio.to_thread(self._write, statement)

    async def write_new(self, statement: Insert) -> bool:
        """Insert a row, unless one with its key is there already."""
        try:
            await self.write(statement)
        except IntegrityError:
            return False
        return True

    def _read(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(statement).all()

    def _write(self, statement: Insert | Update | Delete) -> int:
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount


def make_tables(engine: Engine, metadata: MetaData) -> None:
    """Make the tables that are missing, one by one: another process may make them at the same moment."""
    for table in metadata.sorted_tables:
        try:
            table.create(engine, checkfirst=True)
        except (IntegrityError, OperationalError, ProgrammingError):
            table.create(engine, checkfirst=True)  # somebody else has made it: now it is found


def _prepare_sqlite(connection: DBAPIConnection, _: object) -> None:
    """Write without waiting for the disk at every step: a killed bot loses nothing, a machine without power
    the last moment."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
