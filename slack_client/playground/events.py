"""Slack's Events API: what happened in a workspace, told to the bot, and told again when it did not ack."""

import asyncio
import secrets
import time
from collections.abc import Sequence

from slack_client.playground.doors import Door, Reply, Retry
from slack_client.playground.slack import APP_ID, Json, Slack

REDELIVERY_PAUSES = (0, 60, 300)
"""Seconds before each time that Slack tells the bot again."""


class InsistentDoor:
    """A door through which an event comes again until the bot acks it: at once, and after each pause."""

    def __init__(self, door: Door, pauses: Sequence[float] = REDELIVERY_PAUSES) -> None:
        self._door = door
        self._pauses = pauses
        self._insisting: set[asyncio.Task[None]] = set()

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Reply:
        """Bring it once and say how it was acked; an event that was not goes on in the background."""
        reply = await self._door.deliver(kind, payload, retry)
        if kind == "events_api" and not reply.is_taken:
            task = asyncio.create_task(self._insist(payload))
            self._insisting.add(task)
            task.add_done_callback(self._insisting.discard)
        return reply

    async def close(self) -> None:
        """Give up on what is not acked yet."""
        for task in list(self._insisting):
            task.cancel()
        await asyncio.gather(*self._insisting, return_exceptions=True)

    async def _insist(self, payload: Json) -> None:
        for number, pause in enumerate(self._pauses, start=1):
            await asyncio.sleep(pause)
            if (await self._door.deliver("events_api", payload, Retry(number))).is_taken:
                return


def event_callback(slack: Slack, event: Json) -> Json:
    """Wrap an event as Slack does, with an id of its own."""
    return {
        "token": "unused",
        "team_id": slack.team_id,
        "context_team_id": slack.team_id,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": {"event_ts": slack.new_ts(), **event},
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": slack.team_id,
                "user_id": slack.bot_user_id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{secrets.token_hex(16)}",
    }


async def deliver_event(slack: Slack, door: Door, event: Json) -> Reply:
    """Tell the bot of an event once."""
    return await deliver_callback(door, event_callback(slack, event))


async def deliver_callback(door: Door, callback: Json, retry: Retry | None = None) -> Reply:
    """Tell the bot of a wrapped event; with `retry`, again."""
    return await door.deliver("events_api", callback, retry)
