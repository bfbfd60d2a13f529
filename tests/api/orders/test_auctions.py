"""OPG and CLS: when they are taken, and that they fill on the first quote and on the official close alone."""

import pytest

from tests.api.desk import Desk, nodes, outcome, quote_input
from tests.conftest import Workspace

MONDAYS_CLOSE = "2026-03-09T20:00:00Z"
MONDAY_EVENING = "2026-03-09T23:30:00Z"
TUESDAYS_OPEN = "2026-03-10T13:30:00Z"
TUESDAYS_CLOSE = "2026-03-10T20:00:00Z"

TAKEN = [
    ("OPG", "2026-03-10T04:00:00Z"),  # midnight in New York
    ("OPG", "2026-03-10T13:27:59Z"),
    ("OPG", "2026-03-10T13:28:00Z"),  # 9:28 in summer
    ("OPG", "2026-03-10T23:00:00Z"),  # 19:00
    ("OPG", "2026-01-13T14:28:00Z"),  # 9:28 in winter
    ("OPG", "2026-01-14T00:00:00Z"),
    ("CLS", "2026-03-10T12:00:00Z"),  # before the open
    ("CLS", "2026-03-10T15:00:00Z"),
    ("CLS", "2026-03-10T19:50:00Z"),  # 10 minutes before the close
    ("CLS", "2026-03-10T23:00:00Z"),
    ("CLS", "2026-11-27T17:50:00Z"),  # 10 minutes before an early close
    ("CLS", "2026-11-28T00:00:00Z"),
]
REFUSED = [
    ("OPG", "2026-03-10T13:28:01Z"),
    ("OPG", "2026-03-10T13:30:00Z"),
    ("OPG", "2026-03-10T15:00:00Z"),
    ("OPG", "2026-03-10T22:59:59Z"),
    ("OPG", "2026-01-13T14:28:01Z"),
    ("OPG", "2026-01-13T23:59:59Z"),
    ("CLS", "2026-03-10T19:50:01Z"),
    ("CLS", "2026-03-10T20:00:00Z"),
    ("CLS", "2026-03-10T22:59:59Z"),
    ("CLS", "2026-11-27T17:50:01Z"),
    ("CLS", "2026-11-27T23:59:59Z"),
]
KINDS = [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "149"}]


@pytest.fixture
def evening(monday: Desk) -> Desk:
    """The desk on Monday evening, after 19:00 in New York."""
    monday.quote("AAPL", "149.98", "150.02", "150", at=MONDAY_EVENING)
    return monday


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("time_in_force", "at"), TAKEN)
def test_an_auction_order_is_queued_within_its_window(
    xnys: Workspace, time_in_force: str, at: str, kind: dict[str, str]
) -> None:
    desk = Desk.open(xnys)
    desk.quote("AAPL", "149.98", "150.02", "150", at=at)
    order = desk.order("BUY", "AAPL", "10", timeInForce=time_in_force, **kind)
    assert (outcome(order), order["leavesQuantity"]) == (("ACCEPTED", "0", None), "10")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("time_in_force", "at"), REFUSED)
def test_an_auction_order_is_refused_outside_its_window(
    xnys: Workspace, time_in_force: str, at: str, kind: dict[str, str]
) -> None:
    desk = Desk.open(xnys)
    desk.quote("AAPL", "149.98", "150.02", "150", at=at)
    before = desk.balances()
    answer = desk.place("BUY", "AAPL", "10", timeInForce=time_in_force, **kind)
    assert (answer["__typename"], answer["code"]) == ("OrderRejected", "SESSION_WINDOW_CLOSED")
    assert answer["field"] == "timeInForce"
    assert answer["rejectedOrder"]["status"] == "REJECTED"
    assert desk.balances() == before


