"""Resting orders: what a tick costs while nothing happens, and how many orders a second fill when they do.

A tick is what the worker does every second for a workspace. It quotes from a market that stands still, so
that the figures are the matching's own. The fills stand beside the very statements that they sent, run by
pgbench on a copy of the database.
"""

import time
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

from bench import pgbench
from bench.books import Books, count_trades, prove
from bench.loading import load_resting
from bench.machine import describe
from bench.progress import say
from bench.recording import recorded
from bench.report import Fills, MatchingReport
from bench.server import copy_database, create_database
from graphql_api.market.listings import load_listings
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.keys import find_workspace
from graphql_api.oms.matching import match
from tests.still import StillMarket

SYMBOLS = list(islice(load_listings(), 500))
RESTING = (1_000, 10_000, 100_000)
SPREADS = (100, 1)
FILLS = 10_000
TICKS = 100
REPEATS = 3
_HIGHEST_LIMIT = Decimal(90)
_CENT = Decimal("0.01")


def measure(server_url: str, folder: Path) -> MatchingReport:
    """Load orders that rest, let them meet quotes that wake none, and then quotes that wake many."""
    machine = [
        *describe(server_url, "matching"),
        f"{len(SYMBOLS)} symbols of a market that stands still; {TICKS} ticks of each size in turn; "
        f"fills {REPEATS} times, each beside pgbench: the medians",
    ]
    say("ticks (loading the orders takes longer)")
    ticks, idle_trades = _measure_ticks(
        {orders: _load(server_url, f"resting_{orders}", orders, SPREADS[0]) for orders in RESTING}
    )
    originals = {SPREADS[0]: f"resting_{max(RESTING)}", SPREADS[1]: "one_portfolio"}
    _load(server_url, originals[SPREADS[1]], max(RESTING), SPREADS[1])
    fills, proofs = [], []
    for repeat in range(REPEATS):
        for portfolios, original in originals.items():
            say(f"{FILLS:,} fills, portfolios: {portfolios}")
            filled, replayed = (copy_database(server_url, original, name) for name in ("filled", "replayed"))
            fills.append(_measure_fills(portfolios, filled, replayed, folder / "fills.sql"))
            if repeat == 0:
                proofs += [prove(filled), prove(replayed)]
    return MatchingReport(machine, ticks, idle_trades, FILLS, max(RESTING), fills, proofs)


def _load(server_url: str, name: str, orders: int, portfolios: int) -> str:
    url = create_database(server_url, name)
    Books(url, portfolios)
    load_resting(url, orders, SYMBOLS)
    return url


def _measure_ticks(urls: dict[int, str]) -> tuple[dict[int, list[float]], int]:
    """How long each tick took, in seconds, by the number of orders; and the trades that were made, if any."""
    workspaces = {orders: Workspace(url) for orders, url in urls.items()}
    trades = sum(workspace.tick()[1] for workspace in workspaces.values())
    seconds: dict[int, list[float]] = {orders: [] for orders in urls}
    for _ in range(TICKS):
        for orders, workspace in workspaces.items():
            took, made = workspace.tick()
            seconds[orders].append(took)
            trades += made
    for workspace in workspaces.values():
        workspace.database.close()
    return seconds, trades


def _measure_fills(portfolios: int, filled_url: str, replayed_url: str, script: Path) -> Fills:
    """Fill orders in one database, and run the statements of that in another one."""
    workspace = Workspace(filled_url)
    workspace.tick()
    workspace.fall(FILLS)
    with recorded(workspace.database, script):
        seconds, made = workspace.tick()
    workspace.database.close()
    limit = pgbench.replay(replayed_url, script)
    return Fills(portfolios, made, count_trades(replayed_url), seconds, limit.mean_ms / 1000)


class Workspace:
    """A workspace whose orders rest under a market that is far above every limit, until it falls."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self._market = StillMarket()
        self._desk = Desk(self.database, self._market, max_quote_age=timedelta(hours=1))
        self._id = find_workspace(self.database, "main")
        self._quote(Decimal(100))

    def fall(self, orders: int) -> None:
        """Let the asks reach the limits of so many orders: the highest ones of each symbol."""
        self._quote(_HIGHEST_LIMIT - (orders // len(SYMBOLS) - 1) * _CENT)

    def tick(self) -> tuple[float, int]:
        """Run a tick: how many seconds it takes, and how many trades it makes."""
        start = time.perf_counter()
        done = match(self._desk, self._id, waits=False)
        return time.perf_counter() - start, len(done.trades)

    def _quote(self, ask: Decimal) -> None:
        for symbol in SYMBOLS:
            self._market.set(symbol, bid=str(ask - 2 * _CENT), ask=str(ask), last=str(ask - _CENT))
