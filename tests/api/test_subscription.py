"""The subscription `events`: told soon after the commit, in order, without a gap or a repeat."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from graphql_api.oms.db import Database
from graphql_api.schema.subscription import BATCH
from tests.api.conftest import Book
from tests.api.subscriber import SOON, Subscriber, subscriber
from tests.api.test_events import CHAIN, FEED, events, write_event
from tests.conftest import Json, Workspace


@pytest.fixture
def admin(workspace: Workspace) -> Iterator[Subscriber]:
    with subscriber(workspace) as client:
        yield client


@pytest.mark.parametrize("of_one", [False, True])
def test_a_trade_is_told_within_half_a_second(book: Book, admin: Subscriber, of_one: bool) -> None:
    admin.subscribe(id=book.id if of_one else None)
    for _ in range(5):
        book.fill("BUY", "AAPL", "1")
        told = admin.event(SOON)
        assert (told["type"], told["trade"]["value"]) == ("order:filled", "150.02")


def test_without_a_cursor_a_subscription_begins_now(book: Book, admin: Subscriber) -> None:
    book.fill("BUY", "AAPL", "1")
    for id in (None, book.id):
        admin.subscribe(id=id)
        book.fill("SELL", "AAPL", "1")
        assert admin.event()["data"]["side"] == "SELL"
        admin.complete()
        book.fill("BUY", "AAPL", "1")


def test_it_tells_what_the_query_shows_and_its_cursors_are_the_querys(book: Book, admin: Subscriber) -> None:
    for number in range(3):
        book.fill("BUY", "AAPL", "1", note=f"{number} 東京")
        book.trade("SELL", "MSFT", "1")
    for document, id in ((FEED, None), (CHAIN, book.id)):
        shown = events(book.workspace, document, id=book.id)
        for place, event in enumerate(shown[:-1], start=1):
            admin.subscribe(id=id, after=event["cursor"])
            assert admin.events(len(shown) - place) == shown[place:]
            admin.complete()


def test_a_portfolios_subscription_tells_of_it_alone(book: Book, admin: Subscriber) -> None:
    other = Book(book.workspace, book.workspace.portfolio("Other"))
    admin.subscribe(id=book.id)
    for one in (other, book, other, book):
        one.fill("BUY", "AAPL", "1")
    assert [event["portfolio"]["id"] for event in admin.events(2)] == [book.id] * 2


def test_an_operation_sees_the_books_after_the_event(book: Book, admin: Subscriber) -> None:
    admin.subscribe("subscription { events { portfolio { cash positions { symbol quote { bid } } } } }")
    book.fill("BUY", "AAPL", "2")
    positions = [{"symbol": "AAPL", "quote": {"bid": "149.98"}}]
    assert admin.event() == {"portfolio": {"cash": "99699.96", "positions": positions}}


def test_one_connection_has_several_subscriptions_that_end_one_by_one(book: Book, admin: Subscriber) -> None:
    for name in ("a", "b"):
        admin.subscribe(name=name)
    book.fill("BUY", "AAPL", "1")
    assert {admin.hear()["id"] for _ in range(2)} == {"a", "b"}
    admin.complete("a")
    admin.subscribe("subscription { events { kind: type } }", name="a")
    book.fill("BUY", "AAPL", "1")
    told = {message["id"]: message["payload"]["data"]["events"] for message in (admin.hear(), admin.hear())}
    assert (told["a"], told["b"]["type"]) == ({"kind": "order:filled"}, "order:filled")


def test_a_long_past_is_told_whole_and_goes_over_into_the_present(book: Book, admin: Subscriber) -> None:
    first = events(book.workspace, FEED)[0]
    for number in range(2 * BATCH):
        book.trade("SELL" if number % 2 else "BUY", "AAPL", "1")
    admin.subscribe(after=first["cursor"], waits=False)
    book.fill("BUY", "MSFT", "1")
    assert admin.events(1 + 2 * BATCH + 1) == events(book.workspace, FEED)[1:]


@pytest.mark.parametrize("of_one", [False, True])
def test_whoever_comes_back_with_a_cursor_misses_nothing_and_hears_nothing_twice(
    workspace: Workspace, of_one: bool
) -> None:
    ids = [workspace.portfolio(f"P{number}") for number in range(1 if of_one else 4)] * (4 if of_one else 1)
    id, document = (ids[0], CHAIN) if of_one else (None, FEED)
    after = events(workspace, document, id=id)[-1]["cursor"]

    def trade(id: str) -> None:
        for number in range(25):
            Book(workspace, id).trade("BUY" if number % 3 else "SELL", "AAPL", "1")

    told: list[Json] = []
    with ThreadPoolExecutor(4) as threads:
        trading = [threads.submit(trade, id) for id in ids]
        while len(told) < 100:
            with subscriber(workspace) as client:
                client.subscribe(id=id, after=after, waits=False)
                told += client.events(min(7, 100 - len(told)))
                after = told[-1]["cursor"]
        for one in trading:
            one.result()
    assert told == events(workspace, document, id=id)[-100:]


def test_a_live_subscriber_hears_four_writers_in_the_order_of_the_query(
    workspace: Workspace, admin: Subscriber
) -> None:
    books = [Book(workspace, workspace.portfolio(f"P{number}")) for number in range(4)]
    admin.subscribe()

    def trade(book: Book) -> None:
        for _ in range(20):
            book.fill("BUY", "AAPL", "1")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(trade, books))
    assert admin.events(80) == events(workspace, FEED)[-80:]


def test_an_event_that_commits_late_is_told_in_its_place(
    book: Book, admin: Subscriber, database: Database
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time: nothing can begin to write before and commit after")
    late = Book(book.workspace, book.workspace.portfolio("Late"))
    admin.subscribe()
    with database.transaction() as session:
        write_event(session, late.id)
        book.fill("BUY", "AAPL", "1")
        admin.hears_nothing()
    assert [admin.event(SOON)["type"] for _ in range(2)] == ["test:written", "order:filled"]


def test_a_transaction_that_writes_no_event_delays_no_longer_than_it_lasts(
    book: Book, admin: Subscriber, database: Database
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    admin.subscribe()
    with database.writing() as connection:
        connection.execute(text("SELECT pg_current_xact_id()"))
        book.fill("BUY", "AAPL", "1")
    assert admin.event(SOON)["type"] == "order:filled"


def test_forty_subscriptions_wait_without_a_thread_or_a_connection(book: Book) -> None:
    assert book.workspace.api.settings.database_pool_size < 40
    with subscriber(book.workspace) as one, subscriber(book.workspace) as other:
        names = [str(number) for number in range(20)]
        for client in (one, other):
            for name in names:
                client.subscribe(name=name)
        book.fill("BUY", "AAPL", "1")
        for client in (one, other):
            assert sorted(client.hear()["id"] for _ in names) == sorted(names)
