"""Slippage and fees: portfolio rules, charged to the cent and never twice."""

import pytest

from tests.api.desk import NOON, Desk, nodes, outcome
from tests.conftest import Json, Workspace

IBKR = {"perShare": "0.005", "minimum": "1", "capPercent": "1"}


def open_desk(workspace: Workspace, price: str = "100", size: str | None = None, **rules: object) -> Desk:
    """A portfolio with these rules, and AAPL quoted at one price on every side."""
    desk = Desk.open(workspace, rules=rules)
    desk.quote("AAPL", price, price, price, bid_size=size, ask_size=size, at=NOON)
    return desk


def fees_of(order: Json) -> list[str]:
    """What was charged for each fill of an order."""
    return [trade["fee"] for trade in order["trades"]]


@pytest.mark.parametrize(
    ("side", "price", "filled_at"),
    [
        ("BUY", "100", "100.1"),
        ("SELL", "100", "99.9"),
        ("BUY", "1.0005", "1.001501"),  # 1.0015005, half up
        ("SELL", "1.0005", "0.9995"),  # 0.9994995, half up
        ("BUY", "0.0001", "0.0001"),
    ],
)
def test_slippage_moves_a_market_fill_against_the_trader(
    always: Workspace, side: str, price: str, filled_at: str
) -> None:
    desk = open_desk(always, price)
    desk.trade("BUY", "AAPL", "10")
    desk.update(rules={"slippageBps": "10"})
    order = desk.market(side, "AAPL", "10")
    assert outcome(order) == ("FILLED", "10", filled_at)
    assert order["trades"][0]["quote"]["ask"] == price


def test_slippage_moves_a_fill_at_last_too(always: Workspace) -> None:
    desk = open_desk(always, slippageBps="10")
    desk.quote("AAPL", "90", None, "100")
    assert outcome(desk.market("BUY", "AAPL", "1")) == ("FILLED", "1", "100.1")


def test_slippage_never_moves_a_limit_fill(always: Workspace) -> None:
    desk = open_desk(always, slippageBps="10")
    assert outcome(desk.limit("BUY", "AAPL", "1", "100.05")) == ("FILLED", "1", "100")
    resting = desk.limit("BUY", "AAPL", "1", "99")
    stop_limit = desk.order("BUY", "AAPL", "1", type="STOP_LIMIT", stopPrice="105", limitPrice="106")
    desk.quote("AAPL", "98", "98.5", "98.5")
    assert outcome(desk.now(resting)) == ("FILLED", "1", "99")
    desk.quote("AAPL", "105", "105", "105")
    assert outcome(desk.now(stop_limit)) == ("FILLED", "1", "105")


def test_slippage_moves_a_triggered_stop_and_a_market_order_that_waited(always: Workspace) -> None:
    desk = open_desk(always, slippageBps="10")
    stop = desk.stop("BUY", "AAPL", "1", "105")
    desk.quote("AAPL", "110", "110", "110")
    assert outcome(desk.now(stop)) == ("FILLED", "1", "110.11")
    desk.clock("2026-03-10T17:00:00Z")
    waiting = desk.market("BUY", "AAPL", "1")
    assert (waiting["status"], waiting["reason"]) == ("NEW", "STALE_QUOTE")
    desk.quote("AAPL", "100", "100", "100")
    assert outcome(desk.now(waiting)) == ("FILLED", "1", "100.1")


def test_a_notional_buy_converts_at_the_ask_with_slippage(always: Workspace) -> None:
    desk = open_desk(always, slippageBps="10")
    order = desk.market("BUY", "AAPL", notional="1000")
    assert outcome(order) == ("FILLED", "9.99000999", "100.1")  # 1,000 / 100.1 = 9.990009990...
    assert desk.books()["cash"] == "99000"


@pytest.mark.parametrize(
    ("fee", "quantity", "price", "charged"),
    [
        ({"flat": "1.5"}, "10", "100", "1.5"),
        ({"perShare": "0.005"}, "300", "100", "1.5"),
        ({"bps": "5"}, "10", "101", "0.51"),  # 0.505, half up
        ({"bps": "5"}, "10", "100.99", "0.5"),  # 0.50495
        ({"bps": "5"}, "0.5", "10", "0"),  # 0.0025
        ({"flat": "1", "perShare": "0.01", "bps": "10"}, "50", "100", "6.5"),
        ({"flat": "0.004", "perShare": "0.004"}, "1", "100", "0.01"),  # rounded once: 0.008
        (IBKR, "100", "100", "1"),
        (IBKR, "1000", "50", "5"),
        (IBKR, "1", "10", "0.1"),  # the cap beats the minimum
        ({"bps": "500", "capPercent": "2"}, "10", "100", "20"),
        ({"minimum": "1"}, "10", "100", "1"),
        ({"flat": "0", "perShare": "0", "bps": "0", "minimum": "0"}, "10", "100", "0"),
        ({}, "10", "100", "0"),
    ],
)
def test_a_fee_is_flat_per_share_and_by_value_within_its_minimum_and_cap(
    always: Workspace, fee: dict[str, str], quantity: str, price: str, charged: str
) -> None:
    desk = open_desk(always, price, fee=fee)
    order = desk.market("BUY", "AAPL", quantity)
    assert (order["fees"], fees_of(order)) == (charged, [charged])
    assert desk.books()["fees"] == charged


