"""Starting and stopping the bot, its settings, its manifest."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jsonschema
import pytest
from pydantic import ValidationError

from slack_client.cli import check_contract, missing_settings, print_manifest
from slack_client.settings import Settings

SCHEMAS = Path(__file__).parent.parent / "schemas"
COMPLETE = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "secret", "oms_api_key": "oms_key"}


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **{**COMPLETE, **values})  # type: ignore[call-arg, arg-type]


def test_the_manifest_over_http_names_the_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_manifest("https://bot.example.com/", socket=False) == 0
    printed = capsys.readouterr()
    manifest = json.loads(printed.out)
    address = "https://bot.example.com/slack/events"
    commands = manifest["features"]["slash_commands"]
    assert [(each["command"], each["url"]) for each in commands] == [
        (command, address) for command in ("/trade", "/portfolio", "/orders", "/quote")
    ]
    assert manifest["settings"]["interactivity"] == {
        "is_enabled": True,
        "request_url": address,
        "message_menu_options_url": address,
    }
    assert manifest["settings"]["event_subscriptions"]["request_url"] == address
    assert manifest["settings"]["socket_mode_enabled"] is False
    assert_valid(manifest)


def test_the_manifest_for_socket_mode_needs_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_manifest(None, socket=True) == 0
    printed = capsys.readouterr()
    manifest = json.loads(printed.out)
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "http" not in printed.out
    assert manifest["oauth_config"]["scopes"] == {"bot": ["commands", "chat:write"]}
    assert "no real money" in manifest["display_information"]["description"].lower()
    assert_valid(manifest)


def test_the_link_creates_the_app_from_the_same_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    print_manifest(None, socket=True)
    printed = capsys.readouterr()
    link = printed.err.split()[-1]
    assert link.startswith("https://api.slack.com/apps?new_app=1&")
    assert json.loads(parse_qs(urlsplit(link).query)["manifest_json"][0]) == json.loads(printed.out)


@pytest.mark.parametrize(
    ("url", "socket"),
    [(None, False), ("https://a.example", True), ("http://a.example", False), ("bot", False)],
)
def test_a_manifest_for_nowhere_is_refused(
    url: str | None, socket: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert print_manifest(url, socket) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "https" in printed.err


def test_the_manifest_for_many_workspaces_says_where_a_browser_comes_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert print_manifest("https://bot.example.com", socket=False, oauth=True) == 0
    printed = capsys.readouterr()
    manifest = json.loads(printed.out)
    assert manifest["oauth_config"]["redirect_urls"] == ["https://bot.example.com/slack/oauth_redirect"]
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert {"app_home_opened", "app_uninstalled", "tokens_revoked"} == set(events)
    assert "https://bot.example.com/slack/install" in printed.err
    assert_valid(manifest)


def test_a_manifest_for_many_workspaces_needs_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert print_manifest(None, socket=True, oauth=True) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "--oauth needs --url" in printed.err


def assert_valid(manifest: object) -> None:
    """Valid by Slack's own published schema."""
    schema = SCHEMAS / "slack-manifest.schema.json"
    jsonschema.validate(manifest, json.loads(schema.read_text(encoding="utf-8")))


def test_the_contract_is_said_to_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_contract() == 0
    assert "fit schema.graphql" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["slack_bot_token", "oms_api_key"])
def test_a_missing_secret_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name.upper(), raising=False)
    with pytest.raises(ValidationError, match=name):
        Settings(_env_file=None, **{key: value for key, value in COMPLETE.items() if key != name})  # type: ignore[call-arg, arg-type]


