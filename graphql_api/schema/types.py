"""Portfolios, orders, trades and events as GraphQL shows them: rows, translated."""

import json
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from graphql_api.context import Info
from graphql_api.market import quotes
from graphql_api.oms import tables
from graphql_api.oms.events import event_id
from graphql_api.oms.ids import to_text
from graphql_api.oms.rules import read_rules
from graphql_api.oms.texts import read_symbol
from graphql_api.schema.connections import Connection, check_first, page, read_number, write_cursor
from graphql_api.schema.enums import (
    AccountType,
    OrderStatus,
    OrderType,
    PortfolioState,
    RejectionCode,
    Side,
    TimeInForce,
)
from graphql_api.schema.equity import EquityPoint, day_change, equity_history
from graphql_api.schema.markets import Quote
from graphql_api.schema.positions import Member, Position
from graphql_api.schema.rules import PortfolioRules


@strawberry.type(description="One fill of an order, with the quote that it was made from.")
class Trade:
    id: strawberry.ID
    trader: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    value: Decimal = strawberry.field(description="Quantity at the price.")
    fee: Decimal
    realized_pnl: Decimal = strawberry.field(description="Profit and loss that it realized, before fees.")
    executed_at: datetime
    row: strawberry.Private[tables.TradeRow]

    @staticmethod
    def of(row: tables.TradeRow) -> "Trade":
        return Trade(
            id=strawberry.ID(to_text(row.portfolio_id, row.id)),
            trader=row.trader,
            symbol=row.symbol,
            side=row.side,
            quantity=row.quantity,
            price=row.price,
            value=row.value,
            fee=row.fee,
            realized_pnl=row.realized_pnl,
            executed_at=row.executed_at,
            row=row,
        )

    @strawberry.field(description="The order that it filled.")
    def order(self, info: Info) -> "Order":
        return Order.find(info, self.row.portfolio_id, self.row.order_id)

    @strawberry.field(description="The portfolio that traded.")
    def portfolio(self, info: Info) -> "Portfolio":
        return Portfolio.find(info, self.row.portfolio_id)

    @strawberry.field(description="The quote that the price was made from, as it was then.")
    def quote(self, info: Info) -> Quote:
        row = self.row
        then = quotes.Quote(
            row.symbol,
            row.quote_bid,
            row.quote_ask,
            row.quote_last,
            row.quote_bid_size,
            row.quote_ask_size,
            row.quote_at,
            row.quote_source,
        )
        return Quote.of(then, row.executed_at, info.context.desk.max_quote_age)


@strawberry.type(description="What was asked, and what became of it.")
class Order:
    id: strawberry.ID
    client_order_id: str = strawberry.field(
        description="The client's own id; sent again with the same content it answers with the same order."
    )
    trader: str = strawberry.field(description="Who gave the order.")
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal | None = strawberry.field(
        description="Shares; of an order by notional, what it came to."
    )
    notional: Decimal | None = strawberry.field(description="Amount of money, where asked by that.")
    limit_price: Decimal | None
    stop_price: Decimal | None
    expected_price: Decimal | None
    note: str | None
    status: OrderStatus
    filled_quantity: Decimal
    leaves_quantity: Decimal = strawberry.field(description="Shares still to fill; 0 when final.")
    average_price: Decimal | None = strawberry.field(description="Average price of its fills.")
    fees: Decimal
    reason: RejectionCode | None = strawberry.field(
        description="Why it was refused, ended, or is held back from filling."
    )
    message: str | None = strawberry.field(description="The same in a sentence.")
    created_at: datetime
    updated_at: datetime
    triggered_at: datetime | None = strawberry.field(description="When its stop price was reached.")
    expires_at: datetime | None = strawberry.field(description="When it ends if it has not filled by then.")
    row: strawberry.Private[tables.OrderRow]

    @staticmethod
    def of(row: tables.OrderRow) -> "Order":
        return Order(
            id=strawberry.ID(to_text(row.portfolio_id, row.id)),
            client_order_id=row.client_order_id,
            trader=row.trader,
            symbol=row.symbol,
            side=row.side,
            type=row.type,
            time_in_force=row.time_in_force,
            quantity=row.quantity,
            notional=row.notional,
            limit_price=row.limit_price,
            stop_price=row.stop_price,
            expected_price=row.expected_price,
            note=row.note,
            status=row.status,
            filled_quantity=row.filled_quantity,
            leaves_quantity=row.leaves,
            average_price=row.average_price,
            fees=row.fees,
            reason=row.reason,
            message=row.message,
            created_at=row.created_at,
            updated_at=row.updated_at,
            triggered_at=row.triggered_at,
            expires_at=row.expires_at,
            row=row,
        )

    @staticmethod
    def find(info: Info, portfolio_id: UUID, id: UUID) -> "Order":
        row = info.context.snapshot.order(portfolio_id, id)
        if row is None:
            raise LookupError(f"order {id} is not in portfolio {portfolio_id}")
        return Order.of(row)

    @strawberry.field(description="The portfolio it is for.")
    def portfolio(self, info: Info) -> "Portfolio":
        return Portfolio.find(info, self.row.portfolio_id)

    @strawberry.field(description="The order whose place it took; that one's fills count as its own.")
    def replaces(self, info: Info) -> "Order | None":
        id = self.row.replaces_id
        return None if id is None else Order.find(info, self.row.portfolio_id, id)

    @strawberry.field(description="The order that took its place.")
    def replaced_by(self, info: Info) -> "Order | None":
        id = self.row.replaced_by_id
        return None if id is None else Order.find(info, self.row.portfolio_id, id)

    @strawberry.field(description="Its fills, oldest first.")
    def trades(self, info: Info) -> list[Trade]:
        return [Trade.of(row) for row in info.context.snapshot.trades_of(self.row)]


