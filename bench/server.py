"""The PostgreSQL that everything runs on: its databases, and statements for them."""

from contextlib import closing

import psycopg2
from sqlalchemy.engine import make_url


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


def create_database(server_url: str, name: str) -> str:
    """Make an empty database; its URL."""
    run(server_url, f"CREATE DATABASE {name}")
    return _url_of(server_url, name)


def copy_database(server_url: str, original: str, name: str) -> str:
    """Make a database that has all that `original` has, to which nobody may be connected; its URL."""
    run(server_url, f"DROP DATABASE IF EXISTS {name}")
    run(server_url, f"CREATE DATABASE {name} TEMPLATE {original} STRATEGY FILE_COPY")
    return _url_of(server_url, name)


def _url_of(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)
