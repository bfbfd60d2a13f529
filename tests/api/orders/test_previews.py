"""A preview says what placeOrder then does, of every kind of order, and saves nothing."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.api.desk import NOON, Desk
from tests.api.orders.setting import EARLY, SHORTS, open_desk
from tests.conftest import Json, Workspace

PREVIEW = """query ($input: PlaceOrderInput!) { previewOrder(input: $input) { __typename
  ... on OrderPreview {
    symbol side quantity price value fee cashAfter buyingPowerAfter positionAfter fillsNow
    quote { symbol bid ask last } market { source now isOpen }
  }
  ... on OrderRejected { code field message rejectedOrder { id } }
} }"""
EVENTS = "query ($id: ID!) { portfolio(id: $id) { events(first: 100) { edges { node { id } } } } }"


def preview(desk: Desk, asked: Json) -> Json:
    """Preview twice, be sure that both say the same and nothing was saved, and return the union's member."""
    before, events = desk.books(), desk.workspace.data(EVENTS, {"id": desk.id})
    first, second = (
        desk.workspace.data(PREVIEW, {"input": {"portfolioId": desk.id} | asked}) for _ in range(2)
    )
    assert first == second
    assert desk.books() == before
    assert desk.workspace.data(EVENTS, {"id": desk.id}) == events
    answer: Json = first
    return answer


def check_agreement(desk: Desk, asked: Json) -> tuple[Json, Json]:
    """Preview an order, place it, and be sure that what was said came true. Returns both answers."""
    said, before = preview(desk, asked), desk.books()
    done = desk.place(
        asked["side"], asked["symbol"], **{k: v for k, v in asked.items() if k not in {"side", "symbol"}}
    )
    if done["__typename"] == "OrderRejected":
        assert said["__typename"] == "OrderRejected", (said, done)
        assert (said["code"], said["field"], said["message"]) == (
            done["code"],
            done["field"],
            done["message"],
        )
        assert said["rejectedOrder"] is None
        return said, done
    assert said["__typename"] == "OrderPreview", (said, done)
    after, order = desk.books(), done["order"]
    positions = {position["symbol"]: position["quantity"] for position in after["positions"]}
    assert (said["cashAfter"], said["buyingPowerAfter"]) == (after["cash"], after["buyingPower"])
    assert said["positionAfter"] == positions.get(order["symbol"], "0")
    assert (said["symbol"], said["side"], said["quantity"]) == (
        order["symbol"],
        order["side"],
        order["quantity"],
    )
    if order["status"] == "FILLED":
        (trade,) = order["trades"]
        assert said["fillsNow"] is True
        assert (said["price"], said["value"], said["fee"]) == (trade["price"], trade["value"], trade["fee"])
        assert said["quote"]["ask"] == trade["quote"]["ask"]
    elif not order["trades"]:
        assert said["fillsNow"] is False
        assert said["cashAfter"] == before["cash"]
    return said, done


ORDERS: list[tuple[str, Json]] = [
    ("market", {"type": "MARKET", "quantity": "10"}),
    ("market at once", {"type": "MARKET", "quantity": "10", "timeInForce": "IOC"}),
    ("market by notional", {"type": "MARKET", "notional": "500"}),
    ("a fraction", {"type": "MARKET", "quantity": "0.333333333"}),
    ("limit that rests", {"type": "LIMIT", "quantity": "10", "limitPrice": "90"}),
    ("limit that fills", {"type": "LIMIT", "quantity": "10", "limitPrice": "101"}),
    ("limit by notional", {"type": "LIMIT", "notional": "500", "limitPrice": "90"}),
    ("limit at once or never", {"type": "LIMIT", "quantity": "10", "limitPrice": "90", "timeInForce": "FOK"}),
    ("limit until canceled", {"type": "LIMIT", "quantity": "10", "limitPrice": "90", "timeInForce": "GTC"}),
    ("stop that waits", {"type": "STOP", "quantity": "10", "stopPrice": "110"}),
    (
        "stop limit that waits",
        {"type": "STOP_LIMIT", "quantity": "10", "stopPrice": "110", "limitPrice": "112"},
    ),
]
FEES = {"fee": {"perShare": "0.01", "minimum": "1"}}


@pytest.mark.parametrize("rules", [{}, FEES, {"slippageBps": "10"}], ids=["free", "fees", "slippage"])
@pytest.mark.parametrize("asked", [case[1] for case in ORDERS], ids=[case[0] for case in ORDERS])
def test_a_buy_does_what_its_preview_said(always: Workspace, asked: Json, rules: Json) -> None:
    said, done = check_agreement(open_desk(always, rules=rules), {"side": "BUY", "symbol": "AAA"} | asked)
    assert (said["__typename"], done["__typename"]) == ("OrderPreview", "OrderPlaced")