@strawberry.type(
    description="Cash and positions under one name. Always: equity = initialCash + flows + realizedPnl + "
    "unrealizedPnl + dividends - fees."
)
class Portfolio:
    id: strawberry.ID
    name: str = strawberry.field(description="Unique in its workspace.")
    state: PortfolioState
    account: AccountType
    created_at: datetime
    archived: bool
    initial_cash: Decimal
    cash: Decimal
    reserved: Decimal = strawberry.field(description="Cash held for working orders.")
    flows: Decimal = strawberry.field(description="Cash moved in, less cash moved out.")
    realized_pnl: Decimal = strawberry.field(description="Profit and loss of all sales, before fees.")
    fees: Decimal
    dividends: Decimal
    row: strawberry.Private[tables.PortfolioRow]

    STORED: ClassVar = frozenset(
        {
            *("__typename", "id", "name", "state", "account", "createdAt", "archived", "initialCash", "cash"),
            *("reserved", "buyingPower", "flows", "realizedPnl", "fees", "dividends", "rules"),
        }
    )
    """The fields that its row holds; the others are read from a snapshot."""

    @staticmethod
    def of(row: tables.PortfolioRow) -> "Portfolio":
        return Portfolio(
            id=strawberry.ID(to_text(row.id)),
            name=row.name,
            state=row.state,
            account=row.account,
            created_at=row.created_at,
            archived=row.archived,
            initial_cash=row.initial_cash,
            cash=row.cash,
            reserved=row.reserved,
            flows=row.flows,
            realized_pnl=row.realized_pnl,
            fees=row.fees,
            dividends=row.dividends,
            row=row,
        )

    @staticmethod
    def find(info: Info, id: UUID) -> "Portfolio":
        row = info.context.snapshot.portfolio(id)
        if row is None:
            raise LookupError(f"portfolio {id} is not in sight")
        return Portfolio.of(row)

    @strawberry.field(
        description="What new orders may spend: cash - reserved, or on MARGIN "
        "2 * (equity - 0.5 * grossMarketValue) - reserved."
    )
    def buying_power(self, info: Info) -> Decimal:
        if self.row.account is AccountType.CASH:
            return self.row.cash - self.row.reserved
        return info.context.snapshot.buying_power(self.row)

    @strawberry.field(description="What its fills cost and what it may not do.")
    def rules(self) -> PortfolioRules:
        return PortfolioRules.of(read_rules(self.row.rules))

    @strawberry.field(description="Who may see and trade it.")
    def members(self, info: Info) -> list[Member]:
        return [
            Member(trader=row.trader, role=row.role) for row in info.context.snapshot.members(self.row.id)
        ]

    @strawberry.field(description="Net asset value: cash and net market value.")
    def equity(self, info: Info) -> Decimal:
        return self.cash + info.context.snapshot.valuation(self.row.id).net_market_value

    @strawberry.field(description="What the long positions are worth.")
    def long_market_value(self, info: Info) -> Decimal:
        return info.context.snapshot.valuation(self.row.id).long_market_value

    @strawberry.field(description="What the short positions are worth: 0 or less.")
    def short_market_value(self, info: Info) -> Decimal:
        return info.context.snapshot.valuation(self.row.id).short_market_value

    @strawberry.field(description="Long and short sizes added up.")
    def gross_market_value(self, info: Info) -> Decimal:
        return info.context.snapshot.valuation(self.row.id).gross_market_value

    @strawberry.field(description="Long and short together.")
    def net_market_value(self, info: Info) -> Decimal:
        return info.context.snapshot.valuation(self.row.id).net_market_value

    @strawberry.field(
        description="Market value less cost basis. A position without a mark counts at its cost."
    )
    def unrealized_pnl(self, info: Info) -> Decimal:
        return info.context.snapshot.valuation(self.row.id).unrealized_pnl

    day_change: Decimal | None = strawberry.field(
        resolver=day_change,
        description="Equity less that of the last session's close, less flows since; null where a price "
        "is missing now or was then, or nothing was kept of that close.",
    )
    equity_history: list[EquityPoint] = strawberry.field(
        resolver=equity_history, description="What it was worth, one a session close, newest last."
    )

    @strawberry.field(
        description="What is held, by symbol; flat positions too, with their P&L, if asked for."
    )
    def positions(self, info: Info, include_closed: bool = False) -> list[Position]:
        rows = info.context.snapshot.positions(self.row.id)
        return [Position.of_row(row) for row in rows if row.quantity or include_closed]

    @strawberry.field(description="What is held of one symbol; null where it was never traded.")
    def position(self, info: Info, symbol: str) -> Position | None:
        row = info.context.snapshot.position(self.row.id, read_symbol(symbol) or "")
        return None if row is None else Position.of_row(row)

    @strawberry.field(description="Its orders, newest first; by a clientOrderId the one that has used it.")
    def orders(
        self,
        info: Info,
        status: list[OrderStatus] | None = None,
        symbol: str | None = None,
        client_order_id: str | None = None,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[Order]:
        rows = info.context.snapshot.orders(
            self.row.id,
            None if status is None else set(status),
            _filter(symbol),
            client_order_id,
            read_number(after),
            check_first(first),
        )
        return page(rows, first, after, lambda row: str(row.sequence), Order.of)

    @strawberry.field(description="Its trades, newest first.")
    def trades(
        self, info: Info, symbol: str | None = None, first: int = 50, after: str | None = None
    ) -> Connection[Trade]:
        rows = info.context.snapshot.trades(
            self.row.id, _filter(symbol), read_number(after), check_first(first)
        )
        return page(rows, first, after, lambda row: str(row.sequence), Trade.of)

    @strawberry.field(description="Its audit trail, oldest first.")
    def events(self, info: Info, first: int = 50, after: str | None = None) -> Connection["Event"]:
        return events_of_chain(info, self.row.id, first, after)


@strawberry.type(description="A change in the audit trail, chained by its hash to the one before it.")
class Event:
    id: strawberry.ID = strawberry.field(
        description="Its chain (a portfolio's or the workspace's) and place."
    )
    cursor: str
    type: str = strawberry.field(description="What happened: subject:past participle, such as order:filled.")
    at: datetime
    trader: str = strawberry.field(description="Who did it.")
    data: JSON = strawberry.field(description="What changed.")
    hash: str = strawberry.field(
        description="SHA-256 in hex of the JSON array [previousHash, id, type, at, trader, data], with "
        "sorted keys, no white space and ASCII only."
    )
    previous_hash: str = strawberry.field(description="The hash of the event before; zeros for the first.")
    row: strawberry.Private[tables.EventRow]

    @staticmethod
    def of(row: tables.EventRow, place: str) -> "Event":
        return Event(
            id=strawberry.ID(event_id(row.chain_id, row.sequence)),
            cursor=write_cursor(place),
            type=row.type,
            at=row.at,
            trader=row.trader,
            data=JSON(json.loads(row.data)),
            hash=row.hash,
            previous_hash=row.previous_hash,
            row=row,
        )

    @strawberry.field(description="The portfolio that changed; null where the workspace did.")
    def portfolio(self, info: Info) -> Portfolio | None:
        return None if self.row.portfolio_id is None else Portfolio.find(info, self.row.portfolio_id)

    @strawberry.field(description="The order that changed.")
    def order(self, info: Info) -> Order | None:
        if self.row.portfolio_id is None or self.row.order_id is None:
            return None
        return Order.find(info, self.row.portfolio_id, self.row.order_id)

    @strawberry.field(description="The trade that was made.")
    def trade(self, info: Info) -> Trade | None:
        if self.row.portfolio_id is None or self.row.trade_id is None:
            return None
        row = info.context.snapshot.trade(self.row.portfolio_id, self.row.trade_id)
        return None if row is None else Trade.of(row)


def events_of_chain(info: Info, chain_id: UUID, first: int, after: str | None) -> Connection[Event]:
    """A page of one chain's events, oldest first. The caller has checked that the actor may see it."""
    rows = info.context.snapshot.events_of(chain_id, read_number(after) or 0, check_first(first))
    return page(
        rows, first, after, lambda row: str(row.sequence), lambda row: Event.of(row, str(row.sequence))
    )


def _filter(symbol: str | None) -> str | None:
    return None if symbol is None else read_symbol(symbol) or ""
