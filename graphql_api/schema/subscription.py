"""What can be followed: the audit trail, live.

A subscription is its operation executed again for every event. `Following` is the context of one read: a
batch of executions in one snapshot, each of which takes the next event, until there are no more.
"""

from collections.abc import Iterator

import strawberry

from graphql_api.context import Context
from graphql_api.oms.actor import Actor
from graphql_api.oms.desk import Desk
from graphql_api.oms.feed import newest_commit
from graphql_api.oms.ids import from_text
from graphql_api.oms.keys import Door
from graphql_api.oms.refusals import Refused
from graphql_api.oms.words import RejectionCode
from graphql_api.schema.connections import read_number, write_cursor
from graphql_api.schema.query import place_of, read_place
from graphql_api.schema.types import Event

BATCH = 50
"""How many events are read at once."""
_LAST_PLACE = f"{'f' * 32}:{'9' * 18}"


class CaughtUp(Exception):  # noqa: N818 - no error: there is no next event yet
    """Every event has been taken."""


class Following(Context):
    """Reads a batch of events in one thread and one snapshot; `close` ends it.

    `after` is the cursor that the next read goes on from: of the last event that was taken, or where all
    were taken, of the end of the feed; None until a subscription has begun.
    """

    def __init__(self, desk: Desk, door: Door, actor: Actor, after: str | None) -> None:
        super().__init__(desk, door, actor)
        self.after = after
        self.is_caught_up = False
        self._newest = 0
        self._events: Iterator[Event] | None = None
        self._end: str | None = None

    def begin(self) -> None:
        """Begin the snapshot before the operation is even parsed: a subscription without a cursor gets
        whatever commits from now on."""
        self._newest = newest_commit(self.desk.database, self.snapshot.session, self.actor.workspace_id)

    def take(self, portfolio_id: str | None, after: str | None) -> Event:
        """The next event. Raises CaughtUp where there is none, Refused where there is no such portfolio."""
        if self._events is None:
            after = after if self.after is None else self.after
            rows = self._read_feed(after) if portfolio_id is None else self._read_chain(portfolio_id, after)
            self._events = iter(rows)
        event = next(self._events, None)
        if event is None:
            self.is_caught_up = True
            self.after = self._end or self.after
            raise CaughtUp
        self.after = event.cursor
        return event

    def _read_feed(self, after: str | None) -> list[Event]:
        now = write_cursor(f"{self._newest}:{_LAST_PLACE}")
        place = read_place(now if after is None else after)
        rows = self.snapshot.events(place, BATCH)
        self.after = now if after is None else after
        if len(rows) < BATCH and place is not None and place[0] < self._newest:
            self._end = now  # what others did is not read over again
        return [Event.of(row, place_of(row)) for row in rows]

    def _read_chain(self, portfolio_id: str, after: str | None) -> list[Event]:
        ids = from_text(portfolio_id)
        portfolio = None if ids is None else self.snapshot.portfolio(ids[0])
        if portfolio is None:
            raise Refused(
                RejectionCode.UNKNOWN_PORTFOLIO,
                "portfolioId",
                "There is no such portfolio, or it is not yours to see.",
            )
        if after is None:
            after = write_cursor(str(portfolio.event_sequence))
        rows = self.snapshot.events_of(portfolio.id, read_number(after) or 0, BATCH)
        self.after = after
        return [Event.of(row, str(row.sequence)) for row in rows]


@strawberry.type
class Subscription:
    @strawberry.field(
        description="Events as they commit, of one portfolio or of all that you may see, in the order of the "
        "query `events`. It resumes after the cursor of an event without a gap or a repeat; without a "
        "cursor it begins now. Over a websocket that speaks graphql-transport-ws, with X-API-Key and "
        "X-On-Behalf-Of in the payload of connection_init; a SERVICE key that names no trader follows its "
        "whole workspace."
    )
    def events(
        self,
        info: strawberry.Info[Following, None],
        portfolio_id: strawberry.ID | None = None,
        after: str | None = None,
    ) -> Event:
        return info.context.take(portfolio_id, after)
