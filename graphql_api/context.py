"""One GraphQL operation: who is asking, and the one snapshot that everything in it is read from."""

from contextlib import ExitStack

import strawberry

from graphql_api.oms.actor import READERS, Actor
from graphql_api.oms.desk import Desk
from graphql_api.oms.keys import Door
from graphql_api.oms.snapshot import Snapshot


class Context:
    """Lives as long as the operation, in one thread; `close` ends its snapshot."""

    def __init__(self, desk: Desk, door: Door, actor: Actor) -> None:
        self.desk = desk
        self.door = door
        self.actor = actor
        self._snapshot: Snapshot | None = None
        self._open = ExitStack()

    @property
    def snapshot(self) -> Snapshot:
        """The operation's view of the books. Raises Refused where the actor may read nothing."""
        if self._snapshot is None:
            self.actor.admit(*READERS)
            session = self._open.enter_context(self.desk.database.snapshot())
            self._snapshot = Snapshot(self.desk, session, self.actor)
        return self._snapshot

    def close(self) -> None:
        """End the snapshot. What is read after a mutation needs a new one, to see what it did."""
        self._snapshot = None
        self._open.close()


Info = strawberry.Info[Context, None]
"""What a resolver gets."""
