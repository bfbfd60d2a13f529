"""What becomes of an order when it arrives: the rules in their order, and then the book.

who → repeated id → portfolio state → shape → symbol and quote → limits → wash trade → position → buying
power. The first two are trading.py's; an order that passes fills, waits, or ends at once.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from graphql_api.market.calendar import Calendar
from graphql_api.market.quotes import Quote
from graphql_api.oms import fills, money, risk
from graphql_api.oms.accounting import cash_change
from graphql_api.oms.book import Book, end, settle
from graphql_api.oms.events import iso
from graphql_api.oms.fees import fee_of
from graphql_api.oms.fills import Meeting, Terms
from graphql_api.oms.ids import new_id
from graphql_api.oms.lifetimes import Lifetime, check_window, lifetime
from graphql_api.oms.money import ZERO
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.tables import OrderRow
from graphql_api.oms.words import OrderStatus, PortfolioState, RejectionCode, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What was asked. `is_now` (executeTrade): a market order that never waits, and that a closed market or
    a bad quote refuses."""

    terms: Terms
    is_now: bool = False
    portfolio_id: str | None = None
    portfolio: str | None = None
    client_order_id: str | None = None
    expected_price: Decimal | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class House:
    """The house's rules: the market's calendar, and the age at which a quote is too old to trade on."""

    calendar: Calendar
    max_quote_age: timedelta


@dataclass(frozen=True, slots=True)
class Plan:
    """What an order that passed does now: fill `fill_quantity` of its `quantity` at the meeting's price. What
    is left waits if `waits`, and else ends, because the market is `closed` or because it may not wait."""

    quantity: Decimal
    quote: Quote
    meeting: Meeting
    fill_quantity: Decimal
    waits: bool
    closed: Refusal | None
    lifetime: Lifetime
    reserve_price: Decimal


def decide(  # noqa: C901, PLR0911 - one return a rule, in the order of the rules
    book: Book, house: House, request: OrderRequest, original: OrderRow | None = None
) -> Plan | Refusal:
    """Let an order pass the rules. `original` is the order that it replaces: what that has filled counts,
    and what it holds does not."""
    terms, portfolio, view = request.terms, book.portfolio, book.view
    held = book.holding(terms.symbol).quantity
    filled = original.filled_quantity if original else ZERO
    state = risk.check_state(
        portfolio.state, portfolio.archived, terms.side, _leaves(terms.quantity, filled), held
    )
    refusal = state or risk.check_shape(terms, request.expected_price, is_now=request.is_now)
    refusal = refusal or check_window(terms.time_in_force, house.calendar, view.now)
    if refusal is not None:
        return refusal
    if not view.is_known(terms.symbol):
        return Refusal(
            RejectionCode.UNKNOWN_SYMBOL,
            "symbol",
            f"The market does not know {terms.symbol}. Search instruments by the company's name.",
        )
    is_open = house.calendar.session_at(view.now) is not None
    if request.is_now and not is_open:
        return market_closed(house.calendar, book)
    quote = view.quotes([terms.symbol]).get(terms.symbol)
    reference = _reference(quote)
    if quote is None or reference is None:
        return fills.no_quote(terms.symbol)
    bad_quote = fills.refuse_quote(quote, view.now, house.max_quote_age)
    if request.is_now and bad_quote is not None:
        return bad_quote
    quantity = _quantity(terms, quote, book.rules.slippage_bps)
    if isinstance(quantity, Refusal):
        return quantity
    leaves = quantity - filled
    life = _life(original) if original else lifetime(terms.time_in_force, house.calendar, view.now)
    meeting = Meeting(
        is_triggered=original is not None and original.triggered_at is not None,
        held_back=_held_back(original),
    )
    if is_open and not life.is_queued and (original is None or _is_repriced(terms, original)):
        meeting = fills.meet(
            terms,
            quote,
            view.now,
            house.max_quote_age,
            book.rules.slippage_bps,
            was_triggered=meeting.is_triggered,
            is_arrival=True,
        )
    if request.is_now and meeting.held_back is not None:
        return meeting.held_back
    fill_quantity = _fillable(book, terms, leaves, quote, meeting)
    waits = life.due_at is not None
    closed = None if is_open or waits else market_closed(house.calendar, book)
    stop_price = None if meeting.is_triggered else terms.stop_price
    reserve_price = risk.reserve_price(terms.side, reference, terms.limit_price, stop_price)
    plan = Plan(quantity, quote, meeting, fill_quantity, waits, closed, life, reserve_price)
    if portfolio.state is PortfolioState.REDUCING:
        state = risk.check_state(portfolio.state, portfolio.archived, terms.side, leaves, held)
    if meeting.price is not None:
        state = state or risk.check_expectation(terms.side, meeting.price, request.expected_price)
    return state or _check_risk(book, terms, plan, leaves, reference, original) or plan


