"""DAY, GTC, IOC and FOK on the New York Stock Exchange's hours: queued, open, expired, caught up."""

import pytest

from tests.api.desk import MONDAY, Desk, outcome
from tests.conftest import Workspace

MONDAYS_CLOSE = "2026-03-09T20:00:00Z"
AFTER_HOURS = "2026-03-09T21:00:00Z"
TUESDAYS_OPEN = "2026-03-10T13:30:00Z"
TUESDAYS_CLOSE = "2026-03-10T20:00:00Z"

SENT_WHILE_CLOSED = [
    ("2026-03-10T13:29:59.999999Z", "2026-03-10T13:30:00Z", "2026-03-10T20:00:00Z"),
    ("2026-03-09T20:00:00Z", "2026-03-10T13:30:00Z", "2026-03-10T20:00:00Z"),
    ("2026-03-07T12:00:00Z", "2026-03-09T13:30:00Z", "2026-03-09T20:00:00Z"),
    ("2026-03-06T21:00:00Z", "2026-03-09T13:30:00Z", "2026-03-09T20:00:00Z"),  # summer time begins
    ("2026-10-30T20:00:00Z", "2026-11-02T14:30:00Z", "2026-11-02T21:00:00Z"),  # and ends
    ("2026-04-02T20:00:00Z", "2026-04-06T13:30:00Z", "2026-04-06T20:00:00Z"),  # Good Friday
    ("2026-07-02T20:00:00Z", "2026-07-06T13:30:00Z", "2026-07-06T20:00:00Z"),  # July 4 is a Saturday
    ("2026-11-25T21:00:00Z", "2026-11-27T14:30:00Z", "2026-11-27T18:00:00Z"),  # Thanksgiving
    ("2026-11-27T18:00:00Z", "2026-11-30T14:30:00Z", "2026-11-30T21:00:00Z"),
    ("2026-12-24T18:00:00Z", "2026-12-28T14:30:00Z", "2026-12-28T21:00:00Z"),  # Christmas on a Friday
]


def stamp(at: str) -> str:
    """A time as the API writes it."""
    whole, _, fraction = at.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<6}Z"


def a_moment_before(opening: str) -> str:
    """The last microsecond before a time that ends in a whole half hour."""
    hour, minute = int(opening[11:13]), int(opening[14:16])
    before = f"{hour:02}:29" if minute == 30 else f"{hour - 1:02}:59"
    return f"{opening[:11]}{before}:59.999999Z"


def test_a_day_order_lives_until_the_closing_second(monday: Desk) -> None:
    order = monday.limit("BUY", "AAPL", "10", "149")
    assert (order["status"], order["expiresAt"]) == ("NEW", stamp(MONDAYS_CLOSE))
    monday.clock(a_moment_before(MONDAYS_CLOSE))
    assert monday.now(order) == order
    monday.clock(MONDAYS_CLOSE)
    expired = monday.now(order)
    assert (outcome(expired), expired["leavesQuantity"]) == (("EXPIRED", "0", None), "0")
    books = monday.books()
    assert (books["reserved"], books["buyingPower"], books["cash"]) == ("0", "100000", "100000")


def test_the_last_microsecond_of_a_session_fills_and_its_closing_second_does_not(monday: Desk) -> None:
    early = monday.limit("BUY", "AAPL", "1", "149")
    late = monday.limit("BUY", "AAPL", "2", "148")
    monday.quote("AAPL", "148.4", "148.5", "148.4", at=a_moment_before(MONDAYS_CLOSE))
    assert outcome(monday.now(early)) == ("FILLED", "1", "149")
    assert monday.quote("AAPL", "140", "140.1", "140", at=MONDAYS_CLOSE) == []
    assert outcome(monday.now(late)) == ("EXPIRED", "0", None)


def test_an_expired_order_keeps_what_was_filled(xnys: Workspace) -> None:
    desk = Desk.open(xnys, rules={"liquidity": "SIZE"})
    desk.quote("AAPL", "99.9", "100", "100", ask_size="40", at=MONDAY)
    order = desk.limit("BUY", "AAPL", "100", "100")
    desk.clock(MONDAYS_CLOSE)
    order = desk.now(order)
    assert (outcome(order), order["leavesQuantity"]) == (("EXPIRED", "40", "100"), "0")
    assert desk.books()["cash"] == "96000"


