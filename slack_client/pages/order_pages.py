"""Working orders as a list, each with the button that cancels it. Pure: orders in, blocks out."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from slack_client.answers import Order
from slack_client.blocks import (
    FIELD_LIMIT,
    TEXT_LIMIT,
    Json,
    actions,
    beside,
    cut,
    escape,
    header,
    paragraph,
    small_print,
)
from slack_client.messages import Message, cancel_button, order_line, standing
from slack_client.pages.page import Page, cut_line, part, turning_buttons
from slack_client.trade.modals import PAPER
from slack_client.trade.offering import (
    NAME_LENGTH,
)
from slack_client.trader import Trader, mention

ORDERS_SHOWN = 20
NO_ORDERS = "No order is working."
MayCancel = Callable[[Order], bool]
"""Whether the reader may cancel an order."""


def orders_message(
    orders: Sequence[Order], trader: Trader, may_cancel: MayCancel, page: Page, notices: Sequence[str] = ()
) -> Message:
    """List the page of the working orders, newest first; notices say what is not in the list."""
    start, shown = part(orders, page.start, ORDERS_SHOWN)
    page = replace(page, start=start)
    said = [cut_line(start, len(shown), len(orders), "working orders"), *notices]
    lines = [line for line in said if line]
    buttons = turning_buttons(page, len(orders), ORDERS_SHOWN)
    blocks = [
        header("Working orders"),
        *(order_row(order, trader, page.block_id(order.id), may_cancel=may_cancel(order)) for order in shown),
        *(paragraph(line) for line in ([] if orders else [NO_ORDERS])),
        *(paragraph(line) for line in lines),
        small_print(PAPER),
        *([actions(buttons)] if buttons else []),
    ]
    listed = [order_text(order) for order in shown] or [NO_ORDERS]
    text = "\n".join([f"Working orders. {PAPER}", *lines, *listed])
    return Message(escape(cut(text, TEXT_LIMIT)), tuple(blocks))


def order_row(
    order: Order, trader: Trader, block_id: str, *, may_cancel: bool, has_portfolio: bool = True
) -> Json:
    """Draw an order, whose it is where it is another's, and its button where it may be pressed."""
    row = paragraph(order_text(order, has_portfolio=has_portfolio), block_id)
    if order.trader != trader.name:
        whose = mention(order.trader, trader.team_id)
        row["fields"] = [{"type": "mrkdwn", "text": cut(whose, FIELD_LIMIT)}]
    return beside(row, cancel_button(order) if may_cancel else None)


def order_text(order: Order, *, has_portfolio: bool = True) -> str:
    """Say an order, where it stands, and where it belongs unless that is said already."""
    lines = [order_line(order), standing(order)]
    return "\n".join([*lines, cut(order.portfolio.name, NAME_LENGTH)] if has_portfolio else lines)
