"""The portfolio that a channel trades unless another one is chosen."""

from sqlalchemy import delete, insert, select

from slack_client.store.database import BotDatabase
from slack_client.store.tables import CHANNEL_PORTFOLIOS


class ChannelPortfolios:
    """One default portfolio a channel."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    async def read(self, team_id: str, channel_id: str | None) -> str | None:
        """The id of the channel's portfolio, None where it has none."""
        statement = select(CHANNEL_PORTFOLIOS.c.portfolio_id).where(
            CHANNEL_PORTFOLIOS.c.team_id == team_id, CHANNEL_PORTFOLIOS.c.channel_id == channel_id
        )
        rows = await self._database.read(statement)
        return rows[0].portfolio_id if rows else None

    async def choose(self, team_id: str, channel_id: str, portfolio_id: str, user_id: str) -> None:
        """Make a portfolio the channel's, in the place of the one before."""
        await self.clear(team_id, channel_id)
        row = {
            "team_id": team_id,
            "channel_id": channel_id,
            "portfolio_id": portfolio_id,
            "chosen_by": user_id,
        }
        await self._database.write_new(insert(CHANNEL_PORTFOLIOS).values(**row))

    async def clear(self, team_id: str, channel_id: str) -> None:
        """Leave the channel without a portfolio of its own."""
        await self._database.write(
            delete(CHANNEL_PORTFOLIOS).where(
                CHANNEL_PORTFOLIOS.c.team_id == team_id, CHANNEL_PORTFOLIOS.c.channel_id == channel_id
            )
        )
