"""What the bot says in a channel. Pure: values in, a message out, its text saying the same as its blocks."""

from dataclasses import dataclass

from slack_client.answers import OrderStatus, PortfolioSummary, Side, TradeExecuted
from slack_client.blocks import TEXT_LIMIT, Json, cut, escape, facts, markdown, paragraph, small_print
from slack_client.figures import money, quantity
from slack_client.modals import PAPER, welcome_line
from slack_client.trader import Trader

USAGE = (
    "`/trade` opens the trade form.\n"
    "`/trade AAPL` opens it with the symbol filled in and shows its price.\n"
    "`/trade help` shows this."
)


@dataclass(frozen=True)
class Message:
    """A message's blocks and the text that stands for them in notifications and screen readers."""

    text: str
    blocks: tuple[Json, ...]

    def payload(self) -> Json:
        """The body for chat.postMessage, an ack and a response_url alike; the text has no formatting."""
        return {"text": self.text, "blocks": list(self.blocks), "mrkdwn": False}


def usage() -> Message:
    """Explain the command."""
    return Message(f"{USAGE}\n{PAPER}".replace("`", ""), (markdown(USAGE), small_print(PAPER)))


def sentence(text: str) -> Message:
    """Say one plain sentence, such as what went wrong."""
    return Message(escape(cut(text, TEXT_LIMIT)), (paragraph(text),))


def confirmation(executed: TradeExecuted, trader: Trader, made: PortfolioSummary | None) -> Message:
    """Say what was traded, by whom, at what price, and what it leaves behind.

    `made` is the portfolio made on the way for a new trader, who is told of it here.
    """
    order = executed.order
    values = [trade.value for trade in executed.trades]
    value = sum(values[1:], values[0]) if values else None
    price = "no price" if order.average_price is None else money(order.average_price)
    verb = "bought" if order.side is Side.BUY else "sold"
    did = f"{verb} {quantity(order.filled_quantity)} {order.symbol} at {price}"
    pairs = [
        ("Price", price),
        ("Value", "none" if value is None else money(value)),
        *([("Fees", money(order.fees))] if order.fees else []),
        ("Position after", f"{quantity(executed.position.quantity)} {executed.position.symbol}"),
        ("Cash left", money(executed.portfolio.cash)),
        ("Portfolio", executed.portfolio.name),
        ("Order", order.id),
    ]
    extras = [
        *([f"Note: {order.note}"] if order.note else []),
        *([_remainder(executed)] if order.status is OrderStatus.CANCELED else []),
        *([welcome_line(made)] if made else []),
    ]
    prices = _prices(executed)
    listed = "; ".join(f"{name}: {value}" for name, value in pairs)
    said = "\n".join([f"{trader.user_name} {did}.", listed, *extras, prices])
    headline = markdown(f"<@{escape(trader.user_id)}> {escape(did)}")
    blocks = [headline, facts(pairs), *(paragraph(extra) for extra in extras), small_print(prices)]
    return Message(escape(cut(said, TEXT_LIMIT)), tuple(blocks))


def _remainder(executed: TradeExecuted) -> str:
    filled = quantity(executed.order.filled_quantity)
    asked = executed.order.quantity
    of_asked = "" if asked is None else f" of {quantity(asked)}"
    return f"Only {filled}{of_asked} could be filled; the rest was canceled."


def _prices(executed: TradeExecuted) -> str:
    sources = sorted({trade.quote.source for trade in executed.trades})
    return f"Prices: {', '.join(sources) or 'none'}. {PAPER}"
