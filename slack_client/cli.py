# ruff: noqa: T201  a command line prints
"""What the command line does for the bot, as plain functions for `slackoms` and `python -m slack_client`."""

import json
import logging
import signal
import sys
from urllib.parse import urlsplit

import uvicorn
from pydantic import SecretStr, ValidationError

from slack_client.app import create_app
from slack_client.contract import find_drifts_of_files
from slack_client.manifest import build_manifest, creation_link
from slack_client.settings import Settings


def has_tokens() -> bool:
    """Whether Slack's tokens are set, so that there is a bot to run; its key of the OMS may come later.

    Raises SystemExit with a sentence where they are set and cannot be used.
    """
    try:
        Settings(oms_api_key=SecretStr("made when the bot starts"))  # type: ignore[call-arg]
    except ValidationError as error:
        if any(problem["loc"] == ("slack_bot_token",) for problem in error.errors()):
            return False
        raise SystemExit(_explain_settings(error)) from None
    return True


def run_bot(port: int | None) -> None:
    """Run the bot until SIGTERM or SIGINT. Raises SystemExit with a sentence where a setting is wrong."""
    try:
        settings = Settings.from_environment()
    except ValidationError as error:
        raise SystemExit(_explain_settings(error)) from None
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port if port is None else port,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    # uvicorn stops on these and then raises them again; here they have done their work by then.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    uvicorn.Server(config).run()


def print_manifest(url: str | None, socket: bool) -> int:
    """Print the manifest, and on stderr a link that creates the app from it. Returns the exit code."""
    if (url is None) is not socket:
        print(
            "say either --url https://… (Slack calls the bot) or --socket (the bot calls Slack)",
            file=sys.stderr,
        )
        return 2
    if url is not None and (urlsplit(url).scheme != "https" or not urlsplit(url).netloc):
        print(
            f"Slack calls public https addresses only, such as https://bot.example.com; got {url}",
            file=sys.stderr,
        )
        return 2
    manifest = build_manifest(url)
    print(json.dumps(manifest, indent=2))
    print(f"Create the app with one click: {creation_link(manifest)}", file=sys.stderr)
    return 0


def check_contract() -> int:
    """Say whether operations.graphql and the models fit schema.graphql. Returns the exit code."""
    drifts = find_drifts_of_files()
    if not drifts:
        print("operations.graphql and the bot's models fit schema.graphql")
        return 0
    print("the bot and schema.graphql have drifted apart:", *drifts, sep="\n  ")
    return 1


def _explain_settings(error: ValidationError) -> str:
    """One line a setting that is missing or wrong, without its value."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        name = "_".join(str(part) for part in problem["loc"]).upper()
        said = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
        lines.append(f"{name} {said}".strip())
    return "The bot cannot start:\n  " + "\n  ".join(lines)
