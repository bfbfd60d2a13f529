"""Portfolios: made, found and locked, and the cash that is moved in and out of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from uuid import UUID

import sqlalchemy
from sqlalchemy import Connection, Select, and_, bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from graphql_api.oms import money
from graphql_api.oms.actor import Actor
from graphql_api.oms.db import NOW
from graphql_api.oms.desk import Desk
from graphql_api.oms.equity import record_flow
from graphql_api.oms.events import FIRST_HASH, record
from graphql_api.oms.ids import NO_ID, from_text, new_id
from graphql_api.oms.refusals import Refused
from graphql_api.oms.risk import is_amount
from graphql_api.oms.rules import Rules, RulesChange, change_rules, show_rules, write_rules
from graphql_api.oms.statements import Question
from graphql_api.oms.tables import MemberRow, PortfolioRow, TransferRow
from graphql_api.oms.texts import MAX_NAME, MAX_TRADER, can_be_kept, check_text, read_note
from graphql_api.oms.views import View, write_with_quotes
from graphql_api.oms.words import AccountType, KeyRole, MemberRole, PortfolioState, RejectionCode

DEFAULT_INITIAL_CASH = Decimal(100_000)
"""What `createPortfolio` starts a portfolio with where nothing else is asked for."""
MAX_MEMBERS = 500


@dataclass(frozen=True, slots=True)
class Member:
    """A trader and what they may do in a portfolio."""

    trader: str
    role: MemberRole


@cache
def _visible_portfolios(sees_all: bool) -> Select[PortfolioRow, MemberRole]:
    membership = and_(
        col(MemberRow.portfolio_id) == PortfolioRow.id, col(MemberRow.trader) == bindparam("trader")
    )
    return (
        sqlalchemy.select(PortfolioRow, col(MemberRow.role))
        .join(MemberRow, membership, isouter=sees_all)
        .where(col(PortfolioRow.workspace_id) == bindparam("workspace_id"))
    )


@cache
def _one_portfolio(sees_all: bool, by_id: bool, by_name: bool, lock: bool) -> Question:
    statement = _visible_portfolios(sees_all).with_only_columns(
        *(col(getattr(PortfolioRow, name)) for name in PortfolioRow.model_fields), col(MemberRow.role)
    )
    if by_id:
        statement = statement.where(col(PortfolioRow.id) == bindparam("id"))
    if by_name:
        statement = statement.where(col(PortfolioRow.name) == bindparam("name"))
    return Question(statement.with_for_update(of=PortfolioRow, key_share=True) if lock else statement)


_PLACE = Question(
    sqlalchemy.select(col(MemberRow.role)).where(
        col(MemberRow.portfolio_id) == bindparam("portfolio_id"), col(MemberRow.trader) == bindparam("trader")
    )
)


def visible_portfolios(actor: Actor) -> Select[PortfolioRow, MemberRole]:
    """Every portfolio that the actor may see, each with the actor's place in it. Asking for another
    one finds nothing, as if it did not exist."""
    return _visible_portfolios(actor.sees_all).params(trader=actor.trader, workspace_id=actor.workspace_id)


def find_visible(
    connection: Connection, actor: Actor, id: UUID | None, name: str | None, *, lock: bool = False
) -> tuple[PortfolioRow, MemberRole | None] | None:
    """The portfolio of this id and name (None: any) and the actor's place in it, None where the actor may
    not see it. With `lock`, who writes to it next waits for this transaction, and the place is what it is
    once the lock is held, whatever changed while this waited."""
    name = name and name.strip()
    if name is not None and not can_be_kept(name):
        return None
    question = _one_portfolio(actor.sees_all, id is not None, name is not None, lock)
    values = {"trader": actor.trader, "workspace_id": actor.workspace_id, "id": id, "name": name}
    found = question.ask(connection, values)
    if found is None:
        return None
    *columns, place = found
    portfolio = PortfolioRow(**dict(zip(PortfolioRow.model_fields, columns, strict=True)))
    if lock and not actor.sees_all:
        kept = _PLACE.ask(connection, {"portfolio_id": portfolio.id, "trader": actor.trader})
        if kept is None:
            return None
        place = kept[0]
    return portfolio, place


def find_to_trade(
    connection: Connection, actor: Actor, id: str | None, name: str | None, *, lock: bool = False
) -> PortfolioRow:
    """The portfolio that an order names by id or by name, else the only one that the actor may trade.

    Raises Refused UNKNOWN_PORTFOLIO, or NOT_PERMITTED where the actor may see it and not trade it.
    """
    field = "portfolio" if id is None and name is not None else "portfolioId"
    portfolio_id = _only_one(connection, actor) if id is None and name is None else None
    if id is not None:
        parsed = from_text(id)
        portfolio_id = parsed[0] if parsed else NO_ID
    found = find_visible(connection, actor, portfolio_id, name, lock=lock)
    if found is None:
        raise Refused(
            RejectionCode.UNKNOWN_PORTFOLIO, field, "There is no such portfolio, or it is not yours to see."
        )
    portfolio, place = found
    if not actor.may_trade_as(place):
        raise Refused(
            RejectionCode.NOT_PERMITTED, field, f"You may see the portfolio {portfolio.name}, not trade it."
        )
    return portfolio


def _only_one(connection: Connection, actor: Actor) -> UUID:
    open_ones = visible_portfolios(actor).where(col(PortfolioRow.archived).is_(False))
    rows = connection.execute(open_ones.with_only_columns(col(PortfolioRow.id), col(MemberRow.role))).all()
    mine: list[UUID] = [id for id, place in rows if actor.may_trade_as(place)]
    if len(mine) == 1:
        return mine[0]
    told = (
        "You may trade several portfolios: say which one by portfolioId or portfolio."
        if mine
        else "You may trade no portfolio yet: make one first."
    )
    raise Refused(RejectionCode.UNKNOWN_PORTFOLIO, "portfolioId", told)


def create_portfolio(
    desk: Desk,
    actor: Actor,
    name: str,
    initial_cash: Decimal = DEFAULT_INITIAL_CASH,
    members: Sequence[Member] = (),
    account: AccountType = AccountType.CASH,
    rules: RulesChange | None = None,
) -> UUID:
    """Make a portfolio and return its id. Rules that are not given are at their defaults.

    An ADMIN chooses the initial cash. A trader behind a SERVICE key makes one of their own: they are
    its MANAGER, and it starts with the house's initial cash. Raises Refused.
    """
    actor.admit(KeyRole.ADMIN, KeyRole.SERVICE)
    name = read_name(name)
    initial_cash = _initial_cash(desk, actor, initial_cash)
    first_rules = change_rules(Rules(), rules)
    places = read_members(members)
    if actor.role is KeyRole.SERVICE:
        places[actor.trader] = MemberRole.MANAGER
    with desk.database.transaction() as session:
        portfolio = PortfolioRow(
            id=new_id(),
            workspace_id=actor.workspace_id,
            name=name,
            account=account,
            state=PortfolioState.ACTIVE,
            archived=False,
            created_at=session.execute(select(NOW)).scalar_one(),
            initial_cash=initial_cash,
            cash=initial_cash,
            reserved=money.ZERO,
            open_orders=0,
            rules=write_rules(first_rules),
            flows=money.ZERO,
            realized_pnl=money.ZERO,
            fees=money.ZERO,
            dividends=money.ZERO,
            event_sequence=0,
            event_hash=FIRST_HASH,
        )
        session.add(portfolio)
        try:
            session.flush()
        except IntegrityError as taken:
            raise name_taken(name) from taken
        for trader, role in places.items():
            session.add(
                MemberRow(
                    portfolio_id=portfolio.id, trader=trader, workspace_id=actor.workspace_id, role=role
                )
            )
        data = {
            "name": name,
            "account": portfolio.account,
            "initialCash": money.plain(initial_cash),
            "rules": show_rules(first_rules),
            "members": places,
        }
        record(session, portfolio, actor, "portfolio:created", portfolio.created_at, data)
    return portfolio.id


def read_name(text: str) -> str:
    """A portfolio's name as it is kept. Raises Refused INVALID_NAME."""
    name = text.strip()
    check_text("name", name, MAX_NAME, RejectionCode.INVALID_NAME)
    return name


