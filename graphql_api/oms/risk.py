"""What the rules let an order do, check by check. Pure: values in, a refusal or None out.

Every sentence says what happened and what to do next.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from graphql_api.oms import fills, money
from graphql_api.oms.fills import Terms, reaches
from graphql_api.oms.money import ZERO
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.rules import Rules
from graphql_api.oms.words import AccountType, OrderType, PortfolioState, RejectionCode, Side, TimeInForce

MIN_NOTIONAL = Decimal(1)
TICK = Decimal("0.01")
SMALL_TICK = Decimal("0.0001")
WAITING_BUY = Decimal("1.05")
SHORT = Decimal("1.03")
_LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def check_shape(terms: Terms, expected_price: Decimal | None, *, is_now: bool) -> Refusal | None:
    """The shape of an order: how much, at which prices, and how long. `is_now` where it may not wait."""
    return (
        check_size(terms.quantity, terms.notional)
        or (None if is_now else _check_notional(terms))
        or _check_price(
            "limitPrice", terms.limit_price, terms.type, _LIMITED, RejectionCode.MISSING_LIMIT_PRICE
        )
        or _check_price("stopPrice", terms.stop_price, terms.type, _STOPS, RejectionCode.MISSING_STOP_PRICE)
        or check_expected_price(expected_price)
    )


def _check_notional(terms: Terms) -> Refusal | None:
    """An amount of money is for a market or limit order of the day."""
    if terms.notional is None or (terms.type not in _STOPS and terms.time_in_force is TimeInForce.DAY):
        return None
    return Refusal(
        RejectionCode.TIME_IN_FORCE_NOT_ALLOWED,
        "type" if terms.type in _STOPS else "timeInForce",
        "An order by an amount of money is a MARKET or LIMIT order for the DAY. Use those, or a quantity.",
    )


def _check_price(
    field: str,
    price: Decimal | None,
    type: OrderType,
    types: frozenset[OrderType],
    missing: RejectionCode,
) -> Refusal | None:
    """A limit or stop price: there where the type has one and only there, and on a tick."""
    name = "limit price" if field == "limitPrice" else "stop price"
    if price is None:
        return Refusal(missing, field, f"A {type} order needs a {name}.") if type in types else None
    if type not in types:
        return Refusal(RejectionCode.INVALID_PRICE, field, f"A {type} order has no {name}: leave it out.")
    if not 0 < price <= money.MAX_MONEY:
        return Refusal(
            RejectionCode.INVALID_PRICE, field, f"The {name} must be above 0, at most 1,000,000,000,000."
        )
    decimals = 2 if price >= 1 else 4
    if not money.is_in_steps_of(price, TICK if price >= 1 else SMALL_TICK):
        return Refusal(
            RejectionCode.INVALID_TICK,
            field,
            f"The {name} can have at most {decimals} decimals {'from' if price >= 1 else 'below'} 1.00.",
        )
    return None


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


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """A working order as the rules see it. `reserve_price` is what a share of it reserves, if it opens."""

    side: Side
    type: OrderType
    leaves: Decimal
    limit_price: Decimal | None
    reserve_price: Decimal


def closable(held: Decimal, side: Side, open_orders: Iterable[OpenOrder]) -> Decimal:
    """How much of a position an order of this side can close: what open orders of that side do not hold."""
    against = -held if side is Side.BUY else held
    return max(ZERO, against - sum((order.leaves for order in open_orders if order.side is side), ZERO))


def opening_part(held: Decimal, side: Side, quantity: Decimal, open_orders: Iterable[OpenOrder]) -> Decimal:
    """How much of an order opens or adds to a position, or turns it around; the rest closes one."""
    return max(ZERO, quantity - closable(held, side, open_orders))


def reserved_for(held: Decimal, open_orders: Iterable[OpenOrder]) -> Decimal:
    """What the working orders of one symbol reserve: only what opens does. The oldest order closes first."""
    left = {Side.BUY: max(ZERO, -held), Side.SELL: max(ZERO, held)}
    reserved = ZERO
    for order in open_orders:
        closes = min(order.leaves, left[order.side])
        left[order.side] -= closes
        reserved += money.value_of(order.leaves - closes, order.reserve_price)
    return reserved


def reserve_price(
    side: Side, reference: Decimal, limit_price: Decimal | None, stop_price: Decimal | None
) -> Decimal:
    """What a waiting order reserves for a share that it opens. `reference` is the ask, else the last price.

    A buy never pays more than its limit; without one it reserves 5 % more than its stop or the reference. A
    short reserves 3 % more than the reference, or its limit where that is higher.
    """
    if side is Side.BUY:
        if limit_price is not None:
            return limit_price
        return money.product_of(WAITING_BUY, reference if stop_price is None else stop_price)
    short = money.product_of(SHORT, reference)
    return short if limit_price is None else max(limit_price, short)


def buying_power(
    account: AccountType, cash: Decimal, reserved: Decimal, equity: Decimal, gross_market_value: Decimal
) -> Decimal:
    """What new orders may spend: the cash, or on margin twice the equity less what is invested already."""
    if account is AccountType.CASH:
        return cash - reserved
    return 2 * equity - gross_market_value - reserved


def check_state(
    state: PortfolioState, archived: bool, side: Side, quantity: Decimal | None, held: Decimal
) -> Refusal | None:
    """Whether the portfolio takes the order at all; of an order by notional the quantity is not known yet."""
    if archived or state is PortfolioState.HALTED:
        return Refusal(
            RejectionCode.PORTFOLIO_HALTED,
            "portfolioId",
            "The portfolio is archived: it takes no orders."
            if archived
            else "Trading is halted in this portfolio: it takes no orders, only cancels.",
        )
    if state is PortfolioState.REDUCING:
        against = -held if side is Side.BUY else held
        if against <= 0 or (quantity is not None and quantity > against):
            return Refusal(
                RejectionCode.PORTFOLIO_REDUCING,
                "quantity",
                "The portfolio takes only orders that close what it holds, "
                f"and this side can close {money.plain(max(ZERO, against))} shares now.",
            )
    return None


def check_limits(
    rules: Rules,
    terms: Terms,
    quantity: Decimal,
    leaves: Decimal,
    reference: Decimal,
    held: Decimal,
    equity: Decimal | None,
) -> Refusal | None:
    """The portfolio's own limits, on an order of `quantity` that has `leaves` still to fill. `equity` is
    needed only where the position's part of it is limited."""
    price = reference if terms.limit_price is None else terms.limit_price
    value = money.value_of(quantity, price) if terms.notional is None else terms.notional
    if rules.max_order_notional is not None and value > rules.max_order_notional:
        return Refusal(
            RejectionCode.ORDER_LIMIT,
            terms.size_field,
            f"This order is worth {money.shown(value)} and the portfolio allows "
            f"{money.shown(rules.max_order_notional)} an order. Make it smaller.",
        )
    after = abs(held + leaves if terms.side is Side.BUY else held - leaves)
    if (
        rules.max_position_percent is not None
        and equity is not None
        and after > abs(held)
        and money.is_above_percent(money.value_of(after, price), equity, rules.max_position_percent)
    ):
        return Refusal(
            RejectionCode.POSITION_LIMIT,
            terms.size_field,
            f"{money.plain(after)} {terms.symbol} would be more than "
            f"{money.plain(rules.max_position_percent)} % of the portfolio's equity. Make the order smaller.",
        )
    if terms.symbol in rules.restricted_symbols:
        return Refusal(
            RejectionCode.RESTRICTED_SYMBOL,
            "symbol",
            f"{terms.symbol} may not be traded in this portfolio. Choose another symbol.",
        )
    return None


