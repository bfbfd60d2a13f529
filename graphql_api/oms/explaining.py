"""What a working order waits for, in a sentence. Pure."""

from graphql_api.oms import money
from graphql_api.oms.events import iso
from graphql_api.oms.tables import OrderRow
from graphql_api.oms.words import OrderStatus, Side, TimeInForce


def explain_wait(order: OrderRow) -> str:
    """Why a working order that nothing holds back has not filled yet."""
    at = "" if order.due_at is None else iso(order.due_at)
    if order.time_in_force is TimeInForce.CLS:
        return f"Waits for the official close at {at}."
    if order.status is OrderStatus.ACCEPTED:
        what = "the first quote of" if order.time_in_force is TimeInForce.OPG else "the open of"
        return f"Waits for {what} the session that begins at {at}."
    if order.time_in_force is TimeInForce.OPG:
        return "Waits for the first quote of this session."
    is_buy = order.side is Side.BUY
    if order.stop_price is not None and order.triggered_at is None:
        reached = "higher" if is_buy else "lower"
        return f"Waits for a last price of {money.shown(order.stop_price)} or {reached}."
    if order.limit_price is None:
        return "Waits for a quote that displays more shares."
    far, reached = ("an ask", "lower") if is_buy else ("a bid", "higher")
    return f"Waits for {far} of {money.shown(order.limit_price)} or {reached}."
