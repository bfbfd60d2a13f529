"""Installing the bot into a Slack workspace: Slack's OAuth, what it keeps, and what it tells the person."""

import html
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.web.async_client import AsyncWebClient

from slack_client.background import Background
from slack_client.blocks import Json
from slack_client.install.installations import States
from slack_client.install.teams import CannotInstall, Teams
from slack_client.manifest import ENDS, INSTALL_PATH, REDIRECT_PATH, SCOPES
from slack_client.settings import OAuthSettings

_REASONS = {
    "access_denied": "You did not allow it. Nothing was installed.",
    "invalid_browser": "This page belongs to another browser or was opened twice.",
    "invalid_state": "The ten minutes for installing were over, or this page was opened before.",
    "missing_code": "Slack sent no code along.",
    "invalid_code": "Slack did not take its code back: it is used up or too old.",
}
_log = logging.getLogger(__name__)


class _Installing(AsyncInstallationStore):
    """What the flow hands an installation to."""

    def __init__(self, teams: Teams[Any]) -> None:
        self._teams = teams

    async def async_save(self, installation: Installation) -> None:
        """Keep it. Raises CannotInstall."""
        await self._teams.install(installation)


def create_flow(
    settings: OAuthSettings, client: AsyncWebClient, teams: Teams[Any], states: States
) -> AsyncOAuthFlow:
    """What answers the two pages of an installation."""
    return AsyncOAuthFlow(
        client=client,
        logger=logging.getLogger("slack_client.bolt"),
        settings=AsyncOAuthSettings(
            client_id=settings.slack_client_id,
            client_secret=settings.slack_client_secret.get_secret_value(),
            scopes=SCOPES,
            user_scopes=[],
            install_path=INSTALL_PATH,
            install_page_rendering_enabled=False,
            redirect_uri_path=REDIRECT_PATH,
            authorization_url=urljoin(settings.slack_api_url, "/oauth/v2/authorize"),
            installation_store=_Installing(teams),
            state_store=states,
            callback_options=AsyncCallbackOptions(success=_show_success, failure=_show_failure),
        ),
    )


def is_for_lobby(body: Json) -> bool:
    """Whether a request of Slack's needs no bot of a team: it comes before one or tells of an end."""
    is_greeting = body.get("type") == "url_verification" or "ssl_check" in body
    return is_greeting or _event_of(body).get("type") in ENDS


def register(app: AsyncApp, teams: Teams[Any], background: Background) -> None:
    """Listen to the ends of installations."""

    uninstalled, revoked = ENDS

    @app.event(uninstalled)
    async def forget_team(body: Json) -> None:
        await background.answer(teams.uninstall(body["team_id"], body["event_time"]))

    @app.event(revoked)
    async def forget_team_without_token(body: Json) -> None:
        if _event_of(body)["tokens"].get("bot"):
            await background.answer(teams.uninstall(body["team_id"], body["event_time"]))


def page(title: str, text: str, status: int) -> BoltResponse:
    """A page with a title and a sentence."""
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex">'
        f"<title>{html.escape(title)}</title><h1>{html.escape(title)}</h1><p>{html.escape(text)}</p></html>"
    )
    headers: dict[str, str | Sequence[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return BoltResponse(status=status, body=body, headers=headers)


def failure_page(text: str, status: int) -> BoltResponse:
    """The page of an installation that was not made."""
    return page("SlackOMS is not installed", f"{text} To try again, open {INSTALL_PATH}.", status)


def _event_of(body: Json) -> Json:
    event: Json = body.get("event") or {}
    return event


async def _show_success(args: AsyncSuccessArgs) -> BoltResponse:
    name = args.installation.team_name or "your workspace"
    response = page("SlackOMS is installed", f"Type /trade in {name} to make the first trade.", 200)
    response.headers["set-cookie"] = [args.settings.state_utils.build_set_cookie_for_deletion()]
    return response


async def _show_failure(args: AsyncFailureArgs) -> BoltResponse:
    if isinstance(args.error, CannotInstall):
        return failure_page(str(args.error), 409)
    _log.info("an installation failed: %r", args.reason)
    text = _REASONS.get(args.reason, "Slack refused it.")
    return failure_page(text, args.suggested_status_code)
