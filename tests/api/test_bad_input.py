"""What cannot be read or kept is refused with the field's name, and nothing has changed."""

import json

import pytest

from tests.api.conftest import LONG, TRADE, UNKEEPABLE, Book, ask, send, the_error
from tests.conftest import Json, Workspace

pytestmark = pytest.mark.usefixtures("api")


@pytest.fixture(scope="module")
def workspace(lasting_workspace: Workspace) -> Workspace:
    return lasting_workspace


@pytest.fixture(scope="module")
def book(workspace: Workspace) -> Book:
    return Book(workspace, workspace.portfolio())


UNREADABLE = [
    '"abc"',
    '"1e400"',
    '"1e2"',
    '"NaN"',
    '"Infinity"',
    '"-Infinity"',
    '""',
    '" 1"',
    '"1 "',
    '"1\\n"',
    '"+1"',
    '".5"',
    '"1."',
    '"1,000"',
    '"1_0"',
    '"0x10"',
    '"\\u0663"',  # three, in Arabic digits
    '"\\uff11"',  # one, full width
    '"1\\u0000"',
    '"\\ud800"',
    '"12345678901234"',  # 14 digits
    '"' + "9" * 5000 + '"',
    "1.5",
    "1.0",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "12345678901234",
    "9" * 400,
    "true",
    "false",
    "[]",
    '["1"]',
    "{}",
    '{"quantity": 1}',
]
LITERALS = [
    "1.5",
    "1e400",
    "1E2",
    "-0.5",
    "true",
    "ABC",
    "{a: 1}",
    '["1"]',
    '"abc"',
    '"1e400"',
    "9" * 400,
    '"NaN"',
]


@pytest.mark.parametrize("field", ["quantity", "notional", "expectedPrice"])
def test_a_number_that_cannot_be_read_is_bad_user_input(book: Book, field: str) -> None:
    before = book.books()
    variables = {"input": {"portfolioId": book.id, "side": "BUY", "symbol": "AAPL", "quantity": "1"}}
    if field == "notional":
        del variables["input"]["quantity"]
    for number in UNREADABLE:
        variables["input"][field] = "HERE"
        body = json.dumps({"query": TRADE, "variables": variables}).replace('"HERE"', number)
        response = send(book.workspace, body)
        assert response.status_code == 200, number
        assert the_error(response.json()) == ("BAD_USER_INPUT", field), number
    assert book.books() == before


@pytest.mark.parametrize("literal", LITERALS)
def test_a_literal_that_cannot_be_read_is_bad_user_input(book: Book, literal: str) -> None:
    before = book.books()
    body = ask(
        book.workspace,
        f'mutation {{ executeTrade(input: {{portfolioId: "{book.id}", symbol: "AAPL", side: BUY,'
        f" quantity: {literal}}}) {{ __typename }} }}",
    )
    assert the_error(body) == ("BAD_USER_INPUT", "quantity")
    assert book.books() == before


def test_a_number_in_a_variable_of_its_own_names_the_variable(book: Book) -> None:
    document = """mutation ($id: ID!, $amount: Decimal!) {
        transferCash(input: {portfolioId: $id, amount: $amount}) { __typename } }"""
    before = book.books()
    assert the_error(ask(book.workspace, document, {"id": book.id, "amount": "1e400"})) == (
        "BAD_USER_INPUT",
        "amount",
    )
    assert book.books() == before


def test_a_list_in_a_variable_of_its_own_names_the_variable_and_the_place(workspace: Workspace) -> None:
    document = "query ($symbols: [String!]!) { quotes(symbols: $symbols) { bid } }"
    body = ask(workspace, document, {"symbols": ["AAPL", 7]})
    assert the_error(body) == ("BAD_USER_INPUT", "symbols[1]")


def test_an_integer_too_long_for_any_parser_is_refused(book: Book) -> None:
    before = book.books()
    body = json.dumps({"query": TRADE, "variables": {"input": {"quantity": "HERE"}}})
    response = send(book.workspace, body.replace('"HERE"', "9" * 50_000))
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert book.books() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"side": "HOLD"}, "side"),
        ({"side": 1}, "side"),
        ({"symbol": 7}, "symbol"),
        ({"symbol": None}, "symbol"),
        ({"note": ["x"]}, "note"),
        ({"portfolioId": {"a": 1}}, "portfolioId"),
        ({"colour": "red"}, "input"),
    ],
)
def test_a_field_of_the_wrong_kind_is_bad_user_input(book: Book, change: Json, field: str) -> None:
    before = book.books()
    asked = {"portfolioId": book.id, "side": "BUY", "symbol": "AAPL", "quantity": "1"} | change
    assert the_error(ask(book.workspace, TRADE, {"input": asked})) == ("BAD_USER_INPUT", field)
    assert book.books() == before


