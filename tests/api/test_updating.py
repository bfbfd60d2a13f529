"""Changing a portfolio: who may, what is new afterwards, and what two do at the same time."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise

import pytest
from sqlalchemy import Connection, text
from sqlmodel import col, delete, update

from graphql_api.oms.db import Database
from graphql_api.oms.ids import from_text
from graphql_api.oms.tables import MemberRow, PortfolioRow
from graphql_api.oms.words import MemberRole
from tests.api.conftest import LONG, Book, ask, send, the_error
from tests.api.test_not_yours import answers, nowhere
from tests.api.test_portfolio_rules import DEFAULT, RULES, events_of
from tests.api.test_races import at_once
from tests.conftest import Json, NewWorkspace, Workspace

ADA, BOB = "slack:T1/U1", "slack:T1/U2"
UPDATE = f"""mutation ($input: UpdatePortfolioInput!) {{ updatePortfolio(input: $input) {{ __typename
    ... on PortfolioUpdated {{ portfolio {{ id name state account archived cash members {{ trader role }}
        {RULES} events {{ edges {{ node {{ type }} }} }} }} }}
    ... on InputRejected {{ code field message }} }} }}"""
EVERYTHING = f"""{{ portfolios(includeArchived: true) {{ edges {{ node {{ id name state archived
    members {{ trader role }} {RULES} }} }} }} events {{ edges {{ node {{ id hash }} }} }} }}"""


def change(book: Book, **asked: object) -> Json:
    """Send updatePortfolio and return the union's member."""
    variables = {"input": {"portfolioId": book.id, **asked}}
    answer: Json = book.workspace.data(UPDATE, variables, book.key, book.on_behalf_of)
    return answer


def changed(book: Book, **asked: object) -> Json:
    """Send updatePortfolio, be sure that it was done, and return the portfolio."""
    answer = change(book, **asked)
    assert answer["__typename"] == "PortfolioUpdated", answer
    portfolio: Json = answer["portfolio"]
    return portfolio


def refusal(answer: Json) -> tuple[str, str]:
    """The code and field of a refusal, whose sentence is one."""
    assert answer["__typename"] == "InputRejected", answer
    assert answer["message"].endswith(".")
    return answer["code"], answer["field"]


@pytest.mark.parametrize(
    ("role", "place", "told"),
    [
        ("ADMIN", None, None),
        ("ADMIN", "VIEWER", None),
        ("TRADER", "MANAGER", None),
        ("TRADER", "TRADER", ("NOT_PERMITTED", "portfolioId")),
        ("TRADER", "VIEWER", ("NOT_PERMITTED", "portfolioId")),
        ("TRADER", None, ("UNKNOWN_PORTFOLIO", "portfolioId")),
        ("SERVICE", "MANAGER", None),
        ("SERVICE", "TRADER", ("NOT_PERMITTED", "portfolioId")),
        ("SERVICE", "VIEWER", ("NOT_PERMITTED", "portfolioId")),
        ("SERVICE", None, ("UNKNOWN_PORTFOLIO", "portfolioId")),
        ("VIEWER", "MANAGER", ("NOT_PERMITTED", "X-API-Key")),
        ("VIEWER", None, ("NOT_PERMITTED", "X-API-Key")),
    ],
)
def test_who_may_change_a_portfolio(
    workspace: Workspace, role: str, place: str | None, told: tuple[str, str] | None
) -> None:
    behalf = ADA if role == "SERVICE" else None
    trader = behalf or f"key:{role.lower()}"
    places = [{"trader": trader, "role": place}] if place else []
    key = workspace.admin_key if role == "ADMIN" else workspace.key(role)
    book = Book(workspace, workspace.portfolio(members=places), key, behalf)
    members = [{"trader": BOB, "role": "VIEWER"}, {"trader": trader, "role": "MANAGER"}]
    before = workspace.query(EVERYTHING)
    for asked in (
        {"name": "Value"},
        {"state": "HALTED"},
        {"rules": {"slippageBps": "1"}},
        {"members": members},
        {"archived": True},
    ):
        answer = change(book, **asked)
        if told is not None:
            assert refusal(answer) == told
            assert workspace.query(EVERYTHING) == before
            continue
        assert answer["__typename"] == "PortfolioUpdated"
        (event,) = events_of(book)[-1:]
        assert (event["type"], event["trader"], event["data"].keys()) == (
            "portfolio:updated",
            trader,
            asked.keys(),
        )


