"""Which Slack workspace the bot is in."""

import asyncio
import logging

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from slack_client.pauses import Pauses
from slack_client.refusals import error_of

_log = logging.getLogger(__name__)


async def find_team_id(slack: AsyncWebClient) -> str:
    """Ask Slack whose token this is, until it answers."""
    pauses = Pauses()
    while True:
        try:
            return str((await slack.auth_test())["team_id"])
        except (SlackApiError, TimeoutError, aiohttp.ClientError) as error:
            reason = error_of(error) if isinstance(error, SlackApiError) else repr(error)
            _log.warning("orders are not followed until Slack says which workspace this is: %s", reason)
        await asyncio.sleep(pauses.next())