def test_a_sale_pays_its_fee_from_the_proceeds_and_realizes_without_it(always: Workspace) -> None:
    desk = open_desk(always, fee={"flat": "1"})
    desk.market("BUY", "AAPL", "10")
    desk.quote("AAPL", "110", "110", "110")
    (trade,) = desk.limit("SELL", "AAPL", "10", "109")["trades"]
    assert (trade["realizedPnl"], trade["fee"]) == ("100", "1")
    books = desk.books()
    assert (books["cash"], books["realizedPnl"], books["fees"]) == ("100098", "100", "2")
    assert books["positions"][0]["costBasis"] == "0"


@pytest.mark.parametrize(
    ("fee", "quantity", "charged"),
    [
        ({"flat": "1"}, "100", ["1", "0"]),
        (IBKR, "100", ["1", "0"]),
        (IBKR, "240", ["1", "0.2"]),
        (IBKR, "840", ["1", "3.2"]),
        ({"bps": "1"}, "100", ["0.4", "0.6"]),
        ({"perShare": "0.0001"}, "140", ["0", "0.01"]),  # 0.004, then 0.014: of the order 0.01
        ({"perShare": "0.0002"}, "60", ["0.01", "0"]),  # 0.008, then 0.012: of the order 0.01
        ({"minimum": "100", "capPercent": "1"}, "100", ["40", "60"]),
    ],
)
def test_the_fee_of_a_fill_is_the_fee_of_the_order_so_far_less_what_was_charged(
    always: Workspace, fee: dict[str, str], quantity: str, charged: list[str]
) -> None:
    desk = open_desk(always, size="40", liquidity="SIZE", fee=fee)
    order = desk.limit("BUY", "AAPL", quantity, "100")
    assert fees_of(order) == charged[:1]
    desk.quote("AAPL", "99", "100", "100", ask_size="1000")
    order = desk.now(order)
    assert (order["status"], fees_of(order)) == ("FILLED", charged)


def test_every_order_pays_its_own_minimum(always: Workspace) -> None:
    desk = open_desk(always, fee=IBKR)
    assert [desk.market("BUY", "AAPL", "10")["fees"] for _ in range(2)] == ["1", "1"]
    assert desk.books()["fees"] == "2"


def test_a_resting_order_pays_its_fee_when_it_fills(always: Workspace) -> None:
    desk = open_desk(always, fee={"flat": "1"})
    order = desk.limit("BUY", "AAPL", "10", "99")
    books = desk.books()
    assert (order["fees"], books["fees"], books["cash"], books["reserved"]) == ("0", "0", "100000", "990")
    desk.quote("AAPL", "98", "98.5", "98.5")
    assert (desk.now(order)["fees"], desk.books()["cash"]) == ("1", "99009")


def test_fees_count_when_an_order_is_checked(always: Workspace) -> None:
    desk = Desk.open(always, initial_cash="1000", rules={"fee": {"flat": "1"}})
    desk.quote("AAPL", "100", "100", "100", at=NOON)
    before = desk.balances()
    answer = desk.place("BUY", "AAPL", "10", type="MARKET")
    assert (answer["__typename"], answer["code"]) == ("OrderRejected", "INSUFFICIENT_BUYING_POWER")
    assert desk.balances() == before
    assert outcome(desk.market("BUY", "AAPL", "9.99")) == ("FILLED", "9.99", "100")
    assert desk.books()["cash"] == "0"


def test_charged_fees_carry_over_to_a_replacement(always: Workspace) -> None:
    desk = open_desk(always, size="40", liquidity="SIZE", fee=IBKR)
    first = desk.limit("BUY", "AAPL", "100", "100")
    order = desk.replace(first, quantity="240")["order"]
    assert (first["fees"], order["fees"]) == ("1", "1")
    desk.quote("AAPL", "99", "100", "100", ask_size="200")
    order = desk.now(order)
    assert (order["status"], order["fees"], fees_of(order)) == ("FILLED", "1.2", ["0.2"])
    assert desk.books()["fees"] == "1.2"


def test_changed_rules_hold_from_the_next_fill_on(always: Workspace) -> None:
    desk = open_desk(always, fee={"flat": "1"})
    desk.market("BUY", "AAPL", "1")
    desk.update(rules={"fee": {"flat": "2"}})
    desk.market("BUY", "AAPL", "1")
    assert [trade["fee"] for trade in nodes(desk.books(), "trades")] == ["2", "1"]
