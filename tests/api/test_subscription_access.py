"""Who may follow the events: the key of connection_init, what it sees, and how long it holds."""

import secrets
import time

import pytest
from sqlmodel import col, delete, select, update

from graphql_api.oms.db import NOW, Database
from graphql_api.oms.ids import from_text
from graphql_api.oms.tables import ApiKeyRow, MemberRow
from tests.api.conftest import Book, signed
from tests.api.subscriber import EVENTS, PROTOCOL, connected, subscriber
from tests.api.test_events import FEED, events
from tests.api.test_not_yours import nowhere
from tests.conftest import NewWorkspace, Workspace

ADA, BOB = "slack:T1/U1", "slack:T1/U2"
REVOKE = "mutation ($id: ID!) { revokeApiKey(id: $id) { __typename } }"


def book_of(workspace: Workspace, name: str, *members: str) -> Book:
    """A portfolio that these may see."""
    places = [{"trader": trader, "role": "VIEWER"} for trader in members]
    return Book(workspace, workspace.portfolio(name, members=places))


def heard(workspace: Workspace, key: str, on_behalf_of: object, books: list[Book]) -> list[str]:
    """The portfolios of the events that a key hears of while each of these trades; "" is the workspace."""
    with subscriber(workspace, key, on_behalf_of) as client:
        client.subscribe()
        workspace.key("VIEWER", "one more")
        for book in books:
            book.fill("BUY", "AAPL", "1")
        told = [client.event()]
        while told[-1]["portfolio"] != {"id": books[-1].id}:
            told.append(client.event())
    return [event["portfolio"]["id"] if event["portfolio"] else "" for event in told]


@pytest.mark.parametrize("role", ["VIEWER", "TRADER"])
def test_a_key_hears_of_the_portfolios_where_it_is_a_member(workspace: Workspace, role: str) -> None:
    me = f"key:{role.lower()}"
    books = [book_of(workspace, "A", me), book_of(workspace, "B", ADA), book_of(workspace, "C", me)]
    assert heard(workspace, workspace.key(role), ..., books) == [books[0].id, books[2].id]


def test_a_service_key_hears_what_the_trader_that_it_names_may_see(workspace: Workspace) -> None:
    books = [book_of(workspace, "A", ADA), book_of(workspace, "B", BOB), book_of(workspace, "C", ADA, BOB)]
    key = workspace.key("SERVICE")
    assert heard(workspace, key, ADA, books) == [books[0].id, books[2].id]


@pytest.mark.parametrize("role", ["ADMIN", "SERVICE"])
def test_an_admin_key_and_a_service_key_for_nobody_hear_everything(workspace: Workspace, role: str) -> None:
    books = [book_of(workspace, "A", ADA), book_of(workspace, "B")]
    key = workspace.key(role)
    assert heard(workspace, key, ..., books) == ["", books[0].id, books[1].id]


def test_nobody_hears_of_another_workspace(workspace: Workspace, new_workspace: NewWorkspace) -> None:
    stranger = new_workspace()
    book, theirs = book_of(workspace, "A", ADA), book_of(stranger, "A", ADA)
    with subscriber(stranger) as admin, subscriber(stranger, stranger.key("SERVICE")) as service:
        for client in (admin, service):
            client.subscribe()
        book.fill("BUY", "AAPL", "1")
        theirs.fill("BUY", "AAPL", "1")
        for client in (admin, service):
            assert client.event()["portfolio"]["id"] == theirs.id


def test_a_cursor_of_another_workspace_shows_nothing_of_it(book: Book, new_workspace: NewWorkspace) -> None:
    book.fill("BUY", "AAPL", "1")
    first = events(book.workspace, FEED)[0]["cursor"]
    stranger = new_workspace()
    theirs = book_of(stranger, "A")
    with subscriber(stranger) as client:
        client.subscribe(after=first)
        assert {client.event()["type"] for _ in range(2)} == {"key:created", "portfolio:created"}
        theirs.fill("BUY", "AAPL", "1")
        assert client.event()["portfolio"]["id"] == theirs.id


def test_a_portfolio_that_is_not_yours_is_as_one_that_does_not_exist(
    book: Book, new_workspace: NewWorkspace
) -> None:
    book.fill("BUY", "AAPL", "1")
    stranger = new_workspace()
    for workspace, role in ((stranger, "ADMIN"), (stranger, "SERVICE"), (book.workspace, "TRADER")):
        with subscriber(workspace, workspace.key(role)) as client:
            for after in (None, "MQ"):
                answers = [
                    client.refused(EVENTS, id=id, after=after) for id in (book.id, nowhere(), "nonsense")
                ]
                assert answers[0] == answers[1] == answers[2]
                assert answers[0][0]["extensions"] == {"code": "BAD_USER_INPUT", "field": "portfolioId"}


