"""What can be sold: the shares that are held and that no open sell holds already; shorts where allowed."""

from decimal import Decimal
from functools import partial

import pytest

from tests.api.desk import Desk
from tests.api.orders.setting import BANKRUPT, EARLY, SHORTS, held, open_desk, refuse, spending
from tests.conftest import Json, Workspace

TOO_MANY = "INSUFFICIENT_POSITION"
SALES = [
    ("market", {"type": "MARKET"}),
    ("limit", {"type": "LIMIT", "limitPrice": "110"}),
    ("limit that fills now", {"type": "LIMIT", "limitPrice": "90"}),
    ("stop", {"type": "STOP", "stopPrice": "90"}),
    ("stop limit", {"type": "STOP_LIMIT", "stopPrice": "90", "limitPrice": "89"}),
    ("at once or not at all", {"type": "LIMIT", "limitPrice": "110", "timeInForce": "FOK"}),
    ("at once", {"type": "MARKET", "timeInForce": "IOC"}),
]
WAITING = [SALES[1], SALES[3], SALES[4]]


def open_holder(workspace: Workspace, quantity: str = "10", **more: object) -> Desk:
    """Sit down holding AAA."""
    desk = open_desk(workspace, **more)  # type: ignore[arg-type]
    desk.trade("BUY", "AAA", quantity)
    return desk


def parametrize_sales(sales: list[tuple[str, Json]]) -> pytest.MarkDecorator:
    """One test a kind of sale."""
    return pytest.mark.parametrize("asked", [sale[1] for sale in sales], ids=[sale[0] for sale in sales])


@parametrize_sales(SALES)
def test_a_sell_of_more_than_is_held_is_refused(always: Workspace, asked: Json) -> None:
    desk = open_holder(always)
    refuse(desk, lambda: desk.place("SELL", "AAA", "10.000000001", **asked), TOO_MANY, "quantity", kept=True)
    desk.order("SELL", "AAA", "10", **asked)


@parametrize_sales(SALES)
def test_nothing_can_be_sold_where_nothing_is_held(always: Workspace, asked: Json) -> None:
    desk = open_desk(always)
    refuse(desk, lambda: desk.place("SELL", "AAA", "1", **asked), TOO_MANY, "quantity", kept=True)


def test_a_sell_by_notional_of_more_than_is_held_names_the_notional(always: Workspace) -> None:
    desk = open_holder(always)
    asked = {"type": "MARKET", "notional": "999.81"}
    refuse(desk, lambda: desk.place("SELL", "AAA", **asked), TOO_MANY, "notional", kept=True)
    assert desk.order("SELL", "AAA", type="MARKET", notional="999.8")["filledQuantity"] == "10"


@parametrize_sales(WAITING)
def test_an_open_sell_holds_its_shares_until_it_is_canceled(always: Workspace, asked: Json) -> None:
    desk = open_holder(always)
    order = desk.order("SELL", "AAA", "6", **asked)
    for other in (kind for _, kind in SALES):
        refuse(desk, partial(desk.place, "SELL", "AAA", "4.000000001", **other), TOO_MANY)
    rest = desk.order("SELL", "AAA", "4", **asked)
    refuse(desk, lambda: desk.execute({"side": "SELL", "symbol": "AAA", "quantity": "0.1"}), TOO_MANY)
    desk.cancel(rest)
    desk.cancel(order)
    desk.trade("SELL", "AAA", "10")


def test_a_queued_sell_holds_its_shares(xnys: Workspace) -> None:
    desk = open_desk(xnys, at="2026-03-09T15:00:00Z")
    desk.trade("BUY", "AAA", "10")
    desk.quote("AAA", "99.98", "100", "100", at=EARLY)
    assert desk.market("SELL", "AAA", "6")["status"] == "ACCEPTED"
    refuse(desk, lambda: desk.place("SELL", "AAA", "5", type="MARKET"), TOO_MANY, "quantity", kept=True)
    assert desk.market("SELL", "AAA", "4")["status"] == "ACCEPTED"


def test_a_sell_holds_what_is_left_of_it(always: Workspace) -> None:
    desk = open_desk(always, rules={"liquidity": "SIZE"})
    desk.quote("AAA", "99.98", "100", "100", ask_size="10")
    desk.trade("BUY", "AAA", "10")
    desk.limit("SELL", "AAA", "6", "110", timeInForce="GTC")
    desk.quote("AAA", "110", "111", "110", bid_size="2")
    asked = {"type": "LIMIT", "limitPrice": "120"}
    refuse(desk, lambda: desk.place("SELL", "AAA", "4.1", **asked), TOO_MANY, "quantity", kept=True)
    desk.order("SELL", "AAA", "4", **asked)


def test_the_shares_of_an_expired_sell_are_free_again(always: Workspace) -> None:
    desk = open_holder(always)
    desk.limit("SELL", "AAA", "10", "110")
    desk.quote("AAA", "99.98", "100", "100", at="2026-03-11T00:00:00Z")
    desk.trade("SELL", "AAA", "10")


def test_shares_of_one_symbol_and_portfolio_are_not_anothers(always: Workspace) -> None:
    desk = open_holder(always)
    desk.quote("BBB", "99.98", "100", "100")
    other = open_desk(always, name="Other")
    refuse(desk, lambda: desk.place("SELL", "BBB", "1", type="MARKET"), TOO_MANY, "quantity")
    refuse(other, lambda: other.place("SELL", "AAA", "1", type="MARKET"), TOO_MANY, "quantity")


@parametrize_sales(SALES)
def test_a_margin_account_that_allows_no_shorts_sells_what_it_holds(always: Workspace, asked: Json) -> None:
    desk = open_holder(always, account="MARGIN")
    refuse(desk, lambda: desk.place("SELL", "AAA", "11", **asked), TOO_MANY, "quantity", kept=True)
    desk.order("SELL", "AAA", "10", **asked)


