"""Which symbols have opened: whose first quote of a session a workspace's resting orders have met.

Only for shared sources; the manual market's board knows the first quotes itself.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert  # SQLite writes ON CONFLICT DO NOTHING the same way
from sqlmodel import col

from graphql_api.oms.tables import OpeningRow


def read(connection: Connection, workspace_id: UUID, session: date) -> set[str]:
    """The symbols that have opened in this session."""
    statement = select(col(OpeningRow.symbol)).where(
        col(OpeningRow.workspace_id) == workspace_id, col(OpeningRow.session) == session
    )
    return set(connection.execute(statement).scalars())


def write(connection: Connection, workspace_id: UUID, symbols: Iterable[str], session: date) -> None:
    """Note that these symbols have opened. Who notes it at the same time notes the same."""
    named = sorted(symbols)
    connection.execute(
        delete(OpeningRow).where(
            col(OpeningRow.workspace_id) == workspace_id, col(OpeningRow.symbol).in_(named)
        )
    )
    rows = [{"workspace_id": workspace_id, "symbol": symbol, "session": session} for symbol in named]
    connection.execute(insert(OpeningRow).on_conflict_do_nothing(), rows)
