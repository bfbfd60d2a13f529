"""Replacing: a new order that carries what the first did, or a refusal that leaves the first one working."""

from functools import partial

import pytest

from tests.api.desk import REPLACE, Desk, nodes, quote_input
from tests.api.orders.setting import (
    BANKRUPT,
    EARLY,
    OPEN,
    SHORTS,
    held,
    open_desk,
    refuse,
    spending,
    together,
)
from tests.conftest import Json, Workspace


@pytest.fixture
def table(always: Workspace) -> Desk:
    """10,000 in cash, AAA at 100."""
    return open_desk(always, "10000")


@pytest.fixture(params=["CASH", "MARGIN"])
def partly(always: Workspace, request: pytest.FixtureRequest) -> tuple[Desk, Json]:
    """100,000 in cash, a fee of at least 1, and 40 of 100 bought at 100 by an order that waits for size."""
    rules = {"liquidity": "SIZE", "fee": {"perShare": "0.005", "minimum": "1"}}
    desk = open_desk(always, account=request.param, rules=rules)
    desk.quote("AAA", "99.98", "100", "100", bid_size="40", ask_size="40")
    order = desk.limit("BUY", "AAA", "100", "100", timeInForce="GTC")
    assert (order["status"], order["filledQuantity"], order["fees"]) == ("PARTIALLY_FILLED", "40", "1")
    assert spending(desk)[:2] == ("95999", "6000")
    return desk, order


def replace(desk: Desk, order: Json, **changes: str) -> tuple[Json, Json]:
    """Replace, be sure that it was done, and return the new order and the first one."""
    answer = desk.replace(order, **changes)
    assert answer["__typename"] == "OrderReplaced", answer
    assert answer["duplicate"] is False
    return answer["order"], answer["replaced"]


def test_the_first_order_is_final_and_both_name_each_other(table: Desk) -> None:
    first = table.limit("BUY", "AAA", "10", "90", timeInForce="GTC")
    new, replaced = replace(table, first, quantity="12", limitPrice="80", clientOrderId="new")
    assert (replaced["id"], replaced["status"], replaced["leavesQuantity"]) == (first["id"], "REPLACED", "0")
    assert (replaced["quantity"], replaced["limitPrice"]) == ("10", "90")
    assert (replaced["replacedBy"], replaced["replaces"]) == ({"id": new["id"]}, None)
    assert (new["replaces"], new["replacedBy"]) == ({"id": first["id"]}, None)
    assert (new["status"], new["quantity"], new["leavesQuantity"]) == ("NEW", "12", "12")
    assert (new["limitPrice"], new["clientOrderId"]) == ("80", "new")
    kept = ("symbol", "side", "type", "timeInForce", "trader")
    assert [new[name] for name in kept] == [first[name] for name in kept]
    assert spending(table) == ("10000", "960", "9040")


def test_what_is_not_changed_stays(table: Desk) -> None:
    first = table.order(
        "BUY", "AAA", "10", type="STOP_LIMIT", stopPrice="110", limitPrice="112", timeInForce="GTC"
    )
    second, _ = replace(table, first, quantity="9")
    assert (second["quantity"], second["stopPrice"], second["limitPrice"]) == ("9", "110", "112")
    third, _ = replace(table, second, limitPrice="115")
    assert (third["quantity"], third["stopPrice"], third["limitPrice"]) == ("9", "110", "115")
    fourth, _ = replace(table, third, stopPrice="111")
    assert (fourth["quantity"], fourth["stopPrice"], fourth["limitPrice"]) == ("9", "111", "115")
    assert spending(table)[1] == "1035"
    for old in (first, second, third):
        refuse(table, partial(table.replace, old, quantity="1"), "TOO_LATE", "orderId", kept=False)


def test_a_stop_that_is_moved_waits_at_its_new_price(table: Desk) -> None:
    table.trade("BUY", "AAA", "10")
    new, _ = replace(table, table.stop("SELL", "AAA", "10", "90", timeInForce="GTC"), stopPrice="95")
    table.quote("AAA", "95", "96", "95.01")
    assert table.now(new)["triggeredAt"] is None
    table.quote("AAA", "94", "95", "95")
    assert (table.now(new)["status"], table.now(new)["averagePrice"]) == ("FILLED", "94")


