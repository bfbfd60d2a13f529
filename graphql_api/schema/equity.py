"""What a portfolio was worth at each close, and what it has made since the last one."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import strawberry

from graphql_api.context import Info
from graphql_api.oms import tables
from graphql_api.schema.connections import check_first

if TYPE_CHECKING:
    from graphql_api.schema.types import Portfolio


@strawberry.type(description="What a portfolio was worth at a session's close.")
class EquityPoint:
    at: datetime = strawberry.field(description="The session's close.")
    equity: Decimal = strawberry.field(description="Net asset value: cash and net market value.")
    cash: Decimal
    flows: Decimal = strawberry.field(description="Cash moved in, less cash moved out, by then.")
    unpriced: list[str] = strawberry.field(
        description="Symbols that had no price then, which count at their cost."
    )

    @staticmethod
    def of(row: tables.EquityRow) -> "EquityPoint":
        return EquityPoint(
            at=row.at, equity=row.equity, cash=row.cash, flows=row.flows, unpriced=row.unpriced.split()
        )


def day_change(root: strawberry.Parent["Portfolio"], info: Info) -> Decimal | None:
    return info.context.snapshot.day_change(root.row)


def equity_history(root: strawberry.Parent["Portfolio"], info: Info, first: int = 30) -> list[EquityPoint]:
    check_first(first)
    return [EquityPoint.of(row) for row in info.context.snapshot.equity_history(root.row.id, first)]