def check_wash_trade(terms: Terms, open_orders: Iterable[OpenOrder]) -> Refusal | None:
    """No order may cross a working one of the same portfolio; stops are left out. Without a limit, any
    price could."""
    if terms.type in _STOPS:
        return None
    for order in open_orders:
        if order.side is terms.side or order.type in _STOPS:
            continue
        if (
            terms.limit_price is None
            or order.limit_price is None
            or reaches(terms.side, order.limit_price, terms.limit_price)
        ):
            opposite = order.side.value.lower()
            return Refusal(
                RejectionCode.WASH_TRADE,
                "side",
                f"The portfolio has a working order to {opposite} {terms.symbol} that this one could trade "
                "with. Cancel that one first, or choose a limit that cannot meet it.",
            )
    return None


def check_position(
    rules: Rules,
    account: AccountType,
    terms: Terms,
    quantity: Decimal,
    opening: Decimal,
    held: Decimal,
) -> Refusal | None:
    """A sell needs the shares or the right to be short; a position must stay small enough to be kept."""
    field = terms.size_field
    if terms.side is Side.SELL and opening > 0:
        if not rules.allow_short:
            return Refusal(
                RejectionCode.INSUFFICIENT_POSITION,
                field,
                f"This sells {money.plain(quantity)} {terms.symbol} and the portfolio has "
                f"{money.plain(quantity - opening)} to sell that no other order holds. Sell at most that.",
            )
        if account is not AccountType.MARGIN:
            return Refusal(
                RejectionCode.SHORT_NOT_ALLOWED,
                field,
                "Only a MARGIN portfolio can sell short. Sell at most what is held.",
            )
        if opening != opening.to_integral_value():
            return Refusal(
                RejectionCode.FRACTIONAL_SHORT,
                field,
                f"Only whole shares can be sold short, and this would be short {money.plain(opening)} "
                f"{terms.symbol}. Choose a whole number.",
            )
    after = held + quantity if terms.side is Side.BUY else held - quantity
    if abs(after) > money.MAX_POSITION:
        return Refusal(
            RejectionCode.INVALID_QUANTITY,
            field,
            f"A position can be at most {money.plain(money.MAX_POSITION)} shares. Make the order smaller.",
        )
    return None


def check_buying_power(field: str, required: Decimal, available: Decimal) -> Refusal | None:
    """What an order opens must fit into the buying power, fees included."""
    if required <= available:
        return None
    return Refusal(
        RejectionCode.INSUFFICIENT_BUYING_POWER,
        field,
        f"This needs {money.shown(required)} and the portfolio has {money.shown(available)} to spend. "
        "Make the order smaller.",
    )


def check_balances(field: str, *balances: Decimal) -> Refusal | None:
    """Cash, fees, a position's cost and its profit or loss must stay small enough to be kept exactly."""
    if max(map(abs, balances)) > money.MAX_BALANCE:
        return Refusal(
            RejectionCode.INVALID_QUANTITY,
            field,
            "The cash, the fees, and the cost and the profit or loss of a position can be at most "
            f"{money.shown(money.MAX_BALANCE)}. Trade less.",
        )
    return None
