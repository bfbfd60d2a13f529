"""A trade in Slack: the command and the form, what that says while it is filled in, its submission."""
