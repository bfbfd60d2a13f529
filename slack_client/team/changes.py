"""Changes of a portfolio. Each may be tried again until the OMS answers, and is made once."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from slack_client.answers import (
    Member,
    MemberPortfolio,
)
from slack_client.blocks import Json
from slack_client.bot import Bot
from slack_client.messages import Message, sentence
from slack_client.oms import OmsError, OmsOutcomeUnknown, OmsTimedOut
from slack_client.operations import CreatePortfolioInput, UpdatePortfolioInput
from slack_client.outcomes import (
    InputRejected,
    PortfolioCreated,
    PortfolioUpdated,
    UpdatePortfolioResult,
)
from slack_client.portfolios import role_in
from slack_client.team.forms import SURE, Errand, Typed, fingerprint, list_members, show_members
from slack_client.team.messages import members_saved, portfolio_made
from slack_client.team.modals import Task, members_form, task_form
from slack_client.team.picking import GONE, pick_by_id
from slack_client.trader import Trader
from slack_client.words import MemberRole, RejectionCode

OVERTAKEN = (
    "The members have been changed by somebody else meanwhile, so nothing was saved. "
    "Below they are as they are now: change them again."
)
OVERTAKEN_AFTER = (
    "The members have been changed by somebody else meanwhile, perhaps after your change was saved. "
    "Below they are as they are now: look, and change them again."
)
SURE_ASKED = "Nothing is saved yet: do you want to go? Answer below, then press Save again."
SURE_MISSING = f"Write “{SURE}”, or put yourself back among the managers."
YOURS_ALREADY = "You manage a portfolio of this name already: choose another name."


@dataclass(frozen=True)
class Done:
    """The change is made: a sentence that says so, and what is told of it."""

    said: str
    message: Message


@dataclass(frozen=True)
class Declined:
    """Nothing was changed: the input's field and a sentence."""

    field: str
    message: str


@dataclass(frozen=True)
class Asked:
    """Nothing was changed: the form in another state, and why."""

    view: Json
    said: str


Outcome = Done | Declined | Asked


class Change(Protocol):
    """What a form asks for."""

    @property
    def whether(self) -> str:
        """What nobody can say while its outcome is unknown: `“Growth” was made`."""

    async def attempt(self, within: float) -> Outcome:
        """Make the change, unless an earlier attempt has made it. Raises OmsError; OmsOutcomeUnknown alone
        leaves open whether it is made."""


class Making:
    """A new portfolio. Until it is made it has no id to ask about, so the trader's portfolios tell: one of
    this name that the trader did not manage before is the one that an attempt has made."""

    def __init__(self, bot: Bot, trader: Trader, portfolio: CreatePortfolioInput) -> None:
        self._bot = bot
        self._trader = trader
        self._portfolio = portfolio
        self._is_new = False

    @property
    def whether(self) -> str:
        """What nobody can say while its outcome is unknown."""
        return f"“{self._portfolio.name}” was made"

    async def attempt(self, within: float) -> Outcome:
        """Make it."""
        if not self._is_new:
            if await self._find(within):
                return Declined("name", YOURS_ALREADY)
            self._is_new = True
        result = await self._bot.oms.create_portfolio(self._portfolio, self._trader.name, within)
        match result:
            case PortfolioCreated():
                return self._done(result.portfolio)
            case InputRejected():
                made = await self._find_made(within) if result.code is RejectionCode.NAME_TAKEN else None
                if made is not None:
                    return self._done(made)
                return Declined(result.field, result.message)
            case _:
                assert_never(result)

    def _done(self, made: MemberPortfolio) -> Done:
        return Done(f"“{made.name}” is made.", portfolio_made(made, self._trader))

    async def _find(self, within: float) -> MemberPortfolio | None:
        portfolios = await self._bot.oms.trader_portfolios(self._trader.name, within)
        managed = [each for each in portfolios if role_in(self._trader, each.members) is MemberRole.MANAGER]
        return next((each for each in managed if each.name == self._portfolio.name.strip()), None)

    async def _find_made(self, within: float) -> MemberPortfolio | None:
        try:
            return await self._find(within)
        except OmsError as error:
            raise OmsOutcomeUnknown("the name is taken, by whom cannot be read") from error