def apply(
    book: Book, request: OrderRequest, plan: Plan, trader: str, original: OrderRow | None = None
) -> OrderRow:
    """Bring an order that passed into the book: fill what fills, and let the rest wait or end."""
    now = book.view.now
    order = new_order(book, request, trader, plan.quantity)
    order.status = OrderStatus.ACCEPTED if plan.lifetime.is_queued else OrderStatus.NEW
    order.expires_at, order.due_at = plan.lifetime.expires_at, plan.lifetime.due_at
    order.reserve_price = plan.reserve_price
    if original is not None:
        _carry_over(order, original)
    if plan.meeting.is_triggered and request.terms.stop_price is not None:
        order.triggered_at = order.triggered_at or now
    book.add(order)
    if plan.fill_quantity:
        book.fill(order, plan.fill_quantity, plan.meeting.price or ZERO, plan.quote)
    if order.filled_quantity == plan.quantity:
        end(order, OrderStatus.FILLED, None)
        if not plan.fill_quantity:  # a replacement of what had filled already
            book.record("order:filled", order)
    elif not plan.waits:
        _cancel_rest(book, order, plan)
    else:
        _wait(book, order, plan)
    return order


def reject(book: Book, request: OrderRequest, refusal: Refusal, trader: str) -> OrderRow:
    """Keep an order that the rules refused, with the reason."""
    terms = request.terms
    quantity = terms.quantity if terms.quantity is not None and risk.is_quantity(terms.quantity) else None
    order = new_order(book, request, trader, quantity)
    end(order, OrderStatus.REJECTED, refusal)
    book.add(order)
    book.record("order:rejected", order)
    return order


def new_order(book: Book, request: OrderRequest, trader: str, quantity: Decimal | None) -> OrderRow:
    """A row of what was asked; a number that cannot be kept is left out."""
    terms, id, now = request.terms, new_id(), book.view.now
    return OrderRow(
        portfolio_id=book.portfolio.id,
        workspace_id=book.portfolio.workspace_id,
        id=id,
        sequence=0,
        client_order_id=request.client_order_id or id.hex,
        trader=trader,
        symbol=terms.symbol,
        side=terms.side,
        type=terms.type,
        time_in_force=terms.time_in_force,
        quantity=quantity,
        notional=_kept(terms.notional),
        limit_price=_kept(terms.limit_price),
        stop_price=_kept(terms.stop_price),
        expected_price=_kept(request.expected_price),
        note=request.note,
        status=OrderStatus.NEW,
        filled_quantity=ZERO,
        filled_value=ZERO,
        average_price=None,
        fees=ZERO,
        reason=None,
        message=None,
        created_at=now,
        updated_at=now,
    )


def market_closed(calendar: Calendar, book: Book) -> Refusal:
    """The refusal of what can only be done while the market is open."""
    opens_at = calendar.next_session(book.view.now).opens_at
    return Refusal(
        RejectionCode.MARKET_CLOSED,
        "symbol",
        f"The market is closed until {iso(opens_at)}. Place a DAY or GTC order to wait for the open.",
    )


def _check_risk(
    book: Book,
    terms: Terms,
    plan: Plan,
    leaves: Decimal,
    reference: Decimal,
    original: OrderRow | None,
) -> Refusal | None:
    """The portfolio's limits, wash trades, the position and the buying power."""
    if not leaves:
        return None
    portfolio, rules = book.portfolio, book.rules
    held = book.holding(terms.symbol).quantity
    others = book.open_orders(terms.symbol, without=original)
    opening = risk.opening_part(held, terms.side, leaves, others)
    equity = book.equity() if rules.max_position_percent is not None else None
    refusal = (
        risk.check_limits(rules, terms, plan.quantity, leaves, reference, held, equity)
        or risk.check_wash_trade(terms, others)
        or risk.check_position(rules, portfolio.account, terms, leaves, opening, held)
    )
    if refusal is None and opening > 0:
        required = _required(book, terms, plan, leaves, opening, original)
        refusal = risk.check_buying_power(terms.size_field, required, book.buying_power(without=original))
    if refusal is None and plan.fill_quantity:
        refusal = check_kept(book, terms, plan.fill_quantity, plan.meeting.price or ZERO, original)
    return refusal


def check_kept(
    book: Book, terms: Terms, quantity: Decimal, price: Decimal, order: OrderRow | None
) -> Refusal | None:
    """What a fill leaves must be small enough to be kept exactly. `order` is what has filled before."""
    portfolio, booking = book.portfolio, book.booking(terms.symbol, terms.side, quantity, price)
    fee = book.fee_of(order, quantity, price)
    return risk.check_balances(
        terms.size_field,
        portfolio.cash + cash_change(terms.side, booking.value, fee),
        portfolio.fees + fee,
        portfolio.realized_pnl + booking.realized_pnl,
        booking.holding.cost,
        booking.holding.realized_pnl,
    )


