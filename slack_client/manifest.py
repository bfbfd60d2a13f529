"""The Slack app's manifest: what Slack must know of the bot, and no permission more than it uses."""

import json
from urllib.parse import quote

from slack_client.blocks import Json
from slack_client.commands import TRADE_COMMAND

_DESCRIPTION = (
    "Paper trading for your team: /trade AAPL, and the trade is confirmed where you typed it. No real money."
)


def build_manifest(url: str | None) -> Json:
    """Describe the app: called by Slack at `url`, or over Socket Mode when there is none."""
    events_url = {} if url is None else {"url": events_address(url)}
    request_url = {} if url is None else {"request_url": events_address(url)}
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "SlackOMS",
            "description": _DESCRIPTION,
            "background_color": "#1d3b53",
        },
        "features": {
            "bot_user": {"display_name": "SlackOMS", "always_online": True},
            "slash_commands": [
                {
                    "command": TRADE_COMMAND,
                    "description": "Trade on paper, at the market's price",
                    "usage_hint": "[symbol | help]",
                    "should_escape": False,
                    **events_url,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
        "settings": {
            "interactivity": {"is_enabled": True, **request_url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def events_address(url: str) -> str:
    """Where Slack sends commands and interactions, from the bot's public address."""
    return url.rstrip("/").removesuffix("/slack/events") + "/slack/events"


def creation_link(manifest: Json) -> str:
    """Link to Slack's page that creates the app from the manifest with one click."""
    return f"https://api.slack.com/apps?new_app=1&manifest_json={quote(json.dumps(manifest))}"
