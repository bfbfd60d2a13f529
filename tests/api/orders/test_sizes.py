"""Liquidity SIZE: a quote fills what it displays, and a portfolio uses that up until the next quote."""

import pytest

from tests.api.desk import Desk, outcome, quote_input
from tests.conftest import Workspace

SIZE = {"liquidity": "SIZE"}


@pytest.fixture
def desk(always: Workspace) -> Desk:
    """100,000 in cash at noon; 40 AAPL offered at 100.00 and 30 wanted at 99.98."""
    desk = Desk.open(always, rules=SIZE)
    show(desk, "99.98", "100", bid_size="30", ask_size="40", at="2026-03-10T16:00:00Z")
    return desk


def show(
    desk: Desk,
    bid: str,
    ask: str,
    *,
    bid_size: str | None,
    ask_size: str | None,
    at: str | None = None,
) -> None:
    """Publish a quote of AAPL with its sizes; its last is its ask."""
    desk.quote("AAPL", bid, ask, ask, bid_size=bid_size, ask_size=ask_size, at=at)


def test_an_order_fills_what_is_displayed_and_the_rest_waits_for_the_next_quote(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "100", "100")
    assert (outcome(order), order["leavesQuantity"]) == (("PARTIALLY_FILLED", "40", "100"), "60")
    show(desk, "99.9", "99.99", bid_size="5", ask_size="25")
    order = desk.now(order)
    assert (outcome(order), order["leavesQuantity"]) == (("PARTIALLY_FILLED", "65", "100"), "35")
    show(desk, "99.9", "100", bid_size="5", ask_size="1000")
    order = desk.now(order)
    assert outcome(order) == ("FILLED", "100", "100")
    assert [trade["quantity"] for trade in order["trades"]] == ["40", "25", "35"]


def test_the_rest_of_an_improved_fill_is_a_resting_limit(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "100", "101")
    show(desk, "100", "100.5", bid_size="5", ask_size="60")
    order = desk.now(order)
    assert outcome(order) == ("FILLED", "100", "100.6")  # 40 at the ask of 100, 60 at the limit of 101
    assert [trade["price"] for trade in order["trades"]] == ["100", "101"]


def test_the_rest_of_a_market_order_fills_at_the_next_quotes_prices(desk: Desk) -> None:
    order = desk.market("BUY", "AAPL", "100")
    assert (outcome(order), order["reason"]) == (("PARTIALLY_FILLED", "40", "100"), None)
    assert desk.books()["reserved"] == "6300"  # 60 x 100 x 1.05
    show(desk, "102", "103", bid_size="5", ask_size="60")
    order = desk.now(order)
    assert outcome(order) == ("FILLED", "100", "101.8")
    assert [trade["price"] for trade in order["trades"]] == ["100", "103"]


def test_the_orders_of_a_portfolio_use_a_quote_up_together(desk: Desk) -> None:
    assert outcome(desk.limit("BUY", "AAPL", "30", "100"))[:2] == ("FILLED", "30")
    second = desk.limit("BUY", "AAPL", "30", "100")
    assert outcome(second)[:2] == ("PARTIALLY_FILLED", "10")
    third = desk.limit("BUY", "AAPL", "30", "100")
    assert outcome(third) == ("NEW", "0", None)
    show(desk, "99.98", "100", bid_size="30", ask_size="40")
    assert outcome(desk.now(second))[:2] == ("FILLED", "30"), "the older one first"
    assert outcome(desk.now(third))[:2] == ("PARTIALLY_FILLED", "20")


def test_trades_at_the_market_use_a_quote_up_too(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "30")
    answer = desk.execute({"side": "BUY", "symbol": "AAPL", "quantity": "30"})
    assert answer["__typename"] == "TradeExecuted"
    assert outcome(answer["order"]) == ("CANCELED", "10", "100")
    assert answer["order"]["leavesQuantity"] == "0"
    assert outcome(desk.limit("BUY", "AAPL", "1", "100")) == ("NEW", "0", None)


def test_the_sides_of_a_quote_are_used_up_apart(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "40")
    assert outcome(desk.limit("SELL", "AAPL", "30", "99.98"))[:2] == ("FILLED", "30")
    assert outcome(desk.limit("SELL", "AAPL", "10", "99.98")) == ("NEW", "0", None)


def test_another_portfolio_has_the_whole_size(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "40")
    other = Desk.open(desk.workspace, "Income", rules=SIZE)
    assert outcome(other.limit("BUY", "AAPL", "50", "100"))[:2] == ("PARTIALLY_FILLED", "40")
    show(desk, "99.98", "100", bid_size="1", ask_size="15")
    assert desk.books()["positions"][0]["quantity"] == "40"
    assert other.books()["positions"][0]["quantity"] == "50"


def test_one_quote_fills_the_resting_orders_of_several_portfolios_from_its_whole_size(desk: Desk) -> None:
    other = Desk.open(desk.workspace, "Income", rules=SIZE)
    orders = [(one, one.limit("BUY", "AAPL", "10", "99")) for one in (desk, other)]
    show(desk, "98", "98.5", bid_size="10", ask_size="10")
    for one, order in orders:
        assert outcome(one.now(order)) == ("FILLED", "10", "99")
        one.prove()


def test_neither_the_clock_nor_another_symbol_makes_a_used_up_size_anew(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "100", "100")
    desk.clock("2026-03-10T16:00:10Z")
    desk.publish([quote_input("MSFT", "1", "2", "2", bid_size="9", ask_size="9")])
    assert desk.now(order) == order
    assert outcome(desk.limit("BUY", "AAPL", "1", "100")) == ("NEW", "0", None)


