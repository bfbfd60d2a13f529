"""Where resting orders are found: by the quote or the time that wakes them, never by looking through all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, String, Uuid, and_, bindparam, func, literal, or_, select, text
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from graphql_api.market.quotes import Quote
from graphql_api.oms import fills
from graphql_api.oms.tables import OrderRow
from graphql_api.oms.words import OrderType, RejectionCode, Side, TimeInForce, Watch

_WORKSPACES = text("""
    WITH RECURSIVE found(id) AS (
        SELECT (SELECT workspace_id FROM orders WHERE due_at IS NOT NULL ORDER BY workspace_id LIMIT 1)
        UNION ALL
        SELECT (SELECT workspace_id FROM orders
                WHERE due_at IS NOT NULL AND workspace_id > found.id ORDER BY workspace_id LIMIT 1)
        FROM found WHERE found.id IS NOT NULL
    ) SELECT id FROM found WHERE id IS NOT NULL
""").columns(id=Uuid())
_WATCHED = (
    text("""
    WITH RECURSIVE found(symbol) AS (
        SELECT min(symbol) FROM orders WHERE workspace_id = :workspace_id AND watch IS NOT NULL
        UNION ALL
        SELECT (SELECT min(symbol) FROM orders
                WHERE workspace_id = :workspace_id AND watch IS NOT NULL AND symbol > found.symbol)
        FROM found WHERE found.symbol IS NOT NULL
    ) SELECT symbol FROM found WHERE symbol IS NOT NULL
""")
    .bindparams(bindparam("workspace_id", type_=Uuid()))
    .columns(symbol=String())
)
_SYMBOL = _WATCHED.subquery("watched").c.symbol


def _waiting(watch: Watch, *what: ColumnElement[Any]) -> Select[Any]:
    """Of the orders that watch a symbol for this."""
    return select(*what).where(
        col(OrderRow.workspace_id) == bindparam("workspace_id"),
        col(OrderRow.symbol) == _SYMBOL,
        col(OrderRow.watch) == watch,
    )


_HIGHEST, _LOWEST = func.max(col(OrderRow.watched_price)), func.min(col(OrderRow.watched_price))
_TOPS = select(
    _SYMBOL,
    _waiting(Watch.BUY_LIMIT, _HIGHEST).scalar_subquery().label("buy_limit"),
    _waiting(Watch.SELL_LIMIT, _LOWEST).scalar_subquery().label("sell_limit"),
    _waiting(Watch.BUY_STOP, _LOWEST).scalar_subquery().label("buy_stop"),
    _waiting(Watch.SELL_STOP, _HIGHEST).scalar_subquery().label("sell_stop"),
    _waiting(Watch.ANY, literal(1)).exists().label("has_any"),
    _waiting(Watch.OPEN, literal(1)).exists().label("has_open"),
)


@dataclass(frozen=True, slots=True)
class Top:
    """The prices at which the first orders of a symbol wake; None where none of that kind waits."""

    symbol: str
    buy_limit: Decimal | None
    sell_limit: Decimal | None
    buy_stop: Decimal | None
    sell_stop: Decimal | None
    has_any: bool
    has_open: bool

    def wakes(self, quote: Quote) -> bool:
        """Whether this quote wakes an order."""
        ask, bid, last = fills.far_price(Side.BUY, quote), fills.far_price(Side.SELL, quote), quote.last
        return (
            self.has_any
            or (self.has_open and quote.is_first)
            or (ask is not None and self.buy_limit is not None and self.buy_limit >= ask)
            or (bid is not None and self.sell_limit is not None and self.sell_limit <= bid)
            or (last is not None and self.buy_stop is not None and self.buy_stop <= last)
            or (last is not None and self.sell_stop is not None and self.sell_stop >= last)
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resting order that a quote wakes, with what its turn goes by."""

    portfolio_id: UUID
    id: UUID
    symbol: str
    turn: tuple[bool, str, bool, Decimal, int]


