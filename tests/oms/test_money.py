"""Properties of the arithmetic, against fractions that know no rounding."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.oms import money

AMOUNTS = st.decimals("-1e12", "1e12", places=6)
PRICES = st.decimals("0.000001", "1e12", places=6)
QUANTITIES = st.decimals("0.000000001", "1e9", places=9)
SMALL = st.decimals("0.000001", "9.999999", places=6)


def half_up(exact: Fraction, unit: Decimal) -> Decimal:
    """A fraction rounded to steps of a unit, halves away from zero, as PostgreSQL rounds."""
    steps = abs(exact) / Fraction(unit)
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    return (whole if exact >= 0 else -whole) * unit


@given(QUANTITIES, PRICES)
def test_a_value_is_rounded_once_and_half_up(quantity: Decimal, price: Decimal) -> None:
    assert money.value_of(quantity, price) == half_up(Fraction(quantity) * Fraction(price), money.MONEY)
    assert money.value_of(-quantity, price) == -money.value_of(quantity, price)


@pytest.mark.parametrize(
    ("quantity", "price", "value"),
    [
        ("0.5", "0.000001", "0.000001"),
        ("0.4999", "0.000001", "0"),
        ("1.5", "0.000001", "0.000002"),
        ("2.5", "0.000001", "0.000003"),
        ("-0.5", "0.000001", "-0.000001"),
        ("3.332888948", "150.02", "500"),
    ],
)
def test_halves_go_away_from_zero(quantity: str, price: str, value: str) -> None:
    assert money.value_of(Decimal(quantity), Decimal(price)) == Decimal(value)


@given(st.decimals("1", "1e12", places=6), PRICES)
def test_a_notional_quantity_is_the_largest_that_is_not_worth_more(notional: Decimal, price: Decimal) -> None:
    quantity = money.quantity_for(notional, price)
    assert money.is_in_steps_of(quantity, money.QUANTITY)
    assert Fraction(quantity) * Fraction(price) <= Fraction(notional)
    assert Fraction(quantity + money.QUANTITY) * Fraction(price) > Fraction(notional)
    assert money.value_of(quantity, price) <= notional


@given(AMOUNTS, QUANTITIES)
def test_an_average_is_rounded_half_up(total: Decimal, quantity: Decimal) -> None:
    assert money.average(total, quantity) == half_up(Fraction(total) / Fraction(quantity), money.MONEY)
    assert money.average(total, money.ZERO) == 0


@given(AMOUNTS, QUANTITIES, QUANTITIES)
def test_a_part_is_rounded_half_up_and_no_more_than_the_whole(
    total: Decimal, one: Decimal, other: Decimal
) -> None:
    part, whole = sorted((one, other))
    share = money.part_of(total, part, whole)
    assert share == half_up(Fraction(total) * Fraction(part) / Fraction(whole), money.MONEY)
    assert abs(share) <= abs(total)
    assert money.part_of(total, whole, whole) == total


@given(PRICES, PRICES)
def test_the_middle_lies_between(one: Decimal, other: Decimal) -> None:
    middle = money.middle(one, other)
    assert middle == half_up((Fraction(one) + Fraction(other)) / 2, money.MONEY)
    assert min(one, other) <= middle <= max(one, other)


@given(st.lists(AMOUNTS))
def test_a_total_loses_no_digit(amounts: list[Decimal]) -> None:
    assert Fraction(money.total(*amounts)) == sum(map(Fraction, amounts))


def test_a_total_has_more_digits_than_python_would_keep() -> None:
    assert str(money.total(Decimal("1e21"), Decimal("0.000000000000001"))).endswith("000000000000001")


@given(QUANTITIES, PRICES)
def test_a_product_is_not_rounded(quantity: Decimal, price: Decimal) -> None:
    assert Fraction(money.product_of(quantity, price)) == Fraction(quantity) * Fraction(price)


@given(AMOUNTS, SMALL)
def test_a_part_of_a_value_is_not_rounded(value: Decimal, rate: Decimal) -> None:
    assert Fraction(money.bps_of(value, rate)) == Fraction(value) * Fraction(rate) / 10_000
    assert Fraction(money.percent_of(value, rate)) == Fraction(value) * Fraction(rate) / 100


@given(PRICES, SMALL)
def test_a_price_that_is_moved_is_a_price_again(price: Decimal, by: Decimal) -> None:
    exact = Fraction(price)
    assert money.moved_by_bps(price, by) == half_up(exact * (1 + Fraction(by) / 10_000), money.MONEY)
    assert money.moved_by_bps(price, -by) == half_up(exact * (1 - Fraction(by) / 10_000), money.MONEY)


@given(st.decimals("-1e6", "1e6", places=9))
def test_cents_are_rounded_half_up(value: Decimal) -> None:
    assert money.to_cents(value) == half_up(Fraction(value), money.CENT)


@pytest.mark.parametrize(
    ("value", "cents"), [("1.005", "1.01"), ("1.0049", "1"), ("-1.005", "-1.01"), ("2.675", "2.68")]
)
def test_half_a_cent_is_a_cent(value: str, cents: str) -> None:
    assert money.to_cents(Decimal(value)) == Decimal(cents)


@given(AMOUNTS, PRICES, st.integers(0, 100))
def test_more_than_a_percentage_is_exact(part: Decimal, whole: Decimal, percent: int) -> None:
    above = Fraction(part) > Fraction(whole) * percent / 100
    assert money.is_above_percent(part, whole, Decimal(percent)) is above


@given(st.one_of(AMOUNTS, QUANTITIES, SMALL))
def test_what_is_written_plain_is_read_again(number: Decimal) -> None:
    text = money.plain(number)
    assert money.read(text) == number
    assert "E" not in text.upper()
    assert text == money.plain(money.read(text))
    assert not (("." in text) and text.endswith(("0", ".")))
    assert not text.startswith("-0") or text.startswith("-0.")


@given(st.integers(-(10**13) + 1, 10**13 - 1))
def test_integers_are_read(number: int) -> None:
    assert money.read(number) == number
    assert money.read(str(number)) == number


@given(
    st.one_of(st.floats(), st.booleans(), st.none(), st.integers(10**13), st.integers(max_value=-(10**13)))
)
def test_what_is_no_number_for_money_is_not_read(value: object) -> None:
    with pytest.raises(ValueError, match="written as a string"):
        money.read(value)


@given(st.text().filter(lambda text: not set(text) <= set("0123456789.-")))
def test_a_text_with_anything_else_in_it_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="written as a string"):
        money.read(text)


@pytest.mark.parametrize(
    "text", ["", "-", ".", "1.", ".1", "--1", "1-", "1.2.3", "12345678901234", "1\n", "٣"]
)
def test_half_a_number_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="written as a string"):
        money.read(text)


@given(st.one_of(AMOUNTS, QUANTITIES))
def test_what_is_shown_to_a_person_loses_no_digit(number: Decimal) -> None:
    text = money.shown(number)
    assert Decimal(text.replace(",", "")) == number
    assert len(text.partition(".")[2]) >= 2


@pytest.mark.parametrize(
    ("number", "plain", "shown"),
    [
        ("1E+2", "100", "100.00"),
        ("100.50", "100.5", "100.50"),
        ("-0.000", "0", "-0.00"),
        ("1234567.891", "1234567.891", "1,234,567.891"),
        ("0.000001", "0.000001", "0.000001"),
        ("0.500000", "0.5", "0.50"),
    ],
)
def test_numbers_are_written_so(number: str, plain: str, shown: str) -> None:
    assert money.plain(Decimal(number)) == plain
    if number != "-0.000":
        assert money.shown(Decimal(number)) == shown


@given(st.decimals("-1e12", "1e12", places=12))
def test_steps_are_told_apart(number: Decimal) -> None:
    assert money.is_in_steps_of(number, money.MONEY) is ((Fraction(number) * 10**6).denominator == 1)
    assert money.is_in_steps_of(number, money.QUANTITY) is ((Fraction(number) * 10**9).denominator == 1)
