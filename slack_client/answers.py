"""What the bot asks of the OMS and what it answers: frozen models of operations.graphql.

`contract.py` computes each model's fields from schema.graphql and reports every difference, so
these classes and the schema cannot drift apart unseen. A Decimal is read from a string and from
nothing else, so that no float can slip in between.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel


def _only_text(value: object) -> object:
    if isinstance(value, str | Decimal):
        return value
    raise ValueError("a decimal is a string on the wire")


ExactDecimal = Annotated[
    Decimal, BeforeValidator(_only_text), PlainSerializer(lambda value: f"{value:f}", return_type=str)
]
"""A Decimal that is a plain string on the wire, both ways."""


class Wire(BaseModel):
    """A value that crosses the wire: frozen, complete, camelCase there and snake_case here."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Side(StrEnum):
    """Which way a trade goes."""

    BUY = "BUY"
    SELL = "SELL"


class OrderStatus(StrEnum):
    """Where an order is in its life."""

    ACCEPTED = "ACCEPTED"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    REPLACED = "REPLACED"


class MemberRole(StrEnum):
    """What a member of a portfolio may do in it."""

    VIEWER = "VIEWER"
    TRADER = "TRADER"
    MANAGER = "MANAGER"


class RejectionCode(StrEnum):
    """Why the OMS refused."""

    UNKNOWN_PORTFOLIO = "UNKNOWN_PORTFOLIO"
    PORTFOLIO_HALTED = "PORTFOLIO_HALTED"
    PORTFOLIO_REDUCING = "PORTFOLIO_REDUCING"
    NOT_PERMITTED = "NOT_PERMITTED"
    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    NO_QUOTE = "NO_QUOTE"
    STALE_QUOTE = "STALE_QUOTE"
    CROSSED_QUOTE = "CROSSED_QUOTE"
    MARKET_CLOSED = "MARKET_CLOSED"
    INVALID_INPUT = "INVALID_INPUT"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    QUANTITY_XOR_NOTIONAL = "QUANTITY_XOR_NOTIONAL"
    NOTIONAL_TOO_SMALL = "NOTIONAL_TOO_SMALL"
    MISSING_LIMIT_PRICE = "MISSING_LIMIT_PRICE"
    MISSING_STOP_PRICE = "MISSING_STOP_PRICE"
    INVALID_PRICE = "INVALID_PRICE"
    INVALID_TICK = "INVALID_TICK"
    TIME_IN_FORCE_NOT_ALLOWED = "TIME_IN_FORCE_NOT_ALLOWED"
    SESSION_WINDOW_CLOSED = "SESSION_WINDOW_CLOSED"
    INSUFFICIENT_BUYING_POWER = "INSUFFICIENT_BUYING_POWER"
    INSUFFICIENT_POSITION = "INSUFFICIENT_POSITION"
    SHORT_NOT_ALLOWED = "SHORT_NOT_ALLOWED"
    FRACTIONAL_SHORT = "FRACTIONAL_SHORT"
    POSITION_LIMIT = "POSITION_LIMIT"
    ORDER_LIMIT = "ORDER_LIMIT"
    RESTRICTED_SYMBOL = "RESTRICTED_SYMBOL"
    WASH_TRADE = "WASH_TRADE"
    PRICE_MOVED = "PRICE_MOVED"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    TOO_LATE = "TOO_LATE"
    ATOMIC_REFUSED = "ATOMIC_REFUSED"
    CLOCK_BACKWARDS = "CLOCK_BACKWARDS"
    NAME_TAKEN = "NAME_TAKEN"
    INVALID_NAME = "INVALID_NAME"
    INVALID_ROLE = "INVALID_ROLE"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    UNKNOWN_KEY = "UNKNOWN_KEY"


class PortfolioSummary(Wire):
    """A portfolio by its name and what is left to spend, in dollars."""

    id: str
    name: str
    cash: ExactDecimal


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


class PageInfo(Wire):
    """Whether another page follows, and after which cursor."""

    has_next_page: bool
    end_cursor: str | None


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


class Order(Wire):
    """What was asked and what came of it."""

    id: str
    symbol: str
    side: Side
    status: OrderStatus
    quantity: ExactDecimal | None
    filled_quantity: ExactDecimal
    average_price: ExactDecimal | None
    fees: ExactDecimal
    note: str | None


class QuoteSource(Wire):
    """Where the price of a trade came from."""

    source: str


class Trade(Wire):
    """One fill: its value in dollars."""

    value: ExactDecimal
    quote: QuoteSource


class Position(Wire):
    """What is held of a symbol after the trade."""

    symbol: str
    quantity: ExactDecimal


class TradeExecuted(Wire):
    """The trade was made; `duplicate` when it had been made before under the same id."""

    typename: Literal["TradeExecuted"] = Field(alias="__typename")
    order: Order
    trades: tuple[Trade, ...]
    portfolio: PortfolioSummary
    position: Position
    duplicate: bool


class OrderRejected(Wire):
    """The OMS refused the order: why, which field to change, and a sentence for the trader."""

    typename: Literal["OrderRejected"] = Field(alias="__typename")
    code: RejectionCode
    field: str
    message: str


class PortfolioCreated(Wire):
    """The portfolio was made."""

    typename: Literal["PortfolioCreated"] = Field(alias="__typename")
    portfolio: PortfolioSummary


class InputRejected(Wire):
    """The OMS refused the input."""

    typename: Literal["InputRejected"] = Field(alias="__typename")
    code: RejectionCode
    field: str
    message: str


ExecuteTradeResult = Annotated[TradeExecuted | OrderRejected, Field(discriminator="typename")]
CreatePortfolioResult = Annotated[PortfolioCreated | InputRejected, Field(discriminator="typename")]


class TraderPortfoliosVariables(Wire):
    """Which page of the trader's portfolios."""

    first: int
    after: str | None


class TraderPortfoliosData(Wire):
    """Answer to TraderPortfolios."""

    viewer: Viewer


class SymbolQuoteVariables(Wire):
    """Whose prices."""

    symbol: str


class SymbolQuoteData(Wire):
    """Answer to SymbolQuote: no quote where the market does not know the symbol."""

    quote: Quote | None


class CreatePortfolioInput(Wire):
    """A personal portfolio: only its name is the trader's to choose."""

    name: str


class CreatePortfolioVariables(Wire):
    """The portfolio to make."""

    input: CreatePortfolioInput


class CreatePortfolioData(Wire):
    """Answer to CreatePortfolio."""

    create_portfolio: CreatePortfolioResult


class ExecuteTradeInput(Wire):
    """A trade at the market, now or not at all: by shares (`quantity`) or by dollars (`notional`)."""

    portfolio_id: str
    client_order_id: str
    symbol: str
    side: Side
    quantity: ExactDecimal | None
    notional: ExactDecimal | None
    note: str | None


class ExecuteTradeVariables(Wire):
    """The trade to make."""

    input: ExecuteTradeInput


class ExecuteTradeData(Wire):
    """Answer to ExecuteTrade."""

    execute_trade: ExecuteTradeResult
