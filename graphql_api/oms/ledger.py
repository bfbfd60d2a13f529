"""The statements of an order: what is read under the portfolio's lock, and what is written with its events.

This is the path that every order takes, so its statements are built once, and what is written goes to
the database together.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, insert, select, update
from sqlmodel import SQLModel, col

from graphql_api.oms import money
from graphql_api.oms.accounting import Holding
from graphql_api.oms.db import COMMIT_NUMBER, NOW
from graphql_api.oms.events import NewEvent, iso
from graphql_api.oms.ids import to_text
from graphql_api.oms.statements import Question, Write
from graphql_api.oms.tables import EventRow, OrderRow, PortfolioRow, PositionRow, TradeRow, UsedSizeRow
from graphql_api.oms.words import OrderStatus, Side

_THERE = Question(
    select(
        NOW,
        col(PositionRow.quantity),
        col(PositionRow.cost),
        col(PositionRow.realized_pnl),
        col(OrderRow.id),
    )
    .select_from(PortfolioRow)
    .outerjoin(
        PositionRow,
        and_(
            col(PositionRow.portfolio_id) == PortfolioRow.id, col(PositionRow.symbol) == bindparam("symbol")
        ),
    )
    .outerjoin(
        OrderRow,
        and_(
            col(OrderRow.portfolio_id) == PortfolioRow.id,
            col(OrderRow.client_order_id) == bindparam("client_order_id"),
            col(OrderRow.status) != OrderStatus.REJECTED,
        ),
    )
    .where(col(PortfolioRow.id) == bindparam("portfolio_id"))
)
_ORDER_COLUMNS = [col(getattr(OrderRow, name)) for name in OrderRow.model_fields]
_OPEN_ORDERS = Question(
    select(*_ORDER_COLUMNS)
    .where(
        col(OrderRow.portfolio_id) == bindparam("portfolio_id"),
        col(OrderRow.symbol) == bindparam("symbol"),
        col(OrderRow.due_at).is_not(None),
    )
    .order_by(col(OrderRow.sequence))
)
_POSITIONS = Question(
    select(
        col(PositionRow.symbol),
        col(PositionRow.quantity),
        col(PositionRow.cost),
        col(PositionRow.realized_pnl),
    ).where(col(PositionRow.portfolio_id) == bindparam("portfolio_id"))
)
_USED_SIZE = Question(
    select(col(UsedSizeRow.quote_number), col(UsedSizeRow.used)).where(
        col(UsedSizeRow.portfolio_id) == bindparam("portfolio_id"),
        col(UsedSizeRow.symbol) == bindparam("symbol"),
        col(UsedSizeRow.side) == bindparam("side"),
    )
)


def _update(row: type[SQLModel], keys: Sequence[str], changed: Sequence[str]) -> Write:
    return Write(
        update(row)
        .where(*(col(getattr(row, key)) == bindparam(f"at_{key}") for key in keys))
        .values({name: bindparam(name) for name in changed})
    )


INSERT_ORDER, INSERT_TRADE = Write(insert(OrderRow)), Write(insert(TradeRow))
INSERT_POSITION, INSERT_USED_SIZE = Write(insert(PositionRow)), Write(insert(UsedSizeRow))
INSERT_EVENT = Write(
    insert(EventRow).values(
        {name: bindparam(name) for name in NewEvent.__annotations__} | {"commit_number": COMMIT_NUMBER}
    )
)
CHANGING = (
    "status",
    "filled_quantity",
    "filled_value",
    "average_price",
    "fees",
    "reason",
    "message",
    "updated_at",
    "triggered_at",
    "replaced_by_id",
    "watch",
    "watched_price",
    "due_at",
    "reserve_price",
)
"""The columns of an order that change in its life."""
UPDATE_ORDER = _update(OrderRow, ["portfolio_id", "id"], CHANGING)
UPDATE_POSITION = _update(PositionRow, ["portfolio_id", "symbol"], ["quantity", "cost", "realized_pnl"])
UPDATE_USED_SIZE = _update(UsedSizeRow, ["portfolio_id", "symbol", "side"], ["quote_number", "used"])
BALANCES = ("cash", "reserved", "open_orders", "fees", "realized_pnl", "event_sequence", "event_hash")
"""The columns of a portfolio that its orders change."""
UPDATE_PORTFOLIO = _update(PortfolioRow, ["id"], BALANCES)


_PORTFOLIO = select(*(col(getattr(PortfolioRow, name)) for name in PortfolioRow.model_fields)).where(
    col(PortfolioRow.id) == bindparam("id")
)
_LOCK = Question(_PORTFOLIO.with_for_update(key_share=True))
_TRY_LOCK = Question(_PORTFOLIO.with_for_update(key_share=True, skip_locked=True))


def lock_portfolio(connection: Connection, id: UUID, *, waits: bool) -> PortfolioRow | None:
    """A portfolio's row, locked; None where another transaction holds it and this one does not wait."""
    found = (_LOCK if waits else _TRY_LOCK).ask(connection, {"id": id})
    return None if found is None else PortfolioRow(**dict(zip(PortfolioRow.model_fields, found, strict=True)))


