"""API processes on the manual market with New York's sessions, started and killed for real."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from graphql_api.settings import Settings
from tests.api.test_two_processes import free_port, wait_until_ready
from tests.conftest import Api
from tests.still import StillMarket

MAX_QUOTE_AGE_SECONDS = 900


@dataclass
class ApiProcess:
    """A process that serves the API."""

    api: Api
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """End it as a crash of the machine would: kill -9."""
        self.process.kill()
        self.process.wait(10)


@contextmanager
def processes(
    count: int, database_url: str, folder: Path, http: httpx2.Client
) -> Iterator[Sequence[ApiProcess]]:
    """Processes, ready. At the end each was killed or stops with 0, and none has complained."""
    with ExitStack() as open_files:
        started = [_start(database_url, folder / f"{number}.log", open_files) for number in range(count)]
        try:
            for each in started:
                wait_until_ready(http, each.api.url, each.process)
            yield started
        finally:
            for each in started:
                each.process.terminate()
            ended = [each.process.wait(10) for each in started]
    assert set(ended) <= {0, -9}
    assert [(folder / f"{number}.log").read_text() for number in range(count)] == [""] * count


def _start(database_url: str, log: Path, open_files: ExitStack) -> ApiProcess:
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "MARKET": "manual",
        "MARKET_HOURS": "XNYS",
        "MAX_QUOTE_AGE_SECONDS": str(MAX_QUOTE_AGE_SECONDS),
    }
    output = open_files.enter_context(log.open("wb"))
    command = [sys.executable, "-m", "graphql_api.cli", "api", "--port", str(port)]
    process = subprocess.Popen(command, cwd=log.parent, env=environment, stdout=output, stderr=output)
    settings = Settings(_env_file=None, database_url=database_url, market="manual", market_hours="XNYS")  # type: ignore[call-arg]
    return ApiProcess(Api(f"http://127.0.0.1:{port}", database_url, StillMarket(), settings), process)
