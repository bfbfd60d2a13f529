"""What a change of a portfolio makes new, and what it may not be."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlmodel import col, update

from graphql_api.oms.db import Database
from graphql_api.oms.tables import PortfolioRow
from tests.api.conftest import LONG, Book, ask, send, the_error
from tests.api.test_portfolio_rules import DEFAULT, events_of
from tests.api.updating import ADA, BOB, EVERYTHING, MANAGER, UPDATE, change, changed, refusal, row_id
from tests.conftest import Json, NewWorkspace, Workspace


def test_everything_changes_at_once_in_one_event(book: Book) -> None:
    book.fill("BUY", "AAPL", "1")
    cash = book.books()["cash"]
    rules = {"allowShort": True, "fee": {"bps": "5"}}
    members = [{"trader": BOB, "role": "VIEWER"}, {"trader": ADA, "role": "MANAGER"}]
    after = changed(book, name=" Value ", state="REDUCING", rules=rules, members=members, archived=True)
    all_rules = DEFAULT | {"allowShort": True, "fee": DEFAULT["fee"] | {"bps": "5"}}
    assert after.pop("events")["edges"][-1] == {"node": {"type": "portfolio:updated"}}
    assert after == {
        "id": book.id,
        "name": "Value",
        "state": "REDUCING",
        "account": "CASH",
        "archived": True,
        "cash": cash,
        "members": [{"trader": ADA, "role": "MANAGER"}, {"trader": BOB, "role": "VIEWER"}],
        "rules": all_rules,
    }
    assert events_of(book)[2:] == [
        {
            "type": "portfolio:updated",
            "trader": "key:admin",
            "data": {
                "name": "Value",
                "state": "REDUCING",
                "rules": all_rules,
                "members": {ADA: "MANAGER", BOB: "VIEWER"},
                "archived": True,
            },
        }
    ]


def test_an_event_tells_what_is_new_and_nothing_else(workspace: Workspace) -> None:
    members = [{"trader": ADA, "role": "TRADER"}]
    book = Book(workspace, workspace.portfolio(members=members))
    changed(book, name="Growth", state="HALTED", rules={"slippageBps": "0"}, members=members, archived=False)
    assert events_of(book)[1:] == [
        {"type": "portfolio:updated", "trader": "key:admin", "data": {"state": "HALTED"}}
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"name": "Growth"},
        {"name": " Growth "},
        {"state": "ACTIVE"},
        {"archived": False},
        {"rules": None},
        {"members": [{"trader": BOB, "role": "VIEWER"}, {"trader": f" {ADA} ", "role": "MANAGER"}]},
    ],
)
def test_a_change_of_nothing_writes_no_event(workspace: Workspace, asked: Json) -> None:
    members = [{"trader": ADA, "role": "MANAGER"}, {"trader": BOB, "role": "VIEWER"}]
    book = Book(workspace, workspace.portfolio(members=members))
    before = workspace.query(EVERYTHING)
    assert changed(book, **asked)["name"] == "Growth"
    assert workspace.query(EVERYTHING) == before


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"name": None}, "INVALID_INPUT", "name"),
        ({"state": None}, "INVALID_INPUT", "state"),
        ({"members": None}, "INVALID_INPUT", "members"),
        ({"archived": None}, "INVALID_INPUT", "archived"),
        ({"name": ""}, "INVALID_NAME", "name"),
        ({"name": " \t"}, "INVALID_NAME", "name"),
        ({"name": "x" * 81}, "INVALID_NAME", "name"),
        ({"name": LONG}, "INVALID_NAME", "name"),
        ({"name": "a\x00b"}, "INVALID_NAME", "name"),
        ({"name": "a\ud800b"}, "INVALID_NAME", "name"),
        ({"name": "a\nb"}, "INVALID_NAME", "name"),
        ({"name": "Taken"}, "NAME_TAKEN", "name"),
        ({"name": " Taken "}, "NAME_TAKEN", "name"),
        ({"name": "Put away"}, "NAME_TAKEN", "name"),
        ({"members": [MANAGER, {"trader": "", "role": "TRADER"}]}, "INVALID_INPUT", "members"),
        ({"members": [MANAGER, {"trader": LONG, "role": "TRADER"}]}, "INVALID_INPUT", "members"),
        ({"members": [MANAGER, {"trader": "a\x00", "role": "TRADER"}]}, "INVALID_INPUT", "members"),
        ({"members": [MANAGER, {"trader": "a\ud800", "role": "TRADER"}]}, "INVALID_INPUT", "members"),
        ({"members": [MANAGER, {"trader": " key:trader", "role": "TRADER"}]}, "INVALID_INPUT", "members"),
        ({"members": [MANAGER] * 501}, "INVALID_INPUT", "members"),
        ({"members": []}, "INVALID_ROLE", "members"),
        ({"members": [{"trader": "key:trader", "role": "TRADER"}]}, "INVALID_ROLE", "members"),
        ({"portfolioId": ""}, "UNKNOWN_PORTFOLIO", "portfolioId"),
        ({"portfolioId": "a\x00b"}, "UNKNOWN_PORTFOLIO", "portfolioId"),
        ({"portfolioId": LONG}, "UNKNOWN_PORTFOLIO", "portfolioId"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_by_its_field_and_nothing_changes(
    workspace: Workspace, asked: Json, code: str, field: str
) -> None:
    workspace.portfolio("Taken")
    changed(Book(workspace, workspace.portfolio("Put away")), archived=True)
    id, key = workspace.portfolio(members=[MANAGER]), workspace.key("TRADER")
    before = workspace.query(EVERYTHING)
    rest = {"portfolioId": id, "name": "Value", "state": "HALTED", "rules": {"allowShort": True}}
    variables = {"input": rest | {"archived": True} | asked}
    response = send(workspace, json.dumps({"query": UPDATE, "variables": variables}), key)
    assert refusal(response.json()["data"]["updatePortfolio"]) == (code, field)
    assert workspace.query(EVERYTHING) == before


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"state": "CLOSED"}, "state"),
        ({"archived": "yes"}, "archived"),
        ({"members": [{"trader": ADA, "role": "OWNER"}]}, "members[0].role"),
        ({"rules": []}, "rules"),
        ({"name": 7}, "name"),
    ],
)
def test_a_field_of_the_wrong_kind_is_bad_user_input(book: Book, asked: Json, field: str) -> None:
    before = book.workspace.query(EVERYTHING)
    body = ask(book.workspace, UPDATE, {"input": {"portfolioId": book.id, **asked}})
    assert the_error(body) == ("BAD_USER_INPUT", field)
    assert book.workspace.query(EVERYTHING) == before


def test_a_new_name_is_found_and_the_old_one_is_free(book: Book) -> None:
    changed(book, name="Value")
    document = "query ($name: String!) { portfolio(name: $name) { id } }"
    assert book.workspace.data(document, {"name": "Growth"}) is None
    assert book.workspace.data(document, {"name": "Value"}) == {"id": book.id}
    assert book.workspace.portfolio("Growth") != book.id


def test_a_name_is_taken_in_ones_own_workspace_only(book: Book, new_workspace: NewWorkspace) -> None:
    new_workspace().portfolio("Value")
    assert changed(book, name="Value")["name"] == "Value"


def test_an_archived_portfolio_is_left_out_until_it_is_taken_out_again(book: Book) -> None:
    book.fill("BUY", "AAPL", "1")  # positions may stay
    workspace = book.workspace
    listed = "query ($all: Boolean!) { portfolios(includeArchived: $all) { edges { node { id archived } } } }"
    trade = """mutation { executeTrade(input: {symbol: "AAPL", side: BUY, quantity: "1"}) {
        ... on TradeExecuted { portfolio { id } } ... on OrderRejected { code field } } }"""
    changed(book, archived=True)
    assert workspace.data(listed, {"all": False}) == {"edges": []}
    assert workspace.data(listed, {"all": True}) == {"edges": [{"node": {"id": book.id, "archived": True}}]}
    assert workspace.data(trade) == {"code": "UNKNOWN_PORTFOLIO", "field": "portfolioId"}
    changed(book, archived=False)
    assert workspace.data(listed, {"all": False}) == {"edges": [{"node": {"id": book.id, "archived": False}}]}
    assert workspace.data(trade) == {"portfolio": {"id": book.id}}


def test_a_portfolio_with_working_orders_is_not_put_away(book: Book, database: Database) -> None:
    before = book.workspace.query(EVERYTHING)
    with open_orders(database, book, 2):
        answer = change(book, archived=True)
    assert refusal(answer) == ("INVALID_INPUT", "archived")
    assert "cancel them first" in answer["message"]
    assert book.workspace.query(EVERYTHING) == before


@contextmanager
def open_orders(database: Database, book: Book, count: int) -> Iterator[None]:
    """Let a portfolio have so many working orders."""
    for number in (count, 0):
        with database.writing() as connection:
            connection.execute(
                update(PortfolioRow).where(col(PortfolioRow.id) == row_id(book)).values(open_orders=number)
            )
        if number:
            yield