@pytest.mark.parametrize(
    ("role", "behalf"), [("SERVICE", None), ("ADMIN", ADA), ("TRADER", ADA), ("VIEWER", ADA)]
)
def test_acting_for_nobody_or_without_the_right_changes_nothing(
    workspace: Workspace, role: str, behalf: str | None
) -> None:
    place = {"trader": f"key:{role.lower()}", "role": "MANAGER"}
    book = Book(workspace, workspace.portfolio(members=[place]), workspace.key(role), behalf)
    before = workspace.query(EVERYTHING)
    assert refusal(change(book, name="Value")) == ("NOT_PERMITTED", "X-On-Behalf-Of")
    assert workspace.query(EVERYTHING) == before


@pytest.mark.parametrize(
    "input", ['name: "Value"', "name: null", 'rules: {slippageBps: "-1"}', "archived: true", ""]
)
def test_what_is_not_yours_is_as_what_does_not_exist(
    book: Book, new_workspace: NewWorkspace, input: str
) -> None:
    document = f"""mutation ($id: ID!) {{ updatePortfolio(input: {{portfolioId: $id, {input}}}) {{ __typename
        ... on InputRejected {{ code field message }} }} }}"""
    before = book.workspace.query(EVERYTHING)
    stranger = new_workspace()
    stranger.portfolio()
    for role in ("ADMIN", "TRADER", "VIEWER", "SERVICE"):
        behalf = "key:admin" if role == "SERVICE" else None
        found = answers(stranger, document, [book.id, nowhere(), "nonsense"], stranger.key(role), behalf)
        assert len(found) == 1, role
        if role != "ADMIN":
            key = book.workspace.key(role)
            assert len(answers(book.workspace, document, [book.id, nowhere()], key, behalf)) == 1, role
            before = book.workspace.query(EVERYTHING)
    assert book.workspace.query(EVERYTHING) == before


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


MANAGER = {"trader": "key:trader", "role": "MANAGER"}


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


def test_an_admin_may_leave_a_portfolio_without_members(workspace: Workspace) -> None:
    book = Book(workspace, workspace.portfolio(members=[MANAGER]))
    assert changed(book, members=[{"trader": BOB, "role": "VIEWER"}])["members"] == [
        {"trader": BOB, "role": "VIEWER"}
    ]
    assert changed(book, members=[])["members"] == []


def test_a_place_counts_from_the_moment_it_is_given_or_taken(workspace: Workspace) -> None:
    manager, service = {"trader": ADA, "role": "MANAGER"}, workspace.key("SERVICE")
    ada = Book(workspace, workspace.portfolio(members=[manager]), service, ADA)
    bob = Book(workspace, ada.id, service, BOB)
    assert bob.trade("BUY", "AAPL", "1")["code"] == "UNKNOWN_PORTFOLIO"
    changed(ada, members=[manager, {"trader": BOB, "role": "VIEWER"}])
    assert bob.trade("BUY", "AAPL", "1")["code"] == "NOT_PERMITTED"
    changed(ada, members=[manager, {"trader": BOB, "role": "TRADER"}])
    bob.fill("BUY", "AAPL", "1")
    assert refusal(change(bob, name="Bob's")) == ("NOT_PERMITTED", "portfolioId")
    changed(ada, members=[manager, {"trader": BOB, "role": "MANAGER"}])
    assert changed(bob, name="Bob's", members=[{"trader": BOB, "role": "MANAGER"}])["name"] == "Bob's"
    assert refusal(change(ada, name="Ada's")) == ("UNKNOWN_PORTFOLIO", "portfolioId")
    assert ada.trade("SELL", "AAPL", "1")["code"] == "UNKNOWN_PORTFOLIO"


def test_who_gives_up_their_place_is_told_what_the_portfolio_is_then(workspace: Workspace) -> None:
    key = workspace.key("TRADER")
    book = Book(workspace, workspace.portfolio(members=[MANAGER]), key)
    after = changed(book, members=[{"trader": BOB, "role": "MANAGER"}])
    assert after["members"] == [{"trader": BOB, "role": "MANAGER"}]
    assert after["events"]["edges"][-1] == {"node": {"type": "portfolio:updated"}}
    document = "query ($id: ID!) { portfolio(id: $id) { id } }"
    assert workspace.data(document, {"id": book.id}, key) is None


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
                update(PortfolioRow).where(col(PortfolioRow.id) == _id(book)).values(open_orders=number)
            )
        if number:
            yield


def _id(book: Book) -> object:
    (id,) = from_text(book.id) or (None,)
    return id


