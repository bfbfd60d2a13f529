"""What is held, in words: positions, the prices behind them and how the money is spread."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from slack_client.answers import Position, PositionSummary
from slack_client.figures import age, change, money, percent, quantity

CASH = "Cash"
OTHER = "Other"


def position_line(position: PositionSummary) -> str:
    """Say a position: shares, value and profit or loss where there is a price."""
    if position.market_value is None or position.unrealized_pnl is None:
        return f"{quantity(position.quantity)} {position.symbol}, no price"
    worth = f"{money(position.market_value)}, {change(position.unrealized_pnl)} unrealized"
    return f"{quantity(position.quantity)} {position.symbol}, {worth}"


def largest(positions: Sequence[PositionSummary]) -> list[PositionSummary]:
    """Positions by what they are worth, long or short, the largest first."""
    return sorted(positions, key=lambda position: -abs(position.market_value or Decimal(0)))


def price_lines(positions: Sequence[Position]) -> list[str]:
    """Say where the prices come from, how old the oldest is, and which cannot be relied upon."""
    quotes = [position.quote for position in positions if position.quote is not None]
    stale = [quote.symbol for quote in quotes if quote.stale]
    unpriced = [position.symbol for position in positions if position.mark is None]
    lines = []
    if quotes:
        sources = ", ".join(sorted({quote.source for quote in quotes}))
        lines.append(f"Prices: {sources}, the oldest {age(max(quote.age_seconds for quote in quotes))} old.")
    if stale:
        lines.append(f"Too old to trade on: {', '.join(stale)}.")
    if unpriced:
        lines.append(f"Without a price, counted at cost: {', '.join(unpriced)}.")
    return lines


def allocation(positions: Sequence[PositionSummary], cash: Decimal, slices: int) -> Mapping[str, Decimal]:
    """How the money is spread, in dollars: the largest positions by size, the rest summed, and cash."""
    sizes = {
        f"{each.symbol}{' short' if each.quantity < 0 else ''}": abs(each.market_value or Decimal(0))
        for each in positions
    } | ({CASH: cash} if cash > 0 else {})
    ranked = sorted(((name, size) for name, size in sizes.items() if size), key=lambda pair: -pair[1])
    if len(ranked) <= slices:
        return dict(ranked)
    rest = sum((size for _, size in ranked[slices - 1 :]), Decimal(0))
    return dict(ranked[: slices - 1]) | {OTHER: rest}


def allocation_line(slices: Mapping[str, Decimal]) -> str:
    """Say the slices in percent."""
    total = sum(slices.values(), Decimal(0))
    return "Allocation: " + ", ".join(f"{name} {percent(size, total)}" for name, size in slices.items())
