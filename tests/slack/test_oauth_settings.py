"""The settings of a bot that many workspaces install: all of them, or a sentence that names what is wrong."""

import asyncio
import base64
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr, ValidationError
from slack_sdk.oauth.installation_store import Installation

from slack_client.cli import missing_settings, run_bot
from slack_client.install.encryption import Cipher
from slack_client.install.installations import Binding, Installations
from slack_client.manifest import SCOPES
from slack_client.settings import OAuthSettings, Settings, settings_class
from slack_client.store.database import BotDatabase
from tests.slack.test_start import run, wait_for_port

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
COMPLETE = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "client-secret",
    "SLACK_SIGNING_SECRET": "signing-secret",
    "BOT_TOKEN_KEY": KEY,
    "OMS_INSTALLER_KEY": "oms_made_up",
}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the bot's is set, and there is no `.env`."""
    for name in (*Settings.model_fields, *OAuthSettings.model_fields):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def give(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> None:
    """Set what such a bot reads, changed, or left out where a change is None."""
    for name, value in {**COMPLETE, **changes}.items():
        if value is not None:
            monkeypatch.setenv(name, value)


def test_a_client_id_makes_it_the_bot_of_many_workspaces(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_class() is Settings
    give(monkeypatch)
    assert settings_class() is OAuthSettings
    assert missing_settings() == set()


def test_a_bots_token_beside_it_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, SLACK_BOT_TOKEN="xoxb-1", OMS_API_KEY="oms_1")
    assert not hasattr(OAuthSettings.from_environment(), "slack_bot_token")


@pytest.mark.parametrize("name", COMPLETE)
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    give(monkeypatch, **{name: None})
    for start in (missing_settings, lambda: run_bot(None)):
        with pytest.raises(SystemExit, match=f"{name} is missing"):
            start()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BOT_TOKEN_KEY", "short", "BOT_TOKEN_KEY must be keys of Fernet"),
        ("BOT_TOKEN_KEY", f"{KEY},", "BOT_TOKEN_KEY must be keys of Fernet"),
        ("BOT_TOKEN_KEY", f"{KEY},é", "BOT_TOKEN_KEY must be keys of Fernet"),
        ("SLACK_APP_TOKEN", "xapp-1", "SLACK_APP_TOKEN does not go with SLACK_CLIENT_ID"),
    ],
)
def test_what_cannot_be_used_is_said_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    give(monkeypatch, **{name: value})
    with pytest.raises(SystemExit, match=said) as refused:
        run_bot(None)
    assert not any(secret in str(refused.value) for secret in (KEY, "xapp-1", "client-secret"))


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch)
    shown = repr(OAuthSettings.from_environment())
    assert not any(value in shown for name, value in COMPLETE.items() if name != "SLACK_CLIENT_ID")


def test_an_error_of_the_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, BOT_TOKEN_KEY="secret-but-wrong")
    with pytest.raises(ValidationError) as refused:
        OAuthSettings.from_environment()
    assert not any(value in str(refused.value) for value in ("secret-but-wrong", "client-secret"))


async def test_the_bot_of_many_workspaces_starts_from_its_environment(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with run(tmp_path, HOME=str(tmp_path), PORT=str(port), **COMPLETE) as bot:
        await asyncio.to_thread(wait_for_port, port)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/slack/install", allow_redirects=False) as response,
        ):
            assert response.status == 302
            location = urlsplit(response.headers["Location"])
        bot.terminate()
        said, _ = await asyncio.to_thread(bot.communicate, timeout=10)
    assert bot.returncode == 0
    assert (location.netloc, location.path) == ("slack.com", "/oauth/v2/authorize")
    assert parse_qs(location.query)["scope"] == [",".join(SCOPES)]
    assert not any(word in said for word in ("Traceback", "WARNING", "client-secret", KEY))
    left = {path.name for path in tmp_path.iterdir()}  # noqa: ASYNC240  nothing else runs
    assert left <= {"slackbot.db", "slackbot.db-wal", "slackbot.db-shm"}, "Bolt keeps nothing of its own"


async def test_a_key_that_cannot_read_the_database_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/bot.db"
    database = await BotDatabase.open(url)
    cipher = Cipher([Fernet.generate_key().decode()])
    installations = Installations(database.engine, COMPLETE["SLACK_CLIENT_ID"], cipher)
    await installations.open()
    await installations.save(
        Installation(app_id="A1", team_id="T1", user_id="U1", bot_token="xoxb-1"),
        Binding("T1", None, "slack:T1", "1", SecretStr("oms_1")),
    )
    await database.close()
    give(monkeypatch, BOT_DATABASE_URL=url)
    with pytest.raises(SystemExit, match="BOT_TOKEN_KEY lacks the key"):
        await asyncio.to_thread(run_bot, None)