def test_parallel_changes_of_different_things_all_hold(book: Book) -> None:
    asked: list[Json] = [
        {"name": "Value"},
        {"state": "HALTED"},
        {"rules": {"slippageBps": "3"}},
        {"rules": {"fee": {"bps": "4"}}},
        {"rules": {"fee": {"minimum": "5"}}},
        {"members": [MANAGER]},
        {"archived": True},
    ]
    at_once(len(asked), lambda number: changed(book, **asked[number]))
    after = changed(book)
    assert (after["name"], after["state"], after["archived"]) == ("Value", "HALTED", True)
    assert after["members"] == [MANAGER]
    assert after["rules"] == DEFAULT | {
        "slippageBps": "3",
        "fee": DEFAULT["fee"] | {"bps": "4", "minimum": "5"},
    }
    assert len(events_of(book)) == 1 + len(asked)


def test_parallel_changes_of_one_thing_are_as_if_they_came_one_by_one(book: Book) -> None:
    states = ["HALTED", "REDUCING", "ACTIVE", "HALTED", "REDUCING", "ACTIVE", "HALTED", "REDUCING"]
    at_once(len(states), lambda number: changed(book, state=states[number]))
    told = [event["data"] for event in events_of(book)[1:]]
    assert told[-1] == {"state": changed(book)["state"]}
    came = ["ACTIVE", *(data["state"] for data in told)]
    assert all(one != following for one, following in pairwise(came))


def test_of_parallel_changes_to_one_name_one_is_done(workspace: Workspace) -> None:
    books = [Book(workspace, workspace.portfolio(f"Portfolio {number}")) for number in range(6)]
    answers = at_once(6, lambda number: change(books[number], name="Same"))
    assert sorted(answer["__typename"] for answer in answers) == ["InputRejected"] * 5 + ["PortfolioUpdated"]
    assert {refusal(answer) for answer in answers if "code" in answer} == {("NAME_TAKEN", "name")}
    assert [len(events_of(book)) for book in books].count(2) == 1


def test_a_change_and_a_new_portfolio_cannot_both_have_a_name(book: Book) -> None:
    create = """mutation { createPortfolio(input: {name: "Same"}) { __typename
        ... on InputRejected { code field message } } }"""
    done = at_once(2, lambda number: change(book, name="Same") if number else book.workspace.data(create))
    assert sum("code" in answer for answer in done) == 1
    names = book.workspace.data("{ portfolios { edges { node { name } } } }")["edges"]
    assert sum(edge["node"]["name"] == "Same" for edge in names) == 1


def test_portfolios_that_swap_their_names_do_not_wait_for_each_other(
    workspace: Workspace, database: Database
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time: nobody waits for a name")
    one, other = (Book(workspace, workspace.portfolio(name)) for name in ("One", "Other"))
    with database.writing() as connection:
        for name in ("Being renamed", "Other"):
            renamed = update(PortfolioRow).where(col(PortfolioRow.id) == _id(other)).values(name=name)
            connection.execute(renamed)
            assert refusal(change(one, name="Other")) == ("NAME_TAKEN", "name")
    assert len(events_of(one)) == 1


@pytest.mark.parametrize("place", [MemberRole.VIEWER, None])
def test_a_change_that_waits_is_refused_where_its_trader_lost_their_place_meanwhile(
    workspace: Workspace, database: Database, place: MemberRole | None
) -> None:
    book = Book(workspace, workspace.portfolio(members=[MANAGER]), workspace.key("TRADER"))
    with ThreadPoolExecutor(1) as thread:
        with database.writing() as connection:
            connection.execute(
                update(PortfolioRow).where(col(PortfolioRow.id) == _id(book)).values(archived=True)
            )
            waiting = thread.submit(change, book, name="Value")
            wait_for_a_waiting_one(database, connection)
            taken = delete(MemberRow) if place is None else update(MemberRow).values(role=place)
            connection.execute(taken.where(col(MemberRow.portfolio_id) == _id(book)))
        answer = waiting.result()
    code = "UNKNOWN_PORTFOLIO" if place is None else "NOT_PERMITTED"
    assert refusal(answer) == (code, "portfolioId")
    assert len(events_of(book)) == 1


def wait_for_a_waiting_one(database: Database, holder: Connection) -> None:
    """Wait until somebody waits for what this connection has locked. SQLite does not say who waits: there
    what comes later is as good."""
    if database.is_sqlite:
        return
    waits = text("SELECT pg_backend_pid() = ANY(pg_blocking_pids(pid)) FROM pg_stat_activity")
    deadline = time.monotonic() + 10
    while not any(holder.execute(waits).scalars()):
        assert time.monotonic() < deadline, "nobody came to wait"
