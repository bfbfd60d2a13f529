"""Requests as the use cases take them, for tests that do not go through GraphQL."""

from decimal import Decimal

from graphql_api.oms.fills import Terms
from graphql_api.oms.placing import OrderRequest
from graphql_api.oms.words import OrderType, Side, TimeInForce


def trade_now(
    symbol: str,
    side: Side,
    quantity: Decimal | None = None,
    notional: Decimal | None = None,
    portfolio: str | None = None,
    portfolio_id: str | None = None,
) -> OrderRequest:
    """What executeTrade asks for."""
    terms = Terms(symbol, side, OrderType.MARKET, TimeInForce.IOC, quantity, notional)
    return OrderRequest(terms, is_now=True, portfolio=portfolio, portfolio_id=portfolio_id)
