"""A basket: trades of one portfolio, in order and in one transaction; atomic, all of them or none."""

import pytest

from tests.api.desk import NOON, Desk, nodes
from tests.api.orders.setting import BANKRUPT, held, open_desk, rejections, spending, standing
from tests.api.test_races import at_once
from tests.conftest import Json, NewWorkspace, Workspace

BASKET = """mutation ($input: ExecuteTradesInput!) { executeTrades(input: $input) { results {
  __typename
  ... on TradeExecuted {
    duplicate
    order {
      id clientOrderId symbol side type timeInForce quantity notional status filledQuantity averagePrice note
    }
    trades { id quantity price }
    portfolio { id cash }
    position { symbol quantity }
  }
  ... on OrderRejected { code field message rejectedOrder { id clientOrderId status reason symbol quantity } }
} } }"""
COUNTS = """query ($id: ID!) { portfolio(id: $id) {
  cash positions { symbol quantity } orders(first: 100) { edges { node { status } } pageInfo { hasNextPage } }
} }"""


@pytest.fixture
def table(always: Workspace) -> Desk:
    """1,000 in cash; AAA costs 100, BBB costs 10."""
    desk = open_desk(always, "1000")
    desk.quote("BBB", "10", "10", "10")
    return desk


def buy(symbol: str, quantity: str | None, **more: object) -> Json:
    """A trade of a basket."""
    return {"side": "BUY", "symbol": symbol, "quantity": quantity, **more}


def sell(symbol: str, quantity: str | None, **more: object) -> Json:
    """A trade of a basket."""
    return {"side": "SELL", "symbol": symbol, "quantity": quantity, **more}


def send(desk: Desk, *trades: Json, atomic: bool | None = None, key: str | None = None) -> list[Json]:
    """Send a basket and return what became of each trade."""
    asked: Json = {"portfolioId": desk.id, "trades": trades}
    if atomic is not None:
        asked["atomic"] = atomic
    results: list[Json] = desk.workspace.data(BASKET, {"input": asked}, key)["results"]
    desk.prove()
    return results


def codes(results: list[Json]) -> list[str]:
    """FILLED, or why it was refused."""
    return [result.get("code") or result["order"]["status"] for result in results]


@pytest.mark.parametrize("atomic", [None, False, True])
def test_a_basket_trades_in_order(table: Desk, atomic: bool | None) -> None:
    table.trade("BUY", "AAA", "10")
    table.quote("AAA", "100", "101", "100")
    results = send(
        table,
        sell("AAA", "10", note="first"),
        buy("BBB", None, notional="500"),
        buy(" bbb ", "50"),
        atomic=atomic,
    )
    assert codes(results) == ["FILLED"] * 3
    assert [result["duplicate"] for result in results] == [False] * 3
    assert [result["order"]["symbol"] for result in results] == ["AAA", "BBB", "BBB"]
    assert [(r["order"]["type"], r["order"]["timeInForce"]) for r in results] == [("MARKET", "IOC")] * 3
    assert [result["order"]["note"] for result in results] == ["first", None, None]
    assert [result["trades"][0]["price"] for result in results] == ["100", "10", "10"]
    assert results[1]["order"]["notional"] == "500"
    assert (held(table), held(table, "BBB"), spending(table)) == ("0", "100", ("0", "0", "0"))
    assert [order["id"] for order in nodes(table.books(), "orders")][:3] == [
        result["order"]["id"] for result in reversed(results)
    ]


def test_what_a_trade_frees_a_later_one_can_use_and_an_earlier_one_cannot(table: Desk) -> None:
    table.trade("BUY", "AAA", "10")
    table.quote("AAA", "100", "101", "100")
    assert codes(send(table, buy("BBB", "100"), sell("AAA", "10"))) == [BANKRUPT, "FILLED"]
    assert codes(send(table, buy("BBB", "100"), sell("BBB", "100"))) == ["FILLED", "FILLED"]


