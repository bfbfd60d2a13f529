"""The OMS as the bot's installer sees it: workspaces for Slack teams, and the bot's keys in them."""

from slack_client.oms import Oms
from slack_client.operations import (
    CREATE_WORKSPACE,
    REVOKE_API_KEY,
    CreateWorkspaceInput,
    CreateWorkspaceVariables,
    RevokeApiKeyVariables,
)
from slack_client.outcomes import (
    CreateWorkspaceResult,
    RevokeApiKeyResult,
)

PATIENCE_SECONDS = 5.0
"""Somebody watches a page load; what was done without an answer is done again on the next try."""


class Installer(Oms):
    """The same client with a key of the role INSTALLER, which acts for nobody. Raises OmsError."""

    async def create_workspace(self, name: str, key_name: str) -> CreateWorkspaceResult:
        """Make a workspace with a SERVICE key; one that this installer has made gets another key."""
        variables = CreateWorkspaceVariables(input=CreateWorkspaceInput(name=name, key_name=key_name))
        data = await self._ask(CREATE_WORKSPACE, variables, None, PATIENCE_SECONDS)
        return data.create_workspace

    async def revoke_key(self, id: str) -> RevokeApiKeyResult:
        """Revoke a key of a workspace that this installer has made."""
        data = await self._ask(REVOKE_API_KEY, RevokeApiKeyVariables(id=id), None, PATIENCE_SECONDS)
        return data.revoke_api_key
