"""What mutations and previews take, and how it is handed to the business."""

from datetime import datetime
from decimal import Decimal
from typing import cast

import strawberry

from graphql_api.oms.fills import Terms
from graphql_api.oms.managing import PortfolioChange
from graphql_api.oms.placing import OrderRequest
from graphql_api.oms.portfolios import DEFAULT_INITIAL_CASH, Member
from graphql_api.oms.publishing import NewQuote
from graphql_api.oms.trading import Change
from graphql_api.schema.enums import (
    AccountType,
    KeyRole,
    MemberRole,
    OrderType,
    PortfolioState,
    Side,
    TimeInForce,
)
from graphql_api.schema.rules import PortfolioRulesInput, given, rules_change

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


@strawberry.input(description="One trade of a basket. Exactly one of quantity and notional.")
class BasketTradeInput:
    client_order_id: str | None = strawberry.field(default=None, description=_ID)
    symbol: str
    side: Side
    quantity: Decimal | None = strawberry.field(default=None, description="Shares, at most 9 decimals.")
    notional: Decimal | None = strawberry.field(default=None, description="Amount of money, at least 1.00.")
    expected_price: Decimal | None = strawberry.field(default=None, description=_EXPECTED)
    note: str | None = strawberry.field(default=None, description="At most 3,000 characters.")


@strawberry.input(description="A basket of at most 100 trades at the market, in one portfolio, in order.")
class ExecuteTradesInput:
    portfolio_id: strawberry.ID | None = strawberry.field(default=None, description=_PORTFOLIO)
    portfolio: str | None = None
    trades: list[BasketTradeInput]
    atomic: bool = strawberry.field(default=False, description="All or none: the first refusal refuses all.")


@strawberry.input(description="An order of any type. Exactly one of quantity and notional.")
class PlaceOrderInput:
    portfolio_id: strawberry.ID | None = strawberry.field(default=None, description=_PORTFOLIO)
    portfolio: str | None = None
    client_order_id: str | None = strawberry.field(default=None, description=_ID)
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce = TimeInForce.DAY
    quantity: Decimal | None = strawberry.field(default=None, description="Shares, at most 9 decimals.")
    notional: Decimal | None = strawberry.field(
        default=None, description="Amount of money, at least 1.00, for a MARKET or LIMIT order of the DAY."
    )
    limit_price: Decimal | None = strawberry.field(default=None, description="Of LIMIT and STOP_LIMIT.")
    stop_price: Decimal | None = strawberry.field(default=None, description="Of STOP and STOP_LIMIT.")
    expected_price: Decimal | None = strawberry.field(default=None, description=_EXPECTED)
    note: str | None = strawberry.field(default=None, description="At most 3,000 characters.")


@strawberry.input(description="Changes of a working order; what is left out stays as it is.")
class ReplaceOrderInput:
    order_id: strawberry.ID
    client_order_id: str | None = strawberry.field(default=None, description=_ID)
    quantity: Decimal | None = strawberry.field(
        default=None, description="In all, with what has filled; not above that ends the order FILLED."
    )
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


@strawberry.input(description="A working order to cancel.")
class CancelOrderInput:
    order_id: strawberry.ID


@strawberry.input(description="A quote to publish. A side that is left out is not quoted.")
class QuoteInput:
    symbol: str
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    at: datetime | None = strawberry.field(
        default=None, description="Its own time, not newer than the clock; left out, it is the clock's."
    )


@strawberry.input(
    description="Quotes and the clock of the manual market. Without quotes the clock moves alone."
)
class PublishQuotesInput:
    at: datetime | None = strawberry.field(default=None, description="The new time; it never goes back.")
    quotes: list[QuoteInput]
    official_close: bool = strawberry.field(
        default=False,
        description="Each last is its symbol's official close of the session that ends at this time.",
    )


def trade_request(input: ExecuteTradeInput) -> OrderRequest:
    """What is asked of executeTrade, in the business's terms."""
    return _market_order(input, input.portfolio_id, input.portfolio)