class MembersChange:
    """Another list of members, in the place of the one that the form showed and of no other.

    Reading the list and writing the new one is one manager's at a time, in all bot processes.
    """

    def __init__(
        self, bot: Bot, trader: Trader, errand: Errand, typed: Typed, placed: Mapping[str, MemberRole]
    ) -> None:
        self._bot = bot
        self._trader = trader
        self._errand = errand
        self._typed = typed
        self._placed = placed
        self._sent: Sequence[Member] | None = None

    @property
    def whether(self) -> str:
        """What nobody can say while its outcome is unknown."""
        return f"the members of “{self._errand.portfolio_name}” were changed"

    async def attempt(self, within: float) -> Outcome:
        """Save the list."""
        what = f"members:{self._errand.portfolio_id}"
        async with self._bot.store.claims.held(self._trader.team_id, what):
            try:
                async with asyncio.timeout(within):
                    return await self._attempt_alone(within)
            except TimeoutError as error:
                raise OmsTimedOut(f"the members were not saved within {within:g} s") from error

    async def _attempt_alone(self, within: float) -> Outcome:
        portfolios = await self._bot.oms.trader_portfolios(self._trader.name, within)
        portfolio = pick_by_id(portfolios, self._errand.portfolio_id)
        if not isinstance(portfolio, MemberPortfolio):
            return self._left() or Declined("portfolioId", GONE)
        if self._sent is not None and fingerprint(portfolio.members) == fingerprint(self._sent):
            return self._done(portfolio, self._sent)
        if fingerprint(portfolio.members) != self._errand.seen:
            said = OVERTAKEN if self._sent is None else OVERTAKEN_AFTER
            return Asked(task_form(Task.MEMBERS, self._errand, self._trader, portfolio, said), said)
        return await self._save(portfolio, within)

    async def _save(self, portfolio: MemberPortfolio, within: float) -> Outcome:
        shown = show_members(portfolio.members, self._trader.team_id)
        members = list_members(self._placed, shown.kept)
        if asked := self._ask_if_sure(portfolio, members):
            return asked
        self._sent = members
        change = UpdatePortfolioInput(portfolio_id=portfolio.id, members=members)
        result = await self._bot.oms.update_portfolio(change, self._trader.name, within)
        match result:
            case PortfolioUpdated():
                return self._done(portfolio, members)
            case InputRejected():
                return Declined(result.field, result.message)
            case _:
                assert_never(result)

    def _ask_if_sure(self, portfolio: MemberPortfolio, members: Sequence[Member]) -> Outcome | None:
        """A manager who goes is asked first; one without whom there is none is refused by the OMS."""
        managers = {member.trader for member in members if member.role is MemberRole.MANAGER}
        is_manager = role_in(self._trader, portfolio.members) is MemberRole.MANAGER
        stays = not is_manager or self._trader.name in managers or not managers
        if stays or (self._typed.sure or "").strip().casefold() == SURE:
            return None
        if self._typed.sure is not None:
            return Declined("sure", SURE_MISSING)
        shown = show_members(portfolio.members, self._trader.team_id)
        view = members_form(self._errand, shown, self._typed.chosen, asks=True, notice=SURE_ASKED)
        return Asked(view, SURE_ASKED)

    def _left(self) -> Done | None:
        """Whoever has left sees the portfolio no more."""
        if self._sent is None or role_in(self._trader, self._sent) is not None:
            return None
        said = f"You have left “{self._errand.portfolio_name}”."
        return Done(said, sentence(said))

    def _done(self, portfolio: MemberPortfolio, members: Sequence[Member]) -> Done:
        said = f"The members of “{portfolio.name}” are saved."
        return self._left() or Done(said, members_saved(portfolio, members, self._trader))


@dataclass(frozen=True)
class Updating:
    """Another name, or the end of a portfolio: doing it twice is doing it once."""

    bot: Bot
    trader: Trader
    update: UpdatePortfolioInput
    done: str
    whether: str

    async def attempt(self, within: float) -> Outcome:
        """Send the update."""
        result: UpdatePortfolioResult = await self.bot.oms.update_portfolio(
            self.update, self.trader.name, within
        )
        match result:
            case PortfolioUpdated():
                return Done(self.done, sentence(self.done))
            case InputRejected():
                return Declined(result.field, result.message)
            case _:
                assert_never(result)
