"""What a quote does to an order, against the table of fills in plain numbers.

The model knows one side only: a sell is a buy in a mirror, where every price has the other sign.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.market.quotes import Quote
from graphql_api.oms import fills
from graphql_api.oms.fills import Meeting, Terms
from graphql_api.oms.words import OrderType, RejectionCode, Side, TimeInForce, Watch
from tests.oms.checks import refused
from tests.oms.test_money import half_up

NOW = datetime(2026, 7, 28, 15, 0, tzinfo=UTC)
MAX_AGE = timedelta(seconds=60)
MICRO = Decimal("0.000001")

SIDES = st.sampled_from(Side)
PRICES = st.integers(95, 105).map(Decimal)
SLIPPAGE = st.sampled_from([Decimal(0), Decimal(10), Decimal("33.333333")])


def a_number(text: Decimal | str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def a_quote(
    bid: Decimal | str | None = None,
    ask: Decimal | str | None = None,
    last: Decimal | str | None = None,
    *,
    sizes: tuple[str | None, str | None] = (None, None),
    age: timedelta = timedelta(0),
    is_first: bool = False,
) -> Quote:
    bid_size, ask_size = map(a_number, sizes)
    prices = a_number(bid), a_number(ask), a_number(last)
    return Quote("AAPL", *prices, bid_size, ask_size, NOW - age, "TEST", is_first=is_first)


def in_order(prices: list[Decimal | None]) -> list[Decimal | None]:
    """Bid and ask so that they do not cross."""
    bid, ask, last = prices
    return [ask, bid, last] if bid is not None and ask is not None and bid > ask else prices


GOOD_QUOTES = st.builds(
    lambda prices, is_first: a_quote(*in_order(prices), is_first=is_first),
    st.lists(st.none() | PRICES, min_size=3, max_size=3),
    st.booleans(),
)


@st.composite
def orders(draw: st.DrawFn) -> Terms:
    """Orders of every type whose prices are around the quotes'."""
    type = draw(st.sampled_from(OrderType))
    return Terms(
        "AAPL",
        draw(SIDES),
        type,
        draw(st.sampled_from([TimeInForce.DAY, TimeInForce.GTC])),
        Decimal(10),
        limit_price=draw(PRICES) if type in {OrderType.LIMIT, OrderType.STOP_LIMIT} else None,
        stop_price=draw(PRICES) if type in {OrderType.STOP, OrderType.STOP_LIMIT} else None,
    )


def an_order(side: str, limit: str | None = None, stop: str | None = None) -> Terms:
    type = OrderType.MARKET if limit is None else OrderType.LIMIT
    if stop is not None:
        type = OrderType.STOP if limit is None else OrderType.STOP_LIMIT
    return Terms(
        "AAPL", Side(side), type, TimeInForce.DAY, Decimal(10), None, a_number(limit), a_number(stop)
    )


def let_meet(
    terms: Terms,
    quote: Quote,
    slippage: Decimal = Decimal(0),
    *,
    was_triggered: bool = False,
    is_arrival: bool = True,
) -> Meeting:
    return fills.meet(
        terms, quote, NOW, MAX_AGE, slippage, was_triggered=was_triggered, is_arrival=is_arrival
    )


def far_side(side: Side, quote: Quote) -> Decimal | None:
    """The price that a trade would get: last stands in for a side that is missing."""
    near_to_far = [quote.last, quote.bid if side is Side.SELL else quote.ask]
    return next((price for price in reversed(near_to_far) if price is not None), None)


