"""What an order would do now: the same rules on the same book, and nothing is saved."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection

from graphql_api.oms import money, placing
from graphql_api.oms.actor import Actor
from graphql_api.oms.book import Book
from graphql_api.oms.desk import Desk
from graphql_api.oms.placing import OrderRequest, Plan
from graphql_api.oms.portfolios import find_to_trade
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.tables import OrderRow
from graphql_api.oms.trading import Rejected, house_of, readable
from graphql_api.oms.views import View
from graphql_api.oms.words import KeyRole


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order would do now; nothing is saved. The order and the book are as they would be."""

    order: OrderRow
    plan: Plan
    book: Book

    @property
    def price(self) -> Decimal | None:
        """The price that it fills at now, else the one that it waits for; None where there is none."""
        return self.plan.meeting.price or self.order.limit_price or self.order.stop_price

    @property
    def value(self) -> Decimal | None:
        """Its quantity at that price."""
        return None if self.price is None else money.value_of(self.plan.quantity, self.price)

    @property
    def fee(self) -> Decimal:
        """What it costs now, or would at that price."""
        if self.plan.fill_quantity or self.price is None:
            return self.order.fees
        return self.book.fee_of(None, self.plan.quantity, self.price)


def preview_order(
    desk: Desk, connection: Connection, actor: Actor, view: View, request: OrderRequest
) -> Preview | Rejected:
    """What `place_order` would do with this order now. Nothing is saved. Raises Refused."""
    actor.admit(KeyRole.TRADER, KeyRole.ADMIN, KeyRole.SERVICE)
    request = readable(request)
    portfolio = find_to_trade(connection, actor, request.portfolio_id, request.portfolio)
    book = Book(connection, actor, portfolio, view)
    plan = placing.decide(book, house_of(desk), request)
    if isinstance(plan, Refusal):
        return Rejected(plan, None)
    return Preview(placing.apply(book, request, plan, actor.trader), plan, book)
