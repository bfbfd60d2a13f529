"""What bench/ reads in the output of the two programs that measure."""

import pytest

from bench import pgbench, wrk

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
