"""Submissions that a killed bot left: each trader gets an answer, and nothing is traded or told twice."""

import asyncio
import signal
import time
from pathlib import Path
from uuid import uuid4

import pytest

from slack_client.operations import PlaceOrderInput
from slack_client.playground.slack import Fault
from slack_client.store.claims import CLAIM_SECONDS
from slack_client.store.database import BotDatabase
from slack_client.store.submissions import Submissions, Submitted
from slack_client.trader import Trader
from slack_client.words import OrderType, Side, TimeInForce
from tests.slack.conftest import CHANNEL, Stage, loaded_form, text_of
from tests.slack.proxy import Proxy
from tests.slack.resting import count, meet_market, notices, orders, place, quote
from tests.slack.served import eventually
from tests.slack.test_stopping import process
from tests.slack.test_trouble import CLOSED_PORT, change_database, posts


def order(portfolio_id: str, **changes: object) -> PlaceOrderInput:
    """An order of ten shares as the form sends it."""
    asked = {
        "portfolio_id": portfolio_id,
        "client_order_id": str(uuid4()),
        "symbol": "AAPL",
        "side": Side.BUY,
        "type": OrderType.MARKET,
        "time_in_force": TimeInForce.DAY,
        "quantity": "10",
        "notional": None,
        "limit_price": None,
        "stop_price": None,
        "expected_price": None,
        "note": None,
    }
    return PlaceOrderInput.model_validate(asked | changes)


async def leave(
    stage: Stage, asked: PlaceOrderInput, age_seconds: int, *, promised: bool, announce: bool = True
) -> None:
    """Leave what a bot leaves that is killed on the way of this order of ada's."""
    database = await BotDatabase.open(stage.database_url)
    trader = Trader(stage.slack.team_id, "U0ADA", "ada")
    await Submissions(database).begin(Submitted(trader, asked, CHANNEL, announce, promised))
    await database.close()
    stage.slack.join(CHANNEL, "U0ADA", "ada")
    grow_old(stage, age_seconds)


def grow_old(stage: Stage, seconds: int) -> None:
    """Let everything that was written down have been written down earlier."""
    row = {"team": stage.slack.team_id, "ms": seconds * 1000}
    change_database(stage, "UPDATE submissions SET made_at = made_at - :ms WHERE team_id = :team", **row)
    change_database(stage, "UPDATE claims SET claimed_at = claimed_at - :ms WHERE team_id = :team", **row)


def place_left(stage: Stage, asked: PlaceOrderInput) -> None:
    """Let the order have reached the OMS."""
    place(stage, asked.portfolio_id, stage.trader("ada"), **sent(asked))


def sent(asked: PlaceOrderInput) -> dict[str, object]:
    fields = asked.model_dump(mode="json", by_alias=True)
    del fields["portfolioId"]
    return fields


@pytest.fixture
def growth(stage: Stage) -> str:
    return stage.create_portfolio("Growth", ada="TRADER")


@pytest.mark.parametrize("way", ["http", "socket"])
@pytest.mark.parametrize("was_placed", [True, False])
async def test_a_promised_order_is_sent_again_and_confirmed_once(
    stage: Stage, growth: str, way: str, was_placed: bool
) -> None:
    asked = order(growth)
    if was_placed:
        place_left(stage, asked)
    await leave(stage, asked, 46, promised=True)
    async with stage.bot(way):
        await stage.slack.until(lambda: bool(stage.slack.messages))
        await eventually(lambda: count(stage, "submissions") == 0)
    [posted] = stage.slack.messages
    assert "bought 10 AAPL" in text_of(posted.body)
    assert posted.seen_by is None
    assert len(stage.trades()) == 1


async def test_a_promised_order_that_is_refused_now_is_told_to_its_trader_once(
    stage: Stage, growth: str
) -> None:
    await leave(stage, order(growth, quantity="100000"), 46, promised=True)
    async with stage.bot(), stage.bot("socket"):
        await stage.slack.until(lambda: bool(stage.slack.messages))
        await eventually(lambda: count(stage, "submissions") == 0)
    [posted] = stage.slack.messages
    assert posted.seen_by == "U0ADA"
    assert "Nothing was traded" in text_of(posted.body)
    assert stage.trades() == []
    assert count(stage, "claims") == 0


