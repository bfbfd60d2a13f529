"""The story of an order, top to bottom: read, quote, lock, decide, write.

One transaction a use case. A refusal by the rules is kept as a REJECTED order and returned; Refused is
raised where nothing is kept: refusals by who or by shape, a used id with other content, an order that is not
there or final.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection
from sqlmodel import Session, col, select

from graphql_api.oms import placing
from graphql_api.oms.accounting import Holding
from graphql_api.oms.actor import Actor
from graphql_api.oms.book import Book, end
from graphql_api.oms.desk import Desk
from graphql_api.oms.fills import Terms
from graphql_api.oms.ids import from_text
from graphql_api.oms.money import ZERO
from graphql_api.oms.placing import House, OrderRequest, Plan
from graphql_api.oms.portfolios import find_to_trade
from graphql_api.oms.refusals import Refusal, Refused
from graphql_api.oms.tables import OrderRow, PortfolioRow, TradeRow
from graphql_api.oms.texts import MAX_CLIENT_ORDER_ID, check_text, read_note, read_symbol
from graphql_api.oms.views import View, write_with_quotes
from graphql_api.oms.words import KeyRole, OrderStatus, RejectionCode

MAX_BASKET = 100


@dataclass(frozen=True, slots=True)
class After:
    """The balances and the holding as an order left them."""

    portfolio: PortfolioRow
    holding: Holding


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that passed, and its trades; `after` is None where an earlier request of its id made it."""

    order: OrderRow
    trades: Sequence[TradeRow]
    after: After | None

    @property
    def duplicate(self) -> bool:
        """Whether an earlier request of the same id made it, and nothing was done now."""
        return self.after is None


@dataclass(frozen=True, slots=True)
class Replaced:
    """An order that took the place of `replaced`."""

    order: OrderRow
    replaced: OrderRow
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Rejected:
    """An order that the rules refused; `order` keeps it, and is None where nothing was kept."""

    refusal: Refusal
    order: OrderRow | None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different in an order; None leaves it as it is."""

    order_id: str
    client_order_id: str | None = None
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


def place_order(desk: Desk, actor: Actor, request: OrderRequest) -> Placed | Rejected:
    """Place an order of any type and time in force; one that `is_now` trades at the market or not at all.

    Raises Refused where nothing is kept.
    """
    actor.admit(KeyRole.TRADER, KeyRole.ADMIN, KeyRole.SERVICE)
    request = readable(request)

    def work(connection: Connection, view: View) -> Placed | Rejected:
        book = _open_book(connection, actor, request, view)
        outcome = _place(connection, book, house_of(desk), actor, request)
        book.write()
        return outcome

    return write_with_quotes(desk, actor.workspace_id, [request.terms.symbol], work)


def execute_trades(
    desk: Desk, actor: Actor, requests: Sequence[OrderRequest], *, atomic: bool
) -> list[Placed | Rejected]:
    """A basket in one portfolio and one transaction, in order; `atomic` is all or none.

    The requests name the same portfolio.
    """
    actor.admit(KeyRole.TRADER, KeyRole.ADMIN, KeyRole.SERVICE)
    if not requests:
        return []
    symbols = {symbol for request in requests if (symbol := read_symbol(request.terms.symbol)) is not None}

    def work(connection: Connection, view: View) -> list[Placed | Rejected]:
        book = _open_book(connection, actor, requests[0], view)
        untouched = book.portfolio.model_copy()
        outcomes = [_try(connection, book, house_of(desk), actor, request) for request in requests]
        failed = next((n for n, outcome in enumerate(outcomes) if isinstance(outcome, Rejected)), None)
        if atomic and failed is not None:
            book = Book(connection, actor, untouched, view)
            outcomes = _refuse_all(book, actor, requests, outcomes, failed)
        book.write()
        return [_at_the_end(book, outcome) for outcome in outcomes]

    return write_with_quotes(desk, actor.workspace_id, sorted(symbols), work)


def replace_order(desk: Desk, actor: Actor, change: Change) -> Replaced | Rejected:
    """Put a new order in the place of a working one; it carries on what that has filled.

    A refused one leaves the original working. Raises Refused where nothing is kept.
    """
    actor.admit(KeyRole.TRADER, KeyRole.ADMIN, KeyRole.SERVICE)
    check_text("clientOrderId", change.client_order_id, MAX_CLIENT_ORDER_ID)
    portfolio_id, id = _parse(change.order_id)
    with desk.database.snapshot() as session:
        there = session.get(OrderRow, (portfolio_id, id))
    symbols = [] if there is None else [there.symbol]

    def work(connection: Connection, view: View) -> Replaced | Rejected:
        book, original = _find_order(connection, actor, change.order_id, view)
        terms = _changed(original, change)
        used_by = book.find(original.symbol, change.client_order_id)
        if used_by is not None:
            return _replaced_before(book, original, terms, used_by)
        _refuse_final(original)
        request = OrderRequest(terms, client_order_id=change.client_order_id, note=original.note)
        outcome = _replace(book, house_of(desk), actor, original, request)
        book.write()
        return outcome

    return write_with_quotes(desk, actor.workspace_id, symbols, work)


def cancel_order(desk: Desk, actor: Actor, order_id: str) -> OrderRow:
    """Cancel a working order; it keeps what was filled. Raises Refused."""
    actor.admit(KeyRole.TRADER, KeyRole.ADMIN, KeyRole.SERVICE)

    def work(connection: Connection, view: View) -> OrderRow:
        book, order = _find_order(connection, actor, order_id, view)
        _refuse_final(order)
        book.touch(order)
        end(order, OrderStatus.CANCELED, None, f"Canceled by {actor.trader}.")
        book.record("order:canceled", order)
        book.write()
        return order

    return write_with_quotes(desk, actor.workspace_id, [], work)


def house_of(desk: Desk) -> House:
    """The house's rules."""
    return House(desk.calendar, desk.max_quote_age)


