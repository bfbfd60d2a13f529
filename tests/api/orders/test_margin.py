"""The buying power of a margin account, by what it holds and by what its orders reserve."""

from decimal import Decimal

import pytest

from tests.api.orders.setting import BANKRUPT, EARLY, SHORTS, held, open_desk, refuse, spending
from tests.conftest import Json, Workspace

SHORT_SALES = [
    ("limit above the ask by more than 3 %", {"type": "LIMIT", "limitPrice": "110"}, "1100"),
    ("limit near the ask", {"type": "LIMIT", "limitPrice": "101"}, "1030"),
    ("limit at 3 % above the ask", {"type": "LIMIT", "limitPrice": "103.01"}, "1030.1"),
    ("stop", {"type": "STOP", "stopPrice": "95"}, "1030"),
    ("stop limit", {"type": "STOP_LIMIT", "stopPrice": "95", "limitPrice": "94"}, "1030"),
]


def test_buying_power_is_twice_the_equity_while_nothing_is_held(always: Workspace) -> None:
    assert spending(open_desk(always, "1000", account="MARGIN")) == ("1000", "0", "2000")


def test_buying_power_follows_the_mark(always: Workspace) -> None:
    desk = open_desk(always, "1000", account="MARGIN")
    desk.trade("BUY", "AAA", "15")
    assert spending(desk) == ("-500", "0", "500")
    desk.quote("AAA", "109", "110", "110")
    assert spending(desk)[2] == "650"  # equity 1,150, gross 1,650
    desk.quote("AAA", "60", "70", None)
    assert spending(desk)[2] == "-25"  # the middle, 65: equity 475, gross 975


def test_all_of_it_can_be_spent_and_no_millionth_more(always: Workspace) -> None:
    desk = open_desk(always, "1000", account="MARGIN")
    refuse(
        desk, lambda: desk.place("BUY", "AAA", "20.00000001", type="MARKET"), BANKRUPT, "quantity", kept=True
    )
    desk.market("BUY", "AAA", "20")
    assert spending(desk) == ("-1000", "0", "0")
    refuse(
        desk, lambda: desk.place("BUY", "AAA", "0.00000001", type="MARKET"), BANKRUPT, "quantity", kept=True
    )
    desk.quote("AAA", "89", "90", "90")
    assert spending(desk)[2] == "-200"
    refuse(
        desk, lambda: desk.place("BUY", "AAA", "0.00000001", type="MARKET"), BANKRUPT, "quantity", kept=True
    )
    assert desk.market("SELL", "AAA", "1")["status"] == "FILLED", "closing needs none"


@pytest.mark.parametrize(("cash", "fits"), [("450", True), ("449.999999", False)])
def test_a_resting_buy_reserves_of_the_borrowed_money_too(always: Workspace, cash: str, fits: bool) -> None:
    desk = open_desk(always, cash, account="MARGIN")
    if fits:
        desk.limit("BUY", "AAA", "10", "90")
        assert spending(desk) == ("450", "900", "0")
    else:
        asked = {"type": "LIMIT", "limitPrice": "90"}
        refuse(desk, lambda: desk.place("BUY", "AAA", "10", **asked), BANKRUPT, "quantity", kept=True)


def test_fees_count_on_margin(always: Workspace) -> None:
    for cash, status in (("505", "FILLED"), ("502.499999", "REJECTED")):
        desk = open_desk(always, cash, name=status, account="MARGIN", rules={"fee": {"flat": "5"}})
        answer = desk.place("BUY", "AAA", "10", type="MARKET")
        assert (answer.get("order") or answer["rejectedOrder"])["status"] == status
        assert answer.get("code") in {None, BANKRUPT}


@pytest.mark.parametrize(
    ("asked", "reserved"), [case[1:] for case in SHORT_SALES], ids=[case[0] for case in SHORT_SALES]
)
def test_a_resting_short_sale_reserves_its_limit_or_the_ask_and_3_percent(
    always: Workspace, asked: Json, reserved: str
) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    order = desk.order("SELL", "AAA", "10", **asked)
    assert order["status"] == "NEW"
    assert spending(desk)[:2] == ("1000", reserved)
    desk.cancel(order)
    assert spending(desk) == ("1000", "0", "2000")


def test_a_queued_short_sale_at_the_market_reserves_the_ask_and_3_percent(xnys: Workspace) -> None:
    desk = open_desk(xnys, "1000", at=EARLY, **SHORTS)
    assert desk.market("SELL", "AAA", "10")["status"] == "ACCEPTED"
    assert spending(desk) == ("1000", "1030", "970")


@pytest.mark.parametrize(("cash", "fits"), [("515", True), ("514.999999", False)])
def test_a_short_sale_fits_to_the_millionth(always: Workspace, cash: str, fits: bool) -> None:
    desk = open_desk(always, cash, **SHORTS)
    asked = {"type": "LIMIT", "limitPrice": "101"}
    if fits:
        desk.order("SELL", "AAA", "10", **asked)
        assert spending(desk) == ("515", "1030", "0")
    else:
        refuse(desk, lambda: desk.place("SELL", "AAA", "10", **asked), BANKRUPT, "quantity", kept=True)


