"""What is not yours answers as if it did not exist: the same bytes, for everything that takes an id."""

import secrets

import pytest

from tests.api.conftest import TRADE, Book
from tests.conftest import Json, NewWorkspace, Workspace


def nowhere() -> str:
    """An id that nobody has."""
    return "0192" + secrets.token_hex(14)


def answers(
    workspace: Workspace, document: str, ids: list[str], key: str | None, behalf: str | None
) -> set[bytes]:
    """The answers to one operation about each of these ids."""
    found = set()
    for id in ids:
        response = workspace.post(document, {"id": id}, key, behalf)
        found.add(str(response.status_code).encode() + response.content)
    return found


OF_A_PORTFOLIO = {
    "portfolio": "query ($id: ID!) { portfolio(id: $id) { id name cash events { edges { cursor } } } }",
    "events": """query ($id: ID!) { events(portfolioId: $id) {
        edges { cursor node { hash } } pageInfo { hasNextPage hasPreviousPage } } }""",
    "executeTrade": """mutation ($id: ID!) { executeTrade(input: {portfolioId: $id, symbol: "AAPL", side: BUY,
        quantity: "1"}) { __typename ... on OrderRejected { code field message rejectedOrder { id } } } }""",
    "executeTrade badly": """mutation ($id: ID!) { executeTrade(input: {portfolioId: $id, symbol: "ZZZZ",
        side: SELL, quantity: 0}) { ... on OrderRejected { code field message rejectedOrder { id } } } }""",
    "previewOrder": """query ($id: ID!) { previewOrder(input: {portfolioId: $id, symbol: "AAPL", side: BUY,
        type: MARKET, quantity: "1"}) { __typename
        ... on OrderRejected { code field message rejectedOrder { id } } } }""",
    "transferCash": """mutation ($id: ID!) { transferCash(input: {portfolioId: $id, amount: "5"}) { __typename
        ... on InputRejected { code field message } } }""",
}
OF_AN_ORDER = "query ($id: ID!) { order(id: $id) { id status portfolio { name } trades { id } } }"
OF_A_KEY = """mutation ($id: ID!) { revokeApiKey(id: $id) { __typename
    ... on InputRejected { code field message } } }"""


@pytest.mark.parametrize("asked", OF_A_PORTFOLIO)
def test_another_workspaces_portfolio_is_as_one_that_does_not_exist(
    book: Book, new_workspace: NewWorkspace, asked: str
) -> None:
    book.fill("BUY", "AAPL", "1")
    before = book.books()
    stranger = new_workspace()
    stranger.portfolio()
    for role in ("ADMIN", "TRADER", "VIEWER", "SERVICE"):
        key = stranger.key(role)
        behalf = "key:admin" if role == "SERVICE" else None
        ids = [book.id, nowhere(), "nonsense"]
        assert len(answers(stranger, OF_A_PORTFOLIO[asked], ids, key, behalf)) == 1, role
    assert book.books() == before


@pytest.mark.parametrize("asked", OF_A_PORTFOLIO)
def test_a_portfolio_without_a_place_in_it_is_as_one_that_does_not_exist(book: Book, asked: str) -> None:
    book.fill("BUY", "AAPL", "1")
    before = book.books()
    for role, behalf in (("TRADER", None), ("VIEWER", None), ("SERVICE", "slack:T1/U1")):
        key = book.workspace.key(role)
        found = answers(book.workspace, OF_A_PORTFOLIO[asked], [book.id, nowhere()], key, behalf)
        assert len(found) == 1, role
    assert book.books() == before


