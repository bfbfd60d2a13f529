"""`slackoms slack check` as its user runs it: a real process, and the stand-in for Slack on loopback."""

import asyncio
import os
import pty
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from slack_client.check.checking import ATTEMPTS
from slack_client.check.samples import Kind, draw_samples
from slack_client.playground.slack import Fault, Slack
from slack_client.playground.web_api import Playground, Sockets

SAMPLES = list(draw_samples())
ALL_VALID = f"All {len(SAMPLES)} payloads are valid.\n"
CLOSED_PORT = "http://127.0.0.1:9/api/"


@dataclass(frozen=True)
class Ended:
    """What a run of the command printed, and its exit code."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Desk:
    """A folder to run the command in, and the stand-in that it asks."""

    slack: Slack
    url: str
    folder: Path

    async def check(self, *arguments: str, **variables: str) -> Ended:
        """Run the command to its end."""
        process = await asyncio.create_subprocess_exec(
            *command(*arguments),
            cwd=self.folder,
            env=self.environment(**variables),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), timeout=60)
        assert process.returncode is not None
        assert b"Traceback" not in err
        return Ended(process.returncode, out.decode(), err.decode())

    def environment(self, **variables: str) -> dict[str, str]:
        """What the command reads, changed by the test."""
        own = {"SLACK_API_URL": f"{self.url}/api/", "SLACK_BOT_TOKEN": self.slack.bot_token}
        return {"PATH": os.environ["PATH"], **own, **variables}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "graphql_api.cli", "slack", "check", *arguments]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    slack = Slack()
    async with Playground(slack, Sockets()).serve() as url:
        yield Desk(slack, url, tmp_path)


async def test_everything_that_the_bot_draws_is_sent_once_and_shown_to_nobody(desk: Desk) -> None:
    ended = await desk.check()
    assert (ended.code, ended.out) == (0, ALL_VALID)
    every_25th = range(25, len(SAMPLES) + 1, 25)
    assert ended.err.splitlines() == [f"{done} of {len(SAMPLES)} payloads checked" for done in every_25th]
    assert {call.method for call in desk.slack.calls} == {"blocks.validate"}
    sent = [call.arguments.get("message") or call.arguments["view"] for call in desk.slack.calls]
    assert sent == [sample.payload for sample in SAMPLES]
    assert desk.slack.messages == []
    assert desk.slack.views == {}


async def test_on_a_terminal_progress_is_one_line(desk: Desk) -> None:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *command(), cwd=desk.folder, env=desk.environment(), stdout=asyncio.subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    screen = asyncio.to_thread(read_all, ours)
    (out, _), shown = await asyncio.wait_for(asyncio.gather(process.communicate(), screen), timeout=60)
    assert (process.returncode, out.decode()) == (0, ALL_VALID)
    assert f"\r\x1b[K{len(SAMPLES)} of {len(SAMPLES)} payloads checked" in shown
    assert "\n" not in shown


def read_all(terminal: int) -> str:
    """What is written to a terminal until it is closed, which Linux tells with an error."""
    read = b""
    try:
        while part := os.read(terminal, 65536):
            read += part
    except OSError:
        pass
    os.close(terminal)
    return read.decode()


async def test_what_slack_refuses_is_named_with_its_place(desk: Desk) -> None:
    desk.slack.refuses_new_blocks = {"data_table"}
    ended = await desk.check()
    *lines, last = ended.out.splitlines()
    tables = [
        f"{sample.name}: /blocks/{place}/type: unsupported type: data_table"
        for sample in SAMPLES
        for place, block in enumerate(sample.payload["blocks"])
        if block["type"] == "data_table"
    ]
    assert ended.code == 1
    assert lines == tables
    assert last == f"{len(tables)} of {len(SAMPLES)} payloads are refused."


async def test_one_refused_payload_does_not_end_the_check(desk: Desk) -> None:
    desk.slack.fail_next("blocks.validate", Fault(error="invalid_message"))
    ended = await desk.check()
    [refused, last] = ended.out.splitlines()
    assert ended.code == 1
    assert refused == f"{SAMPLES[0].name}: invalid_message"
    assert last == f"1 of {len(SAMPLES)} payloads are refused."
    assert len(desk.slack.calls) == len(SAMPLES)


async def test_where_slack_asks_to_wait_it_waits_and_says_so(desk: Desk) -> None:
    desk.slack.fail_next("blocks.validate", *[Fault(retry_after_seconds=1)] * 2)
    ended = await desk.check()
    assert (ended.code, ended.out) == (0, ALL_VALID)
    assert ended.err.count(f"0 of {len(SAMPLES)} payloads checked; Slack asks to wait 1 s\n") == 2
    assert len(desk.slack.calls) == len(SAMPLES) + 2


async def test_a_slack_that_goes_on_asking_to_wait_ends_it(desk: Desk) -> None:
    desk.slack.fail_next("blocks.validate", *[Fault(retry_after_seconds=0)] * ATTEMPTS)
    ended = await desk.check()
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("Slack goes on asking to wait. Try again in an hour.\n")
    assert len(desk.slack.calls) == ATTEMPTS


async def test_a_refused_token_ends_it_with_a_sentence(desk: Desk) -> None:
    ended = await desk.check(SLACK_BOT_TOKEN="xoxb-of-another")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Slack refuses SLACK_BOT_TOKEN (invalid_auth).")
    assert "xoxb-of-another" not in ended.err
    assert len(desk.slack.calls) == 1


async def test_a_slack_that_cannot_be_reached_is_said_in_a_sentence(desk: Desk) -> None:
    ended = await desk.check(SLACK_API_URL=CLOSED_PORT)
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch(rf"Slack cannot be reached at {CLOSED_PORT} \(.*Connection refused\)\.\n", ended.err)
    assert desk.slack.calls == []


async def test_a_slack_in_trouble_is_no_judgement(desk: Desk) -> None:
    desk.slack.fail_next("blocks.validate", Fault(error="internal_error"))
    ended = await desk.check()
    assert (ended.code, ended.out, ended.err) == (2, "", "Slack gave no judgement: internal_error.\n")


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("", "Slack cannot be asked:\n  SLACK_BOT_TOKEN is missing\n"),
        ("xoxb-…", "Slack cannot be asked:\n  SLACK_BOT_TOKEN is no token: copy it anew"),
    ],
)
async def test_without_a_token_that_can_be_sent_nothing_is(desk: Desk, token: str, said: str) -> None:
    ended = await desk.check(SLACK_BOT_TOKEN=token)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(said)
    assert desk.slack.calls == []


async def test_the_token_is_read_from_the_file_beside_the_command(desk: Desk) -> None:
    (desk.folder / ".env").write_text(f"SLACK_BOT_TOKEN={desk.slack.bot_token}\n")
    assert (await desk.check(SLACK_BOT_TOKEN="")).code == 0


async def test_help_says_what_is_sent_and_what_it_needs(desk: Desk) -> None:
    ended = await desk.check("--help")
    assert ended.code == 0
    for word in ("SLACK_BOT_TOKEN", "blocks.validate", "shown to anybody", "Exit 0"):
        assert word in " ".join(ended.out.split())
    assert desk.slack.calls == []


def test_messages_forms_and_homes_are_all_sent() -> None:
    assert {sample.kind for sample in SAMPLES} == set(Kind)
