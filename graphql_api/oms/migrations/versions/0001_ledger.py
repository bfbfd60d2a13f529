"""Workspaces, keys, portfolios, orders, trades, transfers and the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MONEY = sa.Numeric(19, 6).with_variant(sa.BigInteger(), "sqlite")
QUANTITY = sa.Numeric(19, 9).with_variant(sa.BigInteger(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
WORD = sa.String(32)


def upgrade() -> None:
    op.create_table(
        "workspaces",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False, unique=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("event_sequence", sa.BigInteger(), nullable=False),
        sa.Column("event_hash", sa.String(), nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("workspace_id", sa.Uuid(), sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False, unique=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT),
        sa.Column("last_used_at", INSTANT),
        sa.Column("revoked_at", INSTANT),
        sa.Column("revoked_by", sa.String()),
    )
    op.create_table(
        "portfolios",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("workspace_id", sa.Uuid(), sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("account", WORD, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("initial_cash", MONEY, nullable=False),
        sa.Column("cash", MONEY, nullable=False),
        sa.Column("flows", MONEY, nullable=False),
        sa.Column("realized_pnl", MONEY, nullable=False),
        sa.Column("fees", MONEY, nullable=False),
        sa.Column("dividends", MONEY, nullable=False),
        sa.Column("event_sequence", sa.BigInteger(), nullable=False),
        sa.Column("event_hash", sa.String(), nullable=False),
        sa.UniqueConstraint("workspace_id", "name"),
    )
    op.create_table(
        "members",
        sa.Column("portfolio_id", sa.Uuid(), sa.ForeignKey("portfolios.id"), primary_key=True),
        sa.Column("trader", sa.String(), primary_key=True),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Index("ix_members_trader", "workspace_id", "trader"),
    )
    op.create_table(
        "positions",
        sa.Column("portfolio_id", sa.Uuid(), sa.ForeignKey("portfolios.id"), primary_key=True),
        sa.Column("symbol", sa.String(), primary_key=True),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("cost", MONEY, nullable=False),
        sa.Column("realized_pnl", MONEY, nullable=False),
    )
    not_rejected = sa.text("status <> 'REJECTED'")
    op.create_table(
        "orders",
        sa.Column("portfolio_id", sa.Uuid(), sa.ForeignKey("portfolios.id"), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("client_order_id", sa.String(), nullable=False),
        sa.Column("trader", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("side", WORD, nullable=False),
        sa.Column("type", WORD, nullable=False),
        sa.Column("time_in_force", WORD, nullable=False),
        sa.Column("quantity", QUANTITY),
        sa.Column("notional", MONEY),
        sa.Column("expected_price", MONEY),
        sa.Column("note", sa.String()),
        sa.Column("status", WORD, nullable=False),
        sa.Column("filled_quantity", QUANTITY, nullable=False),
        sa.Column("average_price", MONEY),
        sa.Column("fees", MONEY, nullable=False),
        sa.Column("reason", WORD),
        sa.Column("message", sa.String()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Index("ix_orders_sequence", "portfolio_id", "sequence", unique=True),
        sa.Index(
            "ix_orders_client_order_id",
            "portfolio_id",
            "client_order_id",
            unique=True,
            postgresql_where=not_rejected,
            sqlite_where=not_rejected,
        ),
    )
    op.create_table(
        "trades",
        sa.Column("portfolio_id", sa.Uuid(), sa.ForeignKey("portfolios.id"), primary_key=True),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("trader", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("side", WORD, nullable=False),
        sa.Column("quantity", QUANTITY, nullable=False),
        sa.Column("price", MONEY, nullable=False),
        sa.Column("value", MONEY, nullable=False),
        sa.Column("fee", MONEY, nullable=False),
        sa.Column("realized_pnl", MONEY, nullable=False),
        sa.Column("executed_at", INSTANT, nullable=False),
        sa.Column("quote_bid", MONEY),
        sa.Column("quote_ask", MONEY),
        sa.Column("quote_last", MONEY),
        sa.Column("quote_bid_size", QUANTITY),
        sa.Column("quote_ask_size", QUANTITY),
        sa.Column("quote_at", INSTANT, nullable=False),
        sa.Column("quote_source", sa.String(), nullable=False),
        sa.Index("ix_trades_sequence", "portfolio_id", "sequence", unique=True),
        sa.Index("ix_trades_order", "portfolio_id", "order_id"),
    )
    op.create_table(
        "transfers",
        sa.Column("portfolio_id", sa.Uuid(), sa.ForeignKey("portfolios.id"), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), primary_key=True),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("trader", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("chain_id", sa.Uuid(), primary_key=True),
        sa.Column("sequence", sa.BigInteger(), primary_key=True),
        sa.Column("workspace_id", sa.Uuid(), sa.ForeignKey("workspaces.id"), nullable=False),
        sa.Column("portfolio_id", sa.Uuid()),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("trade_id", sa.Uuid()),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("trader", sa.String(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("commit_number", sa.BigInteger(), nullable=False),
        sa.Index("ix_events_commit", "workspace_id", "commit_number", "chain_id", "sequence"),
    )
