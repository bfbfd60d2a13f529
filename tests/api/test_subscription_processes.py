"""Subscriptions of two API processes on one database: what one of them does, the other tells."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from tests.api.conftest import Book
from tests.api.subscriber import SOON, subscriber
from tests.api.test_events import FEED, events
from tests.api.test_two_processes import free_port, wait_until_ready
from tests.conftest import Workspace

Process = subprocess.Popen[bytes]


@contextmanager
def running(count: int, database_url: str, http: httpx2.Client, folder: Path) -> Iterator[dict[str, Process]]:
    """Processes by their addresses; told to stop, they must end with 0 and have complained of nothing."""
    environment = {**os.environ, "DATABASE_URL": database_url}
    started = {}
    for port in [free_port() for _ in range(count)]:
        command = [sys.executable, "-m", "graphql_api.cli", "api", "--port", str(port)]
        with (folder / f"{port}.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        started[f"http://127.0.0.1:{port}"] = process
    try:
        for url, process in started.items():
            wait_until_ready(http, url, process)
        yield started
    finally:
        for process in started.values():
            process.terminate()
        ended = [process.wait(10) for process in started.values()]
    assert ended == [0] * count
    assert [log.read_text() for log in folder.glob("*.log")] == [""] * count


@pytest.fixture(scope="module")
def urls(
    database_url: str, http: httpx2.Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    with running(2, database_url, http, tmp_path_factory.mktemp("processes")) as processes:
        yield list(processes)


@pytest.fixture
def books(urls: list[str], workspace: Workspace) -> list[Book]:
    """One portfolio, by way of each process."""
    id = workspace.portfolio()
    return [Book(replace(workspace, api=replace(workspace.api, url=url)), id) for url in urls]


def test_a_trade_of_one_process_is_told_by_the_other_within_half_a_second(books: list[Book]) -> None:
    one, other = books
    with subscriber(other.workspace) as client:
        client.subscribe()
        for _ in range(10):
            one.fill("BUY", "AAPL", "1")
            assert client.event(SOON)["type"] == "order:filled"


def test_both_processes_tell_the_same_of_what_both_do(books: list[Book]) -> None:
    workspace = books[0].workspace
    ids = [workspace.portfolio(f"P{number}") for number in range(4)]

    def trade(number: int) -> None:
        book = Book(books[number % 2].workspace, ids[number])
        for _ in range(10):
            book.fill("BUY", "AAPL", "1")

    with subscriber(books[0].workspace) as one, subscriber(books[1].workspace) as other:
        for client in (one, other):
            client.subscribe()
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(trade, range(4)))
        told = one.events(40)
        assert told == other.events(40)
    assert told == events(workspace, FEED)[-40:]


def test_a_key_that_one_process_revokes_is_closed_by_the_other_within_a_second(books: list[Book]) -> None:
    one, other = (book.workspace for book in books)
    key = one.key("ADMIN", "to be revoked")
    id = one.data("{ apiKeys { id } }")[-1]["id"]
    with subscriber(other, key) as client:
        client.subscribe(id=books[0].id)
        one.data("mutation ($id: ID!) { revokeApiKey(id: $id) { __typename } }", {"id": id})
        revoked = time.monotonic()
        assert client.closed()[0] == 4401
        assert time.monotonic() < revoked + 1


def test_a_subscriber_moves_to_another_process_when_its_own_stops(
    book: Book, database_url: str, http: httpx2.Client, tmp_path: Path
) -> None:
    with running(1, database_url, http, tmp_path) as processes:
        ((url, process),) = processes.items()
        with subscriber(book.workspace, url=url) as client:
            client.subscribe()
            book.fill("BUY", "AAPL", "1")
            after = client.event()["cursor"]
            process.terminate()
            assert client.closed() == (1001, "The server is stopping.")
            assert process.wait(3) == 0
    book.fill("BUY", "AAPL", "2")
    with subscriber(book.workspace) as client:
        client.subscribe(after=after)
        assert client.event()["data"]["quantity"] == "2"
