"""What a waiting order reserves, what an order needs, and how a cash account's buying power comes of it."""

from decimal import Decimal
from functools import partial

import pytest

from tests.api.desk import PLACE, Desk
from tests.api.orders.setting import (
    BANKRUPT,
    EARLY,
    OPEN,
    open_desk,
    refuse,
    spending,
    together,
)
from tests.conftest import Json, Workspace

MARKET = {"type": "MARKET"}
MICRO = Decimal("0.000001")

RESTING = [
    ("limit", {"type": "LIMIT", "limitPrice": "90"}, "900"),
    ("limit until canceled", {"type": "LIMIT", "limitPrice": "99.99", "timeInForce": "GTC"}, "999.9"),
    ("stop", {"type": "STOP", "stopPrice": "110"}, "1155"),
    ("stop of a price in cents", {"type": "STOP", "stopPrice": "100.01"}, "1050.105"),
    ("stop limit", {"type": "STOP_LIMIT", "stopPrice": "110", "limitPrice": "112"}, "1120"),
    ("stop limit below its stop", {"type": "STOP_LIMIT", "stopPrice": "110", "limitPrice": "108"}, "1080"),
]
QUEUED = [
    ("market", MARKET, "1050"),
    ("market at the open", MARKET | {"timeInForce": "OPG"}, "1050"),
    ("limit", {"type": "LIMIT", "limitPrice": "90"}, "900"),
    ("limit above the ask", {"type": "LIMIT", "limitPrice": "101"}, "1010"),
    ("limit at the open", {"type": "LIMIT", "limitPrice": "95", "timeInForce": "OPG"}, "950"),
    ("stop", {"type": "STOP", "stopPrice": "110"}, "1155"),
]
AT_THE_CLOSE = [
    ("market", MARKET, "1050"),
    ("limit", {"type": "LIMIT", "limitPrice": "90"}, "900"),
    ("limit above the ask", {"type": "LIMIT", "limitPrice": "101"}, "1010"),
]
FEES = [
    ("flat", {"flat": "5"}, "5"),
    ("per share", {"perShare": "0.013"}, "0.13"),
    ("basis points", {"bps": "10"}, "0.9"),
    ("rounded to the cent", {"bps": "10.5"}, "0.95"),
    ("minimum", {"perShare": "0.005", "minimum": "1"}, "1"),
    ("the cap beats the minimum", {"minimum": "20", "capPercent": "1"}, "9"),
]


def micro_less(amount: str) -> str:
    """A millionth less."""
    return str(Decimal(amount) - MICRO)


def check_reserved(desk: Desk, reserved: str) -> None:
    """It has spent nothing of its 2,000, and this is reserved."""
    assert spending(desk) == ("2000", reserved, f"{(2000 - Decimal(reserved)).normalize():f}")


@pytest.mark.parametrize(("asked", "reserved"), [case[1:] for case in RESTING], ids=[c[0] for c in RESTING])
def test_a_resting_buy_reserves_until_it_is_canceled(always: Workspace, asked: Json, reserved: str) -> None:
    desk = open_desk(always, "2000")
    order = desk.order("BUY", "AAA", "10", **asked)
    assert order["status"] == "NEW"
    check_reserved(desk, reserved)
    assert desk.cancel(order)["order"]["status"] == "CANCELED"
    assert spending(desk) == ("2000", "0", "2000")


@pytest.mark.parametrize(("asked", "needed"), [case[1:] for case in RESTING], ids=[c[0] for c in RESTING])
def test_a_resting_buy_fits_to_the_millionth(always: Workspace, asked: Json, needed: str) -> None:
    desk = open_desk(always, needed)
    desk.order("BUY", "AAA", "10", **asked)
    assert spending(desk) == (needed, needed, "0")
    poorer = open_desk(always, micro_less(needed), name="Poorer")
    refuse(poorer, lambda: poorer.place("BUY", "AAA", "10", **asked), BANKRUPT, "quantity", kept=True)


