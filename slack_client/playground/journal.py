"""What the stand-in has sent to the bot, how long each ack took, and what the bot has called."""

import time
from collections import deque
from dataclasses import dataclass

import aiohttp

from slack_client.playground.doors import Door, Reply, Retry
from slack_client.playground.inputs import Json
from slack_client.playground.slack import Call, Slack

KEPT = 200
_UNREACHED = 503


@dataclass(frozen=True)
class Delivery:
    """What was sent to the bot and how it was acked; `at` is the second of the epoch."""

    number: int
    kind: str
    payload: Json
    reply: Reply
    at: float


class Journal:
    """The last deliveries and calls, for whoever wants to look under the hood."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._deliveries: deque[Delivery] = deque(maxlen=KEPT)
        self._delivered = 0

    async def write(self, kind: str, payload: Json, reply: Reply, at: float) -> None:
        """Keep a delivery, and let those who look know."""
        self._delivered += 1
        self._deliveries.append(Delivery(self._delivered, kind, payload, reply, at))
        await self._slack.changed()

    def lines(self) -> list[Json]:
        """One line each, oldest first, without what was said."""
        calls = list(enumerate(self._slack.calls))[-KEPT:]
        lines = [_delivery_line(each) for each in self._deliveries]
        lines += [_call_line(number, call) for number, call in calls]
        return sorted(lines, key=lambda line: line["at"])[-KEPT:]

    def find(self, line_id: str) -> Json | None:
        """All that was said, by a line's id; None where it is not kept any more."""
        kind, _, number = line_id.partition("-")
        if kind == "call" and number.isdecimal() and int(number) < len(self._slack.calls):
            return {"sent": self._slack.calls[int(number)].arguments}
        for delivery in self._deliveries:
            if line_id == f"delivery-{delivery.number}":
                return {"sent": delivery.payload, "acked": delivery.reply.body}
        return None


class WatchedDoor:
    """A door that keeps a journal. A bot that is not there has acked with 503."""

    def __init__(self, door: Door, journal: Journal) -> None:
        self._door = door
        self._journal = journal

    async def deliver(self, kind: str, payload: Json, retry: Retry | None = None) -> Reply:
        """Bring it and write down how it was acked."""
        at, started = time.time(), time.monotonic()
        try:
            reply = await self._door.deliver(kind, payload, retry)
        except (aiohttp.ClientError, TimeoutError):
            reply = Reply(_UNREACHED, {}, time.monotonic() - started)
        await self._journal.write(kind, payload, reply, at)
        return reply


def _delivery_line(delivery: Delivery) -> Json:
    return {
        "id": f"delivery-{delivery.number}",
        "from": "slack",
        "name": _name(delivery.payload),
        "at": delivery.at,
        "status": delivery.reply.status,
        "milliseconds": round(delivery.reply.seconds * 1000),
        "is_taken": delivery.reply.is_taken,
    }


def _call_line(number: int, call: Call) -> Json:
    return {"id": f"call-{number}", "from": "bot", "name": call.method, "at": call.at}


def _name(payload: Json) -> str:
    """What somebody did: the command as typed, or the interaction and what it was done to."""
    if "command" in payload:
        return f"{payload['command']} {payload['text']}".strip()
    if "event" in payload:
        return str(payload["event"]["type"])
    done_to = [action["action_id"] for action in payload.get("actions", [])]
    return " ".join([payload["type"], *done_to, *filter(None, [payload.get("action_id")])])
