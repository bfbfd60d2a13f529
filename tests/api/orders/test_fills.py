"""Market and limit orders: what fills on arrival, what rests, and what a resting order fills at."""

import pytest

from tests.api.desk import NOON, Desk, nodes, outcome, quote_input

NEXT_DAY = "2026-03-11T00:00:05Z"


@pytest.mark.parametrize(
    ("side", "limit", "price"),
    [
        ("BUY", "150.02", "150.02"),
        ("BUY", "151", "150.02"),
        ("SELL", "149.98", "149.98"),
        ("SELL", "149", "149.98"),
    ],
)
def test_a_limit_that_the_far_side_is_at_or_through_fills_on_arrival_at_the_quote(
    desk: Desk, side: str, limit: str, price: str
) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.limit(side, "AAPL", "4", limit)
    assert outcome(order) == ("FILLED", "4", price)
    (trade,) = order["trades"]
    assert (trade["price"], trade["executedAt"]) == (price, "2026-03-10T16:00:00.000000Z")


@pytest.mark.parametrize(("side", "limit"), [("BUY", "150.01"), ("SELL", "149.99")])
def test_a_limit_inside_the_spread_rests(desk: Desk, side: str, limit: str) -> None:
    desk.trade("BUY", "AAPL", "10")
    before = desk.balances()
    order = desk.limit(side, "AAPL", "4", limit)
    assert outcome(order) == ("NEW", "0", None)
    assert (order["leavesQuantity"], order["reason"], order["trades"]) == ("4", None, [])
    after = desk.balances()
    assert (after["cash"], after["positions"], after["trades"]) == (
        before["cash"],
        before["positions"],
        before["trades"],
    )


@pytest.mark.parametrize(
    ("side", "limit", "bid", "ask"),
    [
        ("BUY", "149", "148.9", "149"),
        ("BUY", "149", "140", "140.1"),
        ("SELL", "151", "151", "151.1"),
        ("SELL", "151", "160", "160.1"),
    ],
)
def test_a_resting_limit_fills_at_its_limit_when_the_far_side_touches_it(
    desk: Desk, side: str, limit: str, bid: str, ask: str
) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.limit(side, "AAPL", "4", limit, timeInForce="GTC")
    (trade,) = desk.quote("AAPL", bid, ask, ask)
    assert (trade["order"], trade["price"], trade["quantity"]) == ({"id": order["id"]}, limit, "4")
    assert outcome(desk.now(order)) == ("FILLED", "4", limit)


@pytest.mark.parametrize(
    ("side", "limit", "bid", "ask", "last"),
    [
        ("BUY", "149", "148", "149.01", "148.5"),
        ("BUY", "149", "149", "150", "100"),
        ("SELL", "151", "150.99", "152", "151.5"),
        ("SELL", "151", "150", "151", "200"),
    ],
)
def test_a_resting_limit_waits_until_the_far_side_touches_whatever_the_rest_of_the_quote_is(
    desk: Desk, side: str, limit: str, bid: str, ask: str, last: str
) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.limit(side, "AAPL", "4", limit)
    assert desk.quote("AAPL", bid, ask, last) == []
    assert desk.now(order) == order


def test_a_quote_of_another_symbol_fills_nothing(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "149")
    assert desk.quote("MSFT", "10", "10.1", "10") == []
    assert desk.now(order) == order


def test_a_resting_buy_holds_its_limit_until_it_fills_and_a_resting_sell_holds_no_cash(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "10")
    desk.limit("BUY", "AAPL", "4", "149")
    assert desk.books()["reserved"] == "596"
    desk.limit("SELL", "AAPL", "4", "151")
    assert desk.books()["reserved"] == "596"
    desk.quote("AAPL", "148", "148.5", "148.2")
    books = desk.books()
    assert (books["reserved"], books["cash"]) == ("0", "97903.8")  # 100,000 - 1,500.2 - 596


def test_the_first_quote_of_a_session_fills_at_the_quote_where_that_is_better(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "10")
    buy = desk.limit("BUY", "AAPL", "4", "148", timeInForce="GTC")
    sell = desk.limit("SELL", "AAPL", "4", "152", timeInForce="GTC")
    desk.quote("AAPL", "144.95", "145.05", "145", at=NEXT_DAY)
    assert outcome(desk.now(buy)) == ("FILLED", "4", "145.05")
    assert desk.now(sell) == sell
    desk.quote("AAPL", "160", "160.1", "160", at="2026-03-12T00:00:00Z")
    assert outcome(desk.now(sell)) == ("FILLED", "4", "160")


def test_the_second_quote_of_a_session_fills_at_the_limit_again(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "148", timeInForce="GTC")
    assert desk.quote("AAPL", "148.5", "149", "149", at=NEXT_DAY) == []
    desk.quote("AAPL", "144.95", "145.05", "145")
    assert outcome(desk.now(order)) == ("FILLED", "4", "148")


