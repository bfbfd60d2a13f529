"""The business's words as GraphQL enums."""

import strawberry

from graphql_api.oms.words import (
    AccountType,
    KeyRole,
    Liquidity,
    MemberRole,
    OrderStatus,
    OrderType,
    PortfolioState,
    RejectionCode,
    Side,
    TimeInForce,
)

__all__ = [
    "AccountType",
    "KeyRole",
    "Liquidity",
    "MemberRole",
    "OrderStatus",
    "OrderType",
    "PortfolioState",
    "RejectionCode",
    "Side",
    "TimeInForce",
]

strawberry.enum(Side, description="Which way an order trades.")
strawberry.enum(OrderType, description="How an order is priced.")
strawberry.enum(
    TimeInForce,
    description="How long an order lives: the day, until canceled, now with the rest canceled, now or not "
    "at all, at the open, at the close.",
)
strawberry.enum(
    OrderStatus,
    description="Where an order stands. FILLED, CANCELED, EXPIRED, REJECTED and REPLACED are final.",
)
strawberry.enum(Liquidity, description="How much of an order a quote fills: all, or what it displays.")
strawberry.enum(AccountType, description="What a portfolio may spend: its cash, or on margin.")
strawberry.enum(PortfolioState, description="Takes every order, only closing ones, or none but cancels.")
strawberry.enum(
    KeyRole,
    description="VIEWER reads, TRADER also trades, ADMIN also makes portfolios and keys, SERVICE acts for "
    "the trader that it names in X-On-Behalf-Of, INSTALLER makes workspaces and sees none.",
)
strawberry.enum(MemberRole, description="What a trader may do in a portfolio.")
strawberry.enum(RejectionCode, description="Why something asked for was refused. Codes are stable.")
