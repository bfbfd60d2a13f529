"""Slack, the OMS or the bot in trouble while orders are followed: nothing is lost, and nothing told twice."""

import asyncio
import re
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import uvicorn

from graphql_api.app import create_app
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault
from slack_client.store.claims import CLAIM_SECONDS
from tests.conftest import serving
from tests.slack.conftest import CHANNEL, Stage, loaded_form, text_of
from tests.slack.resting import count, meet_market, next_order_is_told, notices, orders, place, quote, rest
from tests.slack.served import eventually
from tests.slack.test_stopping import STOP_SECONDS, process
from tests.slack.test_trouble import change_database

EVENTS = "{ events(first: 100) { edges { node { id type } } } }"


def calls(stage: Stage, method: str) -> int:
    """How often a method of Slack's was called."""
    return sum(call.method == method for call in stage.slack.calls)


async def fill(stage: Stage) -> None:
    """Let the price of the resting orders come."""
    quote(stage, "139")
    await meet_market(stage)


async def test_a_fill_while_the_confirmation_is_on_its_way_is_drawn_and_told_once(
    stage: Stage, ada: Person
) -> None:
    modal = await loaded_form(ada, "buy 10 AAPL limit 140")
    stage.slack.fail_next("chat.postMessage", Fault(delay_seconds=1))
    await ada.submit(modal)

    await fill(stage)

    await stage.slack.until(lambda: len(stage.slack.messages) == 2)
    [posted] = [message for message in stage.slack.messages if message.seen_by is None]
    await stage.slack.until(lambda: "bought 10 AAPL at $140.00" in text_of(posted.body))
    assert len(notices(stage)) == 1
    await next_order_is_told(stage, ada)
    assert count(stage, "order_messages") == 0
    assert count(stage, "submissions") == 0


@pytest.mark.parametrize("method", ["chat.update", "chat.postMessage"])
async def test_too_many_calls_wait_as_slack_says(stage: Stage, ada: Person, method: str) -> None:
    posted = await rest(stage, ada)
    stage.slack.fail_next(method, Fault(retry_after_seconds=4))
    began_at = time.monotonic()
    await fill(stage)
    await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert time.monotonic() - began_at >= 4
    assert calls(stage, method) == 1 + len(stage.slack.messages) - (method == "chat.update")
    assert "bought 10 AAPL" in text_of(posted.body)


async def test_a_bot_that_waits_for_slack_stops_at_once_and_the_next_tells(stage: Stage) -> None:
    async with stage.bot() as door:
        posted = await rest(stage, stage.person(door))
        stage.slack.fail_next("chat.update", Fault(retry_after_seconds=60))
        await fill(stage)
        await eventually(lambda: calls(stage, "chat.update") == 1)
        began_at = time.monotonic()
    assert time.monotonic() - began_at < 8, "the platform would kill it"
    assert notices(stage) == []

    async with stage.bot():
        await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert "bought 10 AAPL" in text_of(posted.body)


async def test_a_step_under_way_is_finished_by_a_stopping_bot(stage: Stage) -> None:
    async with stage.bot() as door:
        await rest(stage, stage.person(door))
        stage.slack.fail_next("chat.postMessage", Fault(delay_seconds=1))
        await fill(stage)
        await stage.slack.until(lambda: calls(stage, "chat.update") == 1)
    assert len(notices(stage)) == 1
    async with stage.bot() as door:
        await next_order_is_told(stage, stage.person(door))
    assert len(notices(stage)) == 2


