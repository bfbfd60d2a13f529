"""A bot that is told to stop: in time, and no trader left with "Still working"."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from slack_client.background import Background
from slack_client.playground.doors import HttpDoor
from slack_client.playground.slack import Fault
from tests.slack.conftest import SIGNING_SECRET, Stage, loaded_form, text_of
from tests.slack.proxy import Proxy
from tests.slack.served import eventually
from tests.slack.test_trouble import client_order_id

STOP_SECONDS = 8


@asynccontextmanager
async def process(stage: Stage, folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, HttpDoor]]:
    """The bot as it is run, in a process of its own; what it says is in bot.log."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "SLACK_BOT_TOKEN": stage.slack.bot_token,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{stage.slack_url}/api/",
        "OMS_URL": stage.oms_url,
        "OMS_API_KEY": stage.oms_key,
        "BOT_DATABASE_URL": stage.database_url,
        "PYTHONDEVMODE": "1",
    }
    with (folder / "bot.log").open("wb") as log:
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "slack_client", "run"),
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        await eventually(lambda: answers(port))
        yield bot, HttpDoor(stage.session, f"http://127.0.0.1:{port}/slack/events", SIGNING_SECRET)
    finally:
        if bot.returncode is None:
            bot.kill()
        await bot.wait()


def answers(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("slow", [None, "response_url", "views.update"])
async def test_a_stopping_bot_tells_what_it_does_not_know(
    stage: Stage, proxy: Proxy, tmp_path: Path, slow: str | None
) -> None:
    async with process(stage, tmp_path) as (bot, door):
        ada = stage.person(door)
        modal = await loaded_form(ada)
        ada.fill(modal, quantity="10")
        proxy.delays = {"PlaceOrder": 30}
        await ada.submit(modal)
        assert "Still working" in text_of(modal)
        if slow is not None:
            stage.slack.fail_next(slow, Fault(delay_seconds=30))

        told_at = time.monotonic()
        bot.send_signal(signal.SIGTERM)
        assert await bot.wait() == 0

    assert time.monotonic() - told_at < STOP_SECONDS
    said = [text_of(posted.body) for posted in stage.slack.messages if posted.seen_by == ada.user_id]
    if slow != "views.update":
        said.append(text_of(modal))
    assert len(said) == (2 if slow is None else 1)
    for text in said:
        assert "cannot say whether it was made" in text
        assert client_order_id_of(stage) in text


def client_order_id_of(stage: Stage) -> str:
    [modal] = stage.slack.views.values()
    return client_order_id(modal)


async def test_a_bot_that_stops_while_it_opens_a_form_says_so(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot() as door:
        stage.slack.fail_next("views.open", Fault(delay_seconds=30))
        await stage.person(door).command("AAPL")
        await eventually(lambda: stage.slack.calls[-1].method == "views.open")
    [posted] = stage.slack.messages
    assert "open it again" in text_of(posted.body)
    assert stage.trader("ada") in caplog.text


async def test_a_bot_that_stops_while_it_confirms_names_the_trade(stage: Stage) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        modal = await loaded_form(ada)
        ada.fill(modal, quantity="10")
        stage.slack.fail_next("chat.postMessage", Fault(delay_seconds=30))
        await ada.submit(modal)
        await eventually(lambda: stage.slack.calls[-1].method == "chat.postMessage")
    [posted] = stage.slack.messages
    assert "Your trade was made" in text_of(posted.body)
    assert client_order_id(modal) in text_of(posted.body)


@pytest.mark.parametrize("way", ["http", "socket"])
async def test_a_bot_that_stops_before_its_ack_still_answers_and_confirms(
    stage: Stage, proxy: Proxy, way: str
) -> None:
    async with stage.bot(way) as door:
        ada = stage.person(door)
        modal = await loaded_form(ada)
        ada.fill(modal, quantity="10")
        proxy.delays = {"PlaceOrder": 1}
        submitting = asyncio.create_task(ada.submit(modal))
        await eventually(lambda: "PlaceOrder" in proxy.operations)
    assert (await submitting).status == 200
    assert not modal.is_open
    [posted] = stage.slack.messages
    assert "bought 10 AAPL" in text_of(posted.body)


async def test_a_bot_does_not_wait_for_slack_to_say_goodbye(stage: Stage) -> None:
    stage.sockets.says_goodbye = False
    async with stage.bot("socket"):
        told_at = time.monotonic()
    assert time.monotonic() - told_at < 3


async def test_a_trader_who_cannot_be_told_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def break_down() -> None:
        raise ValueError("the story")

    async def tell(text: str) -> None:
        raise ValueError(f"the telling of {text}")

    background = Background()
    background.start(break_down(), tell, stopped=lambda: "not stopped")
    await background.finish(within=5)
    assert [record.message.partition(" ")[0] for record in caplog.records] == ["problem", "a"]
    problem = caplog.records[0].message.split()[1]
    assert problem in caplog.records[1].message