@pytest.mark.parametrize(
    "kind",
    [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "145.05"}, {"type": "LIMIT", "limitPrice": "200"}],
)
def test_an_opening_order_fills_on_the_first_quote_of_the_session_at_the_quote(
    evening: Desk, kind: dict[str, str]
) -> None:
    order = evening.order("BUY", "AAPL", "10", timeInForce="OPG", **kind)
    evening.quote("MSFT", "299", "300", "300", at=TUESDAYS_OPEN)
    assert evening.now(order)["trades"] == []
    (trade,) = evening.quote("AAPL", "144.95", "145.05", "145", at="2026-03-10T13:30:05Z")
    assert (trade["price"], trade["executedAt"]) == ("145.05", "2026-03-10T13:30:05.000000Z")
    assert outcome(evening.now(order)) == ("FILLED", "10", "145.05")


def test_an_opening_order_that_the_first_quote_does_not_fill_never_fills(evening: Desk) -> None:
    order = evening.limit("BUY", "AAPL", "10", "149", timeInForce="OPG")
    assert evening.quote("AAPL", "149.9", "150", "150", at=TUESDAYS_OPEN) == []
    assert evening.quote("AAPL", "147.9", "148", "148", at="2026-03-10T13:31:00Z") == []
    evening.clock(TUESDAYS_CLOSE)
    assert outcome(evening.now(order)) == ("EXPIRED", "0", None)
    assert evening.books()["reserved"] == "0"


def test_an_opening_order_keeps_what_the_first_quote_displayed(xnys: Workspace) -> None:
    desk = Desk.open(xnys, rules={"liquidity": "SIZE"})
    desk.quote("AAPL", "149.98", "150.02", "150", at=MONDAY_EVENING)
    order = desk.market("BUY", "AAPL", "10", timeInForce="OPG")
    desk.quote("AAPL", "99.9", "100", "100", ask_size="4", at=TUESDAYS_OPEN)
    assert desk.quote("AAPL", "99.9", "100", "100", ask_size="40", at="2026-03-10T13:31:00Z") == []
    desk.clock(TUESDAYS_CLOSE)
    assert outcome(desk.now(order)) == ("EXPIRED", "4", "100")


def test_an_opening_order_without_a_quote_in_its_session_expires(evening: Desk) -> None:
    order = evening.market("BUY", "AAPL", "10", timeInForce="OPG")
    evening.clock(TUESDAYS_CLOSE)
    assert outcome(evening.now(order)) == ("EXPIRED", "0", None)


def test_an_opening_order_skips_a_holiday(xnys: Workspace) -> None:
    desk = Desk.open(xnys)
    desk.quote("AAPL", "149.98", "150.02", "150", at="2026-04-02T23:30:00Z")
    order = desk.market("BUY", "AAPL", "10", timeInForce="OPG")
    assert desk.quote("AAPL", "140", "140.1", "140", at="2026-04-03T13:30:00Z") == [], "Good Friday"
    assert desk.now(order)["status"] == "ACCEPTED"
    desk.quote("AAPL", "145", "145.1", "145", at="2026-04-06T13:30:00Z")
    assert outcome(desk.now(order)) == ("FILLED", "10", "145.1")


@pytest.mark.parametrize(
    ("side", "kind"),
    [
        ("BUY", {"type": "MARKET"}),
        ("BUY", {"type": "LIMIT", "limitPrice": "151"}),
        ("BUY", {"type": "LIMIT", "limitPrice": "160"}),
        ("SELL", {"type": "MARKET"}),
        ("SELL", {"type": "LIMIT", "limitPrice": "151"}),
        ("SELL", {"type": "LIMIT", "limitPrice": "140"}),
    ],
)
def test_a_closing_order_fills_at_the_official_close_and_nowhere_else(
    monday: Desk, side: str, kind: dict[str, str]
) -> None:
    monday.trade("BUY", "AAPL", "10")
    order = monday.order(side, "AAPL", "4", timeInForce="CLS", **kind)
    assert order["status"] == "ACCEPTED"
    assert monday.quote("AAPL", "149.98", "150.02", "150", at="2026-03-09T19:59:00Z") == []
    assert monday.quote("AAPL", "155", "155.1", "155") == []
    assert monday.quote("AAPL", "130", "130.1", "130") == []
    (trade,) = monday.close(MONDAYS_CLOSE, {"AAPL": "151"})
    assert (trade["price"], trade["executedAt"]) == ("151", "2026-03-09T20:00:00.000000Z")
    assert trade["quote"]["last"] == "151"
    assert outcome(monday.now(order)) == ("FILLED", "4", "151")


