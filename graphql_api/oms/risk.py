"""What the rules let an order do, check by check. Pure: values in, a refusal or None out.

Every sentence says what happened and what to do next.
"""

from decimal import Decimal

from graphql_api.oms import fills, money
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.words import RejectionCode, Side

MIN_NOTIONAL = Decimal(1)


def check_request(
    quantity: Decimal | None, notional: Decimal | None, expected_price: Decimal | None
) -> Refusal | None:
    """The shape of an order: how much, and the price that the client expects."""
    return check_size(quantity, notional) or check_expected_price(expected_price)


def check_size(quantity: Decimal | None, notional: Decimal | None) -> Refusal | None:
    """Exactly one of quantity and notional, and that one in its bounds."""
    if (quantity is None) == (notional is None):
        return Refusal(
            RejectionCode.QUANTITY_XOR_NOTIONAL,
            "quantity",
            "Give a quantity of shares or an amount of money, one of the two.",
        )
    if quantity is not None and not (quantity > 0 and is_quantity(quantity)):
        return Refusal(
            RejectionCode.INVALID_QUANTITY,
            "quantity",
            "The quantity must be above 0, at most 1,000,000,000, with at most 9 decimals.",
        )
    if notional is not None and notional < MIN_NOTIONAL:
        return Refusal(
            RejectionCode.NOTIONAL_TOO_SMALL, "notional", "The amount of money must be at least 1.00."
        )
    if notional is not None and not is_amount(notional):
        return Refusal(
            RejectionCode.INVALID_AMOUNT,
            "notional",
            "The amount of money must be at most 1,000,000,000,000 with at most 6 decimals.",
        )
    return None


def buys_nothing(symbol: str) -> Refusal:
    """The refusal of an amount of money that is less than the smallest part of a share."""
    return Refusal(
        RejectionCode.NOTIONAL_TOO_SMALL,
        "notional",
        f"The amount of money is less than 0.000000001 shares of {symbol}. Use a larger amount.",
    )


def check_expected_price(expected: Decimal | None) -> Refusal | None:
    """An expected price, where there is one, must be a price."""
    if expected is None or (expected > 0 and is_amount(expected)):
        return None
    return Refusal(
        RejectionCode.INVALID_PRICE,
        "expectedPrice",
        "The expected price must be above 0, at most 1,000,000,000,000, with at most 6 decimals.",
    )


def is_amount(value: Decimal) -> bool:
    """Whether a number can be an amount of money: its size and its decimals."""
    return abs(value) <= money.MAX_MONEY and money.is_in_steps_of(value, money.MONEY)


def is_quantity(value: Decimal) -> bool:
    """Whether a number can be a quantity of shares: its size and its decimals."""
    return abs(value) <= money.MAX_QUANTITY and money.is_in_steps_of(value, money.QUANTITY)


def check_expectation(side: Side, price: Decimal, expected: Decimal | None) -> Refusal | None:
    """A fill at most 2 % worse than what the client expected."""
    if expected is None or not fills.is_price_moved(side, price, expected):
        return None
    return Refusal(
        RejectionCode.PRICE_MOVED,
        "expectedPrice",
        f"The price is {money.shown(price)} now, more than {fills.MAX_PERCENT_WORSE_THAN_EXPECTED} % worse "
        f"than the {money.shown(expected)} that you expected. Look again and send it again.",
    )


def check_position(side: Side, symbol: str, field: str, quantity: Decimal, held: Decimal) -> Refusal | None:
    """A sell needs the shares; a position must stay small enough to be kept exactly."""
    if side is Side.SELL and quantity > held:
        return Refusal(
            RejectionCode.INSUFFICIENT_POSITION,
            field,
            f"This sells {money.plain(quantity)} {symbol} and the portfolio holds {money.plain(held)}. "
            "Sell at most what is held.",
        )
    if side is Side.BUY and held + quantity > money.MAX_POSITION:
        return Refusal(
            RejectionCode.INVALID_QUANTITY,
            field,
            f"A position can be at most {money.plain(money.MAX_POSITION)} shares. Buy less.",
        )
    return None


def check_cash(side: Side, field: str, value: Decimal, fee: Decimal, buying_power: Decimal) -> Refusal | None:
    """A buy needs its value and fee in buying power; cash must stay small enough to be kept exactly."""
    if side is Side.BUY and value + fee > buying_power:
        return Refusal(
            RejectionCode.INSUFFICIENT_BUYING_POWER,
            field,
            f"This costs {money.shown(value + fee)} and the portfolio has "
            f"{money.shown(buying_power)} to spend. Buy less.",
        )
    if side is Side.SELL and buying_power + value > money.MAX_BALANCE:
        return Refusal(
            RejectionCode.INVALID_QUANTITY,
            field,
            f"The cash of a portfolio can be at most {money.shown(money.MAX_BALANCE)}. Sell less.",
        )
    return None


def check_books(field: str, cost: Decimal, realized_pnl: Decimal) -> Refusal | None:
    """A position's cost and profit or loss must stay small enough to be kept exactly."""
    if max(abs(cost), abs(realized_pnl)) > money.MAX_BALANCE:
        return Refusal(
            RejectionCode.INVALID_QUANTITY,
            field,
            f"The cost and the profit or loss of a position can be at most {money.shown(money.MAX_BALANCE)}. "
            "Trade less.",
        )
    return None
