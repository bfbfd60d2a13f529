"""What the bot says in a channel. Pure: values in, a message out, its text saying the same as its blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from slack_client.answers import Order, OrderedPortfolio, PortfolioSummary
from slack_client.blocks import (
    TEXT_LIMIT,
    Json,
    actions,
    button,
    cut,
    escape,
    facts,
    markdown,
    paragraph,
    question,
    small_print,
)
from slack_client.figures import age, money, quantity
from slack_client.trade.lines import LIMIT_USAGE, LINE_USAGE, STOP_USAGE
from slack_client.trade.modals import PAPER, welcome_line
from slack_client.trader import Trader, with_mentions
from slack_client.words import OrderStatus, OrderType, Side, TimeInForce

CANCEL_ORDER_ACTION = "cancel_order"
TRADE_AGAIN_ACTION = "trade_again"
TRADE_PORTFOLIO_ACTION = "trade_portfolio"
SHOW_PORTFOLIO_ACTION = "show_portfolio"
SHOW_ORDERS_ACTION = "show_orders"
MEMBERS_ACTION = "portfolio_members"
NEW_PORTFOLIO_ACTION = "new_portfolio"
RENAME_ACTION = "portfolio_rename"
ARCHIVE_ACTION = "portfolio_archive"
USAGE = (
    "`/trade` opens the trade form, `/trade AAPL` with the symbol filled in.\n"
    f"`{LINE_USAGE}`, `{LIMIT_USAGE}`, `{STOP_USAGE}` open it ready to confirm: side, amount, symbol, then "
    "`limit` and `stop` with a price, and `day`, `gtc`, `ioc`, `fok`, `opg` or `cls`.\n"
    "`/portfolio` shows what you hold, `/orders` what still works, `/quote AAPL MSFT` prices.\n"
    "`/trade help` shows this. Everything is in the bot's Home too."
)


@dataclass(frozen=True)
class Message:
    """A message's blocks and the text that stands for them in notifications and screen readers."""

    text: str
    blocks: tuple[Json, ...]

    def payload(self) -> Json:
        """The body for chat.postMessage, an ack and a response_url alike; the text has no formatting."""
        return {"text": self.text, "blocks": list(self.blocks), "mrkdwn": False}

    def private(self) -> Json:
        """The body of an answer that its reader alone sees."""
        return self.payload() | {"response_type": "ephemeral"}


def usage() -> Message:
    """Explain the commands."""
    return Message(f"{USAGE}\n{PAPER}".replace("`", ""), (markdown(USAGE), small_print(PAPER)))


def unreadable(message: str, nearest: str) -> Message:
    """Say what could not be read of a command, and the usage that comes nearest."""
    text = f"{message} Nothing was traded."
    nearest_line = f"Write it like this: {nearest}"
    blocks = (paragraph(text), markdown(f"Write it like this: `{nearest}`\n`/trade help` shows all."))
    return Message(escape(cut(f"{text} {nearest_line}", TEXT_LIMIT)), blocks)


def sentence(text: str) -> Message:
    """Say one plain sentence, such as what went wrong."""
    return Message(escape(cut(text, TEXT_LIMIT)), (paragraph(text),))


def order_message(
    order: Order,
    trader: Trader,
    after: OrderedPortfolio | None = None,
    made: PortfolioSummary | None = None,
) -> Message:
    """Say whose order it is, where it stands and why, and what it leaves behind.

    `after` is its portfolio right after it; `made` the portfolio made on the way for a new trader.
    """
    did = _what_happened(order)
    pairs = [*_figures(order), *_left(order, after), ("Portfolio", order.portfolio.name)]
    notes = [f"Note: {order.note}"] if order.note else []
    stands = [standing(order)] if order.status is not OrderStatus.FILLED else []
    welcome = [welcome_line(made)] if made else []
    prices, id_line = price_line(order), f"Order: {order.id}"
    listed = "; ".join(f"{name}: {value}" for name, value in pairs)
    said = "\n".join([f"{trader.user_name} {did}.", listed, *notes, *stands, *welcome, prices, id_line])
    blocks = [
        markdown(f"<@{escape(trader.user_id)}> {escape(did)}"),
        facts(pairs),
        *(paragraph(note) for note in notes),
        *(markdown(with_mentions(line, trader.team_id)) for line in stands),
        *(paragraph(line) for line in welcome),
        small_print(f"{prices}\n{id_line}"),
        actions(order_buttons(order)),
    ]
    return Message(escape(cut(said, TEXT_LIMIT)), tuple(blocks))