def readable(request: OrderRequest) -> OrderRequest:
    """The request with its symbol as the market writes it. Raises Refused where a text cannot be kept."""
    check_text("clientOrderId", request.client_order_id, MAX_CLIENT_ORDER_ID)
    symbol = read_symbol(request.terms.symbol)
    if symbol is None:
        raise Refused(
            RejectionCode.UNKNOWN_SYMBOL,
            "symbol",
            "A symbol has 1 to 12 letters, digits, dots or hyphens, such as AAPL or BRK.B.",
        )
    return replace(request, terms=replace(request.terms, symbol=symbol), note=read_note(request.note))


def _open_book(connection: Connection, actor: Actor, request: OrderRequest, view: View) -> Book:
    portfolio = find_to_trade(connection, actor, request.portfolio_id, request.portfolio, lock=True)
    return Book(connection, actor, portfolio, view)


def _place(
    connection: Connection, book: Book, house: House, actor: Actor, request: OrderRequest
) -> Placed | Rejected:
    used_by = book.find(request.terms.symbol, request.client_order_id)
    if used_by is not None:
        return _placed_before(connection, book, request, used_by)
    traded = len(book.trades)
    plan = placing.decide(book, house, request)
    if isinstance(plan, Refusal):
        return Rejected(plan, placing.reject(book, request, plan, actor.trader))
    order = placing.apply(book, request, plan, actor.trader)
    return Placed(order, book.trades[traded:], After(book.portfolio, book.holding(order.symbol)))


def _try(
    connection: Connection, book: Book, house: House, actor: Actor, request: OrderRequest
) -> Placed | Rejected:
    """The same as one of a basket, where a refusal that keeps nothing does not stop the others."""
    try:
        return _place(connection, book, house, actor, readable(request))
    except Refused as refused:
        return Rejected(refused.refusal, None)


def _at_the_end(book: Book, outcome: Placed | Rejected) -> Placed | Rejected:
    """An outcome of a basket with what the whole basket left."""
    if isinstance(outcome, Rejected) or outcome.duplicate:
        return outcome
    return replace(outcome, after=After(book.portfolio, book.holding(outcome.order.symbol)))


def _refuse_all(
    book: Book,
    actor: Actor,
    requests: Sequence[OrderRequest],
    outcomes: Sequence[Placed | Rejected],
    failed: int,
) -> list[Placed | Rejected]:
    """Nothing of an atomic basket is traded; every trade is kept as a rejected order that can be kept."""
    refused: list[Placed | Rejected] = []
    for number, (request, outcome) in enumerate(zip(requests, outcomes, strict=True)):
        if number == failed and isinstance(outcome, Rejected):
            refusal, is_kept = outcome.refusal, outcome.order is not None
        else:
            refusal = Refusal(
                RejectionCode.ATOMIC_REFUSED,
                "atomic",
                f"Trade {failed + 1} of the basket was refused, so nothing was traded. Mend that one and "
                "send the basket again.",
            )
            is_kept = isinstance(outcome, Placed) or outcome.order is not None
        order = placing.reject(book, readable(request), refusal, actor.trader) if is_kept else None
        refused.append(Rejected(refusal, order))
    return refused


