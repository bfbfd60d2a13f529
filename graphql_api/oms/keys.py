"""API keys: made, shown once, stored as a hash, revoked; and the door that they open.

A key is `oms_`, 43 characters of base 62 (256 random bits) and 6 of their CRC-32, so that a typo is
refused without asking the database.
"""

import hashlib
import logging
import re
import secrets
import string
import threading
import time
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, or_, select

from graphql_api.oms.actor import Actor
from graphql_api.oms.db import NOW, Database
from graphql_api.oms.events import FIRST_HASH, record
from graphql_api.oms.ids import NO_ID, from_text, new_id, to_text
from graphql_api.oms.refusals import Refused
from graphql_api.oms.tables import ApiKeyRow, WorkspaceRow
from graphql_api.oms.texts import MAX_NAME, check_text
from graphql_api.oms.words import KeyRole, RejectionCode

_log = logging.getLogger(__name__)
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_FORM = re.compile(r"oms_([0-9A-Za-z]{43})([0-9A-Za-z]{6})")
_TRADER = re.compile(r"(?!key:)[a-z]{1,16}:[A-Za-z0-9][A-Za-z0-9:/._\-]{0,79}")
"""Whom a SERVICE key may act for: someone of another system, never a key of our own or the console."""

REMEMBER_SECONDS = 0.5
"""How long a key's answer is remembered in a process: a revocation elsewhere holds within it."""
_REMEMBERED_KEYS = 10_000
_USE_WRITTEN_EVERY = timedelta(minutes=1)
_LONGEST_LIFE = timedelta(days=36_525)


_IS_LIVE = col(ApiKeyRow.revoked_at).is_(None) & or_(
    col(ApiKeyRow.expires_at).is_(None), col(ApiKeyRow.expires_at) > NOW
)


class Unauthenticated(Exception):  # noqa: N818 - an answer to the client, not an error of ours
    """The key is missing, mistyped, unknown, expired or revoked; nothing says which of the last three."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `secret` exists here and nowhere else."""

    row: ApiKeyRow
    secret: str


@dataclass(frozen=True, slots=True)
class _Entry:
    key: ApiKeyRow
    workspace: str
    until: float


