"""The orders of every team that has installed the bot are followed."""

import asyncio

import pytest

from tests.slack.conftest import loaded_form, text_of
from tests.slack.house import USER_ID, House
from tests.slack.resting import match_orders
from tests.slack.test_installing import house

__all__ = ["house"]


async def test_every_installed_team_is_followed_before_anybody_asks(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    acme, globex = house.teams
    async with house.bot() as site:
        for slack in house.teams:
            await site.browser.install(slack)
        ada = site.person(acme)
        await ada.submit(await loaded_form(ada, "buy 10 AAPL limit 140"))
        await acme.until(lambda: len(acme.messages) == 1)
    house.workspace.api.market.set("AAPL", bid="100", ask="139", last="139")
    await asyncio.to_thread(match_orders, house.workspace.api, f"slack:{acme.team_id}")

    async with house.bot() as site:
        await acme.until(lambda: len(acme.messages) == 2)
        await site.tell(acme, "app_uninstalled")
        assert await house.find(acme) is None

    [posted, notice] = acme.messages
    assert "bought 10 AAPL" in text_of(posted.body)
    assert "was filled at $140.00" in text_of(notice.body)
    assert notice.seen_by == USER_ID
    assert globex.messages == []
    assert "orders are not followed" not in caplog.text
