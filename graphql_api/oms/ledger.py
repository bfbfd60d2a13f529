"""The statements of a trade: what is read under the portfolio's lock, and what is written with its event.

This is the path that every order takes, so its statements are built once, and what is written goes to
the database together.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, insert, select, update
from sqlmodel import col

from graphql_api.oms import money
from graphql_api.oms.accounting import Holding
from graphql_api.oms.actor import Actor
from graphql_api.oms.db import COMMIT_NUMBER, NOW
from graphql_api.oms.events import Head, NewEvent, iso, next_event
from graphql_api.oms.ids import to_text
from graphql_api.oms.statements import Question, Script
from graphql_api.oms.tables import EventRow, OrderRow, PortfolioRow, PositionRow, TradeRow, values
from graphql_api.oms.words import OrderStatus

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
_AT_PORTFOLIO = col(PortfolioRow.id) == bindparam("at_portfolio")
_INSERT_ORDER, _INSERT_TRADE, _INSERT_POSITION = insert(OrderRow), insert(TradeRow), insert(PositionRow)
_INSERT_EVENT = insert(EventRow).values(
    {name: bindparam(name) for name in NewEvent.__annotations__} | {"commit_number": COMMIT_NUMBER}
)
_UPDATE_POSITION = (
    update(PositionRow)
    .where(
        col(PositionRow.portfolio_id) == bindparam("at_portfolio"),
        col(PositionRow.symbol) == bindparam("at_symbol"),
    )
    .values(quantity=bindparam("quantity"), cost=bindparam("cost"), realized_pnl=bindparam("realized_pnl"))
)
_UPDATE_PORTFOLIO = (
    update(PortfolioRow)
    .where(_AT_PORTFOLIO)
    .values(
        cash=bindparam("cash"),
        fees=bindparam("fees"),
        realized_pnl=bindparam("realized_pnl"),
        event_sequence=bindparam("sequence"),
        event_hash=bindparam("hash"),
    )
)
_MOVE_HEAD = (
    update(PortfolioRow)
    .where(_AT_PORTFOLIO)
    .values(event_sequence=bindparam("sequence"), event_hash=bindparam("hash"))
)
_REJECT = Script(_INSERT_ORDER, _INSERT_EVENT, _MOVE_HEAD)
_FILL_FIRST = Script(_INSERT_ORDER, _INSERT_TRADE, _INSERT_POSITION, _INSERT_EVENT, _UPDATE_PORTFOLIO)
_FILL = Script(_INSERT_ORDER, _INSERT_TRADE, _UPDATE_POSITION, _INSERT_EVENT, _UPDATE_PORTFOLIO)


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


def write_rejection(
    connection: Connection, portfolio: PortfolioRow, actor: Actor, at: datetime, order: OrderRow
) -> None:
    """Write a rejected order and its event."""
    event = next_event(
        Head.of_portfolio(portfolio), actor, "order:rejected", at, _order_data(order), order.id
    )
    head = {"at_portfolio": portfolio.id, "sequence": event["sequence"], "hash": event["hash"]}
    _REJECT.run(connection, values(order), event, head)


def write_fill(
    connection: Connection,
    portfolio: PortfolioRow,
    actor: Actor,
    at: datetime,
    order: OrderRow,
    trade: TradeRow,
    after: Holding,
    cash: Decimal,
    *,
    is_first: bool,
) -> None:
    """Write a filled order, its trade, the position and the cash after it, and their event.

    `is_first` where the portfolio never traded the symbol before.
    """
    data = _order_data(order) | {
        "trade": _trade_data(trade),
        "cash": money.plain(cash),
        "position": {"quantity": money.plain(after.quantity), "costBasis": money.plain(after.cost)},
    }
    event = next_event(Head.of_portfolio(portfolio), actor, "order:filled", at, data, order.id, trade.id)
    position = {"quantity": after.quantity, "cost": after.cost, "realized_pnl": after.realized_pnl}
    balances = {
        "at_portfolio": portfolio.id,
        "cash": cash,
        "fees": portfolio.fees + trade.fee,
        "realized_pnl": portfolio.realized_pnl + trade.realized_pnl,
        "sequence": event["sequence"],
        "hash": event["hash"],
    }
    if is_first:
        place, script = {"portfolio_id": portfolio.id, "symbol": order.symbol}, _FILL_FIRST
    else:
        place, script = {"at_portfolio": portfolio.id, "at_symbol": order.symbol}, _FILL
    script.run(connection, values(order), values(trade), position | place, event, balances)


def _order_data(order: OrderRow) -> dict[str, Any]:
    return {
        "order": to_text(order.portfolio_id, order.id),
        "clientOrderId": order.client_order_id,
        "symbol": order.symbol,
        "side": order.side,
        "type": order.type,
        "timeInForce": order.time_in_force,
        "quantity": _plain(order.quantity),
        "notional": _plain(order.notional),
        "expectedPrice": _plain(order.expected_price),
        "note": order.note,
        "status": order.status,
        "reason": order.reason,
    }


def _trade_data(trade: TradeRow) -> dict[str, Any]:
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
