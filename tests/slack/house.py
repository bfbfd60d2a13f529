"""A bot that Slack workspaces install, between several workspaces of the stand-in and the real OMS."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import aiohttp
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from slack_client.app import create_app
from slack_client.install.encryption import Cipher
from slack_client.install.installations import Installations, Team
from slack_client.manifest import EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH
from slack_client.playground.accounts import CLIENT_ID, CLIENT_SECRET
from slack_client.playground.doors import HttpDoor, Reply
from slack_client.playground.events import deliver_callback, event_callback
from slack_client.playground.person import Person
from slack_client.playground.slack import Json, Slack
from slack_client.settings import OAuthSettings
from tests.conftest import Workspace
from tests.slack.conftest import CHANNEL, SIGNING_SECRET, loaded_form
from tests.slack.served import serve

USER_ID = "U0ADA"
"""The same in every team: another person each time."""


@dataclass(frozen=True)
class Page:
    """What a browser is shown."""

    status: int
    text: str
    location: str = ""
    cookies: SimpleCookie = field(default_factory=SimpleCookie)


@dataclass(frozen=True)
class Visit:
    """An installation under way: the state in the address, and the cookie that goes with it."""

    state: str
    cookie: str


class Browser:
    """The person who installs: their address bar and their cookies."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self._address = address

    async def begin(self) -> Visit:
        """Open the install page, which leads to Slack's consent page."""
        page = await self.get(INSTALL_PATH)
        assert page.status == 302
        asked = parse_qs(urlsplit(page.location).query)
        assert asked["client_id"] == [CLIENT_ID]
        [state] = asked["state"]
        [cookie] = page.cookies.values()
        assert (cookie["secure"], cookie["httponly"]) == (True, True)
        return Visit(state, cookie.OutputString(attrs=[]))

    async def come_back(self, visit: Visit, code: str) -> Page:
        """Follow Slack's redirect after the consent page."""
        return await self.get(f"{REDIRECT_PATH}?code={code}&state={visit.state}", visit.cookie)

    async def install(self, slack: Slack) -> Page:
        """All of it."""
        return await self.come_back(await self.begin(), slack.new_oauth_code(USER_ID, ["commands"]))

    async def get(self, path: str, cookie: str = "") -> Page:
        """Open a page of the bot."""
        headers = {"Cookie": cookie} if cookie else {}
        url = self._address + path
        async with self._session.get(url, headers=headers, allow_redirects=False) as response:
            location = response.headers.get("Location", "")
            return Page(response.status, await response.text(), location, response.cookies)


@dataclass(frozen=True)
class Site:
    """A running bot: Slack's way to it and the browser's."""

    door: HttpDoor
    browser: Browser
    slack_url: str

    def person(self, slack: Slack) -> Person:
        """Somebody of a team, whose user id exists in every team."""
        return Person(slack, self.door, self.slack_url, user_id=USER_ID, channel_id=CHANNEL)

    async def trade(self, slack: Slack, quantity: str) -> None:
        """Buy AAPL in a team and wait for the confirmation."""
        person, told = self.person(slack), len(slack.messages)
        modal = await loaded_form(person)
        person.fill(modal, quantity=quantity)
        reply = await person.submit(modal)
        assert (reply.status, reply.body) == (200, {})
        await slack.until(lambda: len(slack.messages) > told)
        assert f"bought {quantity} AAPL" in slack.messages[-1].body["text"]

    async def tell(self, slack: Slack, kind: str, after_seconds: int = 0, **event: object) -> Reply:
        """Tell the bot of an event, which happened this long after now."""
        callback = event_callback(slack, {"type": kind, **event})
        callback["event_time"] += after_seconds
        return await deliver_callback(self.door, callback)


@dataclass
class House:
    """What stands around the bot in one test."""

    teams: list[Slack]
    slack_url: str
    session: aiohttp.ClientSession
    workspace: Workspace
    oms_url: str
    installer_key: str
    database_url: str
    token_keys: list[str] = field(default_factory=lambda: [Fernet.generate_key().decode()])

    def settings(self, **changes: object) -> OAuthSettings:
        """What the bot reads."""
        values = {
            "slack_client_id": CLIENT_ID,
            "slack_client_secret": CLIENT_SECRET,
            "slack_signing_secret": SIGNING_SECRET,
            "slack_api_url": f"{self.slack_url}/api/",
            "bot_token_key": ", ".join(self.token_keys),
            "oms_url": self.oms_url,
            "oms_installer_key": self.installer_key,
            "bot_database_url": self.database_url,
            **changes,
        }
        return OAuthSettings(_env_file=None, **values)  # type: ignore[call-arg, arg-type]

    @asynccontextmanager
    async def bot(self, **changes: object) -> AsyncIterator[Site]:
        """Run a bot."""
        async with serve(create_app(self.settings(**changes))) as address:
            door = HttpDoor(self.session, address + EVENTS_PATH, SIGNING_SECRET)
            yield Site(door, Browser(self.session, address), self.slack_url)

    async def find(self, slack: Slack) -> Team | None:
        """A team's token and key as the bot's database has them."""
        engine = create_engine(self.database_url)
        try:
            installations = Installations(engine, CLIENT_ID, Cipher(self.token_keys))
            await installations.open()
            return await installations.find(slack.team_id)
        finally:
            engine.dispose()

    async def key_of(self, slack: Slack) -> SecretStr:
        """The bot's key in the team's workspace."""
        team = await self.find(slack)
        assert team is not None
        return team.oms_key

    def holdings(self, slack: Slack, key: SecretStr) -> Json:
        """The workspace behind a key, and what the team's person holds in each of their portfolios there."""
        document = """{ viewer { workspace portfolios { edges { node {
            id positions { symbol quantity } members { trader } } } } } }"""
        trader = f"slack:{slack.team_id}/{USER_ID}"
        viewer = self.workspace.data(document, None, key.get_secret_value(), trader)
        return {
            "workspace": viewer["workspace"],
            "portfolios": [edge["node"] for edge in viewer["portfolios"]["edges"]],
        }

    def works(self, key: SecretStr) -> bool:
        """Whether the OMS takes a key."""
        asked = self.workspace.post("{ viewer { role } }", None, key.get_secret_value(), "slack:T1/U1")
        return asked.status_code == 200

    def stored(self) -> str:
        """Everything that is in the bot's database, as one text."""
        engine = create_engine(self.database_url)
        with engine.connect() as connection:
            rows = [
                repr(tuple(row))
                for table in ("slack_bots", "slack_installations", "bindings")
                for row in connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608
            ]
        engine.dispose()
        return "\n".join(rows)


def new_team(name: str) -> Slack:
    """A workspace of Slack that nobody has seen before."""
    team_id = f"T{secrets.token_hex(5).upper()}"
    return Slack(
        team_id=team_id,
        team_name=name,
        bot_token=f"xoxb-{secrets.token_hex(24)}",
        bot_channels={CHANNEL},
    )
