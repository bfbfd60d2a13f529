# ruff: noqa: N818  an exception here is named for what happened
"""The typed client of the OMS: one method an operation, one connection for the whole bot.

What a method returns is a frozen model or a union for `match` to exhaust. What it raises says
what the caller may still believe:

    OmsError
    ├── OmsUnavailable      not reached, or turned away at the door: nothing was done
    ├── OmsRefusedKey       the bot's key is unknown, revoked or of the wrong role: nothing was done
    ├── OmsRefusedInput     a value that the OMS cannot read: nothing was done
    ├── OmsRefusedOperation an operation that the OMS does not know: nothing was done
    └── OmsOutcomeUnknown   it may have been done: ask again with the same id
        └── OmsTimedOut     no answer in time
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportError,
    TransportQueryError,
    TransportServerError,
)
from graphql import DocumentNode, parse, separate_operations
from pydantic import SecretStr, ValidationError

from slack_client.answers import (
    Instrument,
    Market,
    MemberOrder,
    MemberPortfolio,
    Order,
    OrderEvent,
    Portfolio,
    Quote,
)
from slack_client.operations import (
    CANCEL_ORDER,
    CREATE_PORTFOLIO,
    HOME_VIEW,
    INSTRUMENTS,
    OPERATIONS_PATH,
    ORDER_BY_ID,
    ORDER_EVENTS,
    PLACE_ORDER,
    PLACED_ORDER,
    PORTFOLIO_VIEW,
    PREVIEW_ORDER,
    QUOTES,
    TRADER_PORTFOLIOS,
    UPDATE_PORTFOLIO,
    WORKING_ORDERS,
    CancelOrderInput,
    CancelOrderVariables,
    CreatePortfolioInput,
    CreatePortfolioVariables,
    Data,
    HomeViewData,
    HomeViewVariables,
    InstrumentsVariables,
    Operation,
    OrderByIdVariables,
    OrderEventsVariables,
    PageVariables,
    PlacedOrderVariables,
    PlaceOrderInput,
    PlaceOrderVariables,
    PortfolioViewVariables,
    PreviewOrderVariables,
    QuotesVariables,
    UpdatePortfolioInput,
    UpdatePortfolioVariables,
    Variables,
    WorkingOrdersVariables,
)
from slack_client.outcomes import (
    CancelOrderResult,
    CreatePortfolioResult,
    OrderPlaced,
    PlaceOrderResult,
    PreviewOrderResult,
    UpdatePortfolioResult,
)
from slack_client.pauses import rest

ANSWER_SECONDS = 2.0
PAGE_SIZE = 50
HEARTBEAT_SECONDS = 20
MOST_AT_ONCE = 32
"""How many requests are under way at once: an OMS that comes back is not met by all that waited."""
GOODBYE_SECONDS = 0.5


class OmsError(Exception):
    """The OMS gave no result; the subclass says what that means for the trader."""


class OmsUnavailable(OmsError):
    """The OMS was not reached or would not take the request: nothing was done."""


class OmsRefusedKey(OmsError):
    """The OMS does not accept the bot's key: nothing was done."""


class OmsRefusedInput(OmsError):
    """The OMS could not read a value; the message is its sentence. Nothing was done."""


class OmsRefusedOperation(OmsError):
    """The OMS does not understand the operation, as one of another version would not: nothing was done."""


class OmsOutcomeUnknown(OmsError):
    """The connection broke or the answer made no sense: it may or may not have been done."""


class OmsTimedOut(OmsOutcomeUnknown):
    """No answer in time: it may or may not have been done."""


