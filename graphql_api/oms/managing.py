"""A portfolio's manager at work: its name, state, rules and members change, and it is put away."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from graphql_api.oms.actor import Actor
from graphql_api.oms.db import NOW
from graphql_api.oms.desk import Desk
from graphql_api.oms.events import record
from graphql_api.oms.ids import NO_ID, from_text
from graphql_api.oms.portfolios import Member, find_visible, name_taken, read_members, read_name
from graphql_api.oms.refusals import Refused
from graphql_api.oms.rules import RulesChange, change_rules, read_rules, show_rules, write_rules
from graphql_api.oms.tables import MemberRow, PortfolioRow
from graphql_api.oms.words import KeyRole, MemberRole, PortfolioState, RejectionCode


class PortfolioChange(TypedDict, total=False):
    """What is asked of a portfolio: what is absent stays as it is.

    None puts all `rules` back to their defaults; nothing else can be None. `members` is the whole list.
    """

    name: str | None
    state: PortfolioState | None
    rules: RulesChange | None
    members: Sequence[Member] | None
    archived: bool | None


def update_portfolio(desk: Desk, actor: Actor, portfolio_id: str, change: PortfolioChange) -> UUID:
    """Change a portfolio and return its id; one event says what is new, none is written where nothing is.

    For an ADMIN and for the portfolio's managers. Raises Refused.
    """
    actor.admit(KeyRole.ADMIN, KeyRole.TRADER, KeyRole.SERVICE)
    with desk.database.transaction() as session:
        portfolio, members = _find_to_manage(session, actor, portfolio_id)
        _refuse_nulls(change)
        changed = {
            **_rename(session, portfolio, change.get("name")),
            **_change_state(portfolio, change.get("state")),
            **(_change_rules(portfolio, change["rules"]) if "rules" in change else {}),
            **_change_members(session, actor, portfolio, members, change.get("members")),
            **_archive(portfolio, change.get("archived")),
        }
        if changed:
            at = session.execute(select(NOW)).scalar_one()
            record(session, portfolio, actor, "portfolio:updated", at, changed)
    return portfolio.id


def _find_to_manage(
    session: Session, actor: Actor, portfolio_id: str
) -> tuple[PortfolioRow, Mapping[str, MemberRow]]:
    """The portfolio, locked, and its members by trader."""
    parsed = from_text(portfolio_id)
    found = find_visible(session.connection(), actor, parsed[0] if parsed else NO_ID, None, lock=True)
    if found is None:
        raise Refused(
            RejectionCode.UNKNOWN_PORTFOLIO,
            "portfolioId",
            "There is no such portfolio, or it is not yours to see.",
        )
    portfolio, place = session.get_one(PortfolioRow, found[0].id), found[1]
    if not (actor.role is KeyRole.ADMIN or place is MemberRole.MANAGER):
        raise Refused(
            RejectionCode.NOT_PERMITTED,
            "portfolioId",
            f"You are not a MANAGER of the portfolio {portfolio.name}: ask one to change it.",
        )
    of_portfolio = select(MemberRow).where(MemberRow.portfolio_id == portfolio.id)
    return portfolio, {row.trader: row for row in session.exec(of_portfolio)}


def _refuse_nulls(change: PortfolioChange) -> None:
    for name, value in change.items():
        if value is None and name != "rules":
            raise Refused(
                RejectionCode.INVALID_INPUT,
                name,
                f"{name} cannot be cleared: leave it out to keep it as it is.",
            )


def _rename(session: Session, portfolio: PortfolioRow, asked: str | None) -> dict[str, Any]:
    name = portfolio.name if asked is None else read_name(asked)
    if name == portfolio.name:
        return {}
    namesakes = select(PortfolioRow.id).where(
        PortfolioRow.workspace_id == portfolio.workspace_id, PortfolioRow.name == name
    )
    # Asked first: two portfolios that swap their names would wait for each other.
    if session.exec(namesakes).first() is not None:
        raise name_taken(name)
    portfolio.name = name
    try:
        session.flush()
    except IntegrityError as taken:
        raise name_taken(name) from taken
    return {"name": name}


def _change_state(portfolio: PortfolioRow, asked: PortfolioState | None) -> dict[str, Any]:
    if asked is None or asked is portfolio.state:
        return {}
    portfolio.state = asked
    return {"state": asked}


def _change_rules(portfolio: PortfolioRow, asked: RulesChange | None) -> dict[str, Any]:
    before = read_rules(portfolio.rules)
    after = change_rules(before, asked)
    if after == before:
        return {}
    portfolio.rules = write_rules(after)
    return {"rules": show_rules(after)}


def _change_members(
    session: Session,
    actor: Actor,
    portfolio: PortfolioRow,
    members: Mapping[str, MemberRow],
    asked: Sequence[Member] | None,
) -> dict[str, Any]:
    if asked is None:
        return {}
    places = read_members(asked)
    if places == {trader: row.role for trader, row in members.items()}:
        return {}
    if actor.role is not KeyRole.ADMIN and MemberRole.MANAGER not in places.values():
        raise Refused(
            RejectionCode.INVALID_ROLE,
            "members",
            "A portfolio must keep a MANAGER, or nobody could manage it: name one.",
        )
    for trader, row in members.items():
        if trader not in places:
            session.delete(row)
        else:
            row.role = places[trader]
    for trader in places.keys() - members.keys():
        session.add(
            MemberRow(
                portfolio_id=portfolio.id,
                trader=trader,
                workspace_id=portfolio.workspace_id,
                role=places[trader],
            )
        )
    return {"members": places}


def _archive(portfolio: PortfolioRow, asked: bool | None) -> dict[str, Any]:
    if asked is None or asked is portfolio.archived:
        return {}
    if asked and portfolio.open_orders:
        raise Refused(
            RejectionCode.INVALID_INPUT,
            "archived",
            "The portfolio has working orders: cancel them first.",
        )
    portfolio.archived = asked
    return {"archived": asked}
