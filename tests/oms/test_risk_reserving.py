"""What an order opens and what that reserves, against models that count single shares."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.oms import money, risk
from graphql_api.oms.risk import OpenOrder
from graphql_api.oms.words import AccountType, OrderType, Side
from tests.oms.checks import HELD, ORDERS, PRICES, SHARES, SIDES, refused, says


def opened_shares(held: Decimal, orders: list[OpenOrder]) -> list[int]:
    """How many shares each order opens, where every share of a position can be closed once."""
    closable = {Side.BUY: int(max(Decimal(0), -held)), Side.SELL: int(max(Decimal(0), held))}
    opened = []
    for order in orders:
        opens = 0
        for _share in range(int(order.leaves)):
            if closable[order.side]:
                closable[order.side] -= 1
            else:
                opens += 1
        opened.append(opens)
    return opened


@given(HELD, ORDERS)
def test_only_what_opens_is_reserved_and_the_oldest_order_closes_first(
    held: Decimal, orders: list[OpenOrder]
) -> None:
    opened = opened_shares(held, orders)
    reserved = sum(
        (number * order.reserve_price for number, order in zip(opened, orders, strict=True)), Decimal(0)
    )
    assert risk.reserved_for(held, iter(orders)) == reserved


@given(HELD, ORDERS, SIDES, SHARES)
def test_an_order_opens_what_others_of_its_side_do_not_leave_to_close(
    held: Decimal, orders: list[OpenOrder], side: Side, quantity: Decimal
) -> None:
    new = OpenOrder(side, OrderType.MARKET, quantity, None, Decimal(1))
    opens = opened_shares(held, [*orders, new])[-1]
    assert risk.opening_part(held, side, quantity, iter(orders)) == opens
    left = opened_shares(held, [*orders, replace(new, leaves=Decimal(100))])[-1]
    assert risk.closable(held, side, iter(orders)) == 100 - left


@given(HELD, ORDERS, SIDES, SHARES, PRICES)
def test_what_is_checked_when_an_order_is_given_is_what_it_reserves_then(
    held: Decimal, orders: list[OpenOrder], side: Side, quantity: Decimal, price: Decimal
) -> None:
    new = OpenOrder(side, OrderType.MARKET, quantity, None, price)
    more = risk.reserved_for(held, [*orders, new]) - risk.reserved_for(held, orders)
    assert more == money.value_of(risk.opening_part(held, side, quantity, orders), price)


@pytest.mark.parametrize(
    ("side", "limit", "stop", "reserved"),
    [
        (Side.BUY, None, None, "105"),
        (Side.BUY, "90", None, "90"),
        (Side.BUY, None, "110", "115.5"),
        (Side.BUY, "112", "110", "112"),
        (Side.SELL, None, None, "103"),
        (Side.SELL, None, "90", "103"),
        (Side.SELL, "102", None, "103"),
        (Side.SELL, "104", None, "104"),
        (Side.SELL, "103", "110", "103"),
    ],
)
def test_a_waiting_order_reserves_a_little_more_than_it_would_cost_now(
    side: Side, limit: str | None, stop: str | None, reserved: str
) -> None:
    prices = [None if price is None else Decimal(price) for price in (limit, stop)]
    assert risk.reserve_price(side, Decimal(100), *prices) == Decimal(reserved)


MONEY = st.decimals("-1e6", "1e6", places=6)


@given(MONEY, MONEY, MONEY, MONEY)
def test_cash_spends_its_cash_and_margin_twice_its_equity_less_what_is_invested(
    cash: Decimal, reserved: Decimal, equity: Decimal, gross: Decimal
) -> None:
    on_cash = risk.buying_power(AccountType.CASH, cash, reserved, equity, gross)
    on_margin = risk.buying_power(AccountType.MARGIN, cash, reserved, equity, gross)
    assert on_cash == cash - reserved
    assert Fraction(on_margin) == 2 * (Fraction(equity) - Fraction(gross) / 2) - Fraction(reserved)


@given(MONEY, MONEY)
def test_what_is_needed_must_fit_and_the_refusal_says_both(required: Decimal, available: Decimal) -> None:
    refusal = risk.check_buying_power("notional", required, available)
    assert refused(refusal) == (("INSUFFICIENT_BUYING_POWER", "notional") if required > available else None)
    assert refusal is None or says(refusal, money.shown(required), money.shown(available))


def test_the_last_cent_can_be_spent() -> None:
    assert risk.check_buying_power("quantity", Decimal(100), Decimal(100)) is None
    assert risk.check_buying_power("quantity", Decimal("100.000001"), Decimal(100)) is not None
