"""A portfolio's own limits and states, and wash trades: each refuses what it names and nothing beside it."""

from functools import partial

import pytest

from tests.api.desk import Desk
from tests.api.orders.setting import SHORTS, held, open_desk, refuse, spending
from tests.conftest import Json, Workspace

MARKET: Json = {"type": "MARKET"}
REFUSED_BY_STATE = {"HALTED": "PORTFOLIO_HALTED", "REDUCING": "PORTFOLIO_REDUCING"}


def limit(price: str) -> Json:
    """A limit order at this price."""
    return {"type": "LIMIT", "limitPrice": price}


ORDER_LIMITS = [
    ("market buy at the ask", "BUY", "10", "10.01", MARKET),
    ("market sell at the ask, not the bid", "SELL", "10", "10.001", MARKET),
    ("limit buy at its limit", "BUY", "12.5", "12.51", limit("80")),
    ("limit sell at its limit", "SELL", "8", "8.1", limit("125")),
    ("stop buy at the ask", "BUY", "10", "10.01", {"type": "STOP", "stopPrice": "200"}),
    (
        "stop limit at its limit",
        "BUY",
        "5",
        "5.01",
        {"type": "STOP_LIMIT", "stopPrice": "190", "limitPrice": "200"},
    ),
]


@pytest.mark.parametrize(
    ("side", "allowed", "refused", "asked"),
    [case[1:] for case in ORDER_LIMITS],
    ids=[case[0] for case in ORDER_LIMITS],
)
def test_an_order_larger_than_the_largest_is_refused(
    always: Workspace, side: str, allowed: str, refused: str, asked: Json
) -> None:
    desk = open_desk(always)
    desk.trade("BUY", "AAA", "20")
    desk.update(rules={"maxOrderNotional": "1000"})
    refuse(desk, lambda: desk.place(side, "AAA", refused, **asked), "ORDER_LIMIT", "quantity", kept=True)
    desk.order(side, "AAA", allowed, **asked)


def test_an_order_by_notional_is_limited_by_its_money(always: Workspace) -> None:
    desk = open_desk(always, rules={"maxOrderNotional": "1000"})
    for type in ({"type": "MARKET"}, limit("99")):
        asked = type | {"notional": "1000.01"}
        refuse(desk, partial(desk.place, "BUY", "AAA", **asked), "ORDER_LIMIT", "notional", kept=True)
        desk.order("BUY", "AAA", **type, notional="1000")


def test_a_trade_now_is_limited_too(always: Workspace) -> None:
    desk = open_desk(always, rules={"maxOrderNotional": "1000"})
    asked = {"side": "BUY", "symbol": "AAA"}
    refuse(desk, lambda: desk.execute(asked | {"quantity": "10.01"}), "ORDER_LIMIT", "quantity", kept=True)
    refuse(desk, lambda: desk.execute(asked | {"notional": "1001"}), "ORDER_LIMIT", "notional", kept=True)
    assert desk.execute(asked | {"quantity": "10"})["__typename"] == "TradeExecuted"


def test_a_limit_that_is_cleared_limits_no_more(always: Workspace) -> None:
    desk = open_desk(always, rules={"maxOrderNotional": "1000"})
    desk.update(rules={"maxOrderNotional": None})
    desk.market("BUY", "AAA", "11")


def test_a_position_may_be_its_part_of_the_equity_and_no_more(always: Workspace) -> None:
    desk = open_desk(always, rules={"maxPositionPercent": "10"})
    refuse(
        desk, lambda: desk.place("BUY", "AAA", "100.01", **MARKET), "POSITION_LIMIT", "quantity", kept=True
    )
    desk.market("BUY", "AAA", "40")
    refuse(desk, lambda: desk.place("BUY", "AAA", "60.01", **MARKET), "POSITION_LIMIT", "quantity", kept=True)
    desk.market("BUY", "AAA", "60")
    asked = {"side": "BUY", "symbol": "AAA", "quantity": "1"}
    refuse(desk, lambda: desk.execute(asked), "POSITION_LIMIT", "quantity", kept=True)
    desk.quote("BBB", "99", "100", "100")
    desk.market("BUY", "BBB", "100")


