"""Slack in trouble while a trade is confirmed: it is made once, and told once where that is possible."""

import json
import re
import time
from collections.abc import AsyncIterator

import pytest

from slack_client.playground.person import Person
from slack_client.playground.slack import Fault
from slack_client.store.claims import CLAIM_SECONDS
from tests.slack.conftest import Stage, text_of
from tests.slack.proxy import Proxy
from tests.slack.served import eventually
from tests.slack.test_trade import COMMAND_SECONDS
from tests.slack.test_trouble import (
    assert_nothing_happened,
    assert_traded_and_told_once,
    change_database,
    client_order_id,
    filled_form,
    posts,
    problem_of,
)


@pytest.fixture
async def ada(stage: Stage, proxy: Proxy) -> AsyncIterator[Person]:
    """A trader whose bot reaches the OMS over a wire that can be cut."""
    async with stage.bot() as door:
        yield stage.person(door)


async def test_a_message_that_slack_may_have_posted_is_not_sent_again(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("chat.postMessage", Fault(error="internal_error"))
    modal = await filled_form(ada)
    await ada.submit(modal)
    await stage.slack.until(lambda: posts(stage) == 1)
    await ada.submit(modal)
    await next_trade_is_told(stage, ada)
    assert posts(stage) == 2


async def test_a_message_that_slack_refused_everywhere_is_made_up_by_the_next_submission(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    stage.slack.fail_next("chat.postMessage", Fault(error="is_archived"), Fault(error="is_archived"))
    stage.slack.fail_next("response_url", Fault(error="expired_url"))
    modal = await filled_form(ada)
    await ada.submit(modal)
    await eventually(lambda: "refused a message everywhere" in caplog.text)
    await ada.submit(modal)
    await assert_traded_and_told_once(stage)


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([Fault(error="internal_error")], "Slack did not say whether it posted"),
        ([Fault(error="is_archived"), Fault(error="is_archived")], "Slack would not post"),
    ],
)
async def test_a_confirmation_that_is_not_there_is_not_claimed(
    stage: Stage,
    proxy: Proxy,
    ada: Person,
    caplog: pytest.LogCaptureFixture,
    faults: list[Fault],
    said: str,
) -> None:
    stage.slack.fail_next("chat.postMessage", *faults)
    stage.slack.fail_next("response_url", Fault(error="expired_url"))
    modal = await filled_form(ada)
    proxy.bad_gateways = {"PlaceOrder": 1}
    await ada.submit(modal)
    await stage.slack.until(lambda: said in text_of(modal))
    assert "The confirmation is where" not in text_of(modal)
    [order_id] = re.findall(r"Order ([\w-]+) is placed", text_of(modal))
    assert f"confirming order {order_id} to {stage.trader('ada')}" in caplog.text
    assert len(stage.trades()) == 1


async def test_too_many_messages_wait_as_slack_says(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("chat.postMessage", Fault(retry_after_seconds=1))
    modal = await filled_form(ada)
    await ada.submit(modal)
    await assert_traded_and_told_once(stage)
    assert posts(stage) == 2


@pytest.mark.parametrize("seconds", [30, 1.5])
async def test_where_slack_wants_a_long_or_an_odd_wait_another_way_is_taken(
    stage: Stage, ada: Person, seconds: float
) -> None:
    stage.slack.fail_next("chat.postMessage", Fault(retry_after_seconds=seconds))
    modal = await filled_form(ada)
    await ada.submit(modal)
    await assert_traded_and_told_once(stage)
    assert stage.slack.messages[0].body["response_type"] == "in_channel"


async def test_a_trade_is_told_even_when_the_bots_database_is_broken(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    modal = await filled_form(ada)
    change_database(stage, "DROP TABLE claims")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert "Your trade was sent" in text_of(posted.body)
    assert problem_of(text_of(posted.body)) in caplog.text
    assert len(stage.trades()) == 1


async def test_a_slow_slack_does_not_delay_the_ack(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("views.open", Fault(delay_seconds=1.5))
    reply = await ada.command("AAPL")
    assert reply.seconds < COMMAND_SECONDS
    await ada.modal()


async def test_a_trigger_that_died_is_told_to_the_trader(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("views.open", Fault(error="expired_trigger_id"))
    await ada.command("AAPL")
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert "Try it again" in text_of(posted.body)


async def test_what_nobody_foresaw_is_told_with_an_id_that_is_in_the_log(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    stage.slack.fail_next("views.open", Fault(error="surprise"))
    await ada.command("AAPL")
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    shown = text_of(stage.slack.messages[0].body)
    assert problem_of(shown) in caplog.text
    assert "surprise" not in shown


async def test_a_submission_that_makes_no_sense_is_answered_with_an_id(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    modal = await filled_form(ada)
    payload = ada.submission(modal)
    ticket = json.loads(payload["view"]["private_metadata"])
    payload["view"]["private_metadata"] = json.dumps({"response_url": ticket["response_url"]})
    reply = await ada.door.deliver("interactive", payload)
    assert ticket["response_url"][-10:] not in caplog.text
    assert problem_of(reply.errors["symbol"]) in caplog.text
    assert_nothing_happened(stage)


async def test_a_confirmation_that_a_dead_process_claimed_is_made_up(stage: Stage, ada: Person) -> None:
    modal = await filled_form(ada)
    claimed_at = time.time_ns() // 1_000_000 - CLAIM_SECONDS * 1000
    leave_claim(stage, client_order_id(modal), claimed_at)

    await ada.submit(modal)

    await assert_traded_and_told_once(stage)


def leave_claim(stage: Stage, client_order_id: str, claimed_at: int) -> None:
    """Leave what a process leaves that is killed between the trade and the message."""
    row = {"team": stage.slack.team_id, "what": f"order:{client_order_id}", "at": claimed_at}
    change_database(stage, "INSERT INTO claims VALUES (:team, :what, :at, NULL)", **row)


async def next_trade_is_told(stage: Stage, person: Person) -> None:
    """Whatever an earlier submission set off is over once a later trade has been told."""
    modal = await filled_form(person)
    before = len(stage.slack.messages)
    await person.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == before + 1)
