"""Slack's methods for messages, and its response_urls."""

import time

from slack_client.playground.limits import check_message
from slack_client.playground.slack import APP_ID, Json, Posted, Refusal, Slack


def post_message(slack: Slack, arguments: Json) -> Json:
    """chat.postMessage, to a channel that the bot is in, to a user, or to their conversation with the bot."""
    channel, user_id = _find_place(slack, str(arguments.get("channel", "")))
    check_body(slack, arguments)
    posted = _add(slack, Posted(channel, arguments, user_id))
    return {"channel": channel, "ts": posted.ts, "message": describe_message(slack, posted)}


def post_ephemeral(slack: Slack, arguments: Json) -> Json:
    """chat.postEphemeral, to somebody in a channel."""
    channel, _ = _find_place(slack, str(arguments.get("channel", "")))
    user_id = str(arguments.get("user", ""))
    if user_id not in slack.members[channel] or user_id in slack.deleted_users:
        raise Refusal("user_not_in_channel")
    check_body(slack, arguments)
    posted = _add(slack, Posted(channel, arguments, user_id, is_ephemeral=True))
    return {"message_ts": posted.ts}


def update_message(slack: Slack, arguments: Json) -> Json:
    """chat.update: a message of the bot's, by the channel and the ts that posting it returned."""
    channel, _ = _find_place(slack, str(arguments.get("channel", "")), dm_by_user=False)
    posted = next(
        (
            posted
            for posted in slack.messages
            if (posted.channel, posted.ts) == (channel, arguments.get("ts"))
            and not posted.is_ephemeral
            and not posted.is_deleted
        ),
        None,
    )
    if posted is None:
        raise Refusal("message_not_found")
    if posted.author is not None:
        raise Refusal("cant_update_message")
    changes = {name: value for name, value in arguments.items() if name not in {"channel", "ts"}}
    check_body(slack, posted.body | changes)
    posted.edit(changes)
    return {
        "channel": channel,
        "ts": posted.ts,
        "text": posted.body["text"],
        "message": describe_message(slack, posted),
    }


def respond(slack: Slack, token: str, body: Json) -> None:
    """A message by response_url: a new one, or in the place of the one that was pressed. Raises Refusal."""
    url = slack.response_url(token)
    if url is None or time.monotonic() > url.expires_at:
        raise Refusal("expired_url")
    if url.uses_left == 0:
        raise Refusal("used_url")
    if url.channel in slack.archived_channels:
        raise Refusal("channel_is_archived")
    original = url.original
    if body.get("delete_original") is True and original is not None:
        original.is_deleted = True
    else:
        check_body(slack, body)
        if body.get("replace_original") is True and original is not None:
            original.edit(body)
        else:
            add_reply(slack, url.channel, url.user_id, body)
    url.uses_left -= 1


def add_reply(slack: Slack, channel: str, user_id: str, body: Json) -> None:
    """Show a reply where something was typed or pressed: to that user, or to all for `in_channel`."""
    in_channel = body.get("response_type") == "in_channel"
    seen_by = user_id if not in_channel or channel == slack.dm_of(user_id) else None
    _add(slack, Posted(channel, body, seen_by, is_ephemeral=not in_channel))


def add_human_message(slack: Slack, channel: str, user_id: str, text: str) -> Posted:
    """Let somebody write a message."""
    seen_by = user_id if channel == slack.dm_of(user_id) else None
    return _add(slack, Posted(channel, {"text": text}, seen_by, author=user_id))


def check_body(slack: Slack, body: Json) -> None:
    """Check a message. Raises Refusal, with the complaints that the stand-in keeps, too."""
    if complaints := check_message(body):
        slack.complaints += complaints
        has_content = body.get("text") or body.get("blocks")
        raise Refusal("invalid_blocks" if has_content else "no_text", complaints)
    unknown = {block["type"] for block in body.get("blocks") or []} & slack.refuses_new_blocks
    if unknown:
        raise Refusal("invalid_blocks", [f"unsupported type: {name}" for name in sorted(unknown)])


def describe_message(slack: Slack, posted: Posted) -> Json:
    """A message of the bot's as Slack sends it."""
    return {
        "type": "message",
        "user": slack.bot_user_id,
        "bot_id": slack.bot_id,
        "app_id": APP_ID,
        "team": slack.team_id,
        "ts": posted.ts,
        "text": posted.body["text"],
        "blocks": posted.blocks,
    }


def _add(slack: Slack, posted: Posted) -> Posted:
    posted.ts = slack.new_ts()
    slack.messages.append(posted)
    return posted


def _find_place(slack: Slack, channel: str, *, dm_by_user: bool = True) -> tuple[str, str | None]:
    """The channel, and the user where it is their conversation with the bot."""
    user_id = channel if dm_by_user and channel in slack.users else slack.user_of_dm(channel)
    if user_id is not None:
        if user_id in slack.deleted_users:
            raise Refusal("user_not_found")
        return slack.dm_of(user_id), user_id
    if channel in slack.archived_channels:
        raise Refusal("is_archived")
    if channel not in slack.bot_channels:
        raise Refusal("not_in_channel" if channel.startswith("C") else "channel_not_found")
    return channel, None
