"""As many Slack workspaces as install the bot, each with a workspace and a key of its own in the OMS."""
