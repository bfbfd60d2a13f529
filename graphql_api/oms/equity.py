"""What portfolios were worth: one point at each session's close, and one before each flow of cash.

A point tells the state at its time, however late it is written. The points before flows are no part of a
portfolio's history, which has one a close: they are what a time-weighted return will need.

The manual market's clock may go back once, from the wall's time to the first that is published, and then
stands still between publications. So a portfolio that has no point yet begins with the first close that a
publication passes, and what carries a time ahead of the clock happened before it was set.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, delete, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert  # SQLite writes ON CONFLICT DO NOTHING the same way
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlmodel import col

from graphql_api.market.calendar import Calendar, Session
from graphql_api.oms import fills, ledger, money
from graphql_api.oms.accounting import value_holdings
from graphql_api.oms.db import Instant
from graphql_api.oms.desk import Desk
from graphql_api.oms.history import Books, read_books
from graphql_api.oms.marks import BoardMarks, Marks, SourceMarks
from graphql_api.oms.money import ZERO
from graphql_api.oms.tables import (
    BoardRow,
    EquityRow,
    OrderRow,
    PortfolioRow,
    PositionRow,
    WorkspaceRow,
    values,
)
from graphql_api.oms.views import NotQuoted, View
from graphql_api.oms.words import TimeInForce

AT_THE_CLOSE = 0
"""The flow sequence of a point at a session's close: events are numbered from 1."""
MOST_CLOSES = 400
"""How many closes of a portfolio are caught up, the newest."""
PATIENCE = timedelta(minutes=5)
"""How long after a close a price is waited for that its source does not give."""

_BATCH = 100


@dataclass(frozen=True, slots=True)
class OfficialClose:
    """A session whose official close was published; `before` is the clock until then, None for the wall's."""

    session: Session
    before: datetime | None


@dataclass(frozen=True, slots=True)
class _Due:
    """A portfolio, and the closes that it needs points of, newest first."""

    portfolio_id: UUID
    closes: Sequence[datetime]


def workspaces_with_portfolios(connection: Connection) -> list[UUID]:
    """The workspaces that have a portfolio which is not archived."""
    portfolio = select(col(PortfolioRow.id)).where(
        col(PortfolioRow.workspace_id) == WorkspaceRow.id, col(PortfolioRow.archived).is_(False)
    )
    return list(connection.execute(select(col(WorkspaceRow.id)).where(portfolio.exists())).scalars())


def record_closes(desk: Desk, workspace_id: UUID, now: datetime) -> None:
    """Write what the portfolios of a workspace were worth at each close up to `now`, the market's time there.

    A portfolio begins with the first close after it was made and goes on where its points end. What several
    processes do at once is done once. A portfolio whose orders for the close have not met it waits for the
    next call; so does a close of which its source lacks a price, for five minutes.

    On the manual market, where the clock stands, it takes up again only what publications have begun.
    """
    last = desk.calendar.last_session(now)
    marks = None if desk.market is None else SourceMarks(desk.market)
    after = None
    while True:
        with desk.database.snapshot() as session:
            connection = session.connection()
            start: SQLCoreOperations[datetime] = col(PortfolioRow.created_at)
            if marks is None and _standing_clock(connection, workspace_id) is not None:
                start = literal(None, Instant())
            due = _find_due(connection, desk.calendar, workspace_id, last, start, after)
            if not due:
                return
            held = _held_symbols(connection, due)
            waiting = _awaiting_close(connection, workspace_id, last)
        if marks is not None:
            marks.ask({close for each in due for close in each.closes}, held)
        for each in due:
            if each.portfolio_id in waiting:
                continue
            if marks is None:
                _record_board(desk, workspace_id, each)
            else:
                _record_shared(desk, each, marks, settled_at=now - PATIENCE)
        after = due[-1].portfolio_id


