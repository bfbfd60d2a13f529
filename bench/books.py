"""The product's database for a run: its portfolios and key before, and whether the books are right after."""

import subprocess
import time
from dataclasses import dataclass
from decimal import Decimal

from bench.api import slackoms
from bench.server import ask
from graphql_api.app import make_desk
from graphql_api.oms.actor import console
from graphql_api.oms.ids import to_text
from graphql_api.oms.keys import find_workspace
from graphql_api.oms.portfolios import Member, create_portfolio
from graphql_api.oms.words import MemberRole
from graphql_api.settings import Settings

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

    def __init__(self, url: str, portfolios: int) -> None:
        """Make them, as the product does it."""
        self.environment = environment_of(url)
        self.portfolios = portfolios
        slackoms(self.environment, "migrate")
        self.key = slackoms(self.environment, "keys", "create", "--name", _KEY_NAME, "--role", "TRADER")
        self.ids = _make_portfolios(url, portfolios)


def environment_of(url: str) -> dict[str, str]:
    """The settings of a product that works on a database."""
    return {"DATABASE_URL": url, "ENVIRONMENT": "development"}


def count_trades(url: str) -> int:
    """How many trades there are."""
    return int(ask(url, "SELECT count(*) FROM trades"))


def prove(url: str) -> Proof:
    """Fold every trade again."""
    start = time.monotonic()
    try:
        sentence = slackoms(environment_of(url), "reconcile")
    except subprocess.CalledProcessError as failed:
        return Proof(is_right=False, sentence=failed.stdout.strip(), seconds=time.monotonic() - start)
    return Proof(is_right=True, sentence=sentence, seconds=time.monotonic() - start)


def _make_portfolios(url: str, portfolios: int) -> list[str]:
    desk = make_desk(Settings(database_url=url))
    actor = console(find_workspace(desk.database, "main"), "main")
    members = [Member(f"key:{_KEY_NAME}", MemberRole.TRADER)]
    try:
        return [
            to_text(create_portfolio(desk, actor, f"Portfolio {number}", CASH, members))
            for number in range(1, portfolios + 1)
        ]
    finally:
        desk.database.close()
