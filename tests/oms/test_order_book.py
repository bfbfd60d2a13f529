"""Whatever traders and the market do, the order book does what the rules say, to the last decimal.

Steps are drawn at random, driven through the use cases on the manual market, and compared after each one
with a model that knows nothing but the rules.
"""

import shutil
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_api.oms.db import Database
from graphql_api.oms.migrations import migrate
from graphql_api.oms.reconcile import Reconciliation
from graphql_api.oms.rules import FeeRule
from graphql_api.oms.words import OrderType, Side, TimeInForce
from tests.oms.order_book.street import Cancel, Place, Publish, Replace, Step, Street
from tests.oms.order_book.words import Setup

SYMBOLS = st.sampled_from(["AAPL"] * 6 + ["MSFT"])
PRICES = st.integers(95, 105).map(Decimal)
NUMBERS = st.integers(0, 11)
SECONDS = [0] * 8 + [1] * 8 + [60, 61, 32_400, 90 * 86_400]


@st.composite
def orders(draw: st.DrawFn) -> Place:
    symbol, side = draw(SYMBOLS), draw(st.sampled_from(Side))
    type = draw(st.sampled_from(OrderType))
    limit = draw(PRICES) if type in {OrderType.LIMIT, OrderType.STOP_LIMIT} else None
    stop = draw(PRICES) if type in {OrderType.STOP, OrderType.STOP_LIMIT} else None
    is_now = type is OrderType.MARKET and draw(st.booleans())
    if stop is None and draw(st.integers(0, 5)) == 5:
        notional = draw(st.sampled_from(["1", "150", "333.33", "700"]).map(Decimal))
        time_in_force = TimeInForce.IOC if is_now else TimeInForce.DAY
        return Place(symbol, side, type, time_in_force, None, notional, limit, stop, is_now)
    lives = [TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK]
    time_in_force = TimeInForce.IOC if is_now else draw(st.sampled_from(lives))
    quantity = draw(st.sampled_from(["1", "2", "3", "4", "5", "8", "13", "2.5"]).map(Decimal))
    return Place(symbol, side, type, time_in_force, quantity, None, limit, stop, is_now)


@st.composite
def quotes(draw: st.DrawFn) -> Publish:
    middle, half_spread = draw(PRICES), draw(st.integers(0, 2))
    bid: Decimal | None = middle - half_spread
    ask: Decimal | None = middle + half_spread
    last: Decimal | None = middle + draw(st.integers(-1, 1))
    oddity = draw(st.integers(0, 19))
    if oddity == 16:
        bid = None
    elif oddity == 17:
        ask = None
    elif oddity == 18:
        last = None
    elif oddity == 19:
        bid, ask = draw(st.sampled_from([(middle + 1, middle), (middle, Decimal(0))]))
    size = st.sampled_from([None, *map(Decimal, (0, 1, 2, 3, 5, 8, 20))])
    after = timedelta(seconds=draw(st.sampled_from(SECONDS)))
    age = timedelta(seconds=draw(st.sampled_from([0] * 12 + [60, 61])))
    return Publish(draw(SYMBOLS), bid, ask, last, (draw(size), draw(size)), after, age)


STEP = st.one_of(
    st.builds(Cancel, NUMBERS),
    st.builds(
        Replace,
        NUMBERS,
        quantity=st.none() | st.integers(1, 9).map(Decimal),
        limit=st.none() | PRICES,
        stop=st.none() | PRICES,
    ),
    *[orders()] * 4,
    *[quotes()] * 4,
)
STEPS = st.tuples(*[st.lists(STEP, max_size=10)] * 4).map(lambda parts: list(chain(*parts)))
FEES = [
    FeeRule(),
    FeeRule(per_share=Decimal("0.005"), minimum=Decimal(1), cap_percent=Decimal(1)),
    FeeRule(flat=Decimal("0.5"), bps=Decimal(10)),
]
ACCOUNTS = [(False, False), (True, False), (True, True), (True, True)]
SETUPS = st.builds(
    lambda account, **rest: Setup(is_margin=account[0], allows_short=account[1], **rest),
    account=st.sampled_from(ACCOUNTS),
    cash=st.sampled_from([Fraction(1000), Fraction(2500)]),
    held=st.sampled_from([0, 5, 8]),
    is_sized=st.booleans(),
    slippage_bps=st.sampled_from([Fraction(0), Fraction(10)]),
    fee=st.sampled_from(FEES),
)


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated database: each sequence gets a copy, so that none meets another one's books."""
    file = tmp_path_factory.mktemp("order_book") / "empty.db"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    return file


