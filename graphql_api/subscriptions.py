"""Subscriptions as they are read: a batch of events at a time, in a thread and one snapshot.

While it waits for events, a subscription holds neither a thread nor a connection of the database.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.http import process_result
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from graphql_api.oms.actor import Actor
from graphql_api.oms.desk import Desk
from graphql_api.oms.feed import Feed, RunInThread, is_outage
from graphql_api.oms.keys import Door
from graphql_api.schema import errors, schema
from graphql_api.schema.subscription import BATCH, Following

_RETRY_SECONDS = 0.5
_OUTAGE_SECONDS = 30
_SUBSCRIPTION = frozenset({OperationType.SUBSCRIPTION})

Json = dict[str, Any]
T = TypeVar("T")


class Outage(Exception):  # noqa: N818 - what happens to the database, not a mistake of ours
    """The database has not answered for half a minute."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who subscribes; `trader` is whom a SERVICE key acts for, None where nobody was named."""

    key: str | None
    trader: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What a subscription asks for, under the client's id."""

    id: str
    query: str
    variables: Json | None
    name: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read came to: messages to send, and the cursor to read on from.

    `is_over` where the operation was refused, and the last message says why. `has_more` where there may
    be more events already.
    """

    messages: list[str]
    after: str | None
    has_more: bool = False
    is_over: bool = False


class Subscriptions:
    """Reads for all subscriptions of a process: `turns` of them at once, so that threads are left for others.

    A database that does not answer for a moment is asked again; after half a minute that is an Outage.
    """

    def __init__(self, desk: Desk, door: Door, run: RunInThread, turns: int) -> None:
        self._desk = desk
        self._door = door
        self._run = run
        self._turns = asyncio.Semaphore(turns)
        self.feed = Feed(desk.database, run)

    async def open(self, credentials: Credentials) -> Actor:
        """Who is behind a key. Raises Unauthenticated or Outage."""
        return await self._answer(lambda: self._open(credentials), nullcontext())

    async def read(self, credentials: Credentials, operation: Operation, after: str | None) -> Batch:
        """A subscription's next events; without a cursor it begins. Raises Unauthenticated or Outage."""
        return await self._answer(lambda: self._read(credentials, operation, after), self._turns)

    async def _answer(self, work: Callable[[], T], turn: AbstractAsyncContextManager[None]) -> T:
        patience = time.monotonic() + _OUTAGE_SECONDS
        while True:
            try:
                async with turn:
                    return await self._run(work)
            except Exception as failed:
                if not is_outage(self._desk.database, failed):
                    raise
                if time.monotonic() > patience:
                    raise Outage from failed
            await asyncio.sleep(_RETRY_SECONDS)

    def _open(self, credentials: Credentials) -> Actor:
        return self._door.open_to_follow(credentials.key, credentials.trader, credentials.request_id)

    def _read(self, credentials: Credentials, operation: Operation, after: str | None) -> Batch:
        messages: list[str] = []
        context = Following(self._desk, self._door, self._open(credentials), after)
        try:
            context.begin()
            while len(messages) < BATCH:
                place = context.after
                result = self._execute(operation, context)
                if context.is_caught_up:
                    return Batch(messages, context.after)
                if context.after == place:  # the operation took no event
                    messages.append(write_message("error", operation.id, result["errors"]))
                    return Batch(messages, context.after, is_over=True)
                messages.append(write_message("next", operation.id, result))
        finally:
            context.close()
        return Batch(messages, context.after, has_more=True)

    def _execute(self, operation: Operation, context: Following) -> Json:
        try:
            result = schema.execute_sync(
                operation.query,
                operation.variables,
                context_value=context,
                operation_name=operation.name,
                allowed_operation_types=_SUBSCRIPTION,
            )
        except InvalidOperationTypeError:
            return refusal("Only subscriptions run over a websocket. Send queries and mutations by POST.")
        except CannotGetOperationTypeError as unclear:
            return refusal(unclear.as_http_error_reason())
        except MissingQueryError:
            return refusal("No GraphQL query found in the request")
        if context.is_caught_up:
            return {}
        for error in result.errors or ():
            if error.original_error and is_outage(self._desk.database, error.original_error):
                raise error.original_error
        result.errors = [errors.publish(error) for error in result.errors or ()] or None
        return dict(process_result(result))


def write_message(kind: str, id: str | None = None, payload: object = None) -> str:
    """A message of the protocol."""
    message = {"id": id, "type": kind, "payload": payload}
    return json.dumps({name: value for name, value in message.items() if value is not None})


def refusal(told: str) -> Json:
    """The result of an operation that is not run."""
    return {"errors": [GraphQLError(told, extensions={"code": "BAD_REQUEST"}).formatted]}