def read_under_lock(
    connection: Connection, portfolio_id: UUID, symbol: str, client_order_id: str | None
) -> tuple[datetime, Holding | None, UUID | None]:
    """The database's time, what is held of a symbol (None where it was never traded), and the id of the
    order that has used the client's id already."""
    found = _THERE.ask(
        connection, {"portfolio_id": portfolio_id, "symbol": symbol, "client_order_id": client_order_id}
    )
    if found is None:
        raise LookupError(f"portfolio {portfolio_id} has gone")
    at, quantity, cost, realized_pnl, order_id = found
    holding = None if quantity is None else Holding(quantity, cost, realized_pnl)
    return at, holding, order_id


def read_open_orders(connection: Connection, portfolio_id: UUID, symbol: str) -> list[OrderRow]:
    """The working orders of a symbol, oldest first."""
    rows = _OPEN_ORDERS.ask_all(connection, {"portfolio_id": portfolio_id, "symbol": symbol})
    return [OrderRow(**dict(zip(OrderRow.model_fields, row, strict=True))) for row in rows]


def read_orders(connection: Connection, portfolio_id: UUID, ids: Sequence[UUID]) -> list[OrderRow]:
    """Orders of a portfolio by their ids, oldest first."""
    statement = select(*_ORDER_COLUMNS).where(
        col(OrderRow.portfolio_id) == portfolio_id, col(OrderRow.id).in_(ids)
    )
    rows = connection.execute(statement.order_by(col(OrderRow.sequence)))
    return [OrderRow(**row._mapping) for row in rows]


def read_positions(connection: Connection, portfolio_id: UUID) -> dict[str, Holding]:
    """All that a portfolio holds or has held."""
    rows = _POSITIONS.ask_all(connection, {"portfolio_id": portfolio_id})
    return {symbol: Holding(quantity, cost, realized) for symbol, quantity, cost, realized in rows}


def read_used_size(
    connection: Connection, portfolio_id: UUID, symbol: str, side: Side
) -> tuple[int, Decimal] | None:
    """The quote whose displayed size a portfolio has used last, and how much of it."""
    found = _USED_SIZE.ask(connection, {"portfolio_id": portfolio_id, "symbol": symbol, "side": side})
    return None if found is None else (found[0], found[1])


def order_data(order: OrderRow) -> dict[str, Any]:
    """What an event tells of an order: what was asked, and where it stands."""
    return {
        "order": to_text(order.portfolio_id, order.id),
        "clientOrderId": order.client_order_id,
        "symbol": order.symbol,
        "side": order.side,
        "type": order.type,
        "timeInForce": order.time_in_force,
        "quantity": _plain(order.quantity),
        "notional": _plain(order.notional),
        "limitPrice": _plain(order.limit_price),
        "stopPrice": _plain(order.stop_price),
        "expectedPrice": _plain(order.expected_price),
        "note": order.note,
        "status": order.status,
        "filledQuantity": money.plain(order.filled_quantity),
        "averagePrice": _plain(order.average_price),
        "reason": order.reason,
        "message": order.message,
    }


def trade_data(trade: TradeRow) -> dict[str, Any]:
    """What an event tells of a trade, with the quote that it was made from."""
    return {
        "id": to_text(trade.portfolio_id, trade.id),
        "quantity": money.plain(trade.quantity),
        "price": money.plain(trade.price),
        "value": money.plain(trade.value),
        "fee": money.plain(trade.fee),
        "realizedPnl": money.plain(trade.realized_pnl),
        "executedAt": iso(trade.executed_at),
        "quote": {
            "bid": _plain(trade.quote_bid),
            "ask": _plain(trade.quote_ask),
            "last": _plain(trade.quote_last),
            "bidSize": _plain(trade.quote_bid_size),
            "askSize": _plain(trade.quote_ask_size),
            "at": iso(trade.quote_at),
            "source": trade.quote_source,
        },
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else money.plain(value)