def _placed_before(connection: Connection, book: Book, request: OrderRequest, used_by: UUID) -> Placed:
    """The answer to an id that was used: the first order, if what is asked is the same."""
    first = book.order(used_by)
    if first is None or first.replaces_id is not None or _asked(first) != request.terms:
        raise _conflict()
    with Session(connection) as session:
        trades = session.exec(
            select(TradeRow)
            .where(TradeRow.portfolio_id == first.portfolio_id, TradeRow.order_id == first.id)
            .order_by(col(TradeRow.sequence))
        ).all()
    own = [trade for trade in book.trades if trade.order_id == first.id]
    return Placed(first, [*trades, *own], after=None)


def _replaced_before(book: Book, original: OrderRow, terms: Terms, used_by: UUID) -> Replaced:
    first = book.order(used_by)
    if first is None or first.replaces_id != original.id or not _is_same_change(first, terms, original):
        raise _conflict()
    return Replaced(first, original, duplicate=True)


def _is_same_change(first: OrderRow, terms: Terms, original: OrderRow) -> bool:
    """Whether a replacement was made by the same change; one that was amended to what had filled says so."""
    filled = original.filled_quantity
    is_amended = first.quantity == filled and (terms.quantity or ZERO) <= filled
    return first.terms == (replace(terms, quantity=first.quantity) if is_amended else terms)


def _conflict() -> Refused:
    return Refused(
        RejectionCode.IDEMPOTENCY_CONFLICT,
        "clientOrderId",
        "This clientOrderId was used for another order: send a new id for a new order.",
    )


def _asked(order: OrderRow) -> Terms:
    """What an order asked for, as it was asked."""
    terms = order.terms
    return replace(terms, quantity=None, notional=order.notional) if order.notional is not None else terms


def _replace(
    book: Book, house: House, actor: Actor, original: OrderRow, request: OrderRequest
) -> Replaced | Rejected:
    if original.notional is not None:
        refusal = Refusal(
            RejectionCode.TIME_IN_FORCE_NOT_ALLOWED,
            "orderId",
            "An order by an amount of money cannot be replaced. Cancel it and place another one.",
        )
        return Rejected(refusal, placing.reject(book, request, refusal, actor.trader))
    plan: Plan | Refusal
    quantity = request.terms.quantity
    if original.filled_quantity and quantity is not None and 0 < quantity <= original.filled_quantity:
        request = replace(request, terms=replace(request.terms, quantity=original.filled_quantity))
    plan = placing.decide(book, house, request, original)
    if isinstance(plan, Refusal):
        return Rejected(plan, placing.reject(book, request, plan, actor.trader))
    book.touch(original)
    end(original, OrderStatus.REPLACED, None, f"Replaced by {actor.trader}.")
    book.record("order:replaced", original)
    order = placing.apply(book, request, plan, actor.trader, original)
    original.replaced_by_id = order.id
    return Replaced(order, original, duplicate=False)


def _changed(original: OrderRow, change: Change) -> Terms:
    terms = original.terms
    return replace(
        terms,
        quantity=terms.quantity if change.quantity is None else change.quantity,
        limit_price=terms.limit_price if change.limit_price is None else change.limit_price,
        stop_price=terms.stop_price if change.stop_price is None else change.stop_price,
    )


def _find_order(connection: Connection, actor: Actor, order_id: str, view: View) -> tuple[Book, OrderRow]:
    """An order and its portfolio's book, locked. Raises Refused ORDER_NOT_FOUND."""
    portfolio_id, id = _parse(order_id)
    try:
        portfolio = find_to_trade(connection, actor, portfolio_id.hex, None, lock=True)
    except Refused as refused:
        refusal = refused.refusal
        if refusal.code is RejectionCode.NOT_PERMITTED:
            raise Refused(refusal.code, "orderId", refusal.message) from None
        raise _not_found() from None
    book = Book(connection, actor, portfolio, view)
    order = book.order(id)
    if order is None:
        raise _not_found()
    return book, order


def _parse(order_id: str) -> tuple[UUID, UUID]:
    ids = from_text(order_id, parts=2)
    if ids is None:
        raise _not_found()
    return ids[0], ids[1]


def _not_found() -> Refused:
    return Refused(
        RejectionCode.ORDER_NOT_FOUND, "orderId", "There is no such order, or it is not yours to see."
    )


def _refuse_final(order: OrderRow) -> None:
    if not order.status.is_working:
        raise Refused(
            RejectionCode.TOO_LATE,
            "orderId",
            f"The order is {order.status} already: it can be neither canceled nor replaced.",
        )
