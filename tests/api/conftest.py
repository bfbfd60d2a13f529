"""A portfolio of a test's own, traded over HTTP. Whatever is sent, nothing may end as our error."""

import json
import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest

from graphql_api.oms.db import Database
from graphql_api.oms.reconcile import Reconciliation
from tests.conftest import Api, Json, NewWorkspace, Workspace
from tests.still import StillMarket

TRADE = """mutation ($input: ExecuteTradeInput!) { executeTrade(input: $input) {
  __typename
  ... on TradeExecuted {
    duplicate
    order {
      id clientOrderId trader symbol side type timeInForce quantity notional expectedPrice note status
      filledQuantity leavesQuantity averagePrice fees reason message createdAt updatedAt
    }
    trades {
      id trader symbol side quantity price value fee realizedPnl executedAt
      quote { symbol bid ask last bidSize askSize at ageSeconds source stale }
    }
    portfolio { id cash realizedPnl }
    position { symbol quantity averageCost costBasis realizedPnl }
  }
  ... on OrderRejected {
    code field message
    rejectedOrder {
      id clientOrderId trader symbol side type timeInForce quantity notional expectedPrice note status
      filledQuantity leavesQuantity averagePrice fees reason message trades { id }
    }
  }
} }"""

BOOKS = """query ($id: ID!) { portfolio(id: $id) {
  name state account archived initialCash cash reserved buyingPower flows realizedPnl fees dividends
  members { trader role }
  positions(includeClosed: true) { symbol quantity averageCost costBasis realizedPnl }
  trades(first: 100) { edges { node { id symbol side quantity price value fee realizedPnl } } }
  orders(first: 100) { edges { node { id clientOrderId status reason message } } }
  events(first: 100) { edges { node { id type hash } } }
} }"""

LONG = "x" * 5000
UNKEEPABLE = {"NUL": "a\x00b", "a lone surrogate": "a\ud800b", "5,000 characters": LONG}


@dataclass
class Book:
    """A portfolio, and the key that trades it (the workspace's ADMIN key if none is given)."""

    workspace: Workspace
    id: str
    key: str | None = None
    on_behalf_of: str | None = None

    @property
    def market(self) -> StillMarket:
        """The market that it trades in."""
        return self.workspace.api.market

    def trade(self, side: str, symbol: str, quantity: object = None, **more: object) -> Json:
        """Send executeTrade and return the union's member."""
        asked = {"portfolioId": self.id, "side": side, "symbol": symbol, "quantity": quantity, **more}
        answer: Json = self.workspace.data(TRADE, {"input": asked}, self.key, self.on_behalf_of)
        return answer

    def fill(self, side: str, symbol: str, quantity: object = None, **more: object) -> Json:
        """Trade, and be sure that it filled."""
        answer = self.trade(side, symbol, quantity, **more)
        assert answer["__typename"] == "TradeExecuted", answer
        return answer

    def books(self) -> Json:
        """All that is kept of the portfolio, as the ADMIN key sees it."""
        books: Json = self.workspace.data(BOOKS, {"id": self.id})
        return books

    def balances(self) -> Json:
        """All that a refused order must not change: everything but the orders and events that tell of it."""
        books = self.books()
        del books["orders"], books["events"]
        return books


def send(workspace: Workspace, body: str, key: str | None = None) -> httpx2.Response:
    """Send a body as it is written, with what `json=` would not write."""
    headers = {"X-API-Key": workspace.admin_key if key is None else key, "Content-Type": "application/json"}
    return workspace.http.post(f"{workspace.api.url}/graphql", content=body.encode(), headers=headers)


def ask(workspace: Workspace, document: str, variables: Json | None = None) -> Json:
    """Send any variables, lone surrogates too, and get a body that is neither ours to mend nor a trace."""
    response = send(workspace, json.dumps({"query": document, "variables": variables}))
    assert response.status_code == 200, response.text
    assert "Traceback" not in response.text
    assert ".py" not in response.text
    body: Json = response.json()
    assert all(error["extensions"]["code"] != "INTERNAL_ERROR" for error in body.get("errors", ())), body
    return body


def the_error(body: Json) -> tuple[str, str | None]:
    """The code and field of an answer's only error."""
    (error,) = body["errors"]
    return error["extensions"]["code"], error["extensions"].get("field")


def signed(body: str) -> str:
    """A key of this body, made as the documentation says: 6 base 62 characters of the body's CRC-32."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number, checksum = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        checksum = digits[digit] + checksum
    return f"oms_{body}{checksum}"


@pytest.fixture
def book(workspace: Workspace) -> Book:
    return Book(workspace, workspace.portfolio())


@pytest.fixture(scope="module")
def lasting_workspace(_api: Api, database: Database, http: httpx2.Client) -> Workspace:
    """A workspace for a module whose tests prove that they change nothing in it."""
    _api.market.reset()
    return NewWorkspace(_api, database, http)()


@pytest.fixture
def market(api: Api) -> StillMarket:
    return api.market


@pytest.fixture(autouse=True)
def _nothing_is_logged_as_our_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No test of the API may leave a traceback or an error in the log: what clients do is their mistake."""
    yield
    ours = [
        record
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)
        if record.exc_info or record.levelno >= logging.ERROR
    ]
    assert ours == [], [record.getMessage() for record in ours]


@pytest.fixture(scope="session", autouse=True)
def _the_books_are_right_at_the_end(database_url: str) -> Iterator[None]:
    """Whatever all the tests have done: the trades, transfers and events come to what the books say."""
    yield
    database = Database(database_url)
    reconciliation = Reconciliation(database)
    differences = [str(difference) for difference in reconciliation.differences()]
    database.close()
    assert differences == []
