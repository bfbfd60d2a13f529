"""What the audit trail tells of each order: one story, with one end."""

import json
from collections import defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from graphql_api.oms.tables import EventRow, OrderRow, TradeRow

_STATUSES = {
    "order:accepted": {"ACCEPTED"},
    "order:placed": {"NEW", "PARTIALLY_FILLED"},
    "order:opened": {"NEW", "PARTIALLY_FILLED"},
    "order:triggered": {"NEW", "PARTIALLY_FILLED"},
    "order:resumed": {"NEW", "PARTIALLY_FILLED"},
    "order:partially_filled": {"PARTIALLY_FILLED"},
    "order:filled": {"FILLED"},
    "order:canceled": {"CANCELED"},
    "order:expired": {"EXPIRED"},
    "order:rejected": {"REJECTED"},
    "order:replaced": {"REPLACED"},
}
_FINAL = {"FILLED", "CANCELED", "EXPIRED", "REJECTED", "REPLACED"}


def check_stories(session: Session, portfolio_id: UUID) -> None:
    """Nothing follows an order's end, its fills add up, and it stands where its events left it."""
    orders = {
        row.id: row for row in session.exec(select(OrderRow).where(OrderRow.portfolio_id == portfolio_id))
    }
    trades = {
        row.id: row for row in session.exec(select(TradeRow).where(TradeRow.portfolio_id == portfolio_id))
    }
    stories: dict[UUID, list[EventRow]] = defaultdict(list)
    of_orders = select(EventRow).where(EventRow.chain_id == portfolio_id, col(EventRow.order_id).is_not(None))
    for event in session.exec(of_orders.order_by(col(EventRow.sequence))):
        stories[event.order_id or portfolio_id].append(event)
    assert stories.keys() == orders.keys()
    for id, events in stories.items():
        original = orders.get(orders[id].replaces_id or id) if orders[id].replaces_id else None
        _check_story(events, orders[id], original, trades)
    told = [event.trade_id for events in stories.values() for event in events if event.trade_id]
    assert sorted(told) == sorted(trades), "a trade is told of once"


def _check_story(
    events: list[EventRow], order: OrderRow, original: OrderRow | None, trades: dict[UUID, TradeRow]
) -> None:
    filled = original.filled_quantity if original else Decimal(0)
    has_ended = False
    for event in events:
        data: dict[str, Any] = json.loads(event.data)
        assert not has_ended, f"{event.type} follows the end of {order}"
        assert data["status"] in _STATUSES[event.type]
        if event.trade_id is not None:
            assert trades[event.trade_id].order_id == order.id
            filled += trades[event.trade_id].quantity
        assert Decimal(data["filledQuantity"]) == filled
        has_ended = data["status"] in _FINAL
    assert (data["status"], filled) == (order.status, order.filled_quantity)
    assert order.quantity is None or filled <= order.quantity or order.status == "REPLACED"
    assert (order.watch, order.due_at) == (None, None) or not has_ended
