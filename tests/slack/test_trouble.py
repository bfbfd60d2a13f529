"""The OMS or Slack in trouble: the trader is told what happened, and nothing is traded or told twice."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import create_engine, text

from slack_client.playground.doors import Reply
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault, OpenView
from slack_client.store.claims import CLAIM_SECONDS
from tests.slack.conftest import Stage, has_input, input_of, loaded_form, text_of
from tests.slack.proxy import Proxy
from tests.slack.served import eventually
from tests.slack.test_trade import COMMAND_SECONDS, SUBMISSION_SECONDS

CLOSED_PORT = "http://127.0.0.1:9"


@pytest.fixture
async def ada(stage: Stage, proxy: Proxy) -> AsyncIterator[Person]:
    """A trader whose bot reaches the OMS over a wire that can be cut."""
    async with stage.bot() as door:
        yield stage.person(door)


async def filled_form(person: Person) -> OpenView:
    modal = await loaded_form(person)
    person.fill(modal, quantity="10", note="kept")
    return modal


def assert_nothing_happened(stage: Stage) -> None:
    assert stage.trades() == []
    assert all(portfolio["cash"] == "100000" for portfolio in stage.portfolios())
    assert stage.slack.messages == []


async def assert_traded_and_told_once(stage: Stage) -> None:
    await stage.slack.until(lambda: len(stage.slack.messages) >= 1, within=20)
    assert len(stage.trades()) == 1
    [posted] = stage.slack.messages
    assert "bought 10 AAPL" in text_of(posted.body)


def problem_of(text: str) -> str:
    found = re.search(r"problem ([0-9a-f]{8})", text)
    assert found, text
    return found[1]


async def test_with_the_oms_down_the_form_opens_and_says_so(stage: Stage) -> None:
    async with stage.bot(oms_url=CLOSED_PORT) as door:
        ada = stage.person(door)
        reply = await ada.command("AAPL")
        modal = await ada.modal()
        await stage.slack.until(lambda: "cannot be reached" in text_of(modal))
    assert reply.seconds < COMMAND_SECONDS
    assert "Traceback" not in text_of(modal)


async def test_with_the_oms_down_a_submission_is_refused_and_can_be_sent_again(stage: Stage) -> None:
    async with stage.bot(oms_url=CLOSED_PORT) as door:
        ada = stage.person(door)
        await ada.command("AAPL")
        modal = await ada.modal()
        ada.fill(modal, quantity="10", note="kept")
        reply = await ada.submit(modal)
    assert reply.seconds < SUBMISSION_SECONDS
    assert "cannot be reached" in reply.errors["symbol"]
    assert modal.is_open
    assert_nothing_happened(stage)

    async with stage.bot() as door:
        ada.door = door
        await ada.submit(modal)
        await assert_traded_and_told_once(stage)
    assert "kept" in text_of(stage.slack.messages[0].body)


async def test_a_slow_oms_lets_the_form_open_at_once(stage: Stage, proxy: Proxy, ada: Person) -> None:
    proxy.delays = {"TraderPortfolios": 5, "Quotes": 5}
    reply = await ada.command("AAPL")
    modal = await ada.modal()
    assert reply.seconds < COMMAND_SECONDS
    await stage.slack.until(lambda: "did not answer in time" in text_of(modal))


async def test_a_slow_trade_is_acked_in_time_and_told_once(stage: Stage, proxy: Proxy, ada: Person) -> None:
    modal = await filled_form(ada)
    proxy.delays = {"PlaceOrder": 5}

    reply = await ada.submit(modal)

    assert reply.seconds < SUBMISSION_SECONDS
    assert modal.is_open
    assert "Still working" in text_of(modal)
    await assert_traded_and_told_once(stage)
    await stage.slack.until(lambda: "is placed." in text_of(modal))
    assert "The confirmation is where you started" in text_of(modal)
    assert len(stage.slack.messages) == 1


async def test_a_trade_whose_answer_is_lost_is_told_once(stage: Stage, proxy: Proxy, ada: Person) -> None:
    modal = await filled_form(ada)
    proxy.lost_answers = {"PlaceOrder": 1}

    reply = await ada.submit(modal)

    assert reply.body == {}
    await assert_traded_and_told_once(stage)
    assert proxy.operations.count("PlaceOrder") == 2


async def test_a_trade_whose_answers_keep_being_lost_is_told_once(
    stage: Stage, proxy: Proxy, ada: Person
) -> None:
    modal = await filled_form(ada)
    proxy.lost_answers = {"PlaceOrder": 4}
    await ada.submit(modal)
    assert "Still working" in text_of(modal)
    await assert_traded_and_told_once(stage)
    assert proxy.operations.count("PlaceOrder") == 5


async def test_a_trade_made_before_the_oms_went_down_is_not_called_untraded(
    stage: Stage, proxy: Proxy
) -> None:
    async with stage.bot(oms_patience_seconds=1) as door:
        modal = await filled_form(stage.person(door))
        proxy.lost_answers = {"PlaceOrder": 1}
        proxy.goes_down_when_lost = True
        await stage.person(door).submit(modal)
        assert "Still working" in text_of(modal)
        await stage.slack.until(lambda: "cannot say" in text_of(modal))
    assert "Nothing was traded" not in text_of(modal)
    assert len(stage.trades()) == 1


async def test_a_503_that_hides_a_trade_is_asked_about_again(stage: Stage, proxy: Proxy, ada: Person) -> None:
    modal = await filled_form(ada)
    proxy.bad_gateways = {"PlaceOrder": 1}
    await ada.submit(modal)
    assert "Still working" in text_of(modal)
    await assert_traded_and_told_once(stage)


@pytest.mark.parametrize(("right", "wrong"), [("mutation", "mutatoin"), ("filledQuantity", "filedQuantity")])
async def test_an_operation_that_the_oms_does_not_understand_did_nothing(
    stage: Stage, proxy: Proxy, ada: Person, right: str, wrong: str
) -> None:
    modal = await filled_form(ada)
    proxy.misspellings = {"PlaceOrder": (right, wrong)}
    reply = await ada.submit(modal)
    assert "Nothing was traded" in reply.errors["symbol"]
    assert "same version" in reply.errors["symbol"]
    assert proxy.operations.count("PlaceOrder") == 1
    assert_nothing_happened(stage)


async def test_pressing_again_while_the_oms_is_slow_trades_and_tells_once(
    stage: Stage, proxy: Proxy, ada: Person
) -> None:
    modal = await filled_form(ada)
    payload = ada.submission(modal)
    proxy.delays = {"PlaceOrder": 2.5}
    replies: list[Reply] = await asyncio.gather(*(ada.door.deliver("interactive", payload) for _ in range(3)))
    assert all(reply.seconds < SUBMISSION_SECONDS for reply in replies)
    await assert_traded_and_told_once(stage)

    proxy.delays = {}
    await ada.door.deliver("interactive", payload)
    modal = await filled_form(ada)
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 2)
    assert len(stage.trades()) == 2


async def test_a_late_refusal_brings_the_form_back_as_it_was_typed(
    stage: Stage, proxy: Proxy, ada: Person
) -> None:
    modal = await loaded_form(ada)
    ada.fill(modal, side="SELL", quantity="10", unit="SHARES", note="kept", announce=False)
    proxy.delays = {"PlaceOrder": 2.5}
    await ada.submit(modal)
    assert "Still working" in text_of(modal)

    await stage.slack.until(lambda: has_input(modal, "quantity"), within=20)

    assert "Nothing was traded" in text_of(modal)
    assert input_of(modal, "quantity")["initial_value"] == "10"
    assert input_of(modal, "side")["initial_option"]["value"] == "SELL"
    assert input_of(modal, "note")["initial_value"] == "kept"
    assert "initial_options" not in input_of(modal, "announce")
    assert stage.trades() == []
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert "Nothing was traded" in text_of(posted.body)


async def test_an_outcome_nobody_knows_is_called_that(
    stage: Stage, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot(oms_patience_seconds=1) as door:
        ada = stage.person(door)
        modal = await filled_form(ada)
        proxy.lost_answers = {"PlaceOrder": 100}
        await ada.submit(modal)
        await stage.slack.until(lambda: "cannot say" in text_of(modal), within=20)
    assert "made once at most" in text_of(modal)
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert problem_of(text_of(posted.body)) == problem_of(text_of(modal))
    assert problem_of(text_of(modal)) in caplog.text
    assert len(stage.trades()) == 1


async def test_a_refused_key_is_told_to_the_trader_and_to_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        modal = await filled_form(ada)
        revoke(stage)
        reply = await ada.submit(modal)
    assert "the OMS refuses the bot's key" in reply.errors["symbol"]
    assert "admin" in reply.errors["symbol"]
    assert problem_of(reply.errors["symbol"]) in caplog.text
    assert stage.oms_key not in caplog.text
    assert modal.is_open
    assert_nothing_happened(stage)


async def test_a_key_of_another_role_is_refused_too(stage: Stage) -> None:
    async with stage.bot(oms_api_key=stage.workspace.key("TRADER")) as door:
        ada = stage.person(door)
        await ada.command("AAPL")
        modal = await ada.modal()
        await stage.slack.until(lambda: "the OMS refuses the bot's key" in text_of(modal))
    assert stage.portfolios() == []


def revoke(stage: Stage) -> None:
    keys = stage.workspace.data("{ apiKeys { id role } }")
    [service] = [key["id"] for key in keys if key["role"] == "SERVICE"]
    stage.workspace.data("mutation ($id: ID!) { revokeApiKey(id: $id) { __typename } }", {"id": service})


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


def change_database(stage: Stage, statement: str, **values: object) -> None:
    engine = create_engine(stage.database_url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def client_order_id(modal: OpenView) -> str:
    found = re.search(r'"client_order_id":"([^"]+)"', modal.view["private_metadata"])
    assert found
    return found[1]


def posts(stage: Stage) -> int:
    return sum(call.method == "chat.postMessage" for call in stage.slack.calls)


async def next_trade_is_told(stage: Stage, person: Person) -> None:
    """Whatever an earlier submission set off is over once a later trade has been told."""
    modal = await filled_form(person)
    before = len(stage.slack.messages)
    await person.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == before + 1)
