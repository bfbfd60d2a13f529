"""The samples of a team's portfolios: small and large teams, and names that try to be more than names."""

from collections.abc import Iterator, Sequence

from slack_client.answers import Member, MemberPortfolio, PortfolioSummary
from slack_client.blocks import Json
from slack_client.check.made_up import ADA, COUNTS, GRACE, TEXTS, TICKET, member_portfolio, portfolio
from slack_client.messages import Message
from slack_client.team.forms import Errand, Typed, fingerprint, show_members
from slack_client.team.messages import (
    channel_portfolio,
    choose_portfolio,
    members_saved,
    portfolio_chosen,
    portfolio_cleared,
    portfolio_made,
    portfolio_usage,
)
from slack_client.team.modals import (
    STILL_WORKING,
    Task,
    choose_form,
    draw_again,
    looking_up,
    members_form,
    new_portfolio_form,
    saying,
    task_form,
)
from slack_client.trade.offering import (
    NAME_LENGTH,
)
from slack_client.trader import Trader
from slack_client.words import MemberRole

_TEAM_ID = ADA.team_id
_NAMES = {"a plain name": "Growth"} | {name: text[:NAME_LENGTH] for name, text in TEXTS.items()}


def draw_team_messages() -> Iterator[tuple[str, Message]]:
    """Draw what the bot says of a team's portfolios."""
    yield "portfolio_usage", portfolio_usage()
    yield "channel_portfolio, none", channel_portfolio(None)
    yield "portfolio_cleared", portfolio_cleared(ADA)
    for count in COUNTS:
        choice = choose_portfolio("Which portfolio?", _portfolios(count))
        yield f"choose_portfolio, {count} portfolios", choice
        yield f"members_saved, {count} members", members_saved(portfolio(), _team(count), ADA)
    for name, text in _NAMES.items():
        said, named = TEXTS.get(name, text), member_portfolio(_team(1, text), text)
        yield f"choose_portfolio, {name}", choose_portfolio(said, [named])
        yield f"portfolio_made, {name}", portfolio_made(named, ADA)
        yield f"members_saved, {name}", members_saved(named, named.members, ADA)
        yield f"channel_portfolio, {name}", channel_portfolio(text)
        yield f"portfolio_chosen, {name}", portfolio_chosen(Trader(_TEAM_ID, "U0ADA", said), named)


def draw_team_modals() -> Iterator[tuple[str, Json]]:
    """Draw the forms of a team's portfolios."""
    yield "new_portfolio_form, empty", new_portfolio_form(_errand("", ()), Typed())
    yield "saying, a sentence", saying("Members", STILL_WORKING)
    for task in Task:
        yield f"looking_up, {task}", looking_up(task, _errand("", ()))
        for count in COUNTS:
            choice = choose_form(task, _errand("", ()), "Which portfolio?", _portfolios(count))
            yield f"choose_form, {task} of {count} portfolios", choice
        for name, text in _NAMES.items():
            named = member_portfolio(_team(1, text), text)
            yield from _task_forms(task, named, name, TEXTS.get(name, text))
    for count in COUNTS:
        yield from _task_forms(Task.MEMBERS, member_portfolio(_team(count)), f"{count} members")
    for name, text in _NAMES.items():
        notice, members = TEXTS.get(name, text), _team(30, text)
        shown, errand = show_members(members, _TEAM_ID), _errand(text, members)
        asks = members_form(errand, shown, asks=True, notice=notice)
        yield f"members_form, asks whether to leave, {name}", asks
        yield f"draw_again, {name}", draw_again(_submitted(asks, notice), notice)
        filled = new_portfolio_form(errand, Typed(name=notice, chosen=shown.chosen), notice)
        yield f"new_portfolio_form, {name}", filled
        yield f"saying, {name}", saying("Rename", notice)


def _task_forms(
    task: Task, portfolio: MemberPortfolio, what: str, notice: str = ""
) -> Iterator[tuple[str, Json]]:
    for whose, reader in {"a manager": ADA, "a stranger": Trader(_TEAM_ID, "U0EVE", "eve")}.items():
        form = task_form(task, _errand(portfolio.name, portfolio.members), reader, portfolio, notice)
        yield f"task_form, {task} for {whose}, {what}", form


def _portfolios(count: int) -> list[PortfolioSummary]:
    return [portfolio(f"Growth {number}", id=f"p{number}") for number in range(count)]


def _team(count: int, key_name: str = "desk_3") -> Sequence[Member]:
    """Ada, grace, and so many others of each role; as many keys that may look."""
    leaders = [Member(trader=name, role=MemberRole.MANAGER) for name in (ADA.name, GRACE)]
    people = [
        Member(trader=f"slack:{_TEAM_ID}/U0{role}{number}", role=role)
        for role in MemberRole
        for number in range(count)
    ]
    keys = [Member(trader=f"key:{number} {key_name}", role=MemberRole.VIEWER) for number in range(count)]
    return [*leaders, *people, *keys]


def _errand(name: str, members: Sequence[Member]) -> Errand:
    """An errand with the longest address that Slack gives."""
    return Errand(
        channel_id=TICKET.channel_id,
        response_url=f"https://{'x' * 1990}",
        portfolio_id="p" * 36,
        portfolio_name=name,
        seen=fingerprint(members),
    )


def _submitted(view: Json, text: str) -> Json:
    """A form with a text typed where one can be, as Slack sends it."""
    typed = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            users = {"selected_users": element.get("initial_users", [])}
            stated = {"value": text[: element["max_length"]]} if "max_length" in element else users
            typed[block["block_id"]] = {element["action_id"]: stated}
    return view | {"state": {"values": typed}}