@pytest.mark.parametrize(("asked", "reserved"), [case[1:] for case in QUEUED], ids=[c[0] for c in QUEUED])
def test_a_queued_buy_reserves_and_fits_to_the_millionth(xnys: Workspace, asked: Json, reserved: str) -> None:
    desk = open_desk(xnys, "2000", at=EARLY)
    order = desk.order("BUY", "AAA", "10", **asked)
    assert (order["status"], order["filledQuantity"]) == ("ACCEPTED", "0")
    check_reserved(desk, reserved)
    desk.cancel(order)
    check_reserved(desk, "0")
    exact = open_desk(xnys, reserved, name="Exact", at=EARLY)
    exact.order("BUY", "AAA", "10", **asked)
    poorer = open_desk(xnys, micro_less(reserved), name="Poorer", at=EARLY)
    refuse(poorer, lambda: poorer.place("BUY", "AAA", "10", **asked), BANKRUPT, "quantity", kept=True)


@pytest.mark.parametrize(
    ("asked", "reserved"), [case[1:] for case in AT_THE_CLOSE], ids=[c[0] for c in AT_THE_CLOSE]
)
def test_a_buy_for_the_close_reserves_while_it_waits(xnys: Workspace, asked: Json, reserved: str) -> None:
    desk = open_desk(xnys, "2000")
    order = desk.order("BUY", "AAA", "10", timeInForce="CLS", **asked)
    assert order["status"] == "ACCEPTED"
    check_reserved(desk, reserved)


def test_a_queued_market_buy_reserves_by_the_last_price_where_there_is_no_ask(xnys: Workspace) -> None:
    desk = open_desk(xnys, "2000", at=EARLY)
    desk.quote("AAA", "95", None, "98")
    desk.market("BUY", "AAA", "10")
    check_reserved(desk, "1029")


def test_a_market_buy_held_back_by_a_stale_quote_reserves(always: Workspace) -> None:
    desk = open_desk(always, "2000")
    desk.quote("AAA", "99.98", "100", "100", quoted_at="2026-03-10T15:58:59Z")
    order = desk.market("BUY", "AAA", "10")
    assert (order["status"], order["reason"]) == ("NEW", "STALE_QUOTE")
    check_reserved(desk, "1050")
    desk.quote("AAA", "99.98", "100", "100")
    assert spending(desk) == ("1000", "0", "1000")


def test_a_market_buy_held_back_by_a_crossed_quote_reserves(always: Workspace) -> None:
    desk = open_desk(always, "2000")
    desk.quote("AAA", "101", "100", "100")
    order = desk.market("BUY", "AAA", "10")
    assert (order["status"], order["reason"]) == ("NEW", "CROSSED_QUOTE")
    check_reserved(desk, "1050")
    refuse(desk, lambda: desk.place("BUY", "AAA", "10", type="MARKET"), BANKRUPT, "quantity", kept=True)


def test_a_market_buy_that_waits_for_size_reserves_for_what_is_left(always: Workspace) -> None:
    desk = open_desk(always, "2000", rules={"liquidity": "SIZE"})
    desk.quote("AAA", "99.98", "100", "100", ask_size="4")
    order = desk.market("BUY", "AAA", "10")
    assert (order["status"], order["filledQuantity"]) == ("PARTIALLY_FILLED", "4")
    assert spending(desk) == ("1600", "630", "970")
    desk.cancel(order)
    assert spending(desk) == ("1600", "0", "1600")


def test_a_market_buy_without_any_displayed_size_reserves_for_all_of_it(always: Workspace) -> None:
    desk = open_desk(always, "2000", rules={"liquidity": "SIZE"})
    assert desk.market("BUY", "AAA", "10")["status"] == "NEW"
    check_reserved(desk, "1050")