@pytest.mark.parametrize("changes", [{"limitPrice": "93"}, {"quantity": "9"}, {"stopPrice": "91"}])
def test_a_stop_that_has_triggered_stays_triggered(table: Desk, changes: Json) -> None:
    table.trade("BUY", "AAA", "10")
    prices = {"stopPrice": "95", "limitPrice": "94"}
    first = table.order("SELL", "AAA", "10", type="STOP_LIMIT", timeInForce="GTC", **prices)
    table.quote("AAA", "91.9", "92.1", "92")
    triggered_at = table.now(first)["triggeredAt"]
    assert triggered_at is not None
    new, _ = replace(table, first, **changes)
    assert (new["status"], new["triggeredAt"]) == ("NEW", triggered_at)
    table.quote("AAA", "94", "96.1", "96")
    assert (table.now(new)["status"], table.now(new)["averagePrice"]) == ("FILLED", new["limitPrice"])


def test_what_was_filled_is_carried_over(partly: tuple[Desk, Json]) -> None:
    desk, first = partly
    new, replaced = replace(desk, first, quantity="120", clientOrderId="y")
    assert (new["status"], new["quantity"], new["leavesQuantity"]) == ("PARTIALLY_FILLED", "120", "80")
    assert (new["filledQuantity"], new["averagePrice"], new["fees"]) == ("40", "100", "1")
    assert (replaced["status"], replaced["quantity"], replaced["leavesQuantity"]) == ("REPLACED", "100", "0")
    assert (replaced["filledQuantity"], replaced["averagePrice"]) == ("40", "100")
    assert spending(desk)[:2] == ("95999", "8000")
    assert desk.books()["fees"] == "1"


def test_the_average_and_the_fees_go_on_from_what_was_carried(partly: tuple[Desk, Json]) -> None:
    desk, first = partly
    new, _ = replace(desk, first, quantity="240", limitPrice="99")
    desk.quote("AAA", "98", "99", "99", ask_size="80")
    new = desk.now(new)
    assert (new["status"], new["filledQuantity"], new["leavesQuantity"]) == ("PARTIALLY_FILLED", "120", "120")
    assert new["averagePrice"] == "99.333333"
    assert new["fees"] == "1", "120 shares cost 0.60, and the minimum was charged"
    desk.quote("AAA", "98", "99", "99", ask_size="1000")
    new = desk.now(new)
    assert (new["status"], new["filledQuantity"], new["fees"]) == ("FILLED", "240", "1.2")
    assert desk.books()["fees"] == "1.2"
    assert spending(desk)[:2] == ("76198.8", "0")


@pytest.mark.parametrize("quantity", ["40", "39.5", "1", "0.000000001"])
def test_a_quantity_at_or_below_what_was_filled_ends_it_filled(
    partly: tuple[Desk, Json], quantity: str
) -> None:
    desk, first = partly
    new, replaced = replace(desk, first, quantity=quantity)
    assert (new["status"], new["quantity"], new["filledQuantity"]) == ("FILLED", "40", "40")
    assert (new["leavesQuantity"], new["averagePrice"], new["fees"]) == ("0", "100", "1")
    assert replaced["status"] == "REPLACED"
    assert (held(desk), spending(desk)[:2]) == ("40", ("95999", "0"))
    refuse(desk, lambda: desk.cancel(new), "TOO_LATE", "orderId", kept=False)


def test_a_replacement_uses_no_size_that_was_used_up(partly: tuple[Desk, Json]) -> None:
    desk, first = partly
    new, _ = replace(desk, first, limitPrice="101")
    assert new["filledQuantity"] == "40"
    desk.quote("AAA", "99.98", "100", "100", ask_size="60")
    assert desk.now(new)["status"] == "FILLED"