def test_a_position_is_measured_at_the_limit_price_or_else_at_the_ask(always: Workspace) -> None:
    desk = open_desk(always, rules={"maxPositionPercent": "10"})
    stop_limit = {"type": "STOP_LIMIT", "stopPrice": "150", "limitPrice": "160"}
    refuse(
        desk, lambda: desk.place("BUY", "AAA", "90", **stop_limit), "POSITION_LIMIT", "quantity", kept=True
    )
    desk.cancel(desk.order("BUY", "AAA", "90", type="STOP", stopPrice="150"))
    desk.cancel(desk.order("BUY", "AAA", "150", **limit("60")))
    asked = {"type": "STOP", "stopPrice": "101"}
    refuse(desk, lambda: desk.place("BUY", "AAA", "110", **asked), "POSITION_LIMIT", "quantity", kept=True)


def test_a_short_position_is_limited_by_its_size(always: Workspace) -> None:
    desk = open_desk(always, account="MARGIN", rules={"allowShort": True, "maxPositionPercent": "10"})
    refuse(desk, lambda: desk.place("SELL", "AAA", "110", **MARKET), "POSITION_LIMIT", "quantity", kept=True)
    desk.market("SELL", "AAA", "90")


@pytest.mark.parametrize("asked", [MARKET, limit("90"), {"type": "STOP", "stopPrice": "110"}])
def test_a_restricted_symbol_cannot_be_bought(always: Workspace, asked: Json) -> None:
    desk = open_desk(always, rules={"restrictedSymbols": ["AAA"]})
    desk.quote("AAAB", "9", "10", "10")
    for symbol in ("AAA", " aaa "):
        refuse(
            desk,
            partial(desk.place, "BUY", symbol, "1", **asked),
            "RESTRICTED_SYMBOL",
            "symbol",
            kept=True,
        )
    desk.market("BUY", "AAAB", "1")
    desk.update(rules={"restrictedSymbols": []})
    desk.order("BUY", "AAA", "1", **asked)


WASHES = [
    ("a buy at the price of a sell", ("SELL", limit("110")), ("BUY", limit("110")), True),
    ("a buy above a sell", ("SELL", limit("110")), ("BUY", limit("115")), True),
    ("a buy below a sell", ("SELL", limit("110")), ("BUY", limit("109.99")), False),
    ("a sell at the price of a buy", ("BUY", limit("95")), ("SELL", limit("95")), True),
    ("a sell below a buy", ("BUY", limit("95")), ("SELL", limit("94")), True),
    ("a sell above a buy", ("BUY", limit("95")), ("SELL", limit("95.01")), False),
    (
        "a stop buy beside a sell",
        ("SELL", limit("110")),
        ("BUY", {"type": "STOP", "stopPrice": "120"}),
        False,
    ),
    ("a stop sell beside a buy", ("BUY", limit("95")), ("SELL", {"type": "STOP", "stopPrice": "90"}), False),
    ("a buy beside a stop sell", ("SELL", {"type": "STOP", "stopPrice": "90"}), ("BUY", limit("99")), False),
    (
        "a sell beside a stop buy",
        ("BUY", {"type": "STOP", "stopPrice": "105"}),
        ("SELL", limit("104")),
        False,
    ),
    ("the same side", ("BUY", limit("95")), ("BUY", limit("95")), False),
]


@pytest.mark.parametrize(
    ("first", "second", "is_wash"), [wash[1:] for wash in WASHES], ids=[wash[0] for wash in WASHES]
)
def test_an_order_may_not_cross_ones_own(
    always: Workspace, first: tuple[str, Json], second: tuple[str, Json], is_wash: bool
) -> None:
    desk = open_desk(always)
    desk.trade("BUY", "AAA", "10")
    working = desk.order(first[0], "AAA", "1", **first[1])
    assert working["status"] == "NEW"
    if is_wash:
        refuse(desk, lambda: desk.place(second[0], "AAA", "1", **second[1]), "WASH_TRADE", kept=True)
        desk.cancel(working)
    assert desk.place(second[0], "AAA", "1", **second[1])["__typename"] == "OrderPlaced"


