"""Serving the bot inside the test's event loop, on a real port."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to pytest."""
        yield


@asynccontextmanager
async def serve(app: FastAPI, port: int = 0) -> AsyncIterator[str]:
    """Serve on a port of 127.0.0.1, by default a free one; the value is the address."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = _Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2, ws="none"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await eventually(lambda: server.started or serving.done())
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


def free_port() -> int:
    """A port that nobody uses yet."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def eventually(true: Callable[[], object], within: float = 20) -> None:
    """Wait until something holds. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110  what is waited for tells nobody
            await asyncio.sleep(0.01)