def order_line(order: Order) -> str:
    """An order in a few words: `buy 10 AAPL, limit $149.00, day`."""
    asked = money(order.notional or Decimal(0)) if order.notional else quantity(order.quantity or Decimal(0))
    words = [f"{order.side.lower()} {asked} {order.symbol}"]
    if order.stop_price is not None:
        words.append(f"stop {money(order.stop_price)}")
    if order.limit_price is not None:
        words.append(f"limit {money(order.limit_price)}")
    if order.type is OrderType.MARKET:
        words.append("market")
    return ", ".join([*words, _TIMES[order.time_in_force]])


def standing(order: Order) -> str:
    """Where an order stands, and why."""
    if order.status is OrderStatus.FILLED:
        return f"Filled{_at(order)}."
    of = "" if order.quantity is None else f" of {quantity(order.quantity)}"
    filled = f"{quantity(order.filled_quantity)}{of} filled. " if order.filled_quantity else ""
    why = f" {order.message}" if order.message else ""
    if order.status.is_working:
        state = "Queued." if order.status is OrderStatus.ACCEPTED else "Working."
        return f"{state} {filled}{order.message or 'It waits for its price.'}"
    return f"{_ENDED[order.status]}. {filled}{why}".replace("  ", " ").strip()


def cancel_button(order: Order) -> Json:
    """Draw the button that cancels an order, and asks first."""
    asks = question(
        "Cancel this order?", f"{order_line(order)}. What it has filled stays.", "Cancel the order", "Keep it"
    )
    return button("Cancel", CANCEL_ORDER_ACTION, order.id, confirm=asks, style="danger")


_TIMES = {
    TimeInForce.DAY: "day",
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "immediate or cancel",
    TimeInForce.FOK: "fill or kill",
    TimeInForce.OPG: "at the open",
    TimeInForce.CLS: "at the close",
}
_ENDED = {
    OrderStatus.CANCELED: "Canceled",
    OrderStatus.EXPIRED: "Expired",
    OrderStatus.REPLACED: "Replaced",
    OrderStatus.REJECTED: "Refused",
}


def _what_happened(order: Order) -> str:
    if not order.filled_quantity:
        return f"ordered: {order_line(order)}"
    verb = "bought" if order.side is Side.BUY else "sold"
    return f"{verb} {quantity(order.filled_quantity)} {order.symbol}{_at(order)}"


def _at(order: Order) -> str:
    return "" if order.average_price is None else f" at {money(order.average_price)}"


def _figures(order: Order) -> list[tuple[str, str]]:
    if not order.filled_quantity:
        return [("Asked", order_line(order))]
    price = "no price" if order.average_price is None else money(order.average_price)
    filled = [("Price", price), ("Value", money(order.value))]
    fees = [("Fees", money(order.fees))] if order.fees else []
    is_plain = order.type is OrderType.MARKET and order.status is OrderStatus.FILLED
    return [*filled, *fees, *([] if is_plain else [("Asked", order_line(order))])]


def _left(order: Order, after: OrderedPortfolio | None) -> list[tuple[str, str]]:
    if after is None:
        return []
    held = after.position.quantity if after.position else Decimal(0)
    return [("Position after", f"{quantity(held)} {order.symbol}"), ("Cash left", money(after.cash))]


def order_buttons(order: Order) -> Sequence[Json]:
    """Draw what can be done about an order, or after it."""
    buttons = [
        button("Portfolio", SHOW_PORTFOLIO_ACTION, order.portfolio.id),
        button("Trade again", TRADE_AGAIN_ACTION, f"{order.side} {order.symbol}"),
    ]
    return [*buttons, cancel_button(order)] if order.status.is_working else buttons


def price_line(order: Order) -> str:
    """Say where the prices of an order's fills came from, and how old they were."""
    if not order.trades:
        return PAPER
    sources = ", ".join(sorted({fill.quote.source for fill in order.trades}))
    oldest = max(fill.quote.age_seconds for fill in order.trades)
    return f"Prices: {sources}, {age(oldest)} old when it filled. {PAPER}"
