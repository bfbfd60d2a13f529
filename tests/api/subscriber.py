"""A client of subscriptions: graphql-transport-ws over a real websocket."""

import json
import select
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.api.test_events import NODE
from tests.conftest import Json, Workspace

EVENTS = (
    f"""subscription ($id: ID, $after: String) {{ events(portfolioId: $id, after: $after) {{ {NODE} }} }}"""
)
PROTOCOL = "graphql-transport-ws"
PATIENCE_SECONDS = 10
SOON = 0.5
"""How long an event takes from its commit to its subscribers."""


class Subscriber:
    """One connection. Whatever does not come in time fails the test."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._heard: deque[Json] = deque()

    def say(self, message: object) -> None:
        """Send a message; a text as it is."""
        self._socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def say_bytes_as_text(self, message: bytes) -> None:
        """Send what may be no UTF-8."""
        self._socket.send(message, text=True)

    def hear(self, timeout: float = PATIENCE_SECONDS) -> Json:
        """The next message. Raises TimeoutError."""
        if self._heard:
            return self._heard.popleft()
        message: Json = json.loads(self._socket.recv(timeout=timeout))
        return message

    def greet(self, key: object, on_behalf_of: object = ..., **more: object) -> None:
        """Send the key."""
        headers = {} if on_behalf_of is ... else {"X-On-Behalf-Of": on_behalf_of}
        self.say({"type": "connection_init", "payload": {"X-API-Key": key, **headers, **more}})

    def subscribe(
        self, document: str = EVENTS, name: str = "1", *, waits: bool = True, **variables: object
    ) -> None:
        """Subscribe, and go on when it has begun: what commits from then on must be told."""
        self.say({"id": name, "type": "subscribe", "payload": {"query": document, "variables": variables}})
        if waits:
            self.ping()

    def complete(self, name: str = "1") -> None:
        """End a subscription."""
        self.say({"id": name, "type": "complete"})
        self.ping()

    def ping(self) -> None:
        """Go on when the server has looked at everything that was said; events may come before that."""
        self.say({"type": "ping"})
        while (answer := json.loads(self._socket.recv(timeout=PATIENCE_SECONDS))) != {"type": "pong"}:
            self._heard.append(answer)

    def refused(self, document: str, **variables: object) -> list[Json]:
        """Subscribe in vain: the errors."""
        self.say({"id": "no", "type": "subscribe", "payload": {"query": document, "variables": variables}})
        answer = self.hear()
        assert (answer["type"], answer["id"]) == ("error", "no"), answer
        errors: list[Json] = answer["payload"]
        return errors

    def hears_nothing(self) -> None:
        """For as long as an event may take, nothing comes."""
        with pytest.raises(TimeoutError):
            self.hear(SOON)

    def event(self, timeout: float = PATIENCE_SECONDS) -> Json:
        """The next event of the only subscription."""
        answer = self.hear(timeout)
        assert answer["type"] == "next", answer
        assert "errors" not in answer["payload"], answer
        told: Json = answer["payload"]["data"]["events"]
        return told

    def events(self, count: int) -> list[Json]:
        """The next events."""
        return [self.event() for _ in range(count)]

    def closed(self, timeout: float = PATIENCE_SECONDS) -> tuple[int, str]:
        """Why the server closes, which it does before it says anything else."""
        with pytest.raises(ConnectionClosed) as closed:
            self._socket.recv(timeout=timeout)
        assert closed.value.rcvd is not None, "closed without a word"
        return closed.value.rcvd.code, closed.value.rcvd.reason


@contextmanager
def connected(url: str, *protocols: str) -> Iterator[Subscriber]:
    """A connection to the API at this address, without a key so far."""
    address = url.replace("http://", "ws://") + "/graphql"
    names = [Subprotocol(name) for name in protocols or (PROTOCOL,)]
    with connect(address, subprotocols=names, max_queue=None) as socket:
        yield Subscriber(socket)


@contextmanager
def subscriber(
    workspace: Workspace, key: str | None = None, on_behalf_of: object = ..., *, url: str | None = None
) -> Iterator[Subscriber]:
    """A connection whose key (the ADMIN one if none is given) was acknowledged."""
    with connected(url or workspace.api.url) as client:
        client.greet(workspace.admin_key if key is None else key, on_behalf_of)
        assert client.hear() == {"type": "connection_ack"}
        yield client


class SilentSubscriber:
    """A connection that never reads: what it is sent stays on the way."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def subscribe(self, document: str, name: str, after: str) -> None:
        """Subscribe to all since a cursor."""
        self._say(
            {"id": name, "type": "subscribe", "payload": {"query": document, "variables": {"after": after}}}
        )

    def greet(self, key: str) -> None:
        """Send the key."""
        self._say({"type": "connection_init", "payload": {"X-API-Key": key}})

    def is_dropped(self) -> bool:
        """Whether the server has reset the connection."""
        hung_up = select.poll()
        hung_up.register(self._connection, 0)
        return bool(hung_up.poll(50))

    def _say(self, message: object) -> None:
        with suppress(ConnectionError):
            self._connection.sendall(Frame(Opcode.TEXT, json.dumps(message).encode()).serialize(mask=True))


@contextmanager
def silent_subscriber(url: str, key: str) -> Iterator[SilentSubscriber]:
    """A connection with a key, and a window of a few kilobytes."""
    address = urlsplit(url)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((address.hostname, address.port))
        upgrade = {
            "Host": address.netloc,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol": PROTOCOL,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in upgrade.items())
        connection.sendall(f"GET /graphql HTTP/1.1\r\n{head}\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 101 ")
        client = SilentSubscriber(connection)
        client.greet(key)
        yield client