def name_taken(name: str) -> Refused:
    """The refusal of a name that another portfolio of the workspace has."""
    return Refused(
        RejectionCode.NAME_TAKEN, "name", f"There is a portfolio named {name} already: choose another name."
    )


def read_members(members: Sequence[Member]) -> dict[str, MemberRole]:
    """Everybody's place by trader, as it is kept. Raises Refused INVALID_INPUT."""
    if len(members) > MAX_MEMBERS:
        raise Refused(
            RejectionCode.INVALID_INPUT, "members", f"A portfolio can have {MAX_MEMBERS} members at most."
        )
    for member in members:
        check_text("members", member.trader, MAX_TRADER)
    places = {member.trader.strip(): member.role for member in members}
    if len(places) < len(members):
        raise Refused(RejectionCode.INVALID_INPUT, "members", "A trader can be a member once.")
    return places


def _initial_cash(desk: Desk, actor: Actor, asked: Decimal) -> Decimal:
    """What an ADMIN chooses, or what the house gives to a trader's own portfolio."""
    if asked < 0 or not is_amount(asked):
        raise Refused(
            RejectionCode.INVALID_AMOUNT,
            "initialCash",
            "The initial cash must be between 0 and 1,000,000,000,000, with at most 6 decimals.",
        )
    if actor.role is not KeyRole.SERVICE:
        return asked
    if asked not in {DEFAULT_INITIAL_CASH, desk.initial_cash}:
        raise Refused(
            RejectionCode.NOT_PERMITTED,
            "initialCash",
            f"Your own portfolio starts with {money.shown(desk.initial_cash)}: leave initialCash out.",
        )
    return desk.initial_cash


