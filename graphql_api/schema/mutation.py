"""What can be done. Each mutation is one use case and one transaction; what it answers is read afterwards."""

import strawberry

from graphql_api.context import Info
from graphql_api.oms import installing, keys, managing, portfolios, publishing, trading
from graphql_api.oms.refusals import Refused
from graphql_api.schema.inputs import (
    CancelOrderInput,
    CreateApiKeyInput,
    CreatePortfolioInput,
    CreateWorkspaceInput,
    ExecuteTradeInput,
    ExecuteTradesInput,
    PlaceOrderInput,
    PublishQuotesInput,
    ReplaceOrderInput,
    TransferCashInput,
    UpdatePortfolioInput,
    basket_requests,
    members_of,
    new_quotes,
    order_change,
    order_request,
    portfolio_change,
    trade_request,
)
from graphql_api.schema.keys import ApiKey
from graphql_api.schema.results import (
    ApiKeyCreated,
    ApiKeyRevoked,
    CancelOrderResult,
    CashTransferred,
    CreateApiKeyResult,
    CreatePortfolioResult,
    CreateWorkspaceResult,
    ExecuteTradeResult,
    ExecuteTradesResult,
    OrderCanceled,
    OrderPlaced,
    OrderRejected,
    OrderReplaced,
    PlaceOrderResult,
    PortfolioCreated,
    PortfolioUpdated,
    PublishQuotesResult,
    QuotesPublished,
    ReplaceOrderResult,
    RevokeApiKeyResult,
    TransferCashResult,
    UpdatePortfolioResult,
    WorkspaceCreated,
    trade_result,
)
from graphql_api.schema.rules import rules_change
from graphql_api.schema.scalars import bad_input
from graphql_api.schema.types import Order, Portfolio


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Trade at the market, now or not at all.")
    def execute_trade(self, info: Info, input: ExecuteTradeInput) -> ExecuteTradeResult:
        context = info.context
        context.close()
        outcome = trading.place_order(context.desk, context.actor, trade_request(input))
        return trade_result(info, outcome)

    @strawberry.mutation(
        description="A basket of trades at the market, in order, in one portfolio: one answer a trade."
    )
    def execute_trades(self, info: Info, input: ExecuteTradesInput) -> ExecuteTradesResult:
        context = info.context
        context.close()
        if len(input.trades) > trading.MAX_BASKET:
            raise bad_input(f"a basket has at most {trading.MAX_BASKET} trades", "trades")
        try:
            outcomes = trading.execute_trades(
                context.desk, context.actor, basket_requests(input), atomic=input.atomic
            )
        except Refused as refused:
            outcomes = [trading.Rejected(refused.refusal, None) for _ in input.trades]
        return ExecuteTradesResult(results=[trade_result(info, outcome) for outcome in outcomes])

    @strawberry.mutation(description="Place an order of any type and time in force; it may rest.")
    def place_order(self, info: Info, input: PlaceOrderInput) -> PlaceOrderResult:
        context = info.context
        context.close()
        outcome = trading.place_order(context.desk, context.actor, order_request(input))
        if isinstance(outcome, trading.Rejected):
            return OrderRejected.of(outcome)
        return OrderPlaced.of(outcome)

    @strawberry.mutation(
        description="Put a new order in the place of a working one. A refused one leaves that working."
    )
    def replace_order(self, info: Info, input: ReplaceOrderInput) -> ReplaceOrderResult:
        context = info.context
        context.close()
        outcome = trading.replace_order(context.desk, context.actor, order_change(input))
        if isinstance(outcome, trading.Rejected):
            return OrderRejected.of(outcome)
        return OrderReplaced(
            order=Order.of(outcome.order),
            replaced=Order.of(outcome.replaced),
            duplicate=outcome.duplicate,
        )

    @strawberry.mutation(description="Cancel a working order; what has filled stays.")
    def cancel_order(self, info: Info, input: CancelOrderInput) -> CancelOrderResult:
        context = info.context
        context.close()
        row = trading.cancel_order(context.desk, context.actor, input.order_id)
        return OrderCanceled(order=Order.of(row))

    @strawberry.mutation(
        description="Publish quotes of the manual market and move its clock. ADMIN keys only. It answers "
        "when resting orders have met the quotes."
    )
    def publish_quotes(self, info: Info, input: PublishQuotesInput) -> PublishQuotesResult:
        context = info.context
        context.close()
        trades = publishing.publish_quotes(
            context.desk, context.actor, input.at, new_quotes(input), official_close=input.official_close
        )
        return QuotesPublished.of(info, trades, [quote.symbol for quote in input.quotes])

    @strawberry.mutation(description="Make a portfolio.")
    def create_portfolio(self, info: Info, input: CreatePortfolioInput) -> CreatePortfolioResult:
        context = info.context
        context.close()
        id = portfolios.create_portfolio(
            context.desk,
            context.actor,
            input.name,
            input.initial_cash,
            members_of(input.members),
            input.account,
            rules_change(input.rules),
        )
        return PortfolioCreated(portfolio=Portfolio.find(info, id))

    @strawberry.mutation(
        description="Change a portfolio's name, state, rules or members, or archive it. Absent is unchanged."
    )
    def update_portfolio(self, info: Info, input: UpdatePortfolioInput) -> UpdatePortfolioResult:
        context = info.context
        context.close()
        id = managing.update_portfolio(
            context.desk, context.actor, input.portfolio_id, portfolio_change(input)
        )
        return PortfolioUpdated(portfolio=Portfolio.of(info.context.snapshot.changed_portfolio(id)))

    @strawberry.mutation(description="Move cash into a portfolio or out of it. ADMIN keys only.")
    def transfer_cash(self, info: Info, input: TransferCashInput) -> TransferCashResult:
        context = info.context
        context.close()
        id = portfolios.transfer_cash(
            context.desk, context.actor, input.portfolio_id, input.amount, input.note
        )
        return CashTransferred(portfolio=Portfolio.find(info, id))

    @strawberry.mutation(description="Make an API key. ADMIN keys only; the secret is shown this once.")
    def create_api_key(self, info: Info, input: CreateApiKeyInput) -> CreateApiKeyResult:
        context = info.context
        context.close()
        made = keys.create_key(context.desk.database, context.actor, input.name, input.role, input.expires_at)
        return ApiKeyCreated(key=ApiKey.of(made.row), secret=made.secret)

    @strawberry.mutation(
        description="Make a workspace and a SERVICE key in it, as when a bot is installed into a new team. "
        "INSTALLER keys only; the secret is shown this once."
    )
    def create_workspace(self, info: Info, input: CreateWorkspaceInput) -> CreateWorkspaceResult:
        context = info.context
        context.close()
        made = installing.install_workspace(context.desk.database, context.actor, input.name, input.key_name)
        return WorkspaceCreated(workspace=made.workspace, key=ApiKey.of(made.key.row), secret=made.key.secret)

    @strawberry.mutation(
        description="Revoke an API key: of its workspace by an ADMIN key, of a workspace that it made by an "
        "INSTALLER key."
    )
    def revoke_api_key(self, info: Info, id: strawberry.ID) -> RevokeApiKeyResult:
        context = info.context
        context.close()
        row = keys.revoke_key(context.desk.database, context.actor, id)
        context.door.forget(row)
        return ApiKeyRevoked(key=ApiKey.of(row))
