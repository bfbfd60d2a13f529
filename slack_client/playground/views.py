"""Slack's methods for modals and App Home, and what an ack does to a modal."""

from slack_client.playground.inputs import state_of
from slack_client.playground.limits import check_view, is_too_large
from slack_client.playground.slack import APP_ID, Json, OpenView, Refusal, Slack

STACK_HEIGHT = 3


def open_view(slack: Slack, arguments: Json) -> Json:
    """views.open."""
    view = check_shown(slack, arguments["view"], "modal")
    trigger = slack.exchange_trigger(arguments.get("trigger_id", ""))
    return _describe_answer(slack, _add_modal(slack, trigger.user_id, trigger.channel, view))


def push_view(slack: Slack, arguments: Json) -> Json:
    """views.push: only from within a modal that is still open."""
    view = check_shown(slack, arguments["view"], "modal")
    trigger = slack.exchange_trigger(arguments.get("trigger_id", ""))
    below = slack.views.get(trigger.view_id or "")
    if below is None or not below.is_open:
        raise Refusal("not_found")
    return _describe_answer(slack, push_onto(slack, below, view))


def push_onto(slack: Slack, below: OpenView, view: Json) -> OpenView:
    """Put a view on top of another one's stack. Raises Refusal: Slack's stacks are three high."""
    if len(slack.stack(below.root_id)) >= STACK_HEIGHT:
        raise Refusal("push_limit_reached")
    return _add_modal(slack, below.user_id, below.channel, view, below)


def update_view(slack: Slack, arguments: Json) -> Json:
    """views.update, by view id or by external id."""
    shown = _find_view(slack, arguments)
    if shown is None:
        raise Refusal("not_found")
    if arguments.get("hash") not in {None, shown.hash}:
        raise Refusal("hash_conflict")
    shown.show(check_shown(slack, arguments["view"], shown.view["type"], shown))
    return _describe_answer(slack, shown)


def publish_view(slack: Slack, arguments: Json) -> Json:
    """views.publish: a user's Home."""
    user_id = str(arguments.get("user_id", ""))
    if user_id not in slack.users or user_id in slack.deleted_users:
        raise Refusal("user_not_found")
    shown = slack.homes.get(user_id)
    if arguments.get("hash") not in {None, shown.hash if shown else None}:
        raise Refusal("hash_conflict")
    view = check_shown(slack, arguments["view"], "home", shown)
    if shown is None:
        slack.homes[user_id] = shown = OpenView(slack.new_view_id(), user_id, view)
    else:
        shown.show(view)
    return _describe_answer(slack, shown)


def check_shown(slack: Slack, view: Json, kind: str, shown: OpenView | None = None) -> Json:
    """A view that Slack would show. Raises Refusal, with the complaints that the stand-in keeps, too.

    `shown` is the view that this one replaces.
    """
    if complaints := check_view(view):
        slack.complaints += complaints
        raise Refusal("view_too_large" if is_too_large(view) else "invalid_arguments", complaints)
    if view["type"] != kind:
        slack.complaints.append(f"view: type {view['type']} where a {kind} is wanted")
        raise Refusal("invalid_arguments", slack.complaints[-1:])
    unknown = {block["type"] for block in view["blocks"]} & slack.refuses_new_blocks
    if unknown:
        raise Refusal("invalid_arguments", [f"unsupported type: {name}" for name in sorted(unknown)])
    external_id = view.get("external_id")
    others = [other for other in slack.shown_views() if other is not shown]
    if external_id and any(other.view.get("external_id") == external_id for other in others):
        raise Refusal("duplicate_external_id")
    return view


def describe_view(slack: Slack, shown: OpenView) -> Json:
    """A view as Slack sends it: with everything that was left out."""
    view = shown.view
    described = {
        "id": shown.id,
        "team_id": slack.team_id,
        "type": view["type"],
        "blocks": shown.blocks,
        "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""),
        "state": state_of(shown.inputs),
        "hash": shown.hash,
        "clear_on_close": view.get("clear_on_close", False),
        "notify_on_close": view.get("notify_on_close", False),
        "title": view.get("title"),
        "close": view.get("close"),
        "submit": view.get("submit"),
        "previous_view_id": shown.previous_id,
        "root_view_id": shown.root_id,
        "app_id": APP_ID,
        "external_id": view.get("external_id", ""),
        "app_installed_team_id": slack.team_id,
        "bot_id": slack.bot_id,
    }
    if view["type"] == "home":
        del described["title"]
    return described


def obey_ack(slack: Slack, modal: OpenView, body: Json) -> None:
    """Do what a submission was acked with; what Slack would not do becomes a complaint."""
    try:
        _obey(slack, modal, body)
    except Refusal as refusal:
        if not refusal.complaints:
            slack.complaints.append(f"response_action {body['response_action']}: {refusal.error}")


def _obey(slack: Slack, modal: OpenView, body: Json) -> None:
    match body.get("response_action"):
        case None:
            modal.is_open = False
        case "clear":
            for shown in slack.stack(modal.root_id):
                shown.is_open = False
        case "update":
            modal.show(check_shown(slack, body["view"], "modal", modal))
        case "push":
            push_onto(slack, modal, check_shown(slack, body["view"], "modal"))
        case "errors":
            inputs = {block["block_id"] for block in modal.blocks if block["type"] == "input"}
            if strangers := set(body["errors"]) - inputs:
                slack.complaints.append(f"errors under no input: {', '.join(sorted(strangers))}")
        case other:
            slack.complaints.append(f"unknown response_action {other}")


def _find_view(slack: Slack, arguments: Json) -> OpenView | None:
    name, wanted = next(
        ((name, arguments[name]) for name in ("view_id", "external_id") if arguments.get(name)), ("", None)
    )
    by_name = "id" if name == "view_id" else name
    found = (shown for shown in slack.shown_views() if describe_view(slack, shown).get(by_name) == wanted)
    return next(found, None) if wanted else None


def _add_modal(
    slack: Slack, user_id: str, channel: str | None, view: Json, below: OpenView | None = None
) -> OpenView:
    shown = OpenView(
        slack.new_view_id(),
        user_id,
        view,
        root_id=below.root_id if below else "",
        previous_id=below.id if below else None,
        channel=channel,
    )
    slack.views[shown.id] = shown
    return shown


def _describe_answer(slack: Slack, shown: OpenView) -> Json:
    return {"view": describe_view(slack, shown)}
