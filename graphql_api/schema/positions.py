"""Positions and members of a portfolio as GraphQL shows them."""

from decimal import Decimal

import strawberry

from graphql_api.context import Info
from graphql_api.oms import tables
from graphql_api.oms.accounting import Holding, market_value
from graphql_api.schema.enums import MemberRole
from graphql_api.schema.markets import Quote, quote_now


@strawberry.type(description="A trader's place in a portfolio.")
class Member:
    trader: str
    role: MemberRole


@strawberry.type(description="What a portfolio holds of one symbol, at average cost.")
class Position:
    symbol: str
    quantity: Decimal = strawberry.field(description="Shares.")
    average_cost: Decimal = strawberry.field(description="Cost a share, to 6 decimals; 0 when flat.")
    cost_basis: Decimal = strawberry.field(description="What the shares held cost, without fees.")
    realized_pnl: Decimal = strawberry.field(description="Profit and loss of the shares sold, before fees.")
    holding: strawberry.Private[Holding]

    @staticmethod
    def of(symbol: str, holding: Holding) -> "Position":
        return Position(
            symbol=symbol,
            quantity=holding.quantity,
            average_cost=holding.average_cost,
            cost_basis=holding.cost,
            realized_pnl=holding.realized_pnl,
            holding=holding,
        )

    @staticmethod
    def of_row(row: tables.PositionRow) -> "Position":
        return Position.of(row.symbol, row.holding)

    @strawberry.field(description="The price it is valued at: last, else the middle of bid and ask.")
    def mark(self, info: Info) -> Decimal | None:
        return info.context.snapshot.mark(self.symbol)

    @strawberry.field(description="Quantity at the mark; null without a mark.")
    def market_value(self, info: Info) -> Decimal | None:
        mark = info.context.snapshot.mark(self.symbol)
        return None if mark is None else market_value(self.holding, mark)

    @strawberry.field(description="Market value less cost basis; null without a mark.")
    def unrealized_pnl(self, info: Info) -> Decimal | None:
        mark = info.context.snapshot.mark(self.symbol)
        return None if mark is None else market_value(self.holding, mark) - self.cost_basis

    @strawberry.field(description="The symbol's quote now.")
    def quote(self, info: Info) -> Quote | None:
        return quote_now(info, self.symbol)
