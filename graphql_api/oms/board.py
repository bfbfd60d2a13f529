"""The board of the manual market: an instructor's quotes and clock, kept for each workspace."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlmodel import Session, col, update

from graphql_api.market.quotes import Quote
from graphql_api.oms.db import NOW, wait_in_line
from graphql_api.oms.statements import Question
from graphql_api.oms.tables import BoardQuoteRow, BoardRow

SOURCE = "MANUAL"
_CLOCK = Question(
    select(col(BoardRow.at), NOW).where(col(BoardRow.workspace_id) == bindparam("workspace_id"))
)
_LOCK_BITS = 2**63 - 1


def hold(connection: Connection, workspace_id: UUID, *, alone: bool) -> None:
    """Let nothing be published before this transaction has ended. Who publishes holds the board `alone`: what
    was decided on the quotes before has been written, and what comes next waits."""
    wait_in_line(connection, workspace_id.int & _LOCK_BITS, alone=alone)


def read_clock(connection: Connection, workspace_id: UUID) -> datetime:
    """The workspace's time: the wall clock until the first `at`."""
    found = _CLOCK.ask(connection, {"workspace_id": workspace_id})
    at, wall = found or (None, None)
    now: datetime = at or wall or connection.execute(select(NOW)).scalar_one()
    return now


def read_quotes(connection: Connection, workspace_id: UUID, symbols: Iterable[str]) -> dict[str, Quote]:
    """The last published quotes of these symbols; those never quoted are left out."""
    return {row.symbol: as_quote(row) for row in _rows(connection, workspace_id, symbols)}


def read_closing_quotes(
    connection: Connection, workspace_id: UUID, symbols: Iterable[str], at: datetime
) -> dict[str, Quote]:
    """The quotes whose `last` is the official close of the session that closed at this time."""
    rows = _rows(connection, workspace_id, symbols)
    return {row.symbol: as_quote(row) for row in rows if row.closed_at == at}


def read_unmet(connection: Connection, workspace_id: UUID) -> dict[str, Quote]:
    """The quotes that resting orders have not met yet."""
    statement = select(BoardQuoteRow).where(
        col(BoardQuoteRow.workspace_id) == workspace_id, col(BoardQuoteRow.is_met).is_(False)
    )
    with Session(connection) as session:
        return {row.symbol: as_quote(row) for row in session.execute(statement).scalars()}


def is_met(connection: Connection, board: BoardRow) -> bool:
    """Whether resting orders have met all that was published on this board."""
    return board.ends_at is None and not read_unmet(connection, board.workspace_id)


def mark_met(connection: Connection, workspace_id: UUID, quotes: Iterable[Quote]) -> None:
    """Note that resting orders have met these quotes; one that was published meanwhile stays unmet.

    The board is held, and symbols come in their order: nobody waits for these rows in a circle.
    """
    hold(connection, workspace_id, alone=False)
    for quote in sorted(quotes, key=lambda quote: quote.symbol):
        connection.execute(
            update(BoardQuoteRow)
            .where(
                col(BoardQuoteRow.workspace_id) == workspace_id,
                col(BoardQuoteRow.symbol) == quote.symbol,
                col(BoardQuoteRow.number) == quote.number,
            )
            .values(is_met=True)
        )


def read_ending(connection: Connection, workspace_id: UUID) -> datetime | None:
    """The close of the session that its official close has ended, while orders have not all met that."""
    statement = select(col(BoardRow.ends_at)).where(col(BoardRow.workspace_id) == workspace_id)
    return connection.execute(statement).scalar_one_or_none()


def mark_ended(connection: Connection, workspace_id: UUID, closes_at: datetime) -> None:
    """Note that all orders have met the end of the session with this close."""
    connection.execute(
        update(BoardRow)
        .where(col(BoardRow.workspace_id) == workspace_id, col(BoardRow.ends_at) == closes_at)
        .values(ends_at=None)
    )


def as_quote(row: BoardQuoteRow) -> Quote:
    """A row of the board as the market's quote."""
    return Quote(
        row.symbol,
        bid=row.bid,
        ask=row.ask,
        last=row.last,
        bid_size=row.bid_size,
        ask_size=row.ask_size,
        at=row.at,
        source=SOURCE,
        number=row.number,
        is_first=row.is_first,
    )


def _rows(connection: Connection, workspace_id: UUID, symbols: Iterable[str]) -> list[BoardQuoteRow]:
    statement = select(BoardQuoteRow).where(
        col(BoardQuoteRow.workspace_id) == workspace_id, col(BoardQuoteRow.symbol).in_(list(symbols))
    )
    with Session(connection) as session:
        return list(session.execute(statement).scalars())
