"""Orders on their way: written down before the OMS is asked, removed when the trader has an answer.

A row that stays tells of a bot that died in the middle. `is_promised` where the trader was told that the
result follows: then whoever finds the row sends the order again, which trades once at most. Where it was
not, nothing is sent again, because Slack has shown an error and the trader may have started anew; what the
OMS knows of the order is told all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from slack_client.operations import PlaceOrderInput
from slack_client.store.database import BotDatabase
from slack_client.store.tables import NOW, SUBMISSIONS
from slack_client.trader import Trader


@dataclass(frozen=True)
class Submitted:
    """An order on its way: whose it is, and where its confirmation goes."""

    trader: Trader
    order: PlaceOrderInput
    channel_id: str | None
    announce: bool
    is_promised: bool = False


@dataclass(frozen=True)
class Abandoned:
    """An order whose trader has no answer, and how long ago it was written down."""

    submitted: Submitted
    age_seconds: int


class Submissions:
    """The orders that have no answer yet."""

    def __init__(self, database: BotDatabase) -> None:
        self._database = database

    async def begin(self, submitted: Submitted) -> None:
        """Write an order down; one that is written down already stays as it is."""
        trader, order = submitted.trader, submitted.order
        await self._database.write_new(
            insert(SUBMISSIONS).values(
                team_id=trader.team_id,
                client_order_id=order.client_order_id,
                user_id=trader.user_id,
                user_name=trader.user_name[:128],
                channel_id=submitted.channel_id,
                announce=submitted.announce,
                is_promised=submitted.is_promised,
                order=order.model_dump_json(by_alias=True),
                made_at=NOW,
            )
        )

    async def promise(self, team_id: str, client_order_id: str) -> None:
        """Note that the trader was told to wait for the result."""
        statement = update(SUBMISSIONS).values(is_promised=True).where(*_of(team_id, client_order_id))
        await self._database.write(statement)

    async def end(self, team_id: str, client_order_id: str) -> None:
        """Remove an order whose trader has an answer."""
        await self._database.write(delete(SUBMISSIONS).where(*_of(team_id, client_order_id)))

    async def is_open(self, team_id: str, client_order_id: str) -> bool:
        """Whether an order's trader has no answer yet."""
        statement = select(SUBMISSIONS.c.client_order_id).where(*_of(team_id, client_order_id))
        return bool(await self._database.read(statement))

    async def abandoned(self, team_id: str, after_seconds: int) -> Sequence[Abandoned]:
        """The orders that were written down so long ago and have no answer, oldest first."""
        made_at = SUBMISSIONS.c.made_at
        statement = select(SUBMISSIONS, (NOW - made_at).label("age")).where(
            SUBMISSIONS.c.team_id == team_id, made_at <= NOW - after_seconds * 1000
        )
        rows = await self._database.read(statement.order_by(made_at))
        return [Abandoned(_submitted(row), row.age // 1000) for row in rows]


def _submitted(row: Row[Any]) -> Submitted:
    return Submitted(
        trader=Trader(row.team_id, row.user_id, row.user_name),
        order=PlaceOrderInput.model_validate_json(row.order),
        channel_id=row.channel_id,
        announce=row.announce,
        is_promised=row.is_promised,
    )


def _of(team_id: str, client_order_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return SUBMISSIONS.c.team_id == team_id, SUBMISSIONS.c.client_order_id == client_order_id
