"""The stand-in's Web API answers and refuses as Slack's does."""

from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from slack_client.blocks import Json, plain
from slack_client.playground.accounts import CLIENT_ID, CLIENT_SECRET
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault, Slack
from tests.slack.conftest import CHANNEL
from tests.slack.scene import FORM, PLAIN_VIEW, Scene, actions, button, set_scene
from tests.slack.test_playground import refused

HOME: Json = {"type": "home", "blocks": [{"type": "divider"}]}
TABLE: Json = {
    "type": "data_table",
    "caption": "Positions",
    "rows": [[{"type": "raw_text", "text": "Symbol"}], [{"type": "raw_text", "text": "AAPL"}]],
}


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with set_scene("http") as scene:
        yield scene


async def test_a_message_is_edited_in_its_place(scene: Scene) -> None:
    posted = await scene.client.chat_postMessage(
        channel=CHANNEL, text="Working", blocks=[{"type": "divider"}]
    )
    for text in ("Half filled", "Filled"):
        answer = await scene.client.chat_update(channel=CHANNEL, ts=posted["ts"], text=text)
        assert (answer["ts"], answer["text"]) == (posted["ts"], text)
    [message] = scene.slack.messages
    assert message.body["text"] == "Filled"
    assert [body["text"] for body in message.earlier] == ["Working", "Half filled"]
    assert message.body["blocks"] == [{"type": "divider"}]