@pytest.mark.parametrize(("sent_at", "opens_at", "closes_at"), SENT_WHILE_CLOSED)
def test_a_day_order_sent_while_closed_belongs_to_the_next_session(
    xnys: Workspace, sent_at: str, opens_at: str, closes_at: str
) -> None:
    desk = Desk.open(xnys)
    desk.quote("AAPL", "149.98", "150.02", "150", at=sent_at)
    order = desk.limit("BUY", "AAPL", "10", "149")
    assert outcome(order) == ("ACCEPTED", "0", None)
    assert (order["leavesQuantity"], order["expiresAt"]) == ("10", stamp(closes_at))
    desk.clock(a_moment_before(opens_at))
    assert desk.now(order)["status"] == "ACCEPTED"
    desk.clock(opens_at)
    assert desk.now(order)["status"] == "NEW"
    desk.quote("AAPL", "149.98", "150.02", "150")
    desk.clock(a_moment_before(closes_at))
    assert outcome(desk.now(order)) == ("NEW", "0", None)
    desk.clock(closes_at)
    assert outcome(desk.now(order)) == ("EXPIRED", "0", None)


@pytest.mark.parametrize("time_in_force", ["DAY", "GTC"])
@pytest.mark.parametrize(
    "kind",
    [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "149"}, {"type": "LIMIT", "limitPrice": "200"}],
)
def test_a_queued_order_fills_on_the_first_quote_of_its_session(
    monday: Desk, kind: dict[str, str], time_in_force: str
) -> None:
    monday.clock(MONDAYS_CLOSE)
    order = monday.order("BUY", "AAPL", "10", timeInForce=time_in_force, **kind)
    assert outcome(order) == ("ACCEPTED", "0", None)
    assert monday.quote("AAPL", "100", "101", "100", at=AFTER_HOURS) == [], "the market is closed"
    assert monday.now(order)["status"] == "ACCEPTED"
    monday.quote("AAPL", "144.95", "145.05", "145", at="2026-03-10T13:30:05Z")
    assert outcome(monday.now(order)) == ("FILLED", "10", "145.05")


def test_a_queued_order_can_be_canceled(monday: Desk) -> None:
    monday.clock(MONDAYS_CLOSE)
    order = monday.limit("BUY", "AAPL", "10", "149")
    assert monday.books()["reserved"] == "1490"
    assert outcome(monday.cancel(order)["order"]) == ("CANCELED", "0", None)
    assert monday.books()["reserved"] == "0"
    assert monday.quote("AAPL", "140", "140.1", "140", at=TUESDAYS_OPEN) == []


def test_a_queued_market_buy_reserves_a_twentieth_more_than_the_ask(monday: Desk) -> None:
    monday.clock(MONDAYS_CLOSE)
    monday.market("BUY", "AAPL", "10")
    books = monday.books()
    assert (books["reserved"], books["buyingPower"]) == ("1575.21", "98424.79")  # 10 x 150.02 x 1.05


def test_a_queued_market_buy_that_no_longer_fits_at_the_open_is_canceled(xnys: Workspace) -> None:
    desk = Desk.open(xnys, initial_cash="2000")
    desk.quote("AAPL", "149.98", "150.02", "150", at=AFTER_HOURS)
    order = desk.market("BUY", "AAPL", "10")
    assert order["status"] == "ACCEPTED"
    assert desk.quote("AAPL", "249.9", "250.1", "250", at=TUESDAYS_OPEN) == []
    order = desk.now(order)
    assert (outcome(order), order["reason"]) == (("CANCELED", "0", None), "INSUFFICIENT_BUYING_POWER")
    assert order["message"]
    books = desk.books()
    assert (books["cash"], books["reserved"], books["positions"]) == ("2000", "0", [])


def test_a_queued_market_buy_that_still_fits_at_the_open_fills(xnys: Workspace) -> None:
    desk = Desk.open(xnys, initial_cash="2000")
    desk.quote("AAPL", "149.98", "150.02", "150", at=AFTER_HOURS)
    order = desk.market("BUY", "AAPL", "10")
    desk.quote("AAPL", "199.9", "200", "200", at=TUESDAYS_OPEN)
    assert outcome(desk.now(order)) == ("FILLED", "10", "200")
    assert desk.books()["cash"] == "0"


