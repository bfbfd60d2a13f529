"""One portfolio under its lock, in one transaction: what it holds, what works in it, what is to be written.

An order changes the book in memory, one event a change; `write` sends everything together. Nothing here
decides: the rules are in risk.py and fills.py, their order in placing.py and matching.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from graphql_api.market.quotes import Quote
from graphql_api.oms import fills, ledger, money
from graphql_api.oms.accounting import Booking, Holding, Valuation, book_fill, cash_change, value_holdings
from graphql_api.oms.actor import Actor
from graphql_api.oms.db import NOW
from graphql_api.oms.events import Head, NewEvent, next_event
from graphql_api.oms.explaining import explain_wait
from graphql_api.oms.fees import fee_of
from graphql_api.oms.ids import new_id
from graphql_api.oms.money import ZERO
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.risk import OpenOrder, buying_power, reserved_for
from graphql_api.oms.rules import read_rules
from graphql_api.oms.statements import Write, send
from graphql_api.oms.tables import OrderRow, PortfolioRow, TradeRow, values
from graphql_api.oms.views import View
from graphql_api.oms.words import AccountType, Liquidity, OrderStatus, Side


class Book:
    """A locked portfolio; or one that is only looked at, if `write` is never called."""

    def __init__(self, connection: Connection, actor: Actor, portfolio: PortfolioRow, view: View) -> None:
        self.portfolio = portfolio
        self.rules = read_rules(portfolio.rules)
        self.view = view
        self.trades: list[TradeRow] = []
        self._connection = connection
        self._actor = actor
        self._at: datetime | None = None
        self._holdings: dict[str, Holding] = {}
        self._new_holdings: set[str] = set()
        self._traded: set[str] = set()
        self._open: dict[str, list[OrderRow]] = {}
        self._reserved_before: dict[str, Decimal] = {}
        self._used: dict[tuple[str, Side], tuple[int, Decimal]] = {}
        self._new_used: set[tuple[str, Side]] = set()
        self._orders: dict[UUID, OrderRow] = {}
        self._held_before: dict[UUID, Decimal] = {}
        self._added: list[OrderRow] = []
        self._changed: dict[UUID, OrderRow] = {}
        self._events: list[NewEvent] = []

    def find(self, symbol: str, client_order_id: str | None) -> UUID | None:
        """The id of the order that has used this client's id already. Reads the symbol's holding with it."""
        at, holding, order_id = ledger.read_under_lock(
            self._connection, self.portfolio.id, symbol, client_order_id
        )
        self._at = at
        self._know(symbol, holding)
        for order in self._added:
            if order.client_order_id == client_order_id and order.status is not OrderStatus.REJECTED:
                return order.id
        return order_id

    def load(self, ids: Sequence[UUID]) -> list[OrderRow]:
        """Orders of the portfolio that still work, oldest first."""
        rows = ledger.read_orders(self._connection, self.portfolio.id, ids)
        orders = [self._identify(row) for row in rows if row.status.is_working]
        for order in orders:
            self.touch(order)
        return orders

    def touch(self, order: OrderRow) -> None:
        """Read what must be known before an order changes: on margin, what its symbol's orders reserve."""
        if self.portfolio.account is not AccountType.CASH:
            self.open_orders(order.symbol)

    def order(self, id: UUID) -> OrderRow | None:
        """An order of the portfolio, whatever its status."""
        if id not in self._orders:
            for row in ledger.read_orders(self._connection, self.portfolio.id, [id]):
                self._identify(row)
        return self._orders.get(id)

    def holding(self, symbol: str) -> Holding:
        """What is held of a symbol."""
        if symbol not in self._holdings:
            _, holding, _ = ledger.read_under_lock(self._connection, self.portfolio.id, symbol, None)
            self._know(symbol, holding)
        return self._holdings[symbol]

    def open_orders(self, symbol: str, without: OrderRow | None = None) -> list[OpenOrder]:
        """The symbol's working orders, oldest first; `without` leaves one of them out."""
        if symbol not in self._open:
            there: list[OrderRow] = []
            if self.portfolio.open_orders:
                there = ledger.read_open_orders(self._connection, self.portfolio.id, symbol)
            self._open[symbol] = [self._identify(row) for row in there]
            self._reserved_before[symbol] = reserved_for(
                self.holding(symbol).quantity, map(as_open, self._open[symbol])
            )
        return [
            as_open(each) for each in self._open[symbol] if each.status.is_working and each is not without
        ]

    def reserved(self, without: OrderRow | None = None) -> Decimal:
        """What the working orders reserve now; `without` leaves one of them out."""
        reserved = self.portfolio.reserved
        if self.portfolio.account is AccountType.CASH:
            for order in [*self._added, *self._changed.values()]:
                reserved += _held_by(order) - self._held_before.get(order.id, ZERO)
            return reserved - (_held_by(without) if without else ZERO)
        for symbol, before in self._reserved_before.items():
            now = reserved_for(self.holding(symbol).quantity, self.open_orders(symbol, without))
            reserved += now - before
        return reserved

    def valuation(self) -> Valuation:
        """What the positions are worth at their marks."""
        for symbol, holding in ledger.read_positions(self._connection, self.portfolio.id).items():
            if symbol not in self._holdings:
                self._know(symbol, holding)
        held = {symbol: holding for symbol, holding in self._holdings.items() if holding.quantity}
        quotes = self.view.quotes(held)
        return value_holdings(
            (holding, fills.mark_of(quotes[symbol]) if symbol in quotes else None)
            for symbol, holding in held.items()
        )

    def equity(self) -> Decimal:
        """Cash and net market value."""
        return self.portfolio.cash + self.valuation().net_market_value

    def buying_power(self, without: OrderRow | None = None) -> Decimal:
        """What new orders may spend; `without` leaves a working order's reservation out."""
        cash, reserved = self.portfolio.cash, self.reserved(without)
        if self.portfolio.account is AccountType.CASH:
            return buying_power(AccountType.CASH, cash, reserved, ZERO, ZERO)
        worth = self.valuation()
        equity = cash + worth.net_market_value
        return buying_power(self.portfolio.account, cash, reserved, equity, worth.gross_market_value)

    def available_size(self, side: Side, quote: Quote) -> Decimal | None:
        """How much of the quote's displayed size this portfolio has not used; None where size is no limit."""
        if self.rules.liquidity is Liquidity.FULL:
            return None
        number, used = self._used_size(quote.symbol, side)
        if number > quote.identity:  # another process has met a newer quote already
            return ZERO
        return max(ZERO, fills.displayed_size(side, quote) - (used if number == quote.identity else ZERO))

    def booking(self, symbol: str, side: Side, quantity: Decimal, price: Decimal) -> Booking:
        """How a fill would be booked now."""
        return book_fill(self.holding(symbol), side, quantity, price)

    def fee_of(self, order: OrderRow | None, quantity: Decimal, price: Decimal) -> Decimal:
        """What a fill of an order costs, less what its fills were charged before."""
        value = money.product_of(quantity, price)
        if order is None:
            return fee_of(self.rules.fee, quantity, value)
        total = money.total(order.filled_value, value)
        return fee_of(self.rules.fee, order.filled_quantity + quantity, total) - order.fees

    def add(self, order: OrderRow) -> None:
        """Add a new order; the event that is recorded next tells of it."""
        order.sequence = self.portfolio.event_sequence + 1
        self._orders[order.id] = order
        self._added.append(order)
        if order.symbol in self._open:
            self._open[order.symbol].append(order)

    def fill(self, order: OrderRow, quantity: Decimal, price: Decimal, quote: Quote) -> None:
        """Fill an order, or a part of it: a trade, the position, the cash, and one event."""
        now = self.view.now
        booking = self.booking(order.symbol, order.side, quantity, price)
        fee = self.fee_of(order, quantity, price)
        order.filled_quantity += quantity
        order.filled_value = money.total(order.filled_value, money.product_of(quantity, price))
        order.average_price = money.average(order.filled_value, order.filled_quantity)
        order.fees += fee
        is_filled = order.filled_quantity == order.quantity
        order.status = OrderStatus.FILLED if is_filled else OrderStatus.PARTIALLY_FILLED
        trade = _trade(order, quantity, price, booking, fee, quote, now)
        self._holdings[order.symbol] = booking.holding
        self._traded.add(order.symbol)
        self.portfolio.cash += cash_change(order.side, booking.value, fee)
        self.portfolio.fees += fee
        self.portfolio.realized_pnl += booking.realized_pnl
        if self.rules.liquidity is Liquidity.SIZE:
            number, used = self._used_size(order.symbol, order.side)
            is_same = number == quote.identity
            self._used[order.symbol, order.side] = (quote.identity, used + quantity if is_same else quantity)
        self.record("order:filled" if is_filled else "order:partially_filled", order, trade)

    def record(self, kind: str, order: OrderRow, trade: TradeRow | None = None) -> None:
        """Write down a change of an order: one event, with the trade that made it."""
        data = ledger.order_data(order)
        if trade is not None:
            holding = self._holdings[order.symbol]
            data |= {
                "trade": ledger.trade_data(trade),
                "cash": money.plain(self.portfolio.cash),
                "position": {
                    "quantity": money.plain(holding.quantity),
                    "costBasis": money.plain(holding.cost),
                },
            }
        if self._at is None:
            self._at = self._connection.execute(select(NOW)).scalar_one()
        head = Head.of_portfolio(self.portfolio)
        trade_id = None if trade is None else trade.id
        event = next_event(head, self._actor, kind, self._at, data, order.id, trade_id)
        self._events.append(event)
        self.portfolio.event_sequence, self.portfolio.event_hash = event["sequence"], event["hash"]
        if trade is not None:
            trade.sequence = event["sequence"]
            self.trades.append(trade)
        order.updated_at = self.view.now
        if order.id in self._held_before:
            self._changed[order.id] = order

    def write(self) -> None:
        """Send everything that has changed."""
        if not self._events:
            return
        send(self._connection, self._writes())

    def _writes(self) -> Iterable[tuple[Write, Mapping[str, Any]]]:
        portfolio = self.portfolio
        portfolio.reserved = self.reserved()
        portfolio.open_orders += sum(order.status.is_working for order in self._added)
        portfolio.open_orders -= sum(not order.status.is_working for order in self._changed.values())
        for order in self._added:
            yield ledger.INSERT_ORDER, values(order)
        for order in self._changed.values():
            changed = {name: getattr(order, name) for name in ledger.CHANGING}
            yield ledger.UPDATE_ORDER, changed | {"at_portfolio_id": portfolio.id, "at_id": order.id}
        for trade in self.trades:
            yield ledger.INSERT_TRADE, values(trade)
        for symbol in self._traded:
            yield self._write_holding(symbol)
        for (symbol, side), (number, used) in self._used.items():
            yield self._write_used(symbol, side, number, used)
        for event in self._events:
            yield ledger.INSERT_EVENT, event
        balances = {name: getattr(portfolio, name) for name in ledger.BALANCES}
        yield ledger.UPDATE_PORTFOLIO, balances | {"at_id": portfolio.id}

    def _write_holding(self, symbol: str) -> tuple[Write, Mapping[str, Any]]:
        holding = self._holdings[symbol]
        row = {"quantity": holding.quantity, "cost": holding.cost, "realized_pnl": holding.realized_pnl}
        if symbol in self._new_holdings:
            return ledger.INSERT_POSITION, row | {"portfolio_id": self.portfolio.id, "symbol": symbol}
        return ledger.UPDATE_POSITION, row | {"at_portfolio_id": self.portfolio.id, "at_symbol": symbol}

    def _write_used(
        self, symbol: str, side: Side, number: int, used: Decimal
    ) -> tuple[Write, Mapping[str, Any]]:
        row = {"quote_number": number, "used": used}
        key = {"portfolio_id": self.portfolio.id, "symbol": symbol, "side": side}
        if (symbol, side) in self._new_used:
            return ledger.INSERT_USED_SIZE, row | key
        return ledger.UPDATE_USED_SIZE, row | {f"at_{name}": value for name, value in key.items()}

    def _used_size(self, symbol: str, side: Side) -> tuple[int, Decimal]:
        if (symbol, side) not in self._used:
            found = ledger.read_used_size(self._connection, self.portfolio.id, symbol, side)
            if found is None:
                self._new_used.add((symbol, side))
            self._used[symbol, side] = found or (0, ZERO)
        return self._used[symbol, side]

    def _know(self, symbol: str, holding: Holding | None) -> None:
        if symbol in self._holdings:
            return
        if holding is None:
            self._new_holdings.add(symbol)
        self._holdings[symbol] = holding or Holding()

    def _identify(self, row: OrderRow) -> OrderRow:
        """The one object that stands for an order in this transaction."""
        if row.id not in self._orders:
            self._orders[row.id] = row
            self._held_before[row.id] = _held_by(row)
        return self._orders[row.id]


