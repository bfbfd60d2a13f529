"""What a manager chose in the forms of a portfolio, and the members that it means."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from slack_client.answers import Member
from slack_client.blocks import USERS_LIMIT
from slack_client.delivery import Address
from slack_client.trade.forms import FormErrors
from slack_client.trader import Trader
from slack_client.words import MemberRole

ROLE_FIELDS: Mapping[MemberRole, str] = {
    MemberRole.MANAGER: "managers",
    MemberRole.TRADER: "traders",
    MemberRole.VIEWER: "viewers",
}
"""Each role's field in a form, in the order in which they stand there."""
SURE = "yes"
_FINGERPRINT_LENGTH = 32


class Errand(BaseModel):
    """What a form of a portfolio carries to its submission, in `private_metadata`.

    `seen` is the fingerprint of the members that it showed. Whoever has the response_url may post as the
    bot, so no error shows it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    channel_id: str | None = Field(default=None, pattern=r"^[A-Z0-9]{1,32}$")
    response_url: str | None = Field(default=None, pattern=r"^https?://", max_length=2000)
    portfolio_id: str = Field(default="", max_length=100)
    portfolio_name: str = Field(default="", max_length=80)
    seen: str = Field(default="", max_length=_FINGERPRINT_LENGTH)

    @classmethod
    def at(cls, address: Address) -> "Errand":
        """An errand that begins at this address."""
        return cls(channel_id=address.channel_id, response_url=address.response_url)

    def address(self, trader: Trader) -> Address:
        """Where its trader is told."""
        return Address(trader.user_id, self.channel_id, self.response_url)


Chosen = Mapping[MemberRole, Sequence[str]]
"""User ids by the role that they were chosen for."""


@dataclass(frozen=True)
class Typed:
    """The fields as they stand in a form; `sure` is None where it did not ask."""

    name: str = ""
    chosen: Chosen = field(default_factory=dict)
    sure: str | None = None


@dataclass(frozen=True)
class ShownMembers:
    """A portfolio's members as a form can show them.

    `strangers` are of no Slack team or of another one; `hidden` are more than a menu takes at first.
    """

    chosen: Chosen
    strangers: Sequence[Member]
    hidden: Sequence[Member]

    @property
    def kept(self) -> Sequence[Member]:
        """Who is in no menu, and stays."""
        return [*self.strangers, *self.hidden]


def show_members(members: Iterable[Member], team_id: str) -> ShownMembers:
    """Sort out who can be shown: the same list is always shown in the same way."""
    chosen: dict[MemberRole, list[str]] = {role: [] for role in ROLE_FIELDS}
    strangers, hidden = [], []
    for member in sorted(members, key=lambda member: member.trader):
        trader = Trader.named(member.trader, team_id)
        if trader is None:
            strangers.append(member)
        elif len(chosen[member.role]) == USERS_LIMIT:
            hidden.append(member)
        else:
            chosen[member.role].append(trader.user_id)
    return ShownMembers(chosen, strangers, hidden)


def fingerprint(members: Iterable[Member]) -> str:
    """A short text that is the same for the same members in the same roles."""
    listed = "\n".join(sorted(f"{member.role} {member.trader}" for member in members))
    return hashlib.sha256(listed.encode()).hexdigest()[:_FINGERPRINT_LENGTH]


def read_state(values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Typed:
    """Read a view's `state.values`; what follows a point in a block's id is not part of the field's name."""
    stated = {name_of(block_id): next(iter(actions.values()), {}) for block_id, actions in values.items()}
    chosen = {
        role: tuple(map(str, stated[name].get("selected_users") or ()))
        for role, name in ROLE_FIELDS.items()
        if name in stated
    }
    return Typed(
        name=str(stated.get("name", {}).get("value") or ""),
        chosen=chosen,
        sure=str(stated["sure"].get("value") or "") if "sure" in stated else None,
    )


def name_of(block_id: str) -> str:
    """The field of a block."""
    return block_id.partition(".")[0]


def place_members(
    chosen: Chosen, team_id: str, maker: Trader | None = None
) -> Mapping[str, MemberRole] | FormErrors:
    """The role of everybody who was chosen, by trader; the maker of a portfolio is its manager.

    Whoever stands under two roles is refused under the second, and what is no user id under its role.
    """
    placed = {} if maker is None else {maker.name: MemberRole.MANAGER}
    errors: dict[str, str] = {}
    for role in ROLE_FIELDS:
        for user_id in chosen.get(role, ()):
            name = Trader(team_id, user_id, user_id).name
            if Trader.named(name, team_id) is None:
                errors[ROLE_FIELDS[role]] = f"“{user_id}” is nobody in this workspace. Choose people."
                continue
            before = placed.setdefault(name, role)
            if before is not role:
                is_maker = maker is not None and name == maker.name
                errors[ROLE_FIELDS[role]] = _twice(before, is_maker=is_maker)
    return FormErrors(errors) if errors else placed


def list_members(placed: Mapping[str, MemberRole], kept: Iterable[Member] = ()) -> tuple[Member, ...]:
    """Everybody who was placed, then who is kept and was not."""
    staying = {member.trader: member.role for member in kept if member.trader not in placed}
    return tuple(Member(trader=trader, role=role) for trader, role in {**placed, **staying}.items())


def _twice(before: MemberRole, *, is_maker: bool) -> str:
    if is_maker:
        return "You are a manager of what you make: take yourself out here."
    other = ROLE_FIELDS[before]
    return f"Somebody here is among the {other} too. Everybody has one role: take them out of one of the two."
