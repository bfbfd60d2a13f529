"""What the stand-in knows of one workspace: its people and channels, what they see, what should go wrong."""

import asyncio
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from slack_client.playground.inputs import Key, initial_inputs, name_blocks

Json = dict[str, Any]

APP_ID = "A0PLAYGRND"
TRIGGER_SECONDS = 3
RESPONSE_URL_USES = 5
RESPONSE_URL_SECONDS = 30 * 60


class Refusal(Exception):  # noqa: N818  it is Slack's answer, not a fault of the stand-in
    """Slack's `{"ok": false, "error": …}`; `extra` is what stands beside it."""

    def __init__(self, error: str, complaints: Iterable[str] = (), **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.complaints = list(complaints)
        self.extra = extra


@dataclass(frozen=True)
class Fault:
    """How one coming call should go wrong: late, with an error, with 429 and Retry-After, or with a proxy's
    503, whose page is HTML under this content type."""

    error: str | None = None
    retry_after_seconds: float | None = None
    delay_seconds: float = 0
    page_type: str | None = None


@dataclass(frozen=True)
class Call:
    """A call of the Web API as it came in; `at` is the second of the epoch."""

    method: str
    arguments: Json
    at: float = field(default_factory=time.time)


@dataclass
class Posted:
    """A message: to everyone in the channel, or to one user when `seen_by` says so.

    `earlier` keeps the bodies that it had before it was edited, oldest first. `author` is None for the bot.
    """

    channel: str
    body: Json
    seen_by: str | None = None
    ts: str = ""
    author: str | None = None
    is_ephemeral: bool = False
    is_deleted: bool = False
    earlier: list[Json] = field(default_factory=list)
    blocks: list[Json] = field(init=False)
    inputs: dict[Key, Json] = field(init=False)
    suggestions: dict[Key, list[Json]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Draw it for the first time."""
        self._draw()

    def edit(self, changes: Json) -> None:
        """Show another state; what the changes do not name stays, as Slack keeps it."""
        self.earlier.append(self.body)
        self.body = self.body | changes
        self._draw()

    def _draw(self) -> None:
        self.blocks = name_blocks(self.body.get("blocks") or [])
        self.inputs = initial_inputs(self.blocks)


@dataclass
class OpenView:
    """A modal on a user's screen or their Home tab, with what stands in its inputs.

    `root_id` is the first modal of the stack, `previous_id` the one below. `channel` is where the user was
    when it opened.
    """

    id: str
    user_id: str
    view: Json
    root_id: str = ""
    previous_id: str | None = None
    channel: str | None = None
    is_open: bool = True
    hash: str = field(init=False)
    inputs: dict[Key, Json] = field(init=False, default_factory=dict)
    suggestions: dict[Key, list[Json]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Draw it for the first time."""
        self.root_id = self.root_id or self.id
        self.show(self.view)

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, each with an id."""
        blocks: list[Json] = self.view["blocks"]
        return blocks

    def show(self, view: Json) -> None:
        """Draw another state: an input whose block id and action id stay keeps what was typed."""
        before = self.inputs
        self.view = view | {"blocks": name_blocks(view["blocks"])}
        initial = initial_inputs(self.blocks, self.channel)
        self.inputs = {key: before.get(key, value) for key, value in initial.items()}
        self.hash = f"{time.time_ns()}.{secrets.token_hex(4)}"


Place = OpenView | Posted


@dataclass
class Trigger:
    """What a click allows: one view, within three seconds.

    `view_id` is the modal that was clicked in, `channel` where the user was.
    """

    user_id: str
    expires_at: float
    view_id: str | None = None
    channel: str | None = None
    is_exchanged: bool = False


@dataclass
class ResponseUrl:
    """A way to answer where something was typed or pressed; `original` is the message of a press."""

    channel: str
    user_id: str
    expires_at: float
    original: Posted | None = None
    uses_left: int = RESPONSE_URL_USES


@dataclass(frozen=True)
class OAuthCode:
    """What the browser brings back from Slack's consent page."""

    user_id: str
    scopes: Sequence[str]
    redirect_uri: str | None


@dataclass
class Slack:
    """One Slack workspace as the bot sees it.

    A channel that is in neither `bot_channels` nor `archived_channels` is one that the bot is no member of.
    `users` are names by user id; a `Person` is entered into it. `channel_names` are names by channel, where
    they matter. `refuses_new_blocks` are the types of blocks that this Slack is too old to know.
    """

    bot_token: str = "xoxb-playground"  # noqa: S105  a stand-in has no secrets
    app_token: str = "xapp-playground"  # noqa: S105
    team_id: str = "T0PLAYGRND"
    team_name: str = "Playground"
    bot_user_id: str = "U0BOT"
    bot_id: str = "B0BOT"
    bot_channels: set[str] = field(default_factory=set)
    archived_channels: set[str] = field(default_factory=set)
    channel_names: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    users: dict[str, str] = field(default_factory=dict)
    deleted_users: set[str] = field(default_factory=set)
    refuses_new_blocks: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    views: dict[str, OpenView] = field(default_factory=dict)
    homes: dict[str, OpenView] = field(default_factory=dict)
    messages: list[Posted] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    oauth_codes: dict[str, OAuthCode] = field(default_factory=dict)
    refused_tokens: dict[str, str] = field(default_factory=dict)
    _faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    _triggers: dict[str, Trigger] = field(default_factory=dict)
    _response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    _last_ts: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def fail_next(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method (or of `response_url`) go wrong, one fault a call."""
        self._faults[method].extend(faults)

    def take_fault(self, method: str) -> Fault | None:
        """The fault planned for this call."""
        faults = self._faults[method]
        return faults.popleft() if faults else None

    def join(self, channel: str, user_id: str, user_name: str) -> None:
        """Let a user be known, and be in a channel."""
        self.users[user_id] = user_name
        self.members[channel].add(user_id)

    def dm_of(self, user_id: str) -> str:
        """The channel of a user's conversation with the bot."""
        return f"D{user_id[1:]}"

    def user_of_dm(self, channel: str) -> str | None:
        """The user whose conversation with the bot this is."""
        return next((user_id for user_id in self.users if self.dm_of(user_id) == channel), None)

    def new_ts(self) -> str:
        """Make a message's timestamp: Slack's format, unique and growing."""
        self._last_ts = max(time.time_ns() // 1000, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_trigger(self, user_id: str, view_id: str | None = None, channel: str | None = None) -> str:
        """Make a trigger id as a click does, in a modal or elsewhere."""
        trigger_id = f"{secrets.randbelow(10**10)}.{secrets.randbelow(10**10)}.{secrets.token_hex(8)}"
        self._triggers[trigger_id] = Trigger(user_id, time.monotonic() + TRIGGER_SECONDS, view_id, channel)
        return trigger_id

    def exchange_trigger(self, trigger_id: str) -> Trigger:
        """Use a trigger up. Raises Refusal."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.is_exchanged:
            raise Refusal("exchanged_trigger_id")
        if time.monotonic() > trigger.expires_at:
            raise Refusal("expired_trigger_id")
        trigger.is_exchanged = True
        return trigger

    def new_response_path(self, channel: str, user_id: str, original: Posted | None = None) -> str:
        """Make the path of a response_url: five uses within half an hour."""
        token = secrets.token_hex(12)
        expires_at = time.monotonic() + RESPONSE_URL_SECONDS
        self._response_urls[token] = ResponseUrl(channel, user_id, expires_at, original)
        return f"/response/{token}"

    def response_url(self, token: str) -> ResponseUrl | None:
        """What stands behind a response_url's token."""
        return self._response_urls.get(token)

    def new_oauth_code(
        self, user_id: str, scopes: Sequence[str] = (), redirect_uri: str | None = None
    ) -> str:
        """Make the code that a browser brings back when this user has agreed to the installation."""
        code = f"{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        self.oauth_codes[code] = OAuthCode(user_id, scopes, redirect_uri)
        return code

    def revoke_token(self, error: str = "account_inactive") -> None:
        """Let the bot's token be refused with this error, as after an uninstall; the next one is another."""
        self.refused_tokens[self.bot_token] = error
        self.bot_token = f"xoxb-{self.team_id}-{secrets.token_hex(6)}"

    def new_view_id(self) -> str:
        """Make a view's id."""
        return f"V{secrets.token_hex(5).upper()}"

    def shown_views(self) -> list[OpenView]:
        """Every open modal and every Home, in the order they came."""
        return [shown for shown in self.views.values() if shown.is_open] + list(self.homes.values())

    def stack(self, root_id: str) -> list[OpenView]:
        """The open modals on top of each other, the lowest first."""
        return [shown for shown in self.views.values() if shown.is_open and shown.root_id == root_id]

    async def until(self, true: Callable[[], bool], within: float = 10) -> None:
        """Wait until something holds of what the stand-in knows. Raises TimeoutError."""
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(true)

    async def changed(self) -> None:
        """Wake whoever waits."""
        async with self._changed:
            self._changed.notify_all()