class Door:
    """Checks keys. One a process; safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, _Entry] = {}
        self._lock = threading.Lock()

    def open(self, secret: str | None, on_behalf_of: str | None, request_id: str) -> Actor:
        """The actor of a request. Raises Unauthenticated.

        A header X-On-Behalf-Of that may not be sent, or is missing where it must be, makes an actor
        that is barred from everything.
        """
        entry = self._entry(secret)
        trader, barred = _trader(entry.key, on_behalf_of)
        return Actor(
            workspace_id=entry.key.workspace_id,
            workspace=entry.workspace,
            key_id=entry.key.id,
            key_name=entry.key.name,
            role=entry.key.role,
            trader=trader,
            request_id=request_id,
            barred=barred,
        )

    def open_to_follow(self, secret: str | None, on_behalf_of: str | None, request_id: str) -> Actor:
        """The actor of a subscription: the same, but that a SERVICE key without the header follows its
        whole workspace. Raises Unauthenticated."""
        actor = self.open(secret, on_behalf_of, request_id)
        if actor.role is KeyRole.SERVICE and on_behalf_of is None:
            return replace(actor, barred=None, follows_all=True)
        return actor

    def forget(self, key: ApiKeyRow) -> None:
        """Stop remembering a key, so that its revocation holds in this process at once."""
        with self._lock:
            self._known.pop(key.secret_hash, None)

    def _entry(self, secret: str | None) -> _Entry:
        if not secret:
            raise Unauthenticated("Send an API key in the header X-API-Key.")
        if not is_well_formed(secret):
            raise Unauthenticated("This is not an API key, or it has a typo: copy it again, whole.")
        secret_hash = _hash(secret)
        now = time.monotonic()
        entry = self._known.get(secret_hash)
        if entry is not None and entry.until > now:
            return entry
        with self._database.snapshot() as session:
            found = session.execute(
                select(ApiKeyRow, WorkspaceRow.name, NOW)
                .join(WorkspaceRow, col(WorkspaceRow.id) == ApiKeyRow.workspace_id)
                .where(ApiKeyRow.secret_hash == secret_hash, _IS_LIVE)
            ).one_or_none()
        if found is None:
            raise Unauthenticated("This API key is unknown, expired or revoked.")
        key, workspace, at = found
        if key.last_used_at is None or at - key.last_used_at >= _USE_WRITTEN_EVERY:
            self._write_use(key, at)
        entry = _Entry(key, workspace, now + REMEMBER_SECONDS)
        with self._lock:
            if len(self._known) >= _REMEMBERED_KEYS:
                self._known.clear()
            self._known[secret_hash] = entry
        return entry

    def _write_use(self, key: ApiKeyRow, at: datetime) -> None:
        """Note when the key was last used. That it cannot be noted now keeps nobody out."""
        last_use = col(ApiKeyRow.last_used_at)
        try:
            with self._database.transaction() as session:
                session.execute(
                    update(ApiKeyRow)
                    .where(
                        col(ApiKeyRow.workspace_id) == key.workspace_id,
                        col(ApiKeyRow.id) == key.id,
                        last_use.is_not_distinct_from(key.last_used_at),
                    )
                    .values(last_used_at=at)
                )
        except SQLAlchemyError as failed:
            _log.warning("the last use of the key %s was not noted: %s", key.prefix, type(failed).__name__)


def _trader(key: ApiKeyRow, on_behalf_of: str | None) -> tuple[str, str | None]:
    own = f"key:{key.name}"
    if key.role is not KeyRole.SERVICE:
        if on_behalf_of is None:
            return own, None
        return own, "Only a SERVICE key may act for someone else: leave the header X-On-Behalf-Of out."
    if on_behalf_of is None:
        return own, "This key acts for a trader: name one in the header X-On-Behalf-Of."
    if not _TRADER.fullmatch(on_behalf_of):
        return own, "X-On-Behalf-Of must name a trader such as slack:T024BE7LF/U024BE7LH."
    return on_behalf_of, None


def is_well_formed(secret: str) -> bool:
    """Whether a text is a key without a typo."""
    match = _FORM.fullmatch(secret)
    return match is not None and _checksum(match[1]) == match[2]


def _new_secret() -> str:
    body = _base62(secrets.randbits(256), 43)
    return f"oms_{body}{_checksum(body)}"


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), 6)


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def lock_workspace(session: Session, workspace_id: UUID) -> WorkspaceRow:
    """The workspace's row, locked: what is written to its chain waits for the one before."""
    return session.exec(
        select(WorkspaceRow).where(WorkspaceRow.id == workspace_id).with_for_update(key_share=True)
    ).one()


def create_workspace(database: Database, name: str) -> UUID:
    """Make a workspace, or find the one of this name. Raises Refused INVALID_NAME."""
    check_text("name", name, MAX_NAME, RejectionCode.INVALID_NAME)
    with database.transaction() as session:
        found = session.exec(select(WorkspaceRow).where(WorkspaceRow.name == name)).one_or_none()
        if found is not None:
            return found.id
        at = session.execute(select(NOW)).scalar_one()
        workspace = WorkspaceRow(
            id=new_id(), name=name, created_at=at, event_sequence=0, event_hash=FIRST_HASH
        )
        session.add(workspace)
        return workspace.id


def find_workspace(database: Database, name: str) -> UUID:
    """The workspace of this name. Raises Refused INVALID_NAME."""
    with database.snapshot() as session:
        id = session.exec(select(WorkspaceRow.id).where(WorkspaceRow.name == name)).one_or_none()
    if id is None:
        raise Refused(RejectionCode.INVALID_NAME, "name", f"There is no workspace {name}.")
    return id


