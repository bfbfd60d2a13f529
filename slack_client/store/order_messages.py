"""Which messages show which order, so that they can be redrawn when it changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from slack_client.store.database import BotDatabase
from slack_client.store.tables import ORDER_MESSAGES


@dataclass(frozen=True)
class Place:
    """Where a message stands: Slack's channel and the message's `ts` in it."""

    channel_id: str
    ts: str


@dataclass(frozen=True)
class OrderMessage:
    """A message that shows an order, and the name by which it shows the trader."""

    place: Place
    user_name: str


class OrderMessages:
    """The messages of working orders; those of final ones are forgotten."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    async def remember(self, team_id: str, order_id: str, message: OrderMessage) -> None:
        """Note that a message shows this order."""
        row = {
            "team_id": team_id,
            "order_id": order_id,
            "channel_id": message.place.channel_id,
            "ts": message.place.ts,
            "user_name": message.user_name[:128],
        }
        await self._database.write_new(insert(ORDER_MESSAGES).values(**row))

    async def of(self, team_id: str, order_id: str) -> Sequence[OrderMessage]:
        """The messages that show this order."""
        shown = ORDER_MESSAGES.c
        statement = select(shown.channel_id, shown.ts, shown.user_name).where(
            shown.team_id == team_id, shown.order_id == order_id
        )
        rows = await self._database.read(statement)
        return [OrderMessage(Place(row.channel_id, row.ts), row.user_name) for row in rows]

    async def forget(self, team_id: str, order_id: str) -> None:
        """Forget the messages of an order that has ended."""
        await self._database.write(
            delete(ORDER_MESSAGES).where(
                ORDER_MESSAGES.c.team_id == team_id, ORDER_MESSAGES.c.order_id == order_id
            )
        )
