"""One portfolio by way of two API processes, and the proof that must hold after every race."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from graphql_api.oms.db import Database
from graphql_api.oms.ids import from_text
from graphql_api.oms.reconcile import Reconciliation
from graphql_api.oms.tables import PortfolioRow
from tests.api.desk import PUBLISH, Desk, nodes
from tests.api.races.lines import Row, portfolio_row, quote_row, workspace_row
from tests.api.races.stories import check_stories
from tests.conftest import Json, Workspace

_ORDER = """query ($id: ID!) { order(id: $id) {
  id status filledQuantity averagePrice expiresAt replacedBy { id }
} }"""


@dataclass
class Racer(Desk):
    """A desk that does not look at the books between two actions: that would keep racers apart."""

    def prove(self) -> None:
        """Leave it to the table."""

    def send_quotes(self, quotes: Sequence[Json], at: str | None = None, **more: Any) -> Json:
        """Send publishQuotes and return the union's member."""
        answer: Json = self.workspace.data(PUBLISH, {"input": {"at": at, "quotes": quotes, **more}})
        return answer


@dataclass
class Table:
    """A portfolio, the desks at it in each process, and one that proves its books."""

    desk: Desk
    racers: Sequence[Racer]
    database: Database
    reconciliation: Reconciliation

    @property
    def id(self) -> UUID:
        """The portfolio's id in the database."""
        parsed = from_text(self.desk.id)
        assert parsed is not None
        return parsed[0]

    @property
    def row(self) -> Row:
        """The portfolio's row, to hold."""
        return portfolio_row(self.id)

    @property
    def quote(self) -> Row:
        """The row of AAPL's quote, to hold up a publication that has the board to itself already."""
        return quote_row(self.workspace_id, "AAPL")

    @property
    def workspace(self) -> Row:
        """Its workspace's row, to hold."""
        return workspace_row(self.workspace_id)

    @property
    def workspace_id(self) -> UUID:
        """Its workspace's id in the database."""
        with self.database.snapshot() as session:
            return session.get_one(PortfolioRow, self.id).workspace_id

    def beside(self, name: str, **more: Any) -> "Table":
        """Another portfolio of the workspace; `more` is of CreatePortfolioInput."""
        desk = Desk.open(self.desk.workspace, name, **more)
        racers = [replace(racer, id=desk.id) for racer in self.racers]
        return replace(self, desk=desk, racers=racers)

    def acting_as(self, secret: str) -> "Table":
        """The same portfolio, traded with another key; its books are still proven with the first."""
        return replace(
            self,
            racers=[
                replace(racer, workspace=replace(racer.workspace, admin_key=secret)) for racer in self.racers
            ],
        )

    def now(self, order: Json) -> Json:
        """How an order stands now."""
        standing: Json = self.desk.workspace.data(_ORDER, {"id": order["id"]})
        return standing

    def orders(self) -> list[Json]:
        """All orders, newest first."""
        return nodes(self.desk.books(), "orders")

    def prove(self) -> None:
        """The books add up, by their entries too, and every order's events tell one story."""
        self.desk.prove()
        assert [str(difference) for difference in self.reconciliation.differences()] == []
        with self.database.snapshot() as session:
            check_stories(session, self.id)


def open_table(
    workspaces: Sequence[Workspace], database: Database, reconciliation: Reconciliation, **more: Any
) -> Table:
    """Make a portfolio in a workspace that is reached by way of several processes."""
    desk = Desk.open(workspaces[0], **more)
    racers = [Racer(workspace, desk.id) for workspace in workspaces]
    return Table(desk, racers, database, reconciliation)
