"""The tables. Balances are stored, and provable from the trades and transfers beside them.

The primary key of every table of a portfolio starts with the portfolio's id, of the rest with the
workspace's. `sequence` numbers what happened in one portfolio, without gaps: a trade and the order
that it filled carry the number of the event that records them.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, Enum, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from graphql_api.oms.accounting import Holding
from graphql_api.oms.db import COMMIT_NUMBER, Instant, Money, Product, Quantity
from graphql_api.oms.fills import Terms
from graphql_api.oms.money import ZERO
from graphql_api.oms.words import (
    AccountType,
    KeyRole,
    MemberRole,
    OrderStatus,
    OrderType,
    PortfolioState,
    RejectionCode,
    Side,
    TimeInForce,
    Watch,
)


def _word(words: type[StrEnum], *, nullable: bool = False) -> Column[Any]:
    return Column(Enum(words, native_enum=False, length=32), nullable=nullable)


class WorkspaceRow(SQLModel, table=True):
    """A team, and the head of the chain of its own events. `made_by` is the installer that made it through
    the API, None where the console did."""

    __tablename__ = "workspaces"

    id: UUID = Field(primary_key=True)
    name: str = Field(unique=True)
    created_at: datetime = Field(sa_type=Instant)
    event_sequence: int = Field(sa_type=BigInteger)
    event_hash: str
    made_by: str | None = None


class ApiKeyRow(SQLModel, table=True):
    """An API key: who may ask. The secret itself is never stored."""

    __tablename__ = "api_keys"

    workspace_id: UUID = Field(primary_key=True, foreign_key="workspaces.id")
    id: UUID = Field(primary_key=True)
    name: str
    role: KeyRole = Field(sa_column=_word(KeyRole))
    prefix: str
    secret_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime | None = Field(sa_type=Instant)
    last_used_at: datetime | None = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(sa_type=Instant)
    revoked_by: str | None


class PortfolioRow(SQLModel, table=True):
    """A portfolio's balances, and the head of the chain of its events. Its lock serialises its writers.

    `reserved` is what its working orders hold of the cash, `open_orders` their number, `rules` the JSON of
    `rules.Rules`.
    """

    __tablename__ = "portfolios"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: UUID = Field(primary_key=True)
    workspace_id: UUID = Field(foreign_key="workspaces.id")
    name: str
    account: AccountType = Field(sa_column=_word(AccountType))
    state: PortfolioState = Field(sa_column=_word(PortfolioState))
    archived: bool
    created_at: datetime = Field(sa_type=Instant)
    initial_cash: Decimal = Field(sa_type=Money)
    cash: Decimal = Field(sa_type=Money)
    reserved: Decimal = Field(sa_type=Money)
    open_orders: int
    rules: str = Field(sa_type=Text)
    flows: Decimal = Field(sa_type=Money)
    realized_pnl: Decimal = Field(sa_type=Money)
    fees: Decimal = Field(sa_type=Money)
    dividends: Decimal = Field(sa_type=Money)
    event_sequence: int = Field(sa_type=BigInteger)
    event_hash: str


class MemberRow(SQLModel, table=True):
    """A trader's place in a portfolio."""

    __tablename__ = "members"
    __table_args__ = (Index("ix_members_trader", "workspace_id", "trader"),)

    portfolio_id: UUID = Field(primary_key=True, foreign_key="portfolios.id")
    trader: str = Field(primary_key=True)
    workspace_id: UUID
    role: MemberRole = Field(sa_column=_word(MemberRole))


class PositionRow(SQLModel, table=True):
    """What a portfolio holds of one symbol; flat positions stay with their realized P&L."""

    __tablename__ = "positions"

    portfolio_id: UUID = Field(primary_key=True, foreign_key="portfolios.id")
    symbol: str = Field(primary_key=True)
    quantity: Decimal = Field(sa_type=Quantity)
    cost: Decimal = Field(sa_type=Money)
    realized_pnl: Decimal = Field(sa_type=Money)

    @property
    def holding(self) -> Holding:
        """The same as accounting takes it."""
        return Holding(self.quantity, self.cost, self.realized_pnl)


_NOT_REJECTED = text("status <> 'REJECTED'")
_IS_WATCHING = text("watch IS NOT NULL")
_IS_DUE = text("due_at IS NOT NULL")


