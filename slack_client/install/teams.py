"""The Slack teams of a bot that any workspace can install: how they come, work and go."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pydantic import SecretStr
from slack_bolt.error import BoltError
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy.exc import SQLAlchemyError

from slack_client.install.encryption import Undecipherable
from slack_client.install.installations import Binding, Installations, Team
from slack_client.install.installer import Installer
from slack_client.oms import OmsError
from slack_client.outcomes import (
    InputRejected,
)
from slack_client.problems import log_not_installed, log_unexpected

REMEMBER_SECONDS = 60.0
"""How long a team's token and key are not looked up again."""
KEY_NAME = "slack-bot"
ONE_AT_A_TIME = (
    "SlackOMS cannot be installed for a whole organization yet. Install it into one workspace at a time."
)
_log = logging.getLogger(__name__)

Desk = TypeVar("Desk")


class NotInstalled(Exception):  # noqa: N818  an answer to the user, not an error of ours
    """The team has not installed the bot, or does not have it any more."""


class CannotInstall(BoltError):  # noqa: N818  an answer, too; Bolt lets only its own through
    """The installation cannot be kept; the message is a sentence for the person who installs."""


@dataclass(frozen=True)
class _Known(Generic[Desk]):
    team: Team
    desk: Desk
    until: float


class Teams(Generic[Desk]):
    """The teams that have installed the bot. `open_desk` makes what works for a team with its token and key,
    once for as long as they stay the same; `close_desk` ends what works for a team that has gone."""

    def __init__(
        self,
        installations: Installations,
        installer: Installer,
        open_desk: Callable[[Team], Desk],
        close_desk: Callable[[str], None],
    ) -> None:
        self._installations = installations
        self._installer = installer
        self._open_desk = open_desk
        self._close_desk = close_desk
        self._known: dict[str, _Known[Desk]] = {}

    async def of(self, team_id: str | None) -> Desk:
        """What works for this team, from memory for a minute. Raises NotInstalled."""
        if team_id is None:
            raise NotInstalled(ONE_AT_A_TIME)
        known = self._known.get(team_id)
        if known is not None and known.until > time.monotonic():
            return known.desk
        team = await self._find(team_id)
        desk = known.desk if known is not None and known.team == team else self._open_desk(team)
        self._known[team_id] = _Known(team, desk, time.monotonic() + REMEMBER_SECONDS)
        return desk

    def doubt(self, team_id: str) -> None:
        """Look a team up anew the next time: another process may have installed it again."""
        known = self._known.get(team_id)
        if known is not None:
            self._known[team_id] = replace(known, until=0.0)

    async def install(self, installation: Installation) -> None:
        """Give a team a workspace in the OMS, or a new key in the one that it has, and keep its token.
        The key before it is revoked. Raises CannotInstall."""
        team_id = installation.team_id
        if installation.is_enterprise_install or team_id is None:
            raise CannotInstall(ONE_AT_A_TIME)
        try:
            made = await self._installer.create_workspace(f"slack:{team_id}", KEY_NAME)
        except OmsError as error:
            raise CannotInstall(log_not_installed(error, team_id)) from error
        if isinstance(made, InputRejected):
            raise CannotInstall(made.message)
        binding = Binding(
            team_id, installation.enterprise_id, made.workspace, made.key.id, SecretStr(made.secret)
        )
        try:
            key_before = await self._installations.save(installation, binding)
        except SQLAlchemyError as error:
            await self._revoke(binding.key_id, team_id)
            raise CannotInstall(log_unexpected(error)) from error
        self._known.pop(team_id, None)
        _log.info("installed for %s in the workspace %s", team_id, made.workspace)
        if key_before is not None:
            await self._revoke(key_before, team_id)

    async def uninstall(self, team_id: str, at: float) -> None:
        """Forget a team that has removed the bot, and revoke its key. `at` is when, in seconds since 1970:
        one that has installed the bot again since then stays."""
        binding = await self._installations.remove(team_id, at)
        self._known.pop(team_id, None)
        if binding is not None:
            self._close_desk(team_id)
            await self._revoke(binding.key_id, team_id)
            _log.info("uninstalled for %s; the workspace %s stays", team_id, binding.workspace)

    async def _find(self, team_id: str) -> Team:
        try:
            team = await self._installations.find(team_id)
        except Undecipherable as error:
            _log.error("%s: %s", team_id, error)
            team = None
        if team is None:
            self._known.pop(team_id, None)
            self._close_desk(team_id)
            raise NotInstalled(
                "SlackOMS is not installed in this workspace. Ask one of its admins to install it again."
            )
        return team

    async def _revoke(self, key_id: str, team_id: str) -> None:
        """Revoke a key that nobody has any more. That it cannot be revoked now undoes nothing."""
        try:
            answer = await self._installer.revoke_key(key_id)
        except OmsError as error:
            _log.error("the key %s of %s was not revoked, but nothing uses it: %s", key_id, team_id, error)
            return
        if isinstance(answer, InputRejected):
            _log.error("the key %s of %s was not revoked: %s", key_id, team_id, answer.message)