def end(order: OrderRow, status: OrderStatus, refusal: Refusal | None, message: str | None = None) -> None:
    """Give a working order its final status, and why."""
    order.status = status
    order.reason = refusal.code if refusal else None
    order.message = refusal.message if refusal else message
    settle(order, is_held_back=False)


def settle(order: OrderRow, *, is_held_back: bool) -> None:
    """Set what an order waits for next, and say it: nothing, where it is final."""
    if not order.status.is_working:
        order.watch = order.watched_price = order.due_at = None
        return
    order.watch, order.watched_price = fills.watch_of(
        order.terms, is_triggered=order.triggered_at is not None, is_held_back=is_held_back
    )
    if not is_held_back:
        order.message = explain_wait(order)


def as_open(order: OrderRow) -> OpenOrder:
    """An order as the rules see it."""
    return OpenOrder(order.side, order.type, order.leaves, order.limit_price, order.reserve_price or ZERO)


def _held_by(order: OrderRow) -> Decimal:
    """What an order of a CASH portfolio reserves: a buy always opens there, and a sell never does."""
    if order.side is Side.SELL or order.reserve_price is None:
        return ZERO
    return money.value_of(order.leaves, order.reserve_price)


def _trade(
    order: OrderRow,
    quantity: Decimal,
    price: Decimal,
    booking: Booking,
    fee: Decimal,
    quote: Quote,
    now: datetime,
) -> TradeRow:
    return TradeRow(
        portfolio_id=order.portfolio_id,
        id=new_id(),
        sequence=0,
        order_id=order.id,
        trader=order.trader,
        symbol=order.symbol,
        side=order.side,
        quantity=quantity,
        price=price,
        value=booking.value,
        fee=fee,
        realized_pnl=booking.realized_pnl,
        executed_at=now,
        quote_bid=quote.bid,
        quote_ask=quote.ask,
        quote_last=quote.last,
        quote_bid_size=quote.bid_size,
        quote_ask_size=quote.ask_size,
        quote_at=quote.at,
        quote_source=quote.source,
    )
