"""The stand-in sends what Slack sends, through both doors, and shows what the bot answers."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from slack_client.blocks import Json, plain
from slack_client.playground.doors import HttpDoor, Reply, Retry
from slack_client.playground.events import deliver_callback, deliver_event, event_callback
from tests.slack.conftest import CHANNEL
from tests.slack.scene import FORM, OPTIONS, PLAIN_VIEW, Scene, actions, button, field, set_scene
from tests.slack.served import eventually

SMALL_FORM = FORM | {"blocks": [field("note", {"type": "plain_text_input"}, optional=True)]}
CONFIRM: Json = {
    "title": plain("Cancel?", 100),
    "text": plain("The order stops working.", 300),
    "confirm": plain("Cancel it", 30),
    "deny": plain("Keep it", 30),
}


@pytest.fixture(params=["http", "socket"])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    async with set_scene(request.param) as scene:
        yield scene


async def test_typing_tells_the_bot_only_of_what_it_listens_to(scene: Scene) -> None:
    modal = await scene.form()
    replies = await scene.ada.type(modal, note="early", quantity="10", side="MSFT")

    assert [reply.status for reply in replies] == [200, 200]
    first, second = scene.bot.heard
    assert [heard["type"] for heard in scene.bot.heard] == ["block_actions"] * 2
    assert [(a["block_id"], a["type"], a["value"]) for a in first["actions"]] == [
        ("quantity", "plain_text_input", "10")
    ]
    assert second["actions"][0]["selected_option"] == OPTIONS[1]
    assert second["container"] == {"type": "view", "view_id": modal.id}
    assert second["view"]["hash"] == modal.hash
    assert second["view"]["private_metadata"] == "kept"
    assert second["user"]["id"] == "U0ADA"
    assert second["team"]["id"] == scene.slack.team_id
    assert "response_url" not in second
    values = second["view"]["state"]["values"]
    assert values["note"]["note"]["value"] == "early"
    assert values["friends"]["friends"] == {"type": "multi_users_select", "selected_users": ["U0ADA"]}
    assert values["where"]["where"]["selected_conversation"] == CHANNEL
    assert values["owner"]["owner"] == {"type": "users_select", "selected_user": None}
    assert values["row"] == {"range": {"type": "static_select", "selected_option": None}}
    assert "order" not in values


async def test_a_press_in_a_modal_allows_a_push_onto_it(scene: Scene) -> None:
    modal = await scene.form()
    await scene.ada.press(modal, "preview")
    pushed = await scene.client.views_push(trigger_id=scene.bot.last["trigger_id"], view=PLAIN_VIEW)

    assert pushed["view"]["previous_view_id"] == pushed["view"]["root_view_id"] == modal.id
    top = await scene.ada.modal()
    assert top.id == pushed["view"]["id"]
    assert await scene.ada.close(top) == []
    assert await scene.ada.modal() is modal


async def test_elements_outside_of_inputs_are_always_told(scene: Scene) -> None:
    modal = await scene.form()
    await scene.ada.type(modal, range="AAPL")
    await scene.ada.press(modal, "menu", "MSFT")
    assert [heard["actions"][0]["selected_option"]["value"] for heard in scene.bot.heard] == ["AAPL", "MSFT"]
    assert scene.bot.last["actions"][0]["type"] == "overflow"
    values = scene.bot.last["view"]["state"]["values"]
    assert values["row"]["range"]["selected_option"] == OPTIONS[0]
    with pytest.raises(ValueError, match="no input range"):
        scene.ada.fill(modal, range="AAPL")


async def test_a_search_offers_what_can_then_be_chosen(scene: Scene) -> None:
    modal = await scene.form()
    assert await scene.ada.suggest(modal, "symbol", "A") == []
    assert scene.bot.heard == []
    with pytest.raises(ValueError, match="AAPL is not offered"):
        scene.ada.fill(modal, symbol="AAPL")

    scene.bot.answer = {"options": OPTIONS}
    found = await scene.ada.suggest(modal, "symbol", "AA")

    assert found == OPTIONS
    heard = scene.bot.last
    assert (heard["type"], heard["action_id"], heard["block_id"], heard["value"]) == (
        "block_suggestion",
        "symbol",
        "symbol",
        "AA",
    )
    assert heard["view"]["id"] == heard["container"]["view_id"] == modal.id
    scene.ada.fill(modal, symbol="AAPL")
    scene.ada.fill(modal, symbol=found[1])
    payload = scene.ada.submission(modal)
    assert payload["view"]["state"]["values"]["symbol"]["symbol"]["selected_option"] == OPTIONS[1]


async def test_a_search_takes_groups_and_refuses_what_slack_refuses(scene: Scene) -> None:
    modal = await scene.form()
    scene.bot.answer = {"option_groups": [{"label": plain("Stocks", 75), "options": OPTIONS}]}
    assert await scene.ada.suggest(modal, "symbol", "AA") == OPTIONS
    long = {"text": {"type": "plain_text", "text": "x" * 76}, "value": "x"}
    scene.bot.answer = {"options": [long]}
    assert await scene.ada.suggest(modal, "symbol", "AA") == []
    assert scene.slack.complaints == ["answer.options[0].text.text: 76 characters, at most 75"]
    scene.slack.complaints.clear()


async def test_a_press_in_a_message_says_where(scene: Scene) -> None:
    posted = await scene.post(actions(button("again"), button("other")))
    await scene.ada.press(posted, "again")

    heard = scene.bot.last
    assert heard["container"] == {
        "type": "message",
        "message_ts": posted.ts,
        "channel_id": CHANNEL,
        "is_ephemeral": False,
    }
    assert heard["channel"]["id"] == CHANNEL
    assert heard["message"]["ts"] == posted.ts
    assert heard["message"]["blocks"] == posted.blocks
    assert heard["state"] == {"values": {}}
    [action] = heard["actions"]
    assert action == {
        "type": "button",
        "text": plain("Press", 75),
        "value": "v",
        "block_id": "row",
        "action_id": "again",
        "action_ts": action["action_ts"],
    }
    await scene.client.views_open(trigger_id=heard["trigger_id"], view=PLAIN_VIEW)
    assert (await scene.ada.modal()).view["title"]["text"] == "Top"


async def test_a_message_that_one_user_sees_is_not_sent_along(scene: Scene) -> None:
    await scene.client.chat_postEphemeral(
        channel=CHANNEL, user="U0ADA", text="x", blocks=[actions(button("again"))]
    )
    await scene.ada.press(scene.slack.messages[0], "again")
    assert scene.bot.last["container"]["is_ephemeral"] is True
    assert "message" not in scene.bot.last
    assert "response_url" in scene.bot.last


async def test_a_dialog_can_keep_a_press_back(scene: Scene) -> None:
    posted = await scene.post(actions(button("cancel", confirm=CONFIRM)))
    assert await scene.ada.press(posted, "cancel", confirmed=False) is None
    assert scene.bot.heard == []
    assert await scene.ada.press(posted, "cancel") is not None
    assert len(scene.bot.heard) == 1


async def test_what_is_not_on_the_screen_cannot_be_pressed(scene: Scene) -> None:
    posted = await scene.post(actions(button("again")))
    with pytest.raises(ValueError, match="0 elements are called other"):
        await scene.ada.press(posted, "other")
    posted.is_deleted = True
    with pytest.raises(ValueError, match="deleted"):
        await scene.ada.press(posted, "again")
    modal = await scene.form()
    with pytest.raises(ValueError, match="GOOG is not offered"):
        await scene.ada.press(modal, "menu", "GOOG")
    with pytest.raises(ValueError, match="an input that the bot does not listen to"):
        await scene.ada.press(modal, "note", "x")
    with pytest.raises(ValueError, match="2 are more than may be chosen"):
        scene.ada.fill(modal, friends=["U0ADA", "U0GRACE"])
    await scene.ada.close(modal)
    with pytest.raises(ValueError, match="the modal is closed"):
        await scene.ada.type(modal, quantity="1")
    with pytest.raises(ValueError, match="the modal is closed"):
        await scene.ada.press(modal, "preview")
    assert scene.bot.heard == []


async def test_home_is_published_then_opened_then_pressed(scene: Scene) -> None:
    await scene.ada.open_home()
    await eventually(lambda: scene.bot.heard)
    event = scene.bot.last["event"]
    assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", "U0ADA", "home")
    assert event["channel"].startswith("D")
    assert "view" not in event
    assert scene.ada.home() is None

    await scene.client.views_publish(
        user_id="U0ADA", view={"type": "home", "blocks": [actions(button("trade"))]}
    )
    await scene.ada.open_home()
    await eventually(lambda: len(scene.bot.heard) == 2)
    home = scene.ada.home()
    assert home is not None
    assert scene.bot.last["event"]["view"]["id"] == home.id
    assert scene.bot.last["event"]["view"]["blocks"] == home.blocks

    await scene.ada.press(home, "trade")
    assert scene.bot.last["view"]["type"] == "home"
    assert scene.bot.last["container"] == {"type": "view", "view_id": home.id}
    await scene.client.views_open(trigger_id=scene.bot.last["trigger_id"], view=PLAIN_VIEW)


async def test_a_shortcut_opens_a_modal(scene: Scene) -> None:
    await scene.ada.shortcut("new_trade")
    heard = scene.bot.last
    assert (heard["type"], heard["callback_id"]) == ("shortcut", "new_trade")
    assert "channel" not in heard
    assert "response_url" not in heard
    await scene.client.views_open(trigger_id=heard["trigger_id"], view=PLAIN_VIEW)
    assert len(scene.slack.views) == 1


async def test_a_command_of_another_name_is_answered_where_it_was_typed(scene: Scene) -> None:
    scene.bot.answer = {"text": "Nothing yet.", "response_type": "ephemeral"}
    await scene.ada.command("AAPL", command="/orders")
    assert (scene.bot.last["command"], scene.bot.last["text"]) == ("/orders", "AAPL")
    [posted] = scene.slack.messages
    assert (posted.seen_by, posted.is_ephemeral) == ("U0ADA", True)


async def test_words_to_the_bot_are_a_message_event(scene: Scene) -> None:
    await scene.ada.say("help")
    await eventually(lambda: scene.bot.heard)
    event = scene.bot.last["event"]
    assert (event["type"], event["channel_type"], event["text"]) == ("message", "im", "help")
    assert event["ts"] == scene.slack.messages[0].ts


async def test_an_event_says_whose_it_is_and_a_retry_is_the_same_event(scene: Scene) -> None:
    callback = event_callback(scene.slack, {"type": "app_uninstalled"})
    await deliver_callback(scene.ada.door, callback)
    await deliver_callback(scene.ada.door, callback, Retry(1, "http_timeout"))
    await eventually(lambda: len(scene.bot.heard) == 2)
    first, second = scene.bot.heard
    assert first["event_id"] == second["event_id"]
    assert first["team_id"] == scene.slack.team_id
    assert first["authorizations"][0]["user_id"] == scene.slack.bot_user_id
    assert scene.bot.retries[0] in {None, "0"}
    assert scene.bot.retries[1] == "1"
    await deliver_event(scene.slack, scene.ada.door, {"type": "app_uninstalled"})
    await eventually(lambda: len(scene.bot.heard) == 3)
    assert scene.bot.last["event_id"] != first["event_id"]


async def test_the_url_is_verified() -> None:
    async with set_scene("http") as scene:
        assert isinstance(scene.ada.door, HttpDoor)
        reply = await scene.ada.door.verify_url("3eZbrw1aB")
    assert reply.body == {"challenge": "3eZbrw1aB"}


@pytest.mark.parametrize(
    ("answer", "top", "open_views"),
    [
        ({}, "Form", 1),
        ({"response_action": "clear"}, None, 0),
        ({"response_action": "push", "view": PLAIN_VIEW}, "Top", 3),
        ({"response_action": "errors", "errors": {"note": "Too short."}}, "Second", 2),
        ({"response_action": "update", "view": PLAIN_VIEW}, "Top", 2),
    ],
)
async def test_a_submission_is_acked_as_slack_does_it(
    scene: Scene, answer: Json, top: str | None, open_views: int
) -> None:
    modal = await scene.form()
    await scene.ada.press(modal, "preview")
    second = SMALL_FORM | {"title": plain("Second", 24)}
    await scene.client.views_push(trigger_id=scene.bot.last["trigger_id"], view=second)
    scene.bot.answer = answer

    reply = await scene.ada.submit(await scene.ada.modal())

    assert reply.is_taken
    assert scene.bot.last["type"] == "view_submission"
    shown = [view for view in scene.slack.views.values() if view.is_open]
    assert len(shown) == open_views
    assert (shown[-1].view["title"]["text"] if shown else None) == top


async def test_a_chosen_conversation_brings_a_response_url(scene: Scene) -> None:
    menu = {
        "type": "conversations_select",
        "default_to_current_conversation": True,
        "response_url_enabled": True,
    }
    await scene.ada.shortcut("new_trade")
    view = FORM | {"blocks": [field("where", menu)]}
    await scene.client.views_open(trigger_id=scene.bot.last["trigger_id"], view=view)
    await scene.ada.submit(await scene.ada.modal())

    [offered] = scene.bot.last["response_urls"]
    assert (offered["block_id"], offered["channel_id"]) == ("where", CHANNEL)
    sent = await AsyncWebhookClient(offered["response_url"]).send(text="x", response_type="in_channel")
    assert sent.status_code == 200
    [posted] = scene.slack.messages
    assert (posted.channel, posted.seen_by) == (CHANNEL, None)


async def test_an_empty_input_keeps_the_submission_back(scene: Scene) -> None:
    modal = await scene.form()
    with pytest.raises(ValueError, match="Slack wants quantity, note, side, symbol, owner"):
        await scene.ada.submit(modal)
    assert scene.bot.heard == []
    assert modal.is_open


async def test_a_late_ack_changes_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slack_client.playground.doors.ACK_SECONDS", 0.05)
    modal = await scene.form(SMALL_FORM)
    scene.bot.seconds = 0.1
    reply = await scene.ada.submit(modal)
    assert reply.late
    assert modal.is_open
    scene.bot.answer = {"text": "Too late."}
    assert (await scene.ada.command("AAPL")).late
    assert scene.slack.messages == []


def test_three_seconds_are_slacks_patience() -> None:
    assert not Reply(200, {}, 2.9).late
    assert Reply(200, {}, 3.1).late
    assert not Reply(500, {}, 0.1).is_taken


async def test_closing_is_told_where_a_view_wants_it(scene: Scene) -> None:
    told = PLAIN_VIEW | {"notify_on_close": True, "callback_id": "told"}
    await scene.ada.close(await scene.form(PLAIN_VIEW))
    assert scene.bot.heard == []
    await scene.ada.close(await scene.form(told))
    await scene.ada.close(await scene.form(told), whole_stack=True)
    assert [(heard["type"], heard["is_cleared"]) for heard in scene.bot.heard] == [
        ("view_closed", False),
        ("view_closed", True),
    ]
    assert not any(view.is_open for view in scene.slack.views.values())