async def test_a_promised_order_that_nobody_waits_for_is_not_sent_again(stage: Stage, growth: str) -> None:
    await leave(stage, order(growth), 601, promised=True)
    async with stage.bot():
        await stage.slack.until(lambda: bool(stage.slack.messages))
        await eventually(lambda: count(stage, "submissions") == 0)
    [posted] = stage.slack.messages
    assert posted.seen_by == "U0ADA"
    assert "I was away too long to send your order to buy AAPL again" in text_of(posted.body)
    assert orders(stage) == []


@pytest.mark.parametrize("age_seconds", [46, 100_000])
@pytest.mark.parametrize("promised", [True, False])
async def test_an_order_that_is_there_is_confirmed_however_old(
    stage: Stage, growth: str, age_seconds: int, promised: bool
) -> None:
    asked = order(growth)
    place_left(stage, asked)
    await leave(stage, asked, age_seconds, promised=promised)
    async with stage.bot():
        await eventually(lambda: count(stage, "submissions") == 0)
    [posted] = stage.slack.messages
    assert "bought 10 AAPL" in text_of(posted.body)
    assert len(stage.trades()) == 1


async def test_an_order_that_was_not_promised_is_never_sent_again(stage: Stage, growth: str) -> None:
    await leave(stage, order(growth), 61, promised=False)
    async with stage.bot():
        await eventually(lambda: count(stage, "submissions") == 0)
    assert stage.slack.messages == []
    assert orders(stage) == []


async def test_an_order_that_may_still_arrive_is_waited_for(stage: Stage, proxy: Proxy, growth: str) -> None:
    await leave(stage, order(growth), 50, promised=False)
    async with stage.bot():
        await eventually(lambda: "PlacedOrder" in proxy.operations)
    assert count(stage, "submissions") == 1
    assert stage.slack.messages == []


async def test_a_young_submission_is_left_to_the_bot_that_made_it(stage: Stage, growth: str) -> None:
    await leave(stage, order(growth), 40, promised=True)
    await leave(stage, order(growth), 6, promised=True)
    async with stage.bot():
        await eventually(lambda: count(stage, "submissions") == 1)
    assert len(stage.trades()) == 1


