"""Orders that rest: placed through the form, and met by the market as the worker does it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import create_engine, text
from sqlmodel import select

from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.matching import match
from graphql_api.oms.tables import WorkspaceRow
from slack_client.playground.person import Person
from slack_client.playground.slack import Json, Posted
from tests.conftest import Api
from tests.slack.conftest import Stage, loaded_form, text_of
from tests.slack.served import eventually

PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
    ... on OrderPlaced { order { id status } } ... on OrderRejected { code message } } }"""
CANCEL = """mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) {
    ... on OrderCanceled { order { id } } ... on OrderRejected { code message } } }"""
ORDERS = """{ portfolios(first: 50) { edges { node {
    orders(first: 100) { edges { node { id clientOrderId status filledQuantity } } } } } } }"""


def count(stage: Stage, table: str) -> int:
    """How many rows the bots of this team have in a table."""
    engine = create_engine(stage.database_url)
    with engine.connect() as connection:
        found = connection.execute(
            text(f"SELECT count(*) FROM {table} WHERE team_id = :team"),  # noqa: S608  a name of ours
            {"team": stage.slack.team_id},
        ).scalar_one()
    engine.dispose()
    return int(found)


async def rest(stage: Stage, person: Person, line: str = "buy 10 AAPL limit 140", **typed: object) -> Posted:
    """Place an order by a line, and return its confirmation when the bot follows it."""
    before = len(stage.slack.messages)
    modal = await loaded_form(person, line)
    person.fill(modal, **typed)  # type: ignore[arg-type]  # as they are typed
    reply = await person.submit(modal)
    assert reply.errors == {}
    await stage.slack.until(lambda: len(stage.slack.messages) > before)
    await eventually(lambda: count(stage, "submissions") == 0)
    return stage.slack.messages[before]


def place(stage: Stage, portfolio_id: str, trader: str, **more: object) -> str:
    """Place a limit order without the bot, for a trader, and return its id."""
    asked = {
        "portfolioId": portfolio_id,
        "symbol": "AAPL",
        "side": "BUY",
        "type": "LIMIT",
        "quantity": "10",
        "limitPrice": "140",
        "timeInForce": "DAY",
        **more,
    }
    placed = stage.workspace.data(PLACE, {"input": asked}, key=stage.oms_key, on_behalf_of=trader)
    assert "order" in placed, placed
    return str(placed["order"]["id"])


def cancel(stage: Stage, order_id: str, user_name: str) -> None:
    """Cancel an order without the bot, as a member of its portfolio."""
    canceled = stage.workspace.data(
        CANCEL, {"input": {"orderId": order_id}}, key=stage.oms_key, on_behalf_of=stage.trader(user_name)
    )
    assert "order" in canceled, canceled


def notices(stage: Stage, user_name: str = "ada") -> Sequence[Posted]:
    """What was written to a user about the end of their orders."""
    user_id = f"U0{user_name.upper()}"
    return [
        posted
        for posted in stage.slack.messages
        if posted.seen_by == user_id and "Your order" in text_of(posted.body)
    ]


def orders(stage: Stage) -> list[Json]:
    """Every order of the workspace."""
    portfolios = [edge["node"] for edge in stage.workspace.data(ORDERS)["edges"]]
    return [edge["node"] for portfolio in portfolios for edge in portfolio["orders"]["edges"]]


def quote(stage: Stage, ask: str, size: str = "1000") -> None:
    """Quote AAPL at this ask, for so many shares."""
    stage.workspace.api.market.set("AAPL", bid="100", ask=ask, last=ask, ask_size=size)


async def meet_market(stage: Stage, later: timedelta = timedelta(0)) -> None:
    """Let the resting orders meet the quotes and the clock, as the worker does, now or some time later."""
    market = stage.workspace.api.market
    if later:
        market.stand_at(market.now() + later)
    await asyncio.to_thread(match_orders, stage.workspace.api, stage.workspace.name)


async def next_order_is_told(stage: Stage, person: Person) -> None:
    """Whatever happened to earlier orders has been followed, once a later one's end is told."""
    told = len(notices(stage, person.user_name))
    await rest(stage, person, "buy 1 MSFT limit 200")
    stage.workspace.api.market.set("MSFT", bid="100", ask="199", last="199")
    await meet_market(stage)
    await stage.slack.until(lambda: len(notices(stage, person.user_name)) > told)


def match_orders(api: Api, workspace: str) -> None:
    """Let the resting orders of a workspace meet the quotes and the clock."""
    database = Database(api.database_url)
    with database.snapshot() as session:
        [id] = session.exec(select(WorkspaceRow.id).where(WorkspaceRow.name == workspace))
    match(Desk(database, api.market), id, waits=True)
    database.close()
