"""Slack's methods about who is who, the installation of the app, and blocks.validate."""

import re

from slack_client.playground.limits import check_message_blocks, check_view
from slack_client.playground.slack import APP_ID, Json, Refusal, Slack

CLIENT_ID = "1234567890.0987654321"
CLIENT_SECRET = "playground-client-secret"  # noqa: S105  a stand-in has no secrets


def identify_bot(slack: Slack, _: Json) -> Json:
    """auth.test."""
    return {
        "url": f"https://{slack.team_name.lower()}.slack.com/",
        "team": slack.team_name,
        "user": "slackoms",
        "team_id": slack.team_id,
        "user_id": slack.bot_user_id,
        "bot_id": slack.bot_id,
        "is_enterprise_install": False,
    }


def describe_user(slack: Slack, arguments: Json) -> Json:
    """users.info; somebody who is gone is still known."""
    user_id = str(arguments.get("user", ""))
    name = slack.users.get(user_id)
    if name is None:
        raise Refusal("user_not_found")
    user = {
        "id": user_id,
        "team_id": slack.team_id,
        "name": name,
        "deleted": user_id in slack.deleted_users,
        "real_name": name.title(),
        "tz": "America/New_York",
        "profile": {"real_name": name.title(), "display_name": name, "team": slack.team_id},
        "is_bot": False,
        "is_app_user": False,
    }
    return {"user": user}


def open_conversation(slack: Slack, arguments: Json) -> Json:
    """conversations.open, with one user."""
    user_id = str(arguments.get("users", ""))
    if user_id not in slack.users:
        raise Refusal("user_not_found" if user_id else "users_list_not_supplied")
    if user_id in slack.deleted_users:
        raise Refusal("user_disabled")
    return {"channel": {"id": slack.dm_of(user_id)}}


def exchange_code(teams: list[Slack], client_id: str, client_secret: str, arguments: Json) -> Json:
    """oauth.v2.access: a code for the bot's token in the team whose member has agreed."""
    if client_id != CLIENT_ID:
        raise Refusal("invalid_client_id")
    if client_secret != CLIENT_SECRET:
        raise Refusal("bad_client_secret")
    code = arguments.get("code", "")
    slack = next((slack for slack in teams if code in slack.oauth_codes), None)
    if slack is None:
        raise Refusal("invalid_code")
    agreed = slack.oauth_codes[code]
    if arguments.get("redirect_uri") != agreed.redirect_uri:
        raise Refusal("bad_redirect_uri")
    del slack.oauth_codes[code]
    return {
        "access_token": slack.bot_token,
        "token_type": "bot",
        "scope": ",".join(agreed.scopes),
        "bot_user_id": slack.bot_user_id,
        "app_id": APP_ID,
        "team": {"name": slack.team_name, "id": slack.team_id},
        "enterprise": None,
        "authed_user": {"id": agreed.user_id},
        "is_enterprise_install": False,
    }


def validate_blocks(slack: Slack, arguments: Json) -> Json:
    """blocks.validate: of blocks, of a message or of a view. What it finds is no complaint."""
    given = [name for name in ("blocks", "message", "view") if name in arguments]
    if len(given) != 1:
        raise Refusal("invalid_arguments")
    [name] = given
    payload = arguments[name]
    blocks = payload if name == "blocks" else payload.get("blocks", [])
    complaints = check_view(payload) if name == "view" else check_message_blocks(blocks)
    complaints += [
        f"blocks[{index}].type: unsupported type: {block['type']}"
        for index, block in enumerate(blocks)
        if block["type"] in slack.refuses_new_blocks
    ]
    if complaints:
        errors = [_validation_error(complaint, name) for complaint in complaints]
        raise Refusal(f"invalid_{name}", errors=errors)
    return {}


def _validation_error(complaint: str, given: str) -> Json:
    """A complaint with its place as a JSON pointer into what was given."""
    place, _, said = complaint.partition(": ")
    steps = re.findall(r"[^.\[\]]+", place)
    if steps[0] == given:
        del steps[0]
    return {"pointer": "".join(f"/{step}" for step in steps), "code": "failed_constraint", "message": said}
