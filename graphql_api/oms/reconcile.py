"""Proof of the books: the trades, transfers and events of a portfolio folded again, beside its balances."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from graphql_api.oms import money
from graphql_api.oms.accounting import Holding, book_fill, cash_change
from graphql_api.oms.book import as_open
from graphql_api.oms.db import Database
from graphql_api.oms.events import FIRST_HASH, chain_hash, event_id
from graphql_api.oms.money import ZERO
from graphql_api.oms.risk import OpenOrder, reserved_for
from graphql_api.oms.tables import EventRow, OrderRow, PortfolioRow, PositionRow, TradeRow, TransferRow

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """What the books say and what the fold of their entries says instead."""

    portfolio: str
    what: str
    stored: str
    folded: str

    def __str__(self) -> str:
        return f"{self.portfolio}: {self.what} is {self.stored} in the books and {self.folded} by its entries"


@dataclass(slots=True)
class _Fold:
    """What the entries up to `sequence` come to."""

    cash: Decimal
    sequence: int = 0
    hash: str = FIRST_HASH
    flows: Decimal = ZERO
    fees: Decimal = ZERO
    realized_pnl: Decimal = ZERO
    holdings: dict[str, Holding] = field(default_factory=dict)


class Reconciliation:
    """Folds every portfolio, and afterwards only what has happened since."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._folds: dict[UUID, _Fold] = {}
        self.portfolios = 0
        """How many portfolios were looked at."""

    def differences(self) -> Iterator[Difference]:
        """What differs, portfolio by portfolio. One that was right is looked at again when it has changed."""
        for portfolio_id in self._changed_portfolios():
            self.portfolios += 1
            with self._database.snapshot() as session:
                yield from self._differences_of(session, portfolio_id)

    def _changed_portfolios(self) -> list[UUID]:
        with self._database.snapshot() as session:
            heads = session.exec(
                select(PortfolioRow.id, PortfolioRow.event_sequence).order_by(col(PortfolioRow.id))
            ).all()
        return [id for id, sequence in heads if id not in self._folds or self._folds[id].sequence != sequence]

    def _differences_of(self, session: Session, portfolio_id: UUID) -> Iterator[Difference]:
        portfolio = session.get_one(PortfolioRow, portfolio_id)
        before = self._folds.pop(portfolio_id, None) or _Fold(portfolio.initial_cash)
        fold = replace(before, holdings=dict(before.holdings))
        differences = [
            *_fold_money(session, portfolio, fold),
            *_check_filled_orders(session, portfolio, before.sequence),
            *_check_open_orders(session, portfolio),
            *_fold_chain(session, portfolio, fold),
            *_compare(session, portfolio, fold),
        ]
        if not differences:
            self._folds[portfolio_id] = fold
        yield from differences


def _fold_money(session: Session, portfolio: PortfolioRow, fold: _Fold) -> Iterator[Difference]:
    trades = session.exec(
        select(TradeRow)
        .where(TradeRow.portfolio_id == portfolio.id, TradeRow.sequence > fold.sequence)
        .order_by(col(TradeRow.sequence))
        .execution_options(yield_per=_BATCH)
    )
    for trade in trades:
        booking = book_fill(
            fold.holdings.get(trade.symbol, Holding()), trade.side, trade.quantity, trade.price
        )
        fold.holdings[trade.symbol] = booking.holding
        fold.cash += cash_change(trade.side, trade.value, trade.fee)
        fold.fees += trade.fee
        fold.realized_pnl += booking.realized_pnl
        for what, stored, folded in (
            ("value", trade.value, booking.value),
            ("realized P&L", trade.realized_pnl, booking.realized_pnl),
        ):
            if stored != folded:
                yield Difference(portfolio.name, f"the {what} of trade {trade.id}", str(stored), str(folded))
    transfers = session.exec(
        select(TransferRow).where(
            TransferRow.portfolio_id == portfolio.id, TransferRow.sequence > fold.sequence
        )
    )
    for transfer in transfers:
        fold.cash += transfer.amount
        fold.flows += transfer.amount


def _check_filled_orders(session: Session, portfolio: PortfolioRow, after: int) -> Iterator[Difference]:
    """What the orders of new trades say that they have filled, beside all their trades."""
    filled = session.exec(
        select(TradeRow.order_id)
        .where(TradeRow.portfolio_id == portfolio.id, TradeRow.sequence > after)
        .order_by(col(TradeRow.sequence))
    ).all()
    ids = list(dict.fromkeys(filled))
    for start in range(0, len(ids), _BATCH):
        yield from _check_fills(session, portfolio, ids[start : start + _BATCH])


