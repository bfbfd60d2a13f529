"""What was measured, as a table for people; the same text is printed and saved."""

from dataclasses import dataclass
from statistics import median

from bench.api import Memory
from bench.books import Proof
from bench.pgbench import Limit
from bench.wrk import Load


@dataclass(frozen=True, slots=True)
class Report:
    """One run of the bench. Loads and limits by their number of connections."""

    machine: list[str]
    limits: dict[int, Limit]
    loads: dict[int, Load]
    ready_seconds: list[float]
    memory: list[Memory]
    trades_counted: int
    trades_found: int
    in_flight: int
    proof: Proof

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
        if not self.proof.is_right:
            told.append(f"The books are wrong: {self.proof.sentence}")
        return told

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
