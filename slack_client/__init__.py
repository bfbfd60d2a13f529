"""The Slack bot: one customer of the OMS's API, known to it only through schema.graphql."""
