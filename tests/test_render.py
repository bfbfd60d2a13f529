"""render.yaml fits Render's schema, and everything that it names exists here."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from jsonschema import Draft202012Validator

from graphql_api.cli import app
from graphql_api.settings import Settings as ApiSettings
from slack_client.settings import Settings as BotSettings

HERE = Path(__file__).parent
BLUEPRINT: dict[str, Any] = yaml.safe_load((HERE.parent / "render.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = {service["name"]: service for service in BLUEPRINT["services"]}
DATABASES = {database["name"] for database in BLUEPRINT["databases"]}
PLATFORM = {"PYTHON_VERSION"}
"""Variables that Render itself reads."""
GIVEN = {"RENDER_EXTERNAL_URL"}
"""Variables that Render gives to every web service."""
SETTINGS = {
    "api": {name.upper() for name in ApiSettings.model_fields},
    "worker": {name.upper() for name in ApiSettings.model_fields},
    "bot": {name.upper() for name in BotSettings.model_fields},
}
"""What each subcommand reads."""

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


def variables(service: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {variable["key"]: variable for variable in service["envVars"]}


def arguments(command: str) -> list[str]:
    """What follows `slackoms`, which must be the whole command: no shell need be there."""
    program, *rest = shlex.split(command)
    assert program == "slackoms"
    return rest


def test_it_fits_the_schema_that_render_publishes() -> None:
    schema = json.loads((HERE / "schemas" / "render.yaml.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    errors = [error.message for error in Draft202012Validator(schema).iter_errors(BLUEPRINT)]
    assert not errors


@every_service
def test_its_commands_are_commands_of_slackoms(service: dict[str, Any]) -> None:
    group = typer.main.get_command(app)
    for command in (service["startCommand"], service.get("preDeployCommand", "slackoms migrate")):
        name, *options = arguments(command)
        subcommand = group.get_command(typer.Context(group), name)  # type: ignore[attr-defined]
        assert subcommand is not None, command
        subcommand.make_context(name, options)


@every_service
def test_its_variables_are_settings_of_what_it_runs(service: dict[str, Any]) -> None:
    known = SETTINGS[arguments(service["startCommand"])[0]]
    assert set(variables(service)) <= known | PLATFORM


@every_service
def test_what_it_refers_to_exists(service: dict[str, Any]) -> None:
    for variable in variables(service).values():
        if "fromDatabase" in variable:
            assert variable["fromDatabase"]["name"] in DATABASES
        if "fromService" in variable:
            reference = variable["fromService"]
            other = SERVICES[reference["name"]]
            assert other["type"] == reference["type"]
            assert reference["envVarKey"] in variables(other).keys() | GIVEN


def test_the_bot_gets_every_value_that_it_cannot_start_without() -> None:
    needed = {name.upper() for name, field in BotSettings.model_fields.items() if field.is_required()}
    assert needed <= set(variables(SERVICES["slackoms-bot"]))


def test_no_secret_is_written_down() -> None:
    for service in SERVICES.values():
        for key, variable in variables(service).items():
            assert "value" not in variable or key in {"PYTHON_VERSION", "ENVIRONMENT"}


def test_everything_that_slack_waits_for_runs_in_production_on_a_plan_that_does_not_sleep() -> None:
    for service in SERVICES.values():
        assert service["plan"] != "free"
        assert variables(service)["ENVIRONMENT"]["value"] == "production"


def test_the_migrations_run_before_the_api_starts() -> None:
    assert SERVICES["slackoms-api"]["preDeployCommand"] == "slackoms migrate"


def test_the_database_is_not_open_to_the_internet() -> None:
    assert [database["ipAllowList"] for database in BLUEPRINT["databases"]] == [[]]
