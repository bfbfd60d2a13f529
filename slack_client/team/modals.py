"""The forms of a team's portfolio in each of their states. Pure: values in, a view out.

Slack keeps what was chosen in a block whose id stays. So the ids of the members' menus end in the
fingerprint of the list that they show: another list is shown as it is.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import assert_never

from slack_client.answers import Member, MemberPortfolio, PortfolioSummary
from slack_client.blocks import (
    TITLE_LIMIT,
    USERS_LIMIT,
    Json,
    actions,
    button,
    cut,
    field,
    markdown,
    paragraph,
    plain,
    small_print,
    text_input,
    users_select,
)
from slack_client.messages import ARCHIVE_ACTION, MEMBERS_ACTION, RENAME_ACTION
from slack_client.portfolios import (
    role_in,
)
from slack_client.team.forms import (
    ROLE_FIELDS,
    SURE,
    Chosen,
    Errand,
    ShownMembers,
    Typed,
    fingerprint,
    name_of,
    show_members,
)
from slack_client.team.messages import LISTED_LIMIT, choice_rows, member_lines
from slack_client.trade.modals import ERROR_LIMIT, PAPER
from slack_client.trade.offering import (
    NAME_LENGTH,
)
from slack_client.trader import Trader
from slack_client.words import MemberRole

NEW_CALLBACK = "new_portfolio"
NEW_TITLE = "New portfolio"
STILL_WORKING = (
    "Still working: the OMS has not answered yet. You can close this window; "
    "the result follows where you started."
)


class Task(StrEnum):
    """What a manager does to a portfolio; the value is its button's action id and its form's callback id."""

    MEMBERS = MEMBERS_ACTION
    RENAME = RENAME_ACTION
    ARCHIVE = ARCHIVE_ACTION

    @property
    def heading(self) -> str:
        """The form's title, and its button's text."""
        return self.name.capitalize()

    @property
    def does(self) -> str:
        """What a manager can do: `change its members`."""
        return "change its members" if self is Task.MEMBERS else f"{self.name.lower()} it"


def new_portfolio_form(errand: Errand, typed: Typed, notice: str = "") -> Json:
    """Draw the form that makes a portfolio."""
    blocks = [
        small_print(PAPER),
        *_notice(notice),
        _name_field(typed.name),
        paragraph("You are its manager. Who else may do what? Everybody has one role.", block_id="roles"),
        *_menus(typed.chosen, ""),
    ]
    return _modal(NEW_TITLE, NEW_CALLBACK, errand, blocks) | {"submit": plain("Make it", TITLE_LIMIT)}


def task_form(
    task: Task, errand: Errand, trader: Trader, portfolio: MemberPortfolio, notice: str = ""
) -> Json:
    """Draw a task's form for a manager of the portfolio; for anybody else, whom to ask."""
    named = errand.model_copy(
        update={
            "portfolio_id": portfolio.id,
            "portfolio_name": portfolio.name,
            "seen": fingerprint(portfolio.members),
        }
    )
    if role_in(trader, portfolio.members) is not MemberRole.MANAGER:
        return not_a_manager(task, named, portfolio.members, trader.team_id)
    match task:
        case Task.MEMBERS:
            return members_form(named, show_members(portfolio.members, trader.team_id), notice=notice)
        case Task.RENAME:
            return rename_form(named, portfolio.name, notice)
        case Task.ARCHIVE:
            return archive_form(named, notice)
        case _:
            assert_never(task)


def members_form(
    errand: Errand,
    shown: ShownMembers,
    chosen: Chosen | None = None,
    *,
    asks: bool = False,
    notice: str = "",
) -> Json:
    """Draw the members as they are, or as they were `chosen`; `asks` whether its user wants to go."""
    blocks = [
        *_notice(notice),
        paragraph(errand.portfolio_name or "Portfolio", block_id="portfolio"),
        *_menus(shown.chosen if chosen is None else chosen, f".{errand.seen}"),
        *_kept(shown),
        *([_sure_field(errand.portfolio_name)] if asks else []),
        actions(
            [
                button("Rename", RENAME_ACTION, errand.portfolio_id),
                button("Archive", ARCHIVE_ACTION, errand.portfolio_id),
            ],
            block_id="more",
        ),
    ]
    return _task_modal(Task.MEMBERS, errand, blocks) | {"submit": plain("Save", TITLE_LIMIT)}


def rename_form(errand: Errand, name: str, notice: str = "") -> Json:
    """Draw the form that gives another name."""
    blocks = [
        *_notice(notice),
        paragraph(f"Everybody in “{errand.portfolio_name}” sees the new name.", block_id="portfolio"),
        _name_field(name),
    ]
    return _task_modal(Task.RENAME, errand, blocks) | {"submit": plain("Rename", TITLE_LIMIT)}


def archive_form(errand: Errand, notice: str = "") -> Json:
    """Ask before a portfolio is put away."""
    asks = (
        f"Archive “{errand.portfolio_name}”? It takes no orders any more and is left out of every list, "
        "for everybody who is in it. What was traded in it is kept."
    )
    blocks = [*_notice(notice), paragraph(asks, block_id="portfolio")]
    return _task_modal(Task.ARCHIVE, errand, blocks) | {
        "submit": plain("Archive", TITLE_LIMIT),
        "close": plain("Keep it", TITLE_LIMIT),
    }


