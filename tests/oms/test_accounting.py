"""Average cost accounting against a model in fractions, long and short, through zero and back."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.oms.accounting import Holding, Valuation, book_fill, cash_change, value_holdings
from graphql_api.oms.words import Side
from tests.oms.test_money import half_up

MICRO = Decimal("0.000001")
FILLS = st.lists(
    st.tuples(
        st.sampled_from(Side),
        st.decimals("0.000000001", "1000", places=9),
        st.decimals("0.000001", "5000", places=6),
    ),
    max_size=12,
)
ROUND_FILLS = st.lists(
    st.tuples(st.sampled_from(Side), st.integers(1, 20).map(Decimal), st.integers(1, 50).map(Decimal)),
    max_size=15,
)
HOLDINGS = st.builds(
    Holding, st.decimals("-1000", "1000", places=9), st.decimals("-1e6", "1e6", places=6), st.just(Decimal(0))
)
MARKS = st.decimals("0.000001", "5000", places=6)


@given(FILLS)
def test_cash_cost_and_realized_always_add_up_exactly(fills: list[tuple[Side, Decimal, Decimal]]) -> None:
    holding, cash, realized = Holding(), Decimal(0), Decimal(0)
    for side, quantity, price in fills:
        booking = book_fill(holding, side, quantity, price)
        sign = 1 if side is Side.BUY else -1
        assert booking.value == half_up(Fraction(quantity) * Fraction(price), MICRO)
        assert booking.holding.quantity == holding.quantity + sign * quantity
        assert booking.holding.realized_pnl == holding.realized_pnl + booking.realized_pnl
        holding, realized = booking.holding, realized + booking.realized_pnl
        cash += cash_change(side, booking.value, Decimal(0))
        assert cash + holding.cost == realized, "what was spent is in the cost or was realized"
        assert holding.quantity or holding.cost == 0, "a flat position costs nothing"


@given(FILLS)
def test_each_fill_is_booked_as_the_rules_say(fills: list[tuple[Side, Decimal, Decimal]]) -> None:
    holding = Holding()
    for side, quantity, price in fills:
        booking = book_fill(holding, side, quantity, price)
        sign = 1 if side is Side.BUY else -1
        held, cost = Fraction(holding.quantity), Fraction(holding.cost)
        if held * sign >= 0:
            assert booking.realized_pnl == 0
            assert booking.holding.cost == holding.cost + sign * booking.value
        else:
            closed = min(Fraction(quantity), abs(held))
            cost_out = cost * closed / abs(held)
            expected = -sign * closed * Fraction(price) - cost_out
            assert abs(Fraction(booking.realized_pnl) - expected) <= Fraction(MICRO)
            opened = Fraction(quantity) - closed
            expected_cost = (cost - cost_out) + sign * opened * Fraction(price)
            assert abs(Fraction(booking.holding.cost) - expected_cost) <= Fraction(MICRO)
        holding = booking.holding


@given(ROUND_FILLS)
def test_whole_numbers_come_out_as_in_a_model_without_rounding(
    fills: list[tuple[Side, Decimal, Decimal]],
) -> None:
    holding = Holding()
    quantity, cost, realized = Fraction(0), Fraction(0), Fraction(0)
    closings = 0
    for side, size, price in fills:
        signed = Fraction(size) * (1 if side is Side.BUY else -1)
        if quantity * signed >= 0:
            quantity, cost = quantity + signed, cost + signed * Fraction(price)
        else:
            closings += 1
            average = cost / quantity
            closed = min(abs(signed), abs(quantity))
            direction = 1 if quantity > 0 else -1
            realized += direction * closed * (Fraction(price) - average)
            rest = abs(signed) - closed
            cost = cost - direction * closed * average if rest == 0 else -direction * rest * Fraction(price)
            quantity += signed
        holding = book_fill(holding, side, size, price).holding
        error = Fraction(MICRO) * closings
        assert Fraction(holding.quantity) == quantity
        assert abs(Fraction(holding.cost) - cost) <= error
        assert abs(Fraction(holding.realized_pnl) - realized) <= error


@pytest.mark.parametrize(
    ("fills", "quantity", "cost", "realized"),
    [
        ([("SELL", "100", "20")], "-100", "-2000", "0"),
        ([("SELL", "100", "20"), ("BUY", "40", "15")], "-60", "-1200", "200"),
        ([("BUY", "100", "50"), ("SELL", "150", "55")], "-50", "-2750", "500"),
        ([("SELL", "50", "10"), ("BUY", "80", "12")], "30", "360", "-100"),
        ([("BUY", "1", "33.33"), ("BUY", "2", "33.335"), ("SELL", "1", "40")], "2", "66.666667", "6.666667"),
        ([("BUY", "3", "0.000001"), ("SELL", "1", "1"), ("SELL", "2", "1")], "0", "0", "2.999997"),
    ],
)
def test_shorts_and_flips_by_hand(
    fills: list[tuple[str, str, str]], quantity: str, cost: str, realized: str
) -> None:
    holding = Holding()
    for side, size, price in fills:
        holding = book_fill(holding, Side(side), Decimal(size), Decimal(price)).holding
    assert holding == Holding(Decimal(quantity), Decimal(cost), Decimal(realized))


def test_a_buy_pays_its_value_and_both_sides_pay_the_fee() -> None:
    assert cash_change(Side.BUY, Decimal("100.5"), Decimal("0.01")) == Decimal("-100.51")
    assert cash_change(Side.SELL, Decimal("100.5"), Decimal("0.01")) == Decimal("100.49")


def test_longs_and_shorts_are_added_up_apart() -> None:
    holdings = [(Holding(Decimal(size), Decimal(0)), Decimal(10)) for size in (3, 4, -1, -2, 0)]
    valuation = value_holdings(holdings)
    assert valuation == Valuation(Decimal(70), Decimal(-30), unrealized_pnl=Decimal(40))
    assert valuation.net_market_value == 40
    assert valuation.gross_market_value == 100


@given(st.lists(st.tuples(HOLDINGS, st.none() | MARKS)))
def test_a_valuation_adds_up_the_value_of_each_position(
    holdings: list[tuple[Holding, Decimal | None]],
) -> None:
    worth = [
        Fraction(holding.cost)
        if mark is None
        else Fraction(half_up(Fraction(holding.quantity) * Fraction(mark), MICRO))
        for holding, mark in holdings
    ]
    valuation = value_holdings(iter(holdings))
    assert Fraction(valuation.net_market_value) == sum(worth)
    assert Fraction(valuation.gross_market_value) == sum(map(abs, worth))
    assert Fraction(valuation.unrealized_pnl) == sum(worth) - sum(Fraction(each.cost) for each, _ in holdings)


@given(HOLDINGS)
def test_an_average_cost_times_the_quantity_is_the_cost(holding: Holding) -> None:
    cost = Fraction(holding.average_cost) * Fraction(holding.quantity)
    error = abs(Fraction(holding.quantity)) * Fraction(MICRO) / 2
    assert abs(cost - Fraction(holding.cost)) <= error if holding.quantity else holding.average_cost == 0


def test_totals_add_the_rounded_values_of_the_positions() -> None:
    third = Decimal("0.333333333")
    valuation = value_holdings(
        [
            (Holding(third, Decimal("0.1")), Decimal("0.000002")),  # 0.00000066... is 0.000001
            (Holding(third, Decimal("0.1")), Decimal("0.000002")),
            (Holding(-third, Decimal("-0.1")), Decimal("0.000002")),
            (Holding(Decimal(2), Decimal(7)), None),
        ]
    )
    assert valuation.long_market_value == Decimal("7.000002")
    assert valuation.short_market_value == Decimal("-0.000001")
    assert valuation.net_market_value == Decimal("7.000001")
    assert valuation.gross_market_value == Decimal("7.000003")
    assert valuation.unrealized_pnl == Decimal("0.000001") - Decimal("0.1")
