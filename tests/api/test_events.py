"""The audit trail: gapless, chained, in commit order, and read page by page without a hole."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

import pytest
from sqlmodel import Session, select

from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.events import record
from graphql_api.oms.ids import from_text
from graphql_api.oms.tables import PortfolioRow
from tests.api.conftest import Book
from tests.conftest import Json, Workspace

NODE = """id cursor type at trader data hash previousHash
    portfolio { id } order { id status } trade { id value }"""
FEED = f"""query ($after: String, $first: Int!) {{ events(after: $after, first: $first) {{
    edges {{ cursor node {{ {NODE} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
CHAIN = f"""query ($id: ID!, $after: String, $first: Int!) {{
    events(portfolioId: $id, after: $after, first: $first) {{
    edges {{ cursor node {{ {NODE} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
TRAIL = f"""query ($id: ID!, $after: String, $first: Int!) {{ portfolio(id: $id) {{
    events(after: $after, first: $first) {{
    edges {{ cursor node {{ {NODE} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}"""
TRANSFER = """mutation ($id: ID!, $amount: Decimal!) {
    transferCash(input: {portfolioId: $id, amount: $amount}) {
    ... on CashTransferred { portfolio { cash } } ... on InputRejected { code } } }"""


def pages(workspace: Workspace, document: str, first: int, id: str | None = None) -> Iterator[list[Json]]:
    """The events of a list, page by page, until there are no more."""
    after = None
    while True:
        found = workspace.data(document, {"id": id, "after": after, "first": first})
        connection = found.get("events", found)
        yield [edge["node"] for edge in connection["edges"]]
        if not connection["pageInfo"]["hasNextPage"]:
            return
        after = connection["pageInfo"]["endCursor"]


def events(workspace: Workspace, document: str, first: int = 100, id: str | None = None) -> list[Json]:
    """All events of a list."""
    return [event for page in pages(workspace, document, first, id) for event in page]


def check_chain(chain: list[Json]) -> None:
    """Compute a whole chain again from what the API shows, as the description of Event.hash says."""
    hash = "0" * 64
    for sequence, event in enumerate(chain, start=1):
        assert event["id"].rsplit("_", 1)[1] == str(sequence), "a gap"
        assert event["previousHash"] == hash
        content = [hash, event["id"], event["type"], event["at"], event["trader"], event["data"]]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        hash = hashlib.sha256(text.encode("ascii")).hexdigest()
        assert event["hash"] == hash, event


def test_every_change_is_an_event_of_a_chain_that_anyone_can_compute_again(book: Book) -> None:
    book.fill("BUY", "AAPL", "10", note='Grüße "aus" 東京 💸 \\ \n')
    book.trade("BUY", "AAPL", "10000")
    book.workspace.data(TRANSFER, {"id": book.id, "amount": "-0.5"})
    book.fill("SELL", "AAPL", notional="20")
    chain = events(book.workspace, CHAIN, id=book.id)
    check_chain(chain)
    assert [event["type"] for event in chain] == [
        "portfolio:created",
        "order:filled",
        "order:rejected",
        "cash:transferred",
        "order:filled",
    ]
    assert {event["trader"] for event in chain} == {"key:admin"}
    assert {event["portfolio"]["id"] for event in chain} == {book.id}
    assert [event["order"] and event["order"]["status"] for event in chain] == [
        None,
        "FILLED",
        "REJECTED",
        None,
        "FILLED",
    ]
    assert [event["trade"] and event["trade"]["value"] for event in chain] == [
        None,
        "1500.2",
        None,
        None,
        "20",
    ]
    assert chain[3]["data"]["amount"] == "-0.5"
    assert chain[1]["data"]["note"] == 'Grüße "aus" 東京 💸 \\ \n'
    assert sorted(event["at"] for event in chain) == [event["at"] for event in chain]
    assert events(book.workspace, TRAIL, id=book.id) == chain


def test_the_workspaces_own_events_are_a_chain_too(workspace: Workspace) -> None:
    workspace.key("TRADER")
    workspace.key("VIEWER")
    found = events(workspace, FEED)
    check_chain(found)
    assert [event["type"] for event in found] == ["key:created"] * 3
    assert [event["portfolio"] for event in found] == [None] * 3


def test_the_feed_of_the_workspace_has_every_chain_whole(book: Book) -> None:
    other = Book(book.workspace, book.workspace.portfolio("Other"))
    for _ in range(3):
        book.fill("BUY", "AAPL", "1")
        other.fill("BUY", "MSFT", "1")
    feed = events(book.workspace, FEED)
    for id in (book.id, other.id):
        of_one = [event for event in feed if event["portfolio"] and event["portfolio"]["id"] == id]
        check_chain(of_one)
        assert len(of_one) == 4
    check_chain([event for event in feed if event["portfolio"] is None])
    assert [event["at"] for event in feed] == sorted(event["at"] for event in feed)
    shown = {event["id"]: event["hash"] for event in feed}
    assert shown == {event["id"]: event["hash"] for event in events(book.workspace, FEED, first=2)}


@pytest.mark.parametrize("first", [1, 2, 3, 100])
def test_pages_of_any_size_have_every_event_once(book: Book, first: int) -> None:
    for _ in range(5):
        book.fill("BUY", "AAPL", "1")
    for document in (CHAIN, TRAIL):
        chain = events(book.workspace, document, first, book.id)
        check_chain(chain)
        assert len(chain) == 6


def test_a_cursor_of_an_event_resumes_after_it(book: Book) -> None:
    book.fill("BUY", "AAPL", "1")
    feed = events(book.workspace, FEED)
    for document in (FEED, CHAIN):
        all_of_it = events(book.workspace, document, id=book.id)
        for place, event in enumerate(all_of_it):
            found = book.workspace.data(document, {"id": book.id, "after": event["cursor"], "first": 100})
            assert [edge["node"] for edge in found["edges"]] == all_of_it[place + 1 :]
    last = feed[-1]["cursor"]
    book.fill("SELL", "AAPL", "1")
    (edge,) = book.workspace.data(FEED, {"after": last, "first": 100})["edges"]
    assert edge["node"]["type"] == "order:filled"


def test_a_reader_sees_every_event_once_while_eight_threads_commit(workspace: Workspace) -> None:
    books = [Book(workspace, workspace.portfolio(f"P{number}")) for number in range(8)]
    done = Event()

    def trade(book: Book) -> None:
        for number in range(12):
            book.trade("BUY" if number % 3 else "SELL", "AAPL", "1")

    def read() -> list[Json]:
        seen: list[Json] = []
        after = None
        while True:
            was_done = done.is_set()
            connection = workspace.data(FEED, {"after": after, "first": 7})
            seen += [edge["node"] for edge in connection["edges"]]
            after = connection["pageInfo"]["endCursor"] or after
            if was_done and not connection["edges"]:
                return seen

    with ThreadPoolExecutor(10) as threads:
        readers = [threads.submit(read) for _ in range(2)]
        wait([threads.submit(trade, book) for book in books])
        done.set()
    for reader in readers:
        seen = reader.result()
        assert len({event["id"] for event in seen}) == len(seen) == 1 + 8 * 13
        for book in books:
            check_chain(
                [event for event in seen if event["portfolio"] and event["portfolio"]["id"] == book.id]
            )


def test_an_event_that_commits_late_is_not_skipped(book: Book, database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time: nothing can begin to write before and commit after")
    late = Book(book.workspace, book.workspace.portfolio("Late"))
    last = events(book.workspace, FEED)[-1]["cursor"]
    with database.transaction() as session:
        write_event(session, late.id)
        book.fill("BUY", "AAPL", "1")
        assert len(events(book.workspace, CHAIN, id=book.id)) == 2, "the portfolio's own feed has it at once"
        assert book.workspace.data(FEED, {"after": last, "first": 100})["edges"] == []
    found = [edge["node"] for edge in book.workspace.data(FEED, {"after": last, "first": 100})["edges"]]
    assert [event["type"] for event in found] == ["test:written", "order:filled"]
    check_chain(events(book.workspace, CHAIN, id=late.id))


def write_event(session: Session, portfolio_id: str) -> None:
    """Write an event of a portfolio in a transaction that is still open."""
    (id,) = from_text(portfolio_id) or ()
    row = session.exec(select(PortfolioRow).where(PortfolioRow.id == id).with_for_update()).one()
    record(session, row, console(row.workspace_id, "test"), "test:written", row.created_at, {})
    session.flush()