async def test_a_stopping_bot_does_not_wait_for_a_slow_slack(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot() as door:
        await rest(stage, stage.person(door))
        stage.slack.fail_next("chat.update", Fault(delay_seconds=30))
        await fill(stage)
        await eventually(lambda: calls(stage, "chat.update") == 1)
        began_at = time.monotonic()
    assert time.monotonic() - began_at < STOP_SECONDS
    assert "stopped in the middle" in caplog.text


async def test_a_following_bot_leaves_nothing_open_when_it_stops(stage: Stage, tmp_path: Path) -> None:
    async with process(stage, tmp_path) as (bot, door):
        await rest(stage, stage.person(door))
        await fill(stage)
        await stage.slack.until(lambda: len(notices(stage)) == 1)
        began_at = time.monotonic()
        bot.send_signal(signal.SIGTERM)
        assert await bot.wait() == 0
    assert time.monotonic() - began_at < 8, "the platform would kill it"
    said = (tmp_path / "bot.log").read_text()
    assert "Finished server process" in said
    for word in ("WARNING", "Traceback", "destroyed", "never retrieved", "Unclosed", "unclosed"):
        assert word not in said


async def test_a_database_that_fails_for_a_while_costs_nothing(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    posted = await rest(stage, ada)
    change_database(stage, "ALTER TABLE claims RENAME TO hidden")
    await fill(stage)
    await eventually(lambda: "following orders broke" in caplog.text)
    assert notices(stage) == []
    change_database(stage, "ALTER TABLE hidden RENAME TO claims")
    await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert "bought 10 AAPL" in text_of(posted.body)


@pytest.mark.parametrize("error", ["is_archived", "channel_not_found", "message_not_found"])
async def test_a_message_that_cannot_be_drawn_is_forgotten_and_the_trader_told(
    stage: Stage, ada: Person, error: str
) -> None:
    posted = await rest(stage, ada)
    stage.slack.fail_next("chat.update", Fault(error=error))
    await fill(stage)
    await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert count(stage, "order_messages") == 0
    assert posted.earlier == []


async def test_where_the_channel_was_archived_the_trader_is_told(stage: Stage, ada: Person) -> None:
    await rest(stage, ada)
    stage.slack.bot_channels.discard(CHANNEL)
    stage.slack.archived_channels.add(CHANNEL)
    await fill(stage)
    await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert calls(stage, "chat.update") == 1


async def test_a_trader_who_is_gone_holds_nobody_up(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    grace = stage.person(ada.door, "grace")
    await rest(stage, grace, "buy 1 AAPL limit 141")
    await rest(stage, ada)
    stage.slack.deleted_users.add(grace.user_id)
    await fill(stage)
    await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert notices(stage, "grace") == []
    assert f"telling {stage.trader('grace')}" in caplog.text


async def test_a_notice_that_slack_may_have_posted_is_not_sent_again(stage: Stage, ada: Person) -> None:
    await rest(stage, ada)
    stage.slack.fail_next("chat.postMessage", Fault(error="internal_error"))
    await fill(stage)
    await eventually(lambda: calls(stage, "chat.postMessage") == 2)
    await next_order_is_told(stage, ada)
    assert len(notices(stage)) == 1
    assert calls(stage, "chat.postMessage") == 4


async def test_a_message_that_slack_did_not_draw_is_drawn_again(stage: Stage, ada: Person) -> None:
    posted = await rest(stage, ada)
    faults = [Fault(error="internal_error"), Fault(error="service_unavailable"), Fault(error="invalid_auth")]
    stage.slack.fail_next("chat.update", *faults)
    await fill(stage)
    await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert "bought 10 AAPL" in text_of(posted.body)
    assert calls(stage, "chat.update") == 4


async def test_an_event_that_a_dead_process_claimed_is_told_by_the_next(stage: Stage) -> None:
    async with stage.bot() as door:
        posted = await rest(stage, stage.person(door))
    await fill(stage)
    leave_claim(stage, age_seconds=CLAIM_SECONDS)
    async with stage.bot():
        await stage.slack.until(lambda: len(notices(stage)) == 1)
    assert "bought 10 AAPL" in text_of(posted.body)


async def test_an_event_that_was_told_before_the_cursor_moved_is_not_told_again(stage: Stage) -> None:
    async with stage.bot() as door:
        await rest(stage, stage.person(door))
    await fill(stage)
    leave_claim(stage, age_seconds=0, told=True)
    async with stage.bot() as door:
        await next_order_is_told(stage, stage.person(door))
    assert len(notices(stage)) == 1


def leave_claim(stage: Stage, age_seconds: int, *, told: bool = False) -> None:
    """Leave what a process leaves that is killed while it tells of the fill, or right after."""
    events = [edge["node"] for edge in stage.workspace.data(EVENTS)["edges"]]
    [id] = [event["id"] for event in events if event["type"] == "order:filled"]
    at = time.time_ns() // 1_000_000 - age_seconds * 1000
    row = {"team": stage.slack.team_id, "what": f"event:{id}", "at": at, "told": at if told else None}
    change_database(stage, "INSERT INTO claims VALUES (:team, :what, :at, :told)", **row)


async def test_a_cursor_that_the_oms_does_not_know_is_not_asked_for_ever(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    change_database(stage, "INSERT INTO cursors VALUES (:team, 'bm9uc2Vuc2U')", team=stage.slack.team_id)
    caplog.set_level("INFO")
    async with stage.bot() as door:
        await eventually(lambda: "does not know the last event" in caplog.text)
        await eventually(lambda: "orders are followed" in caplog.text)
        await next_order_is_told(stage, stage.person(door))
    assert caplog.text.count("does not know the last event") == 1


async def test_two_hundred_orders_that_fill_at_once_are_each_told_once(stage: Stage, ada: Person) -> None:
    await loaded_form(ada)
    [portfolio] = stage.portfolios()
    for number in range(1, 201):
        place(stage, portfolio["id"], stage.trader("ada"), quantity=f"0.{number:03}")
    began_at = time.monotonic()
    await fill(stage)
    await stage.slack.until(lambda: len(filled_quantities(stage)) >= 200, within=60)
    assert time.monotonic() - began_at < 30
    await next_order_is_told(stage, ada)
    assert sorted(filled_quantities(stage)) == list(range(1, 201))
    assert {order["status"] for order in orders(stage)} == {"FILLED"}
    assert len(notices(stage)) <= 50


async def test_what_is_too_much_to_read_ahead_is_read_later(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slack_client.follow.following.EVENTS_AHEAD", 7)
    async with stage.bot() as door:
        ada = stage.person(door)
        await rest(stage, ada, "buy 0.001 AAPL limit 140")
        [portfolio] = stage.portfolios()
        for number in range(2, 31):
            place(stage, portfolio["id"], stage.trader("ada"), quantity=f"0.{number:03}")
        await fill(stage)
        await stage.slack.until(lambda: len(filled_quantities(stage)) >= 30)
        await next_order_is_told(stage, ada)
    assert sorted(filled_quantities(stage)) == list(range(1, 31))


def filled_quantities(stage: Stage) -> list[int]:
    """The thousandths of a share of AAPL in each notice of a filled order."""
    told = "\n".join(text_of(notice.body) for notice in notices(stage))
    return [int(f"{found:0<3}") for found in re.findall(r"buy 0\.(\d+) AAPL, .* was filled", told)]


@asynccontextmanager
async def restartable_oms(stage: Stage) -> AsyncIterator["Oms"]:
    """The OMS on a port of its own, which can be stopped and started again."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    oms = Oms(stage, port)
    stage.oms_url = f"http://127.0.0.1:{port}"
    await oms.start()
    try:
        yield oms
    finally:
        await oms.stop()


class Oms:
    def __init__(self, stage: Stage, port: int) -> None:
        self._api, self._port = stage.workspace.api, port

    async def start(self) -> None:
        self._running = self._serve()
        await asyncio.to_thread(self._running.__enter__)

    async def stop(self) -> None:
        await asyncio.to_thread(self._running.__exit__, None, None, None)

    @contextmanager
    def _serve(self) -> Iterator[str]:
        app = create_app(self._api.settings, self._api.market)
        with serving(uvicorn.Config(app, port=self._port, log_level="error")) as url:
            yield url


async def test_an_oms_that_comes_back_is_followed_on(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with restartable_oms(stage) as oms, stage.bot() as door:
        posted = await rest(stage, stage.person(door))
        await oms.stop()
        await eventually(lambda: "orders are not followed" in caplog.text)
        await fill(stage)
        await asyncio.sleep(3)  # several attempts to connect
        await oms.start()
        await stage.slack.until(lambda: len(notices(stage)) == 1, within=60)
    assert "bought 10 AAPL" in text_of(posted.body)
    assert caplog.text.count("orders are not followed") == 1
    assert caplog.text.count("orders are followed") == 1
