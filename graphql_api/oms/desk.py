"""What every use case works with: the database, the market and the rules of the house."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from graphql_api.market.calendar import ALWAYS_OPEN, Calendar
from graphql_api.market.quotes import Market
from graphql_api.oms.db import Database


@dataclass(frozen=True, slots=True)
class Desk:
    """`initial_cash` is what a trader's own portfolio starts with, in the account's currency.

    `market` is the source that all workspaces share; None is the manual market, where each has a board of
    its own. Nothing fills at a quote that is older than `max_quote_age`.
    """

    database: Database
    market: Market | None
    initial_cash: Decimal = Decimal(100_000)
    max_quote_age: timedelta = timedelta(seconds=60)
    calendar: Calendar = ALWAYS_OPEN

    def close(self) -> None:
        """Close the connections to the database and to the market."""
        if self.market is not None:
            self.market.close()
        self.database.close()
