"""One client's id is one order: sent again it answers with the first, and nothing is done twice."""

from functools import partial
from typing import Any

import pytest

from tests.api.desk import EXECUTE, PLACE, REPLACE, Desk, nodes
from tests.api.orders.setting import BANKRUPT, held, open_desk, refuse, spending, together
from tests.api.test_races import at_once
from tests.conftest import Json, Workspace

CONFLICT = "IDEMPOTENCY_CONFLICT"
ASKED: Json = {
    "side": "BUY",
    "symbol": "AAA",
    "quantity": "10",
    "type": "LIMIT",
    "timeInForce": "DAY",
    "limitPrice": "90",
    "clientOrderId": "once",
}


@pytest.fixture
def table(always: Workspace) -> Desk:
    """10,000 in cash, AAA at 100."""
    return open_desk(always, "10000")


def place(desk: Desk, asked: Json) -> Json:
    """Send placeOrder and be sure that it was taken."""
    answer: Json = desk.workspace.data(PLACE, {"input": {"portfolioId": desk.id} | asked})
    assert answer["__typename"] == "OrderPlaced", answer
    return answer


def check_repeats(desk: Desk, first: Json, send: Any) -> None:
    """What is sent again answers as the first time, and nothing at all has changed."""
    before = desk.books()
    again = send()
    assert again["duplicate"] is True
    assert again["order"]["id"] == first["order"]["id"]
    assert again["order"] == desk.now(first["order"])
    assert desk.books() == before


SAME: list[tuple[str, Json]] = [
    ("as it was", {}),
    ("another case and white space", {"symbol": " aaa "}),
    ("zeros", {"quantity": "10.000", "limitPrice": "90.00"}),
    ("numbers", {"quantity": 10, "limitPrice": 90}),
    ("another expectation", {"expectedPrice": "1"}),
    ("another note", {"note": "other"}),
    ("nulls", {"notional": None, "stopPrice": None}),
]
OTHER: list[tuple[str, Json]] = [
    ("symbol", {"symbol": "AAB"}),
    ("side", {"side": "SELL"}),
    ("quantity", {"quantity": "10.000000001"}),
    ("limit", {"limitPrice": "90.01"}),
    ("life", {"timeInForce": "GTC"}),
    ("type", {"type": "MARKET", "limitPrice": None}),
    ("stop", {"type": "STOP", "limitPrice": None, "stopPrice": "110"}),
    ("stop limit", {"type": "STOP_LIMIT", "stopPrice": "110"}),
    ("notional", {"quantity": None, "notional": "900"}),
    ("a shape that would be refused", {"quantity": "0"}),
]


@pytest.mark.parametrize("again", [case[1] for case in SAME], ids=[case[0] for case in SAME])
def test_an_order_sent_again_is_the_first_one(table: Desk, again: Json) -> None:
    first = place(table, ASKED | {"note": "first"})
    assert first["duplicate"] is False
    check_repeats(table, first, lambda: place(table, ASKED | again))
    assert spending(table) == ("10000", "900", "9100")


def test_the_portfolio_may_be_named_another_way_and_the_default_spelled_out(table: Desk) -> None:
    first = place(table, {key: value for key, value in ASKED.items() if key != "timeInForce"})
    check_repeats(table, first, lambda: place(table, ASKED))
    check_repeats(table, first, lambda: place(table, ASKED | {"portfolioId": None, "portfolio": "Growth"}))
    check_repeats(table, first, lambda: place(table, ASKED | {"portfolioId": None}))


@pytest.mark.parametrize("other", [case[1] for case in OTHER], ids=[case[0] for case in OTHER])
def test_an_id_of_another_content_is_a_conflict(table: Desk, other: Json) -> None:
    place(table, ASKED)
    asked = {"portfolioId": table.id} | ASKED | other
    send = partial(table.workspace.data, PLACE, {"input": asked})
    refuse(table, send, CONFLICT, "clientOrderId", kept=False)


def test_an_order_sent_again_tells_what_became_of_it(table: Desk) -> None:
    first = place(table, ASKED)
    table.quote("AAA", "89", "90", "90")
    again = place(table, ASKED)
    assert (again["duplicate"], again["order"]["status"]) == (True, "FILLED")
    check_repeats(table, first, lambda: place(table, ASKED))
    assert (held(table), spending(table)) == ("10", ("9100", "0", "9100"))


