"""A portfolio's rules: chosen when it is made, changed one by one, and refused by the name of the rule."""

import json
from typing import Any

import pytest

from tests.api.conftest import Book, ask, send, the_error
from tests.conftest import Json, Workspace

RULES = """rules { allowShort liquidity slippageBps maxOrderNotional maxPositionPercent restrictedSymbols
    fee { flat perShare bps minimum capPercent } }"""
CREATE = f"""mutation ($input: CreatePortfolioInput!) {{ createPortfolio(input: $input) {{ __typename
    ... on PortfolioCreated {{ portfolio {{ id account {RULES} }} }}
    ... on InputRejected {{ code field message }} }} }}"""
UPDATE = f"""mutation ($input: UpdatePortfolioInput!) {{ updatePortfolio(input: $input) {{ __typename
    ... on PortfolioUpdated {{ portfolio {{ id account {RULES} }} }}
    ... on InputRejected {{ code field message }} }} }}"""
READ = f"query ($id: ID!) {{ portfolio(id: $id) {{ {RULES} }} }}"
EVENTS = "query ($id: ID!) { events(portfolioId: $id) { edges { node { type trader data } } } }"
EVERYTHING = f"""{{ portfolios {{ edges {{ node {{ id name account {RULES} }} }} }}
    events {{ edges {{ node {{ id hash }} }} }} }}"""

NO_FEE = {"flat": "0", "perShare": "0", "bps": "0", "minimum": "0", "capPercent": None}
DEFAULT: Json = {
    "allowShort": False,
    "liquidity": "FULL",
    "slippageBps": "0",
    "fee": NO_FEE,
    "maxOrderNotional": None,
    "maxPositionPercent": None,
    "restrictedSymbols": [],
}
STRICT: Json = {
    "allowShort": True,
    "liquidity": "SIZE",
    "slippageBps": "2.5",
    "fee": {"flat": "1", "perShare": "0.005", "bps": "10", "minimum": "1.25", "capPercent": "0.5"},
    "maxOrderNotional": "25000",
    "maxPositionPercent": "150",
    "restrictedSymbols": ["AAPL", "BRK.B"],
}


@pytest.fixture
def strict(workspace: Workspace) -> Book:
    """A portfolio whose rules are all unlike their defaults."""
    return Book(workspace, workspace.portfolio("Strict", rules=STRICT))


def update(book: Book, rules: object) -> Json:
    """Send updatePortfolio with these rules and return the union's member."""
    answer: Json = book.workspace.data(UPDATE, {"input": {"portfolioId": book.id, "rules": rules}})
    return answer


def rules_of(book: Book) -> Json:
    """The rules as they are read."""
    rules: Json = book.workspace.data(READ, {"id": book.id})["rules"]
    return rules


def events_of(book: Book) -> list[Json]:
    """The type, trader and data of a portfolio's events, without the data that every event has."""
    events = [edge["node"] for edge in book.workspace.data(EVENTS, {"id": book.id})["edges"]]
    for event in events:
        assert event["data"].pop("key")
        assert event["data"].pop("request")
    return events


@pytest.mark.parametrize("rules", [{}, {"rules": None}, {"rules": {}}, {"rules": dict.fromkeys(DEFAULT)}])
def test_rules_that_are_not_chosen_are_at_their_defaults(workspace: Workspace, rules: Json) -> None:
    made = workspace.data(CREATE, {"input": {"name": "New", **rules}})["portfolio"]
    assert (made["account"], made["rules"]) == ("CASH", DEFAULT)
    (created,) = events_of(Book(workspace, made["id"]))
    assert created["data"]["rules"] == DEFAULT


def test_a_portfolio_is_made_with_the_rules_that_are_chosen(workspace: Workspace) -> None:
    asked = {"name": "New", "account": "MARGIN", "rules": STRICT}
    made = workspace.data(CREATE, {"input": asked})["portfolio"]
    assert (made["account"], made["rules"]) == ("MARGIN", STRICT)
    book = Book(workspace, made["id"])
    assert rules_of(book) == STRICT
    assert events_of(book) == [
        {
            "type": "portfolio:created",
            "trader": "key:admin",
            "data": {
                "name": "New",
                "account": "MARGIN",
                "initialCash": "100000",
                "rules": STRICT,
                "members": {},
            },
        }
    ]


def test_a_trader_chooses_the_rules_of_their_own_portfolio(workspace: Workspace) -> None:
    asked = {"name": "Ada's", "account": "MARGIN", "rules": {"allowShort": True}}
    made = workspace.data(CREATE, {"input": asked}, workspace.key("SERVICE"), "slack:T1/U1")["portfolio"]
    assert (made["account"], made["rules"]) == ("MARGIN", DEFAULT | {"allowShort": True})


