"""Who may do what: the role of the key, the trader's place in the portfolio, and acting for somebody."""

import pytest
import uvicorn

from graphql_api.app import create_app
from graphql_api.settings import Settings
from tests.api.conftest import TRADE, Book
from tests.conftest import Json, Workspace, serving
from tests.still import StillMarket

ADA, BOB = "slack:T1/U1", "slack:T1/U2"
CREATE = """mutation ($input: CreatePortfolioInput!) { createPortfolio(input: $input) { __typename
    ... on PortfolioCreated { portfolio { id initialCash cash members { trader role } } }
    ... on InputRejected { code field message } } }"""
CREATE_KEY = """mutation { createApiKey(input: {name: "more", role: ADMIN}) { __typename
    ... on ApiKeyCreated { secret } ... on InputRejected { code field message } } }"""
REVOKE = """mutation ($id: ID!) { revokeApiKey(id: $id) { __typename
    ... on ApiKeyRevoked { key { id } } ... on InputRejected { code field message } } }"""
TRANSFER = """mutation ($id: ID!) { transferCash(input: {portfolioId: $id, amount: "5"}) { __typename
    ... on CashTransferred { portfolio { cash flows } } ... on InputRejected { code field message } } }"""
PREVIEW = """query ($id: ID!) { previewOrder(input: {portfolioId: $id, symbol: "AAPL", side: BUY,
    type: MARKET, quantity: "1"}) { __typename ... on OrderRejected { code field } } }"""
ALL = """{ portfolios { edges { node { id cash orders { edges { cursor } } members { trader role } } } }
    apiKeys { id name role revokedAt } events { edges { node { id } } } }"""
READS = {
    "viewer": "{ viewer { workspace keyName role trader portfolios { edges { node { id } } } } }",
    "portfolios": "{ portfolios { edges { node { id } } } }",
    "portfolio": '{ portfolio(name: "Growth") { id } }',
    "order": '{ order(id: "x") { id } }',
    "quote": '{ quote(symbol: "AAPL") { bid } }',
    "quotes": '{ quotes(symbols: ["AAPL"]) { bid } }',
    "instruments": '{ instruments(search: "A") { symbol } }',
    "market": "{ market { source } }",
    "events": "{ events { edges { node { id } } } }",
}


def code_of(body: Json) -> str:
    """The code of an answer's only error."""
    (error,) = body["errors"]
    return str(error["extensions"]["code"])


def member_book(workspace: Workspace, role: str, place: str | None) -> Book:
    """A portfolio where the key `role.lower()` has a place, and that key."""
    members = [] if place is None else [{"trader": f"key:{role.lower()}", "role": place}]
    return Book(workspace, workspace.portfolio(members=members), workspace.key(role))


@pytest.mark.parametrize(
    ("role", "place", "code"),
    [
        ("ADMIN", None, None),
        ("ADMIN", "VIEWER", None),
        ("TRADER", "TRADER", None),
        ("TRADER", "MANAGER", None),
        ("TRADER", "VIEWER", "NOT_PERMITTED"),
        ("TRADER", None, "UNKNOWN_PORTFOLIO"),
        ("VIEWER", "MANAGER", "NOT_PERMITTED"),
        ("VIEWER", "TRADER", "NOT_PERMITTED"),
        ("VIEWER", "VIEWER", "NOT_PERMITTED"),
        ("VIEWER", None, "NOT_PERMITTED"),
    ],
)
def test_who_may_trade(workspace: Workspace, role: str, place: str | None, code: str | None) -> None:
    if role == "ADMIN":
        place_of_admin = [] if place is None else [{"trader": "key:admin", "role": place}]
        book = Book(workspace, workspace.portfolio(members=place_of_admin))
    else:
        book = member_book(workspace, role, place)
    before = book.books()
    previewed = workspace.data(PREVIEW, {"id": book.id}, book.key)
    assert book.books() == before
    answer = book.trade("BUY", "AAPL", "1")
    if code is None:
        assert previewed == {"__typename": "OrderPreview"}
        assert answer["order"]["trader"] == f"key:{role.lower()}"
        return
    assert previewed["code"] == code
    assert (answer["code"], answer["rejectedOrder"]) == (code, None)
    assert book.books() == before