@given(orders(), GOOD_QUOTES, SLIPPAGE, st.booleans(), st.booleans())
def test_a_good_quote_fills_as_the_table_says(
    terms: Terms, quote: Quote, slippage: Decimal, triggered_before: bool, is_arrival: bool
) -> None:
    was_triggered = triggered_before and terms.stop_price is not None
    meeting = let_meet(terms, quote, slippage, was_triggered=was_triggered, is_arrival=is_arrival)
    mirror = 1 if terms.side is Side.BUY else -1
    stop, limit, last, far = (
        None if price is None else mirror * Fraction(price)
        for price in (terms.stop_price, terms.limit_price, quote.last, far_side(terms.side, quote))
    )
    triggers = stop is not None and last is not None and last >= stop
    if stop is not None and not was_triggered and not triggers:
        assert meeting == Meeting(is_triggered=False), "a stop that is not reached does nothing"
        return
    assert meeting.is_triggered
    if far is None:
        assert meeting.price is None
        assert meeting.held_back is not None
        assert refused(meeting.held_back) == ("NO_QUOTE", "symbol")
        assert "AAPL" in meeting.held_back.message
        return
    assert meeting.held_back is None
    paid = None if meeting.price is None else mirror * Fraction(meeting.price)
    if limit is None:
        worse = abs(far) * Fraction(slippage) / 10_000
        assert meeting.price == half_up(abs(far + worse), MICRO)
    elif far > limit:
        assert paid is None, "a limit is never passed"
    else:
        is_new = is_arrival or (triggers and not was_triggered) or quote.is_first
        assert paid == (far if is_new else limit)


@given(orders(), st.booleans(), st.booleans(), st.booleans(), SLIPPAGE)
def test_a_bad_quote_fills_nothing_triggers_nothing_and_says_why(
    terms: Terms, triggered_before: bool, is_arrival: bool, is_stale: bool, slippage: Decimal
) -> None:
    was_triggered = triggered_before and terms.stop_price is not None
    age = MAX_AGE + timedelta(microseconds=1) if is_stale else timedelta(0)
    bad = a_quote("99", "101" if is_stale else "98", "100", age=age)
    meeting = let_meet(terms, bad, slippage, was_triggered=was_triggered, is_arrival=is_arrival)
    assert (meeting.is_triggered, meeting.price) == (was_triggered, None)
    assert meeting.held_back is not None
    assert refused(meeting.held_back) == ("STALE_QUOTE" if is_stale else "CROSSED_QUOTE", "symbol")
    assert "AAPL" in meeting.held_back.message


def test_a_quote_that_is_too_old_says_how_old_is_too_old() -> None:
    assert fills.refuse_quote(a_quote("99", "101", age=MAX_AGE), NOW, MAX_AGE) is None
    late = fills.refuse_quote(a_quote("99", "101", age=MAX_AGE + timedelta(microseconds=1)), NOW, MAX_AGE)
    assert late is not None
    assert "60 seconds" in late.message
    assert not fills.is_stale(a_quote("99", age=timedelta(seconds=-5)), NOW, timedelta(0)), "from the future"


@pytest.mark.parametrize(
    ("bid", "ask", "last", "is_crossed"),
    [
        ("99", "101", "100", False),
        ("100", "100", "100", False),  # locked is not crossed
        ("100.000001", "100", "100", True),
        ("99", "101", "102", False),  # last may lie outside
        ("99", None, "98", False),
        (None, "101", "102", False),
        (None, None, None, False),
        ("0", "101", "100", True),
        ("99", "0", "100", True),
        ("-1", None, None, True),
        (None, "0", None, True),
        ("99", "101", "0", True),
        ("0.000001", "0.5", "0.000001", False),
    ],
)
def test_a_bid_above_the_ask_or_a_price_that_is_not_above_0_makes_no_sense(
    bid: str | None, ask: str | None, last: str | None, is_crossed: bool
) -> None:
    quote = a_quote(bid, ask, last)
    assert fills.is_crossed(quote) is is_crossed
    refusal = fills.refuse_quote(quote, NOW, MAX_AGE)
    assert (refusal is not None) is is_crossed
    for terms in (an_order("BUY"), an_order("SELL")):
        held_back = let_meet(terms, quote).held_back
        assert held_back == refusal or (held_back and held_back.code is RejectionCode.NO_QUOTE)