def test_the_same_quote_published_again_is_the_next_quote(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "80", "100")
    show(desk, "99.98", "100", bid_size="30", ask_size="40")
    assert outcome(desk.now(order)) == ("FILLED", "80", "100")


@pytest.mark.parametrize("size", [None, "0"])
@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "100"}])
def test_a_missing_size_is_none(desk: Desk, kind: dict[str, str], size: str | None) -> None:
    show(desk, "99.98", "100", bid_size="30", ask_size=size)
    order = desk.order("BUY", "AAPL", "10", **kind)
    assert outcome(order) == ("NEW", "0", None)
    assert desk.books()["cash"] == "100000"
    show(desk, "99.98", "100", bid_size=None, ask_size="10")
    assert outcome(desk.now(order)) == ("FILLED", "10", "100")


def test_of_resting_orders_the_best_price_uses_the_size_up_first(desk: Desk) -> None:
    low = desk.limit("BUY", "AAPL", "10", "98")
    older = desk.limit("BUY", "AAPL", "10", "99")
    newer = desk.limit("BUY", "AAPL", "10", "99")
    stop = desk.stop("BUY", "AAPL", "10", "105")
    desk.quote("AAPL", "97", "97.5", "105", ask_size="25")
    assert outcome(desk.now(stop))[:2] == ("FILLED", "10")
    assert outcome(desk.now(older))[:2] == ("FILLED", "10")
    assert outcome(desk.now(newer))[:2] == ("PARTIALLY_FILLED", "5")
    assert outcome(desk.now(low))[:2] == ("NEW", "0")


@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "100"}])
def test_an_ioc_order_takes_what_is_displayed_and_the_rest_is_canceled(
    desk: Desk, kind: dict[str, str]
) -> None:
    order = desk.order("BUY", "AAPL", "100", timeInForce="IOC", **kind)
    assert (outcome(order), order["leavesQuantity"]) == (("CANCELED", "40", "100"), "0")
    show(desk, "99.98", "100", bid_size="30", ask_size="400")
    assert desk.now(order) == order


def test_an_ioc_limit_that_is_not_reached_is_canceled(desk: Desk) -> None:
    before = desk.balances()
    assert outcome(desk.limit("BUY", "AAPL", "10", "99.99", timeInForce="IOC")) == ("CANCELED", "0", None)
    assert desk.balances() == before


@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "100"}])
def test_a_fok_order_fills_whole_or_not_at_all(desk: Desk, kind: dict[str, str]) -> None:
    before = desk.balances()
    order = desk.order("BUY", "AAPL", "40.000000001", timeInForce="FOK", **kind)
    assert outcome(order) == ("CANCELED", "0", None)
    assert desk.balances() == before
    order = desk.order("BUY", "AAPL", "40", timeInForce="FOK", **kind)
    assert outcome(order) == ("FILLED", "40", "100")


def test_a_fok_order_counts_what_was_used_up(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "10")
    before = desk.balances()
    assert outcome(desk.limit("BUY", "AAPL", "31", "100", timeInForce="FOK")) == ("CANCELED", "0", None)
    assert desk.balances() == before
    assert outcome(desk.limit("BUY", "AAPL", "30", "100", timeInForce="FOK"))[0] == "FILLED"


def test_a_triggered_stop_that_outgrows_the_size_goes_on_as_a_market_order(desk: Desk) -> None:
    order = desk.stop("BUY", "AAPL", "50", "105")
    show(desk, "104.9", "105", bid_size="30", ask_size="20")
    assert outcome(desk.now(order)) == ("PARTIALLY_FILLED", "20", "105")
    show(desk, "99.9", "100", bid_size="30", ask_size="30")
    assert outcome(desk.now(order)) == ("FILLED", "50", "102"), "20 at 105 and 30 at 100"


def test_full_liquidity_fills_everything_whatever_is_displayed(always: Workspace) -> None:
    desk = Desk.open(always)
    show(desk, "99.98", "100", bid_size=None, ask_size="1", at="2026-03-10T16:00:00Z")
    assert outcome(desk.limit("BUY", "AAPL", "100", "100")) == ("FILLED", "100", "100")
    assert outcome(desk.market("SELL", "AAPL", "100")) == ("FILLED", "100", "99.98")


def test_a_replacement_goes_on_with_what_was_filled(desk: Desk) -> None:
    first = desk.limit("BUY", "AAPL", "100", "100")
    answer = desk.replace(first, quantity="50")
    assert answer["__typename"] == "OrderReplaced"
    order = answer["order"]
    assert (outcome(order), order["leavesQuantity"]) == (("PARTIALLY_FILLED", "40", "100"), "10")
    assert (order["replaces"], answer["replaced"]["replacedBy"]) == ({"id": first["id"]}, {"id": order["id"]})
    show(desk, "99.9", "100", bid_size="5", ask_size="1000")
    assert outcome(desk.now(order)) == ("FILLED", "50", "100")
    assert outcome(desk.now(first)) == ("REPLACED", "40", "100")


@pytest.mark.parametrize("quantity", ["40", "10"])
def test_a_replacement_of_no_more_than_was_filled_is_filled(desk: Desk, quantity: str) -> None:
    first = desk.limit("BUY", "AAPL", "100", "100")
    order = desk.replace(first, quantity=quantity)["order"]
    assert (outcome(order), order["quantity"]) == (("FILLED", "40", "100"), "40")
    assert desk.books()["reserved"] == "0"