@pytest.mark.parametrize("time_in_force", ["IOC", "FOK"])
@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "160"}])
@pytest.mark.parametrize("at", [MONDAYS_CLOSE, "2026-03-14T16:00:00Z", "2026-04-03T16:00:00Z"])
def test_an_order_for_now_is_canceled_while_closed(
    monday: Desk, at: str, kind: dict[str, str], time_in_force: str
) -> None:
    monday.quote("AAPL", "149.98", "150.02", "150", at=at)
    before = monday.balances()
    order = monday.order("BUY", "AAPL", "10", timeInForce=time_in_force, **kind)
    assert outcome(order) == ("CANCELED", "0", None)
    assert monday.balances() == before


@pytest.mark.parametrize("at", [MONDAYS_CLOSE, "2026-03-14T16:00:00Z", "2026-11-27T18:00:00Z"])
def test_a_trade_at_the_market_is_refused_while_closed(monday: Desk, at: str) -> None:
    monday.quote("AAPL", "149.98", "150.02", "150", at=at)
    before = monday.balances()
    answer = monday.execute({"side": "BUY", "symbol": "AAPL", "quantity": "10"})
    assert (answer["__typename"], answer["code"]) == ("OrderRejected", "MARKET_CLOSED")
    assert answer["rejectedOrder"]["status"] == "REJECTED"
    assert monday.balances() == before


@pytest.mark.parametrize("time_in_force", ["IOC", "FOK"])
def test_an_order_for_now_fills_while_open(monday: Desk, time_in_force: str) -> None:
    order = monday.limit("BUY", "AAPL", "10", "151", timeInForce=time_in_force)
    assert outcome(order) == ("FILLED", "10", "150.02")


def test_expiry_is_caught_up_before_the_first_quote_after_skipped_sessions(monday: Desk) -> None:
    day = monday.limit("BUY", "AAPL", "1", "149")
    gtc = monday.limit("BUY", "AAPL", "2", "149", timeInForce="GTC")
    (trade,) = monday.quote("AAPL", "140", "140.1", "140", at="2026-03-12T15:00:00Z")
    assert (trade["order"], trade["price"]) == ({"id": gtc["id"]}, "140.1")
    assert outcome(monday.now(day)) == ("EXPIRED", "0", None)


@pytest.mark.parametrize("at", [TUESDAYS_CLOSE, "2026-03-11T03:00:00Z", "2026-03-11T15:00:00Z"])
def test_a_queued_order_whose_session_was_skipped_expires_unfilled(monday: Desk, at: str) -> None:
    monday.clock(MONDAYS_CLOSE)
    queued = [monday.market("BUY", "AAPL", "1"), monday.limit("BUY", "AAPL", "2", "149")]
    assert monday.quote("AAPL", "140", "140.1", "140", at=at) == []
    assert [outcome(monday.now(order)) for order in queued] == [("EXPIRED", "0", None)] * 2
    assert monday.books()["reserved"] == "0"


def test_a_gtc_order_rests_over_the_night_and_fills_only_in_a_session(monday: Desk) -> None:
    order = monday.limit("BUY", "AAPL", "10", "149", timeInForce="GTC")
    monday.clock(MONDAYS_CLOSE)
    assert outcome(monday.now(order)) == ("NEW", "0", None)
    assert monday.quote("AAPL", "140", "140.1", "140", at=AFTER_HOURS) == []
    assert monday.quote("AAPL", "140", "140.1", "140", at=a_moment_before(TUESDAYS_OPEN)) == []
    assert outcome(monday.now(order)) == ("NEW", "0", None)
    monday.quote("AAPL", "148.4", "148.5", "148.5", at=TUESDAYS_OPEN)
    assert outcome(monday.now(order)) == ("FILLED", "10", "148.5"), "the first quote of the session"