def choose_form(task: Task, errand: Errand, said: str, portfolios: Sequence[PortfolioSummary]) -> Json:
    """Draw portfolios to choose from, each with the button that begins the task."""
    return _task_modal(task, errand, [paragraph(said), *choice_rows(portfolios, task.heading, task)])


def looking_up(task: Task, errand: Errand) -> Json:
    """Draw what stands there until the portfolio is known."""
    return _task_modal(task, errand, [paragraph("Your portfolios are being looked up.")])


def not_a_manager(task: Task, errand: Errand, members: Sequence[Member], team_id: str) -> Json:
    """Say kindly who can do what this trader cannot."""
    managers = [member for member in members if member.role is MemberRole.MANAGER]
    said = f"Only a manager of “{errand.portfolio_name}” can {task.does}. You can ask one:"
    blocks = [paragraph(said), *map(markdown, member_lines(managers, team_id))]
    return _task_modal(task, errand, blocks)


def saying(title: str, text: str) -> Json:
    """Draw a last state: a sentence, nothing left to submit."""
    return _modal(title, "said", Errand(), [paragraph(text)])


def draw_again(view: Json, notice: str) -> Json:
    """Draw a submitted form as it was submitted, with a notice on top."""
    typed = view["state"]["values"]
    blocks = [_filled_in(block, typed) for block in view["blocks"] if block["block_id"] != "notice"]
    parts = {name: view[name] for name in _PARTS if view.get(name)}
    return parts | {"blocks": [*_notice(notice), *blocks]}


def place_errors(view: Json, by_field: Mapping[str, str]) -> dict[str, str]:
    """Put refusals under the inputs of the fields that they name, else under the first; none without inputs.

    The OMS speaks of all members at once; they stand under the managers.
    """
    inputs = {
        name_of(block["block_id"]): block["block_id"] for block in view["blocks"] if block["type"] == "input"
    }
    if not inputs:
        return {}
    first = next(iter(inputs.values()))
    renamed = {"members": ROLE_FIELDS[MemberRole.MANAGER]}
    return {
        inputs.get(renamed.get(name, name), first): cut(said, ERROR_LIMIT) for name, said in by_field.items()
    }


def _name_field(name: str) -> Json:
    return field("name", "Name", text_input(name, "Growth", NAME_LENGTH))


_PARTS = ("type", "callback_id", "title", "submit", "close", "private_metadata")
_INITIAL = {"selected_users": "initial_users", "value": "initial_value"}


def _filled_in(block: Json, typed: Json) -> Json:
    """An input with what was typed into it; a block that is none as it is."""
    if block["type"] != "input":
        return block
    element = {name: value for name, value in block["element"].items() if name not in _INITIAL.values()}
    stated = typed[block["block_id"]][element["action_id"]]
    filled = {initial: stated[name] for name, initial in _INITIAL.items() if stated.get(name)}
    return block | {"element": element | filled}


def _notice(text: str) -> list[Json]:
    return [paragraph(text, block_id="notice")] if text else []


def _menus(chosen: Chosen, suffix: str) -> list[Json]:
    return [
        field(
            f"{name}{suffix}",
            name.capitalize(),
            users_select(chosen.get(role, ()), _PLACEHOLDERS[role]),
            optional=True,
        )
        for role, name in ROLE_FIELDS.items()
    ]


_PLACEHOLDERS = {
    MemberRole.MANAGER: "Trade, and change who is in it",
    MemberRole.TRADER: "Trade",
    MemberRole.VIEWER: "See everything, trade nothing",
}


def _kept(shown: ShownMembers) -> list[Json]:
    """Say who is in no menu and stays."""
    said = []
    if shown.hidden:
        said.append(f"{len(shown.hidden)} more stay as they are: a menu shows {USERS_LIMIT} people at first.")
    if shown.strangers:
        listed = [f"{each.trader} ({each.role.lower()})" for each in shown.strangers[:LISTED_LIMIT]]
        more = len(shown.strangers) - len(listed)
        rest = f" and {more} more" if more else ""
        said.append(f"Not of this Slack team, and kept as they are: {', '.join(listed)}{rest}.")
    return [paragraph(" ".join(said), block_id="kept")] if said else []


def _sure_field(name: str) -> Json:
    label = (
        f"With this you are no manager of “{name}” any more, and only its other managers could take you "
        f"back. Write “{SURE}” if you want that."
    )
    return field("sure", label, text_input("", SURE, max_length=10), optional=True)


def _task_modal(task: Task, errand: Errand, blocks: Sequence[Json]) -> Json:
    return _modal(task.heading, task, errand, blocks)


def _modal(title: str, callback_id: str, errand: Errand, blocks: Sequence[Json]) -> Json:
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, TITLE_LIMIT),
        "close": plain("Close", TITLE_LIMIT),
        "private_metadata": errand.model_dump_json(exclude_defaults=True),
        "blocks": list(blocks),
    }
