"""What is typed into the form is read exactly, or refused under its field."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from slack_client.operations import PlaceOrderInput
from slack_client.trade.forms import (
    FormErrors,
    OrderWish,
    SeenPrice,
    Ticket,
    Typed,
    Unit,
    read_order,
    read_state,
    read_symbol,
)
from slack_client.words import OrderType, Side, TimeInForce
from tests.slack.samples import TICKET


@pytest.mark.parametrize(
    ("amount", "unit", "quantity", "notional"),
    [
        ("10", Unit.SHARES, "10", None),
        (" 0.5 ", Unit.SHARES, "0.5", None),
        ("1,250.75", Unit.DOLLARS, None, "1250.75"),
        ("$ 2,500", Unit.DOLLARS, None, "2500"),
        ("9999999999999.123456789", Unit.SHARES, "9999999999999.123456789", None),
    ],
)
def test_an_amount_is_read_exactly(
    amount: str, unit: Unit, quantity: str | None, notional: str | None
) -> None:
    wish = read_order(Typed(symbol=" brk.b ", amount=amount, unit=unit, note="  "))
    assert wish == OrderWish(
        symbol="BRK.B",
        side=Side.BUY,
        type=OrderType.MARKET,
        time_in_force=TimeInForce.DAY,
        quantity=None if quantity is None else Decimal(quantity),
        notional=None if notional is None else Decimal(notional),
        limit_price=None,
        stop_price=None,
        note=None,
    )


@pytest.mark.parametrize(
    "amount", ["", "ten", "-1", "1,00", "1.000,5", "1e3", "NaN", "١٠", "1" * 14, "0x10", "1 000", "$5", ".5"]
)
def test_an_amount_that_is_none_is_refused_under_its_field(amount: str) -> None:
    errors = read_order(Typed(symbol="AAPL", amount=amount))
    assert isinstance(errors, FormErrors)
    assert list(errors.by_block) == ["quantity"]


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        (" brk.b", "BRK.B"),
        ("A" * 13, None),
        ("", None),
        ("ä", None),
        ("A B", None),
        ("ıbm", None),
        ("ﬁ", None),
    ],
)
def test_a_symbol_is_trimmed_and_raised(text: str, symbol: str | None) -> None:
    assert read_symbol(text) == symbol


def test_an_error_of_a_ticket_does_not_show_its_response_url() -> None:
    with pytest.raises(ValidationError) as refused:
        Ticket.model_validate_json('{"response_url": "https://hooks.slack.com/commands/T0/1/abc"}')
    assert "T0/1/abc" not in str(refused.value)


def test_what_is_sent_is_plain_numbers() -> None:
    wish = read_order(Typed(symbol="AAPL", amount="1,000"))
    assert isinstance(wish, OrderWish)
    sent: PlaceOrderInput = wish.addressed("p1", TICKET)
    assert sent.model_dump(mode="json", by_alias=True)["quantity"] == "1000"


def test_an_order_of_every_type_has_its_prices_and_no_other() -> None:
    typed = {"symbol": "AAPL", "amount": "10", "limit_price": "$1,240.50", "stop_price": "150"}
    prices = {}
    for type in OrderType:
        wish = read_order(Typed(**typed, type=type))  # type: ignore[arg-type]
        assert isinstance(wish, OrderWish)
        prices[type] = (wish.limit_price, wish.stop_price)
    limit, stop = Decimal("1240.50"), Decimal(150)
    assert prices == {
        OrderType.MARKET: (None, None),
        OrderType.LIMIT: (limit, None),
        OrderType.STOP: (None, stop),
        OrderType.STOP_LIMIT: (limit, stop),
    }


def test_each_missing_price_is_said_under_its_field() -> None:
    errors = read_order(Typed(symbol="AAPL", amount="10", type=OrderType.STOP_LIMIT))
    assert isinstance(errors, FormErrors)
    assert set(errors.by_block) == {"limitPrice", "stopPrice"}


def test_what_the_form_does_not_show_is_kept_and_not_sent() -> None:
    typed = Typed(
        symbol="AAPL",
        amount="10",
        unit=Unit.DOLLARS,
        type=OrderType.STOP,
        stop_price="150",
        limit_price="149",
        time_in_force=TimeInForce.IOC,
    )
    assert typed.kept == {"unit": "DOLLARS", "limitPrice": "149", "timeInForce": "IOC"}
    wish = read_order(typed)
    assert isinstance(wish, OrderWish)
    assert (wish.quantity, wish.notional, wish.limit_price) == (Decimal(10), None, None)
    assert wish.time_in_force is TimeInForce.DAY
    back = read_state({"quantity": {"quantity": {"value": "10"}}}, typed.kept)
    assert (back.unit, back.limit_price, back.time_in_force) == (Unit.DOLLARS, "149", TimeInForce.IOC)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "150.02"),
        ({"symbol": "MSFT"}, None),
        ({"side": Side.SELL}, None),
        ({"type": OrderType.LIMIT}, None),
    ],
)
def test_the_price_seen_is_expected_of_the_order_that_it_was_seen_for(
    changes: dict[str, object], expected: str | None
) -> None:
    seen = SeenPrice(symbol="AAPL", side=Side.BUY, type=OrderType.MARKET, price=Decimal("150.02"))
    ticket = TICKET.model_copy(update={"seen": seen})
    asked = {"symbol": "AAPL", "amount": "1", "limit_price": "151", **changes}
    wish = read_order(Typed(**asked))  # type: ignore[arg-type]
    assert isinstance(wish, OrderWish)
    sent = wish.addressed("p1", ticket).expected_price
    assert sent == (None if expected is None else Decimal(expected))
