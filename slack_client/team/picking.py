"""Which portfolio a name means. Pure: a name and portfolios in, one of them or a choice out."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from slack_client.answers import MemberPortfolio
from slack_client.blocks import cut
from slack_client.trade.offering import (
    NAME_LENGTH,
)

NONE_YET = "You have no portfolio yet. Make one, or type /trade AAPL: that makes you one of your own."
NONE_MANAGED = "You manage no portfolio. With /portfolio new you make one that is yours to manage."
WHICH = "Which portfolio?"
GONE = "This portfolio is not there any more, or not yours to see."
_SUGGESTIONS = 5


@dataclass(frozen=True)
class Choice:
    """No portfolio, or more than one: what to say, and those to choose from."""

    said: str
    portfolios: Sequence[MemberPortfolio] = ()


def pick_portfolio(
    portfolios: Sequence[MemberPortfolio], name: str, usual: str | None
) -> MemberPortfolio | Choice:
    """The portfolio of this name, in either case; without a name the usual one, or the only one."""
    if name:
        return _named(portfolios, name)
    chosen = [portfolio for portfolio in portfolios if portfolio.id == usual] or portfolios
    if len(chosen) == 1:
        return chosen[0]
    return Choice(WHICH, portfolios) if portfolios else Choice(NONE_YET)


def pick_by_id(portfolios: Sequence[MemberPortfolio], id: str) -> MemberPortfolio | Choice:
    """The portfolio of this id."""
    return next((portfolio for portfolio in portfolios if portfolio.id == id), Choice(GONE))


def _named(portfolios: Sequence[MemberPortfolio], name: str) -> MemberPortfolio | Choice:
    alike = [portfolio for portfolio in portfolios if _folded(portfolio.name) == _folded(name)]
    exact = [portfolio for portfolio in alike if portfolio.name == name] or alike
    if len(exact) == 1:
        return exact[0]
    if alike:
        return Choice(f"More than one is called “{name}”, in other letters.", alike)
    said = f"You see no portfolio called “{cut(name, NAME_LENGTH)}”."
    near = _nearest(portfolios, name)
    if near:
        return Choice(f"{said} Did you mean one of these?", near)
    return Choice(f"{said} These are yours:" if portfolios else said, portfolios)


def _nearest(portfolios: Sequence[MemberPortfolio], name: str) -> Sequence[MemberPortfolio]:
    """Portfolios whose names look like it or have it in them, the nearest first."""
    wanted = _folded(name)
    names = [_folded(portfolio.name) for portfolio in portfolios]
    close = get_close_matches(wanted, names, n=_SUGGESTIONS)
    near = [*close, *(each for each in names if wanted in each)]
    ranked = sorted(
        (near.index(folded), portfolio.name, place)
        for place, (folded, portfolio) in enumerate(zip(names, portfolios, strict=True))
        if folded in near
    )
    return [portfolios[place] for _, _, place in ranked[:_SUGGESTIONS]]


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
