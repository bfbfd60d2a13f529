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
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiohttp
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportError,
    TransportQueryError,
    TransportServerError,
)
from graphql import DocumentNode, parse, separate_operations
from pydantic import SecretStr, ValidationError

from slack_client.answers import (
    CreatePortfolioData,
    CreatePortfolioInput,
    CreatePortfolioResult,
    CreatePortfolioVariables,
    ExecuteTradeData,
    ExecuteTradeInput,
    ExecuteTradeResult,
    ExecuteTradeVariables,
    MemberPortfolio,
    Quote,
    SymbolQuoteData,
    SymbolQuoteVariables,
    TraderPortfoliosData,
    TraderPortfoliosVariables,
    Wire,
)

OPERATIONS_PATH = Path(__file__).parent / "operations.graphql"
ANSWER_SECONDS = 2.0
PAGE_SIZE = 50

Variables = TypeVar("Variables", bound=Wire)
Data = TypeVar("Data", bound=Wire)


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


@dataclass(frozen=True)
class Operation(Generic[Variables, Data]):
    """An operation of operations.graphql with the models of what it sends and gets."""

    name: str
    variables: type[Variables]
    data: type[Data]


TRADER_PORTFOLIOS = Operation("TraderPortfolios", TraderPortfoliosVariables, TraderPortfoliosData)
SYMBOL_QUOTE = Operation("SymbolQuote", SymbolQuoteVariables, SymbolQuoteData)
CREATE_PORTFOLIO = Operation("CreatePortfolio", CreatePortfolioVariables, CreatePortfolioData)
EXECUTE_TRADE = Operation("ExecuteTrade", ExecuteTradeVariables, ExecuteTradeData)
OPERATIONS: tuple[Operation[Any, Any], ...] = (
    TRADER_PORTFOLIOS,
    SYMBOL_QUOTE,
    CREATE_PORTFOLIO,
    EXECUTE_TRADE,
)


class Oms:
    """The OMS as the bot's traders see it. Every method names the trader for whom it asks.

    Raises OmsError and nothing else; `within` is the limit in seconds.
    """

    def __init__(
        self,
        session: AsyncClientSession,
        documents: Mapping[str, DocumentNode],
    ) -> None:
        self._session = session
        self._documents = documents

    @classmethod
    @asynccontextmanager
    async def connect(cls, url: str, key: SecretStr) -> AsyncIterator["Oms"]:
        """Keep one HTTP session open; the OMS itself need not be there yet."""
        transport = AIOHTTPTransport(
            url,
            headers={"X-API-Key": key.get_secret_value()},
            client_session_args={"timeout": aiohttp.ClientTimeout(total=None)},
        )
        documents = separate_operations(parse(OPERATIONS_PATH.read_text(encoding="utf-8")))
        async with Client(transport=transport, execute_timeout=None) as session:
            yield cls(session, documents)

    async def trader_portfolios(self, trader: str, within: float = ANSWER_SECONDS) -> list[MemberPortfolio]:
        """Read every portfolio that the trader sees, page by page."""
        portfolios: list[MemberPortfolio] = []
        after: str | None = None
        while True:
            variables = TraderPortfoliosVariables(first=PAGE_SIZE, after=after)
            data = await self._ask(TRADER_PORTFOLIOS, variables, trader, within)
            page = data.viewer.portfolios
            portfolios += [edge.node for edge in page.edges]
            if not page.page_info.has_next_page:
                return portfolios
            after = page.page_info.end_cursor

    async def quote(self, symbol: str, trader: str, within: float = ANSWER_SECONDS) -> Quote | None:
        """Read a symbol's quote; None where the market does not know the symbol."""
        return (await self._ask(SYMBOL_QUOTE, SymbolQuoteVariables(symbol=symbol), trader, within)).quote

    async def create_portfolio(
        self, name: str, trader: str, within: float = ANSWER_SECONDS
    ) -> CreatePortfolioResult:
        """Make a portfolio of the trader's own."""
        variables = CreatePortfolioVariables(input=CreatePortfolioInput(name=name))
        return (await self._ask(CREATE_PORTFOLIO, variables, trader, within)).create_portfolio

    async def execute_trade(
        self, trade: ExecuteTradeInput, trader: str, within: float = ANSWER_SECONDS
    ) -> ExecuteTradeResult:
        """Trade at the market. Asking again with the same client order id never trades twice."""
        variables = ExecuteTradeVariables(input=trade)
        return (await self._ask(EXECUTE_TRADE, variables, trader, within)).execute_trade

    async def _ask(
        self, operation: Operation[Variables, Data], variables: Variables, trader: str, within: float
    ) -> Data:
        request = GraphQLRequest(
            self._documents[operation.name],
            variable_values=variables.model_dump(mode="json", by_alias=True),
            operation_name=operation.name,
        )
        try:
            async with asyncio.timeout(within):
                answer = await self._send_twice_if_lost(request, trader)
            return operation.data.model_validate(answer)
        except TimeoutError as error:
            raise OmsTimedOut(f"{operation.name}: no answer within {within:g} s") from error
        except ValidationError as error:
            raise OmsOutcomeUnknown(f"{operation.name}: an answer that does not fit the models") from error

    async def _send_twice_if_lost(self, request: GraphQLRequest, trader: str) -> dict[str, Any]:
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

    async def _send(self, request: GraphQLRequest, trader: str) -> dict[str, Any]:
        try:
            return await self._session.execute(request, extra_args={"headers": {"X-On-Behalf-Of": trader}})
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
        case int(status) if status < 500:
            return OmsUnavailable(str(error))
        case _:
            return OmsOutcomeUnknown(str(error))
