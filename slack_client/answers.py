"""What the OMS answers: frozen models of what operations.graphql selects.

`contract.py` computes each model's fields from schema.graphql and reports every difference, so
these classes and the schema cannot drift apart unseen.
"""

from datetime import datetime
from decimal import Decimal

from slack_client.wire import ExactDecimal, Wire
from slack_client.words import (
    AccountType,
    MemberRole,
    OrderStatus,
    OrderType,
    PortfolioState,
    RejectionCode,
    Side,
    TimeInForce,
)


class PageInfo(Wire):
    """Whether another page follows, and after which cursor."""

    has_next_page: bool
    end_cursor: str | None


class PortfolioName(Wire):
    """Which portfolio it is."""

    id: str
    name: str


class PortfolioSummary(PortfolioName):
    """A portfolio by its name, what is left to spend, in dollars, and whether it takes orders."""

    cash: ExactDecimal
    state: PortfolioState


class Member(Wire):
    """A trader's place in a portfolio."""

    trader: str
    role: MemberRole


class MemberPortfolio(PortfolioSummary):
    """A portfolio that the trader sees, with everyone who is in it."""

    members: tuple[Member, ...]


class PortfolioEdge(Wire):
    """One portfolio of a page."""

    node: MemberPortfolio


class PortfolioPage(Wire):
    """A page of portfolios."""

    edges: tuple[PortfolioEdge, ...]
    page_info: PageInfo


class Viewer(Wire):
    """The trader for whom the bot asks."""

    portfolios: PortfolioPage


class Quote(Wire):
    """A symbol's prices in dollars, their age in seconds and where they come from."""

    symbol: str
    bid: ExactDecimal | None
    ask: ExactDecimal | None
    last: ExactDecimal | None
    age_seconds: ExactDecimal
    source: str
    stale: bool


class Market(Wire):
    """Where prices come from, and when it trades; no time where it never opens or closes."""

    source: str
    is_open: bool
    next_open: datetime | None
    next_close: datetime | None


class Instrument(Wire):
    """A symbol and whose it is."""

    symbol: str
    name: str


class FillQuote(Wire):
    """Where the price of a fill came from, and how old it was, in seconds."""

    age_seconds: ExactDecimal
    source: str


class Fill(Wire):
    """What one fill of an order was worth, in dollars."""

    value: ExactDecimal
    quote: FillQuote


class Order(Wire):
    """What was asked and what came of it. `quantity` is in shares, `notional` in dollars."""

    id: str
    client_order_id: str
    trader: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: ExactDecimal | None
    notional: ExactDecimal | None
    limit_price: ExactDecimal | None
    stop_price: ExactDecimal | None
    note: str | None
    status: OrderStatus
    filled_quantity: ExactDecimal
    average_price: ExactDecimal | None
    fees: ExactDecimal
    reason: RejectionCode | None
    message: str | None
    created_at: datetime
    expires_at: datetime | None
    triggered_at: datetime | None
    portfolio: PortfolioName
    trades: tuple[Fill, ...]

    @property
    def value(self) -> Decimal:
        """What its fills were worth together, in dollars."""
        return sum((fill.value for fill in self.trades), Decimal(0))


class OrderPortfolio(PortfolioName):
    """The portfolio of an order, with everyone who is in it."""

    members: tuple[Member, ...]


class MemberOrder(Order):
    """An order, with everyone who may have a say in it."""

    portfolio: OrderPortfolio


class OrderEdge(Wire):
    """One order of a page."""

    node: Order


class OrderPage(Wire):
    """A page of orders, newest first."""

    edges: tuple[OrderEdge, ...]
    page_info: PageInfo


class PortfolioOrders(Wire):
    """The orders of a portfolio."""

    orders: OrderPage


class PositionSummary(Wire):
    """What is held of a symbol: shares, and dollars at the mark where there is a price."""

    symbol: str
    quantity: ExactDecimal
    market_value: ExactDecimal | None
    unrealized_pnl: ExactDecimal | None


class Position(PositionSummary):
    """The same with its cost, its price and where that comes from."""

    average_cost: ExactDecimal
    mark: ExactDecimal | None
    realized_pnl: ExactDecimal
    quote: Quote | None


class EquityPoint(Wire):
    """What a portfolio was worth at a session's close."""

    at: datetime
    equity: ExactDecimal


class Trade(Wire):
    """A fill, by whom and when."""

    trader: str
    symbol: str
    side: Side
    quantity: ExactDecimal
    price: ExactDecimal
    executed_at: datetime


class TradeEdge(Wire):
    """One trade of a page."""

    node: Trade


class TradePage(Wire):
    """The newest trades."""

    edges: tuple[TradeEdge, ...]


class Portfolio(PortfolioSummary):
    """A portfolio as it stands, in dollars. `day_change` is None before its first close."""

    account: AccountType
    archived: bool
    reserved: ExactDecimal
    buying_power: ExactDecimal
    equity: ExactDecimal
    day_change: ExactDecimal | None
    realized_pnl: ExactDecimal
    unrealized_pnl: ExactDecimal
    fees: ExactDecimal
    members: tuple[Member, ...]
    positions: tuple[Position, ...]
    equity_history: tuple[EquityPoint, ...]
    trades: TradePage


class HomePortfolio(PortfolioSummary):
    """A portfolio as App Home shows it, with its newest working orders and trades."""

    equity: ExactDecimal
    day_change: ExactDecimal | None
    members: tuple[Member, ...]
    positions: tuple[PositionSummary, ...]
    orders: OrderPage
    trades: TradePage


class HomePortfolioEdge(Wire):
    """One portfolio of a page."""

    node: HomePortfolio


class HomePortfolioPage(Wire):
    """The trader's first portfolios."""

    edges: tuple[HomePortfolioEdge, ...]
    page_info: PageInfo


class HomeViewer(Wire):
    """The trader whose Home it is."""

    portfolios: HomePortfolioPage


class Holding(Wire):
    """How many shares are held."""

    quantity: ExactDecimal


class OrderedPortfolio(PortfolioSummary):
    """A portfolio after an order, with what it holds of the order's symbol."""

    position: Holding | None


class FoundOrders(Wire):
    """The order that has used a client order id, if there is one."""

    edges: tuple[OrderEdge, ...]


class SearchedPortfolio(OrderedPortfolio):
    """A portfolio in which an order was looked for, with what it holds of the order's symbol."""

    orders: FoundOrders


class OrderEvent(Wire):
    """Something that happened in the workspace; `order` where it happened to one."""

    id: str
    cursor: str
    type: str
    trader: str
    order: Order | None
