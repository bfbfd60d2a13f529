"""Installing: an INSTALLER key makes workspaces and their bots' keys, revokes those, and that is all."""

import secrets
from dataclasses import dataclass
from functools import partial

import pytest
from sqlmodel import col, select

from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.keys import create_key, find_workspace
from graphql_api.oms.tables import ApiKeyRow, EventRow, WorkspaceRow
from graphql_api.oms.words import KeyRole
from tests.api.conftest import TRADE, Book
from tests.api.subscriber import connected
from tests.api.test_races import at_once
from tests.api.test_roles import ADA, CREATE, CREATE_KEY, PREVIEW, READS, REVOKE, TRANSFER, code_of
from tests.conftest import Json, NewWorkspace, Workspace

INSTALL = """mutation ($input: CreateWorkspaceInput!) { createWorkspace(input: $input) { __typename
    ... on WorkspaceCreated { workspace secret key { id name prefix role expiresAt revokedAt } }
    ... on InputRejected { code field message } } }"""


@dataclass(frozen=True)
class Installer:
    """An INSTALLER key of a workspace, made at the console."""

    workspace: Workspace
    secret: str

    def install(self, name: str, key_name: str = "slack-bot", on_behalf_of: str | None = None) -> Json:
        """Make a workspace."""
        asked = {"input": {"name": name, "keyName": key_name}}
        answer: Json = self.workspace.data(INSTALL, asked, self.secret, on_behalf_of)
        return answer

    def revoke(self, id: str) -> Json:
        """Revoke a key."""
        answer: Json = self.workspace.data(REVOKE, {"id": id}, self.secret)
        return answer

    def works(self, secret: str) -> bool:
        """Whether a SERVICE key opens the door."""
        return self.workspace.post("{ viewer { trader } }", None, secret, ADA).status_code == 200


def make_installer(workspace: Workspace, database: Database, name: str = "installer") -> Installer:
    """An INSTALLER key as `slackoms keys create` makes it."""
    actor = console(find_workspace(database, workspace.name), workspace.name)
    return Installer(workspace, create_key(database, actor, name, KeyRole.INSTALLER).secret)


@pytest.fixture
def installer(workspace: Workspace, database: Database) -> Installer:
    return make_installer(workspace, database)


@pytest.fixture
def team() -> str:
    return f"slack:T{secrets.token_hex(5).upper()}"


def state(database: Database) -> list[object]:
    """Every workspace, key and event there is, but for when keys were last used."""
    with database.snapshot() as session:
        keys = session.exec(select(ApiKeyRow).order_by(col(ApiKeyRow.id)))
        workspaces = session.exec(select(WorkspaceRow).order_by(col(WorkspaceRow.id)))
        return [
            [row.model_dump(exclude={"last_used_at"}) for row in keys],
            [row.model_dump() for row in workspaces],
            session.exec(select(EventRow.hash).order_by(col(EventRow.hash))).all(),
        ]


def events_of(database: Database, name: str) -> list[tuple[str, str]]:
    """What has happened to a workspace and who did it, in order."""
    with database.snapshot() as session:
        rows = session.exec(
            select(EventRow)
            .join(WorkspaceRow, col(WorkspaceRow.id) == EventRow.chain_id)
            .where(WorkspaceRow.name == name)
            .order_by(col(EventRow.sequence))
        )
        return [(row.type, row.trader) for row in rows]


def test_the_key_of_a_new_workspace_trades_at_once_and_sees_that_workspace_alone(
    installer: Installer, team: str, database: Database
) -> None:
    made = installer.install(f" {team} ")
    key = made["key"]
    assert (made["__typename"], made["workspace"]) == ("WorkspaceCreated", team)
    assert (key["name"], key["role"], key["prefix"]) == ("slack-bot", "SERVICE", made["secret"][:12])
    assert (key["expiresAt"], key["revokedAt"]) == (None, None)
    workspace = installer.workspace
    viewer = workspace.data("{ viewer { workspace role trader } }", None, made["secret"], ADA)
    assert viewer == {"workspace": team, "role": "SERVICE", "trader": ADA}
    id = workspace.data(CREATE, {"input": {"name": "Ada's"}}, made["secret"], ADA)["portfolio"]["id"]
    assert Book(workspace, id, made["secret"], ADA).fill("BUY", "AAPL", "1")["order"]["trader"] == ADA
    assert workspace.data(READS["portfolios"]) == {"edges": []}
    assert events_of(database, team) == [
        ("workspace:created", "key:installer"),
        ("key:created", "key:installer"),
    ]