def test_an_id_stays_used_when_its_order_is_canceled_replaced_or_expired(table: Desk) -> None:
    orders = [place(table, ASKED | {"clientOrderId": id}) for id in ("canceled", "replaced", "expired")]
    table.cancel(orders[0]["order"])
    table.replace(orders[1]["order"], quantity="5")
    table.clock("2026-03-11T00:00:00Z")
    for first, status in zip(orders, ("CANCELED", "REPLACED", "EXPIRED"), strict=True):
        id = first["order"]["clientOrderId"]
        assert table.now(first["order"])["status"] == status
        check_repeats(table, first, lambda id=id: place(table, ASKED | {"clientOrderId": id}))
        asked = {"portfolioId": table.id} | ASKED | {"clientOrderId": id, "quantity": "1"}
        refuse(table, partial(table.workspace.data, PLACE, {"input": asked}), CONFLICT)


def test_an_id_is_answered_whatever_would_be_refused_now(table: Desk) -> None:
    first = place(table, ASKED | {"quantity": "100"})
    table.update(rules={"maxOrderNotional": "1", "restrictedSymbols": ["AAA"]}, state="HALTED")
    table.quote("AAA", "101", "100", "100")
    check_repeats(table, first, lambda: place(table, ASKED | {"quantity": "100"}))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"quantity": "1000"}, BANKRUPT),
        ({"side": "SELL", "limitPrice": "110"}, "INSUFFICIENT_POSITION"),
        ({"limitPrice": "90.001"}, "INVALID_TICK"),
        ({"quantity": "0"}, "INVALID_QUANTITY"),
        ({"limitPrice": None}, "MISSING_LIMIT_PRICE"),
    ],
)
def test_a_refusal_does_not_use_the_id_up(table: Desk, wrong: Json, code: str) -> None:
    asked = {"portfolioId": table.id} | ASKED | wrong
    for _ in range(2):
        refuse(table, lambda: table.workspace.data(PLACE, {"input": asked}), code)
    first = place(table, ASKED)
    assert first["duplicate"] is False
    check_repeats(table, first, lambda: place(table, ASKED))
    refuse(table, lambda: table.workspace.data(PLACE, {"input": asked}), CONFLICT, kept=False)


def test_the_same_refusal_is_decided_anew(table: Desk) -> None:
    asked = ASKED | {"quantity": "200"}
    refuse(table, lambda: table.place(**asked), BANKRUPT, kept=True)
    table.quote("AAA", "9", "10", "10")
    assert place(table, asked | {"limitPrice": "10"})["order"]["status"] == "FILLED"


def test_an_id_is_used_in_one_portfolio_only(table: Desk) -> None:
    other = open_desk(table.workspace, name="Other")
    first, second = place(table, ASKED), place(other, ASKED | {"quantity": "11"})
    assert second["duplicate"] is False
    check_repeats(other, second, lambda: place(other, ASKED | {"quantity": "11"}))
    check_repeats(table, first, lambda: place(table, ASKED))


def test_a_trade_and_an_order_share_the_ids(table: Desk) -> None:
    trade = {
        "portfolioId": table.id,
        "side": "BUY",
        "symbol": "AAA",
        "quantity": "10",
        "clientOrderId": "once",
    }
    first = table.execute(trade)
    check_repeats(
        table, first, lambda: table.execute(trade | {"quantity": "10.0", "note": "x", "expectedPrice": "1"})
    )
    send = partial(table.workspace.data, PLACE, {"input": {"portfolioId": table.id} | ASKED})
    refuse(table, send, CONFLICT, "clientOrderId", kept=False)
    place(table, ASKED | {"clientOrderId": "rests"})
    refuse(
        table,
        lambda: table.execute(trade | {"clientOrderId": "rests"}),
        CONFLICT,
        "clientOrderId",
        kept=False,
    )


def test_twenty_parallel_sends_of_an_order_make_one(table: Desk) -> None:
    for asked in (ASKED, ASKED | {"clientOrderId": "fills", "limitPrice": "100"}):
        answers = together(*[partial(place, table, asked)] * 20)
        assert sorted(answer.pop("duplicate") for answer in answers) == [False] + [True] * 19
        assert len({answer["order"]["id"] for answer in answers}) == 1
        assert all(answer == answers[0] for answer in answers)
    assert [order["status"] for order in nodes(table.books(), "orders")] == ["FILLED", "NEW"]
    assert (held(table), spending(table)) == ("10", ("9000", "900", "8100"))
    table.prove()


def test_parallel_sends_of_an_id_with_other_content_make_one_order(table: Desk) -> None:
    def send(number: int) -> Json:
        asked = {"portfolioId": table.id} | ASKED | {"quantity": str(number + 1)}
        answer: Json = table.workspace.data(PLACE, {"input": asked})
        return answer

    answers = at_once(10, send)
    assert sorted(answer.get("code", "") for answer in answers) == [""] + [CONFLICT] * 9
    assert len(nodes(table.books(), "orders")) == 1
    table.prove()