def _required(
    book: Book,
    terms: Terms,
    plan: Plan,
    leaves: Decimal,
    opening: Decimal,
    original: OrderRow | None,
) -> Decimal:
    """What the order needs of the buying power: what it opens, now and later, and its fees."""
    price = plan.meeting.price or ZERO
    waiting = leaves - plan.fill_quantity if plan.waits else ZERO
    fill_opens = max(ZERO, plan.fill_quantity - (leaves - opening))
    waiting_opens = min(waiting, opening - fill_opens)
    fill_price = price if terms.side is Side.BUY else plan.reserve_price
    value = money.total(
        money.product_of(plan.fill_quantity, price), money.product_of(waiting, plan.reserve_price)
    )
    quantity, charged = plan.fill_quantity + waiting, ZERO
    if original is not None:
        quantity, charged = quantity + original.filled_quantity, original.fees
        value = money.total(value, original.filled_value)
    fee = fee_of(book.rules.fee, quantity, value) - charged
    return money.value_of(fill_opens, fill_price) + money.value_of(waiting_opens, plan.reserve_price) + fee


def _fillable(book: Book, terms: Terms, leaves: Decimal, quote: Quote, meeting: Meeting) -> Decimal:
    """How much fills on this quote."""
    if meeting.price is None:
        return ZERO
    available = book.available_size(terms.side, quote)
    quantity = leaves if available is None else min(leaves, available)
    return ZERO if terms.time_in_force is TimeInForce.FOK and quantity < leaves else quantity


def _quantity(terms: Terms, quote: Quote, slippage_bps: Decimal) -> Decimal | Refusal:
    """The shares that are asked for. Money converts at the price that it would fill at, and rounds down."""
    if terms.quantity is not None:
        return terms.quantity
    far = fills.far_price(terms.side, quote)
    if far is None:
        return fills.no_quote(terms.symbol)
    price = fills.slipped(terms.side, far, slippage_bps)
    if terms.limit_price is not None:
        best = min if terms.side is Side.BUY else max
        price = best(price, terms.limit_price)
    if price <= 0:
        return fills.crossed_quote(terms.symbol)
    return money.quantity_for(terms.notional or ZERO, price) or risk.buys_nothing(terms.symbol)


def _cancel_rest(book: Book, order: OrderRow, plan: Plan) -> None:
    """What cannot fill now, of an order that does not wait."""
    why = plan.closed or plan.meeting.held_back
    end(order, OrderStatus.CANCELED, why, "What could not fill at once was canceled.")
    book.record("order:canceled", order)


def _wait(book: Book, order: OrderRow, plan: Plan) -> None:
    held_back = plan.meeting.held_back
    if held_back is not None:
        order.reason, order.message = held_back.code, held_back.message
    settle(order, is_held_back=order.reason is not None)
    if order.filled_quantity and order.status is OrderStatus.NEW:
        order.status = OrderStatus.PARTIALLY_FILLED
    if not plan.fill_quantity:
        book.record("order:accepted" if plan.lifetime.is_queued else "order:placed", order)


def _carry_over(order: OrderRow, original: OrderRow) -> None:
    """What the replaced order has done belongs to the new one."""
    order.filled_quantity, order.filled_value = original.filled_quantity, original.filled_value
    order.average_price, order.fees = original.average_price, original.fees
    order.triggered_at, order.replaces_id = original.triggered_at, original.id


def _life(original: OrderRow) -> Lifetime:
    return Lifetime(
        original.status is OrderStatus.ACCEPTED, due_at=original.due_at, expires_at=original.expires_at
    )


def _held_back(original: OrderRow | None) -> Refusal | None:
    """What holds back the order that is replaced."""
    if original is None or original.reason is None:
        return None
    return Refusal(original.reason, "symbol", original.message or "")


def _is_repriced(terms: Terms, original: OrderRow) -> bool:
    return (terms.limit_price, terms.stop_price) != (original.limit_price, original.stop_price)


def _leaves(quantity: Decimal | None, filled: Decimal) -> Decimal | None:
    return None if quantity is None else quantity - filled


def _reference(quote: Quote | None) -> Decimal | None:
    """The price that limits and reservations go by: the ask, last where there is none; never below 0."""
    if quote is None:
        return None
    prices = (price for price in (quote.ask, quote.last, quote.bid) if price is not None)
    price = next(prices, None)
    return None if price is None else max(price, ZERO)


def _kept(value: Decimal | None) -> Decimal | None:
    return value if value is not None and risk.is_amount(value) else None