SALES: list[tuple[str, Json]] = [
    ("all of it", {"type": "MARKET", "quantity": "20"}),
    ("a part of it", {"type": "MARKET", "quantity": "0.5"}),
    ("by notional", {"type": "MARKET", "notional": "500"}),
    ("limit that rests", {"type": "LIMIT", "quantity": "20", "limitPrice": "110"}),
    ("limit that fills", {"type": "LIMIT", "quantity": "20", "limitPrice": "90"}),
    ("stop that waits", {"type": "STOP", "quantity": "20", "stopPrice": "90"}),
    ("a flip", {"type": "MARKET", "quantity": "30"}),
    ("a flip that rests", {"type": "LIMIT", "quantity": "30", "limitPrice": "110"}),
    ("a flip at a stop", {"type": "STOP", "quantity": "30", "stopPrice": "90"}),
]


@pytest.mark.parametrize("asked", [case[1] for case in SALES], ids=[case[0] for case in SALES])
def test_a_sell_does_what_its_preview_said(always: Workspace, asked: Json) -> None:
    desk = open_desk(always, account="MARGIN", rules={"allowShort": True, **FEES})
    desk.trade("BUY", "AAA", "20")
    said, done = check_agreement(desk, {"side": "SELL", "symbol": "AAA"} | asked)
    assert (said["__typename"], done["__typename"]) == ("OrderPreview", "OrderPlaced")


REFUSED: list[tuple[str, Json, str]] = [
    ("too dear", {"type": "MARKET", "quantity": "1001"}, "INSUFFICIENT_BUYING_POWER"),
    (
        "a limit too dear",
        {"type": "LIMIT", "quantity": "1112", "limitPrice": "90"},
        "INSUFFICIENT_BUYING_POWER",
    ),
    ("not held", {"side": "SELL", "type": "MARKET", "quantity": "1"}, "INSUFFICIENT_POSITION"),
    ("no quantity", {"type": "MARKET"}, "QUANTITY_XOR_NOTIONAL"),
    ("no limit", {"type": "LIMIT", "quantity": "1"}, "MISSING_LIMIT_PRICE"),
    ("no stop", {"type": "STOP", "quantity": "1"}, "MISSING_STOP_PRICE"),
    ("an odd tick", {"type": "LIMIT", "quantity": "1", "limitPrice": "90.001"}, "INVALID_TICK"),
    ("too small", {"type": "MARKET", "notional": "0.5"}, "NOTIONAL_TOO_SMALL"),
    ("too old a price", {"type": "MARKET", "quantity": "1", "expectedPrice": "90"}, "PRICE_MOVED"),
    (
        "notional until canceled",
        {"type": "LIMIT", "notional": "5", "limitPrice": "9", "timeInForce": "GTC"},
        "TIME_IN_FORCE_NOT_ALLOWED",
    ),
]


@pytest.mark.parametrize(("asked", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_will_be_refused_is_refused_in_the_preview(always: Workspace, asked: Json, code: str) -> None:
    said, _ = check_agreement(open_desk(always), {"side": "BUY", "symbol": "AAA"} | asked)
    assert said["code"] == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "HALTED"}, "PORTFOLIO_HALTED"),
        ({"state": "REDUCING"}, "PORTFOLIO_REDUCING"),
        ({"rules": {"maxOrderNotional": "50"}}, "ORDER_LIMIT"),
        ({"rules": {"maxPositionPercent": "0.01"}}, "POSITION_LIMIT"),
        ({"rules": {"restrictedSymbols": ["AAA"]}}, "RESTRICTED_SYMBOL"),
    ],
)
def test_a_preview_knows_the_portfolio_s_rules(always: Workspace, change: Json, code: str) -> None:
    desk = open_desk(always)
    desk.update(**change)
    said, _ = check_agreement(desk, {"side": "BUY", "symbol": "AAA", "type": "MARKET", "quantity": "1"})
    assert said["code"] == code


def test_a_preview_knows_the_other_orders(always: Workspace) -> None:
    desk = open_desk(always, "1000")
    desk.trade("BUY", "AAA", "2")
    desk.limit("SELL", "AAA", "1", "110")
    desk.limit("BUY", "AAA", "5", "90")
    for side, more, code in (
        ("BUY", {"quantity": "3.9", "limitPrice": "90"}, "INSUFFICIENT_BUYING_POWER"),
        ("SELL", {"quantity": "1.1", "limitPrice": "120"}, "INSUFFICIENT_POSITION"),
        ("BUY", {"quantity": "1", "limitPrice": "110"}, "WASH_TRADE"),
    ):
        said, _ = check_agreement(desk, {"side": side, "symbol": "AAA", "type": "LIMIT"} | more)
        assert said["code"] == code
    check_agreement(
        desk, {"side": "BUY", "symbol": "AAA", "type": "LIMIT", "quantity": "3", "limitPrice": "90"}
    )
    check_agreement(
        desk, {"side": "SELL", "symbol": "AAA", "type": "LIMIT", "quantity": "1", "limitPrice": "120"}
    )


@pytest.mark.parametrize(
    "prices", [("101", "100", "100"), ("99", "100", "120"), ("99", None, "100"), (None, None, "100")]
)
@pytest.mark.parametrize("asked", [case[1] for case in ORDERS], ids=[case[0] for case in ORDERS])
def test_whatever_the_quote_a_preview_agrees(
    always: Workspace, asked: Json, prices: tuple[str | None, ...]
) -> None:
    desk = open_desk(always, **SHORTS)
    desk.quote("AAA", *prices)
    for side in ("BUY", "SELL"):
        check_agreement(desk, {"side": side, "symbol": "AAA"} | asked)


