"""What the model of the order book is made of: fractions, and no rule but what a number is.

A side is a sign here: 1 buys and -1 sells, so that a sell is a buy whose prices have the other sign.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from graphql_api.oms.rules import FeeRule
from tests.oms.test_money import half_up

BUY, SELL = 1, -1
ZERO = Fraction(0)
WORKING = {"NEW", "PARTIALLY_FILLED"}


def rounded(exact: Fraction, decimals: int = 6) -> Fraction:
    """Half up, to so many decimals."""
    return Fraction(half_up(exact, Decimal(1).scaleb(-decimals)))


@dataclass(frozen=True)
class Setup:
    """A portfolio's account and rules, and the shares of AAPL that it buys first."""

    cash: Fraction = Fraction(1000)
    held: int = 0
    is_margin: bool = False
    allows_short: bool = False
    is_sized: bool = False
    slippage_bps: Fraction = ZERO
    fee: FeeRule = field(default_factory=FeeRule)


@dataclass
class Quote:
    """The prices and sizes of a symbol; `number` counts the publications."""

    symbol: str
    bid: Fraction | None
    ask: Fraction | None
    last: Fraction | None
    bid_size: Fraction | None
    ask_size: Fraction | None
    at: datetime
    number: int = 0
    session: date | None = None
    is_first: bool = False

    def far(self, sign: int) -> Fraction:
        far = self.ask if sign == BUY else self.bid
        far = self.last if far is None else far
        assert far is not None
        return far

    @property
    def reference(self) -> Fraction:
        return max(self.far(BUY), ZERO)

    @property
    def mark(self) -> Fraction:
        if self.last is not None:
            return self.last
        assert self.bid is not None
        assert self.ask is not None
        return rounded((self.bid + self.ask) / 2)

    @property
    def is_crossed(self) -> bool:
        prices = [price for price in (self.bid, self.ask, self.last) if price is not None]
        is_reversed = self.bid is not None and self.ask is not None and self.bid > self.ask
        return is_reversed or min(prices) <= 0


@dataclass
class Order:
    """What was asked, and what has become of it. `quantity` is 0 until an amount of money is converted."""

    symbol: str
    sign: int
    time_in_force: str
    quantity: Fraction
    money: Fraction | None
    limit: Fraction | None
    stop: Fraction | None
    status: str = "NEW"
    reason: str | None = None
    is_triggered: bool = False
    filled: Fraction = ZERO
    value: Fraction = ZERO
    fees: Fraction = ZERO
    reserve: Fraction = ZERO
    expires_at: datetime | None = None

    @property
    def is_working(self) -> bool:
        return self.status in WORKING

    @property
    def waits(self) -> bool:
        return self.time_in_force in {"DAY", "GTC"}

    @property
    def leaves(self) -> Fraction:
        return self.quantity - self.filled if self.is_working else ZERO

    @property
    def takes_any_quote(self) -> bool:
        is_market = self.limit is None and (self.stop is None or self.is_triggered)
        return is_market or self.reason is not None

    @property
    def average(self) -> Fraction | None:
        return rounded(self.value / self.filled) if self.filled else None

    def begin(self, why: str | None) -> None:
        """What becomes of it when it has met the quote on arrival; `why` it could not fill on it."""
        if self.filled == self.quantity:
            self.end("FILLED")
        elif not self.waits:
            self.end("CANCELED", why)
        else:
            self.end("PARTIALLY_FILLED" if self.filled else "NEW", why)

    def end(self, status: str, reason: str | None = None) -> None:
        self.status, self.reason = status, reason


@dataclass
class Position:
    quantity: Fraction = ZERO
    cost: Fraction = ZERO
    realized: Fraction = ZERO


def could_meet(order: Order, other: Order) -> bool:
    """Whether two orders of a portfolio could trade with each other; stops are left out."""
    if order.sign == other.sign or other.stop is not None:
        return False
    if order.limit is None or other.limit is None:
        return True
    return order.sign * order.limit >= order.sign * other.limit