def test_a_new_workspace_is_told_nothing_of_the_installers(
    installer: Installer, team: str, database: Database
) -> None:
    made = installer.install(team)
    actor = console(find_workspace(database, team), team)
    admin = create_key(database, actor, "admin", KeyRole.ADMIN).secret
    told = installer.workspace.post(
        "{ events { edges { node { type trader data } } } apiKeys { name } }", key=admin
    )
    assert '"workspace:created"' in told.text
    home = find_workspace(database, installer.workspace.name)
    for hidden in (installer.workspace.name, home.hex, made["secret"]):
        assert hidden not in told.text


def test_a_second_installation_makes_a_second_key_of_the_same_workspace(
    installer: Installer, team: str, database: Database
) -> None:
    first, second = installer.install(team), installer.install(team)
    assert first["secret"] != second["secret"]
    assert (second["workspace"], second["key"]["name"]) == (team, "slack-bot")
    assert installer.works(first["secret"])
    assert installer.works(second["secret"])
    assert installer.revoke(first["key"]["id"])["__typename"] == "ApiKeyRevoked"
    assert not installer.works(first["secret"])
    assert installer.works(second["secret"])
    assert events_of(database, team)[1:] == [
        ("key:created", "key:installer"),
        ("key:created", "key:installer"),
        ("key:revoked", "key:installer"),
    ]


def test_a_new_key_of_the_installers_name_is_the_same_installer(
    installer: Installer, team: str, database: Database
) -> None:
    made = installer.install(team)
    rotated = make_installer(installer.workspace, database)
    assert rotated.install(team)["__typename"] == "WorkspaceCreated"
    assert rotated.revoke(made["key"]["id"])["__typename"] == "ApiKeyRevoked"


def test_a_workspace_that_somebody_else_made_is_taken(
    installer: Installer, team: str, database: Database, new_workspace: NewWorkspace
) -> None:
    made = installer.install(team)
    others = [
        make_installer(installer.workspace, database, "other"),
        make_installer(new_workspace(), database),
    ]
    before = state(database)
    for other in others:
        for name in (team, installer.workspace.name, other.workspace.name):
            answer = other.install(name)
            assert (answer["code"], answer["field"]) == ("NAME_TAKEN", "name")
            assert name in answer["message"]
        refused = {other.revoke(id)["message"] for id in (made["key"]["id"], "0192" + "0" * 28, "nonsense")}
        assert refused == {"There is no such key that you may revoke."}
    assert state(database) == before
    assert installer.works(made["secret"])


def test_an_installer_revokes_no_key_of_its_own_workspace(installer: Installer, database: Database) -> None:
    ids = [key["id"] for key in installer.workspace.data("{ apiKeys { id } }")]
    before = state(database)
    for id in ids:
        answer = installer.revoke(id)
        assert (answer["code"], answer["field"]) == ("UNKNOWN_KEY", "id")
    assert state(database) == before


def test_an_admin_of_the_installers_workspace_revokes_no_key_of_a_new_one(
    installer: Installer, team: str, database: Database
) -> None:
    made = installer.install(team)
    before = state(database)
    answer = installer.workspace.data(REVOKE, {"id": made["key"]["id"]})
    assert (answer["code"], answer["field"]) == ("UNKNOWN_KEY", "id")
    assert state(database) == before


@pytest.mark.parametrize("role", ["VIEWER", "TRADER", "ADMIN", "SERVICE"])
def test_no_other_key_makes_workspaces(
    workspace: Workspace, role: str, team: str, database: Database
) -> None:
    key = workspace.key(role)
    before = state(database)
    asked = {"input": {"name": team, "keyName": "bot"}}
    answer = workspace.data(INSTALL, asked, key, ADA if role == "SERVICE" else None)
    assert (answer["code"], answer["field"]) == ("NOT_PERMITTED", "X-API-Key")
    assert answer["message"].endswith("this takes INSTALLER.")
    assert state(database) == before


