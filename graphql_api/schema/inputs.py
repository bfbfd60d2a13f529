"""What mutations and previews take, and how it is handed to the business."""

from datetime import datetime
from decimal import Decimal

import strawberry

from graphql_api.oms.portfolios import DEFAULT_INITIAL_CASH
from graphql_api.oms.trading import OrderRequest
from graphql_api.schema.enums import AccountType, KeyRole, MemberRole, OrderType, Side, TimeInForce

_ID = "A text of your own, at most 128 characters: sent again with the same content, nothing is traded twice."
_PORTFOLIO = "By id or by name; with neither, the only portfolio that you may trade."
_EXPECTED = "The price that you expect: a fill more than 2 % worse is refused with PRICE_MOVED."


@strawberry.input(description="A trade at the market. Exactly one of quantity and notional.")
class ExecuteTradeInput:
    portfolio_id: strawberry.ID | None = strawberry.field(default=None, description=_PORTFOLIO)
    portfolio: str | None = None
    client_order_id: str | None = strawberry.field(default=None, description=_ID)
    symbol: str
    side: Side
    quantity: Decimal | None = strawberry.field(default=None, description="Shares, at most 9 decimals.")
    notional: Decimal | None = strawberry.field(default=None, description="Amount of money, at least 1.00.")
    expected_price: Decimal | None = strawberry.field(default=None, description=_EXPECTED)
    note: str | None = strawberry.field(default=None, description="At most 3,000 characters.")


@strawberry.input(description="An order to preview. Exactly one of quantity and notional.")
class PlaceOrderInput:
    portfolio_id: strawberry.ID | None = strawberry.field(default=None, description=_PORTFOLIO)
    portfolio: str | None = None
    client_order_id: str | None = strawberry.field(default=None, description=_ID)
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce = TimeInForce.DAY
    quantity: Decimal | None = strawberry.field(default=None, description="Shares, at most 9 decimals.")
    notional: Decimal | None = strawberry.field(default=None, description="Amount of money, at least 1.00.")
    expected_price: Decimal | None = strawberry.field(default=None, description=_EXPECTED)
    note: str | None = strawberry.field(default=None, description="At most 3,000 characters.")


def order_request(input: ExecuteTradeInput | PlaceOrderInput) -> OrderRequest:
    """What is asked, in the business's terms."""
    return OrderRequest(
        symbol=input.symbol,
        side=input.side,
        quantity=input.quantity,
        notional=input.notional,
        portfolio_id=input.portfolio_id,
        portfolio=input.portfolio,
        client_order_id=input.client_order_id,
        expected_price=input.expected_price,
        note=input.note,
    )


@strawberry.input(description="A trader and their place in a portfolio.")
class MemberInput:
    trader: str = strawberry.field(description="Such as key:desk-3 or slack:T024BE7LF/U024BE7LH.")
    role: MemberRole


@strawberry.input(description="A new portfolio.")
class CreatePortfolioInput:
    name: str = strawberry.field(description="Unique in the workspace, at most 80 characters.")
    initial_cash: Decimal = DEFAULT_INITIAL_CASH
    account: AccountType = AccountType.CASH
    members: list[MemberInput] | None = None


@strawberry.input(description="Cash to move: a flow, neither profit nor loss.")
class TransferCashInput:
    portfolio_id: strawberry.ID
    amount: Decimal = strawberry.field(description="Above 0 deposits, below 0 withdraws.")
    note: str | None = None


@strawberry.input(description="A new API key.")
class CreateApiKeyInput:
    name: str = strawberry.field(
        description="Orders given with the key are by key:name. Two keys may share one, to rotate them."
    )
    role: KeyRole
    expires_at: datetime | None = None