@pytest.mark.parametrize(("side", "limit"), [("BUY", "150.99"), ("SELL", "151.01")])
def test_a_closing_limit_that_the_official_close_does_not_reach_expires(
    monday: Desk, side: str, limit: str
) -> None:
    monday.trade("BUY", "AAPL", "10")
    order = monday.limit(side, "AAPL", "4", limit, timeInForce="CLS")
    assert monday.close(MONDAYS_CLOSE, {"AAPL": "151"}) == []
    assert outcome(monday.now(order)) == ("EXPIRED", "0", None)
    assert monday.books()["reserved"] == "0"


def test_a_closing_order_of_a_symbol_without_an_official_close_expires(monday: Desk) -> None:
    order = monday.market("BUY", "AAPL", "4", timeInForce="CLS")
    assert monday.close(MONDAYS_CLOSE, {"MSFT": "300"}) == []
    assert outcome(monday.now(order)) == ("EXPIRED", "0", None)


@pytest.mark.parametrize("at", [TUESDAYS_OPEN, "2026-03-12T15:00:00Z"])
def test_a_closing_order_whose_close_was_skipped_expires_unfilled(monday: Desk, at: str) -> None:
    order = monday.market("BUY", "AAPL", "4", timeInForce="CLS")
    assert monday.quote("AAPL", "140", "140.1", "140", at=at) == []
    assert outcome(monday.now(order)) == ("EXPIRED", "0", None)


def test_a_closing_order_of_the_evening_waits_for_the_next_sessions_close(evening: Desk) -> None:
    order = evening.market("BUY", "AAPL", "4", timeInForce="CLS")
    assert evening.quote("AAPL", "140", "140.1", "140", at=TUESDAYS_OPEN) == []
    evening.close(TUESDAYS_CLOSE, {"AAPL": "152"})
    assert outcome(evening.now(order)) == ("FILLED", "4", "152")


def test_an_early_close_is_a_close(xnys: Workspace) -> None:
    desk = Desk.open(xnys)
    desk.quote("AAPL", "149.98", "150.02", "150", at="2026-11-27T17:00:00Z")
    closing = desk.market("BUY", "AAPL", "4", timeInForce="CLS")
    day = desk.limit("BUY", "AAPL", "4", "149")
    desk.close("2026-11-27T18:00:00Z", {"AAPL": "151"})
    assert outcome(desk.now(closing)) == ("FILLED", "4", "151")
    assert outcome(desk.now(day)) == ("EXPIRED", "0", None)


def test_at_the_official_close_only_closing_orders_fill_and_the_days_expire(monday: Desk) -> None:
    closing = monday.limit("BUY", "AAPL", "1", "149", timeInForce="CLS")
    day = monday.limit("BUY", "AAPL", "2", "149")
    gtc = monday.limit("BUY", "AAPL", "4", "149", timeInForce="GTC")
    stop = monday.stop("BUY", "AAPL", "8", "155", timeInForce="GTC")
    (trade,) = monday.close(MONDAYS_CLOSE, {"AAPL": "140"})
    assert (trade["order"], trade["quantity"]) == ({"id": closing["id"]}, "1")
    assert outcome(monday.now(day)) == ("EXPIRED", "0", None)
    assert outcome(monday.now(gtc)) == ("NEW", "0", None)
    waiting = monday.now(stop)
    assert (outcome(waiting), waiting["triggeredAt"]) == (("NEW", "0", None), None)


def test_closing_orders_fill_before_the_days_expire(monday: Desk) -> None:
    orders = [
        monday.limit("BUY", "AAPL", "1", "149"),
        monday.limit("BUY", "AAPL", "2", "100", timeInForce="CLS"),
        monday.market("BUY", "AAPL", "4", timeInForce="CLS"),
    ]
    monday.close(MONDAYS_CLOSE, {"AAPL": "151"})
    document = """query ($id: ID!) { portfolio(id: $id) {
        events { edges { node { order { id status } } } } } }"""
    events = monday.workspace.data(document, {"id": monday.id})["events"]["edges"]
    last = [event["node"]["order"] for event in events if event["node"]["order"]][-3:]
    assert last[0] == {"id": orders[2]["id"], "status": "FILLED"}
    assert sorted(order["id"] for order in last[1:]) == sorted(order["id"] for order in orders[:2])
    assert {order["status"] for order in last[1:]} == {"EXPIRED"}