def test_whoever_is_no_longer_a_member_hears_no_more(workspace: Workspace, database: Database) -> None:
    left, kept = book_of(workspace, "A", "key:trader"), book_of(workspace, "B", "key:trader")
    with subscriber(workspace, workspace.key("TRADER")) as client:
        client.subscribe(id=left.id, name="one")
        with database.transaction() as session:
            (id,) = from_text(left.id) or ()
            session.execute(delete(MemberRow).where(col(MemberRow.portfolio_id) == id))
        client.subscribe(name="all")
        for book in (left, kept):
            book.fill("BUY", "AAPL", "1")
        answers = {answer["id"]: answer for answer in (client.hear(), client.hear())}
        assert answers["one"]["type"] == "error"
        assert answers["all"]["payload"]["data"]["events"]["portfolio"]["id"] == kept.id


@pytest.mark.parametrize("key", [None, "", "oms_nonsense", "unknown", "revoked"])
def test_without_a_key_that_opens_the_door_closes_before_the_acknowledgement(
    workspace: Workspace, key: str | None
) -> None:
    if key == "unknown":
        key = signed(secrets.token_hex(32)[:43])
    if key == "revoked":
        key = workspace.key("ADMIN", "old")
        workspace.data(REVOKE, {"id": workspace.data("{ apiKeys { id } }")[-1]["id"]})
    with connected(workspace.api.url) as client:
        client.greet(key)
        code, reason = client.closed()
    assert code == 4401
    assert "API key" in reason


def test_an_initialisation_without_a_payload_closes(workspace: Workspace) -> None:
    for message in ({"type": "connection_init"}, {"type": "connection_init", "payload": None}):
        with connected(workspace.api.url) as client:
            client.say(message)
            assert client.closed() == (4401, "Send an API key in the header X-API-Key.")


@pytest.mark.parametrize(
    ("role", "on_behalf_of"),
    [("ADMIN", ADA), ("TRADER", "key:trader"), ("SERVICE", ""), ("SERVICE", "key:admin"), ("SERVICE", "ada")],
)
def test_a_trader_who_may_not_be_named_closes(workspace: Workspace, role: str, on_behalf_of: str) -> None:
    with connected(workspace.api.url) as client:
        client.greet(workspace.key(role), on_behalf_of)
        code, reason = client.closed()
    assert code == 4403
    assert "X-On-Behalf-Of" in reason


def test_a_trader_named_in_another_spelling_is_not_overlooked(workspace: Workspace) -> None:
    mine, other = book_of(workspace, "A", ADA), book_of(workspace, "B", BOB)
    with connected(workspace.api.url) as client:
        client.greet(workspace.key("SERVICE"), **{"x-on-behalf-of": ADA})
        assert client.hear() == {"type": "connection_ack"}
        client.subscribe()
        for book in (other, mine):
            book.fill("BUY", "AAPL", "1")
        assert client.event()["portfolio"]["id"] == mine.id


def test_a_service_key_for_nobody_may_subscribe_and_nothing_else(workspace: Workspace) -> None:
    key = workspace.key("SERVICE")
    with subscriber(workspace, key) as client:
        (error,) = client.refused("{ portfolios { edges { node { id } } } }")
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    (error,) = workspace.query("{ portfolios { edges { node { id } } } }", key=key)["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("subscribes", [True, False])
def test_a_revoked_key_closes_within_a_second(book: Book, subscribes: bool) -> None:
    workspace = book.workspace
    key = workspace.key("ADMIN", "to be revoked")
    id = workspace.data("{ apiKeys { id } }")[-1]["id"]
    with subscriber(workspace, key) as client, subscriber(workspace) as other:
        if subscribes:
            client.subscribe(id=book.id)
        workspace.data(REVOKE, {"id": id})
        revoked = time.monotonic()
        assert client.closed() == (4401, "This API key is unknown, expired or revoked.")
        assert time.monotonic() < revoked + 1
        other.ping()


def test_an_expired_key_closes_within_a_second(workspace: Workspace, database: Database) -> None:
    with subscriber(workspace, workspace.key("TRADER", "short", "2099-01-01T00:00:00Z")) as client:
        with database.transaction() as session:
            now = session.execute(select(NOW)).scalar_one()
            is_short = col(ApiKeyRow.expires_at).is_not(None)
            session.execute(update(ApiKeyRow).where(is_short).values(expires_at=now))
        expired = time.monotonic()
        assert client.closed()[0] == 4401
        assert time.monotonic() < expired + 1


def test_another_protocol_is_not_spoken(workspace: Workspace) -> None:
    for protocols in (["graphql-ws"], ["nonsense"]):
        with connected(workspace.api.url, *protocols) as client:
            assert client.closed() == (4406, f"Subprotocol not acceptable: speak {PROTOCOL}.")
    with connected(workspace.api.url, "graphql-ws", PROTOCOL) as client:
        client.greet(workspace.admin_key)
        assert client.hear() == {"type": "connection_ack"}
