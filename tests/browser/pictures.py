"""`make pictures`: the README's pictures of the playground, light and dark, taken in a real Chromium.

The market is the simulated one at a fixed time, so that the prices are the same each time.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

import httpx2
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect

from graphql_api.app import create_app
from graphql_api.oms.db import Database
from graphql_api.oms.migrations import migrate
from graphql_api.settings import Settings
from tests.api.equity.floor import Floor, SteeredMarket
from tests.browser.chromium import FLAGS, find_chromium
from tests.browser.town import Town, last_message, open_form, open_town, say, submit
from tests.conftest import Api, NewWorkspace, serving
from tests.still import StillMarket

FOLDER = Path(__file__).parent.parent.parent / "docs"
DAYS = [f"2026-03-{day:02}" for day in (2, 3, 4, 5, 6, 9, 10, 11)]
BOUGHT = {
    "2026-03-02": [("ada", "AAPL", "80"), ("grace", "MSFT", "30")],
    "2026-03-04": [("grace", "NVDA", "90"), ("grace", "JPM", "45")],
    "2026-03-06": [("ada", "KO", "60")],
}
TRADE = """mutation ($input: ExecuteTradeInput!) { executeTrade(input: $input) { __typename } }"""
NOW = "2026-03-12T15:30:00Z"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def main() -> int:
    """Take all of them. Returns the exit code."""
    async with async_playwright() as playwright:
        chromium = find_chromium(playwright)
        if chromium is None:
            sys.stderr.write("No Chromium is installed: apt-get install chromium\n")
            return 1
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        for scheme in SCHEMES:
            await take_in(browser, scheme)
        await browser.close()
    return 0


async def take_in(browser: Browser, scheme: Literal["light", "dark"]) -> None:
    """Take all of them in one of the two."""
    with tempfile.TemporaryDirectory(prefix="slackoms-pictures-") as folder, open_floor(folder) as floor:
        async with open_town(browser, floor.workspace, f"sqlite:///{folder}/bot.db") as town:
            await asyncio.to_thread(look_back, floor, town)
            page = await town.sit_down(color_scheme=scheme, timezone_id="America/New_York", locale="en-US")
            await take_all(page, scheme)


@contextmanager
def open_floor(folder: str) -> Iterator[Floor]:
    """The API on the simulated market, and a workspace in it."""
    url, market = f"sqlite:///{folder}/oms.db", SteeredMarket()
    database = Database(url)
    migrate(database)
    settings = Settings(_env_file=None, database_url=url, market_hours="XNYS")  # type: ignore[call-arg]
    config = uvicorn.Config(create_app(settings, market), port=0, log_level="error")
    with serving(config) as address, httpx2.Client(timeout=30) as http:
        api = Api(address, url, StillMarket(), settings)
        yield Floor(NewWorkspace(api, database, http)(), market, database)
    database.close()


def look_back(floor: Floor, town: Town) -> None:
    """Let ada and grace have traded for a week and a half."""
    floor.market.time = f"{DAYS[0]}T15:00:00Z"
    members = [
        {"trader": town.trader("ada"), "role": "MANAGER"},
        {"trader": town.trader("grace"), "role": "TRADER"},
    ]
    portfolio = floor.portfolio("Growth", members=members)
    service = floor.workspace.key("SERVICE")
    for day in DAYS:
        floor.market.time = f"{day}T16:00:00Z"
        for name, symbol, quantity in BOUGHT.get(day, ()):
            asked = {"portfolioId": portfolio, "symbol": symbol, "side": "BUY", "quantity": quantity}
            floor.workspace.data(TRADE, {"input": asked}, key=service, on_behalf_of=town.trader(name))
        floor.market.time = f"{day}T22:00:00Z"
        floor.record()
    floor.market.time = NOW


async def take_all(page: Page, scheme: str) -> None:
    """Trade as a newcomer does, and take a picture of each step."""
    await page.clock.set_fixed_time(datetime.fromisoformat(NOW))
    form = await open_form(page)
    await form.get_by_label("Amount", exact=True).press_sequentially("10")
    await expect(form.get_by_text("10 AAPL for about")).to_be_visible()
    await take(page, "form", scheme, height=1010)
    await submit(form)
    await expect(last_message(page)).to_contain_text("bought 10 AAPL")
    await submit(await open_form(page, "/trade buy 20 MSFT limit 380"))
    await expect(last_message(page)).to_contain_text("ordered: buy 20 MSFT")
    await take(page, "confirmation", scheme, height=860)
    await say(page, "/portfolio Growth")
    await expect(page.get_by_role("table")).to_be_visible()
    await take(page, "portfolio", scheme, height=1470)
    await page.get_by_role("link", name="SlackOMS").click()
    await expect(page.get_by_role("heading", name="Your portfolio")).to_be_visible()
    await take(page, "home", scheme, height=760)


async def take(page: Page, name: str, scheme: str, height: int) -> None:
    """Take one picture, as high as what is to be seen."""
    await page.set_viewport_size({"width": 1180, "height": height})
    await page.get_by_role("log", include_hidden=True).evaluate(
        "(list) => list.scrollTo(0, list.scrollHeight)"
    )
    await page.screenshot(
        path=FOLDER / f"playground-{name}-{scheme}.png", animations="disabled", caret="hide"
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
