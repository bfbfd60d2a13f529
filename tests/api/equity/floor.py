"""A workspace on a market that all share, whose clock is a test's, and the worker's turn there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from graphql_api.market.calendar import Xnys
from graphql_api.market.quotes import Quote
from graphql_api.market.simulated import SimulatedMarket
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.equity import record_closes
from tests.api.desk import EXECUTE
from tests.api.points import look, make_at, workspace_row
from tests.conftest import Json, Workspace

NOON = "2026-03-09T16:00:00Z"
CLOSE = "2026-03-09T20:00:00Z"
TUESDAY = "2026-03-10T16:00:00Z"
TUESDAYS_CLOSE = "2026-03-10T20:00:00Z"
WEDNESDAY = "2026-03-11T16:00:00Z"
SYMBOLS = ("AAPL", "MSFT", "NVDA", "JPM")


class SteeredMarket(SimulatedMarket):
    """The simulated market at a test's own time; `silent` symbols have no close, as a source in trouble."""

    def __init__(self) -> None:
        super().__init__("equity", self._time)
        self.time = NOON
        self.silent: set[str] = set()

    def _time(self) -> datetime:
        return datetime.fromisoformat(self.time)

    def closing_quotes(self, symbols: Sequence[str], at: datetime) -> dict[str, Quote]:
        return super().closing_quotes([symbol for symbol in symbols if symbol not in self.silent], at)


@dataclass
class Floor:
    """A workspace, its market's clock, and the worker's turn."""

    workspace: Workspace
    market: SteeredMarket
    database: Database

    @property
    def desk(self) -> Desk:
        """The business, as the API has it."""
        return Desk(self.database, self.market, calendar=Xnys())

    def portfolio(self, name: str = "Growth", **more: object) -> str:
        """Make a portfolio at the market's time and return its id."""
        id = self.workspace.portfolio(name, **more)  # type: ignore[arg-type]
        make_at(self.database, id, self.market.now())
        return id

    def trade(self, id: str, side: str, symbol: str, quantity: str) -> Json:
        """Trade at the market, and be sure that it filled."""
        asked = {"portfolioId": id, "side": side, "symbol": symbol, "quantity": quantity}
        answer: Json = self.workspace.data(EXECUTE, {"input": asked})
        assert answer["__typename"] == "TradeExecuted", answer
        return answer

    def record(self, database: Database | None = None) -> None:
        """The worker's turn at this workspace."""
        id = workspace_row(self.database, self.workspace).id
        record_closes(replace(self.desk, database=database or self.database), id, self.market.now())

    def seen_at(self, time: str, id: str) -> tuple[str, str]:
        """What the API says that a portfolio is worth at a time."""
        self.market.time = time
        return time[:16], look(self.workspace, id)["equity"]
