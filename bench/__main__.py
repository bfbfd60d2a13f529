"""`make bench`: trades a second over HTTP, beside pgbench with the same six statements on the same machine.

Everything runs here and at once shares the cores: PostgreSQL, the API and wrk, which sends the load.
"""

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench import wrk
from bench.api import running_api
from bench.books import PORTFOLIOS, Books
from bench.pgbench import PgBench
from bench.report import Report
from bench.server import ask, run
from tests.postgres import running_postgres

CONNECTIONS = (1, 16)
STARTS = 3
WARM_UP_SECONDS = 3
RESULTS = Path(__file__).with_name("RESULTS.md")


def main() -> int:
    """Measure, print, and say whether the figures can be trusted."""
    options = _options()
    if not wrk.is_installed():
        print(wrk.MISSING, file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="slackoms-bench-") as folder,
        running_postgres(Path(folder)) as url,
    ):
        report = _measure(url, Path(folder), options.seconds, options.workers)
    print(report.text())
    complaints = report.complaints()
    for complaint in complaints:
        print(f"NOT VALID: {complaint}", file=sys.stderr)
    if options.save and not complaints:
        RESULTS.write_text(_page(report))
        print(f"\nSaved in {RESULTS}")
    return 1 if complaints else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8, help="how long each measurement takes (8)")
    parser.add_argument("--workers", type=int, default=2, help="how many API processes serve (2)")
    parser.add_argument("--save", action="store_true", help="also write the result to bench/RESULTS.md")
    return parser.parse_args()


def _measure(url: str, folder: Path, seconds: int, workers: int) -> Report:
    machine = _machine(url, seconds, workers)
    pgbench, books = PgBench(url), Books(url, folder)
    _say("start to ready")
    ready = []
    for _ in range(STARTS):
        with running_api(books.environment, workers=1) as api:
            ready.append(api.ready_after_seconds)
    limits, loads = {}, {}
    with running_api(books.environment, workers) as api:
        pgbench.trade(max(CONNECTIONS), WARM_UP_SECONDS)
        warm = wrk.trade(api.url, books.key, books.ids, "warm-up", max(CONNECTIONS), WARM_UP_SECONDS)
        for connections in CONNECTIONS:  # side by side, so that a busy neighbour slows both
            _say(f"pgbench and wrk with {connections} connections")
            run(url, "CHECKPOINT")
            limits[connections] = pgbench.trade(connections, seconds)
            run(url, "CHECKPOINT")
            loads[connections] = wrk.trade(
                api.url, books.key, books.ids, f"run-{connections}", connections, seconds
            )
        memory = api.memory()
    _say("reconcile")
    return Report(
        machine=machine,
        limits=limits,
        loads=loads,
        ready_seconds=ready,
        memory=memory,
        trades_counted=warm.executed + sum(load.executed for load in loads.values()),
        trades_found=books.trades(),
        in_flight=max(CONNECTIONS) + sum(CONNECTIONS),
        proof=books.prove(),
    )


def _machine(url: str, seconds: int, workers: int) -> list[str]:
    postgres = ask(url, "SELECT split_part(version(), ' ', 2)")
    durable = ask(url, "SHOW synchronous_commit")
    return [
        f"SlackOMS bench, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load average {os.getloadavg()[0]:.1f}",
        f"{os.cpu_count()} cores {_processor()}; Python {platform.python_version()}, PostgreSQL {postgres} "
        f"(synchronous_commit {durable}), {wrk.version()}",
        f"{workers} API processes; PostgreSQL, the API and wrk on the same cores; {PORTFOLIOS:,} portfolios, "
        f"a random one a trade; {seconds} s a line",
    ]


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _say(what: str) -> None:
    print(f"measuring {what} ...", file=sys.stderr, flush=True)


def _page(report: Report) -> str:
    return (
        "# What it costs\n\n"
        "Written by `python -m bench --save`; `make bench` measures again. The limit is pgbench running\n"
        "`trade.sql`, the six plain statements of a trade, on the same server. The API does them through\n"
        "GraphQL over HTTP: it checks the key, quotes, decides, hashes the event and answers with the\n"
        "order, the trade, the cash and the position. Only answers that are executed trades are counted,\n"
        "and the books are proved afterwards.\n\n"
        f"```\n{report.text()}\n```\n"
    )


if __name__ == "__main__":
    sys.exit(main())