def test_a_stop_does_not_trigger_while_closed(monday: Desk) -> None:
    order = monday.stop("BUY", "AAPL", "10", "155", timeInForce="GTC")
    assert monday.quote("AAPL", "160", "161", "160", at=AFTER_HOURS) == []
    waiting = monday.now(order)
    assert (outcome(waiting), waiting["triggeredAt"]) == (("NEW", "0", None), None)


def test_a_queued_stop_triggers_on_the_first_quote_of_its_session(monday: Desk) -> None:
    monday.clock(MONDAYS_CLOSE)
    order = monday.stop("BUY", "AAPL", "10", "155")
    assert (outcome(order), order["triggeredAt"]) == (("ACCEPTED", "0", None), None)
    monday.quote("AAPL", "160", "161", "160", at=TUESDAYS_OPEN)
    order = monday.now(order)
    assert (outcome(order), order["triggeredAt"]) == (("FILLED", "10", "161"), stamp(TUESDAYS_OPEN))


@pytest.mark.parametrize("kind", [{"type": "MARKET"}, {"type": "LIMIT", "limitPrice": "149"}])
def test_an_order_that_is_given_before_the_sessions_first_quote_waits_for_it(
    monday: Desk, kind: dict[str, str]
) -> None:
    monday.clock(TUESDAYS_OPEN)
    order = monday.order("BUY", "AAPL", "10", **kind)
    assert (outcome(order), order["reason"]) == (("NEW", "0", None), "STALE_QUOTE")
    monday.quote("AAPL", "144.95", "145.05", "145", at="2026-03-10T13:30:05Z")
    assert outcome(monday.now(order)) == ("FILLED", "10", "145.05")


def test_a_gtc_order_ends_after_90_days(monday: Desk) -> None:
    order = monday.limit("BUY", "AAPL", "10", "100", timeInForce="GTC")
    assert "2026-06-05T20:00" <= order["expiresAt"] <= "2026-06-08T20:00:01", "day 90 is a Sunday"
    monday.clock("2026-06-05T19:59:59Z")
    assert monday.now(order)["status"] == "NEW"
    assert monday.quote("AAPL", "90", "91", "90", at="2026-06-09T14:00:00Z") == []
    assert outcome(monday.now(order)) == ("EXPIRED", "0", None)


def test_on_a_market_that_never_closes_a_day_is_the_utc_day(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "10", "149")
    assert (order["status"], order["expiresAt"]) == ("NEW", "2026-03-11T00:00:00.000000Z")
    desk.clock("2026-03-10T23:59:59.999999Z")
    assert desk.now(order)["status"] == "NEW"
    assert desk.quote("AAPL", "140", "140.1", "140", at="2026-03-11T00:00:00Z") == []
    assert outcome(desk.now(order)) == ("EXPIRED", "0", None)


def test_a_saturday_night_is_open_on_a_market_that_never_closes(desk: Desk) -> None:
    desk.quote("AAPL", "149.98", "150.02", "150", at="2026-03-15T03:00:00Z")
    assert outcome(desk.market("BUY", "AAPL", "10")) == ("FILLED", "10", "150.02")


@pytest.mark.parametrize("time_in_force", ["GTC", "IOC", "FOK", "OPG", "CLS"])
def test_an_order_by_notional_is_for_the_day(desk: Desk, time_in_force: str) -> None:
    before = desk.balances()
    answer = desk.place(
        "BUY", "AAPL", notional="500", type="LIMIT", limitPrice="149", timeInForce=time_in_force
    )
    assert answer["__typename"] == "OrderRejected"
    assert (answer["code"], answer["field"]) == ("TIME_IN_FORCE_NOT_ALLOWED", "timeInForce")
    assert desk.balances() == before


def test_an_order_is_for_the_day_where_nothing_is_said(desk: Desk) -> None:
    assert desk.limit("BUY", "AAPL", "10", "149")["timeInForce"] == "DAY"


def test_every_portfolios_orders_expire_with_the_session(monday: Desk) -> None:
    other = Desk.open(monday.workspace, "Income")
    orders = [(one, one.limit("BUY", "AAPL", "10", "149")) for one in (monday, other)]
    monday.clock(MONDAYS_CLOSE)
    for one, order in orders:
        one.prove()
        assert one.now(order)["status"] == "EXPIRED"