def test_a_short_sale_that_fills_now_needs_the_ask_and_3_percent_too(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    asked = {"type": "MARKET"}
    refuse(desk, lambda: desk.place("SELL", "AAA", "20", **asked), BANKRUPT, "quantity", kept=True)
    assert desk.market("SELL", "AAA", "19")["status"] == "FILLED"


def test_only_the_part_of_a_sale_that_opens_a_short_reserves(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.trade("BUY", "AAA", "4")
    before = spending(desk)[2]
    order = desk.limit("SELL", "AAA", "4", "110")
    assert spending(desk) == ("600", "0", before)
    desk.cancel(order)
    desk.limit("SELL", "AAA", "10", "110")
    assert spending(desk)[1] == "660"


def test_shares_that_open_sells_hold_cannot_be_closed_twice(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.trade("BUY", "AAA", "10")
    desk.limit("SELL", "AAA", "6", "110")
    assert spending(desk)[1] == "0"
    desk.limit("SELL", "AAA", "6", "120")
    assert spending(desk)[1] == "240", "4 close and 2 open"


def test_only_the_part_of_a_buy_that_opens_a_long_reserves(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.trade("SELL", "AAA", "10")
    before = spending(desk)[2]
    cover = desk.limit("BUY", "AAA", "10", "90")
    assert spending(desk) == ("1999.8", "0", before), "a cover adds nothing until it fills"
    desk.cancel(cover)
    desk.limit("BUY", "AAA", "15", "90")
    assert spending(desk)[1] == "450"


def test_a_short_sale_changes_the_buying_power_by_its_size(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.trade("SELL", "AAA", "10")
    assert spending(desk) == ("1999.8", "0", "999.6")  # equity 999.8, gross 1,000
    desk.quote("AAA", "119", "120", "120")
    assert spending(desk) == ("1999.8", "0", "399.6")  # equity 799.8, gross 1,200


def test_a_cover_needs_no_buying_power(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.trade("SELL", "AAA", "10")
    desk.quote("AAA", "169", "170", "170")
    assert spending(desk)[2] == "-1100.4"  # equity 299.8, gross 1,700
    refuse(desk, lambda: desk.place("BUY", "AAA", "11", type="MARKET"), BANKRUPT, "quantity", kept=True)
    assert desk.market("BUY", "AAA", "10")["status"] == "FILLED"
    assert (held(desk), spending(desk)[0]) == ("0", "299.8")


def test_a_flip_into_a_short_reserves_nothing_once_it_is_filled(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.trade("BUY", "AAA", "4")
    order = desk.limit("SELL", "AAA", "10", "110")
    desk.quote("AAA", "110", "111", "110")
    assert desk.now(order)["status"] == "FILLED"
    assert spending(desk) == ("1700", "0", "1420")  # equity 1,040, gross 660
    assert held(desk) == "-6"


def test_the_size_displayed_splits_a_flip_into_its_closing_and_its_opening_part(always: Workspace) -> None:
    desk = open_desk(always, "1000", account="MARGIN", rules={"allowShort": True, "liquidity": "SIZE"})
    desk.quote("AAA", "99.98", "100", "100", ask_size="4", bid_size="0")
    desk.trade("BUY", "AAA", "4")
    order = desk.limit("SELL", "AAA", "10", "110", timeInForce="GTC")
    assert spending(desk)[1] == "660"
    for size, opens in (("3", 6), ("3", 4), ("4", 0)):
        desk.quote("AAA", "110", "110", "110", bid_size=size)
        at_the_limit, at_the_ask = opens * Decimal(110), opens * Decimal("113.3")
        assert Decimal(spending(desk)[1]) in {at_the_limit, at_the_ask}
    assert desk.now(order)["status"] == "FILLED"


def test_a_flip_into_a_long_needs_the_part_that_opens(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.quote("AAA", "100", "100", "100")
    desk.trade("SELL", "AAA", "10")
    assert spending(desk) == ("2000", "0", "1000")
    asked = {"type": "MARKET"}
    refuse(desk, lambda: desk.place("BUY", "AAA", "1000", **asked), BANKRUPT, "quantity", kept=True)
    desk.market("BUY", "AAA", "20")
    assert spending(desk) == ("0", "0", "1000")
    desk.market("BUY", "AAA", "10")
    assert spending(desk)[1:] == ("0", "0")


def test_a_stop_that_covers_fills_however_dear_it_has_become(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.trade("SELL", "AAA", "10")
    order = desk.stop("BUY", "AAA", "10", "105")
    desk.quote("AAA", "499", "500", "500")
    assert (desk.now(order)["status"], desk.now(order)["averagePrice"]) == ("FILLED", "500")
    assert (held(desk), spending(desk)) == ("0", ("-3000.2", "0", "-6000.4"))


def test_what_opens_is_counted_anew_when_the_position_changes(always: Workspace) -> None:
    desk = open_desk(always, "10000", **SHORTS)
    desk.stop("SELL", "AAA", "10", "90")
    assert spending(desk)[1] == "1030"
    desk.trade("BUY", "AAA", "4")
    assert spending(desk)[1] == "618"
    desk.trade("BUY", "AAA", "6")
    assert spending(desk)[1] == "0"
    desk.trade("SELL", "AAA", "10")
    assert spending(desk)[1] == "1030"
    desk.trade("SELL", "AAA", "10")
    desk.stop("BUY", "AAA", "10", "110")
    assert spending(desk)[1] == "1030"
    desk.trade("BUY", "AAA", "10")
    assert spending(desk)[1] == "2185"
