"""What the product says to PostgreSQL, kept as a script that pgbench can say again, word by word.

The script on a copy of the database is the limit of what was recorded: the database's own time, without the
product's.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection, cursor
from sqlalchemy import event

from graphql_api.oms.db import Database

_LITERAL_OR_END = re.compile(rb"'(?:[^']|'')*'|;")


@contextmanager
def recorded(database: Database, script: Path) -> Iterator[None]:
    """Write down what the database is told. It must have been used before: what a first connection asks is
    no part of the work."""
    messages: list[bytes] = []

    class Recorder(cursor):
        def execute(self, query: Any, vars: Any = None) -> None:  # noqa: A002, ANN401 - psycopg2's own names
            begins = self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE
            super().execute(query, vars)
            if begins:
                messages.append(_begin(self.connection))
            messages.append(self.query or b"")

    def hand_out(opened: connection, *_: object) -> None:
        opened.cursor_factory = Recorder

    event.listen(database.engine, "checkout", hand_out)
    event.listen(database.engine, "commit", lambda _: messages.append(b"COMMIT"))
    event.listen(database.engine, "rollback", lambda _: messages.append(b"ROLLBACK"))
    yield
    script.write_bytes(b"".join(map(as_command, messages)))


def as_command(message: bytes) -> bytes:
    """A message as pgbench sends it in one piece, however many statements it has."""
    return _LITERAL_OR_END.sub(lambda found: rb"\;" if found[0] == b";" else found[0], message) + b";\n"


def _begin(opened: connection) -> bytes:
    return b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if opened.readonly else b"BEGIN"
