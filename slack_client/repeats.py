"""Slack tells of an event again where it had no ack: at once, after a minute and after five.

That it is told again says nothing of whether the first time arrived, so it is the event's id that is looked
at. Each process remembers its own: what two of them do for one event must be good to be done twice.
"""

import time
from collections.abc import Awaitable, Callable

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp

from slack_client.blocks import Json

REMEMBER_SECONDS = 600.0


class SeenEvents:
    """The events of the last ten minutes."""

    def __init__(self) -> None:
        self._seen_at: dict[str, float] = {}

    def is_new(self, event_id: str) -> bool:
        """Whether this is the first time in ten minutes; from now on it is not."""
        now = time.monotonic()
        self._seen_at = {id: at for id, at in self._seen_at.items() if now - at < REMEMBER_SECONDS}
        is_new = event_id not in self._seen_at
        self._seen_at.setdefault(event_id, now)
        return is_new


def register(app: AsyncApp) -> None:
    """Ack an event that was seen before, and do no more."""
    seen = SeenEvents()

    @app.middleware
    async def drop_repeats(body: Json, next_: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        event_id = body.get("event_id")
        if event_id is not None and not seen.is_new(str(event_id)):
            return BoltResponse(status=200)
        await next_()
        return None
