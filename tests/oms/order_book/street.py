"""The use cases on the manual market and the model of the rules, side by side: each step goes to both."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlmodel import col, select

from graphql_api.oms.actor import console
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.fills import Terms
from graphql_api.oms.ids import to_text
from graphql_api.oms.keys import create_workspace
from graphql_api.oms.placing import OrderRequest
from graphql_api.oms.portfolios import create_portfolio
from graphql_api.oms.publishing import NewQuote, publish_quotes
from graphql_api.oms.refusals import Refused
from graphql_api.oms.rules import FeeRuleChange
from graphql_api.oms.tables import OrderRow, PortfolioRow, PositionRow
from graphql_api.oms.trading import Change, cancel_order, place_order, replace_order
from graphql_api.oms.words import AccountType, Liquidity, OrderType, RejectionCode, Side, TimeInForce
from tests.oms.order_book.model import Model
from tests.oms.order_book.words import BUY, SELL, Order, Quote, Setup

OPENING = datetime(2026, 7, 28, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Place:
    """An order of any type; `is_now` is a trade at the market or not at all."""

    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal | None
    notional: Decimal | None = None
    limit: Decimal | None = None
    stop: Decimal | None = None
    is_now: bool = False


@dataclass(frozen=True)
class Cancel:
    """Cancel the working order of this number, counted round; where none works, any order."""

    number: int


@dataclass(frozen=True)
class Replace:
    """Replace an order, found likewise, by one with another size or other prices."""

    number: int
    quantity: Decimal | None
    limit: Decimal | None
    stop: Decimal | None


@dataclass(frozen=True)
class Publish:
    """A quote, so long after the last step, that was made so long before."""

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    sizes: tuple[Decimal | None, Decimal | None]
    after: timedelta
    age: timedelta


Step = Place | Cancel | Replace | Publish


def fraction(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


class Street:
    """The use cases and the model, side by side: each step goes to both."""

    def __init__(self, database: Database, setup: Setup) -> None:
        self._desk = Desk(database, None)
        self._actor = console(create_workspace(database, "main"), "main")
        fee = setup.fee
        self._portfolio_id = create_portfolio(
            self._desk,
            self._actor,
            "Growth",
            Decimal(int(setup.cash)),
            account=AccountType.MARGIN if setup.is_margin else AccountType.CASH,
            rules={
                "allow_short": setup.allows_short,
                "liquidity": Liquidity.SIZE if setup.is_sized else Liquidity.FULL,
                "slippage_bps": Decimal(int(setup.slippage_bps)),
                "fee": FeeRuleChange(
                    flat=fee.flat,
                    per_share=fee.per_share,
                    bps=fee.bps,
                    minimum=fee.minimum,
                    cap_percent=fee.cap_percent,
                ),
            },
        )
        self._model = Model(setup, OPENING)
        self._rows: Sequence[OrderRow] = ()
        self.take(
            Publish(
                "AAPL",
                Decimal(99),
                Decimal(101),
                Decimal(100),
                (Decimal(9), Decimal(9)),
                timedelta(0),
                timedelta(0),
            )
        )
        if setup.held:
            held = Decimal(setup.held)
            self.take(Place("AAPL", Side.BUY, OrderType.MARKET, TimeInForce.FOK, held))

    def take(self, step: Step) -> None:
        match step:
            case Place():
                self._place(step)
            case Publish():
                self._publish(step)
            case Cancel() | Replace() if not self._model.orders:
                return
            case Cancel():
                self._cancel(self._find(step.number))
            case Replace():
                self._replace(self._find(step.number), step)
        self._compare()

    def _place(self, step: Place) -> None:
        terms = Terms(
            step.symbol,
            step.side,
            step.type,
            step.time_in_force,
            step.quantity,
            step.notional,
            step.limit,
            step.stop,
        )
        place_order(
            self._desk,
            self._actor,
            OrderRequest(terms, is_now=step.is_now, portfolio_id=to_text(self._portfolio_id)),
        )
        order = Order(
            step.symbol,
            BUY if step.side is Side.BUY else SELL,
            step.time_in_force,
            fraction(step.quantity) or Fraction(0),
            fraction(step.notional),
            fraction(step.limit),
            fraction(step.stop),
        )
        self._model.place(order, is_now=step.is_now)

    def _publish(self, step: Publish) -> None:
        now = self._model.now + step.after
        quote = NewQuote(step.symbol, step.bid, step.ask, step.last, *step.sizes, now - step.age)
        publish_quotes(self._desk, self._actor, now, [quote])
        prices = fraction(step.bid), fraction(step.ask), fraction(step.last)
        bid_size, ask_size = map(fraction, step.sizes)
        self._model.publish(Quote(step.symbol, *prices, bid_size, ask_size, now - step.age), now)

    def _find(self, number: int) -> int:
        every = range(len(self._model.orders))
        working = [each for each in every if self._model.orders[each].is_working] or every
        return working[number % len(working)]

    def _cancel(self, number: int) -> None:
        with self._too_late_unless(self._model.cancel(self._model.orders[number])):
            cancel_order(self._desk, self._actor, self._id(number))

    def _replace(self, number: int, step: Replace) -> None:
        original = self._model.orders[number]
        limit = None if original.limit is None else step.limit
        stop = None if original.stop is None else step.stop
        change = Change(self._id(number), None, step.quantity, limit, stop)
        is_in_time = self._model.replace(original, fraction(step.quantity), fraction(limit), fraction(stop))
        with self._too_late_unless(is_in_time):
            replace_order(self._desk, self._actor, change)

    @contextmanager
    def _too_late_unless(self, is_in_time: bool) -> Iterator[None]:
        if is_in_time:
            yield
            return
        with pytest.raises(Refused) as refused:
            yield
        assert refused.value.refusal.code is RejectionCode.TOO_LATE

    def _id(self, number: int) -> str:
        return to_text(self._portfolio_id, self._rows[number].id)

    def _compare(self) -> None:
        """Every order, position and balance is what the model says."""
        model = self._model
        with self._desk.database.snapshot() as session:
            portfolio = session.get_one(PortfolioRow, self._portfolio_id)
            mine = OrderRow.portfolio_id == self._portfolio_id
            self._rows = session.exec(select(OrderRow).where(mine).order_by(col(OrderRow.sequence))).all()
            held = session.exec(
                select(PositionRow).where(PositionRow.portfolio_id == self._portfolio_id)
            ).all()
        assert [told(row) for row in self._rows] == [expected(order) for order in model.orders]
        assert {
            row.symbol: tuple(map(Fraction, (row.quantity, row.cost, row.realized_pnl))) for row in held
        } == {
            symbol: (position.quantity, position.cost, position.realized)
            for symbol, position in model.positions.items()
        }
        balances = [Fraction(each) for each in (portfolio.cash, portfolio.fees, portfolio.reserved)]
        assert balances == [model.cash, model.fees, model.reserved()]


def told(row: OrderRow) -> dict[str, Any]:
    return {
        "status": row.status.value,
        "reason": row.reason and row.reason.value,
        "leaves": Fraction(row.leaves),
        "filled": Fraction(row.filled_quantity),
        "average": fraction(row.average_price),
        "fees": Fraction(row.fees),
        "triggered": row.triggered_at is not None,
    }


def expected(order: Order) -> dict[str, Any]:
    return {
        "status": order.status,
        "reason": order.reason,
        "leaves": order.leaves,
        "filled": order.filled,
        "average": order.average,
        "fees": order.fees,
        "triggered": order.is_triggered,
    }
