"""How long acks took is told to Prometheus, and to nobody else."""

import re

import pytest

from slack_client.playground.doors import HttpDoor
from tests.slack.conftest import Stage, loaded_form

COUNTS = re.compile(r'slackoms_slack_ack_seconds_count\{kind="([^"]+)"\} (\d+)')


async def read_metrics(stage: Stage, door: HttpDoor, token: str | None = None) -> tuple[int, str]:
    """Ask the bot for /metrics."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    url = door.url.replace("/slack/events", "/metrics")
    async with stage.session.get(url, headers=headers) as response:
        return response.status, await response.text()


async def test_every_kind_of_ack_is_measured(stage: Stage) -> None:
    async with stage.bot() as door:
        assert isinstance(door, HttpDoor)
        ada = stage.person(door)
        modal = await loaded_form(ada)
        await ada.type(modal, quantity="1")
        await ada.submit(modal)
        await ada.command("x", command="/not-ours")
        status, text = await read_metrics(stage, door)
    assert status == 200
    assert dict(COUNTS.findall(text)) == {
        "/trade": "1",
        "block_actions": "1",
        "view_submission": "1",
        "other": "1",
    }


@pytest.mark.parametrize(("token", "status"), [(None, 404), ("wrong", 404), ("right", 200)])
async def test_metrics_are_not_public(stage: Stage, token: str | None, status: int) -> None:
    async with stage.bot(metrics_token="right") as door:
        assert isinstance(door, HttpDoor)
        answered, text = await read_metrics(stage, door, token)
    assert answered == status
    assert ("slackoms" in text) is (status == 200)
