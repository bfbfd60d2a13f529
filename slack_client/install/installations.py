"""The Slack teams that have installed the bot: their tokens, and the OMS workspace and key of each.

slack_sdk keeps the installations and the states of OAuth in tables of its own; the bindings to the OMS stand
beside them in the bot's database. Tokens and keys are encrypted there. Everything runs in threads.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from sqlalchemy import BigInteger, Column, Engine, MetaData, String, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError

from slack_client.install.encryption import Cipher, EncryptedText
from slack_client.store.database import make_tables

STATE_SECONDS = 600
"""How long a person may take from the first click to Slack's redirect."""


@dataclass(frozen=True)
class Binding:
    """A Slack team's workspace in the OMS and the SERVICE key that the bot has there."""

    team_id: str
    enterprise_id: str | None
    workspace: str
    key_id: str
    key: SecretStr


@dataclass(frozen=True)
class Team:
    """What the bot needs to work for a team: Slack's token and the OMS's key."""

    team_id: str
    bot_token: SecretStr
    oms_key: SecretStr


class States(AsyncOAuthStateStore):
    """The states of installations under way: good once, for ten minutes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.store = SQLAlchemyOAuthStateStore(STATE_SECONDS, engine)

    async def async_issue(self, *_: Any, **__: Any) -> str:  # noqa: ANN401  slack_sdk's own
        """Make a new state."""
        return await asyncio.to_thread(self.store.issue)

    async def async_consume(self, state: str) -> bool:
        """Use a state up: False where it is unknown, old or used. Of two that try at once, one gets it."""
        return await asyncio.to_thread(self._consume, state)

    def _consume(self, state: str) -> bool:
        columns = self.store.oauth_states.c
        now = datetime.now(UTC).replace(tzinfo=None)
        taken = delete(self.store.oauth_states).where(columns.state == state, columns.expire_at > now)
        with self._engine.begin() as connection:
            connection.execute(delete(self.store.oauth_states).where(columns.expire_at <= now))
            return connection.execute(taken).rowcount == 1


class Installations:
    """The teams of one Slack app."""

    def __init__(self, engine: Engine, client_id: str, cipher: Cipher) -> None:
        self._engine = engine
        self._store = _encrypted_store(engine, client_id, cipher)
        self._bindings = _bindings_table(cipher)
        self.states = States(engine)

    async def open(self) -> None:
        """Make the tables that are missing, and encrypt again with the first key what an older one has
        encrypted. Raises Undecipherable."""
        await asyncio.to_thread(self._open)

    async def find(self, team_id: str) -> Team | None:
        """A team's token and key, None where it has not installed the bot. Raises Undecipherable."""
        return await asyncio.to_thread(self._find, team_id)

    async def team_ids(self) -> Sequence[str]:
        """The teams that have installed the bot."""
        return await asyncio.to_thread(self._team_ids)

    async def save(self, installation: Installation, binding: Binding) -> str | None:
        """Keep an installation in the place of the one before, whose key's id is returned."""
        return await asyncio.to_thread(self._save, installation, binding)

    async def remove(self, team_id: str, installed_before: float) -> Binding | None:
        """Forget a team that installed the bot before this time, in seconds since 1970; its binding is
        returned. A team that has installed it again since stays."""
        return await asyncio.to_thread(self._remove, team_id, installed_before)

    def _open(self) -> None:
        for metadata in (self._store.metadata, self.states.store.metadata, self._bindings.metadata):
            make_tables(self._engine, metadata)
        with self._engine.begin() as connection:
            for table in (self._store.bots, self._store.installations, self._bindings):
                secrets = [column for column in table.c if isinstance(column.type, EncryptedText)]
                keys = list(table.primary_key)
                for row in connection.execute(select(*keys, *secrets)).mappings().all():
                    values = {column.name: row[column.name] for column in secrets}
                    place = [key == row[key.name] for key in keys]
                    connection.execute(table.update().values(values).where(*place))

    def _find(self, team_id: str) -> Team | None:
        with self._engine.connect() as connection:
            binding = connection.execute(
                select(self._bindings).where(self._bindings.c.team_id == team_id)
            ).one_or_none()
        if binding is None:
            return None
        bot = self._store.find_bot(enterprise_id=binding.enterprise_id, team_id=team_id)
        if bot is None:
            return None
        return Team(team_id, SecretStr(bot.bot_token), SecretStr(binding.key))

    def _team_ids(self) -> Sequence[str]:
        with self._engine.connect() as connection:
            return connection.execute(select(self._bindings.c.team_id)).scalars().all()

    def _save(self, installation: Installation, binding: Binding) -> str | None:
        self._store.save(installation)
        try:
            return self._replace(binding, installation.installed_at)
        except IntegrityError:  # the team was installed twice at once: the other one's key is replaced
            return self._replace(binding, installation.installed_at)

    def _replace(self, binding: Binding, installed_at: float) -> str | None:
        with self._engine.begin() as connection:
            before = connection.execute(
                delete(self._bindings)
                .where(self._bindings.c.team_id == binding.team_id)
                .returning(self._bindings.c.key_id)
            ).scalar_one_or_none()
            connection.execute(
                insert(self._bindings).values(
                    team_id=binding.team_id,
                    enterprise_id=binding.enterprise_id,
                    workspace=binding.workspace,
                    key_id=binding.key_id,
                    key=binding.key.get_secret_value(),
                    installed_at=int(installed_at),
                )
            )
            return before

    def _remove(self, team_id: str, installed_before: float) -> Binding | None:
        table = self._bindings
        with self._engine.begin() as connection:
            row = connection.execute(
                delete(table)
                .where(table.c.team_id == team_id, table.c.installed_at <= int(installed_before))
                .returning(*table.c)
            ).one_or_none()
        if row is None:
            return None
        self._store.delete_all(enterprise_id=row.enterprise_id, team_id=team_id)
        return Binding(team_id, row.enterprise_id, row.workspace, row.key_id, SecretStr(row.key))


def _encrypted_store(engine: Engine, client_id: str, cipher: Cipher) -> SQLAlchemyInstallationStore:
    """slack_sdk's store with the columns of secrets encrypted."""
    store = SQLAlchemyInstallationStore(client_id, engine)
    for table in (store.bots, store.installations):
        for name in ("bot_token", "bot_refresh_token", "user_token", "user_refresh_token"):
            if name in table.c:
                table.c[name].type = EncryptedText(cipher)
    store.installations.c.incoming_webhook_url.type = EncryptedText(cipher)  # who has it can post
    return store


def _bindings_table(cipher: Cipher) -> Table:
    return Table(
        "bindings",
        MetaData(),
        Column("team_id", String(32), primary_key=True),
        Column("enterprise_id", String(32)),
        Column("workspace", String(80), nullable=False),
        Column("key_id", String(32), nullable=False),
        Column("key", EncryptedText(cipher), nullable=False),
        Column("installed_at", BigInteger, nullable=False),
    )
