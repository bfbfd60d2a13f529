"""Getting a message to where the trader is, once.

Places are tried in order until one takes the message. A place that may have taken it (a time-out,
a broken connection, an internal error of Slack's) ends the search: the message is never sent again.

What nobody waits for (a message that is drawn anew, a notice) goes to one place, when Slack has time for it.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from slack_client.blocks import Json
from slack_client.messages import Message
from slack_client.store.claims import CLAIM_SECONDS
from slack_client.store.order_messages import Place

DELIVERY_SECONDS = CLAIM_SECONDS - 5
PLAIN_SECONDS = 60 * 60
RETRY_AFTER_LIMIT_SECONDS = 3
_BRIEF_WAITS = frozenset(str(seconds) for seconds in range(RETRY_AFTER_LIMIT_SECONDS + 1))
UNHURRIED_SECONDS = DELIVERY_SECONDS / 2
"""The limit of a redrawing and of a notice: both fit into one claim."""
_UNSURE_ERRORS = frozenset({None, "fatal_error", "internal_error", "request_timeout", "service_unavailable"})
_TOKEN_ERRORS = frozenset({"invalid_auth", "not_authed", "token_expired", "token_revoked"})
_GONE_ERRORS = frozenset(
    {
        "cant_update_message",
        "channel_not_found",
        "edit_window_closed",
        "is_archived",
        "is_inactive",
        "message_not_found",
        "not_in_channel",
    }
)
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]+)?")
_log = logging.getLogger(__name__)


class Delivery(Enum):
    """What became of a message."""

    SENT = "sent"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Address:
    """Where a trader is reached, and the channel and response_url of where they started, if there are any."""

    user_id: str
    channel_id: str | None = None
    response_url: str | None = None

    @classmethod
    def of_command(cls, body: Json) -> "Address":
        """Where a slash command was typed."""
        return cls(str(body["user_id"]), body["channel_id"], body["response_url"])

    @classmethod
    def of_interaction(cls, body: Json) -> "Address":
        """Where something was pressed: App Home has neither a channel nor a response_url."""
        channel_id = (body.get("channel") or {}).get("id")
        return cls(str(body["user"]["id"]), channel_id, body.get("response_url"))


@dataclass(frozen=True)
class Receipt:
    """What became of a message, and where it stands if it can be redrawn there.

    `is_undrawable` where Slack does not know its blocks, which no other place would mend.
    """

    delivery: Delivery
    place: Place | None = None
    is_undrawable: bool = False


Draw = Callable[[bool], Message]
"""Draws a page with tables and charts; plain, without them, where it is called with True."""

_REFUSED = Receipt(Delivery.REFUSED)
_UNDRAWABLE = Receipt(Delivery.REFUSED, is_undrawable=True)
_Attempt = Callable[[], Awaitable[Receipt]]


class NotNow(Exception):  # noqa: N818  it is Slack's answer, not a fault
    """Slack did not take it now and may later: after so many seconds, where it says so."""

    def __init__(self, reason: object, after_seconds: float | None = None) -> None:
        super().__init__(str(reason))
        self.after_seconds = after_seconds


class BriefRateLimitRetryHandler(AsyncRateLimitErrorRetryHandler):
    """Waits for Slack's Retry-After, but never longer than three seconds: by then another place is better."""

    async def _can_retry_async(self, *, response: HttpResponse | None = None, **others: Any) -> bool:  # noqa: ANN401
        if response is None or not await super()._can_retry_async(response=response, **others):
            return False
        headers = {name.lower(): values for name, values in response.headers.items()}
        return headers.get("retry-after", ["1"])[0] in _BRIEF_WAITS


