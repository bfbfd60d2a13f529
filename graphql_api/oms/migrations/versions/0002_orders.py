"""Orders that rest: what they wait for, what they reserve, the manual market, equity at each close."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

MONEY = sa.Numeric(19, 6).with_variant(sa.BigInteger(), "sqlite")
QUANTITY = sa.Numeric(19, 9).with_variant(sa.BigInteger(), "sqlite")
PRODUCT = sa.Numeric(38, 15).with_variant(sa.Text(), "sqlite")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.BigInteger(), "sqlite")
WORD = sa.String(32)


def upgrade() -> None:
    op.add_column("portfolios", sa.Column("reserved", MONEY))
    op.add_column("portfolios", sa.Column("open_orders", sa.Integer()))
    op.add_column("portfolios", sa.Column("rules", sa.Text()))
    op.execute("UPDATE portfolios SET reserved = 0, open_orders = 0, rules = '{}'")
    with op.batch_alter_table("portfolios") as portfolios:
        for name in ("reserved", "open_orders", "rules"):
            portfolios.alter_column(name, nullable=False)

    for column in (
        sa.Column("limit_price", MONEY),
        sa.Column("stop_price", MONEY),
        sa.Column("filled_value", PRODUCT),
        sa.Column("triggered_at", INSTANT),
        sa.Column("expires_at", INSTANT),
        sa.Column("replaces_id", sa.Uuid()),
        sa.Column("replaced_by_id", sa.Uuid()),
        sa.Column("workspace_id", sa.Uuid()),
        sa.Column("watch", WORD),
        sa.Column("watched_price", MONEY),
        sa.Column("due_at", INSTANT),
        sa.Column("reserve_price", PRODUCT),
    ):
        op.add_column("orders", column)
    op.execute(
        "UPDATE orders SET workspace_id = "
        "(SELECT workspace_id FROM portfolios WHERE portfolios.id = orders.portfolio_id)"
    )
    _sum_fills()
    with op.batch_alter_table("orders") as orders:
        for name in ("workspace_id", "filled_value"):
            orders.alter_column(name, nullable=False)
    for name, columns, where in (
        ("ix_orders_watch", ["workspace_id", "symbol", "watch", "watched_price"], "watch IS NOT NULL"),
        ("ix_orders_due", ["workspace_id", "due_at"], "due_at IS NOT NULL"),
        ("ix_orders_open", ["portfolio_id", "symbol"], "due_at IS NOT NULL"),
    ):
        op.create_index(name, "orders", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    op.create_index("ix_orders_status", "orders", ["portfolio_id", "status", "sequence"])
    op.create_index("ix_orders_symbol", "orders", ["portfolio_id", "symbol", "status", "sequence"])
    op.create_index("ix_trades_symbol", "trades", ["portfolio_id", "symbol", "sequence"])

    op.create_table(
        "used_sizes",
        sa.Column("portfolio_id", sa.Uuid(), sa.ForeignKey("portfolios.id"), primary_key=True),
        sa.Column("symbol", sa.String(), primary_key=True),
        sa.Column("side", WORD, primary_key=True),
        sa.Column("quote_number", sa.BigInteger(), nullable=False),
        sa.Column("used", QUANTITY, nullable=False),
    )
    op.create_table(
        "equity",
        sa.Column("portfolio_id", sa.Uuid(), sa.ForeignKey("portfolios.id"), primary_key=True),
        sa.Column("at", INSTANT, primary_key=True),
        sa.Column("flow_sequence", sa.BigInteger(), primary_key=True),
        sa.Column("equity", MONEY, nullable=False),
        sa.Column("cash", MONEY, nullable=False),
        sa.Column("flows", MONEY, nullable=False),
        sa.Column("unpriced", sa.String(), nullable=False),
    )
    op.create_table(
        "boards",
        sa.Column("workspace_id", sa.Uuid(), sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("at", INSTANT),
        sa.Column("number", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "board_quotes",
        sa.Column("workspace_id", sa.Uuid(), sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("symbol", sa.String(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("bid", MONEY),
        sa.Column("ask", MONEY),
        sa.Column("last", MONEY),
        sa.Column("bid_size", QUANTITY),
        sa.Column("ask_size", QUANTITY),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("session", sa.Date()),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("is_met", sa.Boolean(), nullable=False),
        sa.Column("closed_at", INSTANT),
    )
    op.create_table(
        "openings",
        sa.Column("workspace_id", sa.Uuid(), sa.ForeignKey("workspaces.id"), primary_key=True),
        sa.Column("symbol", sa.String(), primary_key=True),
        sa.Column("session", sa.Date(), nullable=False),
    )


def _sum_fills() -> None:
    """Until now an order had one fill at most, at its average price."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("UPDATE orders SET filled_value = coalesce(filled_quantity * average_price, 0)")
        return
    op.execute("UPDATE orders SET filled_value = '0'")
    orders = sa.table(
        "orders",
        sa.column("portfolio_id"),
        sa.column("id"),
        sa.column("filled_quantity"),
        sa.column("average_price"),
        sa.column("filled_value"),
    )
    filled = op.get_bind().execute(sa.select(orders).where(orders.c.average_price.is_not(None))).all()
    for order in filled:
        units = str(order.filled_quantity * order.average_price).rjust(16, "0")
        op.execute(
            sa.update(orders)
            .where(orders.c.portfolio_id == order.portfolio_id, orders.c.id == order.id)
            .values(filled_value=f"{units[:-15]}.{units[-15:]}")
        )