class OrderRow(SQLModel, table=True):
    """What was asked. A client's id is unique among the orders that were not rejected.

    What a working order waits for is indexed: `watch` and `watched_price` by the quotes of its symbol,
    `due_at` by the clock (the open of its session, or its expiry). A final order waits for nothing.
    `filled_value` is the sum of quantity and price of its fills, unrounded; of a replacement, `filled_*`
    and `fees` begin with what was filled before. `reserve_price` is what a share of it reserves.
    """

    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_sequence", "portfolio_id", "sequence", unique=True),
        Index("ix_orders_status", "portfolio_id", "status", "sequence"),
        Index("ix_orders_symbol", "portfolio_id", "symbol", "status", "sequence"),
        Index(
            "ix_orders_client_order_id",
            "portfolio_id",
            "client_order_id",
            unique=True,
            postgresql_where=_NOT_REJECTED,
            sqlite_where=_NOT_REJECTED,
        ),
        Index(
            "ix_orders_watch",
            "workspace_id",
            "symbol",
            "watch",
            "watched_price",
            postgresql_where=_IS_WATCHING,
            sqlite_where=_IS_WATCHING,
        ),
        Index("ix_orders_due", "workspace_id", "due_at", postgresql_where=_IS_DUE, sqlite_where=_IS_DUE),
        Index("ix_orders_open", "portfolio_id", "symbol", postgresql_where=_IS_DUE, sqlite_where=_IS_DUE),
    )

    portfolio_id: UUID = Field(primary_key=True, foreign_key="portfolios.id")
    id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    client_order_id: str
    trader: str
    symbol: str
    side: Side = Field(sa_column=_word(Side))
    type: OrderType = Field(sa_column=_word(OrderType))
    time_in_force: TimeInForce = Field(sa_column=_word(TimeInForce))
    quantity: Decimal | None = Field(sa_type=Quantity)
    notional: Decimal | None = Field(sa_type=Money)
    limit_price: Decimal | None = Field(default=None, sa_type=Money)
    stop_price: Decimal | None = Field(default=None, sa_type=Money)
    expected_price: Decimal | None = Field(sa_type=Money)
    note: str | None
    status: OrderStatus = Field(sa_column=_word(OrderStatus))
    filled_quantity: Decimal = Field(sa_type=Quantity)
    filled_value: Decimal = Field(sa_type=Product)
    average_price: Decimal | None = Field(sa_type=Money)
    fees: Decimal = Field(sa_type=Money)
    reason: RejectionCode | None = Field(sa_column=_word(RejectionCode, nullable=True))
    message: str | None
    created_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
    triggered_at: datetime | None = Field(default=None, sa_type=Instant)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    replaces_id: UUID | None = None
    replaced_by_id: UUID | None = None
    workspace_id: UUID
    watch: Watch | None = Field(default=None, sa_column=_word(Watch, nullable=True))
    watched_price: Decimal | None = Field(default=None, sa_type=Money)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    reserve_price: Decimal | None = Field(default=None, sa_type=Product)

    @property
    def terms(self) -> Terms:
        """What it asks for, in shares where it was asked by money."""
        return Terms(
            self.symbol,
            self.side,
            self.type,
            self.time_in_force,
            self.quantity,
            None,
            self.limit_price,
            self.stop_price,
        )

    @property
    def leaves(self) -> Decimal:
        """Shares still to fill; 0 when final."""
        if not self.status.is_working or self.quantity is None:
            return ZERO
        return self.quantity - self.filled_quantity


class TradeRow(SQLModel, table=True):
    """One fill of an order, with the quote that it was made from."""

    __tablename__ = "trades"
    __table_args__ = (
        Index("ix_trades_sequence", "portfolio_id", "sequence", unique=True),
        Index("ix_trades_symbol", "portfolio_id", "symbol", "sequence"),
        Index("ix_trades_order", "portfolio_id", "order_id"),
    )

    portfolio_id: UUID = Field(primary_key=True, foreign_key="portfolios.id")
    id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    order_id: UUID
    trader: str
    symbol: str
    side: Side = Field(sa_column=_word(Side))
    quantity: Decimal = Field(sa_type=Quantity)
    price: Decimal = Field(sa_type=Money)
    value: Decimal = Field(sa_type=Money)
    fee: Decimal = Field(sa_type=Money)
    realized_pnl: Decimal = Field(sa_type=Money)
    executed_at: datetime = Field(sa_type=Instant)
    quote_bid: Decimal | None = Field(sa_type=Money)
    quote_ask: Decimal | None = Field(sa_type=Money)
    quote_last: Decimal | None = Field(sa_type=Money)
    quote_bid_size: Decimal | None = Field(sa_type=Quantity)
    quote_ask_size: Decimal | None = Field(sa_type=Quantity)
    quote_at: datetime = Field(sa_type=Instant)
    quote_source: str


