"""The playground's page on other screens, and with what it must not trust."""

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from slack_client.playground.running import open_playground
from slack_client.playground.town import found_town
from tests.browser.town import Town, last_message, open_form, say, submit
from tests.slack.served import free_port

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
EVIL = "<img src=x onerror=alert(1)> *bold* <@U0GRACE> & <https://example.com|here>"


async def test_everything_fits_a_phone(town: Town) -> None:
    page = await town.sit_down(**PHONE)
    form = await open_form(page)
    await form.get_by_label("Amount", exact=True).fill("10")
    await expect(form.get_by_role("button", name="Trade", exact=True)).to_be_in_viewport()
    await submit(form)
    await expect(last_message(page)).to_contain_text("bought 10 AAPL")
    await say(page, "/portfolio")
    await expect(page.get_by_role("table")).to_be_visible()
    assert await is_within(page)
    await page.get_by_role("button", name="Payloads").click()
    await expect(page.get_by_role("complementary", name="Payloads")).to_contain_text("view_submission")
    assert await is_within(page)
    await page.get_by_role("button", name="Payloads").click()
    await page.get_by_role("link", name="SlackOMS").click()
    await expect(page.get_by_role("heading", name="Your portfolio")).to_be_visible()
    await expect(page.get_by_text("It is not Slack")).to_be_in_viewport()
    assert await is_within(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_quiet_text_can_be_read_in_both_schemes(town: Town, scheme: str) -> None:
    page = await town.sit_down(color_scheme=scheme)
    await say(page, "/trade help")
    await expect(last_message(page)).to_contain_text("Only visible to you")
    assert await contrast(page, ".private") >= 4.5
    assert await contrast(page, ".context") >= 4.5


async def test_what_people_write_is_shown_as_text(town: Town) -> None:
    page = await town.sit_down()
    await say(page, EVIL)
    await expect(last_message(page)).to_contain_text(EVIL)
    form = await open_form(page, "/trade buy 1 AAPL")
    await form.get_by_label("Note").fill(EVIL)
    await submit(form)
    await expect(last_message(page)).to_contain_text(f"Note: {EVIL}")
    await expect(page.locator("#messages img, #messages strong, #messages a")).to_have_count(0)


async def test_a_message_without_a_slash_reaches_the_channel_and_not_the_bot(town: Town) -> None:
    ada, grace = await town.sit_down("ada"), await town.sit_down("grace")
    await say(ada, "Shall we?")
    await expect(last_message(grace)).to_contain_text("Shall we?")
    await ada.get_by_role("link", name="SlackOMS").click()
    await ada.get_by_role("link", name="Messages").click()
    await say(ada, "Only for the bot")
    await expect(last_message(ada)).to_contain_text("Only for the bot")
    await expect(grace.get_by_role("log").get_by_role("listitem")).to_have_count(1)
    await grace.get_by_role("button", name="Payloads").click()
    await expect(grace.get_by_role("complementary")).not_to_contain_text("message")


async def test_payloads_show_what_was_sent_and_how_long_the_ack_took(town: Town) -> None:
    page = await town.sit_down()
    await say(page, "/quote AAPL")
    await expect(last_message(page)).to_contain_text("$150.02")
    await page.get_by_role("button", name="Payloads").click()
    line = page.get_by_role("complementary").get_by_role("listitem").filter(has_text="/quote AAPL")
    await expect(line).to_contain_text(re.compile(r"acked in \d+ ms"))
    await line.get_by_text("/quote AAPL").click()
    await expect(line).to_contain_text('"user_name": "ada"')
    assert "trigger_id" in await line.inner_text()


async def test_an_unknown_command_is_explained(town: Town) -> None:
    page = await town.sit_down()
    await say(page, "/tarde AAPL")
    await expect(page.get_by_role("alert")).to_contain_text("/tarde is not a command here.")
    await expect(page.get_by_role("log").get_by_role("listitem")).to_have_count(0)
    [told] = town.troubles
    assert "409" in told
    town.troubles.clear()


@pytest.mark.parametrize("address", ["#ada/nowhere", "#nobody/trades", "#", "#%3Cb%3E/x"])
async def test_an_address_that_leads_nowhere_leads_to_the_channel(town: Town, address: str) -> None:
    page = await town.sit_down()
    await page.goto("about:blank")
    await page.goto(f"{town.address}/{address}")
    await expect(page.get_by_role("heading", name="# trades")).to_be_visible()
    await expect(page.get_by_role("radio", name="Ada")).to_be_checked()
    town.troubles[:] = [each for each in town.troubles if "404" not in each]


async def test_a_page_that_was_left_open_finds_the_next_run(browser: Browser) -> None:
    port, bot = free_port(), f"http://127.0.0.1:{free_port()}"
    page = await browser.new_page()
    async with open_playground(found_town("xoxb-1"), bot, "secret", port) as address:
        await page.goto(f"{address}/#ada/trades")
        await say(page, "Hello")
        await expect(last_message(page)).to_contain_text("Hello")
    await expect(page.get_by_role("alert")).to_contain_text("The playground does not answer.")
    async with open_playground(found_town("xoxb-2"), bot, "secret", port):
        await expect(page.get_by_role("alert")).to_have_text("", timeout=15_000)
        await expect(page.get_by_role("log").get_by_role("listitem")).to_have_count(0)
        await say(page, "Again")
        await expect(last_message(page)).to_contain_text("Again")
        await page.close()


async def is_within(page: Page) -> bool:
    """Whether nothing makes the page itself scroll sideways."""
    within: bool = await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    return within


async def contrast(page: Page, selector: str) -> float:
    """The contrast ratio of a text to the nearest background behind it."""
    ratio: float = await page.locator(selector).first.evaluate(CONTRAST)
    return ratio


CONTRAST = """(text) => {
    const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => {
        const [r, g, b] = numbers(color).map((c) => c / 255).map((c) =>
            c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let behind = text;
    while (numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const both = [light(getComputedStyle(text).color), light(getComputedStyle(behind).backgroundColor)];
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
}"""
