"""What an order may do beside others and to a position: no wash trade, no short sale without the right."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.oms import money, risk
from graphql_api.oms.fills import Terms
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.risk import OpenOrder
from graphql_api.oms.rules import Rules
from graphql_api.oms.words import AccountType, OrderType, Side
from tests.oms.checks import LIMITED, ORDERS, PRICES, SIDES, STOPS, TYPES, an_order, refused, says


@given(SIDES, TYPES, st.none() | PRICES, ORDERS)
def test_no_order_may_meet_another_of_its_portfolio(
    side: Side, type: OrderType, limit: Decimal | None, orders: list[OpenOrder]
) -> None:
    terms = replace(an_order(side, type), limit_price=limit if type in LIMITED else None)

    def could_meet(order: OpenOrder) -> bool:
        prices = {side: terms.limit_price, order.side: order.limit_price}
        if side is order.side or type in STOPS or order.type in STOPS:
            return False
        buy, sell = prices[Side.BUY], prices[Side.SELL]
        return buy is None or sell is None or buy >= sell

    refusal = risk.check_wash_trade(terms, iter(orders))
    washes = any(could_meet(order) for order in orders)
    assert refused(refusal) == (("WASH_TRADE", "side") if washes else None)
    assert refusal is None or says(refusal, "AAPL", "to sell" if side is Side.BUY else "to buy")


@pytest.mark.parametrize(
    ("limit", "other", "other_limit", "washes"),
    [
        ("100", OrderType.LIMIT, "100", True),
        ("100", OrderType.LIMIT, "99", True),
        ("100", OrderType.LIMIT, "100.01", False),
        ("100", OrderType.MARKET, None, True),  # a market order that waits trades at any price
        (None, OrderType.LIMIT, "500", True),
        (None, OrderType.STOP, None, False),
        ("100", OrderType.STOP_LIMIT, "99", False),
    ],
)
def test_a_buy_may_rest_beside_a_sell_that_it_cannot_meet(
    limit: str | None, other: OrderType, other_limit: str | None, washes: bool
) -> None:
    there = OpenOrder(
        Side.SELL, other, Decimal(1), None if other_limit is None else Decimal(other_limit), Decimal(1)
    )
    new = an_order(Side.BUY, OrderType.MARKET if limit is None else OrderType.LIMIT, limit=limit)
    refusal = risk.check_wash_trade(new, [there])
    assert refused(refusal) == (("WASH_TRADE", "side") if washes else None)


def position(
    terms: Terms,
    opening: str,
    held: str = "0",
    account: AccountType = AccountType.MARGIN,
    *,
    short: bool = True,
) -> Refusal | None:
    quantity = terms.quantity or Decimal(0)
    rules = Rules(allow_short=short)
    return risk.check_position(rules, account, terms, quantity, Decimal(opening), Decimal(held))


@given(SIDES, st.sampled_from(AccountType), st.booleans(), st.integers(0, 40).map(lambda n: Decimal(n) / 4))
def test_a_sell_needs_the_shares_or_the_right_to_be_short_in_whole_shares(
    side: Side, account: AccountType, short: bool, opening: Decimal
) -> None:
    refusal = position(an_order(side, quantity="10"), str(opening), "0", account, short=short)
    if side is Side.BUY or opening == 0:
        assert refusal is None
    elif not short:
        assert refused(refusal) == ("INSUFFICIENT_POSITION", "quantity")
        assert says(refusal, "sells 10 AAPL", f"has {money.plain(10 - opening)} to sell")
    elif account is AccountType.CASH:
        assert refused(refusal) == ("SHORT_NOT_ALLOWED", "quantity")
    elif opening % 1:
        assert refused(refusal) == ("FRACTIONAL_SHORT", "quantity")
        assert says(refusal, f"short {money.plain(opening)} AAPL")
    else:
        assert refusal is None


@pytest.mark.parametrize(
    ("side", "held", "quantity", "is_refused"),
    [
        (Side.BUY, "8999999999", "1", False),
        (Side.BUY, "8999999999", "1.000000001", True),
        (Side.SELL, "-8999999999", "1", False),
        (Side.SELL, "-8999999999", "2", True),
        (Side.SELL, "9000000000", "1", False),
    ],
)
def test_a_position_stays_small_enough_to_be_kept(
    side: Side, held: str, quantity: str, is_refused: bool
) -> None:
    refusal = position(an_order(side, quantity=quantity), "0", held)
    assert refused(refusal) == (("INVALID_QUANTITY", "quantity") if is_refused else None)
    assert refusal is None or says(refusal, "9000000000 shares")


@given(st.lists(st.sampled_from(["0", "9200000000000", "-9200000000000"]), min_size=1), st.booleans())
def test_balances_stay_small_enough_to_be_kept(balances: list[str], is_too_large: bool) -> None:
    numbers = [Decimal(balance) for balance in balances]
    if is_too_large:
        numbers[-1] = numbers[-1].copy_abs() + Decimal("9200000000000.000001")
        numbers[-1] = numbers[-1].copy_sign(Decimal(balances[-1]))
    refusal = risk.check_balances("notional", *numbers)
    assert refused(refusal) == (("INVALID_QUANTITY", "notional") if is_too_large else None)
    assert refusal is None or says(refusal, "9,200,000,000,000.00")
