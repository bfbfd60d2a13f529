# ruff: noqa: T201  a command line prints
"""What the command line does for the bot, as plain functions for `slackoms` and `python -m slack_client`."""

import asyncio
import json
import logging
import signal
import sys
from urllib.parse import urlsplit

import uvicorn
from pydantic import ValidationError
from slack_sdk.web import WebClient

from slack_client.app import ACK_SECONDS, check_installations, create_app
from slack_client.check.checking import CannotCheck, check_sample
from slack_client.check.progress import CheckProgress
from slack_client.check.samples import draw_samples
from slack_client.contract import find_drifts_of_files
from slack_client.install.encryption import Undecipherable
from slack_client.manifest import EVENTS_PATH, INSTALL_PATH, bot_address, build_manifest, creation_link
from slack_client.playground.running import play
from slack_client.playground.settings import PlaygroundSettings
from slack_client.playground.town import found_town
from slack_client.settings import CheckSettings, OAuthSettings, Settings, settings_class


def missing_settings() -> set[str]:
    """The required settings that neither the environment nor `.env` gives, by their variables' names.

    Raises SystemExit with a sentence where there is a SLACK_BOT_TOKEN, or what a bot of many workspaces
    reads, and something beside it is missing or cannot be used.
    """
    kind = settings_class()
    missing = _find_missing(kind)
    if "SLACK_BOT_TOKEN" not in missing:
        given_later = {"oms_api_key": "given later"} if "OMS_API_KEY" in missing else {}
        try:
            kind(**given_later)  # type: ignore[arg-type]  # the rest is found in the environment
        except ValidationError as error:
            raise SystemExit(_explain_settings(error)) from None
    return missing


def run_bot(port: int | None) -> None:
    """Run the bot until SIGTERM or SIGINT. Raises SystemExit with a sentence where a setting is wrong."""
    try:
        settings = settings_class().from_environment()
        if isinstance(settings, OAuthSettings):
            asyncio.run(check_installations(settings))
    except ValidationError as error:
        raise SystemExit(_explain_settings(error)) from None
    except Undecipherable as error:
        raise SystemExit(f"The bot cannot start:\n  {error}") from None
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port if port is None else port,
        log_config=None,
        access_log=False,  # a line a keystroke says nothing
        timeout_graceful_shutdown=ACK_SECONDS,
        timeout_keep_alive=75,  # longer than any proxy keeps an idle connection
    )
    # uvicorn stops on these and then raises them again; here they have done their work by then.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    uvicorn.Server(config).run()


def run_playground(port: int, bot_url: str) -> None:
    """Run the stand-in for Slack and its page until SIGTERM or SIGINT, for the bot at this address.

    Raises SystemExit with a sentence where a setting is wrong or the port is in use.
    """
    try:
        settings = PlaygroundSettings.from_environment()
    except ValidationError as error:
        raise SystemExit(_explain_settings(error, "The playground cannot start")) from None
    slack = found_town(settings.slack_bot_token.get_secret_value(), settings.app_token)
    events_url = bot_address(bot_url, EVENTS_PATH)
    try:
        asyncio.run(play(slack, events_url, settings.signing_secret, port))
    except OSError as error:
        raise SystemExit(f"The playground cannot start on port {port}: {error.strerror}") from None


def print_manifest(url: str | None, socket: bool, oauth: bool = False) -> int:
    """Print the manifest, and on stderr a link that creates the app from it. Returns the exit code."""
    if (url is None) is not socket:
        print(
            "say either --url https://… (Slack calls the bot) or --socket (the bot calls Slack)",
            file=sys.stderr,
        )
        return 2
    if oauth and url is None:
        print("--oauth needs --url https://…: a browser comes back to it from Slack", file=sys.stderr)
        return 2
    if url is not None and (urlsplit(url).scheme != "https" or not urlsplit(url).netloc):
        print(
            f"Slack calls public https addresses only, such as https://bot.example.com; got {url}",
            file=sys.stderr,
        )
        return 2
    manifest = build_manifest(url, oauth=oauth)
    print(json.dumps(manifest, indent=2))
    print(f"Create the app with one click: {creation_link(manifest)}", file=sys.stderr)
    if oauth and url is not None:
        print(f"Then any workspace installs it from {bot_address(url, INSTALL_PATH)}", file=sys.stderr)
    return 0


def check_contract() -> int:
    """Say whether operations.graphql and the models fit schema.graphql. Returns the exit code."""
    drifts = find_drifts_of_files()
    if not drifts:
        print("operations.graphql and the bot's models fit schema.graphql")
        return 0
    print("the bot and schema.graphql have drifted apart:", *drifts, sep="\n  ")
    return 1


def check_payloads() -> int:
    """Let Slack judge everything that the bot can draw, and print what it refuses. Returns the exit code."""
    try:
        settings = CheckSettings.from_environment()
    except ValidationError as error:
        print(_explain_settings(error, "Slack cannot be asked"), file=sys.stderr)
        return 2
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)  # what it would log is said in a sentence
    slack = WebClient(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url)
    samples = list(draw_samples())
    progress = CheckProgress(len(samples), sys.stderr)
    refused = 0
    try:
        for sample in samples:
            complaints = check_sample(slack, sample, progress.wait)
            refused += bool(complaints)
            progress.clear()
            for complaint in complaints:
                print(f"{sample.name}: {complaint}", flush=True)
            progress.advance()
    except CannotCheck as error:
        progress.clear()
        print(error, file=sys.stderr)
        return 2
    progress.clear()
    print(
        f"{refused} of {len(samples)} payloads are refused."
        if refused
        else f"All {len(samples)} payloads are valid."
    )
    return 1 if refused else 0


def _find_missing(kind: type[Settings | OAuthSettings]) -> set[str]:
    try:
        kind.from_environment()
    except ValidationError as error:
        return {str(problem["loc"][0]).upper() for problem in error.errors() if problem["type"] == "missing"}
    return set()


def _explain_settings(error: ValidationError, what: str = "The bot cannot start") -> str:
    """One line a setting that is missing or wrong, without its value."""
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        name = "_".join(str(part) for part in problem["loc"]).upper()
        said = "is missing" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
        lines.append(f"{name} {said}".strip())
    return f"{what}:\n  " + "\n  ".join(lines)
