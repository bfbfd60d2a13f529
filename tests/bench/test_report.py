"""What bench/ prints and keeps of its figures; when it refuses to trust one, and when one is too high."""

from dataclasses import replace

import pytest

from bench import pgbench, wrk
from bench.api import Memory
from bench.books import Proof
from bench.report import Fills, HistoryReport, MatchingReport, Timing, TradesReport
from bench.results import put_into

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
RIGHT = Proof(is_right=True, sentence="The books are right.", seconds=1.0)
MATCHING = MatchingReport(
    machine=["2 cores"],
    ticks={1000: [0.020, 0.022, 0.021], 100_000: [0.024, 0.030, 0.028]},
    idle_trades=0,
    to_fill=100,
    resting=100_000,
    fills=[Fills(portfolios=10, made=100, replayed=100, seconds=0.2, limit_seconds=0.05)],
    proofs=[RIGHT, RIGHT],
)
PAGES = [Timing(f"trades, {which} page", [0.010], [0.011]) for which in ("first", "middle", "last")]
HISTORY = HistoryReport(
    machine=["2 cores"],
    few=1000,
    many=1_000_000,
    timings=[Timing("the portfolio", [0.030, 0.010, 0.020], [0.040, 0.010, 0.021])],
    pages={"trades": PAGES},
    wrong=[],
    proof=RIGHT,
)


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


def test_a_tick_grows_by_its_medians_and_fills_stand_beside_pgbench() -> None:
    assert "growth 1.33 times" in MATCHING.text()
    assert "500       2,000      0.25" in MATCHING.text()
    assert not MATCHING.complaints()
    assert not MATCHING.misses()


@pytest.mark.parametrize(
    "spoiled",
    [
        replace(MATCHING, idle_trades=1),
        replace(MATCHING, fills=[replace(MATCHING.fills[0], made=99)]),
        replace(MATCHING, fills=[replace(MATCHING.fills[0], replayed=99)]),
        replace(MATCHING, proofs=[RIGHT, replace(RIGHT, is_right=False)]),
    ],
    ids=["an idle trade", "an order not filled", "pgbench filled less", "books wrong"],
)
def test_fills_are_not_valid_where_orders_or_a_proof_are_missing(spoiled: MatchingReport) -> None:
    assert len(spoiled.complaints()) == 1


def test_a_tick_that_grows_too_much_is_told() -> None:
    slow = replace(MATCHING, ticks={1000: [0.02], 100_000: [0.031]})
    assert slow.misses() == ["A tick costs 1.55 times as much with the most orders resting."]


def test_a_history_that_costs_too_much_is_told() -> None:
    assert not HISTORY.misses()
    slow = replace(HISTORY, timings=[Timing("its next trade", [0.010], [0.0125])])
    assert slow.misses() == ["its next trade: 1.25 times after 1,000,000 trades."]
    deep = replace(HISTORY, pages={"trades": [*PAGES[:2], Timing("trades, last page", [0.013], [0.014])]})
    assert deep.misses() == ["Pages of trades: one costs 1.27 times another."]


def test_a_question_without_an_answer_spoils_the_history() -> None:
    assert not HISTORY.complaints()
    assert replace(HISTORY, wrong=["its next trade: refused"]).complaints() == ["its next trade: refused"]


def test_a_part_that_is_measured_again_leaves_the_others_on_the_page() -> None:
    page = put_into(put_into("", [REPORT, HISTORY]), [MATCHING])
    again = put_into(page, [replace(REPORT, machine=["64 cores"])])
    titles = [line for line in again.splitlines() if line.startswith("## ")]
    assert titles == ["## Trades over HTTP", "## A long history", "## Resting orders"]
    assert "64 cores" in again
    assert put_into(again, [REPORT]) == page