@given(orders(), GOOD_QUOTES, st.booleans(), st.booleans())
def test_an_order_is_woken_by_the_quotes_that_do_something_to_it_and_by_no_other(
    terms: Terms, quote: Quote, triggered_before: bool, is_held_back: bool
) -> None:
    was_triggered = triggered_before and terms.stop_price is not None
    watch, price = fills.watch_of(terms, is_triggered=was_triggered, is_held_back=is_held_back)
    if is_held_back or (terms.limit_price is None and (was_triggered or terms.stop_price is None)):
        assert (watch, price) == (Watch.ANY, None), "it would have traded on the last quote"
        return
    assert price is not None
    mirror = 1 if terms.side is Side.BUY else -1
    if watch in {Watch.BUY_STOP, Watch.SELL_STOP}:
        is_woken = quote.last is not None and mirror * quote.last >= mirror * price
    else:
        assert watch in {Watch.BUY_LIMIT, Watch.SELL_LIMIT}
        far = far_side(terms.side, quote)
        is_woken = far is not None and mirror * far <= mirror * price
    assert watch.name.startswith(terms.side)
    meeting = let_meet(terms, quote, was_triggered=was_triggered, is_arrival=False)
    triggers = terms.stop_price is not None and meeting.is_triggered and not was_triggered
    assert is_woken is (meeting.price is not None or triggers)


@given(orders(), st.booleans(), st.booleans())
def test_orders_for_the_open_wake_with_it_and_orders_for_the_close_by_no_quote(
    terms: Terms, is_triggered: bool, is_held_back: bool
) -> None:
    def watch_for(time_in_force: TimeInForce) -> tuple[Watch | None, Decimal | None]:
        waiting = Terms(
            terms.symbol,
            terms.side,
            terms.type,
            time_in_force,
            terms.quantity,
            None,
            terms.limit_price,
            terms.stop_price,
        )
        return fills.watch_of(waiting, is_triggered=is_triggered, is_held_back=is_held_back)

    assert watch_for(TimeInForce.OPG) == (Watch.OPEN, None)
    assert watch_for(TimeInForce.CLS) == (None, None)


@pytest.mark.parametrize(
    ("terms", "quote", "price"),
    [
        (an_order("BUY"), a_quote("99", "101", "100"), "101"),
        (an_order("SELL"), a_quote("99", "101", "100"), "99"),
        (an_order("BUY"), a_quote("99", None, "100"), "100"),
        (an_order("SELL"), a_quote(None, "101", "100"), "100"),
        (an_order("BUY", limit="101"), a_quote("99", "100.5", "100"), "100.5"),
        (an_order("BUY", limit="100"), a_quote("99", "100.01", "100"), None),
        (an_order("SELL", limit="99"), a_quote("99", "101", "100"), "99"),
        (an_order("SELL", stop="95"), a_quote("90", "92", "91"), "90"),  # gaps hurt
        (an_order("SELL", stop="95"), a_quote("94", "96", "95.01"), None),
        (an_order("BUY", stop="105"), a_quote("104", "106", "105"), "106"),
        (an_order("BUY", limit="106", stop="105"), a_quote("107", "108", "107.5"), None),  # gapped past
        (an_order("BUY", limit="106", stop="105"), a_quote("105", "105.5", "105"), "105.5"),
        (an_order("BUY", stop="105"), a_quote("104", "106"), None),  # without a last nothing triggers
    ],
)
def test_fills_on_arrival_by_hand(terms: Terms, quote: Quote, price: str | None) -> None:
    assert let_meet(terms, quote).price == a_number(price)


AT_ITS_LIMIT, IMPROVED = a_quote("89", "90", "89.5"), a_quote("89", "90", "89.5", is_first=True)


@pytest.mark.parametrize(
    ("terms", "quote", "was_triggered", "price"),
    [
        (an_order("BUY", limit="95"), AT_ITS_LIMIT, False, "95"),
        (an_order("SELL", limit="85"), AT_ITS_LIMIT, False, "85"),
        (an_order("BUY", limit="95"), IMPROVED, False, "90"),
        (an_order("SELL", limit="85"), IMPROVED, False, "89"),
        (an_order("BUY", limit="89.99"), IMPROVED, False, None),
        (an_order("BUY", limit="95", stop="80"), AT_ITS_LIMIT, False, "90"),  # its limit arrives now
        (an_order("BUY", limit="95", stop="80"), AT_ITS_LIMIT, True, "95"),  # its limit rested before
        (an_order("BUY", limit="95", stop="91"), AT_ITS_LIMIT, False, None),
        (an_order("SELL", stop="85"), AT_ITS_LIMIT, True, "89"),  # it never un-triggers
        (an_order("SELL"), AT_ITS_LIMIT, False, "89"),
    ],
)
def test_resting_orders_by_hand(terms: Terms, quote: Quote, was_triggered: bool, price: str | None) -> None:
    meeting = let_meet(terms, quote, was_triggered=was_triggered, is_arrival=False)
    assert meeting.price == a_number(price)


