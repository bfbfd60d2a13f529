"""Whatever is placed, changed and quoted: what is reserved is what the waiting orders need, and no more."""

from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import uuid4

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.api.desk import WORKING, Desk, nodes
from tests.api.orders.setting import BANKRUPT, open_desk
from tests.conftest import Json, Workspace

QUANTITIES = st.sampled_from(["0.25", "1", "2.5", "4", "9.75", "13"])
LOW, HIGH = st.sampled_from(["85", "92.5", "98.99"]), st.sampled_from(["101.01", "107.5", "115"])
KINDS: list[tuple[str, str]] = [
    ("BUY", "LIMIT"),
    ("BUY", "STOP"),
    ("BUY", "STOP_LIMIT"),
    ("SELL", "LIMIT"),
    ("SELL", "STOP"),
    ("SELL", "STOP_LIMIT"),
]


class Placing(NamedTuple):
    """Place an order; buys are limited low and stopped high, sells the other way round."""

    side: str
    type: str
    quantity: str
    low: str
    high: str

    @property
    def prices(self) -> Json:
        """The prices of its type."""
        limit, stop = (self.low, self.high) if self.side == "BUY" else (self.high, self.low)
        if self.type == "STOP_LIMIT":
            limit = stop
        prices = {"limitPrice": limit if "LIMIT" in self.type else None}
        return prices | {"stopPrice": stop if "STOP" in self.type else None}


class Changing(NamedTuple):
    """Cancel one of the working orders, or replace it by one of another quantity."""

    which: int
    quantity: str | None


class Quoting(NamedTuple):
    """Publish a quote of this price, a cent apart."""

    ask: str
    size: str


Action = Placing | Changing | Quoting


def actions(
    quantities: st.SearchStrategy[str], kinds: list[tuple[str, str]]
) -> st.SearchStrategy[list[Action]]:
    """Some actions, one after the other."""
    asks, sizes = st.sampled_from(["85", "92", "100", "108", "116"]), st.sampled_from(["1", "3", "50"])
    action: st.SearchStrategy[Action] = st.one_of(
        st.builds(lambda kind, *more: Placing(*kind, *more), st.sampled_from(kinds), quantities, LOW, HIGH),
        st.builds(Changing, st.integers(0, 5), st.none() | quantities),
        st.builds(Quoting, asks, sizes),
    )
    return st.lists(action, min_size=4, max_size=14)


def working(books: Json, side: Literal["BUY", "SELL"]) -> list[Json]:
    """The working orders of this side."""
    return [order for order in nodes(books, "orders") if order["side"] == side and order["status"] in WORKING]


def share(order: Json) -> Decimal:
    """What a share of a waiting buy reserves."""
    if order["limitPrice"] is not None:
        return Decimal(order["limitPrice"])
    return Decimal(order["stopPrice"]) * Decimal("1.05")


def free_shares(books: Json) -> Decimal:
    """What is held, less what open sells hold already."""
    quantities = [Decimal(position["quantity"]) for position in books["positions"]]
    quantities += [-Decimal(order["leavesQuantity"]) for order in working(books, "SELL")]
    return sum(quantities, Decimal(0))


def expected(books: Json, order: Json, freed: Json | None = None) -> str | None:
    """Why a waiting order must be refused, None if it must be taken; `freed` is what it replaces."""
    left = Decimal(order["quantity"]) - Decimal(freed["filledQuantity"] if freed else 0)
    own = Decimal(freed["leavesQuantity"]) if freed else Decimal(0)
    if order["side"] == "SELL":
        return "INSUFFICIENT_POSITION" if left > free_shares(books) + own else None
    price = share(order)
    return BANKRUPT if left * price > Decimal(books["buyingPower"]) + own * price else None


def waits(order: Json, ask: Decimal) -> bool:
    """Whether an order does not fill at once at this price (bid, ask and last are within a cent of it)."""
    stop, limit = order["stopPrice"], order["limitPrice"]
    if stop is not None:
        return bool(Decimal(stop) > ask + 1 if order["side"] == "BUY" else Decimal(stop) < ask - 1)
    return bool(Decimal(limit) < ask - 1 if order["side"] == "BUY" else Decimal(limit) > ask + 1)


