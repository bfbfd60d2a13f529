"""`slackoms run` as its user sees it: real processes, the printed words, Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil
import pytest


@contextmanager
def slackoms_run(
    folder: Path, port: int, database_url: str, **variables: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start `slackoms run` in a folder; gives the process and what it printed until it was ready."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SLACK_", "OMS_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "graphql_api.cli", "run"],
        cwd=folder,
        env={**environment, "PORT": str(port), "DATABASE_URL": database_url, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    try:
        for line in process.stdout:
            printed += line
            if "Ctrl-C" in line:
                break
        yield process, printed
    finally:
        left = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.wait()
        for child in left:
            child.kill()
        process.stdout.close()


def press_ctrl_c(process: subprocess.Popen[str]) -> int:
    """Ctrl-C; gives the exit code, and fails where a child lives on."""
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    code = process.wait(timeout=15)
    assert [child for child in children if child.is_running()] == []
    return code


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_first_run_is_trading_with_the_printed_line(
    tmp_path: Path, port: int, fresh_database_url: str
) -> None:
    with slackoms_run(tmp_path, port, fresh_database_url) as (process, printed):
        curl = re.search(r"^  (curl .*?)$\n\n", printed, re.MULTILINE | re.DOTALL)
        assert curl is not None, printed
        answer = subprocess.run(["bash", "-c", curl[1]], capture_output=True, text=True, check=True).stdout
        assert re.search(r'"trades":\[\{"price":"\d+\.\d+"', answer), answer
        assert f"http://127.0.0.1:{port}/graphql#key=oms_" in printed
        assert "/trade AAPL" in printed
        assert press_ctrl_c(process) == 0


def test_a_second_run_finds_what_the_first_made(tmp_path: Path, port: int, fresh_database_url: str) -> None:
    with slackoms_run(tmp_path, port, fresh_database_url) as (process, printed):
        (key,) = set(re.findall(r"oms_[0-9A-Za-z]{49}", printed))
        assert press_ctrl_c(process) == 0
    with slackoms_run(tmp_path, port, fresh_database_url) as (process, printed):
        assert "oms_" not in printed
        answer = httpx2.post(
            f"http://127.0.0.1:{port}/graphql",
            json={"query": "{ portfolios { edges { node { name cash } } } }"},
            headers={"X-API-Key": key},
        ).json()
        assert press_ctrl_c(process) == 0
    assert answer == {"data": {"portfolios": {"edges": [{"node": {"name": "Demo", "cash": "100000"}}]}}}


def test_a_port_in_use_is_said_and_nothing_is_made(tmp_path: Path, fresh_database_url: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with slackoms_run(tmp_path, port, fresh_database_url) as (process, printed):
            assert process.wait(timeout=15) == 1
    assert printed.startswith(f"Port {port} is in use.")
    assert "Traceback" not in printed
    assert list(tmp_path.glob("*.db")) == []


def test_when_a_process_dies_the_rest_stops_and_it_is_said(
    tmp_path: Path, port: int, fresh_database_url: str
) -> None:
    with slackoms_run(tmp_path, port, fresh_database_url) as (process, _):
        children = psutil.Process(process.pid).children()
        worker = next(child for child in children if "worker" in child.cmdline())
        worker.kill()
        assert process.wait(timeout=15) == 1
        assert process.stdout is not None
        assert "The worker has ended" in process.stdout.read()
        deadline = time.monotonic() + 5
        while any(child.is_running() for child in children):
            assert time.monotonic() < deadline, "a child lives on"


def test_with_slacks_tokens_the_bot_runs_too_with_a_key_of_this_run(
    tmp_path: Path, port: int, fresh_database_url: str
) -> None:
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "secret"}
    for _ in range(2):
        with slackoms_run(tmp_path, port, fresh_database_url, **tokens) as (process, printed):
            assert "The Slack bot is running" in printed
            with urllib.request.urlopen("http://127.0.0.1:3000/healthz", timeout=10) as answer:
                assert answer.status == 200
            listed = subprocess.run(
                [sys.executable, "-m", "graphql_api.cli", "keys", "list"],
                env={**os.environ, "DATABASE_URL": fresh_database_url},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            assert press_ctrl_c(process) == 0
        bots = [line for line in listed.splitlines() if "SERVICE" in line]
        assert len([line for line in bots if line.endswith("live")]) == 1
