"""The bot between a stand-in for Slack and the real OMS, everything on real sockets."""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from sqlalchemy import create_engine, make_url, text

from slack_client.app import create_app
from slack_client.playground.doors import Door, HttpDoor, SocketDoor
from slack_client.playground.person import Person
from slack_client.playground.slack import Json, OpenView, Slack
from slack_client.playground.web_api import Playground, Sockets
from slack_client.settings import Settings
from slack_client.store.channels import ChannelPortfolios
from slack_client.store.database import BotDatabase
from tests.conftest import Api, Workspace
from tests.slack.proxy import Proxy
from tests.slack.served import eventually, serve

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CHANNEL = "C0TRADES"


@dataclass
class Stage:
    """What stands around the bot in one test."""

    slack: Slack
    playground: Playground
    sockets: Sockets
    slack_url: str
    session: aiohttp.ClientSession
    workspace: Workspace
    oms_url: str
    oms_key: str
    database_url: str

    @asynccontextmanager
    async def bot(self, way: str = "http", **changes: object) -> AsyncIterator[Door]:
        """Run a bot; the value is Slack's way to it: signed requests or the websocket."""
        over_http = way == "http"
        values = {
            "slack_bot_token": self.slack.bot_token,
            "slack_signing_secret": SIGNING_SECRET if over_http else None,
            "slack_app_token": None if over_http else self.slack.app_token,
            "slack_api_url": f"{self.slack_url}/api/",
            "oms_url": self.oms_url,
            "oms_api_key": self.oms_key,
            "bot_database_url": self.database_url,
            **changes,
        }
        async with serve(create_app(Settings(_env_file=None, **values))) as address:  # type: ignore[call-arg, arg-type]
            if over_http:
                yield HttpDoor(self.session, f"{address}/slack/events", SIGNING_SECRET)
            else:
                await eventually(lambda: self.sockets.open)
                yield SocketDoor(self.sockets)

    def person(self, door: Door, user_name: str = "ada") -> Person:
        """A member of the team, whose user id is made from the name."""
        user_id = f"U0{user_name.upper()}"
        return Person(
            self.slack, door, self.slack_url, user_id=user_id, user_name=user_name, channel_id=CHANNEL
        )

    def portfolios(self) -> list[Json]:
        """Every portfolio of the workspace as its admin sees it, with cash and trades."""
        document = """{ portfolios(first: 50) { edges { node {
            id name cash members { trader role }
            trades(first: 50) { edges { node { symbol quantity value } } }
        } } } }"""
        return [edge["node"] for edge in self.workspace.data(document)["edges"]]

    def trades(self) -> list[Json]:
        """Every trade of the workspace."""
        return [edge["node"] for portfolio in self.portfolios() for edge in portfolio["trades"]["edges"]]

    def create_portfolio(self, name: str, **members: str) -> str:
        """Make a portfolio as the admin, with roles by user name; the value is its id."""
        listed = [{"trader": self.trader(user_name), "role": role} for user_name, role in members.items()]
        return self.workspace.portfolio(name, members=listed)

    async def choose_portfolio(self, channel_id: str, portfolio_id: str) -> None:
        """Make a portfolio a channel's."""
        database = await BotDatabase.open(self.database_url)
        await ChannelPortfolios(database).choose(self.slack.team_id, channel_id, portfolio_id, "U0ADA")
        await database.close()

    async def chosen_portfolio(self, channel_id: str) -> str | None:
        """The id of a channel's portfolio."""
        database = await BotDatabase.open(self.database_url)
        chosen = await ChannelPortfolios(database).read(self.slack.team_id, channel_id)
        await database.close()
        return chosen

    def trader(self, user_name: str) -> str:
        """The trader's name in the OMS."""
        return f"slack:{self.slack.team_id}/U0{user_name.upper()}"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="session")
def bot_database_url(database_kind: str, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An own database for the bot, of the kind that the suite runs on."""
    if database_kind == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('bot') / 'bot.db'}"
    url = make_url(database_url).set(drivername="postgresql+psycopg2")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE bot"))
    engine.dispose()
    return url.set(database="bot").render_as_string(hide_password=False)


@pytest.fixture
async def stage(
    session: aiohttp.ClientSession, bot_database_url: str, api: Api, workspace: Workspace
) -> AsyncIterator[Stage]:
    """Slack, the OMS and a database for the bot.

    When the bot has stopped, Slack must have had nothing to complain of, and no order be told twice.
    """
    team_id = f"T0{secrets.token_hex(5).upper()}"  # what a bot left in one test is not taken up in another
    slack, sockets = Slack(team_id=team_id, bot_channels={CHANNEL}), Sockets()
    playground = Playground(slack, sockets)
    async with playground.serve() as slack_url:
        yield Stage(
            slack=slack,
            playground=playground,
            sockets=sockets,
            slack_url=slack_url,
            session=session,
            workspace=workspace,
            oms_url=api.url,
            oms_key=workspace.key("SERVICE"),
            database_url=bot_database_url,
        )
    assert [complaint for team in playground.teams for complaint in team.complaints] == []
    posted = [posted.body["text"] for team in playground.teams for posted in team.messages]
    told = [order for text in posted for order in re.findall(r"Order: (\S+)", text)]
    assert len(told) == len(set(told)), "an order was told twice"


@pytest.fixture
async def proxy(stage: Stage, session: aiohttp.ClientSession) -> AsyncIterator[Proxy]:
    """The wire between the bot and the OMS, for cutting."""
    async with Proxy(stage.oms_url, session).serve() as proxy:
        stage.oms_url = proxy.url
        yield proxy


@pytest.fixture(params=["http", "socket"])
async def ada(stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Person]:
    """A trader whom the bot hears over HTTP, and again over Socket Mode."""
    async with stage.bot(request.param) as door:
        yield stage.person(door)


def text_of(thing: object) -> str:
    """Every word that a view or a message shows, in order."""
    match thing:
        case OpenView():
            return text_of(thing.view["blocks"])
        case {"type": "plain_text" | "mrkdwn", "text": str(text)}:
            return text
        case dict():
            return "\n".join(filter(None, (text_of(value) for value in thing.values())))
        case list():
            return "\n".join(filter(None, (text_of(value) for value in thing)))
        case _:
            return ""


def input_of(modal: OpenView, block_id: str) -> Json:
    """A modal's input, as it is drawn."""
    return next(block["element"] for block in modal.view["blocks"] if block.get("block_id") == block_id)


async def loaded_form(person: Person, text: str = "AAPL") -> OpenView:
    """Type the command and wait until the form has the trader's portfolios."""
    views = len(person.slack.views)
    await person.command(text)
    await person.slack.until(lambda: len(person.slack.views) > views)
    modal = await person.modal()
    await person.slack.until(lambda: has_input(modal, "portfolioId"))
    return modal


def has_input(modal: OpenView, block_id: str) -> bool:
    """Whether a modal has an input of this name."""
    return any(name == block_id for name, _ in modal.inputs)
