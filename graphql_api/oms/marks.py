"""The prices that a session closed at, wherever quotes come from."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection, select
from sqlmodel import col

from graphql_api.market.quotes import Market
from graphql_api.oms import fills
from graphql_api.oms.board import as_quote
from graphql_api.oms.tables import BoardQuoteRow
from graphql_api.oms.views import NotQuoted


class Marks(Protocol):
    """The prices that a session closed at."""

    def at(self, close: datetime, symbols: Collection[str]) -> dict[str, Decimal]:
        """The marks of these symbols at a close; those without one are left out."""


class SourceMarks:
    """Marks of a shared source, each asked for once. It is asked before any lock is held: whatever is
    missing then raises NotQuoted."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._marks: dict[datetime, dict[str, Decimal | None]] = {}

    def ask(self, closes: Iterable[datetime], symbols: Collection[str]) -> None:
        """Ask the source for what is not known yet."""
        for close in closes:
            known = self._marks.setdefault(close, {})
            missing = sorted(set(symbols) - known.keys())
            found = self._market.closing_quotes(missing, close) if missing else {}
            known.update(
                (symbol, fills.mark_of(found[symbol]) if symbol in found else None) for symbol in missing
            )

    def at(self, close: datetime, symbols: Collection[str]) -> dict[str, Decimal]:
        """The marks of these symbols at a close; those without one are left out."""
        known = self._marks.get(close, {})
        if missing := {symbol for symbol in symbols if symbol not in known}:
            raise NotQuoted(missing)
        return {symbol: mark for symbol in symbols if (mark := known[symbol]) is not None}


class BoardMarks:
    """Marks of a workspace's board: the official close where it was published, else the quote that stood."""

    def __init__(self, connection: Connection, workspace_id: UUID) -> None:
        self._connection = connection
        self._workspace_id = workspace_id
        self._rows: dict[str, BoardQuoteRow | None] = {}

    def at(self, close: datetime, symbols: Collection[str]) -> dict[str, Decimal]:
        """The marks of these symbols at a close; those without one are left out."""
        self._read({symbol for symbol in symbols if symbol not in self._rows})
        marks = {}
        for symbol in symbols:
            row = self._rows[symbol]
            if row is not None and (row.at <= close or row.closed_at == close):
                mark = fills.mark_of(as_quote(row))
                if mark is not None:
                    marks[symbol] = mark
        return marks

    def _read(self, symbols: Collection[str]) -> None:
        if not symbols:
            return
        columns = [col(getattr(BoardQuoteRow, name)) for name in BoardQuoteRow.model_fields]
        rows = self._connection.execute(
            select(*columns).where(
                col(BoardQuoteRow.workspace_id) == self._workspace_id, col(BoardQuoteRow.symbol).in_(symbols)
            )
        )
        self._rows |= dict.fromkeys(symbols) | {row.symbol: BoardQuoteRow(**row._mapping) for row in rows}
