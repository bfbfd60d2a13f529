"""Slack's Events API: what happened in a workspace, told to the bot, and told again when it did not ack."""

import secrets
import time

from slack_client.playground.doors import Door, Reply, Retry
from slack_client.playground.slack import APP_ID, Json, Slack


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