@pytest.mark.parametrize("role", ["VIEWER", "TRADER"])
def test_a_key_sees_the_portfolios_where_it_is_a_member(workspace: Workspace, role: str) -> None:
    workspace.portfolio("Hidden")
    name = role.lower()
    seen = workspace.portfolio("Seen", members=[{"trader": f"key:{name}", "role": "VIEWER"}])
    key = workspace.key(role)
    nodes = {"edges": [{"node": {"id": seen}}]}
    assert workspace.data(READS["portfolios"], key=key) == nodes
    assert workspace.data(READS["viewer"], key=key) == {
        "workspace": workspace.name,
        "keyName": name,
        "role": role,
        "trader": f"key:{name}",
        "portfolios": nodes,
    }
    events = workspace.data("{ events { edges { node { portfolio { id } } } } }", key=key)["edges"]
    assert [edge["node"]["portfolio"]["id"] for edge in events] == [seen]
    assert code_of(workspace.query("{ apiKeys { id } }", key=key)) == "FORBIDDEN"


@pytest.mark.parametrize("role", ["VIEWER", "TRADER", "SERVICE"])
def test_managing_is_for_admins(workspace: Workspace, role: str) -> None:
    place = ADA if role == "SERVICE" else f"key:{role.lower()}"
    id = workspace.portfolio(members=[{"trader": place, "role": "MANAGER"}])
    key, behalf = workspace.key(role), ADA if role == "SERVICE" else None
    ask = workspace.data
    state = workspace.query(ALL)
    key_id = state["data"]["apiKeys"][0]["id"]
    refused = [
        ask(CREATE_KEY, None, key, behalf),
        ask(REVOKE, {"id": key_id}, key, behalf),
        ask(TRANSFER, {"id": id}, key, behalf),
    ]
    if role != "SERVICE":
        refused.append(ask(CREATE, {"input": {"name": "Mine"}}, key, behalf))
    for answer in refused:
        assert (answer["__typename"], answer["code"]) == ("InputRejected", "NOT_PERMITTED"), answer
        assert role in answer["message"]
    assert workspace.query(ALL) == state


def test_an_admin_does_everything(workspace: Workspace) -> None:
    made = workspace.data(CREATE, {"input": {"name": "Mine", "initialCash": "12.5"}})["portfolio"]
    assert (made["initialCash"], made["cash"], made["members"]) == ("12.5", "12.5", [])
    assert workspace.data(TRANSFER, {"id": made["id"]})["portfolio"] == {"cash": "17.5", "flows": "5"}
    secret = workspace.data(CREATE_KEY)["secret"]
    assert workspace.data("{ viewer { role keyName } }", key=secret) == {"role": "ADMIN", "keyName": "more"}


def test_a_service_key_acts_for_the_trader_that_it_names(workspace: Workspace) -> None:
    service = workspace.key("SERVICE", "bot")
    made = workspace.data(CREATE, {"input": {"name": "Ada's"}}, service, ADA)["portfolio"]
    assert (made["initialCash"], made["cash"]) == ("100000", "100000")
    assert made["members"] == [{"trader": ADA, "role": "MANAGER"}]
    mine = Book(workspace, made["id"], service, ADA)
    done = mine.fill("BUY", "AAPL", "1")
    assert done["order"]["trader"] == done["trades"][0]["trader"] == ADA
    viewer = workspace.data(READS["viewer"], None, service, ADA)
    assert (viewer["trader"], viewer["keyName"], viewer["role"]) == (ADA, "bot", "SERVICE")
    before = mine.books()
    nobody = Book(workspace, mine.id, service, BOB)
    assert nobody.trade("SELL", "AAPL", "1")["code"] == "UNKNOWN_PORTFOLIO"
    assert workspace.data(READS["portfolios"], None, service, BOB) == {"edges": []}
    assert (
        workspace.data("query ($id: ID!) { portfolio(id: $id) { id } }", {"id": mine.id}, service, BOB)
        is None
    )
    assert workspace.data(READS["events"], None, service, BOB) == {"edges": []}
    assert mine.books() == before