def an_order(
    side: str,
    type: str,
    quantity: str,
    limit: str | None = None,
    stop: str | None = None,
    symbol: str = "AAPL",
) -> Place:
    limit_price, stop_price = (None if price is None else Decimal(price) for price in (limit, stop))
    return Place(
        symbol,
        Side(side),
        OrderType(type),
        TimeInForce.DAY,
        Decimal(quantity),
        None,
        limit_price,
        stop_price,
    )


def a_quote(
    price: str, symbol: str = "AAPL", *, half_spread: str = "1", size: str = "9", age: int = 0
) -> Publish:
    middle, half = Decimal(price), Decimal(half_spread)
    sizes = Decimal(size), Decimal(size)
    return Publish(
        symbol,
        middle - half,
        middle + half,
        middle,
        sizes,
        after=timedelta(seconds=1),
        age=timedelta(seconds=age),
    )


ON_MARGIN = Setup(cash=Fraction(2000), is_margin=True, allows_short=True)
SIZED = Setup(cash=Fraction(2000), held=5, is_margin=True, is_sized=True)


@pytest.mark.parametrize(
    ("setup", "steps"),
    [
        pytest.param(
            SIZED,
            [an_order("BUY", "MARKET", "6"), Replace(0, quantity=Decimal(2), limit=None, stop=None)],
            id="a replacement of what has filled gives back what the rest held",
        ),
        pytest.param(
            SIZED,
            [
                a_quote("100", age=61),
                an_order("SELL", "LIMIT", "5", limit="100"),
                Replace(0, quantity=Decimal(3), limit=None, stop=None),
            ],
            id="a replacement is held back by what held the original back",
        ),
        pytest.param(
            SIZED,
            [
                a_quote("100", half_spread="-1"),
                an_order("BUY", "STOP", "5", stop="104"),
                a_quote("104", size="0"),
                a_quote("104", size="3"),
            ],
            id="a stop that has triggered is not held back any more",
        ),
        pytest.param(
            ON_MARGIN,
            [
                an_order("BUY", "MARKET", "10"),
                an_order("SELL", "STOP", "10", stop="95"),
                an_order("SELL", "LIMIT", "10", limit="110"),
                a_quote("100", "MSFT"),
                an_order("BUY", "MARKET", "18", symbol="MSFT"),
                a_quote("60", "MSFT"),
                a_quote("60"),
            ],
            id="a stop that closes a position fills however little there is to spend",
        ),
        pytest.param(
            SIZED,
            [
                an_order("BUY", "STOP_LIMIT", "4", limit="105", stop="103"),
                an_order("BUY", "STOP", "4", stop="103"),
                a_quote("103", size="4"),
            ],
            id="of two stops that trigger the one that takes any price is first",
        ),
    ],
)
def test_sequences_by_hand(empty_database: Path, setup: Setup, steps: list[Step]) -> None:
    take_all(empty_database, setup, steps)


@settings(max_examples=30)
@given(SETUPS, STEPS)
def test_any_sequence(empty_database: Path, setup: Setup, steps: list[Step]) -> None:
    take_all(empty_database, setup, steps)


def take_all(empty_database: Path, setup: Setup, steps: list[Step]) -> None:
    """Take each step in both worlds, and prove the books."""
    with TemporaryDirectory(prefix="slackoms-test-") as folder:
        database = Database(f"sqlite:///{shutil.copy(empty_database, folder)}")
        street = Street(database, setup)
        for step in steps:
            street.take(step)
        differences = list(Reconciliation(database).differences())
        database.close()
    assert differences == []
