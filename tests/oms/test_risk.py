"""What the rules let an order do, check by check, against models that count single shares."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphql_api.oms import money, risk
from graphql_api.oms.fills import Terms
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.risk import OpenOrder
from graphql_api.oms.rules import Rules
from graphql_api.oms.words import AccountType, OrderType, PortfolioState, Side, TimeInForce

SIDES = st.sampled_from(Side)
TYPES = st.sampled_from(OrderType)
LIMITED = (OrderType.LIMIT, OrderType.STOP_LIMIT)
STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)
PRICES = st.integers(95, 105).map(Decimal)
SHARES = st.integers(1, 12).map(Decimal)
HELD = st.integers(-12, 12).map(Decimal)


def refused(refusal: Refusal | None) -> tuple[str, str] | None:
    """The code and the field of a refusal, which is a sentence to a person; None where there is none."""
    if refusal is None:
        return None
    text = refusal.message
    assert not text[0].islower(), text
    assert text[-1] == ".", text
    assert not text.isupper(), text
    return refusal.code.value, refusal.field


def says(refusal: Refusal | None, *figures: str) -> bool:
    """Whether the sentence has all these figures."""
    return refusal is not None and all(figure in refusal.message for figure in figures)


def an_order(
    side: Side = Side.BUY,
    type: OrderType = OrderType.MARKET,
    quantity: str | None = "10",
    notional: str | None = None,
    limit: str | None = None,
    stop: str | None = None,
    time_in_force: TimeInForce = TimeInForce.DAY,
) -> Terms:
    numbers = [None if number is None else Decimal(number) for number in (quantity, notional, limit, stop)]
    return Terms("AAPL", side, type, time_in_force, *numbers)


def shape(terms: Terms, expected: str | None = None, *, is_now: bool = False) -> tuple[str, str] | None:
    return refused(risk.check_shape(terms, None if expected is None else Decimal(expected), is_now=is_now))


# --- The shape of an order


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


# --- What an order opens, and what that reserves


@st.composite
def open_orders(draw: st.DrawFn) -> OpenOrder:
    type = draw(TYPES)
    return OpenOrder(
        draw(SIDES),
        type,
        leaves=draw(SHARES),
        limit_price=draw(PRICES) if type in LIMITED else None,
        reserve_price=draw(PRICES),
    )


ORDERS = st.lists(open_orders(), max_size=6)


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


# --- The portfolio's state and its own limits


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


# --- Wash trades and positions


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