@pytest.mark.parametrize(("price", "paid"), [("100", "100"), ("105", "100")])
def test_a_changed_limit_that_can_fill_now_fills_at_the_quote(table: Desk, price: str, paid: str) -> None:
    new, replaced = replace(table, table.limit("BUY", "AAA", "10", "90"), limitPrice=price)
    assert (new["status"], new["averagePrice"], len(new["trades"])) == ("FILLED", paid, 1)
    assert (replaced["status"], replaced["filledQuantity"], replaced["trades"]) == ("REPLACED", "0", [])
    assert spending(table) == ("9000", "0", "9000")


def test_a_changed_limit_that_cannot_fill_now_rests_at_it(table: Desk) -> None:
    new, _ = replace(table, table.limit("BUY", "AAA", "10", "90"), limitPrice="99")
    table.quote("AAA", "97", "98", "98")
    assert (table.now(new)["status"], table.now(new)["averagePrice"]) == ("FILLED", "99")


def test_the_reservation_of_the_first_order_is_left_out_of_the_check(always: Workspace) -> None:
    desk = open_desk(always, "1000")
    desk.quote("AAA", "119", "120", "120")
    first = desk.limit("BUY", "AAA", "10", "90")
    refuse(desk, lambda: desk.replace(first, limitPrice="100.01"), BANKRUPT)
    refuse(desk, lambda: desk.replace(first, quantity="11.2"), BANKRUPT)
    assert (desk.now(first), spending(desk)) == (first, ("1000", "900", "100"))
    new, _ = replace(desk, first, limitPrice="100")
    assert spending(desk) == ("1000", "1000", "0")
    replace(desk, new, quantity="20", limitPrice="50")
    assert spending(desk) == ("1000", "1000", "0")


def test_the_reservation_of_other_orders_counts(always: Workspace) -> None:
    desk = open_desk(always, "1000")
    first = desk.limit("BUY", "AAA", "5", "90")
    desk.limit("BUY", "AAA", "5", "90")
    refuse(desk, lambda: desk.replace(first, quantity="6.2"), BANKRUPT)
    replace(desk, first, quantity="6.1")
    assert spending(desk) == ("1000", "999", "1")


def test_the_shares_that_the_first_order_holds_are_left_out_of_the_check(table: Desk) -> None:
    table.trade("BUY", "AAA", "10")
    first = table.limit("SELL", "AAA", "6", "110")
    table.limit("SELL", "AAA", "3", "110")
    refuse(table, lambda: table.replace(first, quantity="7.1"), "INSUFFICIENT_POSITION")
    new, _ = replace(table, first, quantity="7", limitPrice="105")
    table.quote("AAA", "110", "111", "110")
    assert (table.now(new)["averagePrice"], held(table)) == ("105", "0")


def test_a_refused_replacement_leaves_the_first_order_working_and_is_kept(table: Desk) -> None:
    first = table.limit("BUY", "AAA", "10", "90", clientOrderId="first")
    answer = refuse(table, lambda: table.replace(first, quantity="1000"), BANKRUPT, "quantity", kept=True)
    refused = answer["rejectedOrder"]
    assert (refused["quantity"], refused["limitPrice"], refused["side"]) == ("1000", "90", "BUY")
    assert (table.now(first), table.now(first)["replacedBy"]) == (first, None)
    table.quote("AAA", "89", "90", "90")
    assert table.now(first)["status"] == "FILLED"


@pytest.mark.parametrize(
    ("rules", "changes", "code"),
    [
        ({"maxOrderNotional": "1000"}, {"quantity": "12"}, "ORDER_LIMIT"),
        ({"maxPositionPercent": "10"}, {"quantity": "12"}, "POSITION_LIMIT"),
        ({"restrictedSymbols": ["AAA"]}, {"quantity": "11"}, "RESTRICTED_SYMBOL"),
    ],
)
def test_a_replacement_meets_the_portfolio_s_limits(
    table: Desk, rules: Json, changes: Json, code: str
) -> None:
    first = table.limit("BUY", "AAA", "10", "90")
    table.update(rules=rules)
    refuse(table, lambda: table.replace(first, **changes), code)
    assert table.now(first) == first