def test_orders_of_another_portfolio_and_of_another_symbol_are_no_wash(always: Workspace) -> None:
    desk = open_desk(always)
    desk.trade("BUY", "AAA", "10")
    desk.limit("SELL", "AAA", "1", "110")
    desk.quote("BBB", "99", "100", "100")
    other = open_desk(always, name="Other")
    other.limit("BUY", "AAA", "1", "110")
    desk.limit("BUY", "BBB", "1", "110")


def open_in(workspace: Workspace, state: str) -> Desk:
    """Sit down in a portfolio of this state that holds 10 AAA; it has a stop buy that waits."""
    desk = open_desk(workspace, **SHORTS)
    desk.trade("BUY", "AAA", "10")
    desk.stop("BUY", "AAA", "1", "130")
    desk.update(state=state)
    return desk


@pytest.mark.parametrize("state", ["HALTED", "REDUCING"])
def test_a_portfolio_that_is_halted_or_reducing_takes_no_order_that_opens(
    always: Workspace, state: str
) -> None:
    desk, code = open_in(always, state), REFUSED_BY_STATE[state]
    for side, quantity in (("BUY", "1"), ("SELL", "11")):
        for asked in (MARKET, limit("100"), {"type": "STOP", "stopPrice": "120" if side == "BUY" else "80"}):
            refuse(
                desk,
                partial(desk.place, side, "AAA", quantity, **asked),
                code,
                kept=True,
            )
        trade = {"side": side, "symbol": "AAA", "quantity": quantity}
        refuse(desk, partial(desk.execute, trade), code, kept=True)
    refuse(desk, lambda: desk.place("BUY", "AAA", **MARKET, notional="50"), code, kept=True)


def test_a_halted_portfolio_takes_no_sell_and_no_replacement_but_cancels(always: Workspace) -> None:
    desk = open_in(always, "HALTED")
    refuse(desk, lambda: desk.place("SELL", "AAA", "1", **MARKET), "PORTFOLIO_HALTED", kept=True)
    (resting,) = (edge["node"] for edge in desk.books()["orders"]["edges"] if edge["node"]["status"] == "NEW")
    refuse(desk, lambda: desk.replace(resting, quantity="0.5"), "PORTFOLIO_HALTED")
    assert desk.cancel(resting)["order"]["status"] == "CANCELED"
    assert spending(desk)[1] == "0"
    desk.update(state="ACTIVE")
    desk.market("SELL", "AAA", "1")


def test_a_reducing_portfolio_closes_a_long(always: Workspace) -> None:
    desk = open_in(always, "REDUCING")
    refuse(desk, lambda: desk.place("SELL", "AAA", "10.000000001", **MARKET), "PORTFOLIO_REDUCING", kept=True)
    desk.market("SELL", "AAA", "4")
    refuse(desk, lambda: desk.place("SELL", "AAA", "7", **limit("110")), "PORTFOLIO_REDUCING", kept=True)
    desk.trade("SELL", "AAA", "6")
    assert held(desk) == "0"
    refuse(desk, lambda: desk.place("SELL", "AAA", "1", **MARKET), "PORTFOLIO_REDUCING", kept=True)


def test_a_reducing_portfolio_closes_a_short(always: Workspace) -> None:
    desk = open_desk(always, **SHORTS)
    desk.trade("SELL", "AAA", "10")
    desk.update(state="REDUCING")
    refuse(desk, lambda: desk.place("BUY", "AAA", "11", **MARKET), "PORTFOLIO_REDUCING", kept=True)
    refuse(desk, lambda: desk.place("SELL", "AAA", "1", **MARKET), "PORTFOLIO_REDUCING", kept=True)
    desk.limit("BUY", "AAA", "10", "90")
    desk.trade("BUY", "AAA", "10")


def test_an_archived_portfolio_takes_no_order(always: Workspace) -> None:
    desk = open_desk(always)
    desk.trade("BUY", "AAA", "10")
    desk.update(archived=True)
    for side in ("BUY", "SELL"):
        before = desk.balances()
        for answer in (
            desk.place(side, "AAA", "1", **MARKET),
            desk.place(side, "AAA", "1", **limit("100")),
            desk.execute({"side": side, "symbol": "AAA", "quantity": "1"}),
        ):
            assert answer["__typename"] == "OrderRejected"
        assert desk.balances() == before
    desk.update(archived=False)
    desk.trade("SELL", "AAA", "10")
