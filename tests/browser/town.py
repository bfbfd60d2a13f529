"""The playground with the real bot and the real API behind it, and traders at their browsers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from slack_client.app import create_app
from slack_client.playground.running import open_playground
from slack_client.playground.slack import Slack
from slack_client.playground.town import found_town
from slack_client.settings import Settings
from tests.conftest import Workspace
from tests.slack.conftest import SIGNING_SECRET
from tests.slack.resting import match_orders
from tests.slack.served import free_port, serve

PORTFOLIO = """mutation ($input: CreatePortfolioInput!) { createPortfolio(input: $input) {
    ... on PortfolioCreated { portfolio { id } } ... on InputRejected { code message } } }"""
TRADES = """{ portfolios(first: 50) { edges { node {
    name trades(first: 50) { edges { node { trader symbol side quantity price } } } } } } }"""


@dataclass
class Town:
    """What stands around one test: `address` is the page's."""

    address: str
    slack: Slack
    workspace: Workspace
    browser: Browser
    troubles: list[str] = field(default_factory=list)
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def sit_down(self, name: str = "ada", spot: str = "trades", **context: Any) -> Page:
        """Open the page as a trader, in a browser of their own."""
        options = {"viewport": {"width": 1280, "height": 960}, **context}
        opened = await self.browser.new_context(**options)
        self.closing.push_async_callback(opened.close)
        page = await opened.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.troubles.append(f"failed with {error}"))
        page.on(
            "console", lambda message: self.troubles.append(message.text) if _is_bad(message.type) else None
        )
        page.on("request", lambda request: self._check_address(request.url))
        await page.goto(f"{self.address}/#{name}/{spot}")
        await expect(page.get_by_role("radio", name=name.title())).to_be_checked()
        return page

    def portfolio(self, name: str, *traders: str, role: str = "TRADER") -> str:
        """Make a portfolio with these members and return its id."""
        members = [{"trader": self.trader(trader), "role": role} for trader in traders]
        return self.workspace.portfolio(name, members=members)

    def trader(self, name: str) -> str:
        """A trader's name in the OMS."""
        return f"slack:{self.slack.team_id}/U0{name.upper()}"

    def trades(self) -> list[dict[str, Any]]:
        """Every trade of the workspace."""
        portfolios = self.workspace.data(TRADES)["edges"]
        return [edge["node"] for each in portfolios for edge in each["node"]["trades"]["edges"]]

    async def meet_market(self, symbol: str, ask: str) -> None:
        """Quote a symbol, and let the resting orders meet it as the worker does."""
        self.workspace.api.market.set(symbol, bid="100", ask=ask, last=ask)
        await asyncio.to_thread(match_orders, self.workspace.api, self.workspace.name)

    def _check_address(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self.troubles.append(f"asked {url}")


@asynccontextmanager
async def open_town(browser: Browser, workspace: Workspace, database_url: str) -> AsyncIterator[Town]:
    """Run the playground and the bot. No script may fail, and Slack must have nothing to complain of."""
    slack, port = found_town("xoxb-town"), free_port()
    async with open_playground(slack, f"http://127.0.0.1:{port}/slack/events", SIGNING_SECRET) as address:
        values = {
            "slack_bot_token": slack.bot_token,
            "slack_signing_secret": SIGNING_SECRET,
            "slack_api_url": f"{address}/api/",
            "oms_url": workspace.api.url,
            "oms_api_key": workspace.key("SERVICE"),
            "bot_database_url": database_url,
        }
        bot = create_app(Settings(_env_file=None, **values))  # type: ignore[call-arg, arg-type]  # as named
        async with serve(bot, port), AsyncExitStack() as closing:
            town = Town(address, slack, workspace, browser, closing=closing)
            yield town
    assert town.troubles == [], town.troubles
    assert slack.complaints == [], slack.complaints


async def say(page: Page, text: str) -> None:
    """Type into the message box and press Enter."""
    await page.get_by_role("combobox", name=re.compile("^Message ")).fill(text)
    await page.keyboard.press("Enter")


async def open_form(page: Page, text: str = "/trade AAPL") -> Locator:
    """Type a command, and wait for the form to have the trader's portfolios."""
    await say(page, text)
    form = page.get_by_role("dialog", name="Trade")
    await expect(form.get_by_label("Portfolio")).to_be_visible()
    return form


async def submit(form: Locator) -> None:
    """Press the form's button."""
    await form.get_by_role("button", name="Trade", exact=True).click()


def last_message(page: Page) -> Locator:
    """The newest message on the screen."""
    return page.get_by_role("log").get_by_role("listitem").last


def _is_bad(kind: str) -> bool:
    return kind in {"error", "warning"}
