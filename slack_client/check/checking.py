"""Slack's own judgement of what the bot draws: `blocks.validate`, which shows nothing to anybody."""

import time
from collections.abc import Callable
from http.client import HTTPException

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse, WebClient

from slack_client.blocks import Json, cut
from slack_client.check.samples import Kind, Sample

ATTEMPTS = 20
"""How often one payload is sent while Slack asks to wait."""
_ERROR_LENGTH = 200
_REFUSED_TOKENS = frozenset(
    {"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "no_permission"}
)


class CannotCheck(Exception):  # noqa: N818  an answer to whoever checks, not an error of ours
    """Slack cannot be asked; the message is a sentence that says why."""


def check_sample(slack: WebClient, sample: Sample, tell_of_wait: Callable[[int], None]) -> list[str]:
    """What Slack refuses of a sample, each with its place; nothing where all is well.

    Where Slack asks to wait, `tell_of_wait` is given the seconds, and they are waited. Raises CannotCheck.
    """
    for _ in range(ATTEMPTS):
        answer = _ask(slack, sample)
        if answer.status_code != 429:
            return _complaints(answer)
        seconds = _wait_seconds(answer)
        tell_of_wait(seconds)
        time.sleep(seconds)
    raise CannotCheck("Slack goes on asking to wait. Try again in an hour.")


def _ask(slack: WebClient, sample: Sample) -> SlackResponse:
    try:
        if sample.kind is Kind.MESSAGE:
            return slack.blocks_validate(message=sample.payload)
        return slack.blocks_validate(view=sample.payload)
    except SlackApiError as error:
        answer: SlackResponse = error.response
        return answer
    except (OSError, HTTPException, SlackClientError) as error:
        reason = getattr(error, "reason", None) or error
        raise CannotCheck(f"Slack cannot be reached at {slack.base_url} ({reason}).") from error


def _wait_seconds(answer: SlackResponse) -> int:
    asked = str(answer.headers.get("Retry-After", ""))
    return int(asked) if asked.isdecimal() else 1


def _complaints(answer: SlackResponse) -> list[str]:
    """What an answer refuses. Raises CannotCheck where it is about something else than the payload."""
    if answer["ok"]:
        return []
    code = str(answer.get("error"))
    if code in _REFUSED_TOKENS:
        raise CannotCheck(
            f"Slack refuses SLACK_BOT_TOKEN ({code}). "
            "Copy it from Slack's page of the app, OAuth & Permissions: it begins with xoxb-."
        )
    if not code.startswith("invalid_"):
        raise CannotCheck(f"Slack gave no judgement: {cut(code, _ERROR_LENGTH)}.")
    found: list[Json] = answer.get("errors") or []
    metadata: Json = answer.get("response_metadata") or {}
    placed = [f"{each.get('pointer') or '/'}: {each.get('message') or code}" for each in found]
    return placed or list(metadata.get("messages") or [code])
