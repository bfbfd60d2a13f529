"""The README's examples run as written."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from graphql import build_schema, parse, validate
from pydantic_settings import BaseSettings

from graphql_api.schema import schema
from graphql_api.settings import Settings as ApiSettings
from slack_client.settings import OAuthSettings
from slack_client.settings import Settings as BotSettings
from tests.conftest import Workspace

README = (Path(__file__).parent.parent / "README.md").read_text()
ADDRESS = "http://127.0.0.1:8000"


def code(language: str) -> str:
    """The only code block of this language."""
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert ADDRESS in block
    return str(block)


def run(command: list[str], text: str, workspace: Workspace) -> str:
    """Run an example with the key in its place and the address of the test's API."""
    return subprocess.run(
        [*command, text.replace(ADDRESS, workspace.api.url)],
        env={**os.environ, "OMS_API_KEY": workspace.admin_key},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_curl_example_trades_once_however_often_it_is_sent(workspace: Workspace) -> None:
    portfolio = workspace.portfolio("Demo")
    first, second = (
        json.loads(run(["bash", "-c"], code("bash"), workspace))["data"]["executeTrade"] for _ in range(2)
    )
    assert first["position"] == {"quantity": "10", "averageCost": "150.02"}
    assert first["duplicate"] is False
    assert second == {**first, "duplicate": True}
    trades = workspace.data(
        "query ($id: ID!) { portfolio(id: $id) { trades { edges { node { quantity } } } } }",
        {"id": portfolio},
    )
    assert trades == {"trades": {"edges": [{"node": {"quantity": "10"}}]}}


def test_the_python_example_prints_the_portfolio(workspace: Workspace) -> None:
    workspace.portfolio("Demo")
    run(["bash", "-c"], code("bash"), workspace)
    printed = run([sys.executable, "-c"], code("python"), workspace)
    assert printed == "equity 99999.8, of it 98499.8 in cash\n10 AAPL at 150.02\n"


def test_the_graphql_examples_fit_the_schema() -> None:
    examples = re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        assert validate(build_schema(schema.as_str()), parse(example)) == []


def test_every_setting_is_in_the_table_and_the_other_way_round() -> None:
    settings = README.split("\n## Settings\n")[1].split("\n## ")[0]
    told = {
        name
        for row in re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", settings, re.MULTILINE)
        for name in re.findall(r"[A-Z_]+", row)
    }
    rooms: tuple[type[BaseSettings], ...] = (ApiSettings, BotSettings, OAuthSettings)
    known = {name.upper() for room in rooms for name in room.model_fields}
    assert told == known


def test_every_command_that_is_named_exists() -> None:
    commands = set(re.findall(r"(?:`|\.venv/bin/|^)slackoms ([a-z]+(?: [a-z]+)?)", README, re.MULTILINE))
    for words in commands:
        group, *rest = words.split()
        path = [group, *rest] if group == "keys" and rest else [group]
        subprocess.run(
            [sys.executable, "-m", "graphql_api.cli", *path, "--help"], check=True, capture_output=True
        )
