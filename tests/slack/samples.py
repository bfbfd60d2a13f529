"""Answers of the OMS to draw: a plain one of each, to be changed by the test."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from slack_client.answers import Order, OrderedPortfolio, Portfolio, PortfolioSummary
from slack_client.blocks import Json
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
        "createdAt": "2026-11-25T15:00:00Z",
        "expiresAt": None,
        "triggeredAt": None,
        "portfolio": {"id": "p1", "name": name},
        "trades": [{"value": value, "quote": quote} for value in fills],
    }
    return Order.model_validate(asked | changes)


def quote(symbol: str = "AAPL", **changes: Any) -> Json:
    """A fresh simulated quote, as it is on the wire."""
    prices = {"symbol": symbol, "bid": "149.98", "ask": "150.02", "last": "150"}
    return {**prices, "ageSeconds": "1.4", "source": "SIMULATED", "stale": False, **changes}


def position(symbol: str = "AAPL", **changes: Any) -> Json:
    """Ten shares that cost 100 and are worth 150 each, as they are on the wire."""
    held = {"symbol": symbol, "quantity": "10", "averageCost": "100", "mark": "150", "marketValue": "1500"}
    profit = {"unrealizedPnl": "500", "realizedPnl": "0", "quote": quote(symbol)}
    return {**held, **profit, **changes}


def trade(trader: str = ADA.name, **changes: Any) -> Json:
    """A trade, as it is on the wire."""
    what = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "price": "150"}
    return {"trader": trader, **what, "executedAt": "2026-11-25T15:00:00Z", **changes}


def portfolio_view(
    positions: Sequence[Json] = (), trades: Sequence[Json] = (), closes: int = 0, **changes: Any
) -> Portfolio:
    """A portfolio that ada manages, with an equity of 100,000 at each close; `changes` by wire name."""
    opened = datetime(2026, 11, 1, 21, tzinfo=UTC)
    history = [
        {"at": (opened + timedelta(days=day)).isoformat(), "equity": "100000"} for day in range(closes)
    ]
    worth = {"cash": "98500", "reserved": "100", "buyingPower": "98400", "equity": "100250.5"}
    profit = {"dayChange": "250.5", "realizedPnl": "-3", "unrealizedPnl": "500", "fees": "1.25"}
    return Portfolio.model_validate(
        {
            "id": "p1",
            "name": "Growth",
            "state": "ACTIVE",
            "account": "CASH",
            "archived": False,
            **worth,
            **profit,
            "members": [{"trader": ADA.name, "role": "MANAGER"}],
            "positions": list(positions),
            "equityHistory": history,
            "trades": {"edges": [{"node": each} for each in trades]},
            **changes,
        }
    )
