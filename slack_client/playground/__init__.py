"""A stand-in for Slack on loopback, for tests and for trying the bot without a Slack workspace."""
