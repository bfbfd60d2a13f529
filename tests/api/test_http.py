"""The door: what comes without a good key, or is no GraphQL over HTTP, changes nothing and is told why."""

import json
import string

import httpx2
import pytest
from sqlalchemy import select, update
from sqlmodel import col

from graphql_api.oms.db import NOW, Database
from graphql_api.oms.tables import ApiKeyRow
from tests.api.conftest import TRADE, Book, send, signed
from tests.conftest import Json, Workspace

pytestmark = pytest.mark.usefixtures("api")


@pytest.fixture(scope="module")
def workspace(lasting_workspace: Workspace) -> Workspace:
    return lasting_workspace


@pytest.fixture(scope="module")
def book(workspace: Workspace) -> Book:
    return Book(workspace, workspace.portfolio())


def refused(response: httpx2.Response, status: int, code: str) -> str:
    """Be sure that this is all that came back, and return the sentence."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/json")
    body = response.json()
    assert body["data"] is None
    (error,) = body["errors"]
    assert error["extensions"] == {"code": code}
    return str(error["message"])


def trade_with(book: Book, key: str | bytes | None) -> httpx2.Response:
    """Send a good trade with a key that may be none at all."""
    asked = {"portfolioId": book.id, "side": "BUY", "symbol": "AAPL", "quantity": "1"}
    headers = {} if key is None else {b"X-API-Key": key.encode() if isinstance(key, str) else key}
    body = {"query": TRADE, "variables": {"input": asked}}
    return book.workspace.http.post(f"{book.workspace.api.url}/graphql", json=body, headers=headers)


def test_without_a_good_key_nothing_happens(book: Book, database: Database) -> None:
    revoked = book.workspace.key("TRADER", "revoked")
    expired = book.workspace.key("TRADER", "expired", "2100-01-01T00:00:00Z")
    (id,) = [key["id"] for key in book.workspace.data("{ apiKeys { id name } }") if key["name"] == "revoked"]
    book.workspace.data(
        "mutation ($id: ID!) { revokeApiKey(id: $id) { ... on ApiKeyRevoked { key { id } } } }", {"id": id}
    )
    with database.transaction() as session:
        session.execute(
            update(ApiKeyRow)
            .where(col(ApiKeyRow.prefix) == expired[:12])
            .values(expires_at=session.execute(select(NOW)).scalar_one())
        )
    before = book.books()
    good = book.workspace.admin_key
    typo = good[:20] + ("a" if good[20] != "a" else "b") + good[21:]
    keys: list[str | bytes | None] = [
        None,
        "",
        revoked,
        expired,
        typo,
        good[:-1],
        good.upper(),
        good + "x",
        good + " " + good,
        signed("0" * 43),
        "Bearer " + good,
        b"oms_\xff\xfe",
        "x" * 5000,
    ]
    for key in keys:
        refused(trade_with(book, key), 401, "UNAUTHENTICATED")
    assert book.books() == before
    assert trade_with(book, good).json()["data"]["executeTrade"]["__typename"] == "TradeExecuted"


def test_the_sentence_tells_a_typo_from_a_key_that_does_not_work(book: Book) -> None:
    good = book.workspace.admin_key
    swap = "1" if good[-1] != "1" else "2"
    assert "typo" in refused(trade_with(book, good[:-1] + swap), 401, "UNAUTHENTICATED")
    assert "X-API-Key" in refused(trade_with(book, None), 401, "UNAUTHENTICATED")


def test_any_one_character_changed_makes_a_typo(workspace: Workspace) -> None:
    good = workspace.admin_key
    digits = string.digits + string.ascii_letters + "-_ "
    for place in range(0, len(good), 7):
        other = digits[(digits.index(good[place]) + 1) % 62]
        response = workspace.post("{ __typename }", key=good[:place] + other + good[place + 1 :])
        assert "typo" in refused(response, 401, "UNAUTHENTICATED"), place


def test_the_key_is_read_from_its_header_only(workspace: Workspace) -> None:
    url = f"{workspace.api.url}/graphql?X-API-Key={workspace.admin_key}&key={workspace.admin_key}"
    for headers in ({}, {"Authorization": f"Bearer {workspace.admin_key}"}):
        response = workspace.http.post(url, json={"query": "{ __typename }"}, headers=headers)
        refused(response, 401, "UNAUTHENTICATED")
    response = workspace.http.post(
        f"{workspace.api.url}/graphql",
        json={"query": "{ __typename }"},
        headers={"x-api-key": workspace.admin_key},
    )
    assert response.json() == {"data": {"__typename": "Query"}}


UNREADABLE_BODIES = {
    "nothing": "",
    "no JSON": "hello",
    "half a body": '{"query": "{ __typename }"',
    "a string": '"{ __typename }"',
    "a number": "1",
    "null": "null",
    "no query": "{}",
    "a query of null": '{"query": null}',
    "a query that is a number": '{"query": 1}',
    "a query that is a list": '{"query": ["{ __typename }"]}',
    "variables that are a list": '{"query": "{ __typename }", "variables": [1]}',
    "variables that are a string": '{"query": "{ __typename }", "variables": "{}"}',
    "an operation name that is a number": '{"query": "{ __typename }", "operationName": 1}',
    "an operation that is not there": '{"query": "{ __typename }", "operationName": "Nothing"}',
    "an operation named by half a surrogate": '{"query": "{ __typename }", "operationName": "\\ud800"}',
    "deep lists": '{"query": "{ __typename }", "variables": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}}",
    "deep objects": '{"query": "{ __typename }", "variables": ' + '{"a":' * 100_000 + "1" + "}" * 100_001,
    "a batch": '[{"query": "{ __typename }"}, {"query": "{ __typename }"}]',
    "an empty batch": "[]",
    "a batch in a batch": '[[{"query": "{ __typename }"}]]',
}


@pytest.mark.parametrize("body", UNREADABLE_BODIES.values(), ids=UNREADABLE_BODIES)
def test_a_body_that_cannot_be_read_is_refused(workspace: Workspace, body: str) -> None:
    response = send(workspace, body)
    assert response.status_code in {400, 405}, response.text
    assert "Traceback" not in response.text
    refused(response, response.status_code, "BAD_REQUEST")


def test_a_batch_of_trades_trades_nothing(book: Book) -> None:
    before = book.books()
    asked = {"portfolioId": book.id, "side": "BUY", "symbol": "AAPL", "quantity": "1"}
    one = {"query": TRADE, "variables": {"input": asked}}
    assert send(book.workspace, json.dumps([one, one])).status_code == 400
    assert book.books() == before


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Content-Type": "text/plain"}, b'{"query": "{ __typename }"}'),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"query={__typename}"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--"),
        ({}, b'{"query": "{ __typename }"}'),
        ({"Content-Type": "application/json"}, b'{"query": "\xff\xfe"}'),
        ({"Content-Type": "application/json; charset=utf-16"}, b"\x00\x01"),
    ],
)
def test_another_content_is_refused(workspace: Workspace, headers: dict[str, str], content: bytes) -> None:
    response = workspace.http.post(
        f"{workspace.api.url}/graphql", content=content, headers=headers | {"X-API-Key": workspace.admin_key}
    )
    assert response.status_code in {400, 415}, response.text
    refused(response, response.status_code, "BAD_REQUEST")


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "}",
        "",
        " ",
        "query",
        "{ portfolio(id: }",
        "\x00",
        "{ \ud800 }",
        '{ quote(symbol: "\ud800") { bid } }',
        "#",
    ],
)
def test_a_query_that_does_not_parse_is_an_error_with_its_place(workspace: Workspace, query: str) -> None:
    response = send(workspace, json.dumps({"query": query}))
    assert response.status_code in {200, 400}
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] in {"GRAPHQL_PARSE_FAILED", "BAD_REQUEST"}


@pytest.mark.parametrize(
    "query",
    [
        "{ nothing }",
        "{ viewer }",
        "{ viewer { secret } }",
        '{ portfolio(id: "x", colour: "red") { id } }',
        "query ($x: Nothing!) { viewer { role } }",
        "query ($id: ID!) { viewer { role } }",
        "{ ...missing }",
        "mutation { executeTrade { __typename } }",
        'mutation { executeTrade(input: {symbol: "AAPL", side: HOLD, quantity: "1"}) { __typename } }',
        "subscription { events { id } }",
    ],
)
def test_a_query_that_does_not_fit_the_schema_is_an_error(workspace: Workspace, query: str) -> None:
    response = workspace.post(query)
    assert response.status_code in {200, 400}
    for error in response.json()["errors"]:
        assert error["extensions"]["code"] in {
            "GRAPHQL_VALIDATION_FAILED",
            "BAD_USER_INPUT",
            "BAD_REQUEST",
        }, error


def test_a_get_with_a_query_executes_nothing(book: Book) -> None:
    before = book.books()
    query = (
        f'mutation {{ executeTrade(input: {{portfolioId: "{book.id}", symbol: "AAPL", side: BUY,'
        ' quantity: "1"}) { __typename } }'
    )
    headers = {"X-API-Key": book.workspace.admin_key}
    for document in (query, "{ viewer { trader } }"):
        for accept in ("application/json", "text/html", "*/*"):
            response = book.workspace.http.get(
                f"{book.workspace.api.url}/graphql",
                params={"query": document},
                headers=headers | {"Accept": accept},
            )
            assert "key:admin" not in response.text
            assert "TradeExecuted" not in response.text
            assert response.status_code in {200, 400, 404, 405}
            assert response.status_code != 200 or response.headers["content-type"].startswith("text/html")
    assert book.books() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_another_method_is_refused(workspace: Workspace, method: str) -> None:
    response = workspace.http.request(
        method,
        f"{workspace.api.url}/graphql",
        json={"query": "{ viewer { trader } }"},
        headers={"X-API-Key": workspace.admin_key},
    )
    assert response.status_code == 405


def test_a_request_id_is_taken_returned_and_kept_in_the_event(book: Book) -> None:
    response = book.workspace.http.post(
        f"{book.workspace.api.url}/graphql",
        json={
            "query": TRADE,
            "variables": {
                "input": {"symbol": "AAPL", "side": "BUY", "quantity": "1", "portfolioId": book.id}
            },
        },
        headers={"X-API-Key": book.workspace.admin_key, "X-Request-Id": "click-42"},
    )
    assert response.headers["X-Request-Id"] == "click-42"
    document = "query ($id: ID!) { portfolio(id: $id) { events { edges { node { type data } } } } }"
    events = book.workspace.data(document, {"id": book.id})["events"]["edges"]
    assert events[-1]["node"]["data"]["request"] == "click-42"
    odd = book.workspace.http.post(
        f"{book.workspace.api.url}/graphql",
        json={"query": "{ __typename }"},
        headers={"X-API-Key": book.workspace.admin_key, "X-Request-Id": "a b\t" + "c" * 100},
    )
    assert odd.headers["X-Request-Id"].isalnum()


def test_healthz_and_readyz_answer_without_a_key(workspace: Workspace) -> None:
    for path, status in (("healthz", "alive"), ("readyz", "ready")):
        response = workspace.http.get(f"{workspace.api.url}/{path}")
        assert (response.status_code, response.json()) == (200, {"status": status})


def test_introspection_asks_for_a_key(workspace: Workspace) -> None:
    document = "{ __schema { queryType { name } } }"
    refused(workspace.post(document, key=""), 401, "UNAUTHENTICATED")
    answer: Json = workspace.query(document)
    assert answer == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
