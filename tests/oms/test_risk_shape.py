"""What an order must look like: its size, its prices and how long it lives."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.oms import risk
from graphql_api.oms.fills import Terms
from graphql_api.oms.words import OrderType, Side, TimeInForce
from tests.oms.checks import LIMITED, SIDES, STOPS, TYPES, an_order, refused, says


def shape(terms: Terms, expected: str | None = None, *, is_now: bool = False) -> tuple[str, str] | None:
    return refused(risk.check_shape(terms, None if expected is None else Decimal(expected), is_now=is_now))


@pytest.mark.parametrize(
    ("quantity", "notional", "code", "field"),
    [
        (None, None, "QUANTITY_XOR_NOTIONAL", "quantity"),
        ("1", "1", "QUANTITY_XOR_NOTIONAL", "quantity"),
        ("0", None, "INVALID_QUANTITY", "quantity"),
        ("-1", None, "INVALID_QUANTITY", "quantity"),
        ("0.0000000001", None, "INVALID_QUANTITY", "quantity"),
        ("1000000000.000000001", None, "INVALID_QUANTITY", "quantity"),
        (None, "0.99", "NOTIONAL_TOO_SMALL", "notional"),
        (None, "-5", "NOTIONAL_TOO_SMALL", "notional"),
        (None, "1.0000001", "INVALID_AMOUNT", "notional"),
        (None, "1000000000000.000001", "INVALID_AMOUNT", "notional"),
    ],
)
def test_a_size_that_makes_no_sense_is_refused_at_its_field(
    quantity: str | None, notional: str | None, code: str, field: str
) -> None:
    for is_now in (True, False):
        assert shape(an_order(quantity=quantity, notional=notional), is_now=is_now) == (code, field)


@pytest.mark.parametrize(
    ("quantity", "notional"),
    [("0.000000001", None), ("1000000000", None), (None, "1"), (None, "1.000001"), (None, "1000000000000")],
)
def test_sizes_up_to_their_bounds_are_taken(quantity: str | None, notional: str | None) -> None:
    assert shape(an_order(quantity=quantity, notional=notional)) is None


@given(st.decimals("-2e9", "2e9", places=11))
def test_a_quantity_is_above_0_within_its_bounds_and_in_9_decimals(quantity: Decimal) -> None:
    nanos = Fraction(quantity) * 10**9
    is_good = 0 < nanos <= 10**18 and nanos.denominator == 1
    assert (risk.check_size(quantity, None) is None) is is_good


@given(st.decimals("-2e12", "2e12", places=7))
def test_amounts_and_quantities_are_kept_where_the_columns_can_hold_them(number: Decimal) -> None:
    exact = Fraction(number)
    assert risk.is_amount(number) is (abs(exact) <= 10**12 and (exact * 10**6).denominator == 1)
    assert risk.is_quantity(number) is (abs(exact) <= 10**9)


@given(TYPES, st.sampled_from(TimeInForce), st.booleans())
def test_an_order_by_money_is_a_market_or_limit_order_for_the_day(
    type: OrderType, time_in_force: TimeInForce, is_now: bool
) -> None:
    limit = "10" if type in LIMITED else None
    stop = "10" if type in STOPS else None
    by_shares = an_order(type=type, limit=limit, stop=stop, time_in_force=time_in_force)
    by_money = replace(by_shares, quantity=None, notional=Decimal(500))
    assert shape(by_shares, is_now=is_now) is None
    refusal = shape(by_money, is_now=is_now)
    if is_now or (type not in STOPS and time_in_force is TimeInForce.DAY):
        assert refusal is None
    else:
        assert refusal == ("TIME_IN_FORCE_NOT_ALLOWED", "type" if type in STOPS else "timeInForce")


@given(TYPES, st.booleans(), st.booleans())
def test_a_price_is_there_where_the_type_has_one_and_only_there(
    type: OrderType, has_limit: bool, has_stop: bool
) -> None:
    terms = an_order(type=type, limit="10" if has_limit else None, stop="10" if has_stop else None)
    refusal = risk.check_shape(terms, None, is_now=False)
    for field, needs, has in (
        ("limitPrice", type in LIMITED, has_limit),
        ("stopPrice", type in STOPS, has_stop),
    ):
        if needs != has:
            name = "limit price" if field == "limitPrice" else "stop price"
            missing = f"MISSING_{name.upper().replace(' ', '_')}"
            assert refused(refusal) == (missing if needs else "INVALID_PRICE", field)
            assert says(refusal, f"A {type} order {'needs a' if needs else 'has no'} {name}")
            return
    assert refusal is None


@pytest.mark.parametrize(
    ("price", "code"),
    [
        ("0", "INVALID_PRICE"),
        ("-1", "INVALID_PRICE"),
        ("1000000000000.01", "INVALID_PRICE"),
        ("1000000000000", None),
        ("1.001", "INVALID_TICK"),
        ("1.01", None),
        ("1", None),
        ("0.99999", "INVALID_TICK"),
        ("0.9999", None),
        ("0.0001", None),
        ("0.00005", "INVALID_TICK"),
        ("100.10000", None),  # trailing zeros are no decimals
    ],
)
def test_limit_and_stop_prices_are_above_0_and_on_a_tick(price: str, code: str | None) -> None:
    for field, terms in (
        ("limitPrice", an_order(type=OrderType.LIMIT, limit=price)),
        ("limitPrice", an_order(type=OrderType.STOP_LIMIT, limit=price, stop="10")),
        ("stopPrice", an_order(type=OrderType.STOP, stop=price)),
        ("stopPrice", an_order(type=OrderType.STOP_LIMIT, limit="10", stop=price)),
    ):
        assert shape(terms) == (None if code is None else (code, field))


def test_a_tick_says_how_many_decimals_are_too_many() -> None:
    dear = risk.check_shape(an_order(type=OrderType.LIMIT, limit="1.001"), None, is_now=False)
    cheap = risk.check_shape(an_order(type=OrderType.STOP, stop="0.00005"), None, is_now=False)
    assert says(dear, "limit price", "2 decimals from 1.00")
    assert says(cheap, "stop price", "4 decimals below 1.00")


@given(st.decimals("0.000001", "20", places=6))
def test_a_tick_is_a_cent_from_1_and_a_hundredth_of_a_cent_below(price: Decimal) -> None:
    steps = Fraction(price) * (100 if price >= 1 else 10_000)
    is_good = steps.denominator == 1
    assert (shape(an_order(type=OrderType.LIMIT, limit=str(price))) is None) is is_good


@pytest.mark.parametrize(
    ("expected", "is_good"),
    [
        (None, True),
        ("0.000001", True),
        ("101.123456", True),  # a quote's price need not be on a tick
        ("1000000000000", True),
        ("0", False),
        ("-1", False),
        ("0.0000001", False),
        ("1000000000000.000001", False),
    ],
)
def test_an_expected_price_is_a_price(expected: str | None, is_good: bool) -> None:
    assert shape(an_order(), expected) == (None if is_good else ("INVALID_PRICE", "expectedPrice"))


@given(SIDES, st.integers(90, 110).map(Decimal))
def test_a_fill_is_refused_when_the_price_has_moved_and_says_both_prices(side: Side, price: Decimal) -> None:
    refusal = risk.check_expectation(side, price, Decimal(100))
    is_moved = price > 102 if side is Side.BUY else price < 98
    assert refused(refusal) == (("PRICE_MOVED", "expectedPrice") if is_moved else None)
    assert refusal is None or says(refusal, f"{price}.00", "100.00", "2 %")
    assert risk.check_expectation(side, price, None) is None


def test_an_amount_that_buys_nothing_says_of_what() -> None:
    refusal = risk.buys_nothing("BRK.A")
    assert refused(refusal) == ("NOTIONAL_TOO_SMALL", "notional")
    assert says(refusal, "BRK.A", "0.000000001")
