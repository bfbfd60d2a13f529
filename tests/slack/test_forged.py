"""What was forged, is broken or of another version: an answer in words, and nothing is done."""

import copy
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from slack_client.fallbacks import UNKNOWN, UNKNOWN_FORM
from slack_client.playground.doors import HttpDoor, Reply
from slack_client.playground.person import Person
from slack_client.playground.slack import Json, Posted
from tests.slack.conftest import Stage, loaded_form, text_of
from tests.slack.served import eventually
from tests.slack.test_canceling import confirmed
from tests.slack.test_trouble import assert_nothing_happened, filled_form, problem_of
from tests.slack.working import place, shown, status

HUGE = "x" * 100_000
GONE = object()
Path = Sequence[str | int]


def forged(payload: Json, path: Path, value: object) -> Json:
    """A copy of a payload with another value in one place, or without the place."""
    copied: Json = copy.deepcopy(payload)
    inside: Any = copied
    for step in path[:-1]:
        inside = inside[step]
    if value is GONE:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return copied


def ticket(changes: Callable[[Json], object]) -> Callable[[str], object]:
    """What stands in private_metadata, changed."""
    return lambda metadata: json.dumps(changes(json.loads(metadata)))


METADATA: Sequence[Callable[[str], object]] = [
    lambda _: GONE,
    lambda _: None,
    lambda _: 5,
    lambda _: [],
    lambda _: "",
    lambda _: "{",
    lambda _: HUGE,
    ticket(lambda _: None),
    ticket(lambda _: []),
    ticket(lambda _: {}),
    ticket(lambda kept: kept | {"client_order_id": "1"}),
    ticket(lambda kept: kept | {"client_order_id": HUGE}),
    ticket(lambda kept: kept | {"channel_id": "../.."}),
    ticket(lambda kept: kept | {"channel_id": 7}),
    ticket(lambda kept: kept | {"response_url": "file:///etc/passwd"}),
    ticket(lambda kept: kept | {"trader": "slack:T1/U0GRACE"}),
    ticket(lambda kept: kept | {"seen": {"price": "NaN"}}),
    ticket(lambda kept: kept | {"kept": {"side": 1}}),
]


