"""Refusals by the rules: a stable code, the field to change, a sentence, and an order that keeps them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.api.conftest import Book
from tests.conftest import Json, Workspace
from tests.still import StillMarket

Prepare = Callable[[StillMarket], None]


def crossed(market: StillMarket) -> None:
    market.set("AAPL", bid="150.03", ask="150.02", last="150")


def bid_of_nothing(market: StillMarket) -> None:
    market.set("AAPL", bid="0", ask="150.02", last="150")


def below_nothing(market: StillMarket) -> None:
    market.set("AAPL", bid="149", ask="150.02", last="-1")


def stale(market: StillMarket) -> None:
    market.set("AAPL", bid="149", ask="151", at=market.now() - timedelta(seconds=61))


def far_side_only(market: StillMarket) -> None:
    market.set("AAPL", bid="149")


def as_it_was(_: StillMarket) -> None:
    return


KEPT: list[tuple[str, Prepare, Json, str, str]] = [
    ("both", as_it_was, {"quantity": "1", "notional": "500"}, "QUANTITY_XOR_NOTIONAL", "quantity"),
    ("neither", as_it_was, {}, "QUANTITY_XOR_NOTIONAL", "quantity"),
    ("no quantity", as_it_was, {"quantity": None, "notional": None}, "QUANTITY_XOR_NOTIONAL", "quantity"),
    ("zero", as_it_was, {"quantity": "0"}, "INVALID_QUANTITY", "quantity"),
    ("minus one", as_it_was, {"quantity": "-1"}, "INVALID_QUANTITY", "quantity"),
    ("minus one sold", as_it_was, {"quantity": -1, "side": "SELL"}, "INVALID_QUANTITY", "quantity"),
    ("10 decimals", as_it_was, {"quantity": "1.0000000001"}, "INVALID_QUANTITY", "quantity"),
    ("30 decimals", as_it_was, {"quantity": "0." + "0" * 29 + "1"}, "INVALID_QUANTITY", "quantity"),
    ("900 decimals", as_it_was, {"quantity": "1." + "0" * 900 + "1"}, "INVALID_QUANTITY", "quantity"),
    ("a billion and one", as_it_was, {"quantity": "1000000001"}, "INVALID_QUANTITY", "quantity"),
    ("just above", as_it_was, {"quantity": "1000000000.000000001"}, "INVALID_QUANTITY", "quantity"),
    ("0.99", as_it_was, {"notional": "0.99"}, "NOTIONAL_TOO_SMALL", "notional"),
    ("negative notional", as_it_was, {"notional": "-500"}, "NOTIONAL_TOO_SMALL", "notional"),
    ("zero notional", as_it_was, {"notional": 0}, "NOTIONAL_TOO_SMALL", "notional"),
    ("7 decimals", as_it_was, {"notional": "500.0000001"}, "INVALID_AMOUNT", "notional"),
    ("a trillion", as_it_was, {"notional": "1000000000000.01"}, "INVALID_AMOUNT", "notional"),
    ("expects 0", as_it_was, {"quantity": "1", "expectedPrice": "0"}, "INVALID_PRICE", "expectedPrice"),
    ("expects -1", as_it_was, {"quantity": "1", "expectedPrice": "-1"}, "INVALID_PRICE", "expectedPrice"),
    (
        "expects 7 decimals",
        as_it_was,
        {"quantity": "1", "expectedPrice": "1.0000001"},
        "INVALID_PRICE",
        "expectedPrice",
    ),
    ("unknown", as_it_was, {"quantity": "1", "symbol": "ZZZZ"}, "UNKNOWN_SYMBOL", "symbol"),
    ("unknown with a dash", as_it_was, {"quantity": "1", "symbol": "BRK-B"}, "UNKNOWN_SYMBOL", "symbol"),
    ("never quoted", as_it_was, {"quantity": "1", "symbol": "NOQ"}, "NO_QUOTE", "symbol"),
    ("no ask and no last", far_side_only, {"quantity": "1"}, "NO_QUOTE", "symbol"),
    ("crossed", crossed, {"quantity": "1"}, "CROSSED_QUOTE", "symbol"),
    ("a bid of 0", bid_of_nothing, {"quantity": "1"}, "CROSSED_QUOTE", "symbol"),
    ("a last below 0", below_nothing, {"quantity": "1"}, "CROSSED_QUOTE", "symbol"),
    ("stale", stale, {"quantity": "1"}, "STALE_QUOTE", "symbol"),
    ("moved", as_it_was, {"quantity": "1", "expectedPrice": "147"}, "PRICE_MOVED", "expectedPrice"),
    ("too much", as_it_was, {"quantity": "1000"}, "INSUFFICIENT_BUYING_POWER", "quantity"),
    ("too much money", as_it_was, {"notional": "98499.800001"}, "INSUFFICIENT_BUYING_POWER", "notional"),
    (
        "more than held",
        as_it_was,
        {"quantity": "10.000000001", "side": "SELL"},
        "INSUFFICIENT_POSITION",
        "quantity",
    ),
    (
        "never held",
        as_it_was,
        {"quantity": "1", "side": "SELL", "symbol": "MSFT"},
        "INSUFFICIENT_POSITION",
        "quantity",
    ),
    (
        "a position beyond what can be kept",
        lambda market: market.set("AAPL", bid="0.000001", ask="0.000001"),
        {"notional": "90000"},
        "INVALID_QUANTITY",
        "notional",
    ),
    (
        "money that buys no share at all",
        lambda market: market.set("AAPL", bid="5000000000", ask="5000000000"),
        {"notional": "1"},
        "NOTIONAL_TOO_SMALL",
        "notional",
    ),
]


@pytest.fixture(scope="module")
def holder(lasting_workspace: Workspace) -> Book:
    """Holds 10 AAPL; whatever is refused, that stays so."""
    book = Book(lasting_workspace, lasting_workspace.portfolio())
    book.fill("BUY", "AAPL", "10")
    return book


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("prepare", "asked", "code", "field"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT]
)
def test_a_refusal_is_kept_as_an_order_and_changes_nothing_else(
    holder: Book, prepare: Prepare, asked: Json, code: str, field: str
) -> None:
    before = holder.books()
    prepare(holder.market)
    asked = {"side": "BUY", "symbol": "AAPL", "clientOrderId": "mine", "note": "why not"} | asked
    answer = holder.trade(asked.pop("side"), asked.pop("symbol"), **asked)
    assert (answer["__typename"], answer["code"], answer["field"]) == ("OrderRejected", code, field)
    assert answer["message"].endswith(".")
    assert " " in answer["message"]
    order = answer["rejectedOrder"]
    assert (order["status"], order["reason"], order["message"]) == ("REJECTED", code, answer["message"])
    assert (order["clientOrderId"], order["note"]) == ("mine", "why not")
    assert (order["filledQuantity"], order["leavesQuantity"], order["averagePrice"]) == ("0", "0", None)
    assert order["trades"] == []
    after = holder.books()
    assert [edge["node"]["id"] for edge in after["orders"]["edges"]] == [
        order["id"],
        *(edge["node"]["id"] for edge in before["orders"]["edges"]),
    ]
    assert after["events"]["edges"][:-1] == before["events"]["edges"]
    assert after["events"]["edges"][-1]["node"]["type"] == "order:rejected"
    for kept in (before, after):
        del kept["orders"], kept["events"]
    assert after == before


def test_a_refused_order_shows_what_was_asked(book: Book) -> None:
    order = book.trade("BUY", "aapl", "1000", expectedPrice="150")["rejectedOrder"]
    assert (order["symbol"], order["side"], order["quantity"]) == ("AAPL", "BUY", "1000")
    assert (order["type"], order["timeInForce"], order["expectedPrice"]) == ("MARKET", "IOC", "150")
    order = book.trade("SELL", "AAPL", notional="20")["rejectedOrder"]
    assert (order["side"], order["quantity"], order["notional"]) == ("SELL", None, "20")
    assert len(order["clientOrderId"]) > 8, "the server makes an id where there is none"


def test_a_refusal_does_not_use_up_the_client_order_id(book: Book) -> None:
    first = book.trade("BUY", "AAPL", "1000", clientOrderId="form-1")
    second = book.trade("BUY", "AAPL", "1001", clientOrderId="form-1")
    third = book.fill("BUY", "AAPL", "10", clientOrderId="form-1")
    assert first["code"] == second["code"] == "INSUFFICIENT_BUYING_POWER"
    assert third["duplicate"] is False
    ids = {first["rejectedOrder"]["id"], second["rejectedOrder"]["id"], third["order"]["id"]}
    assert len(ids) == 3
    again = book.fill("BUY", "AAPL", "10", clientOrderId="form-1")
    assert (again["duplicate"], again["order"]["id"]) == (True, third["order"]["id"])


def test_a_refused_order_sent_again_is_decided_again(book: Book) -> None:
    book.market.set("AAPL", bid="1000", ask="1000")
    assert "code" in book.trade("BUY", "AAPL", "101", clientOrderId="again")
    book.market.set("AAPL", bid="10", ask="10")
    assert book.fill("BUY", "AAPL", "101", clientOrderId="again")["duplicate"] is False


def test_a_repeated_id_trades_once(book: Book) -> None:
    first = book.fill("BUY", "AAPL", "10", clientOrderId="once")
    before = book.books()
    book.market.set("AAPL", bid="1", ask="1", last="1")
    again = book.fill("BUY", " aapl ", "10.000", clientOrderId="once", expectedPrice="1", note="other")
    assert again == first | {"duplicate": True}
    assert book.books() == before


def test_a_repeated_id_of_an_order_by_notional_trades_once(book: Book) -> None:
    first = book.fill("BUY", "AAPL", notional="500", clientOrderId="once")
    before = book.books()
    again = book.fill("BUY", "AAPL", notional="500.00", clientOrderId="once")
    assert again == first | {"duplicate": True}
    by_quantity = book.trade("BUY", "AAPL", first["order"]["quantity"], clientOrderId="once")
    assert by_quantity["code"] == "IDEMPOTENCY_CONFLICT"
    assert book.books() == before


def test_a_repeated_id_is_answered_even_where_the_trade_would_be_refused_now(book: Book) -> None:
    first = book.fill("BUY", "AAPL", "600", clientOrderId="once")
    crossed(book.market)
    assert book.fill("BUY", "AAPL", "600", clientOrderId="once") == first | {"duplicate": True}


@pytest.mark.parametrize(
    "other",
    [
        {"quantity": "11"},
        {"symbol": "MSFT"},
        {"side": "SELL"},
        {"quantity": None, "notional": "1500.2"},
        {"notional": "500"},
        {"quantity": "0"},
    ],
)
def test_a_repeated_id_with_other_content_is_a_conflict_and_keeps_nothing(book: Book, other: Json) -> None:
    book.fill("BUY", "AAPL", "10", clientOrderId="once")
    before = book.books()
    asked = {"side": "BUY", "symbol": "AAPL", "quantity": "10", "clientOrderId": "once"} | other
    answer = book.trade(asked.pop("side"), asked.pop("symbol"), **asked)
    assert (answer["code"], answer["field"]) == ("IDEMPOTENCY_CONFLICT", "clientOrderId")
    assert answer["rejectedOrder"] is None
    assert book.books() == before


def test_an_id_is_used_in_one_portfolio_only(book: Book) -> None:
    other = Book(book.workspace, book.workspace.portfolio("Other"))
    book.fill("BUY", "AAPL", "10", clientOrderId="once")
    assert other.fill("BUY", "MSFT", "5", clientOrderId="once")["duplicate"] is False


def test_an_id_of_128_characters_is_kept_and_one_of_129_refused(book: Book) -> None:
    assert book.fill("BUY", "AAPL", "1", clientOrderId="x" * 128)["order"]["clientOrderId"] == "x" * 128
    before = book.books()
    answer = book.trade("BUY", "AAPL", "1", clientOrderId="x" * 129)
    assert (answer["code"], answer["field"]) == ("INVALID_INPUT", "clientOrderId")
    assert answer["rejectedOrder"] is None
    assert book.books() == before
