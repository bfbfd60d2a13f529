"""One consistent view of the books for one request: what its actor may see, each thing loaded once.

Rows that are asked for one by one, such as the positions of each portfolio in a list, are loaded
together: the number of statements does not grow with the number of rows.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import and_, func, tuple_, union_all
from sqlmodel import Session, SQLModel, col, select

from graphql_api.market.quotes import Quote
from graphql_api.oms import fills
from graphql_api.oms.accounting import Valuation, value_holdings
from graphql_api.oms.actor import Actor
from graphql_api.oms.desk import Desk
from graphql_api.oms.equity import AT_THE_CLOSE
from graphql_api.oms.money import ZERO
from graphql_api.oms.portfolios import find_visible, visible_portfolios
from graphql_api.oms.risk import buying_power
from graphql_api.oms.tables import (
    EquityRow,
    EventRow,
    MemberRow,
    OrderRow,
    PortfolioRow,
    PositionRow,
    TradeRow,
)
from graphql_api.oms.texts import can_be_kept
from graphql_api.oms.views import view_now
from graphql_api.oms.words import AccountType, MemberRole, OrderStatus

Key = TypeVar("Key")
Value = TypeVar("Value")
PlaceInTime = tuple[int, UUID, int]
"""Where an event stands among those of all chains: commit number, chain, sequence."""


class _Together(Generic[Key, Value]):
    """Loads all expected keys when the first of them is asked for."""

    def __init__(self, load: Callable[[Sequence[Key]], dict[Key, Value]]) -> None:
        self._load = load
        self._expected: set[Key] = set()
        self._loaded: dict[Key, Value] = {}

    def expect(self, keys: Iterable[Key]) -> None:
        self._expected.update(key for key in keys if key not in self._loaded)

    def know(self, values: dict[Key, Value]) -> None:
        self._loaded.update(values)

    def known(self) -> Iterable[Key]:
        return self._loaded.keys()

    def get(self, key: Key) -> Value | None:
        if key not in self._loaded:
            self.expect([key])
        if key in self._expected:
            self._loaded.update(self._load(list(self._expected)))
            self._expected.clear()
        return self._loaded.get(key)


class Snapshot:
    """Reads for one actor, from one database snapshot and one set of quotes."""

    def __init__(self, desk: Desk, session: Session, actor: Actor) -> None:
        self.desk = desk
        self.session = session
        self.actor = actor
        self.view = view_now(desk, session.connection(), actor.workspace_id)
        self._portfolios = _Together(self._load_portfolios)
        self._members = _Together(self._load_members)
        self._positions = _Together(self._load_positions)
        self._orders = _Together(self._load_orders)
        self._trades_of_orders = _Together(self._load_trades_of_orders)
        self._trades = _Together(self._load_trades)
        self._last_points = _Together(self._load_last_points)
        self._histories: dict[int, _Together[UUID, list[EquityRow]]] = {}
        self._quotes: _Together[str, Quote] = _Together(self.view.quotes)

    def portfolio(self, id: UUID) -> PortfolioRow | None:
        """The portfolio of this id, None where the actor may not see it."""
        return self._portfolios.get(id)

    def changed_portfolio(self, id: UUID) -> PortfolioRow:
        """The portfolio that this request has changed: still in sight where its trader has just left it."""
        portfolio = self.session.get_one(PortfolioRow, id)
        self._seen((portfolio, None))
        return portfolio

    def portfolio_named(self, name: str) -> PortfolioRow | None:
        """The portfolio of this name, None where the actor may not see it."""
        return self._seen(find_visible(self.session.connection(), self.actor, None, name))

    def portfolios(self, after: UUID | None, limit: int, include_archived: bool) -> list[PortfolioRow]:
        """Portfolios that the actor may see, oldest first."""
        statement = visible_portfolios(self.actor)
        if not include_archived:
            statement = statement.where(col(PortfolioRow.archived).is_(False))
        if after is not None:
            statement = statement.where(col(PortfolioRow.id) > after)
        rows = self.session.execute(statement.order_by(col(PortfolioRow.id)).limit(limit)).all()
        for row in rows:
            self._seen((row[0], row[1]))
        return [portfolio for portfolio, _ in rows]

    def members(self, portfolio_id: UUID) -> Sequence[MemberRow]:
        """A portfolio's members by name."""
        return self._members.get(portfolio_id) or ()

    def positions(self, portfolio_id: UUID) -> Sequence[PositionRow]:
        """A portfolio's positions by symbol, flat ones too."""
        return self._positions.get(portfolio_id) or ()

    def position(self, portfolio_id: UUID, symbol: str) -> PositionRow | None:
        """What a portfolio holds of one symbol."""
        return self.session.get(PositionRow, (portfolio_id, symbol))

    def valuation(self, portfolio_id: UUID) -> Valuation:
        """What a portfolio's positions are worth at their marks."""
        return value_holdings(
            (row.holding, self.mark(row.symbol)) for row in self.positions(portfolio_id) if row.quantity
        )

    def buying_power(self, portfolio: PortfolioRow) -> Decimal:
        """What new orders of a portfolio may spend."""
        if portfolio.account is AccountType.CASH:
            return buying_power(portfolio.account, portfolio.cash, portfolio.reserved, ZERO, ZERO)
        worth = self.valuation(portfolio.id)
        equity = portfolio.cash + worth.net_market_value
        return buying_power(
            portfolio.account, portfolio.cash, portfolio.reserved, equity, worth.gross_market_value
        )

    def day_change(self, portfolio: PortfolioRow) -> Decimal | None:
        """What a portfolio has made since the last session's close: its equity now less that one's, less the
        flows since. None where no point of that close was kept, or a price is missing now or was then."""
        then = self._last_points.get(portfolio.id)
        held = [row.symbol for row in self.positions(portfolio.id) if row.quantity]
        if then is None or then.unpriced or any(self.mark(symbol) is None for symbol in held):
            return None
        equity = portfolio.cash + self.valuation(portfolio.id).net_market_value
        return (equity - then.equity) - (portfolio.flows - then.flows)

    def equity_history(self, portfolio_id: UUID, limit: int) -> Sequence[EquityRow]:
        """What a portfolio was worth at its last closes, newest last."""
        if limit not in self._histories:
            self._histories[limit] = _Together(partial(self._load_history, limit))
            self._histories[limit].expect(self._portfolios.known())
        return self._histories[limit].get(portfolio_id) or ()

    def quote(self, symbol: str) -> Quote | None:
        """The symbol's quote; the same one through the whole request."""
        return self._quotes.get(symbol)

    def quotes(self, symbols: Sequence[str]) -> list[Quote]:
        """The quotes of these symbols, in their order; those without a quote are left out."""
        self._quotes.expect(symbols)
        return [quote for quote in map(self._quotes.get, dict.fromkeys(symbols)) if quote is not None]

    def mark(self, symbol: str) -> Decimal | None:
        """The price that a valuation uses, None where there is none."""
        quote = self.quote(symbol)
        return None if quote is None else fills.mark_of(quote)

    def order(self, portfolio_id: UUID, id: UUID) -> OrderRow | None:
        """An order, None where the actor may not see its portfolio."""
        if self.portfolio(portfolio_id) is None:
            return None
        return self._orders.get((portfolio_id, id))

    def orders(
        self,
        portfolio_id: UUID,
        statuses: Collection[OrderStatus] | None,
        symbol: str | None,
        client_order_id: str | None,
        before: int | None,
        limit: int,
    ) -> list[OrderRow]:
        """A portfolio's orders, newest first. A client's id finds the one order that has used it, and none
        that was rejected."""
        if statuses is not None and not statuses:
            return []
        if client_order_id is not None and not can_be_kept(client_order_id):
            return []
        of_portfolio, sequence = col(OrderRow.portfolio_id) == portfolio_id, col(OrderRow.sequence)
        asked = [of_portfolio]
        if symbol is not None:
            asked.append(col(OrderRow.symbol) == symbol)
        if client_order_id is not None:
            asked.append(col(OrderRow.client_order_id) == client_order_id)
            asked.append(col(OrderRow.status) != OrderStatus.REJECTED)
        if before is not None:
            asked.append(sequence < before)
        if statuses is not None:
            # A status at a time, each a page of one index range. Asked for them together, PostgreSQL may walk
            # through every order of the portfolio.
            found = select(sequence).where(*asked).order_by(sequence.desc()).limit(limit)
            pages = [select(found.where(OrderRow.status == status).subquery()) for status in statuses]
            asked = [of_portfolio, sequence.in_(union_all(*pages))]
        statement = select(OrderRow).where(*asked).order_by(sequence.desc()).limit(limit)
        orders = list(self.session.exec(statement))
        self._orders.know({(order.portfolio_id, order.id): order for order in orders})
        self._trades_of_orders.expect((order.portfolio_id, order.id) for order in orders)
        return orders

    def trades_of(self, order: OrderRow) -> Sequence[TradeRow]:
        """An order's trades, oldest first."""
        return self._trades_of_orders.get((order.portfolio_id, order.id)) or ()

    def trade(self, portfolio_id: UUID, id: UUID) -> TradeRow | None:
        """A trade of a portfolio that the actor sees."""
        return self._trades.get((portfolio_id, id))

    def trades(
        self, portfolio_id: UUID, symbol: str | None, before: int | None, limit: int
    ) -> list[TradeRow]:
        """A portfolio's trades, newest first."""
        statement = select(TradeRow).where(TradeRow.portfolio_id == portfolio_id)
        if symbol is not None:
            statement = statement.where(TradeRow.symbol == symbol)
        if before is not None:
            statement = statement.where(TradeRow.sequence < before)
        trades = list(self.session.exec(statement.order_by(col(TradeRow.sequence).desc()).limit(limit)))
        self._orders.expect((trade.portfolio_id, trade.order_id) for trade in trades)
        return trades

    def events_of(self, chain_id: UUID, after: int, limit: int) -> list[EventRow]:
        """Events of one chain, oldest first. The caller has checked that the actor may see it."""
        statement = select(EventRow).where(EventRow.chain_id == chain_id, EventRow.sequence > after)
        return self._expected_by(self.session.exec(statement.order_by(col(EventRow.sequence)).limit(limit)))

    def events(self, after: PlaceInTime | None, limit: int) -> list[EventRow]:
        """Events of all that the actor may see, in commit order.

        An event shows when every transaction that began to write before its own has ended, so that
        no event can appear before one that was read already.
        """
        statement = select(EventRow).where(
            EventRow.workspace_id == self.actor.workspace_id,
            self.desk.database.finished(col(EventRow.commit_number)),
        )
        if not self.actor.sees_all:
            mine = select(MemberRow.portfolio_id).where(
                MemberRow.workspace_id == self.actor.workspace_id, MemberRow.trader == self.actor.trader
            )
            statement = statement.where(col(EventRow.chain_id).in_(mine))
        place = (col(EventRow.commit_number), col(EventRow.chain_id), col(EventRow.sequence))
        if after is not None:
            statement = statement.where(tuple_(*place) > after)
        return self._expected_by(self.session.exec(statement.order_by(*place).limit(limit)))

    def _seen(self, found: tuple[PortfolioRow, MemberRole | None] | None) -> PortfolioRow | None:
        if found is None:
            return None
        portfolio, _ = found
        self._portfolios.know({portfolio.id: portfolio})
        self._members.expect([portfolio.id])
        self._positions.expect([portfolio.id])
        self._last_points.expect([portfolio.id])
        for histories in self._histories.values():
            histories.expect([portfolio.id])
        return portfolio

    def _expected_by(self, events: Iterable[EventRow]) -> list[EventRow]:
        found = list(events)
        for event in found:
            if event.portfolio_id:
                self._portfolios.expect([event.portfolio_id])
            if event.portfolio_id and event.order_id:
                self._orders.expect([(event.portfolio_id, event.order_id)])
            if event.portfolio_id and event.trade_id:
                self._trades.expect([(event.portfolio_id, event.trade_id)])
        return found

    def _load_portfolios(self, ids: Sequence[UUID]) -> dict[UUID, PortfolioRow]:
        if len(ids) == 1:
            found = self._seen(find_visible(self.session.connection(), self.actor, ids[0], None))
            return {} if found is None else {found.id: found}
        statement = visible_portfolios(self.actor).where(col(PortfolioRow.id).in_(ids))
        rows = self.session.execute(statement).all()
        for row in rows:
            self._seen((row[0], row[1]))
        return {portfolio.id: portfolio for portfolio, _ in rows}

    def _load_members(self, ids: Sequence[UUID]) -> dict[UUID, list[MemberRow]]:
        statement = select(MemberRow).where(col(MemberRow.portfolio_id).in_(ids))
        rows = self.session.exec(statement.order_by(col(MemberRow.trader)))
        return _grouped(ids, rows, lambda row: row.portfolio_id)

    def _load_positions(self, ids: Sequence[UUID]) -> dict[UUID, list[PositionRow]]:
        statement = select(PositionRow).where(col(PositionRow.portfolio_id).in_(ids))
        rows = self.session.exec(statement.order_by(col(PositionRow.symbol))).all()
        self._quotes.expect(row.symbol for row in rows if row.quantity)
        return _grouped(ids, rows, lambda row: row.portfolio_id)

    def _load_last_points(self, ids: Sequence[UUID]) -> dict[UUID, EquityRow]:
        last = self.desk.calendar.last_session(self.view.now)
        statement = select(EquityRow).where(
            col(EquityRow.portfolio_id).in_(ids),
            EquityRow.at == last.closes_at,
            EquityRow.flow_sequence == AT_THE_CLOSE,
        )
        return {row.portfolio_id: row for row in self.session.exec(statement)}

    def _load_history(self, limit: int, ids: Sequence[UUID]) -> dict[UUID, list[EquityRow]]:
        newest_first = func.row_number().over(
            partition_by=col(EquityRow.portfolio_id), order_by=col(EquityRow.at).desc()
        )
        places = (
            select(EquityRow.portfolio_id, EquityRow.at, newest_first.label("place"))
            .where(col(EquityRow.portfolio_id).in_(ids), EquityRow.flow_sequence == AT_THE_CLOSE)
            .subquery()
        )
        statement = (
            select(EquityRow)
            .join(
                places,
                and_(col(EquityRow.portfolio_id) == places.c.portfolio_id, col(EquityRow.at) == places.c.at),
            )
            .where(EquityRow.flow_sequence == AT_THE_CLOSE, places.c.place <= limit)
            .order_by(col(EquityRow.at))
        )
        return _grouped(ids, self.session.exec(statement), lambda row: row.portfolio_id)

    def _load_orders(self, ids: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], OrderRow]:
        self._trades_of_orders.expect(ids)
        place = tuple_(col(OrderRow.portfolio_id), col(OrderRow.id))
        orders = self.session.exec(select(OrderRow).where(place.in_(ids)))
        return {(order.portfolio_id, order.id): order for order in orders}

    def _load_trades(self, ids: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], TradeRow]:
        place = tuple_(col(TradeRow.portfolio_id), col(TradeRow.id))
        trades = self.session.exec(select(TradeRow).where(place.in_(ids)))
        return {(trade.portfolio_id, trade.id): trade for trade in trades}

    def _load_trades_of_orders(
        self, ids: Sequence[tuple[UUID, UUID]]
    ) -> dict[tuple[UUID, UUID], list[TradeRow]]:
        place = tuple_(col(TradeRow.portfolio_id), col(TradeRow.order_id))
        rows = self.session.exec(select(TradeRow).where(place.in_(ids)).order_by(col(TradeRow.sequence)))
        return _grouped(ids, rows, lambda row: (row.portfolio_id, row.order_id))


Row = TypeVar("Row", bound=SQLModel)


def _grouped(keys: Iterable[Key], rows: Iterable[Row], key_of: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    groups: dict[Key, list[Row]] = {key: [] for key in keys}
    for row in rows:
        groups[key_of(row)].append(row)
    return groups