def test_a_limit_buy_reserves_its_limit_for_what_is_left(always: Workspace) -> None:
    desk = open_desk(always, "2000", rules={"liquidity": "SIZE"})
    order = desk.limit("BUY", "AAA", "10", "90", timeInForce="GTC")
    check_reserved(desk, "900")
    desk.quote("AAA", "89", "90", "90", ask_size="4")
    assert spending(desk) == ("1640", "540", "1100")
    desk.quote("AAA", "88", "89", "89", ask_size="5")
    assert spending(desk) == ("1190", "90", "1100")
    desk.quote("AAA", "88", "89", "89", ask_size="5")
    assert desk.now(order)["status"] == "FILLED"
    assert spending(desk) == ("1100", "0", "1100")


def test_a_limit_by_notional_reserves_its_money(always: Workspace) -> None:
    desk = open_desk(always, "500")
    order = desk.limit("BUY", "AAA", None, "90", notional="500")
    assert (order["quantity"], order["notional"]) == ("5.555555555", "500")
    assert spending(desk) == ("500", "500", "0")
    poorer = open_desk(always, "499.99", name="Poorer")
    asked = {"type": "LIMIT", "limitPrice": "90", "notional": "500"}
    refuse(poorer, lambda: poorer.place("BUY", "AAA", **asked), BANKRUPT, "notional", kept=True)


@pytest.mark.parametrize("time_in_force", ["IOC", "FOK"])
def test_what_cannot_wait_reserves_nothing(always: Workspace, time_in_force: str) -> None:
    desk = open_desk(always, "2000")
    assert desk.limit("BUY", "AAA", "10", "90", timeInForce=time_in_force)["status"] == "CANCELED"
    check_reserved(desk, "0")


def test_a_day_order_that_expires_gives_its_reservation_back(always: Workspace) -> None:
    desk = open_desk(always, "2000")
    day = desk.limit("BUY", "AAA", "10", "90")
    desk.limit("BUY", "AAA", "5", "90", timeInForce="GTC")
    check_reserved(desk, "1350")
    desk.clock("2026-03-10T23:59:59.999999Z")
    check_reserved(desk, "1350")
    desk.clock("2026-03-11T00:00:00Z")
    assert desk.now(day)["status"] == "EXPIRED"
    check_reserved(desk, "450")


def test_waiting_orders_add_up_and_the_last_cent_can_be_used(always: Workspace) -> None:
    desk = open_desk(always, "2000")
    desk.quote("BBB", "9", "10", "10")
    desk.limit("BUY", "AAA", "10", "90")
    desk.stop("BUY", "AAA", "4", "110")
    check_reserved(desk, "1362")
    refuse(desk, lambda: desk.place("BUY", "BBB", "63.9", type="MARKET"), BANKRUPT, "quantity", kept=True)
    desk.market("BUY", "BBB", "63.8")
    assert spending(desk) == ("1362", "1362", "0")
    refuse(desk, lambda: desk.execute({"side": "BUY", "symbol": "BBB", "quantity": "0.000001"}), BANKRUPT)


def test_an_open_sell_adds_nothing_until_it_fills(always: Workspace) -> None:
    desk = open_desk(always, "1000")
    desk.trade("BUY", "AAA", "10")
    desk.limit("SELL", "AAA", "10", "120")
    assert spending(desk) == ("0", "0", "0")
    refuse(desk, lambda: desk.place("BUY", "AAA", "0.01", type="LIMIT", limitPrice="90"), BANKRUPT)
    desk.quote("AAA", "120", "121", "120")
    assert spending(desk) == ("1200", "0", "1200")


def test_selling_needs_no_buying_power(always: Workspace) -> None:
    desk = open_desk(always, "1000", rules={"fee": {"flat": "1"}})
    desk.trade("BUY", "AAA", "9.99")
    assert spending(desk) == ("0", "0", "0")
    assert desk.market("SELL", "AAA", "9.99")["status"] == "FILLED"