class Oms:
    """The OMS as the bot's traders see it. Every method names the trader for whom it asks.

    Raises OmsError and nothing else; `within` is the limit in seconds.
    """

    def __init__(
        self,
        url: str,
        key: SecretStr,
        session: AsyncClientSession,
        documents: Mapping[str, DocumentNode],
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        self._url = url
        self._key = key
        self._session = session
        self._documents = documents
        self._refused = refused

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, key: SecretStr) -> AsyncIterator[Self]:
        """Keep one HTTP session open; the OMS itself need not be there yet."""
        connector = aiohttp.TCPConnector(limit=MOST_AT_ONCE)
        timeout = aiohttp.ClientTimeout(total=None)
        transport = AIOHTTPTransport(url, client_session_args={"timeout": timeout, "connector": connector})
        documents = separate_operations(parse(OPERATIONS_PATH.read_text(encoding="utf-8")))
        async with Client(transport=transport, execute_timeout=None) as session:
            yield cls(url, key, session, documents)

    def with_key(self, key: SecretStr, refused: Callable[[], None]) -> "Oms":
        """The same connection with another workspace's key; `refused` is told where the OMS refuses it."""
        return Oms(self._url, key, self._session, self._documents, refused)

    async def trader_portfolios(self, trader: str, within: float = ANSWER_SECONDS) -> list[MemberPortfolio]:
        """Read every portfolio that the trader sees, page by page."""
        portfolios: list[MemberPortfolio] = []
        after: str | None = None
        while True:
            variables = PageVariables(first=PAGE_SIZE, after=after)
            data = await self._ask(TRADER_PORTFOLIOS, variables, trader, within)
            page = data.viewer.portfolios
            portfolios += [edge.node for edge in page.edges]
            if not page.page_info.has_next_page:
                return portfolios
            after = page.page_info.end_cursor

    async def portfolio(
        self, id: str, trader: str, trades: int, within: float = ANSWER_SECONDS
    ) -> Portfolio | None:
        """Read a portfolio with its newest trades; None where it is not the trader's to see."""
        variables = PortfolioViewVariables(id=id, trades=trades)
        return (await self._ask(PORTFOLIO_VIEW, variables, trader, within)).portfolio

    async def home(
        self, trader: str, portfolios: int, orders: int, trades: int, within: float = ANSWER_SECONDS
    ) -> HomeViewData:
        """Read what App Home shows: the trader's first portfolios, each with its newest orders and trades."""
        variables = HomeViewVariables(portfolios=portfolios, orders=orders, trades=trades)
        return await self._ask(HOME_VIEW, variables, trader, within)

    async def working_orders(
        self, portfolio_id: str, trader: str, within: float = ANSWER_SECONDS
    ) -> list[Order]:
        """Read every working order of a portfolio, newest first; none where it is not the trader's to see."""
        orders: list[Order] = []
        after: str | None = None
        while True:
            variables = WorkingOrdersVariables(portfolio_id=portfolio_id, first=PAGE_SIZE, after=after)
            portfolio = (await self._ask(WORKING_ORDERS, variables, trader, within)).portfolio
            if portfolio is None:
                return orders
            orders += [edge.node for edge in portfolio.orders.edges]
            if not portfolio.orders.page_info.has_next_page:
                return orders
            after = portfolio.orders.page_info.end_cursor

    async def order(self, id: str, trader: str, within: float = ANSWER_SECONDS) -> MemberOrder | None:
        """Read an order; None where it is not the trader's to see."""
        return (await self._ask(ORDER_BY_ID, OrderByIdVariables(id=id), trader, within)).order

    async def placed_order(
        self, asked: PlaceOrderInput, trader: str, within: float = ANSWER_SECONDS
    ) -> OrderPlaced | None:
        """Look for what came of an order without sending it again; None where nothing did."""
        variables = PlacedOrderVariables(
            portfolio_id=asked.portfolio_id, client_order_id=asked.client_order_id, symbol=asked.symbol
        )
        portfolio = (await self._ask(PLACED_ORDER, variables, trader, within)).portfolio
        if portfolio is None or not portfolio.orders.edges:
            return None
        [found] = portfolio.orders.edges
        return OrderPlaced.model_validate(
            {"__typename": "OrderPlaced", "order": found.node, "portfolio": portfolio, "duplicate": True}
        )

    async def quotes(
        self, symbols: Sequence[str], trader: str, within: float = ANSWER_SECONDS
    ) -> tuple[dict[str, Quote], Market]:
        """Read the quotes of symbols, those without one left out, and when the market trades."""
        data = await self._ask(QUOTES, QuotesVariables(symbols=tuple(symbols)), trader, within)
        return {quote.symbol: quote for quote in data.quotes}, data.market

    async def instruments(
        self, search: str, first: int, trader: str, within: float = ANSWER_SECONDS
    ) -> Sequence[Instrument]:
        """Search instruments by symbol or name, best match first."""
        variables = InstrumentsVariables(search=search, first=first)
        return (await self._ask(INSTRUMENTS, variables, trader, within)).instruments

    async def preview_order(
        self, order: PlaceOrderInput, trader: str, within: float = ANSWER_SECONDS
    ) -> PreviewOrderResult:
        """Ask what an order would do now. Nothing is placed."""
        return (
            await self._ask(PREVIEW_ORDER, PreviewOrderVariables(input=order), trader, within)
        ).preview_order

    async def place_order(
        self, order: PlaceOrderInput, trader: str, within: float = ANSWER_SECONDS
    ) -> PlaceOrderResult:
        """Place an order. Asking again with the same client order id never places a second one."""
        variables = PlaceOrderVariables(input=order, symbol=order.symbol)
        return (await self._ask(PLACE_ORDER, variables, trader, within)).place_order

    async def cancel_order(
        self, order_id: str, trader: str, within: float = ANSWER_SECONDS
    ) -> CancelOrderResult:
        """Cancel a working order; what it has filled stays."""
        variables = CancelOrderVariables(input=CancelOrderInput(order_id=order_id))
        return (await self._ask(CANCEL_ORDER, variables, trader, within)).cancel_order

    async def create_portfolio(
        self, portfolio: CreatePortfolioInput, trader: str, within: float = ANSWER_SECONDS
    ) -> CreatePortfolioResult:
        """Make a portfolio of the trader's own, who is its manager."""
        variables = CreatePortfolioVariables(input=portfolio)
        return (await self._ask(CREATE_PORTFOLIO, variables, trader, within)).create_portfolio

    async def update_portfolio(
        self, change: UpdatePortfolioInput, trader: str, within: float = ANSWER_SECONDS
    ) -> UpdatePortfolioResult:
        """Change a portfolio that the trader manages."""
        variables = UpdatePortfolioVariables(input=change)
        return (await self._ask(UPDATE_PORTFOLIO, variables, trader, within)).update_portfolio

    async def order_events(
        self, after: str | None, opened: Callable[[], None]
    ) -> AsyncGenerator[OrderEvent, None]:
        """Follow what happens in the workspace, from after this cursor on, until the connection ends.

        Asks for no trader: the key itself may follow. Calls `opened` when the OMS has let it in. Raises
        OmsError when it ends.
        """
        request = GraphQLRequest(
            self._documents[ORDER_EVENTS.name],
            variable_values=OrderEventsVariables(after=after).model_dump(mode="json", by_alias=True),
            operation_name=ORDER_EVENTS.name,
        )
        try:
            async with (
                aiohttp.ClientSession() as http,
                Client(transport=self._websocket(http)) as session,
                aclosing(session.subscribe(request)) as answers,
            ):
                await rest(0)
                opened()
                async for answer in answers:
                    yield ORDER_EVENTS.data.model_validate(answer).events
        except TransportQueryError as error:
            raise _refusal(error) from error
        except (TransportError, aiohttp.ClientError, TimeoutError, ValidationError) as error:
            raise OmsUnavailable(f"the feed of events was lost: {error!r}") from error
        raise OmsUnavailable("the OMS ended the feed of events")

    def _websocket(self, session: aiohttp.ClientSession) -> AIOHTTPWebsocketsTransport:
        parts = urlsplit(self._url)
        return AIOHTTPWebsocketsTransport(
            url=urlunsplit(parts._replace(scheme=parts.scheme.replace("http", "ws", 1))),
            subprotocols=[AIOHTTPWebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
            init_payload={"X-API-Key": self._key.get_secret_value()},
            heartbeat=HEARTBEAT_SECONDS,
            websocket_close_timeout=GOODBYE_SECONDS,
            close_timeout=GOODBYE_SECONDS,
            session=session,
        )

    async def _ask(
        self, operation: Operation[Variables, Data], variables: Variables, trader: str | None, within: float
    ) -> Data:
        request = GraphQLRequest(
            self._documents[operation.name],
            variable_values=variables.model_dump(mode="json", by_alias=True, exclude_unset=True),
            operation_name=operation.name,
        )
        try:
            async with asyncio.timeout(within):
                answer = await self._send_twice_if_lost(request, trader)
            return operation.data.model_validate(answer)
        except OmsRefusedKey:
            self._refused()
            raise
        except TimeoutError as error:
            raise OmsTimedOut(f"{operation.name}: no answer within {within:g} s") from error
        except ValidationError as error:
            raise OmsOutcomeUnknown(f"{operation.name}: an answer that does not fit the models") from error

    async def _send_twice_if_lost(self, request: GraphQLRequest, trader: str | None) -> dict[str, Any]:
        """Send again at once where the connection ended, as an idle one may; no operation is done twice.

        What stops the second attempt says nothing of the first, so the outcome is unknown then.
        """
        try:
            return await self._send(request, trader)
        except _ConnectionLost:
            try:
                return await self._send(request, trader)
            except (_ConnectionLost, OmsError) as error:
                raise OmsOutcomeUnknown(f"the connection was lost, then: {error}") from error

    async def _send(self, request: GraphQLRequest, trader: str | None) -> dict[str, Any]:
        headers = {"X-API-Key": self._key.get_secret_value()}
        if trader is not None:
            headers["X-On-Behalf-Of"] = trader
        try:
            return await self._session.execute(request, extra_args={"headers": headers})
        except TransportConnectionFailed as error:
            if isinstance(error.__cause__, aiohttp.ClientConnectorError):
                raise OmsUnavailable("the OMS cannot be reached") from error
            raise _ConnectionLost(str(error)) from error
        except TransportQueryError as error:
            raise _refusal(error) from error
        except TransportServerError as error:
            raise _answer_without_graphql(error) from error
        except TransportError as error:
            raise OmsOutcomeUnknown(f"the OMS answered no GraphQL: {error}") from error


class _ConnectionLost(Exception):
    """The connection ended without an answer."""


def _refusal(error: TransportQueryError) -> OmsError:
    first = (error.errors or [{}])[0]
    message = str(first.get("message", error))
    match (first.get("extensions") or {}).get("code"):
        case "UNAUTHENTICATED" | "FORBIDDEN":
            return OmsRefusedKey(message)
        case "BAD_USER_INPUT":
            return OmsRefusedInput(message)
        case "GRAPHQL_PARSE_FAILED" | "GRAPHQL_VALIDATION_FAILED" | "BAD_REQUEST":
            return OmsRefusedOperation(message)
        case "RATE_LIMITED":
            return OmsUnavailable(message)
        case _:
            return OmsOutcomeUnknown(message)


def _answer_without_graphql(error: TransportServerError) -> OmsError:
    """A 5xx is often a proxy's, which may have forwarded the request before."""
    match error.code:
        case 401 | 403:
            return OmsRefusedKey(str(error))
        case 413:
            return OmsRefusedInput("This is longer than the OMS takes.")
        case int(status) if status < 500:
            return OmsUnavailable(str(error))
        case _:
            return OmsOutcomeUnknown(str(error))
