"""Answers of the OMS to draw: a plain one of each, to be changed by the test."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from slack_client.answers import Order, OrderedPortfolio, PortfolioSummary
from slack_client.forms import Ticket
from slack_client.trader import Trader

TICKET = Ticket(
    client_order_id=str(uuid4()),
    channel_id="C0TRADES",
    response_url="https://hooks.slack.com/commands/T0/1/abc",
)
ADA = Trader("T0TEAM", "U0ADA", "ada")
LONG = "<&>*_~`" * 1000


def portfolio(name: str = "Growth", cash: str = "100000", id: str = "p1") -> PortfolioSummary:
    """An active portfolio."""
    return PortfolioSummary.model_validate({"id": id, "name": name, "cash": cash, "state": "ACTIVE"})


def portfolio_after(name: str = "Growth", cash: str = "100000", held: str | None = "10") -> OrderedPortfolio:
    """What a portfolio has after an order."""
    position = None if held is None else {"quantity": held}
    summary = portfolio(name, cash).model_dump(by_alias=True)
    return OrderedPortfolio.model_validate({**summary, "position": position})


def order(*fills: str, source: str = "SIMULATED", name: str = "Growth", **changes: Any) -> Order:
    """A market order of ada that filled whole, its fills worth so many dollars; `changes` by wire name."""
    worth = sum(map(Decimal, fills), Decimal(0))
    quote = {"ageSeconds": "1.4", "source": source}
    asked = {
        "id": "0198-order",
        "clientOrderId": "0198-client",
        "trader": ADA.name,
        "symbol": "AAPL",
        "side": "BUY",
        "type": "MARKET",
        "timeInForce": "DAY",
        "quantity": "10",
        "notional": None,
        "limitPrice": None,
        "stopPrice": None,
        "note": None,
        "status": "FILLED",
        "filledQuantity": "10" if fills else "0",
        "averagePrice": f"{worth / 10:f}" if fills else None,
        "fees": "0",
        "reason": None,
        "message": None,
        "expiresAt": None,
        "triggeredAt": None,
        "portfolio": {"id": "p1", "name": name},
        "trades": [{"value": value, "quote": quote} for value in fills],
    }
    return Order.model_validate(asked | changes)