def test_only_the_console_makes_an_installer(workspace: Workspace, database: Database) -> None:
    admin, viewer = workspace.key("ADMIN", "console"), workspace.key("VIEWER")
    before = state(database)
    create = """mutation { createApiKey(input: {name: "console", role: INSTALLER}) {
        ... on InputRejected { code field message } } }"""
    for key in (workspace.admin_key, admin):
        answer = workspace.data(create, key=key)
        assert (answer["code"], answer["field"]) == ("INVALID_ROLE", "role")
        assert "slackoms keys create --role INSTALLER" in answer["message"]
    assert workspace.data(create, key=viewer)["code"] == "NOT_PERMITTED"
    assert state(database) == before


def test_an_installer_reads_who_it_is_and_nothing_else(installer: Installer) -> None:
    workspace = installer.workspace
    workspace.portfolio(members=[{"trader": "key:installer", "role": "MANAGER"}])
    answer = workspace.data("{ viewer { workspace keyName role trader } }", key=installer.secret)
    assert answer == {
        "workspace": workspace.name,
        "keyName": "installer",
        "role": "INSTALLER",
        "trader": "key:installer",
    }
    order = f'{{ order(id: "{"0" * 32}_{"0" * 32}") {{ id }} }}'
    for document in ({**READS, "order": order, "apiKeys": "{ apiKeys { id } }"}).values():
        body = workspace.query(document, key=installer.secret)
        assert code_of(body) == "FORBIDDEN", body
        assert "INSTALLER" in body["errors"][0]["message"]


def test_an_installer_changes_nothing_where_it_is_a_member(installer: Installer, database: Database) -> None:
    workspace = installer.workspace
    book = Book(workspace, workspace.portfolio(members=[{"trader": "key:installer", "role": "MANAGER"}]))
    books, before = book.books(), state(database)
    trade = {"portfolioId": book.id, "symbol": "AAPL", "side": "BUY", "quantity": "1"}
    asked: list[tuple[str, Json | None]] = [
        (TRADE, {"input": trade}),
        (PREVIEW, {"id": book.id}),
        (CREATE, {"input": {"name": "Mine"}}),
        (TRANSFER, {"id": book.id}),
        (CREATE_KEY, None),
    ]
    for document, variables in asked:
        answer = workspace.data(document, variables, installer.secret)
        assert (answer["code"], answer["field"]) == ("NOT_PERMITTED", "X-API-Key"), document
    assert (book.books(), state(database)) == (books, before)


def test_an_installer_acts_for_nobody(installer: Installer, team: str, database: Database) -> None:
    before = state(database)
    for behalf in (ADA, "key:admin", ""):
        answer = installer.install(team, on_behalf_of=behalf)
        assert (answer["code"], answer["field"]) == ("NOT_PERMITTED", "X-On-Behalf-Of")
        body = installer.workspace.query("{ viewer { role } }", None, installer.secret, behalf)
        assert code_of(body) == "FORBIDDEN"
    assert state(database) == before


def test_an_installer_follows_no_events(installer: Installer) -> None:
    with connected(installer.workspace.api.url) as client:
        client.greet(installer.secret)
        code, reason = client.closed()
    assert code == 4403
    assert "INSTALLER" in reason


@pytest.mark.parametrize(
    ("name", "key_name", "field"),
    [
        ("", "bot", "name"),
        (" ", "bot", "name"),
        ("x" * 81, "bot", "name"),
        ("a\0b", "bot", "name"),
        ("new", "", "keyName"),
        ("new", "x" * 81, "keyName"),
        ("new", "a\nb", "keyName"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused(
    installer: Installer, database: Database, name: str, key_name: str, field: str
) -> None:
    before = state(database)
    answer = installer.install(name, key_name)
    assert (answer["code"], answer["field"]) == ("INVALID_NAME", field)
    assert field in answer["message"]
    assert state(database) == before


def test_two_installations_at_once_make_one_workspace(installer: Installer, database: Database) -> None:
    for number in range(5):
        team = f"slack:T{number}{secrets.token_hex(5).upper()}"
        answers = at_once(4, partial(_install, installer, team))
        assert {answer["__typename"] for answer in answers} == {"WorkspaceCreated"}
        assert len({answer["secret"] for answer in answers}) == 4
        told = [kind for kind, _ in events_of(database, team)]
        assert told == ["workspace:created", *["key:created"] * 4]


def _install(installer: Installer, team: str, _: int) -> Json:
    return installer.install(team)
