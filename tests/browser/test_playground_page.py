"""The playground in a real Chromium: what a newcomer can do, with the real bot behind it."""

import re

from playwright.async_api import Page, expect

from tests.browser.town import Town, last_message, open_form, say, submit


async def test_a_newcomers_first_trade_from_an_empty_channel(town: Town) -> None:
    page = await town.sit_down()
    await expect(page.get_by_text("It is not Slack")).to_be_visible()
    await expect(page.get_by_role("log").get_by_role("listitem")).to_have_count(0)

    await page.get_by_role("button", name="/trade AAPL").click()
    await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="Trade")
    await expect(form.get_by_role("combobox", name="Symbol")).to_have_value("AAPL")
    await expect(form.get_by_text("Welcome! I made you a portfolio")).to_be_visible()
    await form.get_by_label("Amount", exact=True).press_sequentially("10")
    await expect(form.get_by_text("10 AAPL for about $1,500.20")).to_be_visible()
    await submit(form)

    await expect(form).to_be_hidden()
    message = last_message(page)
    await expect(message).to_contain_text("@Ada bought 10 AAPL at $150.02")
    await expect(message).not_to_contain_text("Only visible to you")
    [trade] = town.trades()
    assert (trade["trader"], trade["quantity"], trade["price"]) == (town.trader("ada"), "10", "150.02")


async def test_a_symbol_is_found_by_typing_and_everything_by_the_keyboard(town: Town) -> None:
    page = await town.sit_down()
    box = page.get_by_role("combobox", name="Message #trades")
    await box.press_sequentially("/tr")
    await expect(page.get_by_role("listbox", name="Commands")).to_contain_text("Trade on paper")
    await page.keyboard.press("Tab")
    await expect(box).to_have_value("/trade ")
    await page.keyboard.press("Enter")

    form = page.get_by_role("dialog", name="Trade")
    await expect(form.get_by_label("Portfolio")).to_be_visible()
    symbol = form.get_by_role("combobox", name="Symbol")
    await expect(symbol).to_be_focused()
    await page.keyboard.type("ms")
    found = form.get_by_role("option", name="MSFT · Microsoft")
    await expect(found).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(found).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(form.get_by_text("$300.10")).to_be_visible()
    await form.get_by_label("Amount", exact=True).focus()
    await page.keyboard.type("2")
    await expect(form.get_by_text("2 MSFT for about $600.20")).to_be_visible()
    await page.keyboard.press("Enter")

    await expect(last_message(page)).to_contain_text("bought 2 MSFT at $300.10")
    await expect(box).to_be_focused()


async def test_a_refusal_stands_under_its_field_and_keeps_what_was_typed(town: Town) -> None:
    page = await town.sit_down()
    form = await open_form(page)
    amount = form.get_by_label("Amount", exact=True)
    await amount.fill("1000000")
    await form.get_by_label("Note").fill("all in")
    await submit(form)

    await expect(amount).to_have_attribute("aria-invalid", "true")
    await expect(amount).to_have_accessible_description(re.compile("100,000"))
    await expect(amount).to_have_value("1000000")
    await expect(form.get_by_label("Note")).to_have_value("all in")
    await expect(page.get_by_role("log", include_hidden=True).locator("li")).to_have_count(0)
    assert town.trades() == []

    await amount.fill("1")
    await submit(form)
    await expect(last_message(page)).to_contain_text("bought 1 AAPL")
    await expect(last_message(page)).to_contain_text("Note: all in")


async def test_what_must_be_filled_in_is_said_before_anything_is_sent(town: Town) -> None:
    page = await town.sit_down()
    form = await open_form(page)
    await submit(form)
    await expect(form.get_by_label("Amount", exact=True)).to_have_accessible_description(
        "Please fill this in."
    )
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await page.get_by_role("button", name="Payloads").click()
    panel = page.get_by_role("complementary", name="Payloads")
    await expect(panel).to_contain_text("/trade AAPL")
    await expect(panel).not_to_contain_text("view_submission")
    assert town.trades() == []


async def test_a_limit_order_rests_fills_and_its_message_follows(town: Town) -> None:
    page = await town.sit_down()
    form = await open_form(page)
    await form.get_by_label("Order").select_option(label="Limit")
    limit = form.get_by_label("Limit price")
    await limit.press_sequentially("140")
    await form.get_by_label("Amount", exact=True).press_sequentially("10")
    await expect(limit).to_have_value("140")
    await submit(form)

    message = page.get_by_role("log").get_by_role("listitem").first
    await expect(message).to_contain_text("Waits for an ask of 140")
    await town.meet_market("AAPL", ask="139.50")
    await expect(message).to_contain_text("bought 10 AAPL at $140.00")
    await expect(message).to_contain_text("edited")
    await expect(message.get_by_role("button", name="Cancel")).to_have_count(0)
    await expect(page.get_by_role("link", name="SlackOMS")).to_contain_text("1 new")
    await page.goto(f"{town.address}/#ada/slackoms")
    await expect(last_message(page)).to_contain_text("Your order to buy 10 AAPL")


