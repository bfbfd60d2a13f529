"""Which messages show which order, so that they can be redrawn when it changes."""

from collections.abc import Collection, Mapping, Sequence
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
        return (await self.of_each(team_id, [order_id]))[order_id]

    async def of_each(self, team_id: str, order_ids: Collection[str]) -> Mapping[str, Sequence[OrderMessage]]:
        """The messages that show each of these orders, by its id."""
        statement = select(ORDER_MESSAGES).where(
            ORDER_MESSAGES.c.team_id == team_id, ORDER_MESSAGES.c.order_id.in_(order_ids)
        )
        found: dict[str, list[OrderMessage]] = {order_id: [] for order_id in order_ids}
        for row in await self._database.read(statement):
            found[row.order_id].append(OrderMessage(Place(row.channel_id, row.ts), row.user_name))
        return found

    async def forget(self, team_id: str, order_id: str, place: Place) -> None:
        """Forget a message whose order has ended, or that is no longer there."""
        shown = ORDER_MESSAGES.c
        await self._database.write(
            delete(ORDER_MESSAGES).where(
                shown.team_id == team_id,
                shown.order_id == order_id,
                shown.channel_id == place.channel_id,
                shown.ts == place.ts,
            )
        )
