"""Subscriptions in trouble: clients that talk nonsense or do not read, servers that stop, lost databases."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from sqlalchemy import make_url, text

from graphql_api import graphql_transport_ws, websocket
from graphql_api.app import create_app
from graphql_api.graphql_transport_ws import MAX_SUBSCRIPTIONS
from graphql_api.oms.db import Database
from graphql_api.websocket import MAX_MESSAGE_BYTES, WebSocketProtocol
from tests.api.conftest import LONG, TRADE, Book
from tests.api.subscriber import EVENTS, SOON, connected, silent_subscriber, subscriber
from tests.api.test_events import FEED, events
from tests.conftest import Api, Json, Workspace, serving

INVALID = [
    *("", "nonsense", "null", "[]", "1", '"ping"', "{}", '{"type":', "1" * 5000, "[" * 90_000),
    *({"type": kind} for kind in (None, 1, "nonsense", "start", "next", ["ping"], "connection_ack")),
    b'{"type": "ping"}',
]
INVALID_OPERATIONS = [
    {},
    {"id": "1"},
    {"id": "1", "payload": None},
    {"id": "1", "payload": []},
    {"id": "1", "payload": {}},
    {"id": "1", "payload": {"query": None}},
    {"id": "1", "payload": {"query": 1}},
    {"id": "1", "payload": {"query": EVENTS, "variables": []}},
    {"id": "1", "payload": {"query": EVENTS, "variables": "x"}},
    {"id": "1", "payload": {"query": EVENTS, "operationName": 1}},
    {"id": "", "payload": {"query": EVENTS}},
    {"id": 1, "payload": {"query": EVENTS}},
    {"id": None, "payload": {"query": EVENTS}},
    {"id": ["1"], "payload": {"query": EVENTS}},
]


@dataclass
class Dropped:
    """A server whose connections of the database can be told from others."""

    url: str
    database: Database

    def drop(self, condition: str) -> bool:
        """Drop those of its connections where this holds, and tell whether there were any."""
        of_it = f"pg_stat_activity WHERE application_name = 'dropped' AND {condition}"
        with self.database.writing() as connection:
            dropped = connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM {of_it}"))  # noqa: S608
            return bool(dropped.all())


@pytest.fixture(scope="module")
def url(_api: Api) -> Iterator[str]:
    with serving(config(_api)) as url:
        yield url


def config(api: Api, **changed: Any) -> uvicorn.Config:
    """As `slackoms api` serves, with other settings."""
    return uvicorn.Config(
        create_app(api.settings.model_copy(update=changed), api.market),
        port=0,
        log_level="error",
        ws=WebSocketProtocol,
        ws_max_size=MAX_MESSAGE_BYTES,
    )


@pytest.mark.parametrize("message", INVALID, ids=lambda message: str(message)[:20])
def test_what_is_no_message_closes(url: str, workspace: Workspace, message: object) -> None:
    for greets in (False, True):
        with connected(url) as client:
            if greets:
                client.greet(workspace.admin_key)
                assert client.hear() == {"type": "connection_ack"}
            client.say(message)
            code, reason = client.closed()
        assert code == 4400
        assert reason.startswith("Invalid message")


@pytest.mark.parametrize("operation", INVALID_OPERATIONS, ids=str)
def test_an_operation_of_another_shape_closes(url: str, workspace: Workspace, operation: Json) -> None:
    with subscriber(workspace, url=url) as client:
        client.say({"type": "subscribe", **operation})
        code, reason = client.closed()
    assert code == 4400
    assert reason.startswith("Invalid message")


@pytest.mark.parametrize("payload", [[], "key", 1, {"X-API-Key": 1}, {"X-On-Behalf-Of": None}])
def test_an_initialisation_of_another_shape_closes(url: str, payload: object) -> None:
    with connected(url) as client:
        client.say({"type": "connection_init", "payload": payload})
        code, reason = client.closed()
    assert code == 4400
    assert reason.startswith("Invalid connection init payload")


def test_a_message_before_its_time_closes(url: str, workspace: Workspace) -> None:
    for early in ({"type": "subscribe", "id": "1", "payload": {"query": EVENTS}}, {"type": "complete"}):
        with connected(url) as client:
            client.say(early)
            assert client.closed()[0] == 4401
    with subscriber(workspace, url=url) as client:
        client.greet(workspace.admin_key)
        assert client.closed()[0] == 4429
    with subscriber(workspace, url=url) as client:
        client.subscribe()
        client.say({"type": "subscribe", "id": "1", "payload": {"query": EVENTS}})
        assert client.closed() == (4409, "Subscriber for 1 already exists")
    with subscriber(workspace, url=url) as client:
        client.complete("never begun")


def test_whoever_says_nothing_is_sent_away(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql_transport_ws, "_INIT_SECONDS", 0.2)
    with connected(url) as client:
        client.ping()
        assert client.closed() == (4408, "Connection initialisation timeout")


def test_text_that_is_none_closes_and_leaves_no_traceback(url: str, workspace: Workspace) -> None:
    with subscriber(workspace, url=url) as client:
        client.say_bytes_as_text(b'{"type": "\xff"}')
        assert client.closed() == (1007, "A message must be UTF-8.")


def test_a_message_that_is_too_big_closes(url: str, workspace: Workspace) -> None:
    with subscriber(workspace, url=url) as client:
        client.say({"type": "ping", "payload": "x" * (MAX_MESSAGE_BYTES - 50)})
        assert client.hear() == {"type": "pong"}
        client.say({"type": "ping", "payload": "x" * MAX_MESSAGE_BYTES})
        assert client.closed()[0] == 1009


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        (TRADE, {"input": {"symbol": "AAPL", "side": "BUY", "quantity": "1"}}, "BAD_REQUEST"),
        ("{ viewer { role } }", {}, "BAD_REQUEST"),
        ("", {}, "BAD_REQUEST"),
        ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
        ("{" * 9000, {}, "GRAPHQL_PARSE_FAILED"),
        ("\ud800\x00", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription { events { secret } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription A { events { id } } subscription B { events { id } }",
            {},
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("subscription { __typename }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { events @skip(if: true) { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: events { id } b: events { id } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (EVENTS, {"id": 1.5}, "BAD_USER_INPUT"),
        (EVENTS, {"after": 1}, "BAD_USER_INPUT"),
        *(
            (EVENTS, {"after": after}, "BAD_USER_INPUT")
            for after in ("", "Mg", "!", "\ud800", "a\x00b", LONG)
        ),
        *((EVENTS, {"id": id}, "BAD_USER_INPUT") for id in ("", "\ud800", "a\x00b", LONG)),
    ],
    ids=lambda value: str(value)[:30].encode("ascii", "replace").decode(),
)
def test_what_cannot_be_followed_is_an_error_and_the_connection_lives_on(
    url: str, book: Book, document: str, variables: Json, code: str
) -> None:
    before = book.books()
    with subscriber(book.workspace, url=url) as client:
        (error,) = client.refused(document, **variables)
        assert error["extensions"]["code"] == code, error
        client.subscribe(name="no")
        book.fill("BUY", "AAPL", "1")
        assert client.event()["data"]["symbol"] == "AAPL"
    assert len(book.books()["orders"]["edges"]) == len(before["orders"]["edges"]) + 1


def test_a_connection_has_so_many_subscriptions_and_no_more(url: str, book: Book) -> None:
    with subscriber(book.workspace, url=url) as client:
        for number in range(MAX_SUBSCRIPTIONS):
            client.subscribe(name=str(number))
        (error,) = client.refused(EVENTS)
        assert error["extensions"]["code"] == "BAD_REQUEST"
        client.complete("0")
        client.subscribe(name="another")
        book.fill("BUY", "AAPL", "1")
        told = {client.hear()["id"] for _ in range(MAX_SUBSCRIPTIONS)}
        assert told == {"another", *map(str, range(1, MAX_SUBSCRIPTIONS))}


def test_a_full_server_says_so(url: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with subscriber(workspace, url=url) as client:
        monkeypatch.setattr(graphql_transport_ws, "MAX_CONNECTIONS", 1)
        with connected(url) as one_more:
            assert one_more.closed() == (1013, "Too many websockets are open. Try again later.")
        client.ping()
    with subscriber(workspace, url=url):
        pass


A_LOT = """subscription ($after: String) { events(after: $after) {
    a: data b: data c: data d: data e: data f: data g: data h: data } }"""


def tell_a_lot(book: Book) -> str:
    """Make events of many kilobytes, and return the cursor before them."""
    after: str = events(book.workspace, FEED)[-1]["cursor"]
    for _ in range(10):
        book.fill("BUY", "AAPL", "0.1", note="x" * 3000)
    return after


def test_a_client_that_does_not_read_is_dropped_and_the_others_are_served(
    url: str, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "READ_WITHIN_SECONDS", 0.5)
    after = tell_a_lot(book)
    with (
        subscriber(book.workspace, url=url) as reader,
        silent_subscriber(url, book.workspace.admin_key) as one,
    ):
        reader.subscribe()
        deadline = time.monotonic() + 20
        for name in map(str, range(1000)):
            if one.is_dropped():
                break
            assert time.monotonic() < deadline, "it is kept for ever"
            one.subscribe(A_LOT, name, after)
        book.fill("BUY", "MSFT", "1")
        assert reader.event(SOON)["data"]["symbol"] == "MSFT"


def test_a_server_that_stops_says_so(workspace: Workspace) -> None:
    with ExitStack() as clients:
        with serving(config(workspace.api)) as url:
            waiting = clients.enter_context(subscriber(workspace, url=url))
            waiting.subscribe()
            unknown = clients.enter_context(connected(url))
            unknown.ping()
            stopped = time.monotonic()
        assert time.monotonic() < stopped + 2
        for client in (waiting, unknown):
            assert client.closed() == (1001, "The server is stopping.")


def test_a_server_stops_although_a_client_does_not_read(book: Book) -> None:
    after = tell_a_lot(book)
    names = [str(number) for number in range(MAX_SUBSCRIPTIONS)]
    with ExitStack() as clients:
        with serving(config(book.workspace.api)) as url:
            one = clients.enter_context(silent_subscriber(url, book.workspace.admin_key))
            reader = clients.enter_context(subscriber(book.workspace, url=url))
            for name in names:
                one.subscribe(A_LOT, name, after)
                reader.subscribe(A_LOT, name, after=after)
            reader.events(10 * len(names))
            stopped = time.monotonic()
        assert time.monotonic() < stopped + 3


@pytest.fixture
def dropped(book: Book, database: Database) -> Iterator[Dropped]:
    if database.is_sqlite:
        pytest.skip("SQLite has no server that drops connections")
    database_url = make_url(book.workspace.api.database_url).update_query_dict(
        {"application_name": "dropped"}
    )
    changed = config(book.workspace.api, database_url=database_url.render_as_string(hide_password=False))
    with serving(changed) as url:
        yield Dropped(url, database)


def test_lost_connections_of_the_database_delay_and_lose_nothing(book: Book, dropped: Dropped) -> None:
    with subscriber(book.workspace, url=dropped.url) as client:
        client.subscribe()
        for _ in range(5):
            assert dropped.drop("true")
            book.fill("BUY", "AAPL", "1")
            assert client.event() == events(book.workspace, FEED)[-1]


def test_a_connection_of_the_database_that_is_lost_in_the_middle_loses_nothing(
    book: Book, dropped: Dropped, database: Database
) -> None:
    after = events(book.workspace, FEED)[-1]["cursor"]
    book.fill("BUY", "AAPL", "1")
    told = events(book.workspace, FEED)[-1]
    with subscriber(book.workspace, url=dropped.url) as client:
        with database.writing() as connection:
            connection.execute(text("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"))
            client.subscribe(after=after, waits=False)
            deadline = time.monotonic() + 10
            while not dropped.drop("wait_event_type = 'Lock'"):
                assert time.monotonic() < deadline, "it reads no order"
        assert client.event() == told