def workspaces_with_orders(connection: Connection) -> list[UUID]:
    """The workspaces in which an order works."""
    return [id for (id,) in connection.execute(_WORKSPACES)]


def watched_symbols(connection: Connection, workspace_id: UUID) -> list[str]:
    """The symbols that resting orders watch: the first half of `tops`, at a seventh of its cost."""
    return [symbol for (symbol,) in connection.execute(_WATCHED, {"workspace_id": workspace_id})]


def tops(connection: Connection, workspace_id: UUID) -> list[Top]:
    """What the symbols that resting orders watch wait for; costs the same however many orders rest."""
    return [Top(**row._mapping) for row in connection.execute(_TOPS, {"workspace_id": workspace_id})]


def woken_by(
    connection: Connection, workspace_id: UUID, quote: Quote, held_back: RejectionCode | None = None
) -> list[Candidate]:
    """The orders that a quote wakes, in their turn: stops that trigger, then by price, then by time.

    A quote that nothing fills on wakes those that take any, to say why they are `held_back`.
    """
    rows = connection.execute(
        select(
            col(OrderRow.portfolio_id),
            col(OrderRow.id),
            col(OrderRow.type),
            col(OrderRow.side),
            col(OrderRow.limit_price),
            col(OrderRow.triggered_at),
            col(OrderRow.sequence),
            col(OrderRow.watch),
        ).where(
            col(OrderRow.workspace_id) == workspace_id,
            col(OrderRow.symbol) == quote.symbol,
            or_(*_conditions(quote)) if held_back is None else _is_held_back_anew(held_back),
        )
    )
    found = []
    for portfolio_id, id, type, side, limit_price, triggered_at, sequence, watch in rows:
        triggers = watch in {Watch.BUY_STOP, Watch.SELL_STOP}
        is_stop = triggers or (type is OrderType.STOP and triggered_at is not None)
        price = Decimal(0) if limit_price is None else limit_price
        best_first = price if side is Side.SELL else -price
        turn = (not is_stop, side, limit_price is not None, best_first, sequence)
        found.append(Candidate(portfolio_id, id, quote.symbol, turn))
    return sorted(found, key=lambda candidate: candidate.turn)


def due_orders(
    connection: Connection, workspace_id: UUID, at: datetime, limit: int
) -> Sequence[tuple[UUID, UUID]]:
    """Portfolio and id of the orders that the clock changes by this time, the longest due first; at a close
    the orders for the close come before those that end with it."""
    rows = connection.execute(
        select(col(OrderRow.portfolio_id), col(OrderRow.id))
        .where(col(OrderRow.workspace_id) == workspace_id, col(OrderRow.due_at) <= at)
        .order_by(col(OrderRow.due_at), col(OrderRow.time_in_force) != TimeInForce.CLS)
        .limit(limit)
    )
    return [(portfolio_id, id) for portfolio_id, id in rows]


def _is_held_back_anew(code: RejectionCode) -> ColumnElement[bool]:
    """An order that takes any quote and does not say so far that this holds it back."""
    return and_(col(OrderRow.watch) == Watch.ANY, col(OrderRow.reason).is_distinct_from(code))


def _conditions(quote: Quote) -> list[ColumnElement[bool]]:
    ask, bid, last = fills.far_price(Side.BUY, quote), fills.far_price(Side.SELL, quote), quote.last
    watch, price = col(OrderRow.watch), col(OrderRow.watched_price)
    conditions: list[ColumnElement[bool]] = [watch == Watch.ANY]
    if quote.is_first:
        conditions.append(watch == Watch.OPEN)
    if ask is not None:
        conditions.append(and_(watch == Watch.BUY_LIMIT, price >= ask))
    if bid is not None:
        conditions.append(and_(watch == Watch.SELL_LIMIT, price <= bid))
    if last is not None:
        conditions.append(and_(watch == Watch.BUY_STOP, price <= last))
        conditions.append(and_(watch == Watch.SELL_STOP, price >= last))
    return conditions
