"""How long Slack waits for the bot's acks, while the OMS is healthy and while it stands still.

The bot, the API and the stand-in for Slack run as they do in production, each with its own socket; requests
come at a steady rate whether or not the ones before were answered. The OMS stands still because its process
is stopped (SIGSTOP) for the first five seconds of the second run.
"""

import asyncio
import http
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from uuid import uuid4

import aiohttp
import psutil

from bench.api import PATIENCE_SECONDS, SLACKOMS, free_port, running_api, slackoms
from bench.machine import describe
from bench.progress import say
from bench.server import create_database
from slack_client.playground.doors import HttpDoor, Reply
from slack_client.playground.person import Person
from slack_client.playground.slack import Json, Slack
from slack_client.playground.web_api import Playground, Sockets

PER_SECOND = 50
SECONDS = 20
STALL_SECONDS = 5
MAX_COMMAND_P99_MS = 250
"""How long `/trade` may wait for its ack in 99 of 100 cases, whatever the OMS does."""
_SECRET = "bench-signing-secret"  # noqa: S105  of a stand-in
_CHANNEL = "C0BENCH"


@dataclass(frozen=True, slots=True)
class Acks:
    """The acks of one run, in milliseconds; `wrong` are those that were not taken."""

    command_ms: list[float]
    submission_ms: list[float]
    wrong: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class AcksReport:
    """Acks with the OMS healthy and with it stalled."""

    machine: list[str]
    runs: dict[str, Acks]

    title = "Acks in Slack"
    about = (
        f"{PER_SECOND} requests a second, half of them `/trade AAPL` and half submissions of a filled form, "
        "signed and over HTTP, for a stand-in for Slack that answers at once. A submission asks the OMS "
        "before it acks, for two seconds at most; a command asks nobody. Submissions that got no answer in "
        "time are confirmed later: once each, which is counted."
    )

    def complaints(self) -> list[str]:
        """Why the figures cannot be trusted; empty where they can."""
        told = [
            f"{acks.wrong} requests were not acked ({name})."
            for name, acks in self.runs.items()
            if acks.wrong
        ]
        return told + [
            f"{acks.confirmed} of {len(acks.submission_ms)} trades were confirmed ({name})."
            for name, acks in self.runs.items()
            if acks.confirmed != len(acks.submission_ms)
        ]

    def misses(self) -> list[str]:
        """Commands that wait too long."""
        return [
            f"99 of 100 commands are acked within {late:.0f} ms ({name}), not {MAX_COMMAND_P99_MS}."
            for name, acks in self.runs.items()
            if (late := _percentile(acks.command_ms, 99)) > MAX_COMMAND_P99_MS
        ]

    def text(self) -> str:
        """The table and what stands around it."""
        lines = [_line("ack of", "acks", "p50 ms", "p99 ms", "slowest")]
        for name, acks in self.runs.items():
            for what, times in (("/trade", acks.command_ms), ("a submission", acks.submission_ms)):
                figures = (_percentile(times, 50), _percentile(times, 99), max(times))
                lines.append(
                    _line(f"{what}, {name}", f"{len(times):,}", *(f"{each:.1f}" for each in figures))
                )
        limit = f"/trade: at most {MAX_COMMAND_P99_MS} ms in 99 of 100, in both"
        return "\n".join([*self.machine, "", *lines, limit])


def measure(server_url: str, folder: Path) -> AcksReport:
    """Run both, one after the other, each with a bot and an API of its own."""
    machine = [*describe(server_url, "acks"), f"one bot, one API process, {SECONDS} s a run"]
    runs = {}
    for name, stall in (("OMS healthy", 0), (f"OMS stalled for {STALL_SECONDS} s", STALL_SECONDS)):
        say(f"acks, {name}")
        database_url = create_database(server_url, f"acks_{stall}")
        environment = {"DATABASE_URL": database_url}
        slackoms(environment, "migrate")
        key = slackoms(environment, "keys", "create", "--name", "bot", "--role", "SERVICE")
        bot_database = f"sqlite:///{folder / f'bot_{stall}.db'}"
        with running_api(environment, workers=1) as api:
            runs[name] = asyncio.run(_run(api.url, api.pid, key, bot_database, stall))
    return AcksReport(machine, runs)