class UsedSizeRow(SQLModel, table=True):
    """How much of a quote's displayed size a portfolio has used up; a quote of another number has it anew."""

    __tablename__ = "used_sizes"

    portfolio_id: UUID = Field(primary_key=True, foreign_key="portfolios.id")
    symbol: str = Field(primary_key=True)
    side: Side = Field(sa_column=Column(Enum(Side, native_enum=False, length=32), primary_key=True))
    quote_number: int = Field(sa_type=BigInteger)
    used: Decimal = Field(sa_type=Quantity)


class EquityRow(SQLModel, table=True):
    """What a portfolio was worth at a session's close, or before a flow, by the market's time.

    `flow_sequence` is the sequence of the flow's transfer, 0 at a close. `unpriced` names the symbols that
    had no price and count at their cost, with spaces between.
    """

    __tablename__ = "equity"

    portfolio_id: UUID = Field(primary_key=True, foreign_key="portfolios.id")
    at: datetime = Field(primary_key=True, sa_type=Instant)
    flow_sequence: int = Field(primary_key=True, sa_type=BigInteger)
    equity: Decimal = Field(sa_type=Money)
    cash: Decimal = Field(sa_type=Money)
    flows: Decimal = Field(sa_type=Money)
    unpriced: str


class BoardRow(SQLModel, table=True):
    """The clock of a workspace's manual market: the wall clock until the first `at`.

    `ends_at` is the close of the session that its official close has ended, while orders have not all met
    that; `number` is the last publication's.
    """

    __tablename__ = "boards"

    workspace_id: UUID = Field(primary_key=True, foreign_key="workspaces.id")
    at: datetime | None = Field(sa_type=Instant)
    number: int = Field(sa_type=BigInteger)
    ends_at: datetime | None = Field(default=None, sa_type=Instant)


class BoardQuoteRow(SQLModel, table=True):
    """A published quote of the manual market.

    `number` is its publication's. `session` is the session that it was published in, and `is_first`
    whether it was its symbol's first one there. `is_met` when resting orders have met it. `closed_at` is
    the close of the session whose official close its `last` is.
    """

    __tablename__ = "board_quotes"

    workspace_id: UUID = Field(primary_key=True, foreign_key="workspaces.id")
    symbol: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger)
    bid: Decimal | None = Field(sa_type=Money)
    ask: Decimal | None = Field(sa_type=Money)
    last: Decimal | None = Field(sa_type=Money)
    bid_size: Decimal | None = Field(sa_type=Quantity)
    ask_size: Decimal | None = Field(sa_type=Quantity)
    at: datetime = Field(sa_type=Instant)
    session: date | None = Field(sa_type=Date)
    is_first: bool
    is_met: bool
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class OpeningRow(SQLModel, table=True):
    """The last session whose first quote of a symbol a workspace's resting orders have met."""

    __tablename__ = "openings"

    workspace_id: UUID = Field(primary_key=True, foreign_key="workspaces.id")
    symbol: str = Field(primary_key=True)
    session: date = Field(sa_type=Date)


class TransferRow(SQLModel, table=True):
    """Cash moved in (above 0) or out (below 0)."""

    __tablename__ = "transfers"

    portfolio_id: UUID = Field(primary_key=True, foreign_key="portfolios.id")
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    amount: Decimal = Field(sa_type=Money)
    trader: str
    note: str | None
    at: datetime = Field(sa_type=Instant)


class EventRow(SQLModel, table=True):
    """One change, in the chain of its portfolio or of its workspace; never changed, never removed.

    `data` is kept as the text that was hashed. `commit_number` orders events of different chains by
    when their transactions began to write.
    """

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_commit", "workspace_id", "commit_number", "chain_id", "sequence"),)

    chain_id: UUID = Field(primary_key=True)
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    workspace_id: UUID = Field(foreign_key="workspaces.id")
    portfolio_id: UUID | None
    order_id: UUID | None
    trade_id: UUID | None
    type: str
    at: datetime = Field(sa_type=Instant)
    trader: str
    data: str = Field(sa_type=Text)
    previous_hash: str
    hash: str
    commit_number: int | None = Field(
        default=None, sa_column=Column(BigInteger, nullable=False, default=COMMIT_NUMBER)
    )


def values(row: SQLModel) -> dict[str, Any]:
    """A new row's values, for an insert that does not pass through the ORM's unit of work."""
    return {name: row.__dict__[name] for name in type(row).model_fields}
