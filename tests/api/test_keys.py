"""API keys: shown once, kept as a hash, rotated, revoked, and their last use written now and then."""

import logging
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlmodel import SQLModel, col

from graphql_api.oms.db import NOW, Database
from graphql_api.oms.keys import Door, Unauthenticated, is_well_formed
from graphql_api.oms.tables import ApiKeyRow
from tests.api.conftest import Book, signed
from tests.conftest import Json, Workspace

CREATE = """mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) {
    ... on ApiKeyCreated { secret key {
        id name prefix role createdAt expiresAt lastUsedAt revokedAt } }
    ... on InputRejected { code message } } }"""
LIST = "{ apiKeys { id name prefix role createdAt expiresAt lastUsedAt revokedAt } }"
REVOKE = """mutation ($id: ID!) { revokeApiKey(id: $id) {
    ... on ApiKeyRevoked { key { id name revokedAt } } ... on InputRejected { code message } } }"""


def made(workspace: Workspace, name: str = "desk", role: str = "TRADER", **more: object) -> Json:
    """A new key as the API shows it."""
    answer: Json = workspace.data(CREATE, {"input": {"name": name, "role": role, **more}})
    return answer


def works(workspace: Workspace, secret: str) -> bool:
    """Whether a key opens the door."""
    return workspace.post("{ viewer { trader } }", key=secret).status_code == 200


def test_a_key_is_shown_once_and_listed_without_its_secret(workspace: Workspace) -> None:
    new = made(workspace, role="VIEWER", expiresAt="2099-01-01T00:00:00+01:00")
    secret, key = new["secret"], new["key"]
    assert is_well_formed(secret)
    assert len(secret) == 53
    assert key["prefix"] == secret[:12]
    assert (key["name"], key["role"], key["expiresAt"]) == ("desk", "VIEWER", "2098-12-31T23:00:00.000000Z")
    assert (key["lastUsedAt"], key["revokedAt"]) == (None, None)
    response = workspace.post(LIST)
    assert secret not in response.text
    assert secret[12:] not in response.text
    admin, listed = response.json()["data"]["apiKeys"]
    assert listed == key
    assert admin["name"] == "admin"
    assert admin["lastUsedAt"] is not None


def test_a_secret_is_nowhere_in_the_database_or_the_log(
    workspace: Workspace, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "graphql_api")
    secret = made(workspace)["secret"]
    assert works(workspace, secret)
    hidden = secret[12:]
    with database.snapshot() as session:
        for table in SQLModel.metadata.sorted_tables:
            for row in session.execute(select(table)):
                assert hidden not in repr(row), table.name
        if not database.is_sqlite:
            for table in SQLModel.metadata.sorted_tables:
                found = text(f"SELECT count(*) FROM {table.name} t WHERE t::text LIKE :it")  # noqa: S608
                assert session.execute(found, {"it": f"%{hidden}%"}).scalar_one() == 0
    if database.is_sqlite:
        file = Path(str(database.engine.url.database))
        # In a process of its own: closing the file in this one would drop SQLite's locks on it.
        look = "import sys; print(any(sys.argv[1].encode() in open(f, 'rb').read() for f in sys.argv[2:]))"
        for sought, answer in ((hidden, "False\n"), (secret[:12], "True\n")):
            command = [sys.executable, "-c", look, sought, *map(str, file.parent.glob(f"{file.name}*"))]
            assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == answer
    assert hidden not in caplog.text


def test_two_live_keys_of_one_name_overlap_while_they_are_rotated(workspace: Workspace) -> None:
    id = workspace.portfolio(members=[{"trader": "key:desk", "role": "TRADER"}])
    old, new = made(workspace), made(workspace)
    assert old["secret"] != new["secret"]
    for key in (old, new):
        done = Book(workspace, id, key["secret"]).fill("BUY", "AAPL", "1")
        assert done["order"]["trader"] == "key:desk"
    workspace.data(REVOKE, {"id": old["key"]["id"]})
    assert not works(workspace, old["secret"])
    assert Book(workspace, id, new["secret"]).fill("SELL", "AAPL", "2")["position"]["quantity"] == "0"