def test_the_first_quote_of_a_session_is_per_symbol(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "148", timeInForce="GTC")
    desk.quote("MSFT", "299", "301", "300", at=NEXT_DAY)
    desk.quote("AAPL", "144.95", "145.05", "145", at="2026-03-11T14:00:00Z")
    assert outcome(desk.now(order)) == ("FILLED", "4", "145.05")


def test_moving_the_clock_into_a_session_is_not_its_first_quote(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "148", timeInForce="GTC")
    desk.clock(NEXT_DAY)
    desk.quote("AAPL", "144.95", "145.05", "145")
    assert outcome(desk.now(order)) == ("FILLED", "4", "145.05")


def test_a_trade_of_a_resting_order_keeps_the_quote_that_filled_it(desk: Desk) -> None:
    desk.limit("BUY", "AAPL", "4", "149")
    answer = desk.publish(
        [
            quote_input(
                "AAPL",
                "148",
                "148.5",
                "148.25",
                bid_size="300",
                ask_size="0.5",
                quoted_at="2026-03-10T16:00:47.5Z",
            )
        ],
        at="2026-03-10T16:01:00Z",
    )
    (trade,) = answer["trades"]
    assert trade["executedAt"] == "2026-03-10T16:01:00.000000Z"
    assert trade["quote"] == {
        "symbol": "AAPL",
        "bid": "148",
        "ask": "148.5",
        "last": "148.25",
        "bidSize": "300",
        "askSize": "0.5",
        "at": "2026-03-10T16:00:47.500000Z",
        "ageSeconds": "12.5",
        "source": answer["market"]["source"],
        "stale": False,
    }
    desk.quote("AAPL", "1", "2", "1.5", at="2026-03-10T17:00:00Z")
    assert nodes(desk.books(), "trades") == [trade], "later quotes change nothing of it"


@pytest.mark.parametrize(
    ("bid", "ask", "price"), [("149", None, "150"), (None, None, "150"), ("149", "151", "151")]
)
def test_a_market_buy_fills_at_the_ask_or_else_at_last(
    desk: Desk, bid: str | None, ask: str | None, price: str
) -> None:
    desk.quote("AAPL", bid, ask, "150")
    assert outcome(desk.market("BUY", "AAPL", "4")) == ("FILLED", "4", price)


@pytest.mark.parametrize(
    ("bid", "ask", "price"), [(None, "151", "150"), (None, None, "150"), ("149", "151", "149")]
)
def test_a_market_sell_fills_at_the_bid_or_else_at_last(
    desk: Desk, bid: str | None, ask: str | None, price: str
) -> None:
    desk.trade("BUY", "AAPL", "10")
    desk.quote("AAPL", bid, ask, "150")
    assert outcome(desk.market("SELL", "AAPL", "4")) == ("FILLED", "4", price)


@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "150.02"}])
def test_an_order_on_a_crossed_quote_waits_for_a_right_one(desk: Desk, kind: dict[str, str]) -> None:
    desk.quote("AAPL", "150.03", "150.02", "150")
    order = desk.order("BUY", "AAPL", "4", **kind)
    assert outcome(order) == ("NEW", "0", None)
    assert order["reason"] == "CROSSED_QUOTE"
    assert order["message"]
    desk.quote("AAPL", "150.01", "150.02", "150")
    order = desk.now(order)
    assert outcome(order) == ("FILLED", "4", "150.02")
    assert (order["reason"], order["message"]) == (None, None)


def test_a_resting_limit_does_not_fill_on_a_crossed_quote(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "149")
    assert desk.quote("AAPL", "148.5", "148", "148") == []
    assert outcome(desk.now(order)) == ("NEW", "0", None)
    desk.quote("AAPL", "148", "148", "148")
    assert outcome(desk.now(order)) == ("FILLED", "4", "149"), "a bid that is the ask is not crossed"


@pytest.mark.parametrize("time_in_force", ["IOC", "FOK"])
@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "160"}])
def test_an_order_for_now_is_canceled_on_a_crossed_quote(
    desk: Desk, kind: dict[str, str], time_in_force: str
) -> None:
    desk.quote("AAPL", "150.03", "150.02", "150")
    before = desk.balances()
    order = desk.order("BUY", "AAPL", "4", timeInForce=time_in_force, **kind)
    assert (outcome(order), order["reason"]) == (("CANCELED", "0", None), "CROSSED_QUOTE")
    assert desk.balances() == before


@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "150.02"}])
def test_an_order_on_a_stale_quote_waits_for_a_fresh_one(desk: Desk, kind: dict[str, str]) -> None:
    desk.clock("2026-03-10T16:01:00.000001Z")
    order = desk.order("BUY", "AAPL", "4", **kind)
    assert outcome(order) == ("NEW", "0", None)
    assert order["reason"] == "STALE_QUOTE"
    assert order["message"]
    assert desk.quote("AAPL", "149", "150.02", "150", quoted_at=NOON) == [], "still stale"
    assert desk.now(order)["reason"] == "STALE_QUOTE"
    desk.quote("AAPL", "149", "150.02", "150")
    order = desk.now(order)
    assert outcome(order) == ("FILLED", "4", "150.02")
    assert (order["reason"], order["message"]) == (None, None)


