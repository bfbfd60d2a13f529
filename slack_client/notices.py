"""What a trader is written about their own order when it ends without their doing. Pure."""

from collections.abc import Mapping

from slack_client.answers import Order
from slack_client.blocks import TEXT_LIMIT, actions, cut, escape, paragraph, small_print
from slack_client.figures import money, quantity
from slack_client.messages import Message, order_buttons, order_line, price_line

_ENDINGS: Mapping[str, str] = {
    "order:filled": "was filled",
    "order:expired": "has expired",
    "order:canceled": "was canceled",
}


def is_ending(event_type: str) -> bool:
    """Whether an event is one that a trader is written about."""
    return event_type in _ENDINGS


def ending_notice(event_type: str, order: Order) -> Message:
    """Say how an order ended, why, and what it had filled by then."""
    said = f"Your order to {order_line(order)}, {_ENDINGS[event_type]}{_fills(order)}."
    why = order.message or ""
    place = f"In {order.portfolio.name}. Order {order.id}."
    prices = price_line(order)
    text = "\n".join(filter(None, [said, why, place, prices]))
    paragraphs = [paragraph(each) for each in (said, why, place) if each]
    blocks = (*paragraphs, small_print(prices), actions(order_buttons(order)))
    return Message(escape(cut(text, TEXT_LIMIT)), blocks)


def _fills(order: Order) -> str:
    if not order.filled_quantity or order.average_price is None:
        return ""
    filled = f"{quantity(order.filled_quantity)} {order.symbol} at {money(order.average_price)}"
    if order.filled_quantity == order.quantity:
        return f" at {money(order.average_price)}: {money(order.value)}"
    return f"; before that it filled {filled}: {money(order.value)}"