def _check_fills(session: Session, portfolio: PortfolioRow, ids: list[UUID]) -> Iterator[Difference]:
    orders = session.exec(
        select(OrderRow).where(OrderRow.portfolio_id == portfolio.id, col(OrderRow.id).in_(ids))
    )
    by_order: dict[UUID, list[TradeRow]] = {id: [] for id in ids}
    for trade in session.exec(
        select(TradeRow)
        .where(TradeRow.portfolio_id == portfolio.id, col(TradeRow.order_id).in_(ids))
        .order_by(col(TradeRow.sequence))
    ):
        by_order[trade.order_id].append(trade)
    for order in orders:
        replaced = order.replaces_id and session.get(OrderRow, (portfolio.id, order.replaces_id))
        quantity, value, fees = ZERO, ZERO, ZERO
        if replaced:
            quantity, value, fees = replaced.filled_quantity, replaced.filled_value, replaced.fees
        for trade in by_order[order.id]:
            quantity += trade.quantity
            value = money.total(value, money.product_of(trade.quantity, trade.price))
            fees += trade.fee
        stored = _shown_fill(order.filled_quantity, order.average_price or ZERO, order.fees)
        folded = _shown_fill(quantity, money.average(value, quantity), fees)
        yield from _differ(portfolio, f"the fill of order {order.id}", stored, folded)


def _check_open_orders(session: Session, portfolio: PortfolioRow) -> Iterator[Difference]:
    """What the portfolio holds back for its working orders, beside the orders themselves."""
    held = {
        row.symbol: row.quantity
        for row in session.exec(select(PositionRow).where(PositionRow.portfolio_id == portfolio.id))
    }
    working: dict[str, list[OpenOrder]] = {}
    orders = session.exec(
        select(OrderRow)
        .where(OrderRow.portfolio_id == portfolio.id, col(OrderRow.due_at).is_not(None))
        .order_by(col(OrderRow.sequence))
    )
    for order in orders:
        working.setdefault(order.symbol, []).append(as_open(order))
    reserved = sum((reserved_for(held.get(symbol, ZERO), each) for symbol, each in working.items()), ZERO)
    count = sum(map(len, working.values()))
    yield from _differ(portfolio, "reserved", money.plain(portfolio.reserved), money.plain(reserved))
    yield from _differ(portfolio, "the number of working orders", str(portfolio.open_orders), str(count))


def _fold_chain(session: Session, portfolio: PortfolioRow, fold: _Fold) -> Iterator[Difference]:
    events = session.exec(
        select(EventRow)
        .where(EventRow.chain_id == portfolio.id, EventRow.sequence > fold.sequence)
        .order_by(col(EventRow.sequence))
        .execution_options(yield_per=_BATCH)
    )
    for event in events:
        id = event_id(event.chain_id, event.sequence)
        hash = chain_hash(fold.hash, id, event.type, event.at, event.trader, event.data)
        if event.type == "portfolio:created":
            created_with = _read(event.data).get("initialCash")
            yield from _differ(
                portfolio, "initial cash", money.plain(portfolio.initial_cash), str(created_with)
            )
        follows = event.sequence == fold.sequence + 1 and event.previous_hash == fold.hash
        if not follows or event.hash != hash:
            yield Difference(
                portfolio.name,
                f"event {event.sequence}",
                event.hash,
                f"{hash} after event {fold.sequence}",
            )
        fold.sequence, fold.hash = event.sequence, event.hash


def _compare(session: Session, portfolio: PortfolioRow, fold: _Fold) -> Iterator[Difference]:
    pairs = [
        ("cash", money.plain(portfolio.cash), money.plain(fold.cash)),
        ("flows", money.plain(portfolio.flows), money.plain(fold.flows)),
        ("fees", money.plain(portfolio.fees), money.plain(fold.fees)),
        ("dividends", money.plain(portfolio.dividends), "0"),
        ("realized P&L", money.plain(portfolio.realized_pnl), money.plain(fold.realized_pnl)),
        ("the last event", str(portfolio.event_sequence), str(fold.sequence)),
        ("the last event's hash", portfolio.event_hash, fold.hash),
    ]
    stored = {
        row.symbol: row.holding
        for row in session.exec(select(PositionRow).where(PositionRow.portfolio_id == portfolio.id))
    }
    pairs += [
        (f"the position in {symbol}", _shown(stored.get(symbol)), _shown(fold.holdings.get(symbol)))
        for symbol in sorted(stored.keys() | fold.holdings.keys())
    ]
    for what, in_books, by_entries in pairs:
        yield from _differ(portfolio, what, in_books, by_entries)


def _differ(portfolio: PortfolioRow, what: str, in_books: str, by_entries: str) -> Iterator[Difference]:
    if in_books != by_entries:
        yield Difference(portfolio.name, what, in_books, by_entries)


def _read(data: str) -> dict[str, Any]:
    """An event's data; empty where it is no longer the JSON object that was written."""
    try:
        content = json.loads(data)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _shown_fill(quantity: Decimal, average_price: Decimal, fees: Decimal) -> str:
    return f"{money.plain(quantity)} shares at {money.plain(average_price)}, fees {money.plain(fees)}"


def _shown(holding: Holding | None) -> str:
    if holding is None:
        return "nothing"
    return (
        f"{money.plain(holding.quantity)} shares at a cost of {money.plain(holding.cost)}, "
        f"realized {money.plain(holding.realized_pnl)}"
    )
