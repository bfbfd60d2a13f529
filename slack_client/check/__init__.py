"""Everything that the bot can say, drawn from made-up answers, and Slack's word on it."""