def test_a_missing_field_is_bad_user_input(book: Book) -> None:
    before = book.books()
    body = ask(book.workspace, TRADE, {"input": {"side": "BUY", "quantity": "1"}})
    assert the_error(body)[0] == "BAD_USER_INPUT"
    assert "symbol" in body["errors"][0]["message"]
    body = ask(book.workspace, TRADE, {})
    assert the_error(body) == ("BAD_USER_INPUT", "input")
    assert book.books() == before


@pytest.mark.parametrize("field", ["symbol", "clientOrderId", "note", "portfolio", "portfolioId"])
@pytest.mark.parametrize("text", UNKEEPABLE.values(), ids=UNKEEPABLE)
def test_a_text_that_cannot_be_kept_is_refused_by_its_field(book: Book, field: str, text: str) -> None:
    before = book.books()
    asked: Json = {"portfolioId": book.id, "side": "BUY", "symbol": "AAPL", "quantity": "1", field: text}
    if field == "portfolio":
        del asked["portfolioId"]
    code = {
        "symbol": "UNKNOWN_SYMBOL",
        "portfolio": "UNKNOWN_PORTFOLIO",
        "portfolioId": "UNKNOWN_PORTFOLIO",
    }.get(field, "INVALID_INPUT")
    answer = ask(book.workspace, TRADE, {"input": asked})["data"]["executeTrade"]
    assert (answer["code"], answer["field"], answer["rejectedOrder"]) == (code, field, None)
    assert book.books() == before


@pytest.mark.parametrize("symbol", ["", " ", "A" * 13, "AAPL;", "A B", "ＡＡＰＬ", "ſ", "AAPL\u0301", "💸"])
def test_a_text_that_is_no_symbol_keeps_no_order(book: Book, symbol: str) -> None:
    before = book.books()
    answer = book.trade("BUY", symbol, "1")
    assert (answer["code"], answer["field"], answer["rejectedOrder"]) == ("UNKNOWN_SYMBOL", "symbol", None)
    assert book.books() == before


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_a_blank_id_is_refused(book: Book, text: str) -> None:
    before = book.books()
    answer = book.trade("BUY", "AAPL", "1", clientOrderId=text)
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "clientOrderId")
    assert book.books() == before


CREATE = """mutation ($input: CreatePortfolioInput!) { createPortfolio(input: $input) { __typename
    ... on InputRejected { code field message } } }"""
TRANSFER = """mutation ($input: TransferCashInput!) { transferCash(input: $input) { __typename
    ... on InputRejected { code field message } } }"""
CREATE_KEY = """mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { __typename
    ... on InputRejected { code field message } } }"""


def everything(workspace: Workspace) -> Json:
    """All portfolios, keys and events of a workspace."""
    return workspace.query("""{ portfolios { edges { node { id cash flows } } }
        apiKeys { id name revokedAt } events { edges { node { id hash } } } }""")