@pytest.mark.parametrize(
    ("terms", "is_triggered", "is_held_back", "watch", "price"),
    [
        (an_order("BUY", limit="95"), False, False, Watch.BUY_LIMIT, "95"),
        (an_order("SELL", limit="95"), False, False, Watch.SELL_LIMIT, "95"),
        (an_order("BUY", stop="105"), False, False, Watch.BUY_STOP, "105"),
        (an_order("SELL", limit="94", stop="95"), False, False, Watch.SELL_STOP, "95"),
        (an_order("SELL", limit="94", stop="95"), True, False, Watch.SELL_LIMIT, "94"),
        (an_order("SELL", stop="95"), True, False, Watch.ANY, None),  # it waits for size
        (an_order("SELL", limit="94"), False, True, Watch.ANY, None),  # it waits for a better quote
    ],
)
def test_what_wakes_a_resting_order_by_hand(
    terms: Terms, is_triggered: bool, is_held_back: bool, watch: Watch, price: str | None
) -> None:
    waits_for = fills.watch_of(terms, is_triggered=is_triggered, is_held_back=is_held_back)
    assert waits_for == (watch, a_number(price))


@given(GOOD_QUOTES)
def test_a_mark_is_the_last_price_else_the_middle(quote: Quote) -> None:
    mark = fills.mark_of(quote)
    if quote.last is not None:
        assert mark == quote.last
    elif quote.bid is None or quote.ask is None:
        assert mark is None, "half a quote says nothing of what a share is worth"
    else:
        assert mark == (quote.bid + quote.ask) / 2


@pytest.mark.parametrize(
    ("sizes", "buyable", "sellable"),
    [(("300", "200"), "200", "300"), ((None, "200"), "200", "0"), (("300", None), "0", "300")],
)
def test_a_buy_takes_from_the_ask_and_a_missing_size_is_0(
    sizes: tuple[str | None, str | None], buyable: str, sellable: str
) -> None:
    quote = a_quote("99", "101", sizes=sizes)
    assert fills.displayed_size(Side.BUY, quote) == Decimal(buyable)
    assert fills.displayed_size(Side.SELL, quote) == Decimal(sellable)


@given(SIDES, st.decimals("0.000001", "1e6", places=6), st.decimals("0", "9999", places=6))
def test_slippage_never_helps_the_trader(side: Side, price: Decimal, bps: Decimal) -> None:
    slipped = fills.slipped(side, price, bps)
    mirror = 1 if side is Side.BUY else -1
    assert slipped == half_up(Fraction(price) * (1 + mirror * Fraction(bps) / 10_000), MICRO)
    assert mirror * slipped >= mirror * price


@given(SIDES, st.decimals("1", "200", places=2), st.decimals("1", "200", places=2))
def test_a_price_has_moved_when_it_is_more_than_2_percent_worse(
    side: Side, price: Decimal, expected: Decimal
) -> None:
    ratio = Fraction(price) / Fraction(expected)
    moved = ratio > Fraction(102, 100) if side is Side.BUY else ratio < Fraction(98, 100)
    assert fills.is_price_moved(side, price, expected) is moved


@pytest.mark.parametrize(
    ("side", "price", "is_moved"),
    [
        ("BUY", "102", False),
        ("BUY", "102.000001", True),
        ("BUY", "50", False),  # better is welcome
        ("SELL", "98", False),
        ("SELL", "97.999999", True),
        ("SELL", "200", False),
    ],
)
def test_2_percent_is_not_more_than_2_percent(side: str, price: str, is_moved: bool) -> None:
    assert fills.is_price_moved(Side(side), Decimal(price), Decimal(100)) is is_moved


def test_a_refusal_of_the_size_names_the_field_that_was_given() -> None:
    by_money = Terms("AAPL", Side.BUY, OrderType.MARKET, TimeInForce.DAY, notional=Decimal(500))
    by_shares = Terms("AAPL", Side.BUY, OrderType.MARKET, TimeInForce.DAY, quantity=Decimal(5))
    assert (by_money.size_field, by_shares.size_field) == ("notional", "quantity")