async def test_timestamps_are_unique_and_grow(scene: Scene) -> None:
    stamps = [(await scene.client.chat_postMessage(channel=CHANNEL, text="x"))["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))
    assert all(len(stamp.rpartition(".")[2]) == 6 for stamp in stamps)


async def test_a_direct_message_comes_back_with_its_channel(scene: Scene) -> None:
    posted = await scene.client.chat_postMessage(channel="U0ADA", text="x")
    assert posted["channel"].startswith("D")
    await scene.client.chat_update(channel=posted["channel"], ts=posted["ts"], text="y")
    opened = await scene.client.conversations_open(users="U0ADA")
    assert opened["channel"]["id"] == posted["channel"]
    await scene.client.chat_postMessage(channel=posted["channel"], text="z")
    assert [body["text"] for body in scene.ada.messages()] == ["y", "z"]
    assert {message.seen_by for message in scene.slack.messages} == {"U0ADA"}
    by_user = scene.client.chat_update(channel="U0ADA", ts=posted["ts"], text="w")
    assert await refused(by_user) == "channel_not_found"


async def test_what_cannot_be_edited_stays(scene: Scene) -> None:
    client = scene.client
    ephemeral = await client.chat_postEphemeral(channel=CHANNEL, user="U0ADA", text="x")
    await scene.ada.say("hello")
    dm, said = scene.slack.messages[1].channel, scene.slack.messages[1].ts
    for channel, ts, error in [
        (CHANNEL, "1.000001", "message_not_found"),
        (CHANNEL, ephemeral["message_ts"], "message_not_found"),
        (dm, said, "cant_update_message"),
        ("C0OUT", said, "not_in_channel"),
    ]:
        assert await refused(client.chat_update(channel=channel, ts=ts, text="y")) == error
    posted = await client.chat_postMessage(channel=CHANNEL, text="x")
    scene.slack.archived_channels.add(CHANNEL)
    assert await refused(client.chat_update(channel=CHANNEL, ts=posted["ts"], text="y")) == "is_archived"
    assert not any(message.earlier for message in scene.slack.messages)


async def test_nobody_is_told_where_nobody_can_be(scene: Scene) -> None:
    client = scene.client
    scene.slack.archived_channels.add("C0OLD")
    assert await refused(client.chat_postMessage(channel="C0OLD", text="x")) == "is_archived"
    assert await refused(client.chat_postMessage(channel="U0NOBODY", text="x")) == "channel_not_found"
    elsewhere = client.chat_postEphemeral(channel=CHANNEL, user="U0NOBODY", text="x")
    assert await refused(elsewhere) == "user_not_in_channel"
    scene.slack.deleted_users.add("U0ADA")
    assert await refused(client.chat_postMessage(channel="U0ADA", text="x")) == "user_not_found"
    assert await refused(client.conversations_open(users="U0ADA")) == "user_disabled"
    assert await refused(client.views_publish(user_id="U0ADA", view=HOME)) == "user_not_found"
    assert (await client.users_info(user="U0ADA"))["user"]["deleted"] is True
    assert await refused(client.users_info(user="U0NOBODY")) == "user_not_found"
    assert scene.slack.messages == []
    assert scene.slack.homes == {}


async def test_a_pressed_message_is_replaced_or_deleted_by_its_response_url(scene: Scene) -> None:
    posted = await scene.post(actions(button("again")))
    await scene.ada.press(posted, "again")
    url = scene.bot.last["response_url"]

    assert await respond(url, {"text": "Done.", "replace_original": True, "blocks": []}) == 200
    assert (posted.body["text"], posted.blocks) == ("Done.", [])
    assert [body["text"] for body in posted.earlier] == ["x"]
    assert await respond(url, {"text": "Only you see this."}) == 200
    assert await respond(url, {"text": "All see this.", "response_type": "in_channel"}) == 200
    assert [each.seen_by for each in scene.slack.messages] == [None, "U0ADA", None]
    assert await respond(url, {"delete_original": True}) == 200
    assert posted.is_deleted
    assert [body["text"] for body in scene.ada.messages()] == ["Only you see this.", "All see this."]
    assert await respond(url, {"text": "The fifth."}) == 200
    assert await respond(url, {"text": "The sixth."}) == 404
    assert "The sixth." not in [each.body["text"] for each in scene.slack.messages]


async def respond(url: str, body: Json) -> int:
    return (await AsyncWebhookClient(url).send_dict(body)).status_code


async def test_a_stack_is_three_modals_high(scene: Scene) -> None:
    modal = await scene.form()
    for _ in range(2):
        await push(scene, modal.id)
    assert await refused(push(scene, modal.id)) == "push_limit_reached"
    assert len(scene.slack.views) == 3


async def test_nothing_is_pushed_onto_what_is_closed_or_no_modal(scene: Scene) -> None:
    modal = await scene.form()
    await scene.ada.close(modal)
    assert await refused(push(scene, modal.id)) == "not_found"
    assert await refused(push(scene, None)) == "not_found"
    assert await refused(scene.client.views_update(view_id=modal.id, view=PLAIN_VIEW)) == "not_found"
    assert len(scene.slack.views) == 1


async def push(scene: Scene, onto: str | None) -> object:
    trigger_id = scene.slack.new_trigger("U0ADA", onto)
    return await scene.client.views_push(trigger_id=trigger_id, view=PLAIN_VIEW)


async def test_a_view_is_found_by_its_external_id(scene: Scene) -> None:
    named = PLAIN_VIEW | {"external_id": "trade-1"}
    modal = await scene.form(named)
    await scene.client.views_update(external_id="trade-1", view=FORM | {"external_id": "trade-1"})
    assert modal.view["title"]["text"] == "Form"
    again = scene.client.views_open(trigger_id=scene.slack.new_trigger("U0ADA"), view=named)
    assert await refused(again) == "duplicate_external_id"
    assert await refused(scene.client.views_update(external_id="trade-2", view=FORM)) == "not_found"


async def test_what_was_typed_survives_where_the_ids_stay(scene: Scene) -> None:
    modal = await scene.form()
    scene.ada.fill(modal, note="typed", quantity="7")
    renamed = FORM["blocks"][1] | {"block_id": "remark"}
    await scene.client.views_update(view_id=modal.id, view=FORM | {"blocks": [FORM["blocks"][0], renamed]})
    assert {key.block_id: value["value"] for key, value in modal.inputs.items()} == {
        "quantity": "7",
        "remark": None,
    }


async def test_a_home_is_of_one_user_and_a_stale_hash_conflicts(scene: Scene) -> None:
    Person(scene.slack, scene.ada.door, scene.url, user_id="U0GRACE", user_name="grace")
    client = scene.client
    first = (await client.views_publish(user_id="U0ADA", view=HOME))["view"]
    await client.views_publish(user_id="U0ADA", view=HOME, hash=first["hash"])
    stale = client.views_publish(user_id="U0ADA", view=HOME, hash=first["hash"])
    assert await refused(stale) == "hash_conflict"
    await client.views_update(view_id=first["id"], view=HOME)
    assert list(scene.slack.homes) == ["U0ADA"]
    other = (await client.views_publish(user_id="U0GRACE", view=HOME))["view"]
    assert other["id"] != first["id"]


async def test_an_older_slack_refuses_tables_without_a_complaint(scene: Scene) -> None:
    scene.slack.refuses_new_blocks = {"data_table", "data_visualization"}
    message = scene.client.chat_postMessage(channel=CHANNEL, text="x", blocks=[TABLE])
    assert await refused(message) == "invalid_blocks"
    home = HOME | {"blocks": [TABLE]}
    assert await refused(scene.client.views_publish(user_id="U0ADA", view=home)) == "invalid_arguments"
    assert (scene.slack.messages, scene.slack.homes, scene.slack.complaints) == ([], {}, [])
    scene.slack.refuses_new_blocks.clear()
    await scene.client.chat_postMessage(channel=CHANNEL, text="x", blocks=[TABLE])
    await scene.client.views_publish(user_id="U0ADA", view=home)


async def test_what_is_too_large_or_empty_has_its_own_error(scene: Scene) -> None:
    text = {"type": "section", "text": plain("x" * 3000, 3000)}
    large = scene.client.views_publish(user_id="U0ADA", view=HOME | {"blocks": [text] * 99})
    assert await refused(large) == "view_too_large"
    empty = scene.client.api_call("chat.postMessage", json={"channel": CHANNEL, "text": ""})
    assert await refused(empty) == "no_text"
    assert (scene.slack.messages, scene.slack.homes) == ([], {})
    assert scene.slack.complaints == ["view: more than 250000 bytes", "text: empty"]
    scene.slack.complaints.clear()


async def test_every_method_can_fail_in_every_way(scene: Scene) -> None:
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "auth.test": scene.client.auth_test,
        "users.info": lambda: scene.client.users_info(user="U0ADA"),
        "chat.postMessage": lambda: scene.client.chat_postMessage(channel=CHANNEL, text="x"),
        "views.publish": lambda: scene.client.views_publish(user_id="U0ADA", view=HOME),
    }
    for method, call in calls.items():
        scene.slack.fail_next(method, Fault(retry_after_seconds=7), Fault(error="fatal_error"))
        with pytest.raises(SlackApiError) as refusal:
            await call()
        assert refusal.value.response.status_code == 429
        assert refusal.value.response.headers["Retry-After"] == "7"
        assert await refused(call()) == "fatal_error"
    assert (scene.slack.messages, scene.slack.homes) == ([], {})
    for call in calls.values():
        await call()


async def test_blocks_are_validated_with_pointers_and_no_complaint(scene: Scene) -> None:
    long = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}
    untitled = {"type": "modal", "blocks": [long], "submit": {"type": "plain_text", "text": "x" * 25}}
    cases: list[tuple[Json, str, list[str]]] = [
        ({"blocks": [long]}, "invalid_blocks", ["/0/text/text"]),
        ({"message": {"blocks": [long]}}, "invalid_message", ["/blocks/0/text/text"]),
        ({"view": untitled}, "invalid_view", ["", "/submit/text", "/blocks/0/text/text"]),
    ]
    for given, error, pointers in cases:
        with pytest.raises(SlackApiError) as refusal:
            await scene.client.api_call("blocks.validate", json=given)
        answer = refusal.value.response
        assert answer["error"] == error
        assert [each["pointer"] for each in answer["errors"]] == pointers
        assert all(each["code"] and each["message"] for each in answer["errors"])
    assert (await scene.client.api_call("blocks.validate", json={"view": FORM}))["ok"]
    assert (await scene.client.api_call("blocks.validate", params={"blocks": "[]"}))["ok"]
    assert await refused(scene.client.api_call("blocks.validate")) == "invalid_arguments"


