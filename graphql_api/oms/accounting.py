"""Average cost accounting: what a fill does to a position, and what a portfolio is worth.

Pure: values in, values out. The cost of a position is stored, not its average, so that nothing is
lost between fills. The cost of a short position is negative.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from graphql_api.oms import money
from graphql_api.oms.money import ZERO
from graphql_api.oms.words import Side


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held of one symbol: shares (negative when short), their cost, and the P&L realized so far."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realized_pnl: Decimal = ZERO

    @property
    def average_cost(self) -> Decimal:
        """Cost a share, to 6 decimals; 0 when flat."""
        return money.average(self.cost, self.quantity)


@dataclass(frozen=True, slots=True)
class Booking:
    """A fill as it is booked: the holding after it, its value, and the P&L that it realized."""

    holding: Holding
    value: Decimal
    realized_pnl: Decimal


def book_fill(before: Holding, side: Side, quantity: Decimal, price: Decimal) -> Booking:
    """Book a fill of `quantity` shares at `price`. A fill through zero closes first, then opens."""
    value = money.value_of(quantity, price)
    sign = 1 if side is Side.BUY else -1
    if before.quantity * sign >= 0:
        after = Holding(before.quantity + sign * quantity, before.cost + sign * value, before.realized_pnl)
        return Booking(after, value, ZERO)
    held = abs(before.quantity)
    closed = min(quantity, held)
    cost_out = before.cost if closed == held else money.part_of(before.cost, closed, held)
    closed_value = value if closed == quantity else money.value_of(closed, price)
    realized = -sign * closed_value - cost_out
    opened_cost = sign * (value - closed_value)
    after = Holding(
        before.quantity + sign * quantity,
        before.cost - cost_out + opened_cost,
        before.realized_pnl + realized,
    )
    return Booking(after, value, realized)


def cash_change(side: Side, value: Decimal, fee: Decimal) -> Decimal:
    """What a fill does to the cash: a buy pays its value, a sell receives it, and both pay the fee."""
    return (value if side is Side.SELL else -value) - fee


@dataclass(frozen=True, slots=True)
class Valuation:
    """What positions are worth at their marks. A position without a mark counts at its cost."""

    long_market_value: Decimal
    short_market_value: Decimal
    unrealized_pnl: Decimal

    @property
    def net_market_value(self) -> Decimal:
        """Long and short together: what closing everything at the marks would bring."""
        return self.long_market_value + self.short_market_value

    @property
    def gross_market_value(self) -> Decimal:
        """Long and short sizes added up, both positive."""
        return self.long_market_value - self.short_market_value


def market_value(holding: Holding, mark: Decimal) -> Decimal:
    """What a holding is worth at a mark, in money; negative when short."""
    return money.value_of(holding.quantity, mark)


def value_holdings(holdings: Iterable[tuple[Holding, Decimal | None]]) -> Valuation:
    """Value holdings at their marks; each market value is rounded, and totals add those."""
    long_value = short_value = unrealized = ZERO
    for holding, mark in holdings:
        worth = holding.cost if mark is None else market_value(holding, mark)
        unrealized += worth - holding.cost
        if worth >= 0:
            long_value += worth
        else:
            short_value += worth
    return Valuation(long_value, short_value, unrealized)