def test_a_refusal_of_one_leaves_the_others(table: Desk) -> None:
    results = send(
        table,
        buy("AAA", "5"),
        buy("AAA", "6"),
        sell("BBB", "1"),
        buy("NOQ", "1"),
        buy("BBB", "0"),
        buy("BBB", "50"),
    )
    assert codes(results) == [
        "FILLED",
        BANKRUPT,
        "INSUFFICIENT_POSITION",
        "NO_QUOTE",
        "INVALID_QUANTITY",
        "FILLED",
    ]
    assert (held(table), held(table, "BBB"), spending(table)[0]) == ("5", "50", "0")
    for result in results[1:4]:
        assert (result["rejectedOrder"]["status"], result["rejectedOrder"]["reason"]) == (
            "REJECTED",
            result["code"],
        )


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("bad", "code", "field"),
    [
        (buy("AAA", "11"), BANKRUPT, "quantity"),
        (sell("AAA", "1000"), "INSUFFICIENT_POSITION", "quantity"),
        (buy("NOQ", "1"), "NO_QUOTE", "symbol"),
        (buy("AAA", "1", expectedPrice="90"), "PRICE_MOVED", "expectedPrice"),
    ],
    ids=["too dear", "not held", "no quote", "price moved"],
)
def test_an_atomic_basket_is_refused_whole(table: Desk, place: int, bad: Json, code: str, field: str) -> None:
    before = table.books()
    trades = [buy("BBB", "1", clientOrderId="a"), buy("BBB", "2", clientOrderId="b")]
    trades.insert(place, bad | {"clientOrderId": "bad"})
    results = send(table, *trades, atomic=True)
    assert [result["__typename"] for result in results] == ["OrderRejected"] * 3
    expected = ["ATOMIC_REFUSED"] * 3
    expected[place] = code
    assert codes(results) == expected
    assert results[place]["field"].split(".")[-1] == field
    after = table.books()
    assert standing(after) == standing(before)
    kept = [result["rejectedOrder"] for result in results]
    assert {order["id"] for order in kept} == {order["id"] for order in rejections(after)}
    assert [order["reason"] for order in kept] == expected
    assert [order["clientOrderId"] for order in kept] == [trade["clientOrderId"] for trade in trades]


def test_the_first_refusal_of_an_atomic_basket_is_the_one_told(table: Desk) -> None:
    results = send(table, buy("AAA", "1"), sell("BBB", "1"), buy("AAA", "1000"), buy("NOQ", "1"), atomic=True)
    assert codes(results) == ["ATOMIC_REFUSED", "INSUFFICIENT_POSITION", "ATOMIC_REFUSED", "ATOMIC_REFUSED"]
    assert spending(table) == ("1000", "0", "1000")


def test_an_atomic_basket_is_refused_by_what_its_trades_cost_together(table: Desk) -> None:
    assert codes(send(table, buy("AAA", "6"), buy("BBB", "41"), atomic=True)) == ["ATOMIC_REFUSED", BANKRUPT]
    assert spending(table) == ("1000", "0", "1000")
    assert codes(send(table, buy("AAA", "6"), buy("BBB", "40"), atomic=True)) == ["FILLED", "FILLED"]


def test_a_refused_atomic_basket_can_be_mended_and_sent_again_with_its_ids(table: Desk) -> None:
    trades = [buy("AAA", "6", clientOrderId="a"), buy("BBB", "41", clientOrderId="b")]
    send(table, *trades, atomic=True)
    results = send(table, trades[0], trades[1] | {"quantity": "40"}, atomic=True)
    assert codes(results) == ["FILLED", "FILLED"]
    assert [result["duplicate"] for result in results] == [False, False]


@pytest.mark.parametrize("atomic", [False, True])
def test_a_basket_sent_again_trades_nothing(table: Desk, atomic: bool) -> None:
    trades = [buy("AAA", "5", clientOrderId="a"), buy("BBB", None, notional="200", clientOrderId="b")]
    first = send(table, *trades, atomic=atomic)
    before = table.books()
    table.update(state="HALTED")
    again = send(table, *trades, atomic=atomic)
    assert [(result["duplicate"], result["order"], result["trades"]) for result in again] == [
        (True, result["order"], result["trades"]) for result in first
    ]
    assert table.books() == before | {"state": "HALTED"}


def test_a_basket_sent_again_tries_again_what_was_refused(table: Desk) -> None:
    trades = [buy("AAA", "5", clientOrderId="a"), buy("BBB", "60", clientOrderId="b")]
    first = send(table, *trades)
    assert codes(first) == ["FILLED", BANKRUPT]
    table.quote("BBB", "5", "5", "5")
    again = send(table, *trades)
    assert codes(again) == ["FILLED", "FILLED"]
    assert [result["duplicate"] for result in again] == [True, False]
    assert (held(table), held(table, "BBB")) == ("5", "60")