def test_shorts_are_for_margin_accounts_only(always: Workspace) -> None:
    document = """mutation ($input: CreatePortfolioInput!) { createPortfolio(input: $input) { __typename
        ... on PortfolioCreated { portfolio { id } } ... on InputRejected { code field message } } }"""
    asked = {"name": "Cash", "account": "CASH", "rules": {"allowShort": True}}
    answer = always.data(document, {"input": asked})
    if answer["__typename"] == "InputRejected":
        assert answer["code"] == "SHORT_NOT_ALLOWED"
        return
    desk = Desk(always, answer["portfolio"]["id"])
    desk.quote("AAA", "99.98", "100", "100")
    asked = {"type": "LIMIT", "limitPrice": "110"}
    refuse(desk, lambda: desk.place("SELL", "AAA", "1", **asked), "SHORT_NOT_ALLOWED", kept=True)


def test_a_short_sale_leaves_a_negative_position(always: Workspace) -> None:
    desk = open_desk(always, **SHORTS)
    assert desk.market("SELL", "AAA", "10")["averagePrice"] == "99.98"
    assert held(desk) == "-10"
    assert spending(desk)[0] == "100999.8"
    desk.market("SELL", "AAA", "5", timeInForce="IOC")
    assert held(desk) == "-15"


@pytest.mark.parametrize(
    ("holding", "sold"), [(None, "0.5"), (None, "1.000000001"), ("10", "10.5"), ("10", "11.25")]
)
@parametrize_sales([SALES[0], SALES[1], SALES[3]])
def test_a_fraction_of_a_share_cannot_be_sold_short(
    always: Workspace, asked: Json, holding: str | None, sold: str
) -> None:
    desk = open_desk(always, **SHORTS)
    if holding:
        desk.trade("BUY", "AAA", holding)
    refuse(desk, lambda: desk.place("SELL", "AAA", sold, **asked), "FRACTIONAL_SHORT", "quantity", kept=True)


def test_money_that_comes_to_a_fraction_cannot_be_sold_short(always: Workspace) -> None:
    desk = open_desk(always, **SHORTS)
    desk.quote("AAA", "100", "100", "100")
    asked = {"type": "MARKET", "notional": "150"}
    refuse(desk, lambda: desk.place("SELL", "AAA", **asked), "FRACTIONAL_SHORT", "notional", kept=True)
    assert desk.order("SELL", "AAA", type="MARKET", notional="200")["filledQuantity"] == "2"


def test_a_fraction_that_is_held_can_be_sold_where_shorts_are_allowed(always: Workspace) -> None:
    desk = open_desk(always, **SHORTS)
    desk.trade("BUY", "AAA", "1.5")
    desk.trade("SELL", "AAA", "1.25")
    assert held(desk) == "0.25"


def test_one_order_closes_a_long_and_opens_a_short(always: Workspace) -> None:
    desk = open_desk(always, **SHORTS)
    desk.quote("AAA", "40", "40", "40")
    desk.trade("BUY", "AAA", "100")
    desk.quote("AAA", "50", "50", "50")
    order = desk.market("SELL", "AAA", "150")
    (trade,) = order["trades"]
    assert (trade["quantity"], trade["realizedPnl"]) == ("150", "1000")
    books = desk.books()
    assert (books["cash"], books["equity"], books["buyingPower"]) == ("103500", "101000", "199500")
    (position,) = books["positions"]
    assert (position["quantity"], position["costBasis"], position["averageCost"]) == ("-50", "-2500", "50")


def test_one_order_closes_a_short_and_opens_a_long(always: Workspace) -> None:
    desk = open_desk(always, **SHORTS)
    desk.quote("AAA", "50", "50", "50")
    desk.trade("SELL", "AAA", "50")
    desk.quote("AAA", "40", "40", "40")
    (trade,) = desk.market("BUY", "AAA", "80")["trades"]
    assert (trade["quantity"], trade["realizedPnl"]) == ("80", "500")
    books = desk.books()
    assert (books["cash"], books["equity"]) == ("99300", "100500")
    (position,) = books["positions"]
    assert (position["quantity"], position["costBasis"], position["averageCost"]) == ("30", "1200", "40")


def test_a_flip_whose_opening_part_cannot_be_paid_is_refused_whole(always: Workspace) -> None:
    desk = open_desk(always, "1000", **SHORTS)
    desk.trade("BUY", "AAA", "10")
    for asked in ({"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "110"}):
        refuse(
            desk,
            partial(desk.place, "SELL", "AAA", "100", **asked),
            BANKRUPT,
            "quantity",
            kept=True,
        )
    desk.market("SELL", "AAA", "15")
    refuse(desk, lambda: desk.place("BUY", "AAA", "100", type="MARKET"), BANKRUPT, "quantity", kept=True)
    assert held(desk) == "-5"


def test_a_resting_flip_fills_through_zero(always: Workspace) -> None:
    desk = open_desk(always, **SHORTS)
    desk.trade("BUY", "AAA", "10")
    order = desk.stop("SELL", "AAA", "15", "95", timeInForce="GTC")
    desk.quote("AAA", "94", "95", "94")
    assert (desk.now(order)["status"], held(desk)) == ("FILLED", "-5")
    assert Decimal(desk.books()["realizedPnl"]) == -60
    cover = desk.limit("BUY", "AAA", "8", "90", timeInForce="GTC")
    desk.quote("AAA", "89", "90", "90")
    assert (desk.now(cover)["status"], held(desk)) == ("FILLED", "3")
    assert spending(desk)[1] == "0"
