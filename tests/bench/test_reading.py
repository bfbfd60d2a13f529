"""What bench/ reads in the output of the two programs that measure, and when it refuses to trust it."""

from dataclasses import replace

import pytest

from bench import pgbench, wrk
from bench.api import Memory
from bench.books import Proof
from bench.report import TradesReport

PGBENCH = """\
pgbench (18.6)
transaction type: bench/trade.sql
scaling factor: 1
query mode: prepared
number of clients: 16
number of threads: 2
maximum number of tries: 1
duration: 8 s
number of transactions actually processed: 23071
number of failed transactions: 0 (0.000%)
latency average = 5.538 ms
initial connection time = 17.712 ms
tps = 2884.512345 (without initial connection time)
"""
WRK = """\
Running 8s test @ http://127.0.0.1:40567/graphql
  2 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    20.05ms    4.02ms  60.11ms   70.00%
    Req/Sec   400.00     30.00   450.00     80.00%
  6400 requests in 8.00s, 4.00MB read
Requests/sec:    800.00
Transfer/sec:    500.00KB
not executed: 200 {"data": {"executeTrade": {"__typename": "OrderRejected"}}}
{"seconds":8.000000,"executed":6398,"refused":2,"failed":0,"broken":1,"mean_ms":20.05,"p50_ms":19.5,"p99_ms":41.0}
"""
LOAD = wrk.Load(
    seconds=8, executed=6400, refused=0, failed=0, broken=0, mean_ms=20.05, p50_ms=19.5, p99_ms=41.0
)
REPORT = TradesReport(
    machine=["2 cores"],
    limits={16: pgbench.Limit(per_second=2000, mean_ms=8, failed=0)},
    loads={16: LOAD},
    ready_seconds=[1.2, 0.9, 1.0],
    memory=[Memory("API process", 100, 80)],
    trades_counted=6400,
    trades_found=6410,
    in_flight=16,
    proof=Proof(is_right=True, sentence="The books are right.", seconds=1.0),
)


def test_the_rate_and_latency_of_pgbench_are_read() -> None:
    assert pgbench.read(PGBENCH) == pgbench.Limit(per_second=2884.512345, mean_ms=5.538, failed=0)


def test_output_of_pgbench_without_a_rate_is_an_error() -> None:
    with pytest.raises(ValueError, match="tps"):
        pgbench.read("pgbench: error: connection failed")


def test_only_executed_trades_count_toward_the_rate_of_wrk() -> None:
    load = wrk.read(WRK)
    assert load.per_second == 6398 / 8
    assert load.not_executed == 3
    assert "OrderRejected" in load.complaint


def test_the_ratio_is_the_apis_rate_by_pgbenchs() -> None:
    assert "0.40 at 16" in REPORT.text()
    assert not REPORT.complaints()


@pytest.mark.parametrize(
    "spoiled",
    [
        replace(REPORT, loads={16: replace(LOAD, refused=1)}),
        replace(REPORT, loads={16: replace(LOAD, broken=1)}),
        replace(REPORT, limits={16: replace(REPORT.limits[16], failed=1)}),
        replace(REPORT, trades_found=6399),
        replace(REPORT, trades_found=6417),
        replace(REPORT, proof=replace(REPORT.proof, is_right=False)),
    ],
    ids=["refused", "unanswered", "pgbench failed", "a trade lost", "a trade too many", "books wrong"],
)
def test_figures_are_not_valid_where_a_trade_or_a_proof_is_missing(spoiled: TradesReport) -> None:
    assert len(spoiled.complaints()) == 1
