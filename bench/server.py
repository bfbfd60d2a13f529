"""Statements for the PostgreSQL that everything runs on."""

from contextlib import closing

import psycopg2


def ask(url: str, statement: str) -> str:
    """The one value that a statement gives."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return "" if row is None else str(row[0])


def run(url: str, statements: str) -> None:
    """Run statements outside of a transaction."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(statements)
