"""Who may do what in a portfolio. Pure."""

from collections.abc import Iterable

from slack_client.answers import Member, MemberPortfolio, Order, Portfolio
from slack_client.trader import Trader
from slack_client.words import MemberRole, PortfolioState

TRADING_ROLES = frozenset({MemberRole.TRADER, MemberRole.MANAGER})


def may_trade(trader: Trader, portfolio: MemberPortfolio | Portfolio) -> bool:
    """Whether a trader may place orders in a portfolio, and it takes any."""
    takes_orders = portfolio.state is not PortfolioState.HALTED
    return takes_orders and role_in(trader, portfolio.members) in TRADING_ROLES


def may_cancel(trader: Trader, order: Order, members: Iterable[Member]) -> bool:
    """Whether a trader may cancel an order: it is theirs, or they manage the portfolio of these members."""
    return order.trader == trader.name or role_in(trader, members) is MemberRole.MANAGER


def role_in(trader: Trader, members: Iterable[Member]) -> MemberRole | None:
    """A trader's place among a portfolio's members."""
    return next((member.role for member in members if member.trader == trader.name), None)
