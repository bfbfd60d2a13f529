"""One resting order's turn: what a quote or the clock makes of it, in its portfolio's book."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from graphql_api.market.quotes import Quote
from graphql_api.oms import fills, money, risk
from graphql_api.oms.book import Book, end, settle
from graphql_api.oms.money import ZERO
from graphql_api.oms.placing import check_kept
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.tables import OrderRow
from graphql_api.oms.words import AccountType, OrderStatus, Side, TimeInForce


def meet_quote(book: Book, order: OrderRow, quote: Quote, max_age: timedelta) -> None:
    """Let a resting order meet a quote of its symbol: it fills, in part or whole, or goes on waiting."""
    now = book.view.now
    if order.expires_at is not None and order.expires_at <= now:
        return  # the clock ends it
    if order.status is OrderStatus.ACCEPTED:
        if order.due_at is not None and order.due_at > now:
            return
        _open(order)
    meeting = fills.meet(
        order.terms,
        quote,
        now,
        max_age,
        book.rules.slippage_bps,
        was_triggered=order.triggered_at is not None,
        is_arrival=False,
    )
    triggers = order.stop_price is not None and order.triggered_at is None and meeting.is_triggered
    if triggers:
        order.triggered_at = now
    quantity = _quantity(book, order, quote) if meeting.price is not None else ZERO
    if meeting.price is not None and quantity:
        _fill(book, order, quantity, meeting.price, quote)
    elif triggers:
        order.reason = order.message = None
        settle(order, is_held_back=False)
        book.record("order:triggered", order)
    elif meeting.held_back is not None:
        _hold_back(book, order, meeting.held_back)
    elif order.reason is not None:
        order.reason = order.message = None
        settle(order, is_held_back=False)
        book.record("order:resumed", order)
    if order.time_in_force is TimeInForce.OPG and order.status.is_working:
        _expire(book, order, "It could not fill at the open.")


def meet_clock(book: Book, order: OrderRow, ended: datetime | None) -> None:
    """Let a working order meet the market's time: it opens with its session, or ends with it.

    `ended` is the close of a session that is over, whatever the clock says.
    """
    now = book.view.now
    if not order.status.is_working:
        return
    if _is_over(order, now, ended):
        is_gtc = order.time_in_force is TimeInForce.GTC
        past = "90 days have passed" if is_gtc else "The session has ended"
        _expire(book, order, f"{past} without {'more' if order.filled_quantity else 'any'} fills.")
    elif order.status is OrderStatus.ACCEPTED and order.due_at is not None and order.due_at <= now:
        _open(order)
        book.record("order:opened", order)


def meet_close(book: Book, order: OrderRow, ended: datetime | None) -> None:
    """Let an order for the close meet the official one: it fills whole, at one price for everybody."""
    if order.time_in_force is not TimeInForce.CLS or not _is_over(order, book.view.now, ended):
        return
    quote = None if order.expires_at is None else book.view.closing_quote(order.symbol, order.expires_at)
    if quote is None or quote.last is None or quote.last <= 0:
        return
    close = replace(quote, bid=None, ask=None, bid_size=None, ask_size=None)
    meeting = fills.meet(
        order.terms,
        close,
        close.at,
        timedelta(0),
        ZERO,
        was_triggered=order.triggered_at is not None,
        is_arrival=True,
    )
    if meeting.price is not None:
        _fill(book, order, order.leaves, meeting.price, close)


def _is_over(order: OrderRow, now: datetime, ended: datetime | None) -> bool:
    if order.expires_at is None:
        return False
    if order.expires_at == ended:
        return order.time_in_force is not TimeInForce.GTC
    return order.expires_at <= now


def _hold_back(book: Book, order: OrderRow, refusal: Refusal) -> None:
    """Say why a quote that the order would take does not fill it."""
    if order.reason is not refusal.code:
        order.reason, order.message = refusal.code, refusal.message
        settle(order, is_held_back=True)
        book.record("order:held_back", order)


def _open(order: OrderRow) -> None:
    """The session that a queued order waited for has begun."""
    order.status = OrderStatus.PARTIALLY_FILLED if order.filled_quantity else OrderStatus.NEW
    order.due_at = order.expires_at
    settle(order, is_held_back=order.reason is not None)


def _fill(book: Book, order: OrderRow, quantity: Decimal, price: Decimal, quote: Quote) -> None:
    refusal = _unaffordable(book, order, quantity, price) or check_kept(
        book, order.terms, quantity, price, order
    )
    if refusal is not None:
        end(order, OrderStatus.CANCELED, refusal)
        book.record("order:canceled", order)
        return
    order.reason = order.message = None
    book.fill(order, quantity, price, quote)
    if order.limit_price is None:
        reference = quote.ask or quote.last or price
        order.reserve_price = risk.reserve_price(order.side, reference, None, None)
    settle(order, is_held_back=False)


def _quantity(book: Book, order: OrderRow, quote: Quote) -> Decimal:
    available = book.available_size(order.side, quote)
    return order.leaves if available is None else min(order.leaves, available)


def _unaffordable(book: Book, order: OrderRow, quantity: Decimal, price: Decimal) -> Refusal | None:
    """An order without a limit may have become dearer than what it reserved: it is checked again."""
    if order.limit_price is not None:
        return None
    if book.portfolio.account is AccountType.CASH:
        opens = quantity if order.side is Side.BUY else ZERO
    else:
        held = book.holding(order.symbol).quantity
        opens = risk.opening_part(held, order.side, quantity, ())
    if not opens:
        return None
    each = price if order.side is Side.BUY else order.reserve_price or price
    required = money.value_of(opens, each) + book.fee_of(order, quantity, price)
    return risk.check_buying_power("quantity", required, book.buying_power(without=order))


def _expire(book: Book, order: OrderRow, message: str) -> None:
    end(order, OrderStatus.EXPIRED, None, message)
    book.record("order:expired", order)