def test_a_quote_fills_until_it_is_older_than_a_minute(desk: Desk) -> None:
    desk.clock("2026-03-10T16:01:00Z")
    order = desk.market("BUY", "AAPL", "4")
    assert (outcome(order), order["trades"][0]["quote"]["ageSeconds"]) == (("FILLED", "4", "150.02"), "60")


def test_a_resting_limit_does_not_fill_on_a_stale_quote(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "149")
    old = "2026-03-10T16:04:00Z"
    assert desk.quote("AAPL", "148", "148.5", "148", at="2026-03-10T16:05:00.000001Z", quoted_at=old) == []
    assert outcome(desk.now(order)) == ("NEW", "0", None)
    desk.quote("AAPL", "148", "148.5", "148", at="2026-03-10T16:06:00Z", quoted_at="2026-03-10T16:05:00Z")
    assert outcome(desk.now(order)) == ("FILLED", "4", "149")


@pytest.mark.parametrize("time_in_force", ["IOC", "FOK"])
@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "160"}])
def test_an_order_for_now_is_canceled_on_a_stale_quote(
    desk: Desk, kind: dict[str, str], time_in_force: str
) -> None:
    desk.clock("2026-03-10T17:00:00Z")
    before = desk.balances()
    order = desk.order("BUY", "AAPL", "4", timeInForce=time_in_force, **kind)
    assert (outcome(order), order["reason"]) == (("CANCELED", "0", None), "STALE_QUOTE")
    assert desk.balances() == before


@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "160"}])
def test_a_symbol_that_was_never_quoted_is_refused(desk: Desk, kind: dict[str, str]) -> None:
    before = desk.balances()
    answer = desk.place("BUY", "MSFT", "4", **kind)
    assert (answer["__typename"], answer["code"], answer["field"]) == ("OrderRejected", "NO_QUOTE", "symbol")
    assert (answer["rejectedOrder"]["status"], answer["rejectedOrder"]["reason"]) == ("REJECTED", "NO_QUOTE")
    assert desk.balances() == before


def test_of_several_resting_orders_stops_fill_first_then_the_best_price_then_the_oldest(desk: Desk) -> None:
    low = desk.limit("BUY", "AAPL", "1", "148")
    first = desk.limit("BUY", "AAPL", "2", "149")
    second = desk.limit("BUY", "AAPL", "3", "149")
    high = desk.limit("BUY", "AAPL", "4", "149.5")
    stop = desk.stop("BUY", "AAPL", "5", "155")
    trades = desk.quote("AAPL", "147", "147.5", "156")
    in_order = [stop, high, first, second, low]
    assert sorted(trade["order"]["id"] for trade in trades) == sorted(order["id"] for order in in_order)
    newest_first = [trade["order"]["id"] for trade in nodes(desk.books(), "trades")]
    assert newest_first[::-1] == [order["id"] for order in in_order]


def test_of_several_resting_sells_the_lowest_fills_first(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "10")
    high = desk.limit("SELL", "AAPL", "1", "152")
    low = desk.limit("SELL", "AAPL", "2", "151")
    desk.quote("AAPL", "153", "153.1", "153")
    newest_first = [trade["order"]["id"] for trade in nodes(desk.books(), "trades")][:2]
    assert newest_first == [high["id"], low["id"]]


def test_a_notional_limit_buy_is_as_many_shares_as_it_pays_at_its_limit(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", None, "149", notional="500")
    assert (order["status"], order["quantity"]) == ("NEW", "3.355704697")  # 500 / 149 = 3.3557046979...
    desk.quote("AAPL", "148", "148.5", "148")
    assert outcome(desk.now(order)) == ("FILLED", "3.355704697", "149")
    assert desk.books()["cash"] == "99500"


def test_a_notional_limit_buy_on_arrival_converts_at_the_ask(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", None, "151", notional="500")
    assert outcome(order) == ("FILLED", "3.332888948", "150.02")
    assert desk.books()["cash"] == "99500"


def test_a_notional_limit_sell_is_as_many_shares_as_bring_it_at_its_limit(desk: Desk) -> None:
    desk.trade("BUY", "AAPL", "10")
    order = desk.limit("SELL", "AAPL", None, "151", notional="500")
    assert (order["status"], order["quantity"]) == ("NEW", "3.311258278")  # 500 / 151 = 3.3112582781...


def test_a_changed_limit_counts_as_on_arrival(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "149")
    answer = desk.replace(order, limitPrice="151")
    assert answer["__typename"] == "OrderReplaced"
    assert outcome(answer["order"]) == ("FILLED", "4", "150.02")
    assert answer["replaced"]["status"] == "REPLACED"


def test_a_canceled_order_meets_no_more_quotes(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "149")
    canceled = desk.cancel(order)["order"]
    assert outcome(canceled) == ("CANCELED", "0", None)
    assert desk.quote("AAPL", "148", "148.5", "148") == []
    books = desk.books()
    assert (books["cash"], books["reserved"], books["trades"]["edges"]) == ("100000", "0", [])
