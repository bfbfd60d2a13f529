"""Stand-ins on loopback for the sources of real quotes: their documented formats, and every way to fail.

The formats: https://docs.alpaca.markets/us/reference/stocksnapshots-1, https://finnhub.io/docs/api/quote,
and for Yahoo's chart what yfinance reads, https://github.com/ranaroussi/yfinance.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
"""Noon in New York."""


class Clock:
    """Both clocks of a market, moved by the test."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at
        self.seconds = 1_000.0

    def now(self) -> datetime:
        return self.at

    def timer(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass(frozen=True)
class Request:
    """What a source was asked."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """What a source answers. `is_cut` closes the connection before the body is whole.

    `pause` waits so many seconds before every byte of the body; a `hold` is waited for before anything is
    sent.
    """

    status: int = 200
    body: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False
    pause: float = 0
    hold: threading.Event | None = None


class StandIn:
    """A source that answers as `answer` says, or as `fault` does while there is one."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        self.fault: Reply | None = None
        self.requests: list[Request] = []
        self.is_asked = threading.Event()
        self.stops = threading.Event()
        self.url = ""

    def reply_to(self, request: Request) -> Reply:
        self.requests.append(request)
        self.is_asked.set()
        return self.answer(request) if self.fault is None else self.fault


@contextmanager
def standing_in(answer: Callable[[Request], Reply]) -> Iterator[StandIn]:
    """Serve a stand-in on a free port of loopback, and stop it at the end."""
    source = StandIn(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            address = urlsplit(self.path)
            parameters = {name: values[-1] for name, values in parse_qs(address.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send(source.reply_to(Request(address.path, parameters, headers)))

        def send(self, reply: Reply) -> None:
            if reply.hold is not None:
                while not (reply.hold.wait(0.02) or source.stops.is_set()):
                    pass
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) + reply.is_cut))
            self.end_headers()
            self.close_connection = reply.is_cut
            if not reply.pause:
                self.wfile.write(body)
            for byte in body if reply.pause else b"":
                source.stops.wait(reply.pause)
                self.wfile.write(bytes([byte]))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: object, client_address: object) -> None:
            """Whoever gave up waiting has hung up: nothing to say."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    source.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield source
    finally:
        source.stops.set()
        server.shutdown()
        server.server_close()
        thread.join()


def nothing(request: Request) -> Reply:
    """The answer of a source that a test does not expect to be asked."""
    return Reply(500, f"unexpected: {request.path}")
