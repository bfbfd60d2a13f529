"""Who may call the bot: Slack, and only with a fresh signature."""

import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest

from slack_client.playground.doors import HttpDoor, Reply
from tests.slack.conftest import Stage, loaded_form, text_of
from tests.slack.served import eventually

FORM = {
    "team_id": "T0PLAYGRND",
    "user_id": "U0ADA",
    "user_name": "ada",
    "channel_id": "C0TRADES",
    "command": "/trade",
    "text": "help",
    "trigger_id": "1.2",
    "response_url": "http://127.0.0.1:9/response/x",
}
BODY = urlencode(FORM)
Headers = dict[str, str | None]


@pytest.fixture
async def door(stage: Stage) -> AsyncIterator[HttpDoor]:
    async with stage.bot() as door:
        assert isinstance(door, HttpDoor)
        yield door


def signed(door: HttpDoor, age_seconds: int = 0, changes: Headers | None = None) -> dict[str, str]:
    """Slack's headers for the body, changed, or left out where a change is None."""
    headers = door.sign(BODY, int(time.time()) - age_seconds) | (changes or {})
    return {name: value for name, value in headers.items() if value is not None}


async def test_a_signed_request_is_answered(door: HttpDoor) -> None:
    reply = await door.post(BODY, signed(door))
    assert reply.status == 200
    assert "/trade AAPL" in text_of(reply.body["blocks"])


@pytest.mark.parametrize(
    "changes",
    [
        {"X-Slack-Signature": "v0=" + 64 * "0"},
        {"X-Slack-Signature": None},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Request-Timestamp": None},
        {"X-Slack-Request-Timestamp": "yesterday"},
        {"X-Slack-Request-Timestamp": "0"},
        {"X-Slack-Signature": None, "X-Slack-Request-Timestamp": None},
    ],
)
async def test_an_unsigned_request_is_refused(door: HttpDoor, stage: Stage, changes: Headers) -> None:
    assert_refused(stage, await door.post(BODY, signed(door, changes=changes)))


async def test_a_request_six_minutes_old_is_refused(door: HttpDoor, stage: Stage) -> None:
    assert_refused(stage, await door.post(BODY, signed(door, age_seconds=360)))
    assert_refused(stage, await door.post(BODY, signed(door, age_seconds=-360)))


async def test_a_signature_holds_for_its_body_alone(door: HttpDoor, stage: Stage) -> None:
    assert_refused(stage, await door.post(BODY.replace("U0ADA", "U0EVE"), signed(door)))


async def test_a_body_that_is_no_text_is_refused(door: HttpDoor, stage: Stage) -> None:
    async with stage.session.post(door.url, data=b"\xff\xfe", headers=signed(door)) as response:
        assert response.status == 401


async def test_without_a_signing_secret_nobody_may_call(stage: Stage) -> None:
    token = stage.slack.app_token
    async with stage.bot(slack_signing_secret=None, slack_app_token=token) as door:
        assert isinstance(door, HttpDoor)
        forged = HttpDoor(stage.session, door.url, "a guess")
        reply = await forged.post(BODY, signed(forged))
    assert reply.status == 401
    assert stage.slack.messages == []


def assert_refused(stage: Stage, reply: Reply) -> None:
    assert reply.status == 401
    assert {call.method for call in stage.slack.calls} <= {"auth.test"}
    assert stage.slack.messages == []


async def test_the_bot_is_healthy_without_slack_and_oms(stage: Stage) -> None:
    async with stage.bot(oms_url="http://127.0.0.1:9", slack_api_url="http://127.0.0.1:9/api/") as door:
        assert isinstance(door, HttpDoor)
        async with stage.session.get(door.url.replace("/slack/events", "/healthz")) as response:
            assert response.status == 200


async def test_the_bot_comes_back_when_slack_ends_the_websocket(stage: Stage) -> None:
    async with stage.bot("socket") as door:
        before = list(stage.sockets.open)
        await stage.sockets.disconnect()
        await eventually(lambda: stage.sockets.open and stage.sockets.open[-1] not in before)
        await loaded_form(stage.person(door))


async def test_a_press_of_nothing_is_not_acked_as_done(door: HttpDoor) -> None:
    reply = await door.deliver(
        "interactive", {"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}}
    )
    assert reply.status == 404
