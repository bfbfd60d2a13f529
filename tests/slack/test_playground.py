"""The stand-in refuses what Slack refuses."""

import time
from collections.abc import AsyncIterator

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from slack_client.blocks import Json, plain
from slack_client.playground.limits import check_message, check_view
from slack_client.playground.slack import TRIGGER_SECONDS, Slack
from slack_client.playground.web_api import Playground, Sockets

VIEW: Json = {"type": "modal", "title": plain("Title", 24), "blocks": [{"type": "divider"}]}


@pytest.fixture
def slack() -> Slack:
    return Slack(bot_channels={"C0IN"})


@pytest.fixture
async def client(slack: Slack) -> AsyncIterator[AsyncWebClient]:
    async with Playground(slack, Sockets()).serve() as url:
        yield AsyncWebClient(token=slack.bot_token, base_url=f"{url}/api/")


async def refused(call: object) -> str:
    with pytest.raises(SlackApiError) as refusal:
        await call  # type: ignore[misc]
    return str(refusal.value.response["error"])


async def test_a_trigger_opens_one_view(slack: Slack, client: AsyncWebClient) -> None:
    trigger = slack.new_trigger("U1")
    await client.views_open(trigger_id=trigger, view=VIEW)
    assert await refused(client.views_open(trigger_id=trigger, view=VIEW)) == "exchanged_trigger_id"


async def test_a_trigger_dies_after_three_seconds(
    slack: Slack, client: AsyncWebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = slack.new_trigger("U1")
    later = time.monotonic() + TRIGGER_SECONDS
    monkeypatch.setattr("slack_client.playground.slack.time.monotonic", lambda: later)
    assert await refused(client.views_open(trigger_id=trigger, view=VIEW)) == "expired_trigger_id"


async def test_a_stale_hash_conflicts(slack: Slack, client: AsyncWebClient) -> None:
    view = (await client.views_open(trigger_id=slack.new_trigger("U1"), view=VIEW))["view"]
    await client.views_update(view_id=view["id"], hash=view["hash"], view=VIEW)
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=VIEW)
    assert await refused(stale) == "hash_conflict"


async def test_a_channel_without_the_bot_refuses(client: AsyncWebClient, slack: Slack) -> None:
    await client.chat_postMessage(channel="C0IN", text="hello")
    assert await refused(client.chat_postMessage(channel="C0OUT", text="hello")) == "not_in_channel"
    assert len(slack.messages) == 1


async def test_a_wrong_token_is_refused(client: AsyncWebClient) -> None:
    client.token = "xoxb-wrong"
    assert await refused(client.chat_postMessage(channel="C0IN", text="hello")) == "invalid_auth"


async def test_a_view_beyond_a_limit_is_refused_with_its_place(slack: Slack, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as refusal:
        await client.views_open(
            trigger_id=slack.new_trigger("U1"), view=VIEW | {"title": plain("x", 24) | {"text": "x" * 25}}
        )
    assert refusal.value.response["response_metadata"]["messages"] == [
        "view.title.text: 25 characters, at most 24"
    ]


INPUT: Json = {
    "type": "input",
    "block_id": "a",
    "label": plain("A", 10),
    "element": {"type": "plain_text_input", "action_id": "a"},
}
OPTION: Json = {"text": plain("One", 75), "value": "1"}


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ([{"type": "divider"}] * 101, "blocks: 101, at most 100"),
        ([INPUT, INPUT], "block_id a stands 2 times"),
        (
            [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}],
            "blocks[0].text.text: 3001",
        ),
        ([{"type": "section", "fields": [plain("x", 9)] * 11}], "blocks[0].fields: 11"),
        ([{"type": "section", "text": {"type": "plain_text", "text": ""}}], "blocks[0].text.text: empty"),
        ([{"type": "header", "text": plain("x" * 151, 200)}], "blocks[0].text.text: 151"),
        ([{"type": "context", "elements": [plain("x", 9)] * 11}], "blocks[0].elements: 11"),
        (
            [{"type": "actions", "elements": [{"type": "button", "text": plain("x" * 76, 80)}]}],
            "text.text: 76",
        ),
        ([{"type": "image", "image_url": "https://x"}], "blocks[0].alt_text: empty"),
        ([{"type": "marquee"}], "unknown type marquee"),
        ([INPUT | {"element": {"type": "number_input"}}], "is_decimal_allowed: missing"),
        ([INPUT | {"element": {"type": "radio_buttons", "options": [OPTION] * 2}}], "value 1 twice"),
        ([INPUT | {"element": {"type": "static_select", "options": []}}], "options: 0, wanted 1"),
        (
            [
                INPUT
                | {
                    "element": {
                        "type": "static_select",
                        "options": [OPTION],
                        "initial_option": {"value": "2"},
                    }
                }
            ],
            "an initial choice that is none of the options",
        ),
    ],
)
def test_a_limit_is_named_with_its_place(blocks: list[Json], said: str) -> None:
    complaints = check_view(VIEW | {"submit": plain("Go", 24), "blocks": blocks})
    assert any(said in complaint for complaint in complaints), complaints


def test_a_view_without_a_submit_may_have_no_input() -> None:
    assert check_view(VIEW | {"blocks": [INPUT]}) == ["view.submit: missing where there are inputs"]


def test_a_view_may_not_carry_more_than_its_metadata_holds() -> None:
    assert check_view(VIEW | {"private_metadata": "x" * 3001}) == [
        "view.private_metadata: more than 3000 characters"
    ]


def test_a_message_needs_its_text() -> None:
    assert check_message({"blocks": [{"type": "divider"}]}) == ["text: empty"]
    assert check_message({"text": "x", "blocks": [{"type": "divider"}] * 51}) == ["blocks: 51, at most 50"]