def test_through_a_service_key_a_portfolio_without_a_name_is_the_traders_own(workspace: Workspace) -> None:
    service = workspace.key("SERVICE")
    document = """mutation { executeTrade(input: {symbol: "AAPL", side: BUY, quantity: "1"}) {
        ... on TradeExecuted { portfolio { name } } ... on OrderRejected { code message } } }"""
    assert workspace.data(document, None, service, ADA)["code"] == "UNKNOWN_PORTFOLIO"
    for trader in (ADA, BOB):
        workspace.data(CREATE, {"input": {"name": trader}}, service, trader)
    assert workspace.data(document, None, service, ADA) == {"portfolio": {"name": ADA}}
    assert workspace.data(document, None, service, BOB) == {"portfolio": {"name": BOB}}


def test_a_trader_cannot_choose_the_initial_cash(workspace: Workspace) -> None:
    service = workspace.key("SERVICE")
    before = workspace.query(ALL)
    for cash in ("100000.01", "0", "1000000"):
        answer = workspace.data(CREATE, {"input": {"name": "Rich", "initialCash": cash}}, service, ADA)
        assert (answer["code"], answer["field"]) == ("NOT_PERMITTED", "initialCash")
    assert workspace.query(ALL) == before


def test_a_traders_own_portfolio_starts_with_the_setting(workspace: Workspace) -> None:
    service = workspace.key("SERVICE")
    settings = Settings(_env_file=None, database_url=workspace.api.database_url, initial_cash="2500.5")  # type: ignore[call-arg, arg-type]
    with serving(uvicorn.Config(create_app(settings, StillMarket()), port=0, log_level="error")) as url:
        response = workspace.http.post(
            f"{url}/graphql",
            json={"query": CREATE, "variables": {"input": {"name": "Ada's"}}},
            headers={"X-API-Key": service, "X-On-Behalf-Of": ADA},
        )
    assert response.json()["data"]["createPortfolio"]["portfolio"]["initialCash"] == "2500.5"


HEADERS = {
    "an ADMIN key with the header": ("ADMIN", ADA),
    "a TRADER key with the header": ("TRADER", ADA),
    "a VIEWER key with the header": ("VIEWER", ADA),
    "an ADMIN key with an empty header": ("ADMIN", ""),
    "a SERVICE key without the header": ("SERVICE", None),
    "a SERVICE key with an empty header": ("SERVICE", ""),
    "a SERVICE key with a blank name": ("SERVICE", "a b"),
    "a SERVICE key with a long name": ("SERVICE", "x" * 5000),
}


@pytest.mark.parametrize(("role", "behalf"), HEADERS.values(), ids=HEADERS)
def test_acting_for_nobody_or_without_the_right_is_refused(
    workspace: Workspace, role: str, behalf: str | None
) -> None:
    book = member_book(workspace, role, "MANAGER")
    admin_id = workspace.data("{ apiKeys { id } }")[0]["id"]
    before, state = book.books(), workspace.query(ALL)
    for document in READS.values():
        if not document.startswith("{ order("):
            body = workspace.query(document, None, book.key, behalf)
            assert code_of(body) == "FORBIDDEN", body
    trade = {"portfolioId": book.id, "symbol": "AAPL", "side": "BUY", "quantity": "1"}
    mutations: list[tuple[str, Json | None]] = [
        (TRADE, {"input": trade}),
        (CREATE, {"input": {"name": "Mine"}}),
        (TRANSFER, {"id": book.id}),
        (CREATE_KEY, None),
        (REVOKE, {"id": admin_id}),
    ]
    for document, variables in mutations:
        answer = workspace.data(document, variables, book.key, behalf)
        assert (answer["code"], answer["field"]) == ("NOT_PERMITTED", "X-On-Behalf-Of")
    assert book.books() == before
    assert workspace.query(ALL) == state
