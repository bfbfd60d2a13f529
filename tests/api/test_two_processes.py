"""Two API processes on one database, as in production: what holds in one process holds in two."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import httpx2
import pytest

from tests.api.conftest import Book
from tests.api.test_events import FEED, check_chain
from tests.api.test_races import at_once, codes
from tests.conftest import Json, Workspace


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def urls(
    database_url: str, http: httpx2.Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[str]]:
    """Two processes, ready; told to stop at the end, they must end with 0 and have complained of nothing."""
    folder = tmp_path_factory.mktemp("processes")
    environment = {**os.environ, "DATABASE_URL": database_url}
    ports = [free_port(), free_port()]
    processes = []
    for port in ports:
        with Path(folder / f"{port}.log").open("wb") as log:
            command = [sys.executable, "-m", "graphql_api.cli", "api", "--port", str(port)]
            processes.append(subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log))
    addresses = [f"http://127.0.0.1:{port}" for port in ports]
    try:
        for address, process in zip(addresses, processes, strict=True):
            wait_until_ready(http, address, process)
        yield addresses
    finally:
        for process in processes:
            process.terminate()
        ended = [process.wait(10) for process in processes]
    assert ended == [0, 0]
    assert [Path(folder / f"{port}.log").read_text() for port in ports] == ["", ""]


def wait_until_ready(http: httpx2.Client, address: str, process: "subprocess.Popen[bytes]") -> None:
    """Ask /readyz until it says so."""
    deadline = time.monotonic() + 30
    while True:
        assert process.poll() is None, "the process has ended"
        assert time.monotonic() < deadline, "the process is not ready"
        try:
            if http.get(f"{address}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)


@pytest.fixture
def books(urls: list[str], workspace: Workspace) -> list[Book]:
    """One portfolio, by way of each process."""
    id = workspace.portfolio()
    return [Book(replace(workspace, api=replace(workspace.api, url=url)), id) for url in urls]


def test_one_id_sent_twenty_times_to_two_processes_is_one_order(books: list[Book]) -> None:
    answers = at_once(20, lambda number: books[number % 2].fill("BUY", "AAPL", "10", clientOrderId="once"))
    assert sorted(answer.pop("duplicate") for answer in answers) == [False] + [True] * 19
    assert all(answer == answers[0] for answer in answers)
    kept = books[0].books()
    assert (len(kept["orders"]["edges"]), len(kept["trades"]["edges"])) == (1, 1)
    assert kept == books[1].books()


def test_of_two_sells_of_the_whole_position_to_two_processes_one_wins(books: list[Book]) -> None:
    for turn in range(6):
        books[turn % 2].fill("BUY", "AAPL", "10")
        answers = at_once(2, lambda number: books[number].trade("SELL", "AAPL", "10"))
        assert codes(answers) == ["FILLED", "INSUFFICIENT_POSITION"]
    assert books[0].books()["positions"][0]["quantity"] == "0"


def test_buys_through_two_processes_cannot_overspend(books: list[Book]) -> None:
    answers = at_once(12, lambda number: books[number % 2].trade("BUY", "AAPL", notional="30000"))
    assert codes(answers) == ["FILLED"] * 3 + ["INSUFFICIENT_BUYING_POWER"] * 9
    assert books[0].books()["cash"] == "10000"


def test_both_processes_see_the_same_price(books: list[Book]) -> None:
    document = '{ quote(symbol: "AAPL") { bid ask last bidSize askSize at source } }'
    for _ in range(3):
        quotes = at_once(2, lambda number: books[number].workspace.data(document))
        if quotes[0] == quotes[1]:
            break
        assert quotes[0]["at"] != quotes[1]["at"], "two prices of one second"
    assert quotes[0]["source"] == "SIMULATED"


def test_a_revocation_holds_on_the_other_process_within_a_second(books: list[Book]) -> None:
    one, other = (book.workspace for book in books)
    secret = one.key("TRADER")
    id = one.data("{ apiKeys { id } }")[-1]["id"]
    for workspace in (one, other):
        assert workspace.post("{ __typename }", key=secret).status_code == 200
    one.data("mutation ($id: ID!) { revokeApiKey(id: $id) { __typename } }", {"id": id})
    revoked = time.monotonic()
    assert one.post("{ __typename }", key=secret).status_code == 401
    while other.post("{ __typename }", key=secret).status_code != 401:
        assert time.monotonic() < revoked + 1


def test_a_reader_of_one_process_sees_what_both_commit_once(books: list[Book]) -> None:
    workspace = books[0].workspace
    others = [Book(book.workspace, workspace.portfolio(f"P{n}")) for n, book in enumerate(books * 3)]
    done = Event()

    def read() -> list[Json]:
        seen: list[Json] = []
        after = None
        while True:
            was_done = done.is_set()
            connection = workspace.data(FEED, {"after": after, "first": 9})
            seen += [edge["node"] for edge in connection["edges"]]
            after = connection["pageInfo"]["endCursor"] or after
            if was_done and not connection["edges"]:
                return seen

    def trade(book: Book) -> None:
        for _ in range(8):
            book.fill("BUY", "AAPL", "1")

    with ThreadPoolExecutor(7) as threads:
        reader = threads.submit(read)
        try:
            list(threads.map(trade, others))
        finally:
            done.set()
    seen = reader.result()
    assert len({event["id"] for event in seen}) == len(seen) == 2 + 6 * 9
    for book in others:
        check_chain([event for event in seen if event["portfolio"] and event["portfolio"]["id"] == book.id])
