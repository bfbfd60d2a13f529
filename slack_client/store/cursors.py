"""How far each workspace's events have been told."""

from sqlalchemy import insert, select, update

from slack_client.store.database import BotDatabase
from slack_client.store.tables import CURSORS


class Cursors:
    """One cursor a team."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    async def read(self, team_id: str) -> str | None:
        """The cursor of the last event that was told; None where none was."""
        rows = await self._database.read(select(CURSORS.c.cursor).where(CURSORS.c.team_id == team_id))
        return rows[0].cursor if rows else None

    async def move(self, team_id: str, cursor: str) -> None:
        """Note that all events up to this one were told."""
        move = update(CURSORS).values(cursor=cursor).where(CURSORS.c.team_id == team_id)
        if not await self._database.write(move):
            await self._database.write_new(insert(CURSORS).values(team_id=team_id, cursor=cursor))
