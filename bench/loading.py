"""Rows by the hundred thousand, put into the tables by SQL: the product would need an hour to write them.

It is what the product could have written, down to the hash of each event, and `slackoms reconcile` finds
nothing wrong with it; only the events tell less. Foreign keys are not checked row by row meanwhile.
"""

from contextlib import closing
from pathlib import Path

import psycopg2

_HERE = Path(__file__).parent
_FASTER = "SET session_replication_role = replica; SET work_mem = '256MB'"


def load_history(url: str, trades: int, symbols: list[str]) -> None:
    """So many trades in each portfolio, and the orders beside them: see history.sql."""
    _load(url, "history.sql", {"trades": trades, "symbols": symbols})


def load_resting(url: str, orders: int, symbols: list[str]) -> None:
    """So many orders that rest, over all portfolios: see resting.sql."""
    _load(url, "resting.sql", {"orders": orders, "symbols": symbols})


def _load(url: str, file: str, values: dict[str, object]) -> None:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(_FASTER)
        cursor.execute((_HERE / file).read_text(), values)
        cursor.execute((_HERE / "loading.sql").read_text())
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
