"""The operations of operations.graphql: what each sends and what it gets.

An input's field that is left out is not sent: in an update absent means unchanged.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from slack_client.answers import (
    HomeViewer,
    Instrument,
    Market,
    Member,
    MemberOrder,
    OrderEvent,
    Portfolio,
    PortfolioOrders,
    Quote,
    SearchedPortfolio,
    Viewer,
)
from slack_client.outcomes import (
    CancelOrderResult,
    CreatePortfolioResult,
    CreateWorkspaceResult,
    PlaceOrderResult,
    PreviewOrderResult,
    RevokeApiKeyResult,
    UpdatePortfolioResult,
)
from slack_client.wire import ExactDecimal, Wire
from slack_client.words import OrderType, Side, TimeInForce

OPERATIONS_PATH = Path(__file__).parent / "operations.graphql"

Variables = TypeVar("Variables", bound=Wire)
Data = TypeVar("Data", bound=Wire)


@dataclass(frozen=True)
class Operation(Generic[Variables, Data]):
    """An operation of operations.graphql with the models of what it sends and gets."""

    name: str
    variables: type[Variables]
    data: type[Data]


class PageVariables(Wire):
    """Which page of a list."""

    first: int
    after: str | None


class TraderPortfoliosData(Wire):
    """Answer to TraderPortfolios."""

    viewer: Viewer


class PortfolioViewVariables(Wire):
    """Which portfolio, and how many of its newest trades."""

    id: str
    trades: int


class PortfolioViewData(Wire):
    """Answer to PortfolioView: none where it is not the trader's to see."""

    portfolio: Portfolio | None


class HomeViewVariables(Wire):
    """How many portfolios, and how many orders and trades of each."""

    portfolios: int
    orders: int
    trades: int


class HomeViewData(Wire):
    """Answer to HomeView."""

    viewer: HomeViewer
    market: Market


class WorkingOrdersVariables(PageVariables):
    """Whose working orders."""

    portfolio_id: str


class WorkingOrdersData(Wire):
    """Answer to WorkingOrders."""

    portfolio: PortfolioOrders | None


class OrderByIdVariables(Wire):
    """Which order."""

    id: str


class OrderByIdData(Wire):
    """Answer to OrderById: none where it is not the trader's to see."""

    order: MemberOrder | None


class PlacedOrderVariables(Wire):
    """Which order, by the client order id that it was placed with, and its symbol for the position."""

    portfolio_id: str
    client_order_id: str
    symbol: str


class PlacedOrderData(Wire):
    """Answer to PlacedOrder: none where the portfolio is not the trader's to see."""

    portfolio: SearchedPortfolio | None


class QuotesVariables(Wire):
    """Whose prices."""

    symbols: tuple[str, ...]


class QuotesData(Wire):
    """Answer to Quotes: a symbol that has none is left out."""

    quotes: tuple[Quote, ...]
    market: Market


class InstrumentsVariables(Wire):
    """What to look for."""

    search: str
    first: int


class InstrumentsData(Wire):
    """Answer to Instruments, best match first."""

    instruments: tuple[Instrument, ...]


class PlaceOrderInput(Wire):
    """An order by shares (`quantity`) or by dollars (`notional`); prices in dollars."""

    portfolio_id: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: ExactDecimal | None
    notional: ExactDecimal | None
    limit_price: ExactDecimal | None
    stop_price: ExactDecimal | None
    expected_price: ExactDecimal | None
    note: str | None


class PreviewOrderVariables(Wire):
    """The order to look at."""

    input: PlaceOrderInput


class PreviewOrderData(Wire):
    """Answer to PreviewOrder."""

    preview_order: PreviewOrderResult


class PlaceOrderVariables(Wire):
    """The order to place, and its symbol again, for the position after it."""

    input: PlaceOrderInput
    symbol: str


class PlaceOrderData(Wire):
    """Answer to PlaceOrder."""

    place_order: PlaceOrderResult


class CancelOrderInput(Wire):
    """Which order."""

    order_id: str


class CancelOrderVariables(Wire):
    """The order to cancel."""

    input: CancelOrderInput


