"""What the stand-in knows: the views it shows, the messages it was sent, and what it should refuse."""

import asyncio
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from slack_client.playground.limits import check_message, check_view

Json = dict[str, Any]

TRIGGER_SECONDS = 3
RESPONSE_URL_USES = 5


class Refusal(Exception):  # noqa: N818  it is Slack's answer, not a fault of the stand-in
    """Slack's `{"ok": false, "error": …}`."""

    def __init__(self, error: str, complaints: Iterable[str] = ()) -> None:
        super().__init__(error)
        self.error = error
        self.complaints = list(complaints)


@dataclass(frozen=True)
class Fault:
    """How one coming call should go wrong: late, with an error, or with 429 and Retry-After."""

    error: str | None = None
    retry_after_seconds: float | None = None
    delay_seconds: float = 0


@dataclass(frozen=True)
class Call:
    """A call of the Web API as it came in."""

    method: str
    arguments: Json


@dataclass(frozen=True)
class Posted:
    """A message: to everyone in the channel, or to one user when `seen_by` says so."""

    channel: str
    body: Json
    seen_by: str | None = None


@dataclass
class OpenView:
    """A modal on a user's screen, with what stands in its inputs."""

    id: str
    user_id: str
    view: Json
    hash: str
    inputs: dict[tuple[str, str], Json]
    is_open: bool = True

    def show(self, view: Json) -> None:
        """Draw another state: an input whose block id and action id stay keeps what was typed."""
        before = self.inputs
        self.inputs = {key: before.get(key, value) for key, value in initial_inputs(view).items()}
        self.view = view
        self.hash = new_hash()


@dataclass
class _ResponseUrl:
    channel: str
    user_id: str
    uses_left: int = RESPONSE_URL_USES


@dataclass
class Slack:
    """One Slack workspace as the bot sees it."""

    bot_token: str = "xoxb-playground"  # noqa: S105  a stand-in has no secrets
    app_token: str = "xapp-playground"  # noqa: S105
    team_id: str = "T0PLAYGRND"
    bot_channels: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    views: dict[str, OpenView] = field(default_factory=dict)
    messages: list[Posted] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _triggers: dict[str, tuple[float, str]] = field(default_factory=dict)
    _response_urls: dict[str, _ResponseUrl] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def fail_next(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method (or of `response_url`) go wrong, one fault a call."""
        self._faults[method].extend(faults)

    def new_trigger(self, user_id: str) -> str:
        """Make a trigger id as a click does: for one view, within three seconds."""
        trigger_id = f"{secrets.randbelow(10**10)}.{secrets.token_hex(8)}"
        self._triggers[trigger_id] = (time.monotonic() + TRIGGER_SECONDS, user_id)
        return trigger_id

    def new_response_path(self, channel: str, user_id: str) -> str:
        """Make the path of a response_url: five uses."""
        token = secrets.token_hex(12)
        self._response_urls[token] = _ResponseUrl(channel, user_id)
        return f"/response/{token}"

    async def until(self, true: Callable[[], bool], within: float = 10) -> None:
        """Wait until something holds of what the stand-in knows. Raises TimeoutError."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(true)

    async def changed(self) -> None:
        """Wake whoever waits."""
        async with self._changed:
            self._changed.notify_all()

    def take_fault(self, method: str) -> Fault | None:
        """The fault planned for this call."""
        faults = self._faults[method]
        return faults.popleft() if faults else None

    def open_view(self, arguments: Json) -> Json:
        """views.open."""
        expires_at, user_id = self._triggers.pop(arguments.get("trigger_id", ""), (0.0, ""))
        if time.monotonic() > expires_at:
            raise Refusal("expired_trigger_id")
        view = self._checked_view(arguments["view"])
        view_id = f"V{secrets.token_hex(5).upper()}"
        self.views[view_id] = OpenView(view_id, user_id, view, new_hash(), initial_inputs(view))
        return self._describe(view_id)

    def update_view(self, arguments: Json) -> Json:
        """views.update."""
        shown = self.views.get(arguments.get("view_id", ""))
        if shown is None or not shown.is_open:
            raise Refusal("not_found")
        if arguments.get("hash") not in {None, shown.hash}:
            raise Refusal("hash_conflict")
        shown.show(self._checked_view(arguments["view"]))
        return self._describe(shown.id)

    def post_message(self, arguments: Json) -> Json:
        """chat.postMessage, to a channel that the bot is in or to a user."""
        channel = str(arguments.get("channel", ""))
        if channel.startswith("U"):
            seen_by: str | None = channel
        elif channel in self.bot_channels:
            seen_by = None
        else:
            raise Refusal("not_in_channel" if channel.startswith("C") else "channel_not_found")
        self._check_message(arguments)
        self.messages.append(Posted(channel, arguments, seen_by))
        return {"channel": channel, "ts": f"{time.time_ns() // 1_000_000_000}.000100"}

    def respond(self, token: str, body: Json) -> None:
        """A message by response_url: to the trader, or to the channel for `in_channel`."""
        url = self._response_urls.get(token)
        if url is None:
            raise Refusal("expired_url")
        if url.uses_left == 0:
            raise Refusal("used_url")
        self._check_message(body)
        url.uses_left -= 1
        self.add_reply(url.channel, url.user_id, body)

    def add_reply(self, channel: str, user_id: str, body: Json) -> None:
        """Show a reply to a command where it was typed."""
        in_channel = body.get("response_type") == "in_channel"
        self.messages.append(Posted(channel, body, None if in_channel else user_id))

    def check_ack_message(self, body: Json) -> None:
        """Check the message that a command was acked with."""
        self._check_message(body)

    def check_ack_view(self, view: Json) -> Json:
        """Check the view that a submission was acked with."""
        return self._checked_view(view)

    def _checked_view(self, view: Json) -> Json:
        if complaints := check_view(view):
            self.complaints += complaints
            raise Refusal("invalid_arguments", complaints)
        return view

    def _check_message(self, body: Json) -> None:
        if complaints := check_message(body):
            self.complaints += complaints
            raise Refusal("invalid_blocks", complaints)

    def _describe(self, view_id: str) -> Json:
        shown = self.views[view_id]
        return {"view": {**shown.view, "id": view_id, "hash": shown.hash, "team_id": self.team_id}}


def new_hash() -> str:
    """A view's hash, another one for each state."""
    return f"{time.time_ns()}.{secrets.token_hex(4)}"


def initial_inputs(view: Json) -> dict[tuple[str, str], Json]:
    """What stands in a view's inputs before anybody types, as `state.values` says it."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    return {
        (block["block_id"], block["element"]["action_id"]): _initial(block["element"]) for block in inputs
    }


def _initial(element: Json) -> Json:
    match element["type"]:
        case "plain_text_input" | "number_input":
            return {"type": element["type"], "value": element.get("initial_value")}
        case "checkboxes":
            return {"type": element["type"], "selected_options": element.get("initial_options", [])}
        case _:
            return {"type": element["type"], "selected_option": element.get("initial_option")}
