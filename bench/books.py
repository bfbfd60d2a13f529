"""The product's database for a run: its portfolios and key before, and whether the books are right after."""

import subprocess
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bench.api import slackoms
from bench.server import ask
from graphql_api.app import make_desk
from graphql_api.oms.actor import console
from graphql_api.oms.ids import to_text
from graphql_api.oms.keys import find_workspace
from graphql_api.oms.portfolios import Member, create_portfolio
from graphql_api.oms.words import MemberRole
from graphql_api.settings import Settings

PORTFOLIOS = 1000
CASH = Decimal(10**9)
_KEY_NAME = "bench"


@dataclass(frozen=True, slots=True)
class Proof:
    """What `slackoms reconcile` said, and how long it took."""

    is_right: bool
    sentence: str
    seconds: float


class Books:
    """A migrated database with portfolios that a key may trade."""

    def __init__(self, url: str, folder: Path) -> None:
        """Make them, as the product does it. The ids go to a file in `folder`."""
        self.environment = {"DATABASE_URL": url, "ENVIRONMENT": "development"}
        self.ids = folder / "portfolios.txt"
        self._url = url
        slackoms(self.environment, "migrate")
        self.key = slackoms(self.environment, "keys", "create", "--name", _KEY_NAME, "--role", "TRADER")
        self.ids.write_text("\n".join(self._make_portfolios()) + "\n")

    def _make_portfolios(self) -> list[str]:
        desk = make_desk(Settings(database_url=self._url))
        actor = console(find_workspace(desk.database, "main"), "main")
        members = [Member(f"key:{_KEY_NAME}", MemberRole.TRADER)]
        try:
            return [
                to_text(create_portfolio(desk, actor, f"Portfolio {number}", CASH, members))
                for number in range(1, PORTFOLIOS + 1)
            ]
        finally:
            desk.database.close()

    def trades(self) -> int:
        """How many trades there are."""
        return int(ask(self._url, "SELECT count(*) FROM trades"))

    def prove(self) -> Proof:
        """Fold every trade again."""
        start = time.monotonic()
        try:
            sentence = slackoms(self.environment, "reconcile")
        except subprocess.CalledProcessError as failed:
            return Proof(is_right=False, sentence=failed.stdout.strip(), seconds=time.monotonic() - start)
        return Proof(is_right=True, sentence=sentence, seconds=time.monotonic() - start)