def test_of_an_official_close_only_last_counts(monday: Desk) -> None:
    closing = monday.market("BUY", "AAPL", "1", timeInForce="CLS")
    gtc = monday.limit("BUY", "AAPL", "2", "149", timeInForce="GTC")
    quotes = [quote_input("AAPL", "139", "140", "151", bid_size="9", ask_size="9")]
    (trade,) = monday.publish(quotes, MONDAYS_CLOSE, official_close=True)["trades"]
    assert (trade["order"], trade["price"]) == ({"id": closing["id"]}, "151")
    assert outcome(monday.now(gtc)) == ("NEW", "0", None)


def test_the_official_close_triggers_no_stop(monday: Desk) -> None:
    order = monday.stop("BUY", "AAPL", "8", "155", timeInForce="GTC")
    assert monday.close(MONDAYS_CLOSE, {"AAPL": "160"}) == []
    waiting = monday.now(order)
    assert (outcome(waiting), waiting["triggeredAt"]) == (("NEW", "0", None), None)
    monday.quote("AAPL", "149", "150", "150", at=TUESDAYS_OPEN)
    assert monday.now(order)["triggeredAt"] is None


def test_the_official_close_becomes_the_mark(monday: Desk) -> None:
    monday.trade("BUY", "AAPL", "10")
    monday.close(MONDAYS_CLOSE, {"AAPL": "140"})
    books = monday.books()
    (position,) = books["positions"]
    assert (position["mark"], position["marketValue"]) == ("140", "1400")
    assert (books["equity"], books["unrealizedPnl"]) == ("99899.8", "-100.2")


def test_on_a_market_that_never_closes_the_official_close_is_at_the_utc_midnight(desk: Desk) -> None:
    closing = desk.market("BUY", "AAPL", "4", timeInForce="CLS")
    day = desk.limit("BUY", "AAPL", "1", "149")
    gtc = desk.limit("BUY", "AAPL", "2", "149", timeInForce="GTC")
    assert desk.quote("AAPL", "149.98", "150.02", "150", at="2026-03-10T23:59:59Z") == []
    (trade,) = desk.close("2026-03-11T00:00:00Z", {"AAPL": "140"})
    assert (trade["order"], trade["price"]) == ({"id": closing["id"]}, "140")
    assert outcome(desk.now(day)) == ("EXPIRED", "0", None)
    assert outcome(desk.now(gtc)) == ("NEW", "0", None)
    next_day = desk.limit("BUY", "AAPL", "1", "130")
    desk.clock("2026-03-11T23:59:59Z")
    assert outcome(desk.now(next_day)) == ("NEW", "0", None)


def test_every_symbol_has_its_own_official_close(monday: Desk) -> None:
    monday.quote("MSFT", "299", "300", "300")
    orders = [monday.market("BUY", symbol, "1", timeInForce="CLS") for symbol in ("AAPL", "MSFT")]
    monday.publish(
        [quote_input("AAPL", last="151"), quote_input("MSFT", last="301")], MONDAYS_CLOSE, official_close=True
    )
    assert [monday.now(order)["averagePrice"] for order in orders] == ["151", "301"]
    assert len(nodes(monday.books(), "trades")) == 2


def test_the_quote_after_the_official_close_is_the_first_of_its_session(monday: Desk) -> None:
    order = monday.limit("BUY", "AAPL", "10", "148", timeInForce="GTC")
    monday.close(MONDAYS_CLOSE, {"AAPL": "149"})
    monday.quote("AAPL", "144.95", "145.05", "145", at=TUESDAYS_OPEN)
    assert outcome(monday.now(order)) == ("FILLED", "10", "145.05")