def test_a_replacement_may_not_cross_an_order_of_its_own_portfolio(table: Desk) -> None:
    table.trade("BUY", "AAA", "10")
    table.limit("SELL", "AAA", "10", "110")
    first = table.limit("BUY", "AAA", "10", "90")
    refuse(table, lambda: table.replace(first, limitPrice="110"), "WASH_TRADE")
    assert table.now(first) == first


def test_an_order_by_notional_cannot_be_replaced(table: Desk) -> None:
    first = table.limit("BUY", "AAA", None, "90", notional="500")
    for changes in ({"quantity": "1"}, {"limitPrice": "95"}):
        refuse(table, partial(table.replace, first, **changes), "TIME_IN_FORCE_NOT_ALLOWED")
    assert table.now(first) == first
    assert table.cancel(first)["order"]["status"] == "CANCELED"


def test_a_queued_order_is_replaced_and_stays_queued(xnys: Workspace) -> None:
    desk = open_desk(xnys, "10000", at=EARLY)
    new, _ = replace(desk, desk.market("BUY", "AAA", "10"), quantity="20")
    assert (new["status"], spending(desk)[1]) == ("ACCEPTED", "2100")
    new, _ = replace(desk, desk.limit("BUY", "AAA", "10", "90"), limitPrice="95")
    assert (new["status"], spending(desk)[1]) == ("ACCEPTED", "3050")
    desk.quote("AAA", "93", "94", "94", at=OPEN)
    assert [order["status"] for order in nodes(desk.books(), "orders")] == ["FILLED", "REPLACED"] * 2
    assert spending(desk) == ("7180", "0", "7180")


def test_a_replacement_can_open_less_of_a_short(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.trade("BUY", "AAA", "4")
    first = desk.limit("SELL", "AAA", "10", "110")
    assert spending(desk)[1] == "660"
    new, _ = replace(desk, first, quantity="5")
    assert spending(desk)[1] == "110"
    refuse(desk, lambda: desk.replace(new, quantity="5.5"), "FRACTIONAL_SHORT")
    replace(desk, new, quantity="4")
    assert spending(desk)[1] == "0"


def test_a_replacement_keeps_the_life_of_the_first_order(table: Desk) -> None:
    day = table.limit("BUY", "AAA", "10", "90")
    until = table.limit("BUY", "AAA", "10", "90", timeInForce="GTC")
    new_day, new_until = replace(table, day, quantity="9")[0], replace(table, until, quantity="9")[0]
    table.clock("2026-03-11T00:00:00Z")
    assert [table.now(order)["status"] for order in (new_day, new_until)] == ["EXPIRED", "NEW"]
    assert spending(table)[1] == "810"


def test_an_order_is_filled_or_replaced_and_what_fills_is_counted_once(table: Desk) -> None:
    publish = """mutation ($input: PublishQuotesInput!) { publishQuotes(input: $input) { __typename } }"""
    for number in range(1, 9):
        table.quote("AAA", "99.98", "100", "100")
        first = table.limit("BUY", "AAA", "2", "90")
        quotes = {"input": {"quotes": [quote_input("AAA", "89", "90", "90")]}}
        asked = {"input": {"orderId": first["id"], "quantity": "1"}}
        answer, _ = together(
            partial(table.workspace.data, REPLACE, asked), partial(table.workspace.data, publish, quotes)
        )
        table.prove()
        was_replaced = answer["__typename"] == "OrderReplaced"
        assert table.now(first)["status"] == ("REPLACED" if was_replaced else "FILLED")
        assert answer.get("code") == (None if was_replaced else "TOO_LATE")
        if was_replaced and table.now(answer["order"])["status"] == "NEW":
            table.cancel(answer["order"])
        if held(table) != "0":
            table.trade("SELL", "AAA", held(table))
        assert (held(table), spending(table)[1]) == ("0", "0"), number
