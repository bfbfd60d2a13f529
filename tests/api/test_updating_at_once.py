"""Changes of portfolios that several make at the same time."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from sqlalchemy import Connection, text
from sqlmodel import col, delete, update

from graphql_api.oms.db import Database
from graphql_api.oms.tables import MemberRow, PortfolioRow
from graphql_api.oms.words import MemberRole
from tests.api.conftest import Book
from tests.api.test_portfolio_rules import DEFAULT, events_of
from tests.api.test_races import at_once
from tests.api.updating import MANAGER, change, changed, refusal, row_id
from tests.conftest import Json, Workspace


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
            renamed = update(PortfolioRow).where(col(PortfolioRow.id) == row_id(other)).values(name=name)
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
                update(PortfolioRow).where(col(PortfolioRow.id) == row_id(book)).values(archived=True)
            )
            waiting = thread.submit(change, book, name="Value")
            wait_for_a_waiting_one(database, connection)
            taken = delete(MemberRow) if place is None else update(MemberRow).values(role=place)
            connection.execute(taken.where(col(MemberRow.portfolio_id) == row_id(book)))
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