def test_a_replacement_sent_again_is_the_first_one(table: Desk) -> None:
    resting = place(table, ASKED)["order"]
    asked = {"quantity": "5", "limitPrice": "80", "clientOrderId": "again"}
    first = table.replace(resting, **asked)
    assert (first["__typename"], first["duplicate"]) == ("OrderReplaced", False)
    for same in ({}, {"quantity": "5.0"}, {"limitPrice": 80}):
        before = table.books()
        again = table.replace(resting, **asked | same)
        assert again == first | {"duplicate": True}
        assert table.books() == before
    table.cancel(first["order"])
    again = table.replace(resting, **asked)
    assert (again["duplicate"], again["order"]["status"], again["replaced"]) == (
        True,
        "CANCELED",
        first["replaced"],
    )


@pytest.mark.parametrize("other", [{"quantity": "6"}, {"limitPrice": "81"}, {"limitPrice": None}])
def test_a_replacement_s_id_of_another_content_is_a_conflict(table: Desk, other: Json) -> None:
    resting = place(table, ASKED)["order"]
    asked = {"quantity": "5", "limitPrice": "80", "clientOrderId": "again"}
    table.replace(resting, **asked)
    refuse(table, lambda: table.replace(resting, **asked | other), CONFLICT, "clientOrderId", kept=False)


def test_a_replacement_that_has_filled_is_still_that_content_only(table: Desk) -> None:
    resting = place(table, ASKED)["order"]
    first = table.replace(resting, quantity="5", clientOrderId="again")
    table.quote("AAA", "89", "90", "90")
    again = table.replace(resting, quantity="5", clientOrderId="again")
    assert (again["duplicate"], again["order"]["id"]) == (True, first["order"]["id"])
    assert again["order"]["status"] == "FILLED"
    for quantity in ("3", "6"):
        other = {"quantity": quantity, "clientOrderId": "again"}
        refuse(table, partial(table.replace, resting, **other), CONFLICT, "clientOrderId", kept=False)


def test_a_replacement_cannot_take_the_id_of_another_order(table: Desk) -> None:
    resting, other = (place(table, ASKED | {"clientOrderId": id})["order"] for id in ("first", "second"))
    for id in ("first", "second"):
        refuse(table, partial(table.replace, resting, quantity="5", clientOrderId=id), CONFLICT, kept=False)
    table.replace(resting, quantity="5", clientOrderId="third")
    refuse(table, lambda: table.replace(other, quantity="5", clientOrderId="third"), CONFLICT, kept=False)


def test_a_refused_replacement_does_not_use_its_id_up(table: Desk) -> None:
    resting = place(table, ASKED)["order"]
    refuse(table, lambda: table.replace(resting, quantity="1000", clientOrderId="again"), BANKRUPT)
    answer = table.replace(resting, quantity="20", clientOrderId="again")
    assert (answer["__typename"], answer["duplicate"]) == ("OrderReplaced", False)


def test_a_replacement_without_an_id_sent_again_is_too_late(table: Desk) -> None:
    resting = place(table, ASKED)["order"]
    table.replace(resting, quantity="5")
    refuse(table, lambda: table.replace(resting, quantity="5"), "TOO_LATE", "orderId", kept=False)


def test_twenty_parallel_sends_of_a_replacement_make_one(table: Desk) -> None:
    resting = place(table, ASKED)["order"]
    asked = {"orderId": resting["id"], "quantity": "5", "clientOrderId": "again"}
    answers = together(*[partial(table.workspace.data, REPLACE, {"input": asked})] * 20)
    assert sorted(answer.pop("duplicate") for answer in answers) == [False] + [True] * 19
    assert all(answer == answers[0] for answer in answers)
    assert spending(table) == ("10000", "450", "9550")
    assert len(nodes(table.books(), "orders")) == 2
    table.prove()


def test_twenty_parallel_sends_of_a_trade_make_one(table: Desk) -> None:
    asked = {
        "portfolioId": table.id,
        "side": "BUY",
        "symbol": "AAA",
        "quantity": "10",
        "clientOrderId": "once",
    }
    answers = together(*[partial(table.workspace.data, EXECUTE, {"input": asked})] * 20)
    assert sorted(answer.pop("duplicate") for answer in answers) == [False] + [True] * 19
    assert all(answer == answers[0] for answer in answers)
    assert (held(table), spending(table)[0]) == ("10", "9000")
