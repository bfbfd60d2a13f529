"""Pages, ids and texts that lead nowhere: refused with the argument's name, or found to be nothing."""

from typing import Any

import pytest

from tests.api.conftest import LONG, UNKEEPABLE, Book, ask, the_error
from tests.conftest import Workspace

pytestmark = pytest.mark.usefixtures("api")


@pytest.fixture(scope="module")
def workspace(lasting_workspace: Workspace) -> Workspace:
    return lasting_workspace


@pytest.fixture(scope="module")
def book(workspace: Workspace) -> Book:
    return Book(workspace, workspace.portfolio())


BAD_PAGES: list[tuple[str, Any]] = [
    ("first", 0),
    ("first", -1),
    ("first", 101),
    ("first", 2**31 - 1),
    ("after", ""),
    ("after", "x"),
    ("after", "!!!"),
    ("after", "é"),
    ("after", "a\x00b"),
    ("after", "\ud800"),
    ("after", LONG),
    ("after", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"),  # 999999999999999999999
    ("after", "LTE"),  # -1
    ("after", "Og"),  # only a colon
    ("after", "MTox"),  # 1:1
]


@pytest.mark.parametrize("where", ["portfolios", "viewer", "events", "chain", "orders", "trades", "trail"])
def test_a_page_that_does_not_exist_is_bad_user_input_with_its_field(book: Book, where: str) -> None:
    mine = f'portfolio(id: "{book.id}")'
    fields = {
        "portfolios": "portfolios(first: $first, after: $after) { edges { cursor } }",
        "viewer": "viewer { portfolios(first: $first, after: $after) { edges { cursor } } }",
        "events": "events(first: $first, after: $after) { edges { cursor } }",
        "chain": f'events(portfolioId: "{book.id}", first: $first, after: $after) {{ edges {{ cursor }} }}',
        "orders": f"{mine} {{ orders(first: $first, after: $after) {{ edges {{ cursor }} }} }}",
        "trades": f"{mine} {{ trades(first: $first, after: $after) {{ edges {{ cursor }} }} }}",
        "trail": f"{mine} {{ events(first: $first, after: $after) {{ edges {{ cursor }} }} }}",
    }
    document = f"query ($first: Int! = 5, $after: String) {{ {fields[where]} }}"
    for field, value in BAD_PAGES:
        assert the_error(ask(book.workspace, document, {field: value})) == ("BAD_USER_INPUT", field), value


def test_a_cursor_of_another_list_is_refused(book: Book) -> None:
    page = book.workspace.data("{ events(first: 1) { pageInfo { endCursor } } }")
    document = """query ($id: ID!, $after: String) { portfolio(id: $id) {
        orders(after: $after) { edges { cursor } } } }"""
    after = page["pageInfo"]["endCursor"]
    assert the_error(ask(book.workspace, document, {"id": book.id, "after": after})) == (
        "BAD_USER_INPUT",
        "after",
    )


BAD_IDS = [
    "",
    " ",
    "0",
    "x" * 32,
    "A" * 32,
    "0" * 31,
    "0" * 33,
    "a\x00b",
    "\ud800",
    LONG,
    "é" * 32,
    "_",
    "1_2_3",
]


@pytest.mark.parametrize("id", BAD_IDS)
def test_a_bad_id_finds_nothing(workspace: Workspace, id: str) -> None:
    document = """query ($id: ID!) { portfolio(id: $id) { name } order(id: $id) { id }
        events(portfolioId: $id) { edges { cursor } } }"""
    assert ask(workspace, document, {"id": id})["data"] == {
        "portfolio": None,
        "order": None,
        "events": {"edges": []},
    }
    revoked = ask(
        workspace,
        "mutation ($id: ID!) { revokeApiKey(id: $id) { ... on InputRejected { code field } } }",
        {"id": id},
    )
    assert revoked["data"]["revokeApiKey"] == {"code": "UNKNOWN_KEY", "field": "id"}


@pytest.mark.parametrize("text", UNKEEPABLE.values(), ids=UNKEEPABLE)
def test_a_text_that_cannot_be_kept_finds_nothing(book: Book, text: str) -> None:
    document = """query ($text: String!, $id: ID!) {
        portfolio(name: $text) { name } quote(symbol: $text) { bid } quotes(symbols: [$text]) { bid }
        instruments(search: $text) { name }
        mine: portfolio(id: $id) { position(symbol: $text) { symbol }
            orders(symbol: $text) { edges { cursor } } own: orders(clientOrderId: $text) { edges { cursor } }
            trades(symbol: $text) { edges { cursor } } } }"""
    assert ask(book.workspace, document, {"text": text, "id": book.id})["data"] == {
        "portfolio": None,
        "quote": None,
        "quotes": [],
        "instruments": [],
        "mine": {
            "position": None,
            "orders": {"edges": []},
            "own": {"edges": []},
            "trades": {"edges": []},
        },
    }


def test_too_many_symbols_and_an_unnamed_portfolio_are_bad_user_input(workspace: Workspace) -> None:
    symbols = ["AAPL"] * 101
    body = ask(workspace, "query ($s: [String!]!) { quotes(symbols: $s) { bid } }", {"s": symbols})
    assert the_error(body) == ("BAD_USER_INPUT", "symbols")
    assert the_error(ask(workspace, "{ portfolio { name } }"))[0] == "BAD_USER_INPUT"
    assert the_error(ask(workspace, '{ portfolio(id: "x", name: "y") { name } }'))[0] == "BAD_USER_INPUT"
    assert the_error(ask(workspace, '{ instruments(search: "A", first: 0) { name } }')) == (
        "BAD_USER_INPUT",
        "first",
    )