def do(desk: Desk, books: Json, action: Action, ask: Decimal) -> None:
    """Take an action; what must be refused is, and what must be taken is."""
    if isinstance(action, Quoting):
        bid, size = str(Decimal(action.ask) - Decimal("0.01")), action.size
        desk.quote("AAA", bid, action.ask, action.ask, bid_size=size, ask_size=size)
        return
    if isinstance(action, Placing):
        order = {"side": action.side, "quantity": action.quantity} | action.prices
        more = {name: price for name, price in action.prices.items() if price}
        answer = desk.place(action.side, "AAA", action.quantity, type=action.type, **more)
        reason = expected(books, order)
    else:
        orders = working(books, "BUY") + working(books, "SELL")
        if not orders:
            return
        order = orders[action.which % len(orders)]
        if action.quantity is None:
            assert desk.cancel(order)["__typename"] == "OrderCanceled"
            return
        answer = desk.replace(order, quantity=action.quantity)
        reason = expected(books, order | {"quantity": action.quantity}, order)
    event(f"{action.__class__.__name__} {answer['__typename']}")
    if waits(order, ask) and order.get("triggeredAt") is None:
        assert answer.get("code") == reason, (books, action, answer)


SLOW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
LIQUIDITIES = st.sampled_from(["FULL", "SIZE"])


@SLOW
@given(done=actions(QUANTITIES, KINDS), liquidity=LIQUIDITIES)
def test_a_cash_account_never_owes_and_reserves_exactly_what_waits(
    always: Workspace, done: list[Action], liquidity: str
) -> None:
    desk = open_desk(always, "1500", name=uuid4().hex)
    desk.trade("BUY", "AAA", "5")
    desk.update(rules={"liquidity": liquidity})
    books, ask = desk.books(), Decimal(100)
    for action in done:
        if liquidity == "SIZE" and isinstance(action, Placing) and action.type == "STOP":
            continue
        do(desk, books, action, ask)
        if isinstance(action, Quoting):
            ask = Decimal(action.ask)
        books = desk.books()
        assert Decimal(books["cash"]) >= 0
        assert Decimal(books["buyingPower"]) >= 0
        assert free_shares(books) >= 0
        buys = working(books, "BUY")
        assert Decimal(books["reserved"]) == sum(Decimal(buy["leavesQuantity"]) * share(buy) for buy in buys)


def opens(books: Json) -> bool:
    """Whether a part of a waiting order would open a position: more than closes the one that is held."""
    held = sum(Decimal(position["quantity"]) for position in books["positions"])
    bought = sum(Decimal(order["leavesQuantity"]) for order in working(books, "BUY"))
    sold = sum(Decimal(order["leavesQuantity"]) for order in working(books, "SELL"))
    return bought > max(0, -held) or sold > max(0, held)


@SLOW
@given(
    done=actions(st.sampled_from(["1", "2", "5", "9"]), [*KINDS, ("BUY", "MARKET"), ("SELL", "MARKET")]),
    liquidity=LIQUIDITIES,
)
def test_a_margin_account_reserves_where_something_opens_and_else_nothing(
    always: Workspace, done: list[Action], liquidity: str
) -> None:
    rules = {"allowShort": True, "liquidity": liquidity}
    desk = open_desk(always, "2000", name=uuid4().hex, account="MARGIN", rules=rules)
    for action in done:
        books = desk.books()
        orders = working(books, "BUY") + working(books, "SELL")
        if isinstance(action, Quoting):
            do(desk, books, action, Decimal(0))
        elif isinstance(action, Placing):
            more = {name: price for name, price in action.prices.items() if price}
            desk.place(action.side, "AAA", action.quantity, type=action.type, **more)
        elif orders and action.quantity is None:
            desk.cancel(orders[action.which % len(orders)])
        elif orders:
            desk.replace(orders[action.which % len(orders)], quantity=action.quantity)
        books = desk.books()
        assert (Decimal(books["reserved"]) > 0) == opens(books)