def record_passing(
    desk: Desk,
    connection: Connection,
    workspace_id: UUID,
    before: datetime | None,
    now: datetime,
    ending: Session | None,
) -> OfficialClose | None:
    """Write what portfolios were worth at the closes that the manual market's clock passes now.

    In the publication's own transaction: the board is locked, and its quotes are those from before. `before`
    is the clock until then, None for the wall's. If the session `ending` has closed by now, its close is left
    out and returned: orders for the close fill first.
    """
    if before is None:
        _forget_ahead(connection, workspace_id, now)
    last, official = desk.calendar.last_session(now), None
    if ending is not None and ending.closes_at <= now:
        last, official = desk.calendar.last_session(ending.opens_at), OfficialClose(ending, before)
    if before is None or last.closes_at > before:
        marks = BoardMarks(connection, workspace_id)
        after = None
        while due := _find_due(connection, desk.calendar, workspace_id, last, _start(before), after):
            for each in due:
                _keep(connection, _points(connection, each, marks, before))
            after = due[-1].portfolio_id
    return official


def record_official_close(desk: Desk, workspace_id: UUID, official: OfficialClose) -> None:
    """Write what portfolios were worth at an official close, when the orders for the close have met it.

    A point that is there, because the clock had passed the close before, is written anew.
    """
    start = _start(official.before)
    after = None
    while True:
        with desk.database.snapshot() as session:
            due = _find_due(
                session.connection(),
                desk.calendar,
                workspace_id,
                official.session,
                start,
                after,
                is_anew=True,
            )
        if not due:
            return
        for each in due:
            _record_board(desk, workspace_id, each, is_anew=True)
        after = due[-1].portfolio_id


def record_flow(connection: Connection, view: View, portfolio: PortfolioRow) -> None:
    """Write what a locked portfolio is worth before the flow that will be its next event.

    Raises NotQuoted where the view was not given the quotes of what is held.
    """
    books = Books(portfolio.cash, portfolio.flows, ledger.read_positions(connection, portfolio.id))
    found = {symbol: fills.mark_of(quote) for symbol, quote in view.quotes(books.held()).items()}
    marks = {symbol: mark for symbol, mark in found.items() if mark is not None}
    _keep(connection, _point(portfolio.id, view.now, portfolio.event_sequence + 1, books, marks))


def _start(before: datetime | None) -> SQLCoreOperations[datetime]:
    """The time after which a portfolio without points has its first."""
    return col(PortfolioRow.created_at) if before is None else literal(before, Instant())


def _find_due(
    connection: Connection,
    calendar: Calendar,
    workspace_id: UUID,
    last: Session,
    start: SQLCoreOperations[datetime],
    after: UUID | None,
    *,
    is_anew: bool = False,
) -> list[_Due]:
    """The next portfolios without a point of the last session; with `is_anew` those that have one, too."""
    recorded = (
        select(func.max(col(EquityRow.at)))
        .where(col(EquityRow.portfolio_id) == PortfolioRow.id, col(EquityRow.flow_sequence) == AT_THE_CLOSE)
        .scalar_subquery()
    )
    since = func.coalesce(recorded, start)
    is_due = since < last.closes_at
    statement = select(col(PortfolioRow.id), since).where(
        col(PortfolioRow.workspace_id) == workspace_id,
        col(PortfolioRow.archived).is_(False),
        or_(is_due, recorded == last.closes_at) if is_anew else is_due,
    )
    if after is not None:
        statement = statement.where(col(PortfolioRow.id) > after)
    rows = connection.execute(statement.order_by(col(PortfolioRow.id)).limit(_BATCH))
    return [_Due(id, list(_closes(calendar, since_at, last))) for id, since_at in rows]


def _closes(calendar: Calendar, since: datetime, last: Session) -> Iterator[datetime]:
    """The close of the last session, and those before it back to the first after `since`."""
    for _ in range(MOST_CLOSES):
        yield last.closes_at
        last = calendar.last_session(last.opens_at)
        if last.closes_at <= since:
            return


def _held_symbols(connection: Connection, due: Iterable[_Due]) -> set[str]:
    ids = [each.portfolio_id for each in due]
    statement = select(col(PositionRow.symbol)).where(
        col(PositionRow.portfolio_id).in_(ids), col(PositionRow.quantity) != ZERO
    )
    return set(connection.execute(statement.distinct()).scalars())


def _awaiting_close(connection: Connection, workspace_id: UUID, last: Session) -> set[UUID]:
    """The portfolios with orders for the close that have not met it."""
    statement = select(col(OrderRow.portfolio_id)).where(
        col(OrderRow.workspace_id) == workspace_id,
        col(OrderRow.due_at) <= last.closes_at,
        col(OrderRow.time_in_force) == TimeInForce.CLS,
    )
    return set(connection.execute(statement).scalars())