@pytest.mark.parametrize("atomic", [False, True])
def test_an_id_twice_in_a_basket_trades_once(table: Desk, atomic: bool) -> None:
    same = buy("AAA", "5", clientOrderId="a")
    results = send(table, same, same | {"quantity": "5.0", "note": "again"}, buy("BBB", "50"), atomic=atomic)
    assert codes(results) == ["FILLED"] * 3
    assert [result["duplicate"] for result in results] == [False, True, False]
    assert results[0]["order"]["id"] == results[1]["order"]["id"]
    assert (held(table), held(table, "BBB")) == ("5", "50")


def test_an_id_that_is_refused_in_a_basket_can_be_used_in_it(table: Desk) -> None:
    trades = [buy("AAA", quantity, clientOrderId="a") for quantity in ("11", "10", "10")]
    results = send(table, *trades)
    assert codes(results) == [BANKRUPT, "FILLED", "FILLED"]
    assert [result["duplicate"] for result in results[1:]] == [False, True]
    assert (held(table), spending(table)) == ("10", ("0", "0", "0"))


def test_an_id_of_two_contents_in_a_basket_is_a_conflict(table: Desk) -> None:
    trades = [buy("AAA", "5", clientOrderId="a"), buy("AAA", "4", clientOrderId="a"), buy("BBB", "1")]
    assert codes(send(table, *trades, atomic=True)) == [
        "ATOMIC_REFUSED",
        "IDEMPOTENCY_CONFLICT",
        "ATOMIC_REFUSED",
    ]
    assert spending(table) == ("1000", "0", "1000")
    results = send(table, *trades)
    assert codes(results) == ["FILLED", "IDEMPOTENCY_CONFLICT", "FILLED"]
    assert results[1]["rejectedOrder"] is None
    assert (held(table), held(table, "BBB")) == ("5", "1")


def test_a_hundred_trades_are_a_basket_and_one_more_is_none(table: Desk) -> None:
    hundred = [buy("BBB", "1") for _ in range(100)]
    asked = {"portfolioId": table.id, "trades": [*hundred, buy("BBB", "1")]}
    body = table.workspace.query(BASKET, {"input": asked})
    refused = body.get("errors") or body["data"]["executeTrades"]["results"]
    assert refused
    assert all("code" in result for result in refused if "errors" not in body)
    counts = table.workspace.data(COUNTS, {"id": table.id})
    assert (counts["cash"], counts["positions"]) == ("1000", [])
    results = table.workspace.data(BASKET, {"input": asked | {"trades": hundred, "atomic": True}})["results"]
    assert codes(results) == ["FILLED"] * 100
    counts = table.workspace.data(COUNTS, {"id": table.id})
    assert (counts["cash"], counts["positions"]) == ("0", [{"symbol": "BBB", "quantity": "100"}])
    filled = [edge for edge in counts["orders"]["edges"] if edge["node"]["status"] == "FILLED"]
    assert len(filled) == 100


def test_a_hundred_trades_of_which_the_last_is_refused_are_none(table: Desk) -> None:
    hundred = [buy("BBB", "1") for _ in range(99)] + [buy("BBB", "1.01")]
    asked = {"portfolioId": table.id, "trades": hundred, "atomic": True}
    results = table.workspace.data(BASKET, {"input": asked})["results"]
    assert codes(results) == ["ATOMIC_REFUSED"] * 99 + [BANKRUPT]
    counts = table.workspace.data(COUNTS, {"id": table.id})
    assert (counts["cash"], counts["positions"]) == ("1000", [])
    assert {edge["node"]["status"] for edge in counts["orders"]["edges"]} == {"REJECTED"}


def test_the_size_displayed_is_shared_by_the_trades_of_a_basket(always: Workspace) -> None:
    desk = open_desk(always, rules={"liquidity": "SIZE"})
    desk.quote("AAA", "99.98", "100", "100", ask_size="8")
    results = send(desk, buy("AAA", "5"), buy("AAA", "2"), buy("AAA", "5"))
    assert [result["order"]["filledQuantity"] for result in results] == ["5", "2", "1"]
    assert [result["order"]["status"] for result in results] == ["FILLED", "FILLED", "CANCELED"]
    assert held(desk) == "8"