async def test_a_cancel_asks_first_and_no_means_no(town: Town) -> None:
    page = await town.sit_down()
    await submit(await open_form(page, "/trade buy 10 AAPL limit 140"))
    message = page.get_by_role("log").get_by_role("listitem").first
    cancel = message.get_by_role("button", name="Cancel")
    question = page.get_by_role("dialog", name="Cancel this order?")

    await cancel.click()
    await question.get_by_role("button", name="Keep it").click()
    await expect(question).to_be_hidden()
    await cancel.click()
    await page.keyboard.press("Escape")
    await expect(question).to_be_hidden()
    await expect(message).to_contain_text("Waits for an ask of 140")
    assert not any("actions" in call.arguments for call in town.slack.calls)

    await cancel.click()
    await expect(question).to_contain_text("buy 10 AAPL, limit $140.00")
    await question.get_by_role("button", name="Cancel the order").click()
    await expect(message).to_contain_text("Canceled")


async def test_two_traders_share_a_portfolio_and_each_sees_their_own(town: Town) -> None:
    town.portfolio("Growth", "ada", "grace")
    ada, grace = await town.sit_down("ada"), await town.sit_down("grace")
    await submit(await open_form(ada, "/trade buy 10 AAPL"))
    await expect(last_message(grace)).to_contain_text("@Ada bought 10 AAPL")
    await submit(await open_form(grace, "/trade sell 4 AAPL"))
    await expect(last_message(ada)).to_contain_text("@Grace sold 4 AAPL")
    await expect(last_message(ada)).to_contain_text("6 AAPL")

    await say(grace, "/quote AAPL")
    await expect(last_message(grace)).to_contain_text("Only visible to you")
    await expect(last_message(ada)).to_contain_text("@Grace sold 4 AAPL")
    await expect(ada.get_by_role("log").get_by_role("listitem")).to_have_count(2)
    assert [trade["trader"] for trade in town.trades()] == [town.trader("grace"), town.trader("ada")]

    await grace.get_by_role("radio", name="Alan").check(force=True)
    await expect(grace).to_have_url(re.compile("#alan/trades$"))
    await expect(grace.get_by_role("log").get_by_role("listitem")).to_have_count(2)


async def test_a_manager_lets_another_trader_in(town: Town) -> None:
    page = await town.sit_down()
    await submit(await open_form(page, "/trade buy 1 AAPL"))
    await expect(last_message(page)).to_contain_text("bought 1 AAPL")
    await say(page, "/portfolio members")
    form = page.get_by_role("dialog")
    await form.get_by_role("group", name=re.compile("^Traders")).get_by_label("Grace").check()
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_be_hidden()
    await expect(last_message(page)).to_contain_text("Grace")

    grace = await town.sit_down("grace")
    form = await open_form(grace, "/trade sell 1 AAPL")
    await expect(form.get_by_label("Portfolio")).to_contain_text("ada's portfolio")
    await submit(form)
    await expect(last_message(page)).to_contain_text("@Grace sold 1 AAPL")


async def test_home_shows_the_portfolio_and_trades_from_it(town: Town) -> None:
    page = await town.sit_down(spot="home")
    await expect(page.get_by_role("heading", name="Welcome to SlackOMS")).to_be_visible()
    await page.get_by_role("button", name="Make your first trade").click()
    form = page.get_by_role("dialog", name="Trade")
    await form.get_by_role("combobox", name="Symbol").fill("AAPL")
    await form.get_by_role("option", name="AAPL").click()
    await form.get_by_label("Amount", exact=True).fill("10")
    await expect(form.get_by_text("10 AAPL for about $1,500.20")).to_be_visible()
    await submit(form)
    await expect(page.get_by_role("link", name="SlackOMS")).to_have_attribute("aria-current", "page")
    await page.get_by_role("button", name="Refresh").click()
    await expect(
        page.get_by_role("heading", name=re.compile(r"Your portfolio: \$99,999\.80"))
    ).to_be_visible()
    await expect(page.get_by_role("main")).to_contain_text("10 AAPL, $1,500.00")


async def test_500_positions_are_turned_in_pages(town: Town) -> None:
    hold_many(town, 500)
    page = await town.sit_down()
    await say(page, "/portfolio")
    table = page.get_by_role("table", name="Positions of Growth")
    await expect(table.get_by_role("row")).to_have_count(31)
    await expect(page.get_by_role("log")).to_contain_text("30 of 500 positions")
    await expect(page.get_by_role("img", name=re.compile("^Cash"))).to_be_visible()
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("log")).to_contain_text("31")
    await expect(table.get_by_role("row")).to_have_count(31)
    assert await is_within(page)


def hold_many(town: Town, count: int) -> None:
    """Let ada's portfolio hold so many symbols."""
    portfolio = town.portfolio("Growth", "ada")
    symbols = [
        f"{first}{second}X" for first in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for second in "ABCDEFGHIJKLMNOPQRST"
    ]
    basket = """mutation ($input: ExecuteTradesInput!) { executeTrades(input: $input) { __typename } }"""
    for start in range(0, count, 50):
        for symbol in symbols[start : start + 50]:
            town.workspace.api.market.set(symbol, bid="9.98", ask="10.00", last="9.99")
        trades = [
            {"symbol": symbol, "side": "BUY", "quantity": "1"} for symbol in symbols[start : start + 50]
        ]
        town.workspace.data(basket, {"input": {"portfolioId": portfolio, "trades": trades}})


async def is_within(page: Page) -> bool:
    """Whether nothing makes the page itself scroll sideways."""
    within: bool = await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    return within