def test_a_bot_that_nobody_can_reach_is_refused() -> None:
    with pytest.raises(ValidationError, match="SLACK_SIGNING_SECRET"):
        settings(slack_signing_secret=None)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("", {"SLACK_BOT_TOKEN", "OMS_API_KEY"}),
        ("SLACK_APP_TOKEN=x", {"SLACK_BOT_TOKEN", "OMS_API_KEY"}),
        ("PORT=http", {"SLACK_BOT_TOKEN", "OMS_API_KEY"}),
        ("OMS_API_KEY=x", {"SLACK_BOT_TOKEN"}),
        ("SLACK_BOT_TOKEN=x SLACK_APP_TOKEN=x OMS_API_KEY=", {"OMS_API_KEY"}),
        ("SLACK_BOT_TOKEN=x SLACK_SIGNING_SECRET=x OMS_API_KEY=x", set()),
    ],
)
def test_missing_settings_are_named(
    given: str, missing: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_alone(given, monkeypatch, tmp_path)
    assert missing_settings() == missing


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("SLACK_BOT_TOKEN=x", "SLACK_SIGNING_SECRET"),
        ("SLACK_BOT_TOKEN=x OMS_API_KEY=x", "SLACK_SIGNING_SECRET"),
        ("SLACK_BOT_TOKEN=x SLACK_APP_TOKEN=x PORT=http", "PORT"),
    ],
)
def test_a_token_beside_what_cannot_be_used_is_said(
    given: str, named: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_alone(given, monkeypatch, tmp_path)
    with pytest.raises(SystemExit, match=named):
        missing_settings()


def set_alone(given: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Set these variables and no other of the bot's, in a `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    (folder / ".env").write_text("\n".join(given.split()))
    monkeypatch.chdir(folder)


def test_production_refuses_the_playground() -> None:
    with pytest.raises(ValidationError, match="playground"):
        settings(environment="production", slack_api_url="http://127.0.0.1:4000/api")


def test_production_refuses_a_file_beside_the_program() -> None:
    with pytest.raises(ValidationError, match="BOT_DATABASE_URL"):
        settings(environment="production")
    kept = settings(environment="production", bot_database_url="postgresql://u@h/d")
    assert kept.host == "0.0.0.0"  # noqa: S104


def test_an_error_of_the_settings_shows_no_secret() -> None:
    with pytest.raises(ValidationError) as refused:
        settings(slack_signing_secret=None)
    assert "input_value" not in str(refused.value)


def test_no_secret_is_shown() -> None:
    shown = repr(settings(slack_app_token="xapp-1"))
    assert not any(secret in shown for secret in ("xoxb-1", "xapp-1", "oms_key"))


@pytest.mark.parametrize(
    ("given", "used"),
    [("http://oms:8000", "http://oms:8000/graphql"), ("http://oms/graphql/", "http://oms/graphql")],
)
def test_the_oms_is_found_with_and_without_its_path(given: str, used: str) -> None:
    assert settings(oms_url=given).graphql_url == used


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_a_postgres_address_is_understood(scheme: str) -> None:
    read = settings(bot_database_url=f"{scheme}://u@h/d").bot_database_url
    assert read == "postgresql+psycopg2://u@h/d"


def run(folder: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "slack_client", "run"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_bot_stops_when_told(tmp_path: Path, number: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with run(
        tmp_path,
        PORT=str(port),
        SLACK_BOT_TOKEN="xoxb-1",
        SLACK_SIGNING_SECRET="secret",
        OMS_API_KEY="oms_key",
    ) as bot:
        await asyncio.to_thread(wait_for_port, port)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/healthz") as response,
        ):
            assert response.status == 200
        bot.send_signal(number)
        said, _ = await asyncio.to_thread(bot.communicate, timeout=10)
    assert bot.returncode == 0
    assert "Traceback" not in said
    assert [line for line in said.splitlines() if "WARNING" in line and "which workspace" not in line] == []
    assert "xoxb-1" not in said


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError


def test_a_bot_without_settings_says_which(tmp_path: Path) -> None:
    with run(tmp_path) as bot:
        said, _ = bot.communicate(timeout=20)
    assert bot.returncode == 1
    assert "SLACK_BOT_TOKEN is missing" in said
    assert "OMS_API_KEY is missing" in said
    assert "Traceback" not in said
