"""One id sent twenty times to two processes: one order, and twenty answers equal but for `duplicate`."""

from typing import Any

import pytest

from tests.api.desk import EXECUTE, PLACE, nodes
from tests.api.races.table import Table
from tests.api.test_races import at_once
from tests.conftest import Json

SENDS = 20
BASKET = """mutation ($input: ExecuteTradesInput!) { executeTrades(input: $input) { results {
  __typename
  ... on TradeExecuted {
    duplicate
    order { id clientOrderId symbol side quantity status filledQuantity averagePrice updatedAt fees }
    trades { id quantity price value executedAt }
    portfolio { id cash realizedPnl }
    position { symbol quantity averageCost costBasis realizedPnl }
  }
  ... on OrderRejected { code field message }
} } }"""


def send(table: Table, document: str, asked: Json) -> list[Json]:
    """Send it twenty times at once, half to each process."""
    asked = {"portfolioId": table.desk.id} | asked
    return at_once(SENDS, lambda number: table.racers[number % 2].workspace.data(document, {"input": asked}))


def check_once(answers: list[Json]) -> None:
    """One has done it, and all tell the same."""
    assert sorted(answer.pop("duplicate") for answer in answers) == [False] + [True] * (SENDS - 1)
    assert all(answer == answers[0] for answer in answers)


RESTS: Json = {"type": "LIMIT", "limitPrice": "90"}
WAYS: dict[str, tuple[str, Json, str, int]] = {
    "placeOrder, at the market": (PLACE, {"type": "MARKET"}, "FILLED", 1),
    "placeOrder, by money": (PLACE, {"type": "MARKET", "quantity": None, "notional": "1000"}, "FILLED", 1),
    "placeOrder, a limit that fills": (PLACE, {"type": "LIMIT", "limitPrice": "103"}, "FILLED", 1),
    "placeOrder, a limit that rests": (PLACE, RESTS, "NEW", 0),
    "placeOrder, a stop": (PLACE, {"type": "STOP", "stopPrice": "150"}, "NEW", 0),
    "placeOrder, nothing fills": (PLACE, RESTS | {"timeInForce": "IOC"}, "CANCELED", 0),
    "executeTrade": (EXECUTE, {}, "FILLED", 1),
    "executeTrade, by money": (EXECUTE, {"quantity": None, "notional": "1000"}, "FILLED", 1),
}


@pytest.mark.parametrize("way", WAYS)
def test_one_id_is_one_order(table: Table, way: str) -> None:
    document, more, status, trades = WAYS[way]
    asked = {"side": "BUY", "symbol": "AAPL", "quantity": "10", "clientOrderId": "once", "note": "n"} | more
    answers = send(table, document, asked)
    check_once(answers)
    books = table.desk.books()
    (order,) = nodes(books, "orders")
    assert (order["id"], order["status"]) == (answers[0]["order"]["id"], status)
    assert len(nodes(books, "trades")) == trades
    table.prove()


@pytest.mark.parametrize("atomic", [False, True])
def test_a_basket_of_ids_is_traded_once(table: Table, atomic: bool) -> None:
    table.desk.trade("BUY", "AAPL", "10")
    trades: list[Any] = [
        {"side": "SELL", "symbol": "AAPL", "quantity": "10", "clientOrderId": "a"},
        {"side": "BUY", "symbol": "AAPL", "notional": "500", "clientOrderId": "b"},
        {"side": "BUY", "symbol": "AAPL", "quantity": "5", "clientOrderId": "c"},
    ]
    answers = send(table, BASKET, {"trades": trades, "atomic": atomic})
    for results in zip(*(answer["results"] for answer in answers), strict=True):
        check_once(list(results))
    assert len(nodes(table.desk.books(), "orders")) == 1 + len(trades)
    table.prove()


def test_parallel_baskets_that_share_an_id_trade_it_once(table: Table) -> None:
    def basket(number: int) -> list[Json]:
        trades = [
            {"side": "BUY", "symbol": "AAPL", "quantity": "1", "clientOrderId": id}
            for id in ("shared", f"own {number}")
        ]
        asked = {"portfolioId": table.desk.id, "trades": trades}
        results: list[Json] = table.racers[number % 2].workspace.data(BASKET, {"input": asked})["results"]
        return results

    baskets = at_once(8, basket)
    assert sorted(results[0]["duplicate"] for results in baskets) == [False] + [True] * 7
    assert not any(results[1]["duplicate"] for results in baskets)
    assert len(nodes(table.desk.books(), "trades")) == 9
    table.prove()


def test_one_id_with_other_content_trades_once(table: Table) -> None:
    answers = at_once(
        10,
        lambda number: table.racers[number % 2].place(
            "BUY", "AAPL", str(number + 1), type="MARKET", clientOrderId="once"
        ),
    )
    refused = [answer for answer in answers if answer["__typename"] == "OrderRejected"]
    assert [(answer["code"], answer["rejectedOrder"]) for answer in refused] == [
        ("IDEMPOTENCY_CONFLICT", None)
    ] * 9
    assert len(table.orders()) == 1
    table.prove()
