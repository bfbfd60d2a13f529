"""What mutations and previews answer: done, or refused with a code, a field and a sentence."""

from decimal import Decimal
from typing import Annotated

import strawberry
from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode

from graphql_api.context import Info
from graphql_api.oms import trading
from graphql_api.oms.accounting import Holding
from graphql_api.oms.previewing import Preview
from graphql_api.oms.refusals import Refused
from graphql_api.oms.tables import TradeRow
from graphql_api.oms.texts import read_symbol
from graphql_api.schema.enums import AccountType, RejectionCode, Side
from graphql_api.schema.keys import ApiKey
from graphql_api.schema.markets import Market, Quote
from graphql_api.schema.positions import Position
from graphql_api.schema.types import Order, Portfolio, Trade


@strawberry.type(
    description="Asked for and refused. rejectedOrder keeps it, and is null where nothing was kept."
)
class OrderRejected:
    code: RejectionCode
    field: str = strawberry.field(description="The input field to change.")
    message: str = strawberry.field(description="What happened and what to do next.")
    rejected_order: Order | None

    @staticmethod
    def of(rejected: trading.Rejected) -> "OrderRejected":
        return OrderRejected(
            code=rejected.refusal.code,
            field=rejected.refusal.field,
            message=rejected.refusal.message,
            rejected_order=None if rejected.order is None else Order.of(rejected.order),
        )


@strawberry.type(description="Refused; nothing has changed.")
class InputRejected:
    code: RejectionCode
    field: str = strawberry.field(description="The input field to change.")
    message: str = strawberry.field(description="What happened and what to do next.")


@strawberry.type(description="Filled.")
class TradeExecuted:
    order: Order
    trades: list[Trade]
    duplicate: bool = strawberry.field(
        description="The clientOrderId was sent before: this is the first order, nothing was traded again."
    )

    after: strawberry.Private[trading.After | None]
    """What the trade left, where that answers everything; else portfolio and position are read together."""

    @staticmethod
    def of(info: Info, executed: trading.Placed) -> "TradeExecuted":
        nodes = info._raw_info.field_nodes
        after = executed.after
        is_enough = (
            after and after.portfolio.account is AccountType.CASH and all(map(_needs_no_snapshot, nodes))
        )
        return TradeExecuted(
            order=Order.of(executed.order),
            trades=[Trade.of(row) for row in executed.trades],
            duplicate=executed.duplicate,
            after=after if is_enough else None,
        )

    @strawberry.field(description="The portfolio after the trade.")
    def portfolio(self, info: Info) -> Portfolio:
        if self.after is not None:
            return Portfolio.of(self.after.portfolio)
        return Portfolio.find(info, self.order.row.portfolio_id)

    @strawberry.field(description="The position after the trade.")
    def position(self, info: Info) -> Position:
        order = self.order.row
        if self.after is not None:
            return Position.of(order.symbol, self.after.holding)
        row = info.context.snapshot.position(order.portfolio_id, order.symbol)
        return Position.of(order.symbol, Holding()) if row is None else Position.of_row(row)


@strawberry.type(description="What an order would do now. Nothing is saved.")
class OrderPreview:
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    value: Decimal | None
    fee: Decimal
    cash_after: Decimal
    buying_power_after: Decimal
    position_after: Decimal = strawberry.field(description="Shares held afterwards.")
    fills_now: bool
    quote: Quote | None

    @staticmethod
    def of(info: Info, preview: Preview) -> "OrderPreview":
        quote = preview.plan.quote
        return OrderPreview(
            symbol=preview.order.symbol,
            side=preview.order.side,
            quantity=preview.plan.quantity,
            price=preview.price,
            value=preview.value,
            fee=preview.fee,
            cash_after=preview.book.portfolio.cash,
            buying_power_after=preview.book.buying_power(),
            position_after=preview.book.holding(preview.order.symbol).quantity,
            fills_now=preview.plan.fill_quantity > 0,
            quote=Quote.now(info, quote),
        )

    @strawberry.field(description="The market and its clock.")
    def market(self, info: Info) -> Market:
        return Market.of(info)


@strawberry.type(description="Taken: filled, working, or ended at once; its status says which.")
class OrderPlaced:
    order: Order
    duplicate: bool = strawberry.field(
        description="The clientOrderId was sent before: this is the first order, nothing was done again."
    )

    @staticmethod
    def of(placed: trading.Placed) -> "OrderPlaced":
        return OrderPlaced(order=Order.of(placed.order), duplicate=placed.duplicate)

    @strawberry.field(description="The portfolio after it.")
    def portfolio(self, info: Info) -> Portfolio:
        return Portfolio.find(info, self.order.row.portfolio_id)


@strawberry.type(
    description="Replaced: `order` works in the place of `replaced` and carries on what that filled."
)
class OrderReplaced:
    order: Order
    replaced: Order
    duplicate: bool