def create_key(
    database: Database, actor: Actor, name: str, role: KeyRole, expires_at: datetime | None = None
) -> NewKey:
    """Make a key in the actor's workspace. Its name need not be new: two live keys of one name overlap
    while they are rotated. Only the console makes INSTALLER keys: they reach beyond the workspace. Raises
    Refused."""
    actor.admit(KeyRole.ADMIN)
    name = name.strip()
    check_text("name", name, MAX_NAME, RejectionCode.INVALID_NAME)
    if role is KeyRole.INSTALLER and not actor.is_console:
        raise Refused(
            RejectionCode.INVALID_ROLE,
            "role",
            "An INSTALLER key is made at the machine itself: slackoms keys create --role INSTALLER.",
        )
    with database.transaction() as session:
        workspace = lock_workspace(session, actor.workspace_id)
        at = session.execute(select(NOW)).scalar_one()
        if expires_at is not None and not at < expires_at < at + _LONGEST_LIFE:
            raise Refused(
                RejectionCode.INVALID_INPUT,
                "expiresAt",
                "A key must expire within 100 years from now. Leave expiresAt out for one that never does.",
            )
        return add_key(session, workspace, actor, name, role, at, expires_at)


def add_key(
    session: Session,
    workspace: WorkspaceRow,
    actor: Actor,
    name: str,
    role: KeyRole,
    at: datetime,
    expires_at: datetime | None = None,
) -> NewKey:
    """Write a new key of a locked workspace, and its event."""
    secret = _new_secret()
    key = ApiKeyRow(
        workspace_id=workspace.id,
        id=new_id(),
        name=name,
        role=role,
        prefix=secret[:12],
        secret_hash=_hash(secret),
        created_at=at,
        expires_at=expires_at,
        last_used_at=None,
        revoked_at=None,
        revoked_by=None,
    )
    session.add(key)
    _record(session, workspace, actor, "key:created", at, key)
    return NewKey(key, secret)


def revoke_key(database: Database, actor: Actor, id: str) -> ApiKeyRow:
    """Revoke a key of an ADMIN's workspace, or of one that an INSTALLER made; one already revoked stays as
    it is. Raises Refused."""
    actor.admit(KeyRole.ADMIN, KeyRole.INSTALLER)
    is_in_reach = (
        col(WorkspaceRow.made_by) == actor.maker
        if actor.role is KeyRole.INSTALLER
        else col(WorkspaceRow.id) == actor.workspace_id
    )
    (key_id,) = from_text(id) or (NO_ID,)
    with database.transaction() as session:
        workspace_id = session.exec(
            select(WorkspaceRow.id)
            .join(ApiKeyRow, col(ApiKeyRow.workspace_id) == WorkspaceRow.id)
            .where(ApiKeyRow.id == key_id, is_in_reach)
        ).one_or_none()
        if workspace_id is None:
            raise Refused(RejectionCode.UNKNOWN_KEY, "id", "There is no such key that you may revoke.")
        workspace = lock_workspace(session, workspace_id)
        key = session.get_one(ApiKeyRow, (workspace_id, key_id))
        if key.revoked_at is not None:
            return key
        at = session.execute(select(NOW)).scalar_one()
        key.revoked_at, key.revoked_by = at, actor.trader
        _record(session, workspace, actor, "key:revoked", at, key)
    return key


def list_keys(session: Session, actor: Actor) -> list[ApiKeyRow]:
    """Every key of the actor's workspace, oldest first. Raises Refused."""
    actor.admit(KeyRole.ADMIN)
    return list(
        session.exec(
            select(ApiKeyRow).where(ApiKeyRow.workspace_id == actor.workspace_id).order_by(col(ApiKeyRow.id))
        )
    )


def _record(
    session: Session, workspace: WorkspaceRow, actor: Actor, kind: str, at: datetime, key: ApiKeyRow
) -> None:
    data = {"id": to_text(key.id), "name": key.name, "role": key.role, "prefix": key.prefix}
    record(session, workspace, actor, kind, at, data)
