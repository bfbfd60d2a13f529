"""What a workspace's market says while one thing is done: one time, and each symbol's quote once.

Shared sources are asked before any lock is held. The manual market lives in the database, so its quotes
are read in the transaction itself, under a lock that holds the next publication back: an order is decided
on the quotes from before it or from after it, and no quote passes an order by unseen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from graphql_api.market.quotes import Instrument, Market, Quote
from graphql_api.oms import board
from graphql_api.oms.desk import Desk

T = TypeVar("T")


class View(Protocol):
    """A market at one time."""

    @property
    def source(self) -> str:
        """The source's name, as its quotes carry it."""

    @property
    def now(self) -> datetime:
        """The market's time."""

    def is_known(self, symbol: str) -> bool:
        """Whether the market has this symbol."""

    def quotes(self, symbols: Iterable[str]) -> dict[str, Quote]:
        """The quotes of these symbols; those without one are left out."""

    def closing_quote(self, symbol: str, at: datetime) -> Quote | None:
        """The quote whose `last` is the official close of the session that closed at this time."""


class NotQuoted(Exception):  # noqa: N818 - it asks for more quotes, nothing is wrong
    """Symbols whose quotes are needed and were not asked for before the lock was taken."""

    def __init__(self, symbols: set[str]) -> None:
        super().__init__(symbols)
        self.symbols = symbols


class SharedView:
    """Quotes of a source that all workspaces share.

    With `quotes` it has those alone, and asks for more by raising NotQuoted; without, it asks the source.
    """

    def __init__(self, market: Market, quotes: Mapping[str, Quote | None] | None = None) -> None:
        self._market = market
        self._is_closed = quotes is not None
        self._quotes: dict[str, Quote | None] = dict(quotes or {})
        self._now: datetime | None = None

    @property
    def source(self) -> str:
        """The source's name, as its quotes carry it."""
        return self._market.source

    @property
    def now(self) -> datetime:
        """The time when it was first asked for."""
        if self._now is None:
            self._now = self._market.now()
        return self._now

    def is_known(self, symbol: str) -> bool:
        """Whether the market has this symbol."""
        return bool(self.quotes([symbol])) or self._market.instrument(symbol) is not None

    def quotes(self, symbols: Iterable[str]) -> dict[str, Quote]:
        """The quotes of these symbols; those without one are left out."""
        wanted = list(symbols)
        missing = {symbol for symbol in wanted if symbol not in self._quotes}
        if missing and self._is_closed:
            raise NotQuoted(missing)
        if missing:
            self._quotes |= ask(self._market, missing)
        return {symbol: quote for symbol in wanted if (quote := self._quotes[symbol]) is not None}

    def closing_quote(self, symbol: str, at: datetime) -> Quote | None:
        """The quote whose `last` is the official close of the session that closed at this time."""
        return self._market.closing_quotes([symbol], at).get(symbol)


class BoardView:
    """The manual market of a workspace: every well-formed symbol exists."""

    source = board.SOURCE

    def __init__(self, connection: Connection, workspace_id: UUID, *, lock: bool) -> None:
        self._connection = connection
        self._workspace_id = workspace_id
        self._quotes: dict[str, Quote | None] = {}
        if lock:
            board.hold(connection, workspace_id, alone=False)
        self.now = board.read_clock(connection, workspace_id)

    def is_known(self, _symbol: str) -> bool:
        """Yes."""
        return True

    def quotes(self, symbols: Iterable[str]) -> dict[str, Quote]:
        """The quotes of these symbols; those without one are left out."""
        wanted = list(symbols)
        missing = [symbol for symbol in wanted if symbol not in self._quotes]
        if missing:
            found = board.read_quotes(self._connection, self._workspace_id, missing)
            self._quotes |= {symbol: found.get(symbol) for symbol in missing}
        return {symbol: quote for symbol in wanted if (quote := self._quotes[symbol]) is not None}

    def closing_quote(self, symbol: str, at: datetime) -> Quote | None:
        """The quote whose `last` is the official close of the session that closed at this time."""
        found = board.read_closing_quotes(self._connection, self._workspace_id, [symbol], at)
        return found.get(symbol)


def view_now(desk: Desk, connection: Connection, workspace_id: UUID) -> View:
    """The market for who only reads."""
    if desk.market is None:
        return BoardView(connection, workspace_id, lock=False)
    return SharedView(desk.market)


def write_with_quotes(
    desk: Desk, workspace_id: UUID, symbols: Sequence[str], work: Callable[[Connection, View], T]
) -> T:
    """Run `work` in a transaction, with the quotes of these symbols. Where it needs more of them, it starts
    over: nothing that it has done is kept."""
    if desk.market is None:
        with desk.database.writing() as connection:
            return work(connection, BoardView(connection, workspace_id, lock=True))
    quotes = ask(desk.market, symbols)
    while True:
        try:
            with desk.database.writing() as connection:
                return work(connection, SharedView(desk.market, quotes))
        except NotQuoted as more:
            quotes |= ask(desk.market, more.symbols)


def ask(market: Market, symbols: Iterable[str]) -> dict[str, Quote | None]:
    """The quotes of these symbols, None where there is none."""
    wanted = sorted(set(symbols))
    found = market.quotes(wanted)
    return {symbol: found.get(symbol) for symbol in wanted}


def search(desk: Desk, text: str, limit: int) -> list[Instrument]:
    """Instruments that fit a text; the manual market knows no names."""
    return [] if desk.market is None else desk.market.search(text, limit)
