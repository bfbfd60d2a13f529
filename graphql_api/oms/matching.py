"""Resting orders meet quotes and the clock. Safe to run in several processes at once.

Orders are found by the quote that wakes them and changed under their portfolio's lock, one transaction a
portfolio; what another process has done meanwhile is seen there. Nothing is remembered between two runs
but what is in the database: after a downtime the next run catches up.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from graphql_api.market.quotes import Quote
from graphql_api.oms import board, fills, openings
from graphql_api.oms.actor import market as market_actor
from graphql_api.oms.book import Book
from graphql_api.oms.desk import Desk
from graphql_api.oms.ledger import lock_portfolio
from graphql_api.oms.resting import Candidate, due_orders, waking_symbols, watched_symbols, woken_by
from graphql_api.oms.tables import OrderRow, TradeRow
from graphql_api.oms.turns import meet_clock, meet_close, meet_quote
from graphql_api.oms.views import BoardView, NotQuoted, SharedView, View, ask

ORDERS_AT_ONCE = 200
"""How many orders one transaction changes, so that nobody waits long for the portfolio."""


@dataclass(slots=True)
class Round:
    """What one run over a workspace has done; `is_complete` unless a portfolio was locked by another."""

    trades: list[TradeRow] = field(default_factory=list)
    is_complete: bool = True


def match(desk: Desk, workspace_id: UUID, *, waits: bool) -> Round:
    """Let the orders of a workspace meet the clock, and then the quotes that they have not met.

    With `waits` a portfolio that is locked is waited for, else it is left to the next run.
    """
    done = Round()
    _meet_clock(desk, workspace_id, done, waits)
    if desk.market is None:
        _meet_board(desk, workspace_id, done, waits)
    else:
        _meet_market(desk, workspace_id, done, waits)
    return done


def _meet_clock(desk: Desk, workspace_id: UUID, done: Round, waits: bool) -> None:
    """Queued orders open, and orders end, as far as the market's time has come."""
    with desk.database.snapshot() as session:
        ended = None if desk.market else board.read_ending(session.connection(), workspace_id)
    _meet_time(desk, workspace_id, done, waits, ended)
    if ended is not None and done.is_complete:
        with desk.database.writing() as connection:
            board.mark_ended(connection, workspace_id, ended)


def _meet_time(desk: Desk, workspace_id: UUID, done: Round, waits: bool, ended: datetime | None) -> None:
    """The same, with the close of a session that is over, whatever the clock says."""
    passed: set[UUID] = set()
    while True:
        with desk.database.snapshot() as session:
            connection = session.connection()
            now = _now(desk, connection, workspace_id)
            due = due_orders(connection, workspace_id, max(now, ended or now), ORDERS_AT_ONCE)
        left = [(portfolio_id, id) for portfolio_id, id in due if id not in passed]
        if not left:
            return
        passed.update(id for _, id in left)
        by_portfolio: dict[UUID, list[UUID]] = {}
        for portfolio_id, id in left:
            by_portfolio.setdefault(portfolio_id, []).append(id)
        for portfolio_id, ids in by_portfolio.items():

            def meet(book: Book, ids: list[UUID] = ids) -> None:
                orders = book.load(ids)
                for order in orders:
                    meet_close(book, order, ended)
                for order in orders:
                    meet_clock(book, order, ended)

            _in_book(desk, workspace_id, portfolio_id, {}, done, waits, meet)


def _meet_board(desk: Desk, workspace_id: UUID, done: Round, waits: bool) -> None:
    with desk.database.snapshot() as session:
        connection = session.connection()
        quotes = board.read_unmet(connection, workspace_id)
        if not quotes:
            return
        now = board.read_clock(connection, workspace_id)
        woken = _woken(desk, connection, workspace_id, quotes, now)
    _meet_quotes(desk, workspace_id, woken, quotes, done, waits)
    if done.is_complete:
        with desk.database.writing() as writing:
            board.mark_met(writing, workspace_id, quotes.values())