@pytest.mark.parametrize(
    ("input", "code", "field"),
    [
        ({"name": ""}, "INVALID_NAME", "name"),
        ({"name": " \t"}, "INVALID_NAME", "name"),
        ({"name": "x" * 81}, "INVALID_NAME", "name"),
        ({"name": LONG}, "INVALID_NAME", "name"),
        ({"name": "a\x00b"}, "INVALID_NAME", "name"),
        ({"name": "a\ud800b"}, "INVALID_NAME", "name"),
        ({"name": "a\nb"}, "INVALID_NAME", "name"),
        ({"name": "Growth"}, "NAME_TAKEN", "name"),
        ({"name": " Growth "}, "NAME_TAKEN", "name"),
        ({"initialCash": "-0.01"}, "INVALID_AMOUNT", "initialCash"),
        ({"initialCash": "1000000000000.01"}, "INVALID_AMOUNT", "initialCash"),
        ({"initialCash": "1.0000001"}, "INVALID_AMOUNT", "initialCash"),
        ({"members": [{"trader": "", "role": "TRADER"}]}, "INVALID_INPUT", "members"),
        ({"members": [{"trader": LONG, "role": "TRADER"}]}, "INVALID_INPUT", "members"),
        ({"members": [{"trader": "a\x00", "role": "TRADER"}]}, "INVALID_INPUT", "members"),
        ({"members": [{"trader": "a\ud800", "role": "TRADER"}]}, "INVALID_INPUT", "members"),
        (
            {"members": [{"trader": "key:a", "role": "TRADER"}, {"trader": "key:a", "role": "VIEWER"}]},
            "INVALID_INPUT",
            "members",
        ),
    ],
)
def test_a_portfolio_that_cannot_be_made_is_refused_by_its_field(
    workspace: Workspace, book: Book, input: Json, code: str, field: str
) -> None:
    before = everything(workspace)
    answer = ask(workspace, CREATE, {"input": {"name": "New"} | input})["data"]["createPortfolio"]
    assert (answer["__typename"], answer["code"], answer["field"]) == ("InputRejected", code, field)
    assert answer["message"].endswith(".")
    assert everything(workspace) == before


@pytest.mark.parametrize(
    ("input", "code", "field"),
    [
        ({"amount": "0"}, "INVALID_AMOUNT", "amount"),
        ({"amount": "0.0000001"}, "INVALID_AMOUNT", "amount"),
        ({"amount": "1000000000000.01"}, "INVALID_AMOUNT", "amount"),
        ({"amount": "-1000000000000.01"}, "INVALID_AMOUNT", "amount"),
        ({"amount": "-100000.000001"}, "INSUFFICIENT_BUYING_POWER", "amount"),
        ({"note": "a\x00b"}, "INVALID_INPUT", "note"),
        ({"note": "a\ud800b"}, "INVALID_INPUT", "note"),
        ({"note": LONG}, "INVALID_INPUT", "note"),
        ({"portfolioId": "no id"}, "UNKNOWN_PORTFOLIO", "portfolioId"),
        ({"portfolioId": ""}, "UNKNOWN_PORTFOLIO", "portfolioId"),
        ({"portfolioId": "a\x00b"}, "UNKNOWN_PORTFOLIO", "portfolioId"),
        ({"portfolioId": LONG}, "UNKNOWN_PORTFOLIO", "portfolioId"),
    ],
)
def test_cash_that_cannot_be_moved_is_refused_by_its_field(
    book: Book, input: Json, code: str, field: str
) -> None:
    before = book.books()
    asked = {"portfolioId": book.id, "amount": "5"} | input
    answer = ask(book.workspace, TRANSFER, {"input": asked})["data"]["transferCash"]
    assert (answer["__typename"], answer["code"], answer["field"]) == ("InputRejected", code, field)
    assert book.books() == before


@pytest.mark.parametrize(
    ("input", "code", "field"),
    [
        ({"name": ""}, "INVALID_NAME", "name"),
        ({"name": LONG}, "INVALID_NAME", "name"),
        ({"name": "a\x00b"}, "INVALID_NAME", "name"),
        ({"name": "a\ud800b"}, "INVALID_NAME", "name"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "INVALID_INPUT", "expiresAt"),
    ],
)
def test_a_key_that_cannot_be_made_is_refused_by_its_field(
    workspace: Workspace, input: Json, code: str, field: str
) -> None:
    before = everything(workspace)
    asked = {"name": "new", "role": "VIEWER"} | input
    answer = ask(workspace, CREATE_KEY, {"input": asked})["data"]["createApiKey"]
    assert (answer["__typename"], answer["code"], answer["field"]) == ("InputRejected", code, field)
    assert everything(workspace) == before


@pytest.mark.parametrize(
    "time", ["tomorrow", "2027-13-01T00:00:00Z", "2027-01-01T00:00:00", "9999-12-31T23:59:59-12:00", 5, ""]
)
def test_a_time_that_cannot_be_read_is_bad_user_input(workspace: Workspace, time: object) -> None:
    before = everything(workspace)
    body = ask(workspace, CREATE_KEY, {"input": {"name": "new", "role": "VIEWER", "expiresAt": time}})
    assert the_error(body) == ("BAD_USER_INPUT", "expiresAt")
    assert everything(workspace) == before