@pytest.mark.parametrize(
    ("rules", "needed"),
    [
        ({}, "1000"),
        ({"slippageBps": "10"}, "1001"),
        ({"fee": {"flat": "5"}}, "1005"),
        ({"slippageBps": "10", "fee": {"bps": "10"}}, "1002"),
    ],
)
def test_a_market_buy_that_fills_now_needs_the_ask_with_slippage_and_its_fee(
    always: Workspace, rules: Json, needed: str
) -> None:
    desk = open_desk(always, needed, rules=rules)
    assert desk.market("BUY", "AAA", "10")["status"] == "FILLED"
    assert spending(desk) == ("0", "0", "0")
    poorer = open_desk(always, micro_less(needed), name="Poorer", rules=rules)
    refuse(poorer, lambda: poorer.place("BUY", "AAA", "10", type="MARKET"), BANKRUPT, "quantity", kept=True)
    asked = {"side": "BUY", "symbol": "AAA", "quantity": "10"}
    refuse(poorer, lambda: poorer.execute(asked), BANKRUPT, "quantity", kept=True)


@pytest.mark.parametrize(("rule", "fee"), [case[1:] for case in FEES], ids=[case[0] for case in FEES])
def test_a_fee_counts_when_an_order_is_checked_and_is_not_reserved(
    always: Workspace, rule: Json, fee: str
) -> None:
    needed = str(900 + Decimal(fee))
    poorer = open_desk(always, micro_less(needed), name="Poorer", rules={"fee": rule})
    asked = {"type": "LIMIT", "limitPrice": "90"}
    refuse(poorer, lambda: poorer.place("BUY", "AAA", "10", **asked), BANKRUPT, "quantity", kept=True)
    desk = open_desk(always, needed, rules={"fee": rule})
    desk.order("BUY", "AAA", "10", **asked)
    assert spending(desk) == (needed, "900", fee)
    desk.quote("AAA", "89", "90", "90")
    assert spending(desk) == ("0", "0", "0")
    assert desk.books()["fees"] == fee


@pytest.mark.parametrize(("ask", "cash"), [("90", "150"), ("105", "0")])
def test_a_queued_market_buy_that_fits_at_the_open_fills(xnys: Workspace, ask: str, cash: str) -> None:
    desk = open_desk(xnys, "1050", at=EARLY)
    order = desk.market("BUY", "AAA", "10")
    desk.quote("AAA", ask, ask, ask, at=OPEN)
    assert (desk.now(order)["status"], desk.now(order)["averagePrice"]) == ("FILLED", ask)
    assert spending(desk) == (cash, "0", cash)


@pytest.mark.parametrize("time_in_force", ["DAY", "OPG"])
def test_a_queued_market_buy_that_no_longer_fits_at_the_open_is_canceled(
    xnys: Workspace, time_in_force: str
) -> None:
    desk = open_desk(xnys, "1050", at=EARLY)
    order = desk.market("BUY", "AAA", "10", timeInForce=time_in_force)
    desk.quote("AAA", "105", "105.01", "105", at=OPEN)
    order = desk.now(order)
    assert (order["status"], order["reason"]) == ("CANCELED", BANKRUPT)
    assert (order["filledQuantity"], order["leavesQuantity"], order["trades"]) == ("0", "0", [])
    assert spending(desk) == ("1050", "0", "1050")


def test_at_the_open_the_reservations_of_others_count_and_its_own_does_not(xnys: Workspace) -> None:
    desk = open_desk(xnys, "2000", at=EARLY)
    desk.quote("BBB", "99", "100", "100")
    first, second = (desk.market("BUY", "AAA", "5") for _ in range(2))
    desk.market("BUY", "BBB", "9")
    assert spending(desk) == ("2000", "1995", "5")
    desk.quote("AAA", "105", "105.5", "105", at=OPEN)
    assert [desk.now(one)["status"] for one in (first, second)] == ["FILLED", "FILLED"]
    assert spending(desk) == ("945", "945", "0")
    desk.quote("BBB", "99", "105.01", "105")
    assert spending(desk) == ("945", "0", "945")


