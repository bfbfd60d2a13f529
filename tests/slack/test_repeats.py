"""The same thing told, pressed or submitted more than once, by Slack or by hand, over wires that break."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from slack_client.playground.doors import Retry
from slack_client.playground.events import deliver_callback, event_callback
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault, Json
from tests.slack.conftest import Stage, loaded_form, text_of
from tests.slack.proxy import Proxy
from tests.slack.served import eventually
from tests.slack.test_canceling import confirmed
from tests.slack.test_home import opened, published
from tests.slack.test_trouble import assert_traded_and_told_once, filled_form
from tests.slack.working import place, shown, status


def home_opened(stage: Stage, person: Person) -> Json:
    """That somebody has opened their Home, as Slack tells it."""
    event = {"type": "app_home_opened", "user": person.user_id, "channel": "D0ADA", "tab": "home"}
    return event_callback(stage.slack, event)


async def test_an_event_that_is_told_three_times_is_done_once(stage: Stage, ada: Person) -> None:
    callback = home_opened(stage, ada)
    await deliver_callback(ada.door, callback)
    await stage.slack.until(lambda: published(stage) == 1)
    for retry in (Retry(1), Retry(2), Retry(3, "http_error")):
        reply = await deliver_callback(ada.door, callback, retry)
        assert (reply.status, reply.body) == (200, {})
    await opened(stage, ada)
    assert published(stage) == 2


async def test_an_event_whose_first_telling_was_lost_is_done(stage: Stage, ada: Person) -> None:
    await deliver_callback(ada.door, home_opened(stage, ada), Retry(1))
    await stage.slack.until(lambda: published(stage) == 1)


async def test_an_event_is_remembered_for_ten_minutes(
    stage: Stage, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = home_opened(stage, ada)
    await deliver_callback(ada.door, callback)
    await stage.slack.until(lambda: published(stage) == 1)
    monkeypatch.setattr("slack_client.repeats.REMEMBER_SECONDS", 0)
    await deliver_callback(ada.door, callback)
    await stage.slack.until(lambda: published(stage) == 2)


@pytest.mark.parametrize("action_id", ["show_portfolio", "trade_again", "cancel_order"])
async def test_a_double_click_answers_and_does_nothing_twice(
    stage: Stage, ada: Person, action_id: str
) -> None:
    posted, order_id = await confirmed(stage, ada)
    before = answers(stage)
    replies = await asyncio.gather(*(ada.press(posted, action_id) for _ in range(2)))
    await stage.slack.until(lambda: answers(stage) == before + 2)
    assert [reply.status for reply in replies if reply] == [200, 200]
    assert {each.seen_by for each in stage.slack.messages[1:]} <= {ada.user_id}
    assert status(stage, order_id) == ("CANCELED" if action_id == "cancel_order" else "NEW")
    assert stage.trades() == []


def answers(stage: Stage) -> int:
    """How many messages and forms there are."""
    return len(stage.slack.messages) + len(stage.slack.views)


@pytest.mark.parametrize("action_id", ["refresh_home", "trade_again"])
async def test_a_double_click_in_home_leaves_home_as_it_was(
    stage: Stage, ada: Person, action_id: str
) -> None:
    home = await opened(stage, ada)
    replies = await asyncio.gather(*(ada.press(home, action_id) for _ in range(2)))
    assert [reply.status for reply in replies if reply] == [200, 200]
    await loaded_form(ada)
    assert stage.slack.messages == []
    assert stage.trades() == []
    assert home.view["type"] == "home"


async def test_a_double_click_on_the_next_page_turns_one_page(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="TRADER")
    for number in range(1, 42):
        place(stage, growth, quantity=str(number))
    await ada.command("", "/orders")
    listed = await shown(stage)
    await asyncio.gather(*(ada.press(listed, "next_page") for _ in range(2)))
    await stage.slack.until(lambda: len(listed.earlier) == 2)
    assert "Showing 21 to 40 of 41" in text_of(listed.body)
    assert len(stage.slack.messages) == 1


async def say_goodbye(stage: Stage) -> None:
    await stage.sockets.disconnect()


async def cut(stage: Stage) -> None:
    stage.sockets.cut()


@pytest.mark.parametrize("break_off", [say_goodbye, cut])
async def test_a_submission_whose_websocket_breaks_off_trades_and_tells_once(
    stage: Stage,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    break_off: Callable[[Stage], Awaitable[None]],
) -> None:
    monkeypatch.setattr("slack_client.websocket.PING_SECONDS", 0.2)
    async with stage.bot("socket") as door:
        ada = stage.person(door)
        modal = await filled_form(ada)
        payload = ada.submission(modal)
        before = list(stage.sockets.open)
        proxy.delays = {"PlaceOrder": 0.5}
        submitting = asyncio.create_task(door.deliver("interactive", payload))
        await eventually(lambda: "PlaceOrder" in proxy.operations)
        await break_off(stage)
        await assert_traded_and_told_once(stage)
        submitting.cancel()
        await asyncio.gather(submitting, return_exceptions=True)

        await eventually(lambda: stage.sockets.open and stage.sockets.open[-1] not in before)
        reply = await door.deliver("interactive", payload)
        assert (reply.status, reply.body) == (200, {})
        await loaded_form(ada)
    await assert_traded_and_told_once(stage)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(error="internal_error"),
        Fault(retry_after_seconds=0),
        *(Fault(page_type=kind) for kind in ("text/html", "text/plain", "application/json")),
    ],
)
async def test_a_bot_that_slack_does_not_connect_at_first_connects_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    monkeypatch.setattr("slack_client.websocket.PING_SECONDS", 0.2)
    stage.slack.fail_next("apps.connections.open", fault, fault)
    async with stage.bot("socket") as door:
        await loaded_form(stage.person(door))


async def test_an_address_that_opens_nothing_is_not_tried_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slack_client.websocket.PING_SECONDS", 0.1)
    monkeypatch.setattr("slack_client.websocket.CONNECT_SECONDS", 0.5)
    async with stage.bot("socket") as door:
        before = list(stage.sockets.open)
        stage.sockets.turns_away = 2
        await stage.sockets.disconnect()
        await eventually(lambda: stage.sockets.open and stage.sockets.open[-1] not in before)
        await loaded_form(stage.person(door))
