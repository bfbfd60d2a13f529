"""Orders placed beside the bot, for their traders, and what became of them."""

from typing import Any
from uuid import uuid4

from slack_client.playground.slack import Json, Posted
from tests.slack.conftest import Stage

PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename
    ... on OrderPlaced { order { id status } } ... on OrderRejected { message } } }"""
STATUS = "query ($id: ID!) { order(id: $id) { status } }"


def place(stage: Stage, portfolio_id: str, user_name: str = "ada", **changes: Any) -> str:
    """Place an order of a member, a bid for AAPL far below the market unless changed, and return its id."""
    asked = {
        "portfolioId": portfolio_id,
        "clientOrderId": str(uuid4()),
        "symbol": "AAPL",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "1",
        "limitPrice": "100",
        **changes,
    }
    trader = stage.trader(user_name)
    placed = stage.workspace.data(PLACE, {"input": asked}, stage.oms_key, on_behalf_of=trader)
    assert placed["__typename"] == "OrderPlaced", placed
    return str(placed["order"]["id"])


def buy(stage: Stage, portfolio_id: str, symbol: str = "AAPL", quantity: str = "10", **more: Any) -> str:
    """Buy at the market."""
    terms: Json = {"type": "MARKET", "timeInForce": "DAY", "limitPrice": None}
    return place(stage, portfolio_id, symbol=symbol, quantity=quantity, **terms, **more)


def status(stage: Stage, order_id: str) -> str:
    """Where an order stands."""
    return str(stage.workspace.data(STATUS, {"id": order_id})["status"])


def block_of(blocks: list[Json], order_id: str) -> str:
    """The id of the block that shows an order with a button to cancel it."""
    found = (block for block in blocks if block.get("accessory", {}).get("value") == order_id)
    return str(next(found)["block_id"])


async def shown(stage: Stage, number: int = 1) -> Posted:
    """The newest message, as soon as there are so many."""
    await stage.slack.until(lambda: len(stage.slack.messages) >= number)
    return stage.slack.messages[number - 1]
