"""The books of a portfolio as they were: what they say now, less what has happened since.

Trades carry the market's time. A transfer carries the database's, so that the point that is written before
it says what time the market had. A fill that an official close made belongs to the session that it closed,
however late it was made.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlmodel import col

from graphql_api.oms import money
from graphql_api.oms.accounting import Holding, cash_change
from graphql_api.oms.db import Instant
from graphql_api.oms.money import ZERO
from graphql_api.oms.statements import Question
from graphql_api.oms.tables import EquityRow, OrderRow, PortfolioRow, PositionRow, TradeRow, TransferRow
from graphql_api.oms.words import Side, TimeInForce

_INSTANT = timedelta(microseconds=1)

_HELD = Question(
    select(
        col(PortfolioRow.cash),
        col(PortfolioRow.flows),
        col(PortfolioRow.event_sequence),
        col(PositionRow.symbol),
        col(PositionRow.quantity),
        col(PositionRow.cost),
        col(PositionRow.realized_pnl),
    )
    .select_from(PortfolioRow)
    .outerjoin(
        PositionRow,
        and_(col(PositionRow.portfolio_id) == PortfolioRow.id, col(PositionRow.quantity) != ZERO),
    )
    .where(col(PortfolioRow.id) == bindparam("portfolio_id"))
)
_SINCE = bindparam("since", type_=Instant())
_LAST_BEFORE = Question(
    select(func.coalesce(func.max(col(TradeRow.sequence)), 0)).where(
        col(TradeRow.portfolio_id) == bindparam("portfolio_id"), col(TradeRow.executed_at) < _SINCE
    )
)
_FILLS = Question(
    select(
        col(TradeRow.executed_at),
        col(OrderRow.time_in_force),
        col(OrderRow.expires_at),
        col(TradeRow.sequence),
        col(TradeRow.symbol),
        col(TradeRow.side),
        col(TradeRow.quantity),
        col(TradeRow.price),
        col(TradeRow.value),
        col(TradeRow.fee),
        col(TradeRow.realized_pnl),
    )
    .join(
        OrderRow,
        and_(col(OrderRow.portfolio_id) == TradeRow.portfolio_id, col(OrderRow.id) == TradeRow.order_id),
    )
    .where(
        col(TradeRow.portfolio_id) == bindparam("portfolio_id"),
        col(TradeRow.sequence) > bindparam("sequence"),
    )
)
_MOVED_AT = func.coalesce(col(EquityRow.at), col(TransferRow.at))
_FLOWS = Question(
    select(_MOVED_AT, col(TransferRow.sequence), col(TransferRow.amount))
    .outerjoin(
        EquityRow,
        and_(
            col(EquityRow.portfolio_id) == TransferRow.portfolio_id,
            col(EquityRow.flow_sequence) == TransferRow.sequence,
        ),
    )
    .where(col(TransferRow.portfolio_id) == bindparam("portfolio_id"), _MOVED_AT >= _SINCE)
)


@dataclass(frozen=True, slots=True)
class Fill:
    """A trade, as it was booked."""

    at: datetime
    sequence: int
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    value: Decimal
    fee: Decimal
    realized_pnl: Decimal


@dataclass(frozen=True, slots=True)
class Flow:
    """Cash moved in (above 0) or out (below 0)."""

    at: datetime
    sequence: int
    amount: Decimal


@dataclass(slots=True)
class Books:
    """What a portfolio has, and what has happened there lately, oldest first."""

    cash: Decimal
    flows: Decimal
    holdings: dict[str, Holding]
    entries: list[Fill | Flow] = field(default_factory=list)

    def held(self) -> dict[str, Holding]:
        """The positions that are not flat."""
        return {symbol: holding for symbol, holding in self.holdings.items() if holding.quantity}

    def go_back(self, to: datetime) -> None:
        """Undo what happened at this time and after."""
        while self.entries and self.entries[-1].at >= to:
            match self.entries.pop():
                case Flow(amount=amount):
                    self.cash -= amount
                    self.flows -= amount
                case Fill() as fill:
                    self.cash -= cash_change(fill.side, fill.value, fill.fee)
                    after = self.holdings.get(fill.symbol, Holding())
                    self.holdings[fill.symbol] = undo_fill(after, fill)


def undo_fill(after: Holding, fill: Fill) -> Holding:
    """What was held before a fill."""
    sign = 1 if fill.side is Side.BUY else -1
    quantity = after.quantity - sign * fill.quantity
    realized_pnl = after.realized_pnl - fill.realized_pnl
    if quantity * sign >= 0:
        return Holding(quantity, after.cost - sign * fill.value, realized_pnl)
    closed = min(fill.quantity, abs(quantity))
    closed_value = fill.value if closed == fill.quantity else money.value_of(closed, fill.price)
    cost_out = -sign * closed_value - fill.realized_pnl
    opened_cost = sign * (fill.value - closed_value)
    return Holding(quantity, after.cost + cost_out - opened_cost, realized_pnl)


def read_books(connection: Connection, portfolio_id: UUID, since: datetime, until: datetime | None) -> Books:
    """What a portfolio has now, and what has happened there from `since` to `until` (None: to now).

    One statement reads the balances and the positions: they fit, also where the portfolio is not locked.
    """
    rows = _HELD.ask_all(connection, {"portfolio_id": portfolio_id})
    cash, flows, sequence, *_ = rows[0]
    holdings = {symbol: Holding(*holding) for _, _, _, symbol, *holding in rows if symbol is not None}
    books = Books(cash, flows, holdings)
    if until is None or since <= until:
        entries = [
            *_read_fills(connection, portfolio_id, since),
            *_read_flows(connection, portfolio_id, since),
        ]
        books.entries = sorted(
            (each for each in entries if each.sequence <= sequence and (until is None or each.at <= until)),
            key=lambda each: (each.at, each.sequence),
        )
    return books


def _read_fills(connection: Connection, portfolio_id: UUID, since: datetime) -> Iterator[Fill | Flow]:
    """The fills that follow the last one before a time, which costs the same however many there are before.

    A fill that an official close made was made right before what follows that close.
    """
    last = _LAST_BEFORE.ask(connection, {"portfolio_id": portfolio_id, "since": since})
    span = {"portfolio_id": portfolio_id, "sequence": last[0] if last else 0}
    for at, time_in_force, closes_at, *booked in _FILLS.ask_all(connection, span):
        is_closing = time_in_force is TimeInForce.CLS and closes_at is not None
        yield Fill(min(at, closes_at - _INSTANT) if is_closing else at, *booked)


def _read_flows(connection: Connection, portfolio_id: UUID, since: datetime) -> Iterator[Fill | Flow]:
    rows = _FLOWS.ask_all(connection, {"portfolio_id": portfolio_id, "since": since})
    return (Flow(*row) for row in rows)
