"""The story of an order, top to bottom: read, quote, lock, decide, write.

One transaction an order. The price is quoted before the portfolio's row is locked and passed on as a
value; the decision is pure; order, trade, position, cash and event are written together or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection
from sqlmodel import Session, col, select

from graphql_api.market.quotes import Quote
from graphql_api.oms import fills, money, risk
from graphql_api.oms.accounting import Booking, Holding, book_fill, cash_change
from graphql_api.oms.actor import Actor
from graphql_api.oms.desk import Desk
from graphql_api.oms.ids import new_id
from graphql_api.oms.ledger import read_under_lock, write_fill, write_rejection
from graphql_api.oms.money import ZERO
from graphql_api.oms.portfolios import find_to_trade
from graphql_api.oms.refusals import Refusal, Refused
from graphql_api.oms.tables import OrderRow, PortfolioRow, TradeRow
from graphql_api.oms.texts import MAX_CLIENT_ORDER_ID, check_text, read_note, read_symbol
from graphql_api.oms.words import KeyRole, OrderStatus, OrderType, RejectionCode, Side, TimeInForce


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What was asked: a market order, by exactly one of quantity (shares) and notional (money)."""

    symbol: str
    side: Side
    quantity: Decimal | None = None
    notional: Decimal | None = None
    portfolio_id: str | None = None
    portfolio: str | None = None
    client_order_id: str | None = None
    expected_price: Decimal | None = None
    note: str | None = None

    @property
    def size_field(self) -> str:
        """The input field that says how much."""
        return "quantity" if self.notional is None else "notional"


@dataclass(frozen=True, slots=True)
class After:
    """The balances and the holding as a trade left them."""

    portfolio: PortfolioRow
    holding: Holding


@dataclass(frozen=True, slots=True)
class Executed:
    """An order that was filled; `after` is None where an earlier request of the same id has filled it."""

    order: OrderRow
    trades: Sequence[TradeRow]
    after: After | None

    @property
    def duplicate(self) -> bool:
        """Whether an earlier request of the same id was filled, and nothing was traded now."""
        return self.after is None


@dataclass(frozen=True, slots=True)
class Rejected:
    """An order that the rules refused; `order` keeps it, and is None where nothing was kept."""

    refusal: Refusal
    order: OrderRow | None