def test_a_stale_quote_fills_nothing_in_a_preview(always: Workspace) -> None:
    desk = open_desk(always)
    desk.quote("AAA", "99", "100", "100", quoted_at="2026-03-10T15:58:59Z")
    said, done = check_agreement(desk, {"side": "BUY", "symbol": "AAA", "type": "MARKET", "quantity": "10"})
    assert (said["fillsNow"], done["order"]["status"], said["buyingPowerAfter"]) == (False, "NEW", "98950")


@pytest.mark.parametrize("asked", [case[1] for case in ORDERS], ids=[case[0] for case in ORDERS])
@pytest.mark.parametrize("at", [EARLY, NOON])
def test_a_preview_knows_whether_the_market_is_open(xnys: Workspace, asked: Json, at: str) -> None:
    desk = open_desk(xnys, at=at)
    said, _ = check_agreement(desk, {"side": "BUY", "symbol": "AAA"} | asked)
    if said["__typename"] == "OrderPreview":
        assert said["market"]["isOpen"] is (at == NOON)
        assert said["fillsNow"] <= (at == NOON)


@pytest.mark.parametrize("time_in_force", ["OPG", "CLS"])
@pytest.mark.parametrize("at", [EARLY, NOON])
@pytest.mark.parametrize("type", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "99"}])
def test_a_preview_knows_the_windows_of_the_open_and_the_close(
    xnys: Workspace, type: Json, at: str, time_in_force: str
) -> None:
    asked = {"side": "BUY", "symbol": "AAA", "quantity": "1", "timeInForce": time_in_force} | type
    said, _ = check_agreement(open_desk(xnys, at=at), asked)
    if said["__typename"] == "OrderPreview":
        assert said["fillsNow"] is False


@pytest.mark.parametrize("side", ["BUY", "SELL"])
@pytest.mark.parametrize("asked", [ORDERS[0][1], ORDERS[5][1], ORDERS[1][1], ORDERS[7][1]])
def test_a_preview_knows_the_size_displayed(always: Workspace, side: str, asked: Json) -> None:
    desk = open_desk(always, account="MARGIN", rules={"allowShort": True, "liquidity": "SIZE", **FEES})
    desk.quote("AAA", "99.98", "100", "100", bid_size="4", ask_size="4")
    said, done = check_agreement(desk, {"side": side, "symbol": "AAA"} | asked)
    assert said["positionAfter"].lstrip("-") == done["order"]["filledQuantity"]


PRICES = st.sampled_from(["80", "95", "99.98", "100", "100.5", "104", "120"])


@st.composite
def requests(draw: st.DrawFn) -> Json:
    """Any order of the right shape."""
    type = draw(st.sampled_from(["MARKET", "LIMIT", "STOP", "STOP_LIMIT"]))
    asked: Json = {
        "symbol": "AAA",
        "side": draw(st.sampled_from(["BUY", "SELL"])),
        "type": type,
        "timeInForce": draw(st.sampled_from(["DAY", "DAY", "GTC", "IOC", "FOK"])),
    }
    if "LIMIT" in type:
        asked["limitPrice"] = draw(PRICES)
    if "STOP" in type:
        asked["stopPrice"] = draw(PRICES)
    if draw(st.integers(0, 4)) or "STOP" in type or asked["timeInForce"] != "DAY":
        asked["quantity"] = draw(st.sampled_from(["0.5", "1", "5", "7", "12", "19", "25", "1000"]))
    else:
        asked["notional"] = draw(st.sampled_from(["1", "33.33", "500", "1500"]))
    return asked


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=requests(),
    second=requests(),
    holding=st.sampled_from([None, ("BUY", "10"), ("SELL", "10"), ("BUY", "2.5")]),
    account=st.sampled_from(["CASH", "MARGIN"]),
    slippage=st.sampled_from(["0", "0", "10"]),
    fee=st.sampled_from([{}, {"flat": "1.5"}, {"bps": "7", "minimum": "0.5"}]),
    liquidity=st.sampled_from(["FULL", "FULL", "SIZE"]),
)
def test_whatever_is_placed_is_what_was_previewed(
    always: Workspace, first: Json, second: Json, holding: tuple[str, str] | None, account: str, **rules: Any
) -> None:
    assume(account == "MARGIN" or holding is None or holding[0] == "BUY")
    desk = open_desk(
        always,
        "2000",
        name=uuid4().hex,
        account=account,
        rules={
            "allowShort": account == "MARGIN",
            "slippageBps": rules["slippage"],
            "fee": rules["fee"],
            "liquidity": rules["liquidity"],
        },
    )
    desk.quote("AAA", "99.98", "100", "100", bid_size="15", ask_size="15")
    if holding:
        desk.trade(holding[0], "AAA", holding[1])
    for asked in (first, second):
        check_agreement(desk, asked)
