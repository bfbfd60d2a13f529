"""The bot's own small database: what it has told whom in Slack, and what it must not forget.

Two bot processes share it and agree by its unique rows. SQLite or PostgreSQL; it is only ever touched in
threads, so that nothing waits for it on the event loop.
"""
