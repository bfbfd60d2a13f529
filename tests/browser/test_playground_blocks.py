"""Every input and block that the playground's page draws, in a real Chromium before a bot that listens."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Locator, Page, expect
from slack_sdk.web.async_client import AsyncWebClient

from slack_client.blocks import Json, plain
from slack_client.playground.running import open_playground
from slack_client.playground.slack import Slack
from slack_client.playground.town import BOT_CHANNEL, found_town
from slack_client.playground.web_api import Sockets
from tests.browser.town import last_message
from tests.slack.conftest import SIGNING_SECRET
from tests.slack.listener import Listener
from tests.slack.scene import OPTIONS, PLAIN_VIEW, actions, button, field
from tests.slack.served import eventually, free_port

FORM: Json = {
    "type": "modal",
    "title": plain("Form", 24),
    "submit": plain("Go", 24),
    "blocks": [
        field("name", {"type": "plain_text_input"}, hint=plain("As on the door", 75)),
        field("count", {"type": "number_input", "is_decimal_allowed": True}),
        field("kind", {"type": "static_select", "options": OPTIONS}),
        field("box", {"type": "checkboxes", "options": OPTIONS}, optional=True),
        field("side", {"type": "radio_buttons", "options": OPTIONS}),
        field("symbol", {"type": "external_select", "min_query_length": 2}, optional=True),
        field("friends", {"type": "multi_users_select", "initial_users": ["U0ADA"]}),
        field("owner", {"type": "users_select"}),
        field("where", {"type": "conversations_select", "default_to_current_conversation": True}),
        {
            "type": "section",
            "block_id": "order",
            "text": plain("Order", 75),
            "accessory": {"type": "overflow", "action_id": "menu", "options": OPTIONS},
        },
        actions(button("preview")),
    ],
}
POINTS = [{"label": "Mon", "value": 5}, {"label": "Tue", "value": -2}]


@dataclass
class Desk:
    """Ada's screen, the bot that listens to her, and the bot's hand in the Web API."""

    page: Page
    slack: Slack
    bot: Listener
    client: AsyncWebClient

    async def open(self, view: Json) -> Locator:
        """Open a modal on the screen."""
        trigger = self.slack.new_trigger("U0ADA", channel=BOT_CHANNEL)
        await self.client.views_open(trigger_id=trigger, view=view)
        return self.page.get_by_role("dialog", name=view["title"]["text"])

    async def post(self, *blocks: Json) -> Locator:
        """Post a message."""
        await self.client.chat_postMessage(channel=BOT_CHANNEL, text="x", blocks=list(blocks))
        await expect(last_message(self.page)).to_be_visible()
        return last_message(self.page)

    async def heard(self, count: int) -> Json:
        """What the bot has heard last, when it has heard so much."""
        await eventually(lambda: len(self.bot.heard) == count)
        return self.bot.last


@pytest.fixture
async def desk(browser: Browser) -> AsyncIterator[Desk]:
    slack, bot, port = found_town("xoxb-desk"), Listener(), free_port()
    events_url = f"http://127.0.0.1:{port}/slack/events"
    async with (
        open_playground(slack, events_url, SIGNING_SECRET) as address,
        bot.listen("http", slack, Sockets(), address, port),
        await browser.new_context() as context,
    ):
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(f"{address}/#ada/trades")
        await expect(page.get_by_role("radio", name="Ada")).to_be_checked()
        yield Desk(page, slack, bot, AsyncWebClient(token=slack.bot_token, base_url=f"{address}/api/"))
        assert errors == []
    assert slack.complaints == []


async def test_every_input_says_what_was_typed_or_chosen(desk: Desk) -> None:
    form = await desk.open(FORM)
    await form.get_by_label("name").fill("Ada")
    await form.get_by_label("count").fill("2.5")
    await form.get_by_label("kind").select_option("MSFT")
    await form.get_by_role("group", name="box").get_by_label("AAPL").check()
    await form.get_by_role("group", name="side").get_by_label("MSFT").check()
    await form.get_by_role("group", name="friends").get_by_label("Alan").check()
    await form.get_by_label("owner").select_option(label="Grace")
    await expect(form.get_by_label("where")).to_have_value(BOT_CHANNEL)
    await form.get_by_label("where").select_option(label="# random")
    await expect(form.get_by_text("As on the door")).to_be_visible()
    await form.get_by_role("button", name="Go").click()

    values = (await desk.heard(1))["view"]["state"]["values"]
    chosen = {name: [*held[name].values()][1] for name, held in values.items()}
    assert chosen == {
        "name": "Ada",
        "count": "2.5",
        "kind": OPTIONS[1],
        "box": [OPTIONS[0]],
        "side": OPTIONS[1],
        "symbol": None,
        "friends": ["U0ADA", "U0ALAN"],
        "owner": "U0GRACE",
        "where": "C0RANDOM",
    }
    await expect(form).to_be_hidden()


async def test_a_search_that_is_left_keeps_what_was_chosen_before(desk: Desk) -> None:
    form = await desk.open(FORM)
    search, choices = form.get_by_role("combobox", name="symbol"), form.get_by_role("listbox")
    desk.bot.answer = {"options": OPTIONS}
    await search.press_sequentially("aa")
    await choices.get_by_role("option", name="AAPL").click()
    await expect(search).to_have_value("AAPL")
    await search.fill("zz")
    await expect(choices.get_by_role("option", name="MSFT")).to_be_visible()
    await search.press("Escape")
    await expect(choices).to_be_hidden()
    await expect(form).to_be_visible()
    await form.get_by_label("name").focus()
    await expect(search).to_have_value("AAPL")
    await search.fill("")
    desk.bot.answer = {"options": []}
    await search.press_sequentially("zz")
    await expect(form.get_by_text("Nothing found")).to_be_visible()


async def test_buttons_and_menus_are_told_with_what_was_typed(desk: Desk) -> None:
    form = await desk.open(FORM)
    await form.get_by_label("name").fill("Ada")
    await form.get_by_role("button", name="Press").click()
    pressed = await desk.heard(1)
    assert (pressed["actions"][0]["action_id"], pressed["actions"][0]["value"]) == ("preview", "v")
    assert pressed["view"]["state"]["values"]["name"]["name"]["value"] == "Ada"
    await form.get_by_role("combobox", name="More").select_option("MSFT")
    assert (await desk.heard(2))["actions"][0]["selected_option"] == OPTIONS[1]


async def test_a_pushed_modal_goes_back_to_what_was_typed_below(desk: Desk) -> None:
    form = await desk.open(FORM)
    await form.get_by_label("name").fill("Ada")
    await form.get_by_role("button", name="Press").click()
    pressed = await desk.heard(1)
    await desk.client.views_push(trigger_id=pressed["trigger_id"], view=PLAIN_VIEW)
    top = desk.page.get_by_role("dialog", name="Top")
    await expect(top.get_by_role("button", name="Back")).to_be_focused()
    await desk.page.keyboard.press("Escape")
    await expect(form.get_by_label("name")).to_have_value("Ada")


async def test_an_update_keeps_what_is_being_typed_and_where(desk: Desk) -> None:
    form = await desk.open(FORM)
    name = form.get_by_label("name", exact=True)
    await name.fill("Ada")
    await name.press("ArrowLeft")
    [shown] = desk.slack.views.values()
    changed = field("name", {"type": "plain_text_input", "initial_value": "other"}, hint=plain("Now", 75))
    note = {"type": "section", "text": plain("Changed", 75)}
    await desk.client.views_update(view_id=shown.id, view=FORM | {"blocks": [note, changed]})
    await expect(form.get_by_text("Changed")).to_be_visible()
    await expect(form.get_by_text("Now")).to_be_visible()
    await expect(name).to_be_focused()
    await desk.page.keyboard.type("x")
    await expect(name).to_have_value("Adxa")


@pytest.mark.parametrize("kind", ["line", "bar", "area"])
async def test_a_chart_is_drawn_and_said(desk: Desk, kind: str) -> None:
    chart = {
        "type": kind,
        "series": [{"name": "Gain", "data": POINTS}],
        "axis_config": {"categories": [point["label"] for point in POINTS]},
    }
    message = await desk.post({"type": "data_visualization", "title": "Week", "chart": chart})
    picture = message.get_by_role("img", name="Gain: Mon 5, Tue -2")
    await expect(picture).to_be_visible()
    await expect(message.get_by_role("figure", name="Week")).to_be_visible()
    assert not re.search("NaN|undefined", await picture.inner_html())


async def test_mrkdwn_is_drawn_and_escaped_text_is_not(desk: Desk) -> None:
    text = "*bold* _it_ ~no~ `a*b*c` <@U0GRACE> <https://example.com|a link> 2*3*4 snake_case &lt;b&gt; &amp;"
    message = await desk.post({"type": "section", "text": {"type": "mrkdwn", "text": text}})
    await expect(message).to_contain_text("bold it no a*b*c @Grace a link 2*3*4 snake_case <b> &")
    await expect(message.locator(".words strong")).to_have_text("bold")
    await expect(message.locator("code")).to_have_text("a*b*c")
    link = message.get_by_role("link", name="a link")
    await expect(link).to_have_attribute("href", "https://example.com")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