class CancelOrderData(Wire):
    """Answer to CancelOrder."""

    cancel_order: CancelOrderResult


class CreatePortfolioInput(Wire):
    """A portfolio of the trader's own: its name and the others in it are theirs to choose."""

    name: str
    members: tuple[Member, ...] = ()


class CreatePortfolioVariables(Wire):
    """The portfolio to make."""

    input: CreatePortfolioInput


class CreatePortfolioData(Wire):
    """Answer to CreatePortfolio."""

    create_portfolio: CreatePortfolioResult


class UpdatePortfolioInput(Wire):
    """What to change in a portfolio; `members` is the whole list."""

    portfolio_id: str
    name: str = ""
    members: tuple[Member, ...] = ()
    archived: bool = False


class UpdatePortfolioVariables(Wire):
    """The portfolio to change."""

    input: UpdatePortfolioInput


class UpdatePortfolioData(Wire):
    """Answer to UpdatePortfolio."""

    update_portfolio: UpdatePortfolioResult


class OrderEventsVariables(Wire):
    """After which event; None begins with what happens next."""

    after: str | None


class OrderEventsData(Wire):
    """One event of the subscription."""

    events: OrderEvent


class CreateWorkspaceInput(Wire):
    """A workspace for a Slack team, and the name of the bot's key in it."""

    name: str
    key_name: str


class CreateWorkspaceVariables(Wire):
    """The workspace to make."""

    input: CreateWorkspaceInput


class CreateWorkspaceData(Wire):
    """Answer to CreateWorkspace."""

    create_workspace: CreateWorkspaceResult


class RevokeApiKeyVariables(Wire):
    """Which key."""

    id: str


class RevokeApiKeyData(Wire):
    """Answer to RevokeApiKey."""

    revoke_api_key: RevokeApiKeyResult


TRADER_PORTFOLIOS = Operation("TraderPortfolios", PageVariables, TraderPortfoliosData)
PORTFOLIO_VIEW = Operation("PortfolioView", PortfolioViewVariables, PortfolioViewData)
HOME_VIEW = Operation("HomeView", HomeViewVariables, HomeViewData)
WORKING_ORDERS = Operation("WorkingOrders", WorkingOrdersVariables, WorkingOrdersData)
ORDER_BY_ID = Operation("OrderById", OrderByIdVariables, OrderByIdData)
PLACED_ORDER = Operation("PlacedOrder", PlacedOrderVariables, PlacedOrderData)
QUOTES = Operation("Quotes", QuotesVariables, QuotesData)
INSTRUMENTS = Operation("Instruments", InstrumentsVariables, InstrumentsData)
PREVIEW_ORDER = Operation("PreviewOrder", PreviewOrderVariables, PreviewOrderData)
PLACE_ORDER = Operation("PlaceOrder", PlaceOrderVariables, PlaceOrderData)
CANCEL_ORDER = Operation("CancelOrder", CancelOrderVariables, CancelOrderData)
CREATE_PORTFOLIO = Operation("CreatePortfolio", CreatePortfolioVariables, CreatePortfolioData)
UPDATE_PORTFOLIO = Operation("UpdatePortfolio", UpdatePortfolioVariables, UpdatePortfolioData)
ORDER_EVENTS = Operation("OrderEvents", OrderEventsVariables, OrderEventsData)
CREATE_WORKSPACE = Operation("CreateWorkspace", CreateWorkspaceVariables, CreateWorkspaceData)
REVOKE_API_KEY = Operation("RevokeApiKey", RevokeApiKeyVariables, RevokeApiKeyData)
OPERATIONS: tuple[Operation[Any, Any], ...] = (
    TRADER_PORTFOLIOS,
    PORTFOLIO_VIEW,
    HOME_VIEW,
    WORKING_ORDERS,
    ORDER_BY_ID,
    PLACED_ORDER,
    QUOTES,
    INSTRUMENTS,
    PREVIEW_ORDER,
    PLACE_ORDER,
    CANCEL_ORDER,
    CREATE_PORTFOLIO,
    UPDATE_PORTFOLIO,
    ORDER_EVENTS,
    CREATE_WORKSPACE,
    REVOKE_API_KEY,
)
