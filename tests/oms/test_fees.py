"""Fees against a model in fractions, and what the minimum and the cap make of them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.oms.fees import fee_of
from graphql_api.oms.rules import FeeRule
from tests.oms.test_money import half_up

CENT = Decimal("0.01")
AMOUNTS = st.decimals("0", "20", places=4)
RULES = st.builds(
    FeeRule,
    flat=AMOUNTS,
    per_share=st.decimals("0", "0.05", places=6),
    bps=st.decimals("0", "50", places=2),
    minimum=AMOUNTS,
    cap_percent=st.none() | st.decimals("0", "5", places=2),
)
QUANTITIES = st.decimals("0.000000001", "10000", places=9)
VALUES = st.decimals("0.000001", "100000", places=15)


@given(RULES, QUANTITIES, VALUES)
def test_a_fee_is_all_its_parts_then_the_minimum_then_the_cap_then_the_cent(
    rule: FeeRule, quantity: Decimal, value: Decimal
) -> None:
    worth = Fraction(value)
    parts = Fraction(rule.flat) + Fraction(quantity) * Fraction(rule.per_share)
    fee = max(parts + worth * Fraction(rule.bps) / 10_000, Fraction(rule.minimum))
    if rule.cap_percent is not None:
        fee = min(fee, worth * Fraction(rule.cap_percent) / 100)
    assert fee_of(rule, quantity, value) == half_up(fee, CENT)


@given(RULES)
def test_what_has_not_filled_costs_nothing(rule: FeeRule) -> None:
    assert fee_of(rule, Decimal(0), Decimal(0)) == 0


@given(QUANTITIES, VALUES)
def test_without_a_rule_nothing_costs_anything(quantity: Decimal, value: Decimal) -> None:
    assert fee_of(FeeRule(), quantity, value) == 0


@pytest.mark.parametrize(
    ("rule", "quantity", "value", "fee"),
    [
        (FeeRule(flat=Decimal("4.95")), "100", "10000", "4.95"),
        (FeeRule(per_share=Decimal("0.005")), "321", "10000", "1.61"),  # 1.605
        (FeeRule(bps=Decimal(10)), "100", "10000", "10"),
        (FeeRule(per_share=Decimal("0.005"), minimum=Decimal(1)), "100", "10000", "1"),
        (FeeRule(per_share=Decimal("0.005"), minimum=Decimal(1)), "400", "10000", "2"),
        (FeeRule(minimum=Decimal(1), cap_percent=Decimal(1)), "1", "20", "0.2"),  # the cap beats the minimum
        (FeeRule(flat=Decimal(5), cap_percent=Decimal(0)), "1", "20", "0"),
    ],
)
def test_fees_by_hand(rule: FeeRule, quantity: str, value: str, fee: str) -> None:
    assert fee_of(rule, Decimal(quantity), Decimal(value)) == Decimal(fee)