def _meet_market(desk: Desk, workspace_id: UUID, done: Round, waits: bool) -> None:
    market = desk.market
    running = None if market is None else desk.calendar.session_at(market.now())
    if market is None or running is None:
        return
    with desk.database.snapshot() as session:
        watched = watched_symbols(session.connection(), workspace_id)
        opened = openings.read(session.connection(), workspace_id, running.date)
    found = market.quotes(watched)
    first = found.keys() - opened
    quotes = {symbol: replace(quote, is_first=symbol in first) for symbol, quote in found.items()}
    with desk.database.snapshot() as session:
        woken = _woken(desk, session.connection(), workspace_id, quotes, market.now())
    _meet_quotes(desk, workspace_id, woken, quotes, done, waits)
    if first and done.is_complete:
        with desk.database.writing() as writing:
            openings.write(writing, workspace_id, first, running.date)


def _woken(
    desk: Desk, connection: Connection, workspace_id: UUID, quotes: Mapping[str, Quote], now: datetime
) -> list[Candidate]:
    """The orders that quotes wake, symbol by symbol."""
    refusals = {
        quote.symbol: refusal.code
        for quote in quotes.values()
        if (refusal := fills.refuse_quote(quote, now, desk.max_quote_age))
    }
    return [
        candidate
        for symbol in waking_symbols(connection, workspace_id, quotes.values(), refusals)
        for candidate in woken_by(connection, workspace_id, quotes[symbol], refusals.get(symbol))
    ]


def _meet_quotes(
    desk: Desk,
    workspace_id: UUID,
    woken: Iterable[Candidate],
    quotes: Mapping[str, Quote],
    done: Round,
    waits: bool,
) -> None:
    by_portfolio: dict[UUID, list[UUID]] = {}
    for candidate in woken:
        by_portfolio.setdefault(candidate.portfolio_id, []).append(candidate.id)
    for portfolio_id, ids in by_portfolio.items():
        for start in range(0, len(ids), ORDERS_AT_ONCE):
            turns = ids[start : start + ORDERS_AT_ONCE]

            def meet(book: Book, turns: list[UUID] = turns) -> None:
                for order in _load(book, turns):
                    _meet_quote(desk, book, order, quotes[order.symbol])

            _in_book(desk, workspace_id, portfolio_id, quotes, done, waits, meet)


def _load(book: Book, ids: Sequence[UUID]) -> Iterator[OrderRow]:
    """The orders that still work, in this turn; for one that was replaced meanwhile, what replaced it."""
    working = {order.id: order for order in book.load(ids)}
    for id in ids:
        order = working.get(id) or book.order(id)
        while order is not None and order.replaced_by_id is not None:
            order = book.order(order.replaced_by_id)
        if order is not None and order.status.is_working:
            book.touch(order)
            yield order


def _meet_quote(desk: Desk, book: Book, order: OrderRow, quote: Quote) -> None:
    if desk.market is not None and quote.is_first:
        running = desk.calendar.session_at(book.view.now)
        quote = replace(quote, is_first=running is not None and order.created_at < running.opens_at)
    meet_quote(book, order, quote, desk.max_quote_age)


def _in_book(
    desk: Desk,
    workspace_id: UUID,
    portfolio_id: UUID,
    quotes: Mapping[str, Quote],
    done: Round,
    waits: bool,
    work: Callable[[Book], object],
) -> None:
    """Run `work` on a portfolio's book, in a transaction under its lock."""
    known: dict[str, Quote | None] = dict(quotes)
    while True:
        try:
            with desk.database.writing() as connection:
                portfolio = lock_portfolio(connection, portfolio_id, waits=waits)
                if portfolio is None:
                    done.is_complete = False
                    return
                view: View = BoardView(connection, workspace_id, lock=False)
                if desk.market is not None:
                    view = SharedView(desk.market, known)
                book = Book(connection, market_actor(workspace_id), portfolio, view)
                work(book)
                book.write()
            done.trades += book.trades
            return
        except NotQuoted as more:
            if desk.market is None:
                raise
            known |= ask(desk.market, more.symbols)


def _now(desk: Desk, connection: Connection, workspace_id: UUID) -> datetime:
    if desk.market is None:
        return board.read_clock(connection, workspace_id)
    return desk.market.now()
