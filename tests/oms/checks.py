"""What the tests of the checks share: orders as they see them, and how a refusal is read."""

from decimal import Decimal

from hypothesis import strategies as st

from graphql_api.oms.fills import Terms
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.risk import OpenOrder
from graphql_api.oms.words import OrderType, Side, TimeInForce

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
