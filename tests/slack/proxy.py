"""A wire to the OMS that can be cut, slow, or lose the answer of what was done."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


class Proxy:
    """Forwards to the OMS. Its faults are set while it runs, by operation.

    `bad_gateways` counts answers that become a 503; `misspellings` are what to replace in a document.
    """

    def __init__(self, target: str, session: aiohttp.ClientSession) -> None:
        self._target = target
        self._session = session
        self.url = ""
        self.operations: list[str] = []
        self.delays: dict[str, float] = {}
        self.lost_answers: dict[str, int] = {}
        self.bad_gateways: dict[str, int] = {}
        self.misspellings: dict[str, tuple[str, str]] = {}
        self.goes_down_when_lost = False
        self._connections: set[asyncio.Transport] = set()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["Proxy"]:
        """Serve on a free port of 127.0.0.1."""
        app = web.Application()
        app.router.add_post("/graphql", self._forward)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=False)
        await self._runner.setup()
        try:
            self._site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await self._site.start()
            self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
            yield self
        finally:
            await self._runner.cleanup()

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        """Let the OMS do it, then be slow, lose the answer, or bring it or a 503 back."""
        body = await request.json()
        assert request.transport
        self._connections.add(request.transport)
        name = body["operationName"]
        self.operations.append(name)
        body["query"] = body["query"].replace(*self.misspellings.get(name, ("", "")))
        headers = {name: request.headers[name] for name in ("X-API-Key", "X-On-Behalf-Of")}
        async with self._session.post(f"{self._target}/graphql", json=body, headers=headers) as answer:
            content, status = await answer.read(), answer.status
        await asyncio.sleep(self.delays.get(name, 0))
        if self.lost_answers.get(name, 0):
            self.lost_answers[name] -= 1
            if self.goes_down_when_lost:
                await self.go_down()
            request.transport.close()
        if self.bad_gateways.get(name, 0):
            self.bad_gateways[name] -= 1
            return web.Response(status=503, text="<html>no healthy upstream</html>")
        return web.Response(body=content, status=status, content_type="application/json")

    async def go_down(self) -> None:
        """Answer nobody any more, neither on new connections nor on those that are open."""
        await self._site.stop()
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    async def come_up(self) -> None:
        """Answer again, where it did before."""
        self._site = web.TCPSite(self._runner, "127.0.0.1", int(self.url.rpartition(":")[2]))
        await self._site.start()
