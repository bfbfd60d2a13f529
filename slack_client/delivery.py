"""Getting a message to where the command came from, once.

Places are tried in order until one takes the message. A place that may have taken it (a time-out,
a broken connection, an internal error of Slack's) ends the search: the message is never sent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from slack_client.blocks import Json
from slack_client.forms import Ticket
from slack_client.messages import Message
from slack_client.store import CLAIM_SECONDS

DELIVERY_SECONDS = CLAIM_SECONDS - 5
RETRY_AFTER_LIMIT_SECONDS = 3
_BRIEF_WAITS = frozenset(str(seconds) for seconds in range(RETRY_AFTER_LIMIT_SECONDS + 1))
_UNSURE_ERRORS = frozenset({None, "fatal_error", "internal_error", "request_timeout", "service_unavailable"})
_log = logging.getLogger(__name__)


class Delivery(Enum):
    """What became of a message."""

    SENT = "sent"
    REFUSED = "refused"
    UNSURE = "unsure"


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

    async def announce(self, message: Message, ticket: Ticket, user_id: str) -> Delivery:
        """Post for everyone in the channel: as a member, else by response_url, else to the trader alone."""
        body = message.payload()
        return await self._first(
            lambda: self._post(ticket.channel_id, body),
            lambda: self._respond(ticket.response_url, body | {"response_type": "in_channel"}),
            lambda: self._post(user_id, body),
        )

    async def whisper(self, message: Message, ticket: Ticket, user_id: str) -> Delivery:
        """Tell the trader alone: where the command was typed, else in their conversation with the bot."""
        body = message.payload()
        return await self._first(
            lambda: self._respond(ticket.response_url, body | {"response_type": "ephemeral"}),
            lambda: self._post(user_id, body),
        )

    async def _first(self, *places: Callable[[], Awaitable[Delivery]]) -> Delivery:
        delivery = Delivery.REFUSED
        try:
            async with asyncio.timeout(DELIVERY_SECONDS):
                for place in places:
                    delivery = await place()
                    if delivery is not Delivery.REFUSED:
                        return delivery
        except (TimeoutError, aiohttp.ClientError) as error:
            _log.warning("a message may or may not have reached Slack: %r", error)
            return Delivery.UNSURE
        _log.error("Slack refused a message everywhere")
        return delivery

    async def _post(self, channel: str, body: Json) -> Delivery:
        try:
            await self._slack.chat_postMessage(channel=channel, unfurl_links=False, **body)
        except SlackApiError as refusal:
            error = refusal.response.get("error")
            _log.info("chat.postMessage to %s: %s", channel, error)
            return Delivery.UNSURE if error in _UNSURE_ERRORS else Delivery.REFUSED
        except aiohttp.ClientConnectorError as error:
            _log.warning("Slack cannot be reached: %s", error)
            return Delivery.REFUSED
        return Delivery.SENT

    async def _respond(self, response_url: str, body: Json) -> Delivery:
        webhook = AsyncWebhookClient(
            response_url, session=self._session, retry_handlers=[BriefRateLimitRetryHandler()]
        )
        try:
            response = await webhook.send_dict(body | {"replace_original": False})
        except aiohttp.ClientConnectorError as error:
            _log.warning("Slack cannot be reached: %s", error)
            return Delivery.REFUSED
        if response.status_code >= 500:
            return Delivery.UNSURE
        return Delivery.SENT if response.status_code == 200 else Delivery.REFUSED
