"""The tables, all of them by Slack team, so that many workspaces share one database."""

from sqlalchemy import BigInteger, Boolean, Column, MetaData, String, Table, Text, cast, extract, func

METADATA = MetaData()
NOW = cast(extract("epoch", func.now()), BigInteger) * 1000
"""Milliseconds since 1970, to the second, by the database's clock: bots with different clocks agree on it."""


def _team() -> Column[str]:
    return Column("team_id", String(32), primary_key=True)


CLAIMS = Table(
    "claims",
    METADATA,
    _team(),
    Column("what", String(160), primary_key=True),
    Column("claimed_at", BigInteger, nullable=False),
    Column("told_at", BigInteger),
)
SUBMISSIONS = Table(
    "submissions",
    METADATA,
    _team(),
    Column("client_order_id", String(128), primary_key=True),
    Column("user_id", String(32), nullable=False),
    Column("user_name", String(128), nullable=False),
    Column("channel_id", String(32)),
    Column("announce", Boolean, nullable=False),
    Column("is_promised", Boolean, nullable=False),
    Column("order", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
ORDER_MESSAGES = Table(
    "order_messages",
    METADATA,
    _team(),
    Column("order_id", String(80), primary_key=True),
    Column("channel_id", String(32), primary_key=True),
    Column("ts", String(32), primary_key=True),
    Column("user_name", String(128), nullable=False),
)
CURSORS = Table("cursors", METADATA, _team(), Column("cursor", String(200), nullable=False))
CHANNEL_PORTFOLIOS = Table(
    "channel_portfolios",
    METADATA,
    _team(),
    Column("channel_id", String(32), primary_key=True),
    Column("portfolio_id", String(40), nullable=False),
    Column("chosen_by", String(32), nullable=False),
)
