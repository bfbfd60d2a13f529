"""Answers that the OMS never gave: a plain one of each. `changes` are by the names on the wire."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from slack_client.answers import (
    HomePortfolio,
    HomePortfolioPage,
    Market,
    Member,
    MemberPortfolio,
    Order,
    OrderedPortfolio,
    Portfolio,
    PortfolioSummary,
)
from slack_client.blocks import Json
from slack_client.outcomes import (
    OrderPreview,
)
from slack_client.trade.forms import Ticket
from slack_client.trader import Trader

COUNTS = (0, 1, 30, 500)
"""How many there can be of what can grow."""
HOSTILE = (
    "<!channel> <@U123> <https://evil.example|click> &amp; *bold* _it_ ~gone~ `code` "
    "\N{ROCKET} :tada: مرحبا \N{RIGHT-TO-LEFT OVERRIDE}evil"
)
LONG = (HOSTILE * 30)[:3000]
TEXTS = {"hostile text": HOSTILE, "3,000 characters": LONG}
"""What people may write, by what it is."""
LARGEST_MONEY = "999999999999.999999"
LARGEST_BALANCE = "9199999999999.999999"
LARGEST_POSITION = "8999999999.999999999"
ADA = Trader("T0TEAM", "U0ADA", "ada")
GRACE = "slack:T0TEAM/U0GRACE"
TICKET = Ticket(
    client_order_id=str(UUID(int=1)),
    channel_id="C0TRADES",
    response_url="https://hooks.slack.com/commands/T0/1/abc",
)
_FIRST_CLOSE = datetime(2026, 11, 1, 21, tzinfo=UTC)
_NOW = "2026-11-25T15:00:00Z"


def portfolio(name: str = "Growth", cash: str = "100000", id: str = "p1") -> PortfolioSummary:
    """An active portfolio."""
    return PortfolioSummary.model_validate({"id": id, "name": name, "cash": cash, "state": "ACTIVE"})


def member_portfolio(members: Sequence[Member], name: str = "Growth") -> MemberPortfolio:
    """An active portfolio with these members."""
    listed = [member.model_dump() for member in members]
    return MemberPortfolio.model_validate({**portfolio(name).model_dump(by_alias=True), "members": listed})


def portfolio_after(name: str = "Growth", cash: str = "100000", held: str | None = "10") -> OrderedPortfolio:
    """What a portfolio has after an order."""
    position = None if held is None else {"quantity": held}
    summary = portfolio(name, cash).model_dump(by_alias=True)
    return OrderedPortfolio.model_validate({**summary, "position": position})


def order(*fills: str, source: str = "SIMULATED", name: str = "Growth", **changes: object) -> Order:
    """A market order of ada that filled whole, its fills worth so many dollars."""
    worth = sum(map(Decimal, fills), Decimal(0))
    from_quote = {"ageSeconds": "1.4", "source": source}
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
        "createdAt": _NOW,
        "expiresAt": None,
        "triggeredAt": None,
        "portfolio": {"id": "p1", "name": name},
        "trades": [{"value": value, "quote": from_quote} for value in fills],
    }
    return Order.model_validate(asked | changes)


def quote(symbol: str = "AAPL", **changes: object) -> Json:
    """A fresh simulated quote, as it is on the wire."""
    prices = {"symbol": symbol, "bid": "149.98", "ask": "150.02", "last": "150"}
    return {**prices, "ageSeconds": "1.4", "source": "SIMULATED", "stale": False, **changes}


def market(**changes: object) -> Market:
    """A market that never closes."""
    always = {"source": "SIMULATED", "isOpen": True, "nextOpen": None, "nextClose": None}
    return Market.model_validate(always | changes)


def preview(**changes: object) -> OrderPreview:
    """What ten shares would cost."""
    would = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "price": "150.02", "value": "1500.2"}
    left = {"fee": "0", "cashAfter": "98499.8", "buyingPowerAfter": "98499.8", "positionAfter": "10"}
    seen = {"fillsNow": True, "quote": quote(), "market": market()}
    return OrderPreview.model_validate({"__typename": "OrderPreview", **would, **left, **seen, **changes})


def position(symbol: str = "AAPL", **changes: object) -> Json:
    """Ten shares that cost 100 and are worth 150 each, as they are on the wire."""
    held = {"symbol": symbol, "quantity": "10", "averageCost": "100", "mark": "150", "marketValue": "1500"}
    profit = {"unrealizedPnl": "500", "realizedPnl": "0", "quote": quote(symbol)}
    return {**held, **profit, **changes}


def trade(trader: str = ADA.name, **changes: object) -> Json:
    """A trade, as it is on the wire."""
    what = {"symbol": "AAPL", "side": "BUY", "quantity": "10", "price": "150"}
    return {"trader": trader, **what, "executedAt": _NOW, **changes}


def portfolio_view(
    positions: Sequence[Json] = (), trades: Sequence[Json] = (), closes: int = 0, **changes: object
) -> Portfolio:
    """A portfolio that ada manages, with an equity of 100,000 at each close."""
    history = [
        {"at": (_FIRST_CLOSE + timedelta(days=day)).isoformat(), "equity": "100000"} for day in range(closes)
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


def home_portfolio(
    positions: Sequence[Json] = (),
    orders: Sequence[Order] = (),
    trades: Sequence[Json] = (),
    *,
    has_more_orders: bool = False,
    **changes: object,
) -> HomePortfolio:
    """A portfolio that ada manages, as App Home shows it."""
    held = [
        {name: each[name] for name in ("symbol", "quantity", "marketValue", "unrealizedPnl")}
        for each in positions
    ]
    working = {"edges": [{"node": each} for each in orders], "pageInfo": _page_info(has_more_orders)}
    summary = portfolio(cash="98500").model_dump(by_alias=True)
    return HomePortfolio.model_validate(
        {
            **summary,
            "equity": "100250.5",
            "dayChange": "250.5",
            "members": [{"trader": ADA.name, "role": "MANAGER"}],
            "positions": held,
            "orders": working,
            "trades": {"edges": [{"node": each} for each in trades]},
            **changes,
        }
    )


def home_page(*portfolios: HomePortfolio, has_more: bool = False) -> HomePortfolioPage:
    """The first portfolios of a trader, and whether there are more."""
    edges = [{"node": each} for each in portfolios]
    return HomePortfolioPage.model_validate({"edges": edges, "pageInfo": _page_info(has_more)})


def _page_info(has_next_page: bool) -> Json:
    return {"hasNextPage": has_next_page, "endCursor": None}
