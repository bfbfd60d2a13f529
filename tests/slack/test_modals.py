"""The form in each of its states: what applies is there, and nothing else."""

from dataclasses import replace

import pytest

from slack_client.blocks import Json
from slack_client.trade.forms import Ticket, Typed, Unit
from slack_client.trade.modals import Form, Offer, offered, place_error, trade_form, unknown_portfolios
from slack_client.words import OrderType, TimeInForce
from tests.slack.samples import LONG, TICKET, portfolio

ONE = offered(Offer((portfolio(),)), None)
MANY = Offer(tuple(portfolio(f"{n} {LONG}", id=f"portfolio-{n}") for n in range(112)), made=portfolio(LONG))
EMPTY = Form(TICKET, Typed(), "Choose a symbol.", unknown_portfolios())


def test_portfolios_beyond_the_limit_are_counted_and_the_chosen_one_is_among_them() -> None:
    drawn = offered(MANY, "portfolio-111")
    assert "Showing 100 of 112 portfolios." in str(drawn)
    assert drawn[0]["element"]["initial_option"]["value"] == "portfolio-111"


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        (Typed(), ["unit", "timeInForce"]),
        (Typed(unit=Unit.DOLLARS), ["unit"]),
        (Typed(type=OrderType.LIMIT), ["unit", "limitPrice", "timeInForce"]),
        (Typed(type=OrderType.LIMIT, unit=Unit.DOLLARS), ["unit", "limitPrice"]),
        (Typed(type=OrderType.STOP, unit=Unit.DOLLARS), ["stopPrice", "timeInForce"]),
        (Typed(type=OrderType.STOP_LIMIT), ["stopPrice", "limitPrice", "timeInForce"]),
    ],
)
def test_a_field_is_there_where_it_applies(typed: Typed, fields: list[str]) -> None:
    always = {"symbol", "side", "type", "quantity", "note", "announce"}
    drawn = [block["block_id"] for block in inputs(trade_form(replace(EMPTY, typed=typed)))]
    assert [each for each in drawn if each not in always] == fields


def test_a_stop_order_offers_only_times_in_which_it_can_wait() -> None:
    [menu] = [
        block["element"]
        for block in inputs(trade_form(replace(EMPTY, typed=Typed(type=OrderType.STOP))))
        if block["block_id"] == "timeInForce"
    ]
    assert [each["value"] for each in menu["options"]] == [TimeInForce.DAY, TimeInForce.GTC]


def test_what_is_hidden_rides_along() -> None:
    typed = Typed(type=OrderType.MARKET, limit_price="149")
    view = trade_form(replace(EMPTY, typed=typed))
    assert Ticket.model_validate_json(view["private_metadata"]).kept == {"limitPrice": "149"}


def test_without_a_channel_there_is_nothing_to_post_in() -> None:
    ticket = TICKET.model_copy(update={"channel_id": None, "response_url": None})
    drawn = [block["block_id"] for block in inputs(trade_form(replace(EMPTY, ticket=ticket)))]
    assert "announce" not in drawn


def inputs(view: Json) -> list[Json]:
    """The fields of a form."""
    return [block for block in view["blocks"] if block["type"] == "input"]


@pytest.mark.parametrize(
    ("name", "block_id"),
    [
        ("symbol", "symbol"),
        ("notional", "quantity"),
        ("input.quantity", "quantity"),
        ("portfolio", "portfolioId"),
        ("clientOrderId", "symbol"),
        ("note", "symbol"),
        ("limitPrice", "type"),
        ("timeInForce", "type"),
    ],
)
def test_a_refusal_finds_the_nearest_block(name: str, block_id: str) -> None:
    assert place_error(name, "No.", {"symbol", "quantity", "portfolioId", "type"}) == {block_id: "No."}
