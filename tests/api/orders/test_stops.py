"""Stops: what triggers them, that a gap hurts, and what a stop limit does after its trigger."""

import pytest

from tests.api.desk import Desk, nodes, outcome


@pytest.mark.parametrize(
    ("side", "stop", "quote", "price"),
    [
        ("BUY", "155", ("154.9", "155.1", "155"), "155.1"),
        ("BUY", "155", ("160.9", "161.1", "161"), "161.1"),
        ("SELL", "145", ("144.9", "145.1", "145"), "144.9"),
        ("SELL", "145", ("139.9", "140.1", "140"), "139.9"),
    ],
)
def test_a_stop_triggers_on_last_and_fills_like_a_market_order_on_the_same_quote(
    desk: Desk, side: str, stop: str, quote: tuple[str, str, str], price: str
) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.stop(side, "AAPL", "4", stop, timeInForce="GTC")
    assert (outcome(order), order["triggeredAt"]) == (("NEW", "0", None), None)
    (trade,) = desk.quote("AAPL", *quote, at="2026-03-10T17:00:00Z")
    assert (trade["order"], trade["price"]) == ({"id": order["id"]}, price)
    order = desk.now(order)
    assert outcome(order) == ("FILLED", "4", price)
    assert order["triggeredAt"] == "2026-03-10T17:00:00.000000Z"


@pytest.mark.parametrize(
    ("side", "stop", "quote"),
    [
        ("BUY", "155", ("154", "156", "154.99")),
        ("BUY", "155", ("156", "157", None)),
        ("SELL", "145", ("144", "146", "145.01")),
        ("SELL", "145", ("143", "144", None)),
    ],
)
def test_a_stop_waits_for_last_whatever_bid_and_ask_are(
    desk: Desk, side: str, stop: str, quote: tuple[str, str, str | None]
) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.stop(side, "AAPL", "4", stop)
    assert desk.quote("AAPL", *quote) == []
    assert desk.now(order) == order


def test_a_stop_triggers_at_the_markets_time_also_on_an_older_quote(desk: Desk) -> None:
    order = desk.stop("BUY", "AAPL", "4", "155")
    (trade,) = desk.quote(
        "AAPL", "154.9", "155", "155", at="2026-03-10T17:00:00Z", quoted_at="2026-03-10T16:59:30Z"
    )
    assert desk.now(order)["triggeredAt"] == trade["executedAt"] == "2026-03-10T17:00:00.000000Z"


def test_a_triggered_stop_fills_at_last_where_its_side_is_missing(desk: Desk) -> None:
    order = desk.stop("BUY", "AAPL", "4", "155")
    desk.quote("AAPL", "155", None, "156")
    assert outcome(desk.now(order)) == ("FILLED", "4", "156")


def test_a_stop_that_last_is_past_already_triggers_on_arrival(desk: Desk) -> None:
    order = desk.stop("BUY", "AAPL", "4", "150")
    assert (outcome(order), order["triggeredAt"]) == (
        ("FILLED", "4", "150.02"),
        "2026-03-10T16:00:00.000000Z",
    )


@pytest.mark.parametrize(
    ("bid", "ask", "quoted_at"), [("156", "155.9", None), ("155.9", "156", "2026-03-10T15:00:00Z")]
)
def test_a_stop_does_not_fill_on_a_crossed_or_stale_quote(
    desk: Desk, bid: str, ask: str, quoted_at: str | None
) -> None:
    order = desk.stop("BUY", "AAPL", "4", "155")
    assert desk.quote("AAPL", bid, ask, "156", quoted_at=quoted_at) == []
    assert outcome(desk.now(order)) == ("NEW", "0", None)
    desk.quote("AAPL", "156.9", "157", "157")
    assert outcome(desk.now(order)) == ("FILLED", "4", "157")


def test_a_waiting_stop_buy_reserves_a_twentieth_more_than_its_stop(desk: Desk) -> None:
    desk.stop("BUY", "AAPL", "4", "155")
    assert desk.books()["reserved"] == "651"  # 4 x 155 x 1.05