CHANGES: list[tuple[Json | None, Json]] = [
    ({"allowShort": False}, {"allowShort": False}),
    ({"liquidity": "FULL"}, {"liquidity": "FULL"}),
    ({"slippageBps": "9999.999999"}, {"slippageBps": "9999.999999"}),
    (
        {"slippageBps": 3, "maxPositionPercent": "0.000001"},
        {"slippageBps": "3", "maxPositionPercent": "0.000001"},
    ),
    ({"maxOrderNotional": "1000000000000"}, {"maxOrderNotional": "1000000000000"}),
    ({"restrictedSymbols": []}, {"restrictedSymbols": []}),
    ({"restrictedSymbols": [" tsla ", "AAPL", "aapl"]}, {"restrictedSymbols": ["AAPL", "TSLA"]}),
    ({"fee": {"bps": "0"}}, {"fee": STRICT["fee"] | {"bps": "0"}}),
    (
        {"fee": {"capPercent": "100", "bps": "10000"}},
        {"fee": STRICT["fee"] | {"capPercent": "100", "bps": "10000"}},
    ),
    ({"allowShort": None}, {"allowShort": False}),
    ({"liquidity": None}, {"liquidity": "FULL"}),
    ({"slippageBps": None}, {"slippageBps": "0"}),
    ({"maxOrderNotional": None}, {"maxOrderNotional": None}),
    ({"maxPositionPercent": None}, {"maxPositionPercent": None}),
    ({"restrictedSymbols": None}, {"restrictedSymbols": []}),
    ({"fee": {"capPercent": None, "flat": None}}, {"fee": STRICT["fee"] | {"capPercent": None, "flat": "0"}}),
    ({"fee": None}, {"fee": NO_FEE}),
    (dict.fromkeys(DEFAULT), DEFAULT),
    (None, DEFAULT),
]


@pytest.mark.parametrize(("asked", "changed"), CHANGES, ids=[json.dumps(asked) for asked, _ in CHANGES])
def test_what_is_absent_stays_and_null_is_the_default(
    strict: Book, asked: Json | None, changed: Json
) -> None:
    before = strict.books()
    answer = update(strict, asked)
    assert answer["__typename"] == "PortfolioUpdated", answer
    after = STRICT | changed
    assert answer["portfolio"]["rules"] == rules_of(strict) == after
    created, updated = events_of(strict)
    assert created["type"] == "portfolio:created"
    assert updated == {"type": "portfolio:updated", "trader": "key:admin", "data": {"rules": after}}
    books = strict.books()
    del books["events"], before["events"]
    assert books == before


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"fee": {}},
        STRICT,
        {"slippageBps": "2.50", "maxOrderNotional": 25000},
        {"restrictedSymbols": ["brk.b", "AAPL", "AAPL"]},
    ],
)
def test_rules_that_are_as_they_were_write_no_event(strict: Book, asked: Json) -> None:
    before = strict.books()
    assert update(strict, asked)["portfolio"]["rules"] == STRICT
    assert strict.books() == before


def test_a_variable_that_is_not_given_changes_nothing(strict: Book) -> None:
    document = f"""mutation ($id: ID!, $rules: PortfolioRulesInput, $fee: FeeRuleInput, $bps: Decimal) {{
        bare: updatePortfolio(input: {{portfolioId: $id, rules: $rules}}) {{ __typename }}
        nested: updatePortfolio(input: {{portfolioId: $id, rules: {{slippageBps: $bps, fee: $fee}}}}) {{
            ... on PortfolioUpdated {{ portfolio {{ {RULES} }} }} }} }}"""
    before = strict.books()
    body = strict.workspace.query(document, {"id": strict.id})
    assert body["data"] == {
        "bare": {"__typename": "PortfolioUpdated"},
        "nested": {"portfolio": {"rules": STRICT}},
    }
    assert strict.books() == before
    body = strict.workspace.query(document, {"id": strict.id, "bps": None})
    assert body["data"]["nested"]["portfolio"]["rules"] == STRICT | {"slippageBps": "0"}
    assert len(events_of(strict)) == 2


def test_null_in_the_document_itself_is_the_default(strict: Book) -> None:
    document = f"""mutation ($id: ID!) {{ updatePortfolio(input: {{portfolioId: $id, rules: {{
        maxOrderNotional: null, fee: {{minimum: null}}}}}}) {{
            ... on PortfolioUpdated {{ portfolio {{ {RULES} }} }} }} }}"""
    answer = strict.workspace.data(document, {"id": strict.id})
    fee = STRICT["fee"] | {"minimum": "0"}
    assert answer["portfolio"]["rules"] == STRICT | {"maxOrderNotional": None, "fee": fee}


