"""The workspace that the page plays in: three traders, a channel with the bot and one without."""

from slack_client.playground.slack import Slack

TRADERS = {"U0ADA": "ada", "U0GRACE": "grace", "U0ALAN": "alan"}
CHANNELS = {"C0TRADES": "trades", "C0RANDOM": "random"}
BOT_CHANNEL = "C0TRADES"


def found_town(bot_token: str, app_token: str | None = None) -> Slack:
    """Make the workspace, everybody in both channels; the bot has this token, and that for Socket Mode."""
    slack = Slack(bot_token=bot_token, bot_channels={BOT_CHANNEL}, channel_names=dict(CHANNELS))
    if app_token is not None:
        slack.app_token = app_token
    for user_id, name in TRADERS.items():
        for channel in (*CHANNELS, slack.dm_of(user_id)):
            slack.join(channel, user_id, name)
    return slack
