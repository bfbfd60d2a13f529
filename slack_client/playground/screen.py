"""What one trader sees, as the page draws it. Pure: the workspace in, JSON out."""

from slack_client.manifest import build_manifest
from slack_client.playground.inputs import Json, state_of
from slack_client.playground.slack import OpenView, Place, Posted, Slack
from slack_client.playground.town import CHANNELS, TRADERS

_FEATURES: Json = build_manifest(None)["features"]


def draw_screen(slack: Slack, user_id: str, journal_lines: list[Json]) -> Json:
    """Everything on a trader's screen, and what went over the wire."""
    return {
        "you": user_id,
        "traders": [{"id": id, "name": name.title()} for id, name in TRADERS.items()],
        "channels": [
            {"id": id, "name": name, "has_bot": id in slack.bot_channels} for id, name in CHANNELS.items()
        ],
        "conversation": slack.dm_of(user_id),
        "commands": _FEATURES["slash_commands"],
        "shortcuts": _FEATURES["shortcuts"],
        "messages": [_message(posted) for posted in visible_messages(slack, user_id)],
        "modal": _modal(top_modal(slack, user_id)),
        "home": _home(slack.homes.get(user_id)),
        "journal": journal_lines,
        "complaints": slack.complaints,
    }


def visible_messages(slack: Slack, user_id: str) -> list[Posted]:
    """The messages that a trader may see, in all channels and in the conversation with the bot."""
    return [
        posted
        for posted in slack.messages
        if not posted.is_deleted
        and (posted.seen_by == user_id or (posted.seen_by is None and posted.channel in CHANNELS))
    ]


def top_modal(slack: Slack, user_id: str) -> OpenView | None:
    """The modal on top of a trader's screen."""
    shown = [view for view in slack.views.values() if view.is_open and view.user_id == user_id]
    return shown[-1] if shown else None


def find_place(slack: Slack, user_id: str, place_id: str) -> Place:
    """What a trader sees under this id: a message by its ts, a modal or Home by its own.

    Raises ValueError where there is nothing of that name on their screen.
    """
    places: list[tuple[str, Place | None]] = [
        *((posted.ts, posted) for posted in visible_messages(slack, user_id)),
        *((view.id, view) for view in (top_modal(slack, user_id), slack.homes.get(user_id)) if view),
    ]
    for id, place in places:
        if place is not None and id == place_id:
            return place
    raise ValueError("This is not on the screen any more.")


def _message(posted: Posted) -> Json:
    return {
        "id": posted.ts,
        "channel": posted.channel,
        "author": posted.author,
        "is_ephemeral": posted.is_ephemeral,
        "is_edited": bool(posted.earlier),
        "text": posted.body.get("text", ""),
        "blocks": posted.blocks,
        "values": state_of(posted.inputs)["values"],
    }


def _modal(shown: OpenView | None) -> Json | None:
    if shown is None:
        return None
    titles = {name: shown.view[name]["text"] for name in ("title", "submit", "close") if name in shown.view}
    return _view(shown) | titles | {"is_stacked": shown.previous_id is not None}


def _home(shown: OpenView | None) -> Json | None:
    return None if shown is None else _view(shown)


def _view(shown: OpenView) -> Json:
    return {"id": shown.id, "blocks": shown.blocks, "values": state_of(shown.inputs)["values"]}
