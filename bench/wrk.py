"""wrk, sending trades to the API: bench/trade.lua counts what was answered, this reads its last line."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

MISSING = "wrk is missing, which sends the requests: apt-get install wrk"
_SCRIPT = Path(__file__).with_name("trade.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of wrk came to. `broken` are requests without an answer."""

    seconds: float
    executed: int
    refused: int
    failed: int
    broken: int
    mean_ms: float
    p50_ms: float
    p99_ms: float
    complaint: str = ""

    @property
    def per_second(self) -> float:
        """Trades executed per second; nothing else counts."""
        return self.executed / self.seconds

    @property
    def not_executed(self) -> int:
        """Requests that made no trade, whatever the reason."""
        return self.refused + self.failed + self.broken


def is_installed() -> bool:
    """Whether wrk is on this machine."""
    return shutil.which("wrk") is not None


def version() -> str:
    """Such as `wrk 4.1.0`."""
    told = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)
    return " ".join(told.stdout.split()[:2])


def trade(url: str, key: str, ids: Path, run: str, connections: int, seconds: int) -> Load:
    """Send trades over so many connections for so long. `run` tells its clientOrderIds from other runs'."""
    threads = str(min(connections, 2))
    command = ["wrk", "-t", threads, "-c", str(connections), "-d", f"{seconds}s", "-s", str(_SCRIPT)]
    ran = subprocess.run(
        [*command, f"{url}/graphql", "--", str(ids), key, run], stdout=subprocess.PIPE, text=True, check=True
    )
    return read(ran.stdout)


def read(printed: str) -> Load:
    """The figures in what wrk printed with bench/trade.lua."""
    lines = printed.strip().splitlines()
    complaints = [line for line in lines if line.startswith("not executed: ")]
    return Load(**json.loads(lines[-1]), complaint="".join(complaints[:1]))
