"""What was measured, as tables for people; the same text is printed and saved."""

from dataclasses import dataclass
from statistics import median
from typing import Protocol

from bench.api import Memory
from bench.books import Proof
from bench.pgbench import Limit
from bench.wrk import Load

MAX_TICK_GROWTH = 1.5
"""How much more a tick may cost with the most orders resting than with the fewest."""
MAX_HISTORY_GROWTH = 1.2
"""How much more a portfolio may cost after many trades than after few, and one page than another."""


class Report(Protocol):
    """One part of the bench, measured."""

    title: str
    about: str
    """What the figures are, for who reads them on a page."""

    def complaints(self) -> list[str]:
        """Why the figures cannot be trusted; empty where they can."""

    def misses(self) -> list[str]:
        """Which figures are over a limit of their own."""

    def text(self) -> str:
        """The figures and what stands around them."""


@dataclass(frozen=True, slots=True)
class TradesReport:
    """Trades over HTTP. Loads and limits by their number of connections."""

    machine: list[str]
    limits: dict[int, Limit]
    loads: dict[int, Load]
    ready_seconds: list[float]
    memory: list[Memory]
    trades_counted: int
    trades_found: int
    in_flight: int
    proof: Proof

    title = "Trades over HTTP"
    about = (
        "The limit is pgbench running `trade.sql`, the six plain statements of a trade, on the same "
        "server. The API does them through GraphQL over HTTP: it checks the key, quotes, decides, hashes the "
        "event and answers with the order, the trade, the cash and the position. Only answers that are "
        "executed trades are counted, and the books are proved afterwards."
    )

    def complaints(self) -> list[str]:
        """Why the figures cannot be trusted; empty where they can."""
        told = [
            f"{load.not_executed} requests over {connections} connections made no trade "
            f"({load.refused} refused, {load.failed} failed, {load.broken} unanswered). {load.complaint}"
            for connections, load in self.loads.items()
            if load.not_executed
        ]
        told += [
            f"{limit.failed} transactions of pgbench failed."
            for limit in self.limits.values()
            if limit.failed
        ]
        if not 0 <= self.trades_found - self.trades_counted <= self.in_flight:
            told.append("The database and wrk disagree on the number of trades.")
        return told + _wrong_books([self.proof])

    def misses(self) -> list[str]:
        """None: what can be reached differs from machine to machine."""
        return []

    def text(self) -> str:
        """The table and what stands around it."""
        return "\n".join([*self.machine, "", *self._table(), "", *self._facts()])

    def _table(self) -> list[str]:
        rows = [("", "trades/s", "mean ms", "p50 ms", "p99 ms")]
        for connections, limit in self.limits.items():
            figures = (f"{limit.per_second:,.0f}", f"{limit.mean_ms:.1f}", "-", "-")
            rows.append((f"pgbench, trade.sql, {connections:2}", *figures))
        for connections, load in self.loads.items():
            times = (f"{load.mean_ms:.1f}", f"{load.p50_ms:.1f}", f"{load.p99_ms:.1f}")
            rows.append((f"executeTrade, HTTP, {connections:2}", f"{load.per_second:,.0f}", *times))
        return [f"{name:24}{rate:>10}{mean:>10}{p50:>10}{p99:>10}" for name, rate, mean, p50, p99 in rows]

    def _facts(self) -> list[str]:
        ratios = ", ".join(
            f"{load.per_second / self.limits[connections].per_second:.2f} at {connections}"
            for connections, load in self.loads.items()
        )
        ready = ", ".join(f"{seconds:.2f}" for seconds in self.ready_seconds)
        memory = ", ".join(f"{taken.role} {taken.resident:.0f} ({taken.unique:.0f})" for taken in self.memory)
        return [
            f"ratio API / pgbench  {ratios}",
            f"start to ready       {median(self.ready_seconds):.2f} s, one process, median of {ready}",
            f"memory after load    MB resident (of its own): {memory}",
            f"trades               {self.trades_found:,} in the database, {self.trades_counted:,} counted by "
            f"wrk, at most {self.in_flight} under way when it stopped",
            f"reconcile            {self.proof.seconds:.1f} s: {self.proof.sentence}",
        ]


@dataclass(frozen=True, slots=True)
class Fills:
    """Orders that filled in one tick, and the same statements run by pgbench."""

    portfolios: int
    made: int
    replayed: int
    seconds: float
    limit_seconds: float

    @property
    def ratio(self) -> float:
        """The product's rate by pgbench's."""
        return self.limit_seconds / self.seconds


