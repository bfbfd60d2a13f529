"""Installing: a bot comes to a new team, and a workspace with a key for it is made through the API."""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from graphql_api.oms.actor import Actor
from graphql_api.oms.db import NOW, Database
from graphql_api.oms.events import FIRST_HASH, record
from graphql_api.oms.ids import new_id
from graphql_api.oms.keys import NewKey, add_key
from graphql_api.oms.refusals import Refused
from graphql_api.oms.tables import WorkspaceRow
from graphql_api.oms.texts import MAX_NAME, check_text
from graphql_api.oms.words import KeyRole, RejectionCode


@dataclass(frozen=True, slots=True)
class Installed:
    """A workspace by its name, and the key just made in it."""

    workspace: str
    key: NewKey


def install_workspace(database: Database, actor: Actor, name: str, key_name: str) -> Installed:
    """Make a workspace of this name and a SERVICE key in it.

    The workspace that this installer has made before gets another key beside those that it has; one that
    anybody else made is taken. Raises Refused.
    """
    actor.admit(KeyRole.INSTALLER)
    name, key_name = name.strip(), key_name.strip()
    check_text("name", name, MAX_NAME, RejectionCode.INVALID_NAME)
    check_text("keyName", key_name, MAX_NAME, RejectionCode.INVALID_NAME)
    try:
        return _install(database, actor, name, key_name)
    except IntegrityError:  # somebody made it in this moment, perhaps this installer: now it is found
        return _install(database, actor, name, key_name)


def _install(database: Database, actor: Actor, name: str, key_name: str) -> Installed:
    with database.transaction() as session:
        workspace = session.exec(
            select(WorkspaceRow).where(WorkspaceRow.name == name).with_for_update(key_share=True)
        ).one_or_none()
        if workspace is not None and workspace.made_by != actor.maker:
            raise Refused(
                RejectionCode.NAME_TAKEN,
                "name",
                f"There is a workspace named {name} already, and it is not yours: choose another name.",
            )
        at = session.execute(select(NOW)).scalar_one()
        if workspace is None:
            workspace = WorkspaceRow(
                id=new_id(),
                name=name,
                created_at=at,
                event_sequence=0,
                event_hash=FIRST_HASH,
                made_by=actor.maker,
            )
            session.add(workspace)
            session.flush()
            record(session, workspace, actor, "workspace:created", at, {"name": name})
        return Installed(name, add_key(session, workspace, actor, key_name, KeyRole.SERVICE, at))
