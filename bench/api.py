"""The API under load: `slackoms api` as processes of its own, how soon it is ready, and its memory."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

PATIENCE_SECONDS = 30
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """What one process takes, in MB: all that it maps, and what would be free again without it."""

    role: str
    resident: float
    unique: float


class Api:
    """A running API."""

    def __init__(self, process: psutil.Popen, port: int, ready_after_seconds: float) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.ready_after_seconds = ready_after_seconds
        self._process = process

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    def memory(self) -> list[Memory]:
        """Of the process that was started, and of those that it started to serve."""
        parent = psutil.Process(self._process.pid)
        helpers = [child for child in parent.children() if "resource_tracker" not in "".join(child.cmdline())]
        taken = [_memory("API process" if not helpers else "supervisor", parent)]
        return taken + [_memory("API process", child) for child in helpers]


def _memory(role: str, process: psutil.Process) -> Memory:
    taken = process.memory_full_info()
    return Memory(role, taken.rss / _MEGABYTE, taken.uss / _MEGABYTE)


@contextmanager
def running_api(environment: Mapping[str, str], workers: int) -> Iterator[Api]:
    """Start `slackoms api` with so many processes, wait until it is ready, and stop it at the end."""
    port = free_port()
    command = [*SLACKOMS, "api", "--port", str(port), "--workers", str(workers)]
    start = time.monotonic()
    process = psutil.Popen(command, env={**os.environ, **environment})
    try:
        _wait_until_ready(process, port)
        yield Api(process, port, time.monotonic() - start)
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


SLACKOMS = [sys.executable, "-m", "graphql_api.cli"]
"""The command `slackoms`, of the Python that runs this."""


def slackoms(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command to its end; what it printed."""
    return subprocess.run(
        [*SLACKOMS, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.strip()


def _wait_until_ready(process: psutil.Popen, port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _is_ready(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"slackoms api was not ready within {PATIENCE_SECONDS} s.")
        time.sleep(0.01)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