@pytest.mark.parametrize(
    ("side", "stop", "limit", "quote", "price"),
    [
        ("BUY", "155", "156", ("154.9", "155.1", "155"), "155.1"),
        ("BUY", "155", "156", ("155.9", "156", "156"), "156"),
        ("SELL", "145", "144", ("144.5", "144.7", "144.6"), "144.5"),
        ("SELL", "145", "144", ("144", "144.2", "144.1"), "144"),
    ],
)
def test_a_triggered_stop_limit_fills_like_a_limit_on_arrival(
    desk: Desk, side: str, stop: str, limit: str, quote: tuple[str, str, str], price: str
) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.order(side, "AAPL", "4", type="STOP_LIMIT", stopPrice=stop, limitPrice=limit)
    assert (outcome(order), order["triggeredAt"]) == (("NEW", "0", None), None)
    desk.quote("AAPL", *quote)
    assert outcome(desk.now(order)) == ("FILLED", "4", price)


@pytest.mark.parametrize(
    ("side", "stop", "limit", "gap", "back"),
    [
        ("BUY", "155", "156", ("159", "160", "160"), ("150", "150.1", "150")),
        ("SELL", "145", "144", ("139.9", "140.1", "140"), ("150", "150.1", "150")),
    ],
)
def test_a_stop_limit_that_gapped_past_rests_triggered_and_fills_at_its_limit(
    desk: Desk, side: str, stop: str, limit: str, gap: tuple[str, str, str], back: tuple[str, str, str]
) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.order(side, "AAPL", "4", type="STOP_LIMIT", stopPrice=stop, limitPrice=limit)
    assert desk.quote("AAPL", *gap, at="2026-03-10T17:00:00Z") == []
    gapped = desk.now(order)
    assert (outcome(gapped), gapped["leavesQuantity"]) == (("NEW", "0", None), "4")
    assert gapped["triggeredAt"] == "2026-03-10T17:00:00.000000Z"
    desk.quote("AAPL", *back, at="2026-03-10T18:00:00Z")
    filled = desk.now(order)
    assert outcome(filled) == ("FILLED", "4", limit)
    assert filled["triggeredAt"] == gapped["triggeredAt"]


def test_a_triggered_stop_limit_never_untriggers(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.order("SELL", "AAPL", "4", type="STOP_LIMIT", stopPrice="145", limitPrice="144")
    desk.quote("AAPL", "139.9", "140.1", "140")
    desk.quote("AAPL", "143.9", "150", "149")
    waiting = desk.now(order)
    assert (waiting["status"], waiting["triggeredAt"]) == ("NEW", "2026-03-10T16:00:00.000000Z")
    desk.quote("AAPL", "144", "150", "149")
    assert outcome(desk.now(order)) == ("FILLED", "4", "144"), "it is a limit order, wherever last is"


def test_an_untriggered_stop_limit_is_no_limit_order(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.order("SELL", "AAPL", "4", type="STOP_LIMIT", stopPrice="145", limitPrice="144")
    assert desk.quote("AAPL", "149", "149.1", "149") == []
    assert desk.now(order) == order, "the bid is through its limit"


def test_a_session_that_opens_past_a_stop_fills_it_at_the_open(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.stop("SELL", "AAPL", "10", "145", timeInForce="GTC")
    desk.quote("AAPL", "119.9", "120.1", "120", at="2026-03-11T14:00:00Z")
    assert outcome(desk.now(order)) == ("FILLED", "10", "119.9")
    assert [trade["price"] for trade in nodes(desk.books(), "trades")] == ["119.9", "150.02"]


def test_a_stop_limit_that_rests_triggered_gets_the_better_price_of_the_next_sessions_first_quote(
    desk: Desk,
) -> None:
    order = desk.order(
        "BUY", "AAPL", "4", type="STOP_LIMIT", stopPrice="155", limitPrice="156", timeInForce="GTC"
    )
    assert desk.quote("AAPL", "159", "160", "160") == []
    desk.quote("AAPL", "149.9", "150.1", "150", at="2026-03-11T14:00:00Z")
    assert outcome(desk.now(order)) == ("FILLED", "4", "150.1")
