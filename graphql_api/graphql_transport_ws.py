"""The websocket /graphql: the protocol graphql-transport-ws, for subscriptions alone.

The key comes with connection_init. It is checked before the acknowledgement, and again and again after it.
"""

import asyncio
import json
import secrets
from contextlib import suppress
from typing import Any, TypeVar

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from graphql_api.oms.actor import READERS, Actor
from graphql_api.oms.keys import Unauthenticated
from graphql_api.oms.refusals import Refused
from graphql_api.schema import errors
from graphql_api.subscriptions import (
    Batch,
    Credentials,
    Operation,
    Outage,
    Subscriptions,
    refusal,
    write_message,
)

PROTOCOL = "graphql-transport-ws"
MAX_CONNECTIONS = 500
"""Of one process."""
MAX_SUBSCRIPTIONS = 20
"""Of one connection."""
_INIT_SECONDS = 10
_KEY_CHECKED_EVERY_SECONDS = 0.4
_MAX_REASON_BYTES = 123

Failure = TypeVar("Failure", bound=Exception)


class WebSocketEndpoint:
    """The ASGI application of websockets."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold one connection until it closes."""
        self._open += 1
        try:
            await self._hold(_Wire(WebSocket(scope, receive, send)))
        finally:
            self._open -= 1

    async def _hold(self, wire: "_Wire") -> None:
        try:
            await wire.accept()
            if self._open > MAX_CONNECTIONS:
                raise _Closed(1013, "Too many websockets are open. Try again later.")
            credentials = await wire.read_credentials()
            actor = await self._subscriptions.open(credentials)
            actor.admit(*READERS)
            await wire.send(write_message("connection_ack"))
            await _Client(wire, self._subscriptions, credentials, actor).listen()
        except* WebSocketDisconnect:
            pass
        except* _Closed as closed:
            await wire.close(_first(closed))
        except* Unauthenticated as refused:
            await wire.close(_Closed(4401, str(_first(refused))))
        except* Refused as refused:
            await wire.close(_Closed(4403, str(_first(refused))))
        except* Outage:
            await wire.close(_Closed(1013, "The database does not answer. Try again later."))
        except* Exception as unexpected:  # noqa: BLE001 - masked, and logged with an id
            await wire.close(_Closed(1011, errors.masked(_first(unexpected)).message))