def transfer_cash(desk: Desk, actor: Actor, portfolio_id: str, amount: Decimal, note: str | None) -> UUID:
    """Move cash into a portfolio (above 0) or out of it (below 0), and return the portfolio's id.

    A flow: it changes the equity and is no profit or loss. Raises Refused.
    """
    actor.admit(KeyRole.ADMIN)
    note = read_note(note)
    if amount == 0 or not is_amount(amount):
        raise Refused(
            RejectionCode.INVALID_AMOUNT,
            "amount",
            "The amount must be above 0 to deposit or below 0 to withdraw, at most 1,000,000,000,000, "
            "with at most 6 decimals.",
        )

    def work(connection: Connection, view: View) -> UUID:
        with Session(connection, expire_on_commit=False) as session:
            portfolio = session.get_one(
                PortfolioRow, find_to_trade(connection, actor, portfolio_id, None, lock=True).id
            )
            free = portfolio.cash - portfolio.reserved
            if amount < 0 and free + amount < 0:
                raise Refused(
                    RejectionCode.INSUFFICIENT_BUYING_POWER,
                    "amount",
                    f"The portfolio has {money.shown(max(free, money.ZERO))} to withdraw that no order "
                    "holds. Take out less.",
                )
            if max(portfolio.cash + amount, abs(portfolio.flows + amount)) > money.MAX_BALANCE:
                raise Refused(
                    RejectionCode.INVALID_AMOUNT,
                    "amount",
                    f"The cash of a portfolio, and all that was moved into it or out of it, can be at most "
                    f"{money.shown(money.MAX_BALANCE)}. Move less.",
                )
            record_flow(connection, view, portfolio)
            at = session.execute(select(NOW)).scalar_one()
            portfolio.cash += amount
            portfolio.flows += amount
            data = {"amount": money.plain(amount), "cash": money.plain(portfolio.cash), "note": note}
            sequence = record(session, portfolio, actor, "cash:transferred", at, data)
            session.add(
                TransferRow(
                    portfolio_id=portfolio.id,
                    sequence=sequence,
                    amount=amount,
                    trader=actor.trader,
                    note=note,
                    at=at,
                )
            )
            session.flush()
            return portfolio.id

    return write_with_quotes(desk, actor.workspace_id, [], work)
