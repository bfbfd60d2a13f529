"""What the bot says of a team's portfolios. Pure: values in, a message out."""

from collections.abc import Sequence

from slack_client.answers import Member, MemberPortfolio, PortfolioName, PortfolioSummary
from slack_client.blocks import (
    TEXT_LIMIT,
    Json,
    actions,
    button,
    cut,
    escape,
    markdown,
    paragraph,
    row,
    small_print,
)
from slack_client.figures import money
from slack_client.messages import MEMBERS_ACTION, NEW_PORTFOLIO_ACTION, SHOW_PORTFOLIO_ACTION, Message
from slack_client.pages.page import cut_line
from slack_client.portfolios import role_in
from slack_client.team.forms import ROLE_FIELDS
from slack_client.trade.modals import PAPER
from slack_client.trader import Trader, mention
from slack_client.words import MemberRole

CHOICES_LIMIT = 40
LISTED_LIMIT = 20
PORTFOLIO_USAGE = (
    "`/portfolio` shows this channel's portfolio, or yours; `/portfolio Growth` shows the one of that name.\n"
    "`/portfolio new Growth` makes one for your team.\n"
    "`/portfolio use Growth` makes it the one that `/trade` offers first in this channel; "
    "`/portfolio use none` ends that.\n"
    "For its managers: `/portfolio members Growth`, `/portfolio rename Growth` and "
    "`/portfolio archive Growth`; without a name it is this channel's, or yours.\n"
    "`/portfolio show new` shows one whose name is such a word. `/portfolio help` shows this."
)


def portfolio_usage() -> Message:
    """Explain the command."""
    blocks = (markdown(PORTFOLIO_USAGE), actions([_new_button()]), small_print(PAPER))
    return Message(f"{PORTFOLIO_USAGE}\n{PAPER}".replace("`", ""), blocks)


def choose_portfolio(said: str, portfolios: Sequence[PortfolioSummary]) -> Message:
    """Offer portfolios to look at, under a sentence, and a new one."""
    shown = portfolios[:CHOICES_LIMIT]
    rows = choice_rows(portfolios, "Show", SHOW_PORTFOLIO_ACTION)
    cut_off = cut_line(0, len(shown), len(portfolios), "portfolios")
    lines = [said, *([cut_off] if cut_off else []), *(f"{each.name}, {_cash(each)}" for each in shown)]
    blocks = (paragraph(said), *rows, actions([_new_button()]))
    return Message(escape(cut("\n".join(lines), TEXT_LIMIT)), blocks)


def choice_rows(portfolios: Sequence[PortfolioSummary], text: str, action_id: str) -> list[Json]:
    """Draw portfolios to choose from, each with a button of its own; says how many there are beyond those."""
    rows = [
        row(
            f"{portfolio.name}\n{_cash(portfolio)}",
            button(text, action_id, portfolio.id),
            portfolio.id,
        )
        for portfolio in portfolios[:CHOICES_LIMIT]
    ]
    cut_off = cut_line(0, len(rows), len(portfolios), "portfolios")
    return [*rows, small_print(cut_off)] if cut_off else rows


def portfolio_made(portfolio: MemberPortfolio, trader: Trader) -> Message:
    """Say what was made, who is in it, and how to trade it."""
    said = f"“{portfolio.name}” is made, with {money(portfolio.cash)}."
    how = (
        "To trade it, type `/trade AAPL` and choose it. `/portfolio use`, followed by its name, makes it "
        "this channel's: then it is chosen already."
    )
    return _team_message(portfolio, portfolio.members, trader, said, how)


def members_saved(portfolio: PortfolioName, members: Sequence[Member], trader: Trader) -> Message:
    """Say who is in a portfolio now."""
    return _team_message(portfolio, members, trader, f"The members of “{portfolio.name}” are saved.")


def channel_portfolio(name: str | None) -> Message:
    """Say which portfolio is the channel's, and how to change that."""
    said = (
        f"This channel's portfolio is “{name}”." if name else "No portfolio of yours is this channel's own."
    )
    how = "`/portfolio use`, followed by a name, makes one this channel's; `/portfolio use none` ends that."
    return Message(escape(f"{said} {how}").replace("`", ""), (paragraph(said), markdown(how)))


def portfolio_chosen(trader: Trader, portfolio: PortfolioName) -> Message:
    """Tell a channel which portfolio is its own now, and who said so."""
    how = "`/trade` has it chosen for whoever may trade it."
    blocks = (
        markdown(f"<@{escape(trader.user_id)}> chose the portfolio of this channel:"),
        paragraph(portfolio.name),
        markdown(how),
    )
    text = f"{trader.user_name} chose the portfolio of this channel: {portfolio.name}. {how.replace('`', '')}"
    return Message(escape(text), blocks)


def portfolio_cleared(trader: Trader) -> Message:
    """Tell a channel that it has no portfolio of its own any more, and who said so."""
    did = "ended that this channel has a portfolio of its own: /trade offers everybody theirs."
    return Message(
        escape(f"{trader.user_name} {did}"), (markdown(f"<@{escape(trader.user_id)}> {escape(did)}"),)
    )


def member_lines(members: Sequence[Member], team_id: str) -> list[str]:
    """Who is in a portfolio, in mrkdwn, a line a role: people of the team as mentions, others by their name.

    Long lines are cut.
    """
    lines = []
    for role, heading in ROLE_FIELDS.items():
        names = [mention(member.trader, team_id) for member in members if member.role is role]
        if names:
            more = f" and {len(names) - LISTED_LIMIT} more" if len(names) > LISTED_LIMIT else ""
            lines.append(f"{heading.capitalize()}: {', '.join(names[:LISTED_LIMIT])}{more}")
    return lines


def _team_message(
    portfolio: PortfolioName, members: Sequence[Member], trader: Trader, said: str, how: str = ""
) -> Message:
    """A sentence, who is in the portfolio, and buttons for what this trader may do with it."""
    lines = [*member_lines(members, trader.team_id), *([how] if how else [])]
    role = role_in(trader, members)
    buttons = [
        *([button("Portfolio", SHOW_PORTFOLIO_ACTION, portfolio.id)] if role else []),
        *([button("Members", MEMBERS_ACTION, portfolio.id)] if role is MemberRole.MANAGER else []),
    ]
    blocks = [paragraph(said), *map(markdown, lines), small_print(PAPER)]
    text = "\n".join([escape(said), *lines, PAPER]).replace("`", "")
    return Message(cut(text, TEXT_LIMIT), (*blocks, *([actions(buttons)] if buttons else [])))


def _cash(portfolio: PortfolioSummary) -> str:
    return f"{money(portfolio.cash)} cash"


def _new_button() -> Json:
    return button("New portfolio", NEW_PORTFOLIO_ACTION, "new")
