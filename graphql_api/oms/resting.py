"""Where resting orders are found: by the quote or the time that wakes them, never by looking through all."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import starmap
from uuid import UUID

from sqlalchemy import (
    Connection,
    Dialect,
    String,
    Uuid,
    and_,
    bindparam,
    cast,
    exists,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from graphql_api.market.quotes import Quote
from graphql_api.oms import fills
from graphql_api.oms.db import Money, elements
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


def _reached(
    ask: ColumnElement[Decimal],
    bid: ColumnElement[Decimal],
    last: ColumnElement[Decimal],
    is_first: ColumnElement[bool],
) -> dict[Watch, ColumnElement[bool]]:
    """Of the orders that watch for each of these, those that a quote wakes; none by a price that is null."""
    price = col(OrderRow.watched_price)
    return {
        Watch.ANY: true(),
        Watch.OPEN: is_first,
        Watch.BUY_LIMIT: price >= ask,
        Watch.SELL_LIMIT: price <= bid,
        Watch.BUY_STOP: price <= last,
        Watch.SELL_STOP: price >= last,
    }


_QUOTE = elements(bindparam("quotes", type_=String()), "quotes").c.value
_SYMBOL = _QUOTE["symbol"].as_string()


def _price(name: str) -> ColumnElement[Decimal]:
    return cast(_QUOTE[name].as_string(), Money())


def _is_waited_for(watch: Watch, reached: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether an order watches `_QUOTE` for this and is reached: one look into ix_orders_watch."""
    return exists(
        select(literal(1)).where(
            col(OrderRow.workspace_id) == bindparam("workspace_id"),
            col(OrderRow.symbol) == _SYMBOL,
            col(OrderRow.watch) == watch,
            reached,
        )
    )


_WAKING = select(_SYMBOL).where(
    or_(
        *starmap(
            _is_waited_for,
            _reached(_price("ask"), _price("bid"), _price("last"), _QUOTE["is_first"].as_boolean()).items(),
        )
    )
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
    """The symbols that resting orders watch."""
    return [symbol for (symbol,) in connection.execute(_WATCHED, {"workspace_id": workspace_id})]


def waking_symbols(
    connection: Connection, workspace_id: UUID, quotes: Iterable[Quote], held_back: Collection[str]
) -> list[str]:
    """The symbols whose quotes wake an order, sorted; costs the same however many orders rest.

    Nothing fills on the quotes of the symbols in `held_back`: they wake only orders that take any quote.
    """
    asked = [
        {"symbol": quote.symbol} if quote.symbol in held_back else _written(quote, connection.dialect)
        for quote in quotes
    ]
    rows = connection.execute(_WAKING, {"workspace_id": workspace_id, "quotes": json.dumps(asked)})
    return sorted(symbol for (symbol,) in rows)


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
            _is_woken_by(quote) if held_back is None else _is_held_back_anew(held_back),
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


def _is_woken_by(quote: Quote) -> ColumnElement[bool]:
    ask, bid, last = (literal(price, Money()) for price in _prices(quote))
    orders = _reached(ask, bid, last, literal(quote.is_first)).items()
    return or_(*(and_(col(OrderRow.watch) == watch, reached) for watch, reached in orders))


def _written(quote: Quote, dialect: Dialect) -> dict[str, object]:
    """A quote as `_WAKING` reads it, with its prices as their columns hold them."""
    ask, bid, last = (
        None if price is None else str(Money().process_bind_param(price, dialect)) for price in _prices(quote)
    )
    return {"symbol": quote.symbol, "ask": ask, "bid": bid, "last": last, "is_first": quote.is_first}


def _prices(quote: Quote) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """What who buys pays, what who sells gets, and the last."""
    return fills.far_price(Side.BUY, quote), fills.far_price(Side.SELL, quote), quote.last