async def _run(oms_url: str, oms_pid: int, key: str, bot_database: str, stall: float) -> Acks:
    slack = Slack(bot_channels={_CHANNEL})
    async with aiohttp.ClientSession() as session, Playground(slack, Sockets()).serve() as slack_url:
        environment = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_SIGNING_SECRET": _SECRET,
            "SLACK_API_URL": f"{slack_url}/api/",
            "OMS_URL": oms_url,
            "OMS_API_KEY": key,
            "BOT_DATABASE_URL": bot_database,
        }
        async with _running_bot(environment, session) as bot_url:
            door = HttpDoor(session, f"{bot_url}/slack/events", _SECRET)
            person = Person(slack, door, slack_url, channel_id=_CHANNEL)
            form = await _filled_form(person)
            before = len(slack.messages)
            acks = await _load(person, form, oms_pid, stall)
            with suppress(TimeoutError):
                await slack.until(lambda: len(slack.messages) >= before + len(acks.submission_ms), within=60)
            return Acks(acks.command_ms, acks.submission_ms, acks.wrong, len(slack.messages) - before)


async def _load(person: Person, form: Json, oms_pid: int, stall: float) -> Acks:
    """Send at a steady rate; the OMS stands still at first, if it is to stall."""
    clock, started = asyncio.get_running_loop().time, asyncio.get_running_loop().time()
    stalling = asyncio.create_task(_stall(oms_pid, stall))
    sent: list[asyncio.Task[Reply]] = []
    for number in range(PER_SECOND * SECONDS):
        await asyncio.sleep(max(0.0, started + number / PER_SECOND - clock()))
        sent.append(asyncio.create_task(_submit(person, form) if number % 2 else person.command("AAPL")))
    replies = await asyncio.gather(*sent)
    await stalling
    return Acks(
        command_ms=[reply.seconds * 1000 for reply in replies[::2]],
        submission_ms=[reply.seconds * 1000 for reply in replies[1::2]],
        wrong=sum(not reply.is_taken for reply in replies),
        confirmed=0,
    )


async def _stall(pid: int, seconds: float) -> None:
    """Let the OMS's process stand still for a while."""
    if not seconds:
        return
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


async def _submit(person: Person, form: Json) -> Reply:
    """Submit the form as one that was opened anew: with a client order id of its own."""
    view = form["view"]
    ticket = view["private_metadata"].replace(_client_order_id(view), str(uuid4()))
    return await person.door.deliver("interactive", {**form, "view": {**view, "private_metadata": ticket}})


async def _filled_form(person: Person) -> Json:
    """The submission of a form that buys a thousandth of a share: the cash lasts."""
    await person.command("buy 0.001 AAPL")
    modal = await person.modal()
    await person.slack.until(lambda: any(key.block_id == "portfolioId" for key in modal.inputs))
    return person.submission(modal)


def _client_order_id(view: Json) -> str:
    """The id that stands in a form's ticket."""
    ticket: Json = json.loads(view["private_metadata"])
    return str(ticket["client_order_id"])


@asynccontextmanager
async def _running_bot(environment: dict[str, str], session: aiohttp.ClientSession) -> AsyncIterator[str]:
    """Start `slackoms bot`, wait until it listens, and stop it at the end."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [*SLACKOMS, "bot", "--port", str(port)]
    process = psutil.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await _answers(session, url):  # noqa: ASYNC110  another process tells nobody
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/healthz") as response:
            return response.status == http.HTTPStatus.OK
    except aiohttp.ClientError:
        return False


def _line(name: str, count: str, half: str, late: str, slowest: str) -> str:
    return f"{name:36}{count:>8}{half:>10}{late:>10}{slowest:>10}"


def _percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]