def test_a_portfolio_is_not_found_by_name_either(book: Book, new_workspace: NewWorkspace) -> None:
    stranger = new_workspace()
    trader = book.workspace.key("TRADER")
    before = book.books()
    documents = [
        "query ($name: String!) { portfolio(name: $name) { id } }",
        """mutation ($name: String!) { executeTrade(input: {portfolio: $name, symbol: "AAPL", side: BUY,
            quantity: "1"}) { ... on OrderRejected { code field message } } }""",
        """query ($name: String!) { previewOrder(input: {portfolio: $name, symbol: "AAPL", side: BUY,
            type: MARKET, quantity: "1"}) { ... on OrderRejected { code field message } } }""",
    ]
    for document in documents:
        for workspace, key in ((stranger, None), (book.workspace, trader)):
            found = {workspace.post(document, {"name": name}, key).content for name in ("Growth", "Nothing")}
            assert len(found) == 1
    assert book.books() == before


def test_a_strangers_order_is_as_one_that_does_not_exist(book: Book, new_workspace: NewWorkspace) -> None:
    order = book.fill("BUY", "AAPL", "1")["order"]["id"]
    portfolio, own = order.split("_")
    assert book.workspace.data(OF_AN_ORDER, {"id": order})["status"] == "FILLED"
    stranger = new_workspace()
    mine = Book(stranger, stranger.portfolio())
    mine.fill("BUY", "AAPL", "1")
    ids = [
        order,
        f"{nowhere()}_{nowhere()}",
        f"{mine.id}_{own}",
        f"{mine.id}_{nowhere()}",
        f"{portfolio}_{nowhere()}",
        own,
        portfolio,
        "nonsense",
    ]
    assert len(answers(stranger, OF_AN_ORDER, ids, None, None)) == 1
    trader = book.workspace.key("TRADER")
    assert len(answers(book.workspace, OF_AN_ORDER, [order, f"{nowhere()}_{nowhere()}"], trader, None)) == 1


def test_a_strangers_key_is_as_one_that_does_not_exist(
    workspace: Workspace, new_workspace: NewWorkspace
) -> None:
    (key,) = workspace.data("{ apiKeys { id } }")
    stranger = new_workspace()
    assert len(answers(stranger, OF_A_KEY, [key["id"], nowhere(), "nonsense"], None, None)) == 1
    assert workspace.data("{ viewer { role } }") == {"role": "ADMIN"}


def test_two_workspaces_see_nothing_of_each_other(book: Book, new_workspace: NewWorkspace) -> None:
    book.fill("BUY", "AAPL", "1", note="a secret plan")
    book.workspace.key("TRADER", "hidden")
    stranger = new_workspace()
    stranger.portfolio()  # the same name does not collide
    body = stranger.post("""{ viewer { workspace portfolios { edges { node { id } } } }
        portfolios(includeArchived: true) { edges { node { id name
            orders { edges { cursor } } trades { edges { cursor } } } } }
        apiKeys { name } events { edges { node { id type data portfolio { id } } } } }""").text
    for hidden in (book.id, book.workspace.name, "a secret plan", "hidden"):
        assert hidden not in body
    assert stranger.name in body


def test_the_same_trader_in_another_workspace_is_somebody_else(
    workspace: Workspace, new_workspace: NewWorkspace
) -> None:
    stranger, ada = new_workspace(), "slack:T1/U1"
    document = """mutation { createPortfolio(input: {name: "Ada"}) {
        ... on PortfolioCreated { portfolio { id } } } }"""
    service, other_service = workspace.key("SERVICE"), stranger.key("SERVICE")
    id = workspace.data(document, key=service, on_behalf_of=ada)["portfolio"]["id"]
    mine = Book(workspace, id, service, ada)
    mine.fill("BUY", "AAPL", "1")
    before = mine.books()
    seen = stranger.data("{ portfolios { edges { cursor } } }", key=other_service, on_behalf_of=ada)
    assert seen == {"edges": []}
    asked: Json = {"portfolioId": id, "symbol": "AAPL", "side": "SELL", "quantity": "1"}
    answer = stranger.data(TRADE, {"input": asked}, other_service, ada)
    assert answer["code"] == "UNKNOWN_PORTFOLIO"
    assert mine.books() == before
