"""A message of an order says everything, in its blocks and in its text."""

import pytest

from slack_client.answers import Order
from slack_client.messages import order_line, order_message, standing
from slack_client.trader import mention
from tests.slack.samples import ADA, order, portfolio, portfolio_after


def test_a_confirmation_says_everything() -> None:
    filled = order("15", "0.43125", fees="1.5", note="because", quantity="1234.5", filledQuantity="1234.5")
    message = order_message(
        filled, ADA, portfolio_after("Growth", "-99.5", held="-7"), made=portfolio("ada's portfolio")
    )
    for fact in (
        "ada bought 1,234.5 AAPL",
        "$1.543125",
        "$15.43125",
        "$1.50",
        "-7 AAPL",
        "-$99.50",
        "Growth",
        "0198-order",
        "because",
        "SIMULATED, 1 s old",
        "no real money",
        "I made you a portfolio",
    ):
        assert fact in message.text, fact


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (
            order(
                "300",
                status="CANCELED",
                filledQuantity="3",
                averagePrice="100",
                message="What could not fill at once was canceled.",
            ),
            "Canceled. 3 of 10 filled. What could not fill at once was canceled.",
        ),
        (
            order(status="NEW", type="LIMIT", limitPrice="149", message="Waits for an ask of 149 or less."),
            "Working. Waits for an ask of 149 or less.",
        ),
        (order(status="ACCEPTED", message="Queued for the open."), "Queued. Queued for the open."),
        (
            order("300", status="PARTIALLY_FILLED", filledQuantity="3", averagePrice="100"),
            "Working. 3 of 10 filled. It waits for its price.",
        ),
        (
            order(status="EXPIRED", message="The session has ended without any fills."),
            "Expired. The session has ended without any fills.",
        ),
    ],
)
def test_an_order_that_is_not_filled_says_where_it_stands_and_why(shown: Order, said: str) -> None:
    assert said in order_message(shown, ADA).text


def test_the_teams_members_are_mentioned_and_nobody_else_is() -> None:
    said = "Canceled by slack:T0TEAM/U0GRACE, not slack:T0OTHER/U0EVE or <!channel>."
    canceled = order_message(order(status="CANCELED", message=said), ADA)
    [stands] = [block for block in canceled.blocks if "Canceled by" in str(block)]
    assert stands["text"]["text"] == (
        "Canceled. Canceled by <@U0GRACE>, not slack:T0OTHER/U0EVE or &lt;!channel&gt;."
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [("key:desk_3", "key:desk_3"), ("key:*bold* _it_", "key:∗bold∗ ＿it＿"), ("<!here>", "&lt;!here&gt;")],
)
def test_a_name_that_is_no_members_is_shown_as_it_is(name: str, shown: str) -> None:
    assert mention(name, ADA.team_id) == shown


def test_a_filled_order_stands_where_it_filled() -> None:
    assert standing(order("1500")) == "Filled at $150.00."


@pytest.mark.parametrize(
    ("status", "is_there"),
    [("NEW", True), ("ACCEPTED", True), ("PARTIALLY_FILLED", True), ("FILLED", False), ("CANCELED", False)],
)
def test_only_a_working_order_can_be_canceled_and_that_asks_first(status: str, is_there: bool) -> None:
    [buttons] = [
        block for block in order_message(order(status=status), ADA).blocks if block["type"] == "actions"
    ]
    cancels = [each for each in buttons["elements"] if each["action_id"] == "cancel_order"]
    assert bool(cancels) is is_there
    assert all("confirm" in each for each in cancels)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (order(), "buy 10 AAPL, market, day"),
        (order(notional="500", quantity="3.3", side="SELL"), "sell $500.00 AAPL, market, day"),
        (
            order(type="STOP_LIMIT", stopPrice="150", limitPrice="150.5", timeInForce="GTC"),
            "buy 10 AAPL, stop $150.00, limit $150.50, GTC",
        ),
    ],
)
def test_an_order_is_said_in_a_few_words(asked: Order, line: str) -> None:
    assert order_line(asked) == line
