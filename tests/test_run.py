"""`slackoms run` as its user sees it: real processes, the printed words, Ctrl-C."""

import json
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
from typing import Any

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
        env={
            **environment,
            "PORT": str(port),
            "BOT_PORT": str(free_port()),
            "PLAYGROUND_PORT": str(free_port()),
            "DATABASE_URL": database_url,
            **variables,
        },
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


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
    bot, playground = free_port(), free_port()
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "secret"}
    ports = {"BOT_PORT": str(bot), "PLAYGROUND_PORT": str(playground)}
    for _ in range(2):
        with slackoms_run(tmp_path, port, fresh_database_url, **tokens, **ports) as (process, printed):
            assert "The Slack bot is running" in printed
            with urllib.request.urlopen(f"http://127.0.0.1:{bot}/healthz", timeout=10) as answer:
                assert answer.status == 200
            assert "without Slack" not in printed
            with pytest.raises(httpx2.ConnectError):
                httpx2.get(f"http://127.0.0.1:{playground}/")
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


def test_without_tokens_the_playground_comes_first_and_its_bot_answers(
    tmp_path: Path, port: int, fresh_database_url: str
) -> None:
    with slackoms_run(tmp_path, port, fresh_database_url) as (process, printed):
        said = printed[printed.index("SlackOMS is running") :]
        address = re.findall(r"http://\S+", said)[0]
        assert said.index("type /trade AAPL") < said.index(address)
        page = httpx2.get(address).text
        assert "It is not Slack" in page
        answer = httpx2.post(f"{address}/do/U0ADA/C0TRADES/say", json={"text": "/trade help"}, timeout=10)
        assert answer.json() == {}
        with httpx2.stream("GET", f"{address}/screen/U0ADA") as screen:
            drawn = next(line for line in screen.iter_lines() if line.startswith("data: "))
        assert "/trade AAPL" in json.loads(drawn.removeprefix("data: "))["messages"][0]["text"]
        listed = psutil.Process(process.pid).children()
        assert {connection.laddr.ip for child in listed for connection in listeners(child)} == {"127.0.0.1"}
        assert press_ctrl_c(process) == 0


def listeners(process: psutil.Process) -> list[Any]:
    return [each for each in process.net_connections("inet") if each.status == psutil.CONN_LISTEN]


@pytest.mark.parametrize("name", ["BOT_PORT", "PLAYGROUND_PORT"])
def test_a_port_of_the_playground_in_use_is_said_and_nothing_is_made(
    tmp_path: Path, port: int, fresh_database_url: str, name: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        used = taken.getsockname()[1]
        with slackoms_run(tmp_path, port, fresh_database_url, **{name: str(used)}) as (process, printed):
            assert process.wait(timeout=15) == 1
    assert printed.startswith(f"Port {used} is in use, and the ")
    assert f"{name}=" in printed
    assert list(tmp_path.glob("*.db")) == []


def test_production_gets_no_playground(tmp_path: Path, port: int, fresh_database_url: str) -> None:
    production = {"ENVIRONMENT": "production", "GRAPHIQL": "false"}
    with slackoms_run(tmp_path, port, fresh_database_url, **production) as (process, printed):
        assert "without Slack" not in printed
        names = [child.cmdline()[3] for child in psutil.Process(process.pid).children()]
        assert names == ["api", "worker"]
        assert press_ctrl_c(process) == 0
    started = subprocess.run(
        [sys.executable, "-m", "graphql_api.cli", "playground"],
        cwd=tmp_path,
        env={**os.environ, **production, "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "secret"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode == 1
    assert "The playground cannot start" in started.stderr
    assert "development only" in started.stderr
