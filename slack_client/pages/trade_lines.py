"""Who traded what, in lines."""

from collections.abc import Sequence

from slack_client.answers import Trade
from slack_client.blocks import Json, markdown, moment
from slack_client.figures import clock, money, quantity
from slack_client.trader import Trader, mention
from slack_client.words import Side


def trades_section(trades: Sequence[Trade], team_id: str) -> Json:
    """Draw the last trades, those of the team's members with a mention."""
    lines = [
        f"{mention(trade.trader, team_id)} {_what(trade)}, {moment(trade.executed_at)}" for trade in trades
    ]
    return markdown("\n".join(["*Last trades*", *lines]))


def trade_text(trade: Trade, reader: Trader) -> str:
    """Say a trade without formatting."""
    who = reader.user_name if trade.trader == reader.name else trade.trader
    return f"{who} {_what(trade)}, {clock(trade.executed_at)}"


def _what(trade: Trade) -> str:
    verb = "bought" if trade.side is Side.BUY else "sold"
    return f"{verb} {quantity(trade.quantity)} {trade.symbol} at {money(trade.price)}"
