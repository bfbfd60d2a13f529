"""Which portfolios a trader may trade; a new trader gets one of their own."""

import asyncio
from collections.abc import Iterable, Iterator
from typing import assert_never

from slack_client.answers import (
    InputRejected,
    Member,
    MemberPortfolio,
    Order,
    Portfolio,
    PortfolioCreated,
    PortfolioSummary,
)
from slack_client.modals import Offer
from slack_client.oms import ANSWER_SECONDS, Oms, OmsRefusedInput, OmsTimedOut
from slack_client.operations import CreatePortfolioInput
from slack_client.trader import Trader
from slack_client.words import MemberRole, PortfolioState

NAME_LENGTH = 80
TRADING_ROLES = frozenset({MemberRole.TRADER, MemberRole.MANAGER})


async def offer_portfolios(oms: Oms, trader: Trader, within: float = ANSWER_SECONDS) -> Offer:
    """Read the portfolios that the trader may trade, making a personal one where there is none.

    A name may be taken, by a stranger of the same name or by this trader's own twin request a
    moment ago: so the portfolios are read again before the next name is tried.
    Raises OmsError, also after `within` seconds; the next attempt finds what this one made.
    """
    try:
        async with asyncio.timeout(within):
            return await _find_or_make(oms, trader)
    except TimeoutError as error:
        raise OmsTimedOut(f"no portfolios within {within:g} s") from error


async def _find_or_make(oms: Oms, trader: Trader) -> Offer:
    if tradable := await _read_tradable(oms, trader):
        return Offer(tradable)
    refusal = ""
    for name in _names(trader):
        result = await oms.create_portfolio(CreatePortfolioInput(name=name), trader.name)
        match result:
            case PortfolioCreated():
                return Offer((result.portfolio,), made=result.portfolio)
            case InputRejected():
                if tradable := await _read_tradable(oms, trader):
                    return Offer(tradable)
                refusal = result.message
            case _:
                assert_never(result)
    raise OmsRefusedInput(refusal)


async def _read_tradable(oms: Oms, trader: Trader) -> tuple[PortfolioSummary, ...]:
    portfolios = await oms.trader_portfolios(trader.name)
    return tuple(portfolio for portfolio in portfolios if may_trade(trader, portfolio))


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


def _names(trader: Trader) -> Iterator[str]:
    """Names for a personal portfolio, the kindest first, the last one nobody else's."""
    yield f"{trader.user_name}'s portfolio"[:NAME_LENGTH]
    yield f"Portfolio of {trader.user_id}"[:NAME_LENGTH]
    yield f"Portfolio of {trader.team_id}/{trader.user_id}"[:NAME_LENGTH]
