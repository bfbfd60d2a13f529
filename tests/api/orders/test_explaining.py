"""An order says in a sentence why it waits, and how it ended."""

import pytest

from tests.api.desk import Desk
from tests.conftest import Json

WAITING = {
    "a buy limit": ({"type": "LIMIT", "limitPrice": "140"}, "Waits for an ask of 140.00 or lower."),
    "a sell limit": (
        {"side": "SELL", "type": "LIMIT", "limitPrice": "160.5"},
        "Waits for a bid of 160.50 or higher.",
    ),
    "a buy stop": ({"type": "STOP", "stopPrice": "155"}, "Waits for a last price of 155.00 or higher."),
    "a sell stop": (
        {"side": "SELL", "type": "STOP", "stopPrice": "145"},
        "Waits for a last price of 145.00 or lower.",
    ),
    "an order for the close": (
        {"type": "MARKET", "timeInForce": "CLS"},
        "Waits for the official close at 2026-03-09T20:00:00.000000Z.",
    ),
}


@pytest.mark.parametrize("kind", WAITING)
def test_a_working_order_says_what_it_waits_for(monday: Desk, kind: str) -> None:
    more, sentence = WAITING[kind]
    monday.trade("BUY", "AAPL", "10")
    order = place(monday, **more)
    assert (order["reason"], order["message"]) == (None, sentence)


def test_a_stop_limit_that_has_triggered_says_that_it_waits_for_its_limit(monday: Desk) -> None:
    order = place(monday, type="STOP_LIMIT", stopPrice="155", limitPrice="154")
    assert order["message"] == "Waits for a last price of 155.00 or higher."
    monday.quote("AAPL", "155.90", "156.00", "155.95")
    assert monday.now(order)["message"] == "Waits for an ask of 154.00 or lower."


def test_a_queued_order_says_when_its_session_begins_and_then_what_it_waits_for(monday: Desk) -> None:
    monday.clock("2026-03-09T22:00:00Z")
    order = place(monday, type="LIMIT", limitPrice="140")
    assert (order["status"], order["message"]) == (
        "ACCEPTED",
        "Waits for the open of the session that begins at 2026-03-10T13:30:00.000000Z.",
    )
    monday.clock("2026-03-10T13:30:00Z")
    order = monday.now(order)
    assert (order["status"], order["message"]) == ("NEW", "Waits for an ask of 140.00 or lower.")


def test_an_order_that_ended_says_why(monday: Desk) -> None:
    canceled = place(monday, type="LIMIT", limitPrice="140")
    expired = place(monday, type="LIMIT", limitPrice="141")
    replaced = place(monday, type="LIMIT", limitPrice="142")
    filled = place(monday, type="LIMIT", limitPrice="160")
    monday.cancel(canceled)
    monday.replace(replaced, limitPrice="143")
    monday.clock("2026-03-09T20:00:00Z")
    told = {
        name: monday.now(order)["message"]
        for name, order in (
            ("canceled", canceled),
            ("expired", expired),
            ("replaced", replaced),
            ("filled", filled),
        )
    }
    assert told == {
        "canceled": "Canceled by key:admin.",
        "expired": "The session has ended without any fills.",
        "replaced": "Replaced by key:admin.",
        "filled": None,
    }


def place(desk: Desk, side: str = "BUY", **more: str) -> Json:
    """Place an order for one share of AAPL."""
    return desk.order(side, "AAPL", "1", **more)


def test_an_order_that_waits_for_any_quote_says_what_holds_it_back(monday: Desk) -> None:
    monday.clock("2026-03-09T22:00:00Z")
    queued = place(monday, type="MARKET")
    monday.quote("AAPL", "151", "150", "150.5", at="2026-03-10T13:30:00Z")
    order = monday.now(queued)
    assert (order["status"], order["reason"]) == ("NEW", "CROSSED_QUOTE")
    monday.quote("AAPL", "150", "151", "150.5")
    assert monday.now(queued)["status"] == "FILLED"
