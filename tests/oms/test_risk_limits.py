"""What a portfolio takes: its state, and limits of its own."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphql_api.oms import risk
from graphql_api.oms.fills import Terms
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.rules import Rules
from graphql_api.oms.words import OrderType, PortfolioState, Side
from tests.oms.checks import HELD, PRICES, SHARES, SIDES, an_order, refused, says


@given(SIDES, HELD, st.none() | SHARES, st.sampled_from(PortfolioState), st.booleans())
@example(Side.SELL, Decimal(5), Decimal(5), PortfolioState.REDUCING, False)
@example(Side.SELL, Decimal(5), Decimal("5.000000001"), PortfolioState.REDUCING, False)
@example(Side.BUY, Decimal(-1), Decimal(1), PortfolioState.REDUCING, False)
@example(Side.SELL, Decimal(0), None, PortfolioState.REDUCING, False)
def test_a_halted_portfolio_takes_nothing_and_a_reducing_one_what_closes(
    side: Side, held: Decimal, quantity: Decimal | None, state: PortfolioState, archived: bool
) -> None:
    refusal = risk.check_state(state, archived, side, quantity, held)
    closes = -held if side is Side.BUY else held
    if archived or state is PortfolioState.HALTED:
        assert refused(refusal) == ("PORTFOLIO_HALTED", "portfolioId")
        assert says(refusal, "archived" if archived else "halted")
    elif state is PortfolioState.REDUCING and (closes <= 0 or (quantity or 0) > closes):
        assert refused(refusal) == ("PORTFOLIO_REDUCING", "quantity")
        assert says(refusal, f" {max(closes, Decimal(0))} shares")
    else:
        assert refusal is None


def limits(
    rules: Rules,
    terms: Terms,
    reference: str = "100",
    held: str = "0",
    equity: str | None = "10000",
    leaves: str | None = None,
) -> Refusal | None:
    quantity = terms.quantity or Decimal(5)
    return risk.check_limits(
        rules,
        terms,
        quantity,
        quantity if leaves is None else Decimal(leaves),
        Decimal(reference),
        Decimal(held),
        None if equity is None else Decimal(equity),
    )


def test_without_limits_nothing_is_limited() -> None:
    assert limits(Rules(), an_order(quantity="1000000000"), held="1000000000", equity="1") is None


@pytest.mark.parametrize(
    ("terms", "reference", "is_refused"),
    [
        (an_order(quantity="10"), "100", False),
        (an_order(quantity="10.000000001"), "100", False),  # 0.0000001 of money is nothing
        (an_order(quantity="10.00000001"), "100", True),
        (an_order(quantity="10", type=OrderType.LIMIT, limit="99"), "200", False),
        (an_order(quantity="10", type=OrderType.LIMIT, limit="101"), "50", True),
        (an_order(quantity=None, notional="1000"), "300", False),
        (an_order(quantity=None, notional="1000.01"), "1", True),
    ],
)
def test_an_order_is_worth_no_more_than_its_portfolio_allows(
    terms: Terms, reference: str, is_refused: bool
) -> None:
    rules = Rules(max_order_notional=Decimal(1000))
    refusal = limits(rules, terms, reference)
    assert refused(refusal) == (("ORDER_LIMIT", terms.size_field) if is_refused else None)
    assert refusal is None or says(refusal, "1,000.00")


def test_the_value_of_a_dear_order_is_in_its_refusal() -> None:
    rules = Rules(max_order_notional=Decimal(1000))
    assert says(limits(rules, an_order(quantity="11")), "1,100.00", "1,000.00")
    assert says(limits(rules, an_order(quantity=None, notional="1234.5")), "1,234.50")


@given(SIDES, HELD, SHARES, PRICES, st.integers(1, 200).map(Decimal), st.none() | PRICES)
def test_a_position_grows_no_larger_than_its_part_of_the_equity(
    side: Side, held: Decimal, quantity: Decimal, reference: Decimal, percent: Decimal, limit: Decimal | None
) -> None:
    terms = an_order(side, OrderType.MARKET if limit is None else OrderType.LIMIT, str(quantity))
    terms = replace(terms, limit_price=limit)
    equity = Decimal(1000)
    rules = Rules(max_position_percent=percent)
    refusal = risk.check_limits(rules, terms, quantity, quantity, reference, held, equity)
    after = abs(held + quantity if side is Side.BUY else held - quantity)
    price = reference if limit is None else limit
    is_refused = after > abs(held) and Fraction(after * price) > Fraction(equity * percent) / 100
    assert refused(refusal) == (("POSITION_LIMIT", "quantity") if is_refused else None)
    assert refusal is None or says(refusal, f"{after} AAPL", f"{percent} %")


@pytest.mark.parametrize(
    ("held", "side", "quantity", "is_refused"),
    [
        ("0", Side.BUY, "50", False),
        ("0", Side.BUY, "50.000000001", False),  # 0.0000001 of money is nothing
        ("0", Side.BUY, "50.00000001", True),
        ("40", Side.BUY, "11", True),
        ("90", Side.SELL, "10", False),  # too large before, smaller after
        ("90", Side.SELL, "180", False),  # as large as before
        ("90", Side.SELL, "181", True),
        ("-51", Side.BUY, "1", False),
    ],
)
def test_a_position_may_be_as_large_as_its_part_and_may_always_shrink(
    held: str, side: Side, quantity: str, is_refused: bool
) -> None:
    rules = Rules(max_position_percent=Decimal(50))
    refusal = limits(rules, an_order(side, quantity=quantity), held=held)
    assert refused(refusal) == (("POSITION_LIMIT", "quantity") if is_refused else None)


def test_the_shares_that_a_replaced_order_has_filled_count_once() -> None:
    rules = Rules(max_position_percent=Decimal(50))
    replacement = an_order(quantity="60")
    assert limits(rules, replacement, held="20", leaves="30") is None
    assert refused(limits(rules, replacement, held="20", leaves="31")) == ("POSITION_LIMIT", "quantity")


def test_a_position_limit_names_the_money_of_an_order_by_money() -> None:
    rules = Rules(max_position_percent=Decimal(1))
    assert refused(limits(rules, an_order(quantity=None, notional="500"))) == ("POSITION_LIMIT", "notional")


def test_a_restricted_symbol_is_not_traded() -> None:
    refusal = limits(Rules(restricted_symbols=frozenset({"AAPL"})), an_order())
    assert refused(refusal) == ("RESTRICTED_SYMBOL", "symbol")
    assert says(refusal, "AAPL")
    assert limits(Rules(restricted_symbols=frozenset({"MSFT"})), an_order()) is None
