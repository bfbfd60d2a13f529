"""Trades a second over HTTP, beside pgbench with the same six statements on the same machine.

Everything runs here and at once shares the cores: PostgreSQL, the API and wrk, which sends the load.
"""

from pathlib import Path

from bench import wrk
from bench.api import running_api
from bench.books import Books, count_trades, prove
from bench.machine import describe
from bench.pgbench import PgBench
from bench.progress import say
from bench.report import TradesReport
from bench.server import create_database, run

PORTFOLIOS = 1000
CONNECTIONS = (1, 16)
STARTS = 3
WARM_UP_SECONDS = 3


def measure(server_url: str, folder: Path, seconds: int, workers: int) -> TradesReport:
    """Start the API, load it, and prove the books; each line of the table takes so many seconds."""
    first, second = describe(server_url, "trades")
    machine = [
        first,
        f"{second}, {wrk.version()}",
        f"{workers} API processes; PostgreSQL, the API and wrk on the same cores; {PORTFOLIOS:,} portfolios, "
        f"a random one a trade; {seconds} s a line",
    ]
    url = create_database(server_url, "trades")
    pgbench, books = PgBench(server_url), Books(url, PORTFOLIOS)
    ids = folder / "portfolios.txt"
    ids.write_text("\n".join(books.ids) + "\n")
    say("start to ready")
    ready = []
    for _ in range(STARTS):
        with running_api(books.environment, workers=1) as api:
            ready.append(api.ready_after_seconds)
    limits, loads = {}, {}
    with running_api(books.environment, workers) as api:
        pgbench.trade(max(CONNECTIONS), WARM_UP_SECONDS)
        warm = wrk.trade(api.url, books.key, ids, "warm-up", max(CONNECTIONS), WARM_UP_SECONDS)
        for connections in CONNECTIONS:  # side by side, so that a busy neighbour slows both
            say(f"pgbench and wrk with {connections} connections")
            run(server_url, "CHECKPOINT")
            limits[connections] = pgbench.trade(connections, seconds)
            run(server_url, "CHECKPOINT")
            loads[connections] = wrk.trade(
                api.url, books.key, ids, f"run-{connections}", connections, seconds
            )
        memory = api.memory()
    say("reconcile")
    return TradesReport(
        machine=machine,
        limits=limits,
        loads=loads,
        ready_seconds=ready,
        memory=memory,
        trades_counted=warm.executed + sum(load.executed for load in loads.values()),
        trades_found=count_trades(url),
        in_flight=max(CONNECTIONS) + sum(CONNECTIONS),
        proof=prove(url),
    )
