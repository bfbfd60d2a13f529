"""What a trader is written about the end of their orders."""

from slack_client.follow.notices import ending_notice, is_ending
from tests.slack.conftest import text_of
from tests.slack.samples import ADA, order

LIMIT = {"type": "LIMIT", "limitPrice": "149.5"}


def test_a_filled_order_says_price_and_value() -> None:
    notice = ending_notice([("order:filled", order("1495", **LIMIT))], ADA.team_id)
    said = "Your order to buy 10 AAPL, limit $149.50, day, was filled at $149.50: $1,495.00."
    for shown in (notice.text, text_of(list(notice.blocks))):
        assert said in shown
        assert "In Growth. Order 0198-order." in shown
        assert "no real money" in shown


def test_an_order_that_ended_half_filled_says_what_it_filled_and_why() -> None:
    half = order(
        "600", **LIMIT, status="CANCELED", filledQuantity="4", averagePrice="150", message="Canceled by x."
    )
    notice = ending_notice([("order:canceled", half)], ADA.team_id)
    said = "was canceled; before that it filled 4 AAPL at $150.00: $600.00. Canceled by x."
    assert said in notice.text
    assert said in text_of(list(notice.blocks))


def test_several_orders_are_each_told_in_one_notice() -> None:
    expired = order(**LIMIT, symbol="MSFT", status="EXPIRED")
    notice = ending_notice([("order:filled", order("1500")), ("order:expired", expired)], ADA.team_id)
    for shown in (notice.text, text_of(list(notice.blocks))):
        assert "2 of your orders have ended." in shown
        assert "buy 10 AAPL, market, day, was filled" in shown
        assert "buy 10 MSFT, limit $149.50, day, has expired." in shown


def test_a_fill_in_part_is_no_ending() -> None:
    assert not is_ending("order:partially_filled")
    assert not is_ending("order:placed")