@dataclass(frozen=True, slots=True)
class MatchingReport:
    """Resting orders. Seconds of each tick by the number of orders."""

    machine: list[str]
    ticks: dict[int, list[float]]
    idle_trades: int
    to_fill: int
    resting: int
    fills: list[Fills]
    proofs: list[Proof]

    title = "Resting orders"
    about = (
        "A tick is what the worker does every second for a workspace: its orders meet the clock and the "
        "quotes. The limit of the fills is pgbench saying again, on a copy of the database and over one "
        "connection, the very messages that the tick sent. One process matches; several share the work. The "
        "books are proved after both."
    )

    @property
    def growth(self) -> float:
        """How many times a tick with the most orders costs one with the fewest."""
        return median(self.ticks[max(self.ticks)]) / median(self.ticks[min(self.ticks)])

    def complaints(self) -> list[str]:
        """Why the figures cannot be trusted; empty where they can."""
        told = (
            [f"{self.idle_trades} trades were made while none should have been."] if self.idle_trades else []
        )
        told += [
            f"{fills.made:,} orders filled and {fills.replayed:,} by pgbench, instead of {self.to_fill:,}."
            for fills in self.fills
            if not fills.made == fills.replayed == self.to_fill
        ]
        return told + _wrong_books(self.proofs)

    def misses(self) -> list[str]:
        """A tick that costs more the more orders rest."""
        if self.growth <= MAX_TICK_GROWTH:
            return []
        return [f"A tick costs {self.growth:.2f} times as much with the most orders resting."]

    def text(self) -> str:
        """The tables and what stands around them."""
        return "\n".join([*self.machine, "", *self._tick_table(), "", *self._fill_table()])

    def _tick_table(self) -> list[str]:
        rows = [("a tick that wakes none of", "best ms", "median ms")]
        rows += [
            (f"{orders:9,} resting orders", f"{min(seconds) * 1000:.1f}", f"{median(seconds) * 1000:.1f}")
            for orders, seconds in self.ticks.items()
        ]
        table = [f"{name:34}{best:>10}{middle:>12}" for name, best, middle in rows]
        return [*table, f"growth {self.growth:.2f} times, by the medians (at most {MAX_TICK_GROWTH})"]

    def _fill_table(self) -> list[str]:
        rows = [(f"{self.to_fill:,} of {self.resting:,} fill at once", "fills/s", "pgbench", "ratio")]
        for portfolios in dict.fromkeys(fills.portfolios for fills in self.fills):
            those = [fills for fills in self.fills if fills.portfolios == portfolios]
            rates = [self.to_fill / fills.seconds for fills in those]
            limits = [self.to_fill / fills.limit_seconds for fills in those]
            ratio = median(fills.ratio for fills in those)
            name = f"in {portfolios} portfolio{'s' if portfolios > 1 else ''}"
            rows.append((name, f"{median(rates):,.0f}", f"{median(limits):,.0f}", f"{ratio:.2f}"))
        return [f"{name:34}{rate:>10}{limit:>12}{ratio:>10}" for name, rate, limit, ratio in rows]


@dataclass(frozen=True, slots=True)
class Timing:
    """A question put to two portfolios in turn: seconds after few trades, and after many."""

    question: str
    few: list[float]
    many: list[float]

    @property
    def growth(self) -> float:
        """How many times it costs after many what it costs after few, by the medians."""
        return median(self.many) / median(self.few)


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """A portfolio after many trades, beside one after few."""

    machine: list[str]
    few: int
    many: int
    timings: list[Timing]
    pages: dict[str, list[Timing]]
    wrong: list[str]
    proof: Proof

    title = "A long history"
    about = (
        "Two databases, each with an API of its own: one portfolio after a thousand trades, and one after a "
        "million. Each question goes to both in turn, over HTTP. What is rare is ten orders or trades, the "
        "oldest of all."
    )

    def complaints(self) -> list[str]:
        """Why the figures cannot be trusted; empty where they can."""
        return self.wrong + _wrong_books([self.proof])

    def misses(self) -> list[str]:
        """What costs more after many trades, and pages that cost more than others of the list."""
        told = [
            f"{timing.question}: {timing.growth:.2f} times after {self.many:,} trades."
            for timing in [*self.timings, *(timing for pages in self.pages.values() for timing in pages)]
            if timing.growth > MAX_HISTORY_GROWTH
        ]
        return told + [
            f"Pages of {name}: one costs {spread:.2f} times another."
            for name in self.pages
            if (spread := self._spread(name)) > MAX_HISTORY_GROWTH
        ]

    def text(self) -> str:
        """The table and what stands around it."""
        return "\n".join([*self.machine, "", *self._table(), "", *self._facts()])

    def _table(self) -> list[str]:
        lines = [
            f"{'ms: best, median':42}{f'{self.few:,} trades':>18}{f'{self.many:,} trades':>20}{'times':>8}"
        ]
        for timing in [*self.timings, *(timing for pages in self.pages.values() for timing in pages)]:
            few, many = (
                f"{min(seconds) * 1000:.1f} {median(seconds) * 1000:7.1f}"
                for seconds in (timing.few, timing.many)
            )
            lines.append(f"{timing.question:42}{few:>18}{many:>20}{timing.growth:8.2f}")
        return lines

    def _facts(self) -> list[str]:
        spreads = ", ".join(f"{self._spread(name):.2f} of {name}" for name in self.pages)
        return [
            f"growth       by the medians (at most {MAX_HISTORY_GROWTH})",
            f"pages        the dearest of first, middle and last by the cheapest: {spreads}",
            f"reconcile    {self.proof.seconds:.1f} s after {self.few:,} trades: {self.proof.sentence}",
        ]

    def _spread(self, name: str) -> float:
        costs = [median(timing.many) for timing in self.pages[name]]
        return max(costs) / min(costs)


def _wrong_books(proofs: list[Proof]) -> list[str]:
    return [f"The books are wrong: {proof.sentence}" for proof in proofs if not proof.is_right]
