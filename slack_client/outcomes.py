"""What came of what the bot asked the OMS to do: done, or refused with a sentence for the trader.

Frozen models of operations.graphql, as `answers.py` has them of what is read.
"""

from typing import Annotated, Literal

from pydantic import Field

from slack_client.answers import Market, MemberPortfolio, Order, OrderedPortfolio, Quote
from slack_client.wire import ExactDecimal, Wire
from slack_client.words import RejectionCode, Side


class OrderPreview(Wire):
    """What an order would do now: dollars and shares. No price where nothing would fill it."""

    typename: Literal["OrderPreview"] = Field(alias="__typename")
    symbol: str
    side: Side
    quantity: ExactDecimal
    price: ExactDecimal | None
    value: ExactDecimal | None
    fee: ExactDecimal
    cash_after: ExactDecimal
    buying_power_after: ExactDecimal
    position_after: ExactDecimal
    fills_now: bool
    quote: Quote | None
    market: Market


class OrderPlaced(Wire):
    """The order passed the rules; `duplicate` where an earlier request of the same id placed it."""

    typename: Literal["OrderPlaced"] = Field(alias="__typename")
    order: Order
    portfolio: OrderedPortfolio
    duplicate: bool


class OrderRejected(Wire):
    """The rules refused: which input field to change and a sentence that says how."""

    typename: Literal["OrderRejected"] = Field(alias="__typename")
    code: RejectionCode
    field: str
    message: str


class OrderCanceled(Wire):
    """The order is canceled and keeps what it filled."""

    typename: Literal["OrderCanceled"] = Field(alias="__typename")
    order: Order


class PortfolioCreated(Wire):
    """The portfolio was made."""

    typename: Literal["PortfolioCreated"] = Field(alias="__typename")
    portfolio: MemberPortfolio


class PortfolioUpdated(Wire):
    """The portfolio was changed."""

    typename: Literal["PortfolioUpdated"] = Field(alias="__typename")
    portfolio: MemberPortfolio


class InputRejected(Wire):
    """The OMS refused the input."""

    typename: Literal["InputRejected"] = Field(alias="__typename")
    code: RejectionCode
    field: str
    message: str


class NewKey(Wire):
    """A key just made, by its id."""

    id: str


class WorkspaceCreated(Wire):
    """The workspace is there and has a new SERVICE key, whose secret is shown this once."""

    typename: Literal["WorkspaceCreated"] = Field(alias="__typename")
    workspace: str
    key: NewKey
    secret: str


class ApiKeyRevoked(Wire):
    """The key opens nothing any more."""

    typename: Literal["ApiKeyRevoked"] = Field(alias="__typename")


PreviewOrderResult = Annotated[OrderPreview | OrderRejected, Field(discriminator="typename")]
PlaceOrderResult = Annotated[OrderPlaced | OrderRejected, Field(discriminator="typename")]
CancelOrderResult = Annotated[OrderCanceled | OrderRejected, Field(discriminator="typename")]
CreatePortfolioResult = Annotated[PortfolioCreated | InputRejected, Field(discriminator="typename")]
UpdatePortfolioResult = Annotated[PortfolioUpdated | InputRejected, Field(discriminator="typename")]
CreateWorkspaceResult = Annotated[WorkspaceCreated | InputRejected, Field(discriminator="typename")]
RevokeApiKeyResult = Annotated[ApiKeyRevoked | InputRejected, Field(discriminator="typename")]