def basket_requests(input: ExecuteTradesInput) -> list[OrderRequest]:
    """What is asked of executeTrades, in the business's terms."""
    return [_market_order(trade, input.portfolio_id, input.portfolio) for trade in input.trades]


def _market_order(
    input: ExecuteTradeInput | BasketTradeInput, portfolio_id: str | None, portfolio: str | None
) -> OrderRequest:
    return OrderRequest(
        Terms(input.symbol, input.side, OrderType.MARKET, TimeInForce.IOC, input.quantity, input.notional),
        is_now=True,
        portfolio_id=portfolio_id,
        portfolio=portfolio,
        client_order_id=input.client_order_id,
        expected_price=input.expected_price,
        note=input.note,
    )


def order_request(input: PlaceOrderInput) -> OrderRequest:
    """What is asked of placeOrder, in the business's terms."""
    return OrderRequest(
        Terms(
            input.symbol,
            input.side,
            input.type,
            input.time_in_force,
            input.quantity,
            input.notional,
            input.limit_price,
            input.stop_price,
        ),
        portfolio_id=input.portfolio_id,
        portfolio=input.portfolio,
        client_order_id=input.client_order_id,
        expected_price=input.expected_price,
        note=input.note,
    )


def order_change(input: ReplaceOrderInput) -> Change:
    """What is asked to change in an order, in the business's terms."""
    return Change(input.order_id, input.client_order_id, input.quantity, input.limit_price, input.stop_price)


def new_quotes(input: PublishQuotesInput) -> list[NewQuote]:
    """What is published, in the business's terms."""
    return [
        NewQuote(quote.symbol, quote.bid, quote.ask, quote.last, quote.bid_size, quote.ask_size, quote.at)
        for quote in input.quotes
    ]


@strawberry.input(description="A trader and their place in a portfolio.")
class MemberInput:
    trader: str = strawberry.field(description="Such as key:desk-3 or slack:T024BE7LF/U024BE7LH.")
    role: MemberRole


@strawberry.input(description="A new portfolio.")
class CreatePortfolioInput:
    name: str = strawberry.field(description="Unique in the workspace, at most 80 characters.")
    initial_cash: Decimal = DEFAULT_INITIAL_CASH
    account: AccountType = AccountType.CASH
    rules: PortfolioRulesInput | None = None
    members: list[MemberInput] | None = None


@strawberry.input(description="Changes of a portfolio: what is absent stays as it is.")
class UpdatePortfolioInput:
    portfolio_id: strawberry.ID
    name: str | None = strawberry.UNSET
    state: PortfolioState | None = strawberry.UNSET
    rules: PortfolioRulesInput | None = strawberry.field(
        default=strawberry.UNSET, description="Null is all rules at their defaults."
    )
    members: list[MemberInput] | None = strawberry.field(
        default=strawberry.UNSET, description="The whole list: who is not in it is a member no more."
    )
    archived: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="An archived portfolio takes no orders and is left out of lists.",
    )


def members_of(given_members: list[MemberInput] | None) -> list[Member]:
    """The members in the business's terms; none where the field was left out."""
    return [Member(member.trader, member.role) for member in given_members or ()]


def portfolio_change(input: UpdatePortfolioInput) -> PortfolioChange:
    """What is asked to change, in the business's terms."""
    change = given(input)
    del change["portfolio_id"]
    if "rules" in change:
        change["rules"] = rules_change(change["rules"])
    if change.get("members") is not None:
        change["members"] = members_of(change["members"])
    return cast("PortfolioChange", change)


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
    role: KeyRole = strawberry.field(
        description="Any but INSTALLER, which only `slackoms keys create` makes."
    )
    expires_at: datetime | None = None


@strawberry.input(description="A workspace for a team that a bot is installed into.")
class CreateWorkspaceInput:
    name: str = strawberry.field(
        description="At most 80 characters, such as slack:T024BE7LF. One that this installer made before "
        "gets another key."
    )
    key_name: str = strawberry.field(description="The name of its SERVICE key, at most 80 characters.")
