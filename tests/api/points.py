"""What the API tells of a portfolio's equity, and what is kept of it beside that."""

from datetime import datetime
from decimal import Decimal

from sqlmodel import col, delete, select

from graphql_api.oms.db import Database
from graphql_api.oms.ids import from_text
from graphql_api.oms.tables import EquityRow, PortfolioRow, WorkspaceRow
from tests.conftest import Json, Workspace

BALANCES = "initialCash cash flows equity realizedPnl unrealizedPnl dividends fees dayChange"
HISTORY = f"""query ($id: ID!, $first: Int! = 100) {{ portfolio(id: $id) {{ {BALANCES}
  equityHistory(first: $first) {{ at equity cash flows unpriced }} }} }}"""
FLOW = """mutation ($input: TransferCashInput!) { transferCash(input: $input) { __typename
  ... on InputRejected { code field message } } }"""


def look(workspace: Workspace, id: str) -> Json:
    """A portfolio's balances and its whole equity history. The balances add up."""
    portfolio: Json = workspace.data(HISTORY, {"id": id})
    amount = {name: Decimal(portfolio[name]) for name in BALANCES.split()[:-1]}
    profit = amount["realizedPnl"] + amount["unrealizedPnl"] + amount["dividends"] - amount["fees"]
    assert amount["equity"] == amount["initialCash"] + amount["flows"] + profit
    times = [point["at"] for point in portfolio["equityHistory"]]
    assert times == sorted(set(times))
    return portfolio


def history(workspace: Workspace, id: str) -> list[tuple[str, str]]:
    """The closes of a portfolio, to the minute, and what it was worth at each; newest last."""
    return [(point["at"][:16], point["equity"]) for point in look(workspace, id)["equityHistory"]]


def day_change(workspace: Workspace, id: str) -> str | None:
    """What a portfolio has made since the last close."""
    change: str | None = look(workspace, id)["dayChange"]
    return change


def flow(workspace: Workspace, id: str, amount: str) -> None:
    """Move cash, and be sure that it has moved."""
    answer = workspace.data(FLOW, {"input": {"portfolioId": id, "amount": amount}})
    assert answer["__typename"] == "CashTransferred", answer


def close_times(database: Database, id: str) -> list[datetime]:
    """The closes of which something is kept of a portfolio, oldest first, however many."""
    ids = from_text(id)
    assert ids is not None
    statement = select(EquityRow.at).where(EquityRow.portfolio_id == ids[0], EquityRow.flow_sequence == 0)
    with database.snapshot() as session:
        return list(session.exec(statement.order_by(col(EquityRow.at))))


def flow_points(database: Database, id: str) -> list[EquityRow]:
    """What is kept of a portfolio before its flows, in their order."""
    ids = from_text(id)
    assert ids is not None
    with database.snapshot() as session:
        found = session.exec(
            select(EquityRow)
            .where(EquityRow.portfolio_id == ids[0], EquityRow.flow_sequence > 0)
            .order_by(col(EquityRow.flow_sequence))
        )
        return list(found)


def forget_flows(database: Database, id: str) -> None:
    """Remove what is kept before a portfolio's flows."""
    ids = from_text(id)
    assert ids is not None
    with database.transaction() as session:
        session.execute(
            delete(EquityRow).where(col(EquityRow.portfolio_id) == ids[0], col(EquityRow.flow_sequence) > 0)
        )


def make_at(database: Database, id: str, at: datetime) -> None:
    """Let a portfolio have been made at a time, on a market whose clock is not the wall's."""
    ids = from_text(id)
    assert ids is not None
    with database.transaction() as session:
        session.get_one(PortfolioRow, ids[0]).created_at = at


def workspace_row(database: Database, workspace: Workspace) -> WorkspaceRow:
    """The row of a test's workspace."""
    with database.snapshot() as session:
        return session.exec(select(WorkspaceRow).where(WorkspaceRow.name == workspace.name)).one()