async def test_metadata_that_is_not_the_bots_trades_nothing(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    payload = ada.submission(await filled_form(ada))
    for change in METADATA:
        value = change(payload["view"]["private_metadata"])
        reply = await ada.door.deliver("interactive", forged(payload, ["view", "private_metadata"], value))
        assert reply.status == 200
        assert problem_of(reply.errors["symbol"]) in caplog.text
    assert_nothing_happened(stage)


@pytest.mark.parametrize("block_id", ["symbol", "quantity"])
async def test_a_field_of_another_kind_trades_nothing(stage: Stage, ada: Person, block_id: str) -> None:
    payload = ada.submission(await filled_form(ada))
    path = ["view", "state", "values", block_id]
    for value in (GONE, None, [], "x", {}, {"selected_option": None}, 7, True):
        for each in (forged(payload, path, value), forged(payload, [*path, block_id], value)):
            reply = await ada.door.deliver("interactive", each)
            assert reply.status == 200
            assert reply.errors
    assert_nothing_happened(stage)


@pytest.mark.parametrize("block_id", ["symbol", "side", "type", "unit", "timeInForce", "portfolioId"])
async def test_a_choice_that_was_not_offered_trades_nothing(stage: Stage, ada: Person, block_id: str) -> None:
    payload = ada.submission(await filled_form(ada))
    path = ["view", "state", "values", block_id, block_id, "selected_option", "value"]
    for value in (HUGE, "\x00", "\ud800", "AAPL; DROP TABLE orders", "١٢", 7, ["AAPL"]):
        reply = await ada.door.deliver("interactive", forged(payload, path, value))
        assert reply.status == 200
        assert reply.errors
    assert_nothing_happened(stage)


async def test_text_that_slack_would_not_send_is_refused_under_its_field(stage: Stage, ada: Person) -> None:
    payload = ada.submission(await filled_form(ada))
    for block_id, text in (("quantity", HUGE), ("quantity", "1" * 5000), ("note", HUGE), ("note", "\x00")):
        path = ["view", "state", "values", block_id, block_id, "value"]
        reply = await ada.door.deliver("interactive", forged(payload, path, text))
        assert list(reply.errors) == [block_id]
    assert_nothing_happened(stage)


async def test_a_channel_that_the_bot_is_not_in_is_not_written_to(stage: Stage, ada: Person) -> None:
    payload = ada.submission(await filled_form(ada))
    kept = json.loads(payload["view"]["private_metadata"]) | {"channel_id": "C0SECRET"}
    await ada.door.deliver("interactive", forged(payload, ["view", "private_metadata"], json.dumps(kept)))
    posted = await shown(stage)
    assert posted.channel == ada.channel_id
    assert len(stage.trades()) == 1


async def test_the_submitter_trades_and_nobody_whom_a_form_names(stage: Stage, ada: Person) -> None:
    mine = stage.create_portfolio("Mine", ada="MANAGER")
    payload = ada.submission(await filled_form(ada))
    grace = forged(payload, ["user", "id"], "U0GRACE")
    reply = await ada.door.deliver("interactive", grace)
    assert list(reply.errors) == ["portfolioId"]
    assert mine not in str(reply.errors)
    assert_nothing_happened(stage)


@pytest.mark.parametrize("action_id", ["cancel_order", "show_portfolio", "trade_again"])
async def test_a_button_with_a_forged_value_does_nothing_and_is_answered(
    stage: Stage, ada: Person, action_id: str
) -> None:
    posted, order_id = await confirmed(stage, ada)
    for value in (GONE, None, 7, {}, "", HUGE, "\x00", "0" * 32, "../admin", "orders * 0"):
        before = answers(stage)
        assert await press_forged(ada, posted, action_id, ["actions", 0, "value"], value) == 200
        await stage.slack.until(lambda: answers(stage) > before)  # noqa: B023  waited for at once
    assert status(stage, order_id) == "NEW"
    assert stage.trades() == []
    assert {each.seen_by for each in stage.slack.messages[1:]} <= {ada.user_id}


def answers(stage: Stage) -> int:
    """How many messages and forms there are."""
    return len(stage.slack.messages) + len(stage.slack.views)


async def press_forged(person: Person, posted: Posted, action_id: str, path: Path, value: object) -> int:
    """Press a button of a message whose payload is forged in one place; the status of the ack."""
    door = person.door
    person.door = Forger(door, path, value)
    reply = await person.press(posted, action_id)
    person.door = door
    assert reply is not None
    return reply.status


class Forger:
    """A way to the bot on which every payload is changed in one place."""

    def __init__(self, door: Any, path: Path, value: object) -> None:
        self._door, self._path, self._value = door, path, value

    async def deliver(self, kind: str, payload: Json, retry: object = None) -> Reply:
        reply: Reply = await self._door.deliver(kind, forged(payload, self._path, self._value), retry)
        return reply


async def test_a_page_with_a_forged_name_is_answered(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="TRADER")
    for _ in range(21):
        place(stage, growth)
    await ada.command("", "/orders")
    listed = await shown(stage)
    path: Path = ["actions", 0, "value"]
    for number, value in enumerate((GONE, None, 7, "", HUGE, "orders", "orders * " + "9" * 5000), start=2):
        assert await press_forged(ada, listed, "next_page", path, value) == 200
        assert (await shown(stage, number)).seen_by == ada.user_id
    assert listed.earlier == []
    await press_forged(ada, listed, "next_page", path, "orders somebody-elses 0")
    await stage.slack.until(lambda: "not yours to see" in text_of(listed.body))


async def test_a_change_in_a_broken_form_is_in_the_log_and_nothing_else(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    modal = await loaded_form(ada)
    calls = len(stage.slack.calls)
    ada.door = Forger(ada.door, ["view", "private_metadata"], "{}")
    [reply] = await ada.type(modal, quantity="5")
    assert reply.status == 200
    await eventually(lambda: "problem" in caplog.text)
    assert len(stage.slack.calls) == calls
    assert_nothing_happened(stage)


async def test_a_search_for_too_much_offers_nothing(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    assert await ada.suggest(modal, "symbol", HUGE) == []


@pytest.mark.parametrize("command", ["/trade", "/quote", "/orders"])
async def test_whatever_is_typed_is_answered_within_slacks_limits(
    stage: Stage, ada: Person, command: str
) -> None:
    everything = (HUGE, "buy " + HUGE, "buy 1 " + HUGE, "\x00", "<!channel> " * 50)
    for number, words in enumerate(everything, start=1):
        assert (await ada.command(words, command)).status == 200
        posted = await shown(stage, number)
        assert posted.seen_by == ada.user_id
        assert "<!" not in posted.body["text"]


@pytest.mark.parametrize("kind", ["block_actions", "shortcut"])
async def test_what_the_bot_does_not_know_is_answered_in_words(stage: Stage, ada: Person, kind: str) -> None:
    if kind == "shortcut":
        reply = await ada.shortcut("old_shortcut")
    else:
        posted, _ = await confirmed(stage, ada)
        path: Path = ["actions", 0, "action_id"]
        assert await press_forged(ada, posted, "trade_again", path, "old_button") == 200
        stage.slack.messages.remove(posted)
        reply = None
    posted = await shown(stage)
    assert reply is None or reply.status == 200
    assert posted.seen_by == ada.user_id
    assert UNKNOWN in text_of(posted.body)
    assert stage.trades() == []


async def test_a_form_that_the_bot_does_not_know_keeps_what_was_typed(stage: Stage, ada: Person) -> None:
    payload = forged(ada.submission(await filled_form(ada)), ["view", "callback_id"], "old_form")
    reply = await ada.door.deliver("interactive", payload)
    assert reply.errors == {"symbol": UNKNOWN_FORM}
    without_inputs = forged(payload, ["view", "blocks"], [])
    reply = await ada.door.deliver("interactive", without_inputs)
    assert reply.body["response_action"] == "update"
    assert UNKNOWN_FORM in text_of(reply.body["view"])
    closed = await ada.door.deliver("interactive", payload | {"type": "view_closed"})
    assert (closed.status, closed.body) == (200, {})
    assert_nothing_happened(stage)


async def test_a_menu_that_the_bot_does_not_know_is_empty(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    ada.door = Forger(ada.door, ["action_id"], "old_menu")
    assert await ada.suggest(modal, "symbol", "A") == []


async def test_a_command_that_the_bot_does_not_know_is_explained(stage: Stage, ada: Person) -> None:
    await ada.command("", "/unknown")
    assert "/trade AAPL" in text_of((await shown(stage)).body)


async def test_a_signed_body_that_is_no_request_is_no_fault_of_the_bots(stage: Stage) -> None:
    async with stage.bot() as door:
        assert isinstance(door, HttpDoor)
        for content_type in ("application/json", "application/x-www-form-urlencoded"):
            for body in ("payload=", "payload=%7B", "payload=5", "payload=[]", "{", "5", "[]", "", "%00=%00"):
                headers = door.sign(body, int(time.time())) | {"Content-Type": content_type}
                reply = await door.post(body, headers)
                assert reply.status in {400, 404}
                assert "Traceback" not in str(reply.body)
    assert {call.method for call in stage.slack.calls} <= {"auth.test"}
    assert stage.slack.messages == []


async def test_a_submission_of_another_shape_trades_nothing(stage: Stage) -> None:
    shapes: Sequence[tuple[Path, object]] = [
        (["user"], GONE),
        (["user"], None),
        (["user"], "U0ADA"),
        (["team"], "T1"),
        (["view"], GONE),
        (["view"], None),
        (["view", "state"], GONE),
        (["view", "state", "values"], []),
        (["type"], 7),
    ]
    async with stage.bot() as door:
        ada = stage.person(door)
        payload = ada.submission(await filled_form(ada))
        for path, value in shapes:
            reply = await door.deliver("interactive", forged(payload, path, value))
            assert reply.status < 500
            assert "Traceback" not in str(reply.body)
    assert_nothing_happened(stage)