async def test_what_the_oms_does_not_say_for_ten_minutes_is_called_unknown(
    stage: Stage, growth: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("slack_client.follow.recovering.GIVE_UP_SECONDS", 1)
    monkeypatch.setattr("slack_client.follow.recovering.ROUND_SECONDS", 0.2)
    asked = order(growth)
    await leave(stage, asked, 46, promised=True)
    async with stage.bot(oms_url=CLOSED_PORT):
        await stage.slack.until(lambda: bool(stage.slack.messages))
        await eventually(lambda: count(stage, "submissions") == 0)
    [posted] = stage.slack.messages
    assert posted.seen_by == "U0ADA"
    assert "cannot say whether your trade was made" in text_of(posted.body)
    assert asked.client_order_id in text_of(posted.body)
    assert asked.client_order_id in caplog.text


async def test_a_confirmation_that_was_posted_is_not_posted_again(stage: Stage, growth: str) -> None:
    asked = order(growth)
    place_left(stage, asked)
    await leave(stage, asked, 46, promised=False)
    row = {"team": stage.slack.team_id, "what": f"order:{asked.client_order_id}", "at": time.time_ns()}
    change_database(stage, "INSERT INTO claims VALUES (:team, :what, :at, :at)", **row)
    async with stage.bot():
        await eventually(lambda: count(stage, "submissions") == 0)
    assert stage.slack.messages == []


async def test_a_bot_killed_after_its_ack_leaves_a_trade_that_the_next_confirms(
    stage: Stage, tmp_path: Path
) -> None:
    async with process(stage, tmp_path) as (bot, door):
        ada = stage.person(door)
        modal = await loaded_form(ada)
        ada.fill(modal, quantity="10")
        stage.slack.fail_next("chat.postMessage", Fault(delay_seconds=2, error="internal_error"))
        await ada.submit(modal)
        await eventually(lambda: posts(stage) == 1)
        bot.send_signal(signal.SIGKILL)
        await bot.wait()
    assert not modal.is_open
    assert len(stage.trades()) == 1
    grow_old(stage, 46)

    async with stage.bot():
        await stage.slack.until(lambda: bool(stage.slack.messages))
        await eventually(lambda: count(stage, "submissions") == 0)

    [posted] = stage.slack.messages
    assert "bought 10 AAPL" in text_of(posted.body)
    assert len(stage.trades()) == 1


async def test_a_bot_killed_while_it_settles_leaves_a_trade_that_the_next_confirms(
    stage: Stage, proxy: Proxy, tmp_path: Path
) -> None:
    async with process(stage, tmp_path) as (bot, door):
        ada = stage.person(door)
        modal = await loaded_form(ada)
        ada.fill(modal, quantity="10")
        proxy.delays = {"PlaceOrder": 30}
        await ada.submit(modal)
        assert "Still working" in text_of(modal)
        bot.send_signal(signal.SIGKILL)
        await bot.wait()
    proxy.delays = {}
    grow_old(stage, 46)

    async with stage.bot():
        await stage.slack.until(lambda: bool(stage.slack.messages))
        await eventually(lambda: count(stage, "submissions") == 0)

    [posted] = stage.slack.messages
    assert "bought 10 AAPL" in text_of(posted.body)
    assert len(stage.trades()) == 1


async def test_a_bot_killed_between_a_fill_and_its_notice_is_made_up_for(
    stage: Stage, tmp_path: Path
) -> None:
    async with process(stage, tmp_path) as (bot, door):
        ada = stage.person(door)
        modal = await loaded_form(ada, "buy 10 AAPL limit 140")
        await ada.submit(modal)
        await stage.slack.until(lambda: bool(stage.slack.messages))
        await eventually(lambda: count(stage, "submissions") == 0)
        stage.slack.fail_next("chat.update", Fault(delay_seconds=1, error="internal_error"))
        quote(stage, "139")
        await meet_market(stage)
        await eventually(lambda: stage.slack.calls[-1].method == "chat.update")
        bot.send_signal(signal.SIGKILL)
        await bot.wait()
    grow_old(stage, CLAIM_SECONDS)

    async with stage.bot():
        await stage.slack.until(lambda: len(notices(stage)) == 1)

    [posted, _] = stage.slack.messages
    assert "bought 10 AAPL" in text_of(posted.body)


async def test_a_submission_whose_message_is_behind_is_kept_until_it_is_drawn(
    stage: Stage, growth: str
) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        modal = await loaded_form(ada, "buy 10 AAPL limit 140")
        stage.slack.fail_next("chat.postMessage", Fault(delay_seconds=0.5))
        stage.slack.fail_next("chat.update", Fault(error="service_unavailable"))
        submitting = asyncio.create_task(ada.submit(modal))
        await eventually(lambda: orders(stage))
        quote(stage, "139")
        await meet_market(stage)
        await submitting
        await stage.slack.until(lambda: len(stage.slack.messages) == 2)
        await eventually(lambda: stage.slack.calls[-1].method == "chat.update")
    [posted] = [message for message in stage.slack.messages if message.seen_by is None]
    assert posted.earlier == []
    assert count(stage, "submissions") == 1
    grow_old(stage, 46)

    async with stage.bot():
        await eventually(lambda: count(stage, "submissions") == 0)

    assert "bought 10 AAPL at $140.00" in text_of(posted.body)
    assert count(stage, "order_messages") == 0
    assert len(stage.slack.messages) == 2


async def test_a_confirmation_that_slack_took_nowhere_is_told_when_it_does(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        modal = await loaded_form(ada)
        ada.fill(modal, quantity="10")
        stage.slack.fail_next("chat.postMessage", *2 * [Fault(retry_after_seconds=30)])
        stage.slack.fail_next("response_url", Fault(retry_after_seconds=30))
        await ada.submit(modal)
        await eventually(lambda: "confirming order" in caplog.text)
    assert stage.slack.messages == []
    assert count(stage, "submissions") == 1
    grow_old(stage, 46)

    async with stage.bot():
        await stage.slack.until(lambda: bool(stage.slack.messages))
        await eventually(lambda: count(stage, "submissions") == 0)

    [posted] = stage.slack.messages
    assert "bought 10 AAPL" in text_of(posted.body)
    assert len(stage.trades()) == 1


async def test_a_confirmation_that_slack_never_takes_is_given_up(
    stage: Stage, growth: str, caplog: pytest.LogCaptureFixture
) -> None:
    asked = order(growth)
    place_left(stage, asked)
    await leave(stage, asked, 600, promised=False)
    stage.slack.bot_channels.clear()
    stage.slack.deleted_users.add("U0ADA")
    async with stage.bot():
        await eventually(lambda: count(stage, "submissions") == 0)
    assert "takes no confirmation" in caplog.text
    assert stage.slack.messages == []
    assert len(stage.trades()) == 1