@pytest.mark.parametrize("atomic", [False, True])
def test_a_basket_of_an_unknown_portfolio_is_refused_trade_by_trade(
    table: Desk, new_workspace: NewWorkspace, atomic: bool
) -> None:
    before = table.books()
    stranger, elsewhere = table.workspace.key("TRADER", "stranger"), new_workspace().admin_key
    trades = [buy("AAA", "1"), buy("BBB", "1")]
    for id, key in (("nonsense", None), (table.id, stranger), (table.id, elsewhere)):
        results = send(Desk(table.workspace, id), *trades, atomic=atomic, key=key) if key else None
        if results is None:
            asked = {"portfolioId": id, "trades": trades, "atomic": atomic}
            results = table.workspace.data(BASKET, {"input": asked})["results"]
        assert "UNKNOWN_PORTFOLIO" in codes(results)
        assert set(codes(results)) <= {"UNKNOWN_PORTFOLIO", "ATOMIC_REFUSED"}
        assert [result["rejectedOrder"] for result in results] == [None, None]
    assert table.books() == before


def test_a_viewer_s_basket_is_not_permitted(table: Desk) -> None:
    viewer = table.workspace.key("VIEWER")
    table.update(members=[{"trader": "key:viewer", "role": "VIEWER"}])
    before = table.books()
    results = send(table, buy("AAA", "1"), key=viewer)
    assert codes(results) == ["NOT_PERMITTED"]
    assert results[0]["rejectedOrder"] is None
    assert table.books() == before


def test_a_basket_s_portfolio_may_be_named_or_left_out(table: Desk) -> None:
    for which in ({"portfolio": "Growth"}, {}):
        asked = {"trades": [buy("BBB", "1")]} | which
        (result,) = table.workspace.data(BASKET, {"input": asked})["results"]
        assert result["portfolio"]["id"] == table.id
    open_desk(table.workspace, name="Second")
    (result,) = table.workspace.data(BASKET, {"input": {"trades": [buy("BBB", "1")]}})["results"]
    assert result["code"] == "UNKNOWN_PORTFOLIO"
    assert held(table, "BBB") == "2"


def test_a_closed_market_refuses_every_trade_of_a_basket(xnys: Workspace) -> None:
    desk = open_desk(xnys, "1000", at=NOON)
    desk.clock("2026-03-10T20:00:00Z")
    desk.quote("AAA", "99.98", "100", "100")
    before = standing(desk.books())
    assert codes(send(desk, buy("AAA", "1"), buy("AAA", "1"))) == ["MARKET_CLOSED"] * 2
    assert codes(send(desk, buy("AAA", "1"), buy("AAA", "1"), atomic=True)) == [
        "MARKET_CLOSED",
        "ATOMIC_REFUSED",
    ]
    assert standing(desk.books()) == before


def test_twenty_parallel_sends_of_a_basket_trade_once(table: Desk) -> None:
    trades = [buy("AAA", "5", clientOrderId="a"), buy("BBB", "30", clientOrderId="b")]
    asked = {"portfolioId": table.id, "trades": trades, "atomic": True}
    answers = at_once(20, lambda _: table.workspace.data(BASKET, {"input": asked})["results"])
    assert all(codes(results) == ["FILLED", "FILLED"] for results in answers)
    for which in (0, 1):
        assert len({results[which]["order"]["id"] for results in answers}) == 1
        assert sorted(results[which]["duplicate"] for results in answers) == [False] + [True] * 19
    assert spending(table) == ("200", "0", "200")
    table.prove()


def test_parallel_baskets_cannot_overspend(table: Desk) -> None:
    asked = {"portfolioId": table.id, "trades": [buy("AAA", "2"), buy("BBB", "20")], "atomic": True}
    answers = at_once(8, lambda _: table.workspace.data(BASKET, {"input": asked})["results"])
    whole, refused = ["FILLED", "FILLED"], ["ATOMIC_REFUSED", BANKRUPT]
    assert sorted(codes(results) for results in answers) == [refused] * 6 + [whole] * 2
    assert spending(table)[0] == "200"