def test_revoking_twice_changes_nothing_the_second_time(workspace: Workspace) -> None:
    new = made(workspace)
    assert works(workspace, new["secret"])
    first = workspace.data(REVOKE, {"id": new["key"]["id"]})
    assert not works(workspace, new["secret"]), "at once, although it was remembered"
    second = workspace.data(REVOKE, {"id": new["key"]["id"]})
    assert first == second
    assert first["key"]["revokedAt"] is not None
    events = workspace.data("{ events { edges { node { type data trader } } } }")["edges"]
    of_key = [edge["node"] for edge in events if edge["node"]["data"]["id"] == new["key"]["id"]]
    assert [event["type"] for event in of_key] == ["key:created", "key:revoked"]
    assert of_key[1]["trader"] == "key:admin"


def test_the_last_use_is_written_at_most_once_a_minute(workspace: Workspace, database: Database) -> None:
    new = made(workspace)
    assert works(workspace, new["secret"])

    def last_use() -> object:
        (key,) = [key for key in workspace.data(LIST) if key["id"] == new["key"]["id"]]
        return key["lastUsedAt"]

    def move_back(seconds: int) -> None:
        with database.transaction() as session:
            (row,) = session.execute(
                select(ApiKeyRow).where(col(ApiKeyRow.prefix) == new["key"]["prefix"])
            ).one()
            session.execute(
                update(ApiKeyRow)
                .where(col(ApiKeyRow.id) == row.id)
                .values(last_used_at=row.last_used_at - timedelta(seconds=seconds))
            )

    first = last_use()
    assert first is not None
    Door(database).open(new["secret"], None, "r")  # another process: it remembers nothing
    assert last_use() == first
    move_back(50)
    moved = last_use()
    Door(database).open(new["secret"], None, "r")
    assert last_use() == moved
    move_back(10)
    Door(database).open(new["secret"], None, "r")
    assert str(last_use()) > str(first)


def test_a_key_expires(workspace: Workspace, database: Database) -> None:
    new = made(workspace, expiresAt="2099-01-01T00:00:00Z")
    Door(database).open(new["secret"], None, "r")
    with database.transaction() as session:
        now = session.execute(select(NOW)).scalar_one()
        session.execute(
            update(ApiKeyRow).where(col(ApiKeyRow.prefix) == new["key"]["prefix"]).values(expires_at=now)
        )
    with pytest.raises(Unauthenticated):
        Door(database).open(new["secret"], None, "r")


def test_an_unknown_key_and_a_revoked_one_are_told_alike(workspace: Workspace) -> None:
    new = made(workspace)
    workspace.data(REVOKE, {"id": new["key"]["id"]})
    body = workspace.query("{ __typename }", key=new["secret"])
    assert body["errors"][0]["message"] == "This API key is unknown, expired or revoked."


ALPHABET = st.characters(min_codepoint=33, max_codepoint=126)


@given(data=st.data())
def test_every_change_of_one_character_is_a_typo(data: st.DataObject) -> None:
    body = data.draw(st.from_regex(r"[0-9A-Za-z]{43}", fullmatch=True))
    good = signed(body)
    place = data.draw(st.integers(0, len(good) - 1))
    other = data.draw(ALPHABET.filter(lambda letter: letter != good[place]))
    assert is_well_formed(good)
    assert not is_well_formed(good[:place] + other + good[place + 1 :])


@given(st.from_regex(r"[0-9A-Za-z]{43}", fullmatch=True), st.integers(4, 51))
def test_neighbours_that_changed_places_are_a_typo(body: str, place: int) -> None:
    good = signed(body)
    swapped = good[:place] + good[place + 1] + good[place] + good[place + 2 :]
    assert is_well_formed(swapped) == (swapped == good)
