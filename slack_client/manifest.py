"""The Slack app's manifest: what Slack must know of the bot, and no permission more than it uses."""

import json
from urllib.parse import quote

from slack_client.blocks import Json
from slack_client.words import COMMANDS, TRADE_SHORTCUT

_DESCRIPTION = (
    "Paper trading for your team: /trade AAPL, and the trade is confirmed where you typed it. No real money."
)
SCOPES = ("commands", "chat:write")
EVENTS = ("app_home_opened",)
ENDS = ("app_uninstalled", "tokens_revoked")
"""The events that end an installation."""
EVENTS_PATH = "/slack/events"
INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"


def build_manifest(url: str | None, *, oauth: bool = False) -> Json:
    """Describe the app: called by Slack at `url`, or over Socket Mode when there is none.

    With `oauth`, any workspace can install it from `url`.
    """
    address = None if url is None else bot_address(url, EVENTS_PATH)
    redirect = [bot_address(url, REDIRECT_PATH)] if oauth and url is not None else []
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "SlackOMS",
            "description": _DESCRIPTION,
            "background_color": "#1d3b53",
        },
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "bot_user": {"display_name": "SlackOMS", "always_online": True},
            "shortcuts": [
                {
                    "name": "Trade",
                    "type": "global",
                    "callback_id": TRADE_SHORTCUT,
                    "description": "Open the trade form (paper trading)",
                }
            ],
            "slash_commands": [
                {
                    "command": command,
                    "description": description,
                    "usage_hint": hint,
                    "should_escape": False,
                    **({} if address is None else {"url": address}),
                }
                for command, (description, hint) in COMMANDS.items()
            ],
        },
        "oauth_config": {
            "scopes": {"bot": list(SCOPES)},
            **({"redirect_urls": redirect} if redirect else {}),
        },
        "settings": {
            "event_subscriptions": {
                "bot_events": [*EVENTS, *(ENDS if oauth else ())],
                **({} if address is None else {"request_url": address}),
            },
            "interactivity": {
                "is_enabled": True,
                **({} if address is None else {"request_url": address, "message_menu_options_url": address}),
            },
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def bot_address(url: str, path: str) -> str:
    """A path below the bot's public address; that of the events will do as one."""
    return url.rstrip("/").removesuffix(EVENTS_PATH) + path


def creation_link(manifest: Json) -> str:
    """Link to Slack's page that creates the app from the manifest with one click."""
    return f"https://api.slack.com/apps?new_app=1&manifest_json={quote(json.dumps(manifest))}"