class Messenger:
    """Slack's Web API and response_urls, over one HTTP session."""

    def __init__(self, slack: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._slack = slack
        self._session = session
        self._unhurried = AsyncWebClient(
            token=slack.token, base_url=slack.base_url, session=session, retry_handlers=[]
        )
        self._plain_until = 0.0

    async def announce(self, message: Message, address: Address) -> Receipt:
        """Post for everyone in the channel: as a member, else by response_url, else to the trader alone."""
        return await self._first(
            [
                *self._posting(address.channel_id, message),
                *self._responding(address, message, "in_channel"),
                *self._posting(address.user_id, message),
            ]
        )

    async def whisper(self, message: Message, address: Address) -> Receipt:
        """Tell the trader alone: where they started, else in their conversation with the bot."""
        return await self._first(
            [*self._responding(address, message, "ephemeral"), *self._posting(address.user_id, message)]
        )

    async def show(self, draw: Draw, address: Address, *, in_place: bool = False) -> Receipt:
        """Show a page to the trader alone, `in_place` of the message that was pressed.

        A Slack that does not know tables and charts gets it without them, and so for an hour.
        """
        if time.monotonic() >= self._plain_until:
            receipt = await self._show(draw(False), address, in_place=in_place)
            if not receipt.is_undrawable:
                return receipt
            self._plain_until = time.monotonic() + PLAIN_SECONDS
        return await self._show(draw(True), address, in_place=in_place)

    async def replace(self, message: Message, address: Address) -> Receipt:
        """Draw the message anew that was pressed, whoever sees it."""
        return await self._first(self._replacing(address, message))

    async def write(self, message: Message, address: Address) -> Receipt:
        """Tell the trader alone and for good: in their conversation with the bot, else where they started."""
        return await self._first(
            [*self._posting(address.user_id, message), *self._responding(address, message, "ephemeral")]
        )

    async def redraw(self, message: Message, place: Place) -> bool:
        """Draw a message anew where it stands; False where it can no longer be drawn there. Raises NotNow."""
        try:
            async with asyncio.timeout(UNHURRIED_SECONDS):
                await self._unhurried.chat_update(channel=place.channel_id, ts=place.ts, **message.payload())
        except SlackApiError as refusal:
            error = _error_of(refusal)
            if error in _UNSURE_ERRORS:
                raise NotNow(f"chat.update: {error}") from refusal
            level = logging.INFO if error in _GONE_ERRORS else logging.ERROR
            _log.log(level, "chat.update in %s: %s", place.channel_id, error)
            return error not in _GONE_ERRORS
        except (TimeoutError, aiohttp.ClientError) as error:
            raise NotNow(f"chat.update: {error!r}") from error
        return True

    async def notify(self, message: Message, user_id: str) -> Delivery:
        """Write to somebody in their conversation with the bot. Raises NotNow where it was certainly not sent
        and may be later."""
        try:
            async with asyncio.timeout(UNHURRIED_SECONDS):
                await self._unhurried.chat_postMessage(
                    channel=user_id, unfurl_links=False, **message.payload()
                )
        except SlackApiError as refusal:
            error = _error_of(refusal)
            _log.info("chat.postMessage to %s: %s", user_id, error)
            return Delivery.UNSURE if error in _UNSURE_ERRORS else Delivery.REFUSED
        except aiohttp.ClientConnectorError as error:
            raise NotNow(f"chat.postMessage: {error!r}") from error
        except (TimeoutError, aiohttp.ClientError) as error:
            _log.warning("a notice may or may not have reached Slack: %r", error)
            return Delivery.UNSURE
        return Delivery.SENT

    async def _show(self, message: Message, address: Address, *, in_place: bool) -> Receipt:
        if not in_place:
            return await self.whisper(message, address)
        return await self._first(
            [*self._replacing(address, message), *self._posting(address.user_id, message)]
        )

    def _posting(self, channel: str | None, message: Message) -> Sequence[_Attempt]:
        return [] if channel is None else [lambda: self._post(channel, message.payload())]

    def _responding(self, address: Address, message: Message, response_type: str) -> Sequence[_Attempt]:
        url = address.response_url
        if url is None:
            return []
        body = message.payload() | {"response_type": response_type, "replace_original": False}
        return [lambda: self._respond(url, body)]

    def _replacing(self, address: Address, message: Message) -> Sequence[_Attempt]:
        url = address.response_url
        if url is None:
            return []
        return [lambda: self._respond(url, message.payload() | {"replace_original": True})]

    async def _first(self, attempts: Sequence[_Attempt]) -> Receipt:
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                for attempt in attempts:
                    receipt = await attempt()
                    if receipt.delivery is not Delivery.REFUSED or receipt.is_undrawable:
                        return receipt
        except (TimeoutError, aiohttp.ClientError) as error:
            _log.warning("a message may or may not have reached Slack: %r", error)
            return Receipt(Delivery.UNSURE)
        _log.error("Slack refused a message everywhere")
        return _REFUSED

    async def _post(self, channel: str, body: Json) -> Receipt:
        try:
            posted = await self._slack.chat_postMessage(channel=channel, unfurl_links=False, **body)
        except SlackApiError as refusal:
            error = refusal.response.get("error")
            _log.info("chat.postMessage to %s: %s", channel, error)
            if error == "invalid_blocks":
                return _UNDRAWABLE
            return Receipt(Delivery.UNSURE) if error in _UNSURE_ERRORS else _REFUSED
        except aiohttp.ClientConnectorError as error:
            _log.warning("Slack cannot be reached: %s", error)
            return _REFUSED
        return Receipt(Delivery.SENT, Place(str(posted["channel"]), str(posted["ts"])))

    async def _respond(self, response_url: str, body: Json) -> Receipt:
        webhook = AsyncWebhookClient(
            response_url, session=self._session, retry_handlers=[BriefRateLimitRetryHandler()]
        )
        try:
            response = await webhook.send_dict(body)
        except aiohttp.ClientConnectorError as error:
            _log.warning("Slack cannot be reached: %s", error)
            return _REFUSED
        if response.status_code >= 500:
            return Receipt(Delivery.UNSURE)
        if response.body == "invalid_blocks":
            return _UNDRAWABLE
        return Receipt(Delivery.SENT) if response.status_code == 200 else _REFUSED


def _error_of(refusal: SlackApiError) -> str | None:
    """Slack's word for why. Raises NotNow for what it would take later: too many calls, a token to renew."""
    response = refusal.response
    error: str | None = response.get("error")
    if response.status_code == 429:
        raise NotNow("too many calls", _seconds(response.headers.get("Retry-After"))) from refusal
    if error in _TOKEN_ERRORS:
        raise NotNow(f"Slack refuses the bot's token: {error}") from refusal
    return error


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and _SECONDS.fullmatch(retry_after) else None
