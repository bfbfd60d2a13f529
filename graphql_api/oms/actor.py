"""Who is asking: the key, its workspace and role, and the trader that everything is done for."""

from dataclasses import dataclass
from uuid import UUID

from graphql_api.oms.ids import new_id, to_text
from graphql_api.oms.refusals import Refused
from graphql_api.oms.words import KeyRole, MemberRole, RejectionCode

READERS = (KeyRole.VIEWER, KeyRole.TRADER, KeyRole.ADMIN, KeyRole.SERVICE)
"""Whose keys may look into the books of their workspace."""
CONSOLE = "console"
"""The trader of what is done at the machine itself."""
MARKET = "market"
"""The trader of what nobody asked for: fills and ends of resting orders."""
_TRADING_MEMBERS = (MemberRole.TRADER, MemberRole.MANAGER)


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated request. No use case can be called without one.

    `barred` is a sentence where the request may do nothing at all: a SERVICE key that names no
    trader, or another key that names one. `follows_all` where it subscribes to all that happens in
    its workspace, and does nothing else: a SERVICE key that names no trader.
    """

    workspace_id: UUID
    workspace: str
    key_id: UUID
    key_name: str
    role: KeyRole
    trader: str
    request_id: str
    barred: str | None = None
    follows_all: bool = False

    def admit(self, *roles: KeyRole) -> None:
        """Let only these roles pass. Raises Refused NOT_PERMITTED."""
        if self.barred is not None:
            raise Refused(RejectionCode.NOT_PERMITTED, "X-On-Behalf-Of", self.barred)
        if self.role not in roles:
            needed = " or ".join(roles)
            raise Refused(
                RejectionCode.NOT_PERMITTED,
                "X-API-Key",
                f"The key {self.key_name} has the role {self.role}; this takes {needed}.",
            )

    @property
    def is_console(self) -> bool:
        """Whether somebody at the machine itself asks: no key's trader has this name."""
        return self.trader == CONSOLE

    @property
    def maker(self) -> str:
        """How a workspace names who made it: by workspace and name, so that a key that takes the place of
        an installer's old one is the same installer."""
        return f"{to_text(self.workspace_id)}/{self.trader}"

    @property
    def sees_all(self) -> bool:
        """Whether every portfolio of the workspace is open to this request, member or not."""
        return self.role is KeyRole.ADMIN or self.follows_all

    def may_trade_as(self, member: MemberRole | None) -> bool:
        """Whether this request may trade a portfolio where its trader has this place."""
        return self.role is KeyRole.ADMIN or (self.role is not KeyRole.VIEWER and member in _TRADING_MEMBERS)


def console(workspace_id: UUID, workspace: str) -> Actor:
    """Whoever sits at the machine itself, with all rights: `console` in the audit trail."""
    return Actor(
        workspace_id=workspace_id,
        workspace=workspace,
        key_id=UUID(int=0),
        key_name=CONSOLE,
        role=KeyRole.ADMIN,
        trader=CONSOLE,
        request_id=to_text(new_id()),
    )


def market(workspace_id: UUID) -> Actor:
    """Whoever changes orders without being asked, because a quote or the clock says so."""
    return Actor(
        workspace_id=workspace_id,
        workspace="",
        key_id=UUID(int=0),
        key_name=MARKET,
        role=KeyRole.ADMIN,
        trader=MARKET,
        request_id=to_text(new_id()),
    )
