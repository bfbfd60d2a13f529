"""What a trader is written about their own orders when they end without the trader's doing. Pure."""

from collections.abc import Mapping, Sequence

from slack_client.answers import Order
from slack_client.blocks import (
    TEXT_LIMIT,
    Json,
    actions,
    button,
    cut,
    escape,
    markdown,
    paragraph,
    small_print,
)
from slack_client.figures import money, quantity
from slack_client.messages import SHOW_PORTFOLIO_ACTION, Message, order_buttons, order_line, price_line
from slack_client.trade.modals import PAPER
from slack_client.trader import with_mentions

TOGETHER = 20
"""How many endings one notice tells: many orders may fill at once, and Slack takes a message a second."""
_ENDINGS: Mapping[str, str] = {
    "order:filled": "was filled",
    "order:expired": "has expired",
    "order:canceled": "was canceled",
}


def is_ending(event_type: str) -> bool:
    """Whether an event is one that a trader is written about."""
    return event_type in _ENDINGS


def ending_notice(endings: Sequence[tuple[str, Order]], team_id: str) -> Message:
    """Say how orders of one trader ended, each with the type of its event; of one alone, where it is, too."""
    said = [_ending(event_type, order) for event_type, order in endings]
    sentences = [markdown(with_mentions(each, team_id)) for each in said]
    _, order = endings[0]
    if len(endings) > 1:
        count = f"{len(endings)} of your orders have ended."
        portfolio = button("Portfolio", SHOW_PORTFOLIO_ACTION, order.portfolio.id)
        return _message([count, *said, PAPER], [paragraph(count), *sentences], PAPER, [portfolio])
    place, prices = f"In {order.portfolio.name}. Order {order.id}.", price_line(order)
    return _message([*said, place, prices], [*sentences, paragraph(place)], prices, order_buttons(order))


def _message(lines: Sequence[str], blocks: Sequence[Json], small: str, buttons: Sequence[Json]) -> Message:
    text = escape(cut("\n".join(lines), TEXT_LIMIT))
    return Message(text, (*blocks, small_print(small), actions(buttons)))


def _ending(event_type: str, order: Order) -> str:
    why = f" {order.message}" if order.message else ""
    return f"Your order to {order_line(order)}, {_ENDINGS[event_type]}{_fills(order)}.{why}"


def _fills(order: Order) -> str:
    if not order.filled_quantity or order.average_price is None:
        return ""
    filled = f"{quantity(order.filled_quantity)} {order.symbol} at {money(order.average_price)}"
    if order.filled_quantity == order.quantity:
        return f" at {money(order.average_price)}: {money(order.value)}"
    return f"; before that it filled {filled}: {money(order.value)}"