@dataclass(frozen=True, slots=True)
class Fill:
    """What an order does to its portfolio: the quote that it meets, and how it is booked."""

    quantity: Decimal
    price: Decimal
    fee: Decimal
    booking: Booking
    cash: Decimal
    quote: Quote


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order would do now; nothing is saved."""

    request: OrderRequest
    fill: Fill


@dataclass(frozen=True, slots=True)
class _Price:
    """What the market says of a symbol, asked before any lock is held."""

    is_known: bool
    quote: Quote | None


def execute_trade(desk: Desk, actor: Actor, request: OrderRequest) -> Executed | Rejected:
    """Trade at the market, now or not at all.

    A refusal by the rules is saved as a REJECTED order and returned. Raises Refused where nothing is
    kept: refusals by who or by shape, and a used id with other content.
    """
    actor.admit(KeyRole.TRADER, KeyRole.ADMIN, KeyRole.SERVICE)
    request = _readable(request)
    price = _ask_market(desk, request.symbol)
    with desk.database.writing() as connection:
        portfolio = find_to_trade(connection, actor, request.portfolio_id, request.portfolio, lock=True)
        at, holding, first = read_under_lock(
            connection, portfolio.id, request.symbol, request.client_order_id
        )
        if first is not None:
            return _repeated(connection, portfolio.id, first, request)
        now = desk.market.now()
        decision = decide(request, portfolio.cash, holding or Holding(), price, now, desk.max_quote_age)
        order = _order(portfolio, actor, request, decision, now)
        if isinstance(decision, Refusal):
            write_rejection(connection, portfolio, actor, at, order)
            return Rejected(decision, order)
        trade = _trade(order, decision)
        write_fill(
            connection,
            portfolio,
            actor,
            at,
            order,
            trade,
            decision.booking.holding,
            decision.cash,
            is_first=holding is None,
        )
    return Executed(order, [trade], _after(portfolio, trade, decision))


def preview_order(
    desk: Desk, session: Session, actor: Actor, request: OrderRequest, type: OrderType = OrderType.MARKET
) -> Preview | Rejected:
    """What `execute_trade` would do with this order now. Nothing is saved. Raises Refused."""
    actor.admit(KeyRole.TRADER, KeyRole.ADMIN, KeyRole.SERVICE)
    if type is not OrderType.MARKET:
        raise Refused(RejectionCode.INVALID_INPUT, "type", "Only MARKET orders can be placed so far.")
    request = _readable(request)
    price = _ask_market(desk, request.symbol)
    connection = session.connection()
    portfolio = find_to_trade(connection, actor, request.portfolio_id, request.portfolio)
    _, holding, _ = read_under_lock(connection, portfolio.id, request.symbol, None)
    now = desk.market.now()
    decision = decide(request, portfolio.cash, holding or Holding(), price, now, desk.max_quote_age)
    return Rejected(decision, None) if isinstance(decision, Refusal) else Preview(request, decision)


def decide(  # noqa: PLR0911 - one return a rule, in the order of the rules
    request: OrderRequest,
    cash: Decimal,
    holding: Holding,
    market: _Price,
    now: datetime,
    max_quote_age: timedelta,
) -> Fill | Refusal:
    """The rules, in their order: shape, symbol and quote, position, buying power. Pure."""
    refusal = risk.check_request(request.quantity, request.notional, request.expected_price)
    if refusal is not None:
        return refusal
    if not market.is_known:
        return Refusal(
            RejectionCode.UNKNOWN_SYMBOL,
            "symbol",
            f"The market does not know {request.symbol}. Search instruments by the company's name.",
        )
    if market.quote is None:
        return fills.no_quote(request.symbol)
    price = fills.fill_price(request.side, market.quote, now, max_quote_age)
    if isinstance(price, Refusal):
        return price
    quantity, field = request.quantity, request.size_field
    if quantity is None:
        quantity = money.quantity_for(request.notional or ZERO, price)
        if quantity == 0:
            return risk.buys_nothing(request.symbol)
    booking, fee = book_fill(holding, request.side, quantity, price), ZERO
    refusal = (
        risk.check_expectation(request.side, price, request.expected_price)
        or risk.check_position(request.side, request.symbol, field, quantity, holding.quantity)
        or risk.check_cash(request.side, field, booking.value, fee, cash)
        or risk.check_books(field, booking.holding.cost, booking.holding.realized_pnl)
    )
    if refusal is not None:
        return refusal
    cash_after = cash + cash_change(request.side, booking.value, fee)
    return Fill(quantity, price, fee, booking, cash_after, market.quote)


def _readable(request: OrderRequest) -> OrderRequest:
    check_text("clientOrderId", request.client_order_id, MAX_CLIENT_ORDER_ID)
    symbol = read_symbol(request.symbol)
    if symbol is None:
        raise Refused(
            RejectionCode.UNKNOWN_SYMBOL,
            "symbol",
            "A symbol has 1 to 12 letters, digits, dots or hyphens, such as AAPL or BRK.B.",
        )
    return replace(request, symbol=symbol, note=read_note(request.note))


def _ask_market(desk: Desk, symbol: str) -> _Price:
    return _Price(
        is_known=desk.market.instrument(symbol) is not None, quote=desk.market.quotes([symbol]).get(symbol)
    )


def _after(portfolio: PortfolioRow, trade: TradeRow, fill: Fill) -> After:
    portfolio.cash = fill.cash
    portfolio.fees += trade.fee
    portfolio.realized_pnl += trade.realized_pnl
    return After(portfolio, fill.booking.holding)


def _repeated(connection: Connection, portfolio_id: UUID, order_id: UUID, request: OrderRequest) -> Executed:
    """The answer to an id that was used: the first order, if what is asked is the same."""
    with Session(connection) as session:
        first = session.get_one(OrderRow, (portfolio_id, order_id))
        trades = session.exec(
            select(TradeRow)
            .where(TradeRow.portfolio_id == portfolio_id, TradeRow.order_id == order_id)
            .order_by(col(TradeRow.sequence))
        ).all()
    asked = (request.symbol, request.side, request.quantity, request.notional)
    was_asked = (first.symbol, first.side, None if first.notional else first.quantity, first.notional)
    if asked != was_asked:
        raise Refused(
            RejectionCode.IDEMPOTENCY_CONFLICT,
            "clientOrderId",
            "This clientOrderId was used for another order: send a new id for a new order.",
        )
    return Executed(first, trades, after=None)


def _order(
    portfolio: PortfolioRow, actor: Actor, request: OrderRequest, decision: Fill | Refusal, now: datetime
) -> OrderRow:
    fill, refusal = (decision, None) if isinstance(decision, Fill) else (None, decision)
    id = new_id()
    return OrderRow(
        portfolio_id=portfolio.id,
        id=id,
        sequence=portfolio.event_sequence + 1,
        client_order_id=request.client_order_id or id.hex,
        trader=actor.trader,
        symbol=request.symbol,
        side=request.side,
        type=OrderType.MARKET,
        time_in_force=TimeInForce.IOC,
        quantity=fill.quantity if fill else _kept_quantity(request.quantity),
        notional=_kept_money(request.notional),
        expected_price=_kept_money(request.expected_price),
        note=request.note,
        status=OrderStatus.FILLED if fill else OrderStatus.REJECTED,
        filled_quantity=fill.quantity if fill else ZERO,
        filled_value=money.product_of(fill.quantity, fill.price) if fill else ZERO,
        workspace_id=portfolio.workspace_id,
        average_price=fill.price if fill else None,
        fees=fill.fee if fill else ZERO,
        reason=refusal.code if refusal else None,
        message=refusal.message if refusal else None,
        created_at=now,
        updated_at=now,
    )


def _kept_money(value: Decimal | None) -> Decimal | None:
    return value if value is not None and risk.is_amount(value) else None


def _kept_quantity(value: Decimal | None) -> Decimal | None:
    return value if value is not None and risk.is_quantity(value) else None


def _trade(order: OrderRow, fill: Fill) -> TradeRow:
    return TradeRow(
        portfolio_id=order.portfolio_id,
        id=new_id(),
        sequence=order.sequence,
        order_id=order.id,
        trader=order.trader,
        symbol=order.symbol,
        side=order.side,
        quantity=fill.quantity,
        price=fill.price,
        value=fill.booking.value,
        fee=fill.fee,
        realized_pnl=fill.booking.realized_pnl,
        executed_at=order.created_at,
        quote_bid=fill.quote.bid,
        quote_ask=fill.quote.ask,
        quote_last=fill.quote.last,
        quote_bid_size=fill.quote.bid_size,
        quote_ask_size=fill.quote.ask_size,
        quote_at=fill.quote.at,
        quote_source=fill.quote.source,
    )
