"""Which portfolios a trader may trade; a new trader gets one of their own."""

import asyncio
from collections.abc import Iterator
from typing import assert_never

from slack_client.answers import (
    PortfolioSummary,
)
from slack_client.oms import ANSWER_SECONDS, Oms, OmsRefusedInput, OmsTimedOut
from slack_client.operations import CreatePortfolioInput
from slack_client.outcomes import (
    InputRejected,
    PortfolioCreated,
)
from slack_client.portfolios import may_trade
from slack_client.trade.modals import Offer
from slack_client.trader import Trader

NAME_LENGTH = 80


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


def _names(trader: Trader) -> Iterator[str]:
    """Names for a personal portfolio, the kindest first, the last one nobody else's."""
    yield f"{trader.user_name}'s portfolio"[:NAME_LENGTH]
    yield f"Portfolio of {trader.user_id}"[:NAME_LENGTH]
    yield f"Portfolio of {trader.team_id}/{trader.user_id}"[:NAME_LENGTH]
