"""The words that the bot shares with the OMS, as schema.graphql has them, and with Slack."""

from enum import StrEnum


class Side(StrEnum):
    """Which way a trade goes."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """What an order waits for."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"


class TimeInForce(StrEnum):
    """How long an order works."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    OPG = "OPG"
    CLS = "CLS"


class AccountType(StrEnum):
    """Whether a portfolio may borrow."""

    CASH = "CASH"
    MARGIN = "MARGIN"


class PortfolioState(StrEnum):
    """What a portfolio takes: every order, only those that make a position smaller, or none."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


class OrderStatus(StrEnum):
    """Where an order is in its life."""

    ACCEPTED = "ACCEPTED"
    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    REPLACED = "REPLACED"

    @property
    def is_working(self) -> bool:
        """Whether something can still come of the order."""
        return self in {OrderStatus.ACCEPTED, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED}


class MemberRole(StrEnum):
    """What a member of a portfolio may do in it."""

    VIEWER = "VIEWER"
    TRADER = "TRADER"
    MANAGER = "MANAGER"


class RejectionCode(StrEnum):
    """Why the OMS refused."""

    UNKNOWN_PORTFOLIO = "UNKNOWN_PORTFOLIO"
    PORTFOLIO_HALTED = "PORTFOLIO_HALTED"
    PORTFOLIO_REDUCING = "PORTFOLIO_REDUCING"
    NOT_PERMITTED = "NOT_PERMITTED"
    UNKNOWN_SYMBOL = "UNKNOWN_SYMBOL"
    NO_QUOTE = "NO_QUOTE"
    STALE_QUOTE = "STALE_QUOTE"
    CROSSED_QUOTE = "CROSSED_QUOTE"
    MARKET_CLOSED = "MARKET_CLOSED"
    INVALID_INPUT = "INVALID_INPUT"
    INVALID_QUANTITY = "INVALID_QUANTITY"
    QUANTITY_XOR_NOTIONAL = "QUANTITY_XOR_NOTIONAL"
    NOTIONAL_TOO_SMALL = "NOTIONAL_TOO_SMALL"
    MISSING_LIMIT_PRICE = "MISSING_LIMIT_PRICE"
    MISSING_STOP_PRICE = "MISSING_STOP_PRICE"
    INVALID_PRICE = "INVALID_PRICE"
    INVALID_TICK = "INVALID_TICK"
    TIME_IN_FORCE_NOT_ALLOWED = "TIME_IN_FORCE_NOT_ALLOWED"
    SESSION_WINDOW_CLOSED = "SESSION_WINDOW_CLOSED"
    INSUFFICIENT_BUYING_POWER = "INSUFFICIENT_BUYING_POWER"
    INSUFFICIENT_POSITION = "INSUFFICIENT_POSITION"
    SHORT_NOT_ALLOWED = "SHORT_NOT_ALLOWED"
    FRACTIONAL_SHORT = "FRACTIONAL_SHORT"
    POSITION_LIMIT = "POSITION_LIMIT"
    ORDER_LIMIT = "ORDER_LIMIT"
    RESTRICTED_SYMBOL = "RESTRICTED_SYMBOL"
    WASH_TRADE = "WASH_TRADE"
    PRICE_MOVED = "PRICE_MOVED"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    TOO_LATE = "TOO_LATE"
    ATOMIC_REFUSED = "ATOMIC_REFUSED"
    CLOCK_BACKWARDS = "CLOCK_BACKWARDS"
    NAME_TAKEN = "NAME_TAKEN"
    INVALID_NAME = "INVALID_NAME"
    INVALID_ROLE = "INVALID_ROLE"
    INVALID_AMOUNT = "INVALID_AMOUNT"
    UNKNOWN_KEY = "UNKNOWN_KEY"


TRADE_COMMAND = "/trade"
PORTFOLIO_COMMAND = "/portfolio"
ORDERS_COMMAND = "/orders"
QUOTE_COMMAND = "/quote"
COMMANDS = {
    TRADE_COMMAND: ("Trade on paper", "[symbol | buy 10 AAPL | sell $500 TSLA limit 240 | help]"),
    PORTFOLIO_COMMAND: ("What you hold; portfolios for your team", "[name | new Growth | help]"),
    ORDERS_COMMAND: ("Your orders that still work", "[portfolio]"),
    QUOTE_COMMAND: ("Prices", "AAPL MSFT"),
}
"""What can be typed, each with Slack's description of it and a hint of what follows."""
TRADE_SHORTCUT = "trade"
