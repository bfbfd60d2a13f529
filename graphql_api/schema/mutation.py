"""What can be done. Each mutation is one use case and one transaction; what it answers is read afterwards."""

import strawberry

from graphql_api.context import Info
from graphql_api.oms import keys, portfolios, trading
from graphql_api.schema.inputs import (
    CreateApiKeyInput,
    CreatePortfolioInput,
    ExecuteTradeInput,
    TransferCashInput,
    order_request,
)
from graphql_api.schema.keys import ApiKey
from graphql_api.schema.results import (
    ApiKeyCreated,
    ApiKeyRevoked,
    CashTransferred,
    CreateApiKeyResult,
    CreatePortfolioResult,
    ExecuteTradeResult,
    OrderRejected,
    PortfolioCreated,
    RevokeApiKeyResult,
    TradeExecuted,
    TransferCashResult,
)
from graphql_api.schema.types import Portfolio


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Trade at the market, now or not at all.")
    def execute_trade(self, info: Info, input: ExecuteTradeInput) -> ExecuteTradeResult:
        context = info.context
        context.close()
        outcome = trading.execute_trade(context.desk, context.actor, order_request(input))
        if isinstance(outcome, trading.Rejected):
            return OrderRejected.of(outcome)
        return TradeExecuted.of(info, outcome)

    @strawberry.mutation(description="Make a portfolio.")
    def create_portfolio(self, info: Info, input: CreatePortfolioInput) -> CreatePortfolioResult:
        context = info.context
        context.close()
        members = [portfolios.Member(member.trader, member.role) for member in input.members or ()]
        id = portfolios.create_portfolio(
            context.desk, context.actor, input.name, input.initial_cash, members, input.account
        )
        return PortfolioCreated(portfolio=Portfolio.find(info, id))

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

    @strawberry.mutation(description="Revoke an API key. ADMIN keys only.")
    def revoke_api_key(self, info: Info, id: strawberry.ID) -> RevokeApiKeyResult:
        context = info.context
        context.close()
        row = keys.revoke_key(context.desk.database, context.actor, id)
        context.door.forget(row)
        return ApiKeyRevoked(key=ApiKey.of(row))
