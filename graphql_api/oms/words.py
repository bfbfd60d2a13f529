"""The words of the business, FIX 4.4's where FIX has one; the same in tables, GraphQL and messages."""

from enum import StrEnum


class Side(StrEnum):
    """Which way an order trades (FIX 54)."""

    BUY = "BUY"
    SELL = "SELL"


class OrderType(StrEnum):
    """How an order is priced (FIX 40)."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    STOP = "STOP"
    STOP_LIMIT = "STOP_LIMIT"


class TimeInForce(StrEnum):
    """How long an order lives (FIX 59)."""

    DAY = "DAY"
    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    OPG = "OPG"
    CLS = "CLS"


class Liquidity(StrEnum):
    """How much of an order a quote fills: all of it, or at most what it displays."""

    FULL = "FULL"
    SIZE = "SIZE"


class Watch(StrEnum):
    """What a working order waits for in the quotes of its symbol.

    The price that wakes it is beside it: `BUY_LIMIT` and `SELL_LIMIT` by the far side, the stops by last;
    `ANY` takes the next quote that can be traded on, `OPEN` the first one of its session.
    """

    BUY_LIMIT = "BUY_LIMIT"
    SELL_LIMIT = "SELL_LIMIT"
    BUY_STOP = "BUY_STOP"
    SELL_STOP = "SELL_STOP"
    ANY = "ANY"
    OPEN = "OPEN"


class OrderStatus(StrEnum):
    """Where an order stands (FIX 39)."""

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
        """Whether an order of this status can still fill."""
        return self in _WORKING


_WORKING = frozenset({OrderStatus.ACCEPTED, OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})


class AccountType(StrEnum):
    """What a portfolio may spend: its cash, or its cash and a loan on what it holds."""

    CASH = "CASH"
    MARGIN = "MARGIN"


class PortfolioState(StrEnum):
    """What a portfolio takes: every order, only closing ones, or none."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


class KeyRole(StrEnum):
    """What an API key may do; SERVICE acts for the trader that it names, INSTALLER makes workspaces."""

    VIEWER = "VIEWER"
    TRADER = "TRADER"
    ADMIN = "ADMIN"
    SERVICE = "SERVICE"
    INSTALLER = "INSTALLER"


class MemberRole(StrEnum):
    """What a trader may do in one portfolio."""

    VIEWER = "VIEWER"
    TRADER = "TRADER"
    MANAGER = "MANAGER"


class RejectionCode(StrEnum):
    """Why something asked for was refused. Codes are stable; the sentence beside one may change."""

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