class _Closed(Exception):  # noqa: N818 - an answer to the client
    """The server closes the websocket: a code of the protocol, and a sentence."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode(errors="replace")[:_MAX_REASON_BYTES].decode(errors="ignore")


class _Wire:
    """Messages, read and written. Raises _Closed where the client breaks the protocol, WebSocketDisconnect
    where it has gone."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def accept(self) -> None:
        """Accept a client that speaks the protocol."""
        is_spoken = PROTOCOL in self._socket["subprotocols"]
        await self._socket.accept(PROTOCOL if is_spoken else None)
        if not is_spoken:
            raise _Closed(4406, f"Subprotocol not acceptable: speak {PROTOCOL}.")

    async def read_credentials(self) -> Credentials:
        """Wait for connection_init."""
        try:
            async with asyncio.timeout(_INIT_SECONDS):
                while True:
                    match await self.receive():
                        case {"type": "connection_init", **more}:
                            return _credentials(more.get("payload"))
                        case {"type": "subscribe" | "complete"}:
                            raise _Closed(4401, "Unauthorized: send connection_init first.")
                        case message:
                            await self.answer(message)
        except TimeoutError:
            raise _Closed(4408, "Connection initialisation timeout") from None

    async def receive(self) -> object:
        """The next message, decoded."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        text = message.get("text")
        if text is None:
            raise _Closed(4400, "Invalid message: it must be text.")
        try:
            decoded: object = json.loads(text)
        except (ValueError, RecursionError):
            raise _Closed(4400, "Invalid message: it must be JSON.") from None
        return decoded

    async def answer(self, message: object) -> None:
        """Answer a message that may come at any time."""
        match message:
            case {"type": "ping"}:
                await self.send(write_message("pong"))
            case {"type": "pong"}:
                pass
            case _:
                raise _Closed(4400, f"Invalid message: {PROTOCOL} has none like it.")

    async def send(self, message: str) -> None:
        """Send a message, and wait while the client does not read."""
        try:
            await self._socket.send_text(message)
        except RuntimeError:  # the server below has closed it
            raise WebSocketDisconnect(1006) from None

    async def close(self, closed: _Closed) -> None:
        """Say why, and close."""
        with suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(closed.code, closed.reason)


class _Client:
    """A client behind a key, and its subscriptions by the ids that it gave them."""

    def __init__(
        self, wire: _Wire, subscriptions: Subscriptions, credentials: Credentials, actor: Actor
    ) -> None:
        self._wire = wire
        self._subscriptions = subscriptions
        self._credentials = credentials
        self._workspace_id = actor.workspace_id
        self._running: dict[str, asyncio.Task[None]] = {}

    async def listen(self) -> None:
        """Answer messages until somebody closes; what was begun ends with it."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._check_key())
            while True:
                match await self._wire.receive():
                    case {"type": "subscribe", "id": str(id), "payload": {"query": str(query), **more}} if id:
                        await self._subscribe(_operation(id, query, more), tasks)
                    case {"type": "complete", "id": str(id)}:
                        if id in self._running:
                            self._running.pop(id).cancel()
                    case {"type": "connection_init"}:
                        raise _Closed(4429, "Too many initialisation requests")
                    case message:
                        await self._wire.answer(message)

    async def _check_key(self) -> None:
        while True:
            await asyncio.sleep(_KEY_CHECKED_EVERY_SECONDS)
            await self._subscriptions.open(self._credentials)

    async def _subscribe(self, operation: Operation, tasks: asyncio.TaskGroup) -> None:
        """Begin a subscription. The next message is looked at when it has begun: the pong that answers a
        ping sent after `subscribe` promises that whatever commits from then on will be told."""
        if operation.id in self._running:
            raise _Closed(4409, f"Subscriber for {operation.id} already exists")
        if len(self._running) >= MAX_SUBSCRIPTIONS:
            told = refusal(f"A connection can have {MAX_SUBSCRIPTIONS} subscriptions at most.")
            await self._wire.send(write_message("error", operation.id, told["errors"]))
            return
        batch = await self._subscriptions.read(self._credentials, operation, None)
        self._running[operation.id] = tasks.create_task(self._follow(operation, batch))

    async def _follow(self, operation: Operation, batch: Batch) -> None:
        """Send what was read and read on, until the operation is refused."""
        seen = None
        with self._subscriptions.feed.followed(self._workspace_id) as news:
            while not batch.is_over:
                for message in batch.messages:
                    await self._wire.send(message)
                if not batch.has_more:
                    seen = await news.newer_than(seen)
                batch = await self._subscriptions.read(self._credentials, operation, batch.after)
        del self._running[operation.id]
        for message in batch.messages:
            await self._wire.send(message)


def _credentials(payload: object) -> Credentials:
    """Names are read in any case: one that was overlooked must not make a key see more."""
    given = {} if payload is None else payload
    if not isinstance(given, dict):
        raise _Closed(4400, "Invalid connection init payload: it must be an object.")
    headers = {name.lower(): value for name, value in given.items()}
    key, trader = headers.get("x-api-key"), headers.get("x-on-behalf-of")
    if not isinstance(key, str | None):
        raise _Closed(4400, "Invalid connection init payload: X-API-Key must be text.")
    if "x-on-behalf-of" in headers and not isinstance(trader, str):
        raise _Closed(4400, "Invalid connection init payload: X-On-Behalf-Of must be text, or left out.")
    return Credentials(key, trader, secrets.token_hex(8))


def _operation(id: str, query: str, payload: dict[Any, Any]) -> Operation:
    variables, name = payload.get("variables"), payload.get("operationName")
    if not isinstance(variables, dict | None):
        raise _Closed(4400, "Invalid message: variables must be an object.")
    if not isinstance(name, str | None):
        raise _Closed(4400, "Invalid message: operationName must be text.")
    return Operation(id, query, variables, name)


def _first(group: ExceptionGroup[Failure]) -> Failure:
    first = group.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first
