"""The made-up answers that tests change, and a text that breaks what can be broken."""

from slack_client.check.made_up import (
    ADA,
    TICKET,
    home_page,
    home_portfolio,
    market,
    order,
    portfolio,
    portfolio_after,
    portfolio_view,
    position,
    quote,
    trade,
)

__all__ = [
    "ADA",
    "LONG",
    "TICKET",
    "home_page",
    "home_portfolio",
    "market",
    "order",
    "portfolio",
    "portfolio_after",
    "portfolio_view",
    "position",
    "quote",
    "trade",
]

LONG = "<&>*_~`" * 1000