TOO_LARGE, TOO_FINE = "1000000000000.000001", "0.0000001"
WRONG: list[tuple[Json, str, str]] = [
    *(
        ({name: amount}, "INVALID_AMOUNT", f"rules.{name}")
        for name, amounts in {
            "slippageBps": ("-0.000001", "10000", "20000", TOO_FINE, TOO_LARGE),
            "maxOrderNotional": ("0", "-1", TOO_FINE, TOO_LARGE),
            "maxPositionPercent": ("0", "-5", TOO_FINE, TOO_LARGE),
        }.items()
        for amount in amounts
    ),
    *(
        ({"fee": {name: amount}}, "INVALID_AMOUNT", f"rules.fee.{name}")
        for name, amounts in {
            "flat": ("-0.01", TOO_FINE, TOO_LARGE),
            "perShare": ("-0.01", TOO_FINE, TOO_LARGE),
            "bps": ("-1", "10000.000001", TOO_FINE, TOO_LARGE),
            "minimum": ("-0.01", TOO_FINE, TOO_LARGE),
            "capPercent": ("-1", "100.000001", TOO_FINE, TOO_LARGE),
        }.items()
        for amount in amounts
    ),
    *(
        ({"restrictedSymbols": ["AAPL", symbol]}, "UNKNOWN_SYMBOL", "rules.restrictedSymbols")
        for symbol in ("", " ", "A B", "A" * 13, "AAPL;", "ＡＡＰＬ", "a\x00", "\ud800", "x" * 5000)
    ),
    ({"restrictedSymbols": ["AAPL"] * 501}, "INVALID_INPUT", "rules.restrictedSymbols"),
    ({"liquidity": "SIZE", "fee": {"flat": "5", "bps": "-1"}}, "INVALID_AMOUNT", "rules.fee.bps"),
]


@pytest.fixture(scope="module")
def lasting(lasting_workspace: Workspace) -> Book:
    """A portfolio that no test of a refusal changes."""
    return Book(lasting_workspace, lasting_workspace.portfolio("Lasting", rules=STRICT))


@pytest.mark.parametrize(("rules", "code", "field"), WRONG)
def test_a_rule_that_is_wrong_is_refused_by_its_name(
    api: object, lasting: Book, rules: Json, code: str, field: str
) -> None:
    workspace = lasting.workspace
    before = workspace.query(EVERYTHING)
    changed: Json = {"portfolioId": lasting.id, "name": "Other", "state": "HALTED", "rules": rules}
    for document, asked in ((UPDATE, changed), (CREATE, {"name": "New", "rules": rules})):
        (answer,) = ask(workspace, document, {"input": asked})["data"].values()
        assert (answer["__typename"], answer["code"], answer["field"]) == ("InputRejected", code, field)
        assert answer["message"].endswith(".")
        assert workspace.query(EVERYTHING) == before


UNREADABLE: list[tuple[str, str, str]] = [
    ('{"slippageBps": 1.5}', "slippageBps", "slippageBps"),
    ('{"slippageBps": "1e2"}', "slippageBps", "slippageBps"),
    ('{"maxOrderNotional": "NaN"}', "maxOrderNotional", "maxOrderNotional"),
    ('{"fee": {"bps": 1e400}}', "bps", "fee.bps"),
    ('{"fee": 5}', "fee", "fee"),
    ('{"liquidity": "HALF"}', "liquidity", "liquidity"),
    ('{"allowShort": "yes"}', "allowShort", "allowShort"),
    ('{"restrictedSymbols": ["AAPL", null]}', "restrictedSymbols", "restrictedSymbols[1]"),
    ('{"restrictedSymbols": [7]}', "restrictedSymbols", "restrictedSymbols[0]"),
]


@pytest.mark.parametrize(("rules", "name", "path"), UNREADABLE)
def test_a_rule_that_cannot_be_read_is_bad_user_input(
    api: object, lasting: Book, rules: str, name: str, path: str
) -> None:
    before = lasting.workspace.query(EVERYTHING)
    variables: Any = {"input": {"portfolioId": lasting.id, "rules": "HERE"}}
    body = json.dumps({"query": UPDATE, "variables": variables}).replace('"HERE"', rules)
    response = send(lasting.workspace, body)
    assert response.status_code == 200
    assert the_error(response.json()) == ("BAD_USER_INPUT", f"rules.{path}")
    assert lasting.workspace.query(EVERYTHING) == before


def test_rules_come_with_a_trade_without_another_look(strict: Book) -> None:
    document = f"""mutation ($id: ID!) {{ executeTrade(input: {{portfolioId: $id, symbol: "MSFT", side: BUY,
        quantity: "1"}}) {{ ... on TradeExecuted {{ portfolio {{ {RULES} }} }} }} }}"""
    assert update(strict, None)["portfolio"]["rules"] == DEFAULT
    assert strict.workspace.data(document, {"id": strict.id})["portfolio"]["rules"] == DEFAULT