def _record_shared(desk: Desk, due: _Due, marks: SourceMarks, settled_at: datetime) -> None:
    """Write a portfolio's points under its lock: who was about to change it before a close has done so.

    A point after `settled_at` that lacks a price is left out.
    """
    while True:
        try:
            with desk.database.writing() as connection:
                if ledger.lock_portfolio(connection, due.portfolio_id, waits=True) is not None:
                    points = _points(connection, due, marks, None)
                    _keep(connection, [each for each in points if not each.unpriced or each.at <= settled_at])
            return
        except NotQuoted as more:
            marks.ask(due.closes, more.symbols)


def _record_board(desk: Desk, workspace_id: UUID, due: _Due, *, is_anew: bool = False) -> None:
    """The same on the manual market. With `is_anew` the points take the places of those that are there."""
    with desk.database.writing() as connection:
        if ledger.lock_portfolio(connection, due.portfolio_id, waits=True) is not None:
            clock = _standing_clock(connection, workspace_id)
            points = _points(connection, due, BoardMarks(connection, workspace_id), clock)
            _keep(connection, _take_places(connection, points) if is_anew else points)


def _points(connection: Connection, due: _Due, marks: Marks, until: datetime | None) -> list[EquityRow]:
    """A portfolio's points; what carries a time after `until` happened before all of them."""
    books = read_books(connection, due.portfolio_id, due.closes[-1], until)
    points = []
    for close in due.closes:
        books.go_back(close)
        points += _point(due.portfolio_id, close, AT_THE_CLOSE, books, marks.at(close, books.held()))
    return points


def _point(
    portfolio_id: UUID, at: datetime, flow_sequence: int, books: Books, marks: Mapping[str, Decimal]
) -> list[EquityRow]:
    """The point of these books at these marks; none where no balance can hold what they are worth."""
    held = books.held()
    worth = value_holdings((holding, marks.get(symbol)) for symbol, holding in held.items())
    equity = money.total(books.cash, worth.net_market_value)
    if abs(equity) > money.MAX_BALANCE:
        return []
    row = EquityRow(
        portfolio_id=portfolio_id,
        at=at,
        flow_sequence=flow_sequence,
        equity=equity,
        cash=books.cash,
        flows=books.flows,
        unpriced=" ".join(sorted(held.keys() - marks.keys())),
    )
    return [row]


def _take_places(connection: Connection, points: Sequence[EquityRow]) -> list[EquityRow]:
    """Remove the points that these take the places of. One that knows a price which these lack stays."""
    taking = []
    for point in points:
        key = (
            col(EquityRow.portfolio_id) == point.portfolio_id,
            col(EquityRow.at) == point.at,
            col(EquityRow.flow_sequence) == point.flow_sequence,
        )
        there = connection.execute(select(col(EquityRow.unpriced)).where(*key)).scalar_one_or_none()
        if there is None or set(point.unpriced.split()) <= set(there.split()):
            connection.execute(delete(EquityRow).where(*key))
            taking.append(point)
    return taking


def _keep(connection: Connection, points: Sequence[EquityRow]) -> None:
    """Write points; one that another process has written is left as it is."""
    if points:
        connection.execute(insert(EquityRow).on_conflict_do_nothing(), [values(each) for each in points])


def _standing_clock(connection: Connection, workspace_id: UUID) -> datetime | None:
    """Where the manual market's clock stands; None where it is the wall's."""
    statement = select(col(BoardRow.at)).where(col(BoardRow.workspace_id) == workspace_id)
    return connection.execute(statement).scalar_one_or_none()


def _forget_ahead(connection: Connection, workspace_id: UUID, now: datetime) -> None:
    """Remove the closes that the wall's clock had passed and the market's has not: they are still to come."""
    portfolios = select(col(PortfolioRow.id)).where(col(PortfolioRow.workspace_id) == workspace_id)
    connection.execute(
        delete(EquityRow).where(
            col(EquityRow.portfolio_id).in_(portfolios),
            col(EquityRow.at) > now,
            col(EquityRow.flow_sequence) == AT_THE_CLOSE,
        )
    )