@strawberry.type(description="Canceled; what had filled stays.")
class OrderCanceled:
    order: Order


ExecuteTradeResult = Annotated[TradeExecuted | OrderRejected, strawberry.union("ExecuteTradeResult")]


@strawberry.type(description="One answer a trade of the basket, in order.")
class ExecuteTradesResult:
    results: list[ExecuteTradeResult]


@strawberry.type(description="Published, and met by resting orders.")
class QuotesPublished:
    market: Market
    quotes: list[Quote]
    trades: list[Trade] = strawberry.field(description="The fills of resting orders that it made.")

    @staticmethod
    def of(info: Info, trades: list[TradeRow], symbols: list[str]) -> "QuotesPublished":
        wanted = [symbol for symbol in map(read_symbol, symbols) if symbol is not None]
        quotes = info.context.snapshot.quotes(wanted)
        return QuotesPublished(
            market=Market.of(info),
            quotes=[Quote.now(info, quote) for quote in quotes],
            trades=[Trade.of(row) for row in trades],
        )


@strawberry.type
class PortfolioCreated:
    portfolio: Portfolio


@strawberry.type
class PortfolioUpdated:
    portfolio: Portfolio


@strawberry.type
class CashTransferred:
    portfolio: Portfolio


@strawberry.type
class ApiKeyCreated:
    key: ApiKey
    secret: str = strawberry.field(description="The key itself. It is shown this once and not stored.")


@strawberry.type(description="The workspace is there, and has this new SERVICE key.")
class WorkspaceCreated:
    workspace: str = strawberry.field(description="Its name.")
    key: ApiKey
    secret: str = strawberry.field(description="The key itself. It is shown this once and not stored.")


@strawberry.type
class ApiKeyRevoked:
    key: ApiKey


PlaceOrderResult = Annotated[OrderPlaced | OrderRejected, strawberry.union("PlaceOrderResult")]
ReplaceOrderResult = Annotated[OrderReplaced | OrderRejected, strawberry.union("ReplaceOrderResult")]
CancelOrderResult = Annotated[OrderCanceled | OrderRejected, strawberry.union("CancelOrderResult")]
PublishQuotesResult = Annotated[QuotesPublished | InputRejected, strawberry.union("PublishQuotesResult")]
PreviewOrderResult = Annotated[OrderPreview | OrderRejected, strawberry.union("PreviewOrderResult")]
CreatePortfolioResult = Annotated[PortfolioCreated | InputRejected, strawberry.union("CreatePortfolioResult")]
UpdatePortfolioResult = Annotated[PortfolioUpdated | InputRejected, strawberry.union("UpdatePortfolioResult")]
TransferCashResult = Annotated[CashTransferred | InputRejected, strawberry.union("TransferCashResult")]
CreateApiKeyResult = Annotated[ApiKeyCreated | InputRejected, strawberry.union("CreateApiKeyResult")]
CreateWorkspaceResult = Annotated[WorkspaceCreated | InputRejected, strawberry.union("CreateWorkspaceResult")]
RevokeApiKeyResult = Annotated[ApiKeyRevoked | InputRejected, strawberry.union("RevokeApiKeyResult")]


def trade_result(info: Info, outcome: trading.Placed | trading.Rejected) -> TradeExecuted | OrderRejected:
    """What executeTrade answers."""
    if isinstance(outcome, trading.Rejected):
        return OrderRejected.of(outcome)
    return TradeExecuted.of(info, outcome)


def _needs_no_snapshot(node: FieldNode | InlineFragmentNode) -> bool:
    """Whether of the portfolio only fields are asked for that its row holds. A named fragment is not
    looked into."""
    for selection in node.selection_set.selections if node.selection_set else ():
        if isinstance(selection, FragmentSpreadNode):
            return False
        if isinstance(selection, InlineFragmentNode):
            if not _needs_no_snapshot(selection):
                return False
        elif isinstance(selection, FieldNode) and selection.name.value == "portfolio":
            asked = selection.selection_set.selections if selection.selection_set else ()
            if not all(isinstance(each, FieldNode) and each.name.value in Portfolio.STORED for each in asked):
                return False
    return True


class RefusedOrder(strawberry.ExceptionHandler[Refused, OrderRejected]):
    """A refusal of an order that keeps nothing, as a member of the order's union."""

    def handle(self, exception: Refused, **_: object) -> OrderRejected:
        refusal = exception.refusal
        return OrderRejected(
            code=refusal.code, field=refusal.field, message=refusal.message, rejected_order=None
        )


class RefusedInput(strawberry.ExceptionHandler[Refused, InputRejected]):
    """A refusal of anything else, as a member of its union."""

    def handle(self, exception: Refused, **_: object) -> InputRejected:
        refusal = exception.refusal
        return InputRejected(code=refusal.code, field=refusal.field, message=refusal.message)
