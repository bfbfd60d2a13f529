"""What the product costs, beside its limits: `make bench` measures everything, `python -m bench PART` a part.

trades: trades a second over HTTP, beside pgbench (about a minute; needs wrk). matching: resting orders that
nothing wakes, and ten thousand that fill at once (about three minutes). history: a portfolio after a million
trades, beside one after a thousand (about three minutes). acks: how long Slack waits for the bot (a minute).
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench import acks, history, matching, results, trades, wrk
from bench.report import Report
from tests.postgres import running_postgres

PARTS = ("trades", "matching", "history", "acks")


def main() -> int:
    """Measure, print, and say whether the figures can be trusted."""
    options = _options()
    parts = options.parts or PARTS
    if "trades" in parts and not wrk.is_installed():
        print(wrk.MISSING, file=sys.stderr)
        return 1
    reports = [_measure(part, options) for part in parts]
    complaints = [complaint for report in reports for complaint in report.complaints()]
    misses = [miss for report in reports for miss in report.misses()]
    for complaint in complaints:
        print(f"NOT VALID: {complaint}", file=sys.stderr)
    for miss in misses:
        print(f"TOO MUCH: {miss}", file=sys.stderr)
    if options.save and not complaints:
        results.save(reports)
        print(f"\nSaved in {results.PAGE}")
    return 1 if complaints or misses else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", type=_part, metavar="PART", help=f"of {', '.join(PARTS)} (all)")
    parser.add_argument("--seconds", type=int, default=8, help="how long each line of trades takes (8)")
    parser.add_argument("--workers", type=int, default=2, help="how many API processes serve trades (2)")
    parser.add_argument("--save", action="store_true", help="also write the result to bench/RESULTS.md")
    return parser.parse_args()


def _part(name: str) -> str:
    """Not argparse's `choices`: Python 3.11 would refuse the empty list, which means all."""
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"there is no {name}, only {', '.join(PARTS)}")
    return name


def _measure(part: str, options: argparse.Namespace) -> Report:
    with (
        tempfile.TemporaryDirectory(prefix="slackoms-bench-") as folder,
        running_postgres(Path(folder)) as url,
    ):
        report: Report
        if part == "trades":
            report = trades.measure(url, Path(folder), options.seconds, options.workers)
        elif part == "matching":
            report = matching.measure(url, Path(folder))
        elif part == "history":
            report = history.measure(url)
        else:
            report = acks.measure(url, Path(folder))
    print(report.text(), end="\n\n", flush=True)
    return report


if __name__ == "__main__":
    sys.exit(main())