@pytest.mark.parametrize(("ask", "status"), [("105", "FILLED"), ("105.01", "CANCELED")])
def test_the_fee_counts_at_the_open(xnys: Workspace, ask: str, status: str) -> None:
    desk = open_desk(xnys, "1055", at=EARLY, rules={"fee": {"flat": "5"}})
    order = desk.market("BUY", "AAA", "10")
    desk.quote("AAA", "105", ask, "105", at=OPEN)
    assert desk.now(order)["status"] == status


def test_a_queued_limit_buy_needs_no_second_check(xnys: Workspace) -> None:
    desk = open_desk(xnys, "1000", at=EARLY)
    order = desk.limit("BUY", "AAA", "10", "100")
    desk.quote("AAA", "129", "130", "130", at=OPEN)
    assert desk.now(order)["status"] == "NEW"
    assert spending(desk) == ("1000", "1000", "0")
    desk.quote("AAA", "99", "100", "100", at="2026-03-10T13:31:00Z")
    assert desk.now(order)["status"] == "FILLED"


def test_money_moved_out_and_in_moves_the_buying_power(always: Workspace) -> None:
    desk = open_desk(always, "2000")
    desk.limit("BUY", "AAA", "10", "90")
    transfer = """mutation ($id: ID!, $amount: Decimal!) {
        transferCash(input: {portfolioId: $id, amount: $amount}) {
            ... on CashTransferred { portfolio { cash } } } }"""
    desk.workspace.data(transfer, {"id": desk.id, "amount": "-100"})
    assert spending(desk) == ("1900", "900", "1000")
    desk.workspace.data(transfer, {"id": desk.id, "amount": "0.01"})
    assert spending(desk) == ("1900.01", "900", "1000.01")


def test_money_that_a_working_order_holds_cannot_be_moved_out(always: Workspace) -> None:
    desk = open_desk(always, "2000")
    desk.limit("BUY", "AAA", "10", "90")
    transfer = """mutation ($id: ID!, $amount: Decimal!) {
        transferCash(input: {portfolioId: $id, amount: $amount}) {
            __typename ... on InputRejected { code field } } }"""
    refused = desk.workspace.data(transfer, {"id": desk.id, "amount": "-1100.000001"})
    assert (refused["code"], refused["field"]) == (BANKRUPT, "amount")
    assert spending(desk) == ("2000", "900", "1100")
    assert desk.workspace.data(transfer, {"id": desk.id, "amount": "-1100"}) == {
        "__typename": "CashTransferred"
    }
    assert spending(desk) == ("900", "900", "0")


def test_parallel_orders_cannot_reserve_more_than_there_is(always: Workspace) -> None:
    desk = open_desk(always, "1000")
    kinds: list[Json] = [{"type": "LIMIT", "limitPrice": "30"}, {"type": "STOP", "stopPrice": "110"}]
    asked = [
        {"input": {"portfolioId": desk.id, "side": "BUY", "symbol": "AAA", "quantity": quantity} | kind}
        for quantity, kind in zip(["10", "2.5"] * 6, kinds * 6, strict=True)
    ]
    answers = together(*[partial(desk.workspace.data, PLACE, one) for one in asked])
    assert sorted(answer.get("code", "") for answer in answers) == [""] * 3 + [BANKRUPT] * 9
    cash, reserved, power = map(Decimal, spending(desk))
    assert cash == reserved + power == 1000
    assert power >= 0
    desk.prove()


def test_the_portfolio_may_be_left_out_where_there_is_only_one(always: Workspace) -> None:
    desk = open_desk(always, "2000")
    asked = {"side": "BUY", "symbol": "AAA", "quantity": "10", "type": "LIMIT", "limitPrice": "90"}
    for which in ({}, {"portfolio": "Growth"}):
        answer = always.data(PLACE, {"input": asked | which})
        assert answer["portfolio"]["id"] == desk.id
    open_desk(always, name="Second")
    refuse(desk, lambda: always.data(PLACE, {"input": asked}), "UNKNOWN_PORTFOLIO", kept=False)
    check_reserved(desk, "1800")
