"""Requests at the same time, over real sockets: one id is one order, and nothing is spent or sold twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from tests.api.conftest import Book
from tests.conftest import Json, Workspace

T = TypeVar("T")


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """Do the same thing from several threads that start together."""
    barrier = Barrier(count)

    def start(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(start, range(count)))


def codes(answers: list[Json]) -> list[str]:
    """What became of each: FILLED, or why it was refused; sorted."""
    return sorted(answer.get("code") or answer["order"]["status"] for answer in answers)


def test_twenty_parallel_sends_of_one_id_make_one_order_and_twenty_equal_answers(book: Book) -> None:
    answers = at_once(20, lambda _: book.fill("BUY", "AAPL", "10", clientOrderId="once", note="x"))
    assert sorted(answer.pop("duplicate") for answer in answers) == [False] + [True] * 19
    assert all(answer == answers[0] for answer in answers)
    books = book.books()
    assert (len(books["orders"]["edges"]), len(books["trades"]["edges"])) == (1, 1)
    assert (books["cash"], len(books["events"]["edges"])) == ("98499.8", 2)


def test_parallel_sends_of_one_id_with_other_content_trade_once(book: Book) -> None:
    answers = at_once(10, lambda number: book.trade("BUY", "AAPL", str(number + 1), clientOrderId="once"))
    assert codes(answers) == ["FILLED"] + ["IDEMPOTENCY_CONFLICT"] * 9
    assert len(book.books()["orders"]["edges"]) == 1


def test_of_two_parallel_sells_of_the_whole_position_one_wins(book: Book) -> None:
    for _ in range(5):
        book.fill("BUY", "AAPL", "10")
        answers = at_once(2, lambda _: book.trade("SELL", "AAPL", "10"))
        assert codes(answers) == ["FILLED", "INSUFFICIENT_POSITION"]
    books = book.books()
    assert books["positions"][0]["quantity"] == "0"
    assert books["cash"] == "99998"  # five times 10 bought at 150.02 and sold at 149.98


def test_parallel_buys_cannot_overspend(book: Book) -> None:
    answers = at_once(12, lambda _: book.trade("BUY", "AAPL", notional="30000"))
    assert codes(answers) == ["FILLED"] * 3 + ["INSUFFICIENT_BUYING_POWER"] * 9
    assert book.books()["cash"] == "10000"


def test_parallel_buys_of_different_symbols_cannot_overspend(book: Book) -> None:
    symbols = ["AAPL", "MSFT", "BRK.B"] * 4
    answers = at_once(12, lambda number: book.trade("BUY", symbols[number], notional="40000"))
    assert codes(answers) == ["FILLED"] * 2 + ["INSUFFICIENT_BUYING_POWER"] * 10
    assert book.books()["cash"] == "20000"


def test_parallel_withdrawals_and_buys_cannot_overspend(book: Book) -> None:
    withdraw = """mutation ($id: ID!) { transferCash(input: {portfolioId: $id, amount: "-60000"}) {
        ... on CashTransferred { portfolio { cash } } ... on InputRejected { code } } }"""

    def take(number: int) -> Json:
        if number % 2:
            return book.trade("BUY", "AAPL", notional="60000")
        answer: Json = book.workspace.data(withdraw, {"id": book.id})
        return answer

    answers = at_once(8, take)
    assert sum("code" in answer for answer in answers) == 7
    assert book.books()["cash"] == "40000"


def test_of_parallel_portfolios_of_one_name_one_is_made(workspace: Workspace) -> None:
    document = """mutation { createPortfolio(input: {name: "Same"}) { __typename
        ... on InputRejected { code field } } }"""
    answers = at_once(8, lambda _: workspace.data(document))
    made = [answer for answer in answers if answer["__typename"] == "PortfolioCreated"]
    refused = [answer for answer in answers if answer not in made]
    assert len(made) == 1
    assert all((answer["code"], answer["field"]) == ("NAME_TAKEN", "name") for answer in refused)
    assert len(workspace.data("{ portfolios { edges { cursor } } }")["edges"]) == 1


def test_parallel_revocations_of_one_key_write_one_event(workspace: Workspace) -> None:
    workspace.key("TRADER")
    id = workspace.data("{ apiKeys { id } }")[1]["id"]
    document = "mutation ($id: ID!) { revokeApiKey(id: $id) { ... on ApiKeyRevoked { key { revokedAt } } } }"
    answers = at_once(6, lambda _: workspace.data(document, {"id": id}))
    assert all(answer == answers[0] for answer in answers)
    events = workspace.data("{ events { edges { node { type } } } }")["edges"]
    assert [edge["node"]["type"] for edge in events].count("key:revoked") == 1