async def test_each_team_has_its_own_token_people_and_messages(scene: Scene) -> None:
    other = Slack(bot_token="xoxb-other", team_id="T0OTHER", bot_channels={"C0OTHERS"})
    scene.playground.teams.append(other)
    client = AsyncWebClient(token=other.bot_token, base_url=scene.client.base_url)
    assert (await client.auth_test())["team_id"] == "T0OTHER"
    await client.chat_postMessage(channel="C0OTHERS", text="x")
    assert await refused(client.chat_postMessage(channel=CHANNEL, text="x")) == "not_in_channel"
    assert await refused(client.users_info(user="U0ADA")) == "user_not_found"
    assert (len(other.messages), len(scene.slack.messages)) == (1, 0)
    assert [call.method for call in scene.slack.calls] == []


async def test_a_revoked_token_is_refused_and_the_next_installation_has_another(scene: Scene) -> None:
    before = scene.slack.bot_token
    scene.slack.revoke_token("token_revoked")
    assert await refused(scene.client.auth_test()) == "token_revoked"
    code = scene.slack.new_oauth_code("U0ADA", scopes=["commands", "chat:write"])
    header = {"Authorization": aiohttp.encode_basic_auth(CLIENT_ID, CLIENT_SECRET)}
    address = f"{scene.url}/api/oauth.v2.access"
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, data={"code": code}, headers=header) as response,
    ):
        answer = await response.json()
    assert answer["access_token"] not in {before, None}
    assert answer["scope"] == "commands,chat:write"
    assert answer["team"]["id"] == scene.slack.team_id
    assert answer["authed_user"] == {"id": "U0ADA"}
    assert answer["bot_user_id"] == scene.slack.bot_user_id
    assert (await AsyncWebClient(token=answer["access_token"], base_url=scene.client.base_url).auth_test())[
        "ok"
    ]


async def test_a_code_is_good_once_for_the_app_that_asked(scene: Scene) -> None:
    client = AsyncWebClient(base_url=scene.client.base_url)
    redirect_uri = "https://bot.example/slack/oauth"
    code = scene.slack.new_oauth_code("U0ADA", redirect_uri=redirect_uri)
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "code": code, "redirect_uri": redirect_uri}
    for changes, error in [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_secret": "guess"}, "bad_client_secret"),
        ({"code": "guess"}, "invalid_code"),
        ({"redirect_uri": "https://evil.example"}, "bad_redirect_uri"),
    ]:
        assert await refused(client.api_call("oauth.v2.access", data=app | changes)) == error
    await client.api_call("oauth.v2.access", data=app)
    assert await refused(client.api_call("oauth.v2.access", data=app)) == "invalid_code"


async def test_a_call_without_a_token_is_not_authed(scene: Scene) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{scene.url}/api/auth.test") as response:
        assert await response.json() == {"ok": False, "error": "not_authed"}
