"""The stand-in's Web API, response_urls and Socket Mode, as Slack's client libraries expect them."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from slack_client.playground.slack import Call, Json, Refusal, Slack

_STATUS_OF_RESPONSE_URL = {"expired_url": 404, "used_url": 404, "invalid_blocks": 400}


@dataclass
class Sockets:
    """The websockets that the bot holds open, and the envelopes not yet acked."""

    open: list[web.WebSocketResponse] = field(default_factory=list)
    says_goodbye: bool = True
    _tickets: set[str] = field(default_factory=set)
    _acks: dict[str, asyncio.Future[Json]] = field(default_factory=dict)

    def new_ticket(self) -> str:
        """Make what the websocket's address ends with: good once."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return ticket

    async def send(self, kind: str, payload: Json, within: float) -> Json:
        """Send an envelope over the newest websocket and return its ack's payload. Raises TimeoutError."""
        envelope_id = secrets.token_hex(8)
        ack: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = ack
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": True,
        }
        await self.open[-1].send_json(envelope)
        async with asyncio.timeout(within):
            return await ack

    async def disconnect(self) -> None:
        """Tell the bot to connect anew, as Slack does every few hours."""
        for websocket in list(self.open):
            await websocket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    async def hold(self, request: web.Request) -> web.WebSocketResponse:
        """Keep one websocket until the bot leaves."""
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            raise web.HTTPNotFound
        self._tickets.discard(ticket)
        websocket = web.WebSocketResponse(autoclose=self.says_goodbye)
        await websocket.prepare(request)
        await websocket.send_json({"type": "hello", "num_connections": len(self.open) + 1})
        self.open.append(websocket)
        try:
            async for message in websocket:
                self._take_ack(json.loads(message.data))
            if not self.says_goodbye:
                await asyncio.Event().wait()
        finally:
            self.open.remove(websocket)
        return websocket

    def _take_ack(self, message: Json) -> None:
        ack = self._acks.pop(message["envelope_id"], None)
        if ack is not None and not ack.done():
            ack.set_result(message.get("payload") or {})


class Playground:
    """The HTTP side of the stand-in."""

    def __init__(self, slack: Slack, sockets: Sockets) -> None:
        self._slack = slack
        self._sockets = sockets
        self._methods: Mapping[str, Callable[[Json], Json]] = {
            "views.open": slack.open_view,
            "views.update": slack.update_view,
            "chat.postMessage": slack.post_message,
        }

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Serve on a free port of 127.0.0.1. The bot's SLACK_API_URL is the value followed by `/api/`."""
        app = web.Application()
        app.router.add_post("/api/{method}", self._call)
        app.router.add_post("/response/{token}", self._respond)
        app.router.add_get("/socket/{ticket}", self._sockets.hold)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method, arguments = request.match_info["method"], await _arguments(request)
        self._slack.calls.append(Call(method, arguments))
        try:
            answer = {"ok": True, **await self._answer(method, arguments, request)}
        except Refusal as refusal:
            messages = {"messages": refusal.complaints}
            answer = {"ok": False, "error": refusal.error, "response_metadata": messages}
        await self._slack.changed()
        return web.json_response(answer)

    async def _answer(self, method: str, arguments: Json, request: web.Request) -> Json:
        if method == "apps.connections.open":
            _check_token(request, self._slack.app_token)
            return {"url": f"ws://{request.host}/socket/{self._sockets.new_ticket()}"}
        _check_token(request, self._slack.bot_token)
        if method not in self._methods:
            raise Refusal("unknown_method")
        await self._suffer(method)
        return self._methods[method](arguments)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        try:
            await self._suffer("response_url")
            self._slack.respond(request.match_info["token"], await request.json())
        except Refusal as refusal:
            status = _STATUS_OF_RESPONSE_URL.get(refusal.error, 500)
            return web.Response(text=refusal.error, status=status)
        await self._slack.changed()
        return web.Response(text="ok")

    async def _suffer(self, method: str) -> None:
        """Let the planned fault happen, if there is one."""
        fault = self._slack.take_fault(method)
        if fault is None:
            return
        await asyncio.sleep(fault.delay_seconds)
        if fault.retry_after_seconds is not None:
            raise web.HTTPTooManyRequests(
                text=json.dumps({"ok": False, "error": "ratelimited"}),
                content_type="application/json",
                headers={"Retry-After": str(fault.retry_after_seconds)},
            )
        if fault.error is not None:
            raise Refusal(fault.error)


def _check_token(request: web.Request, token: str) -> None:
    if request.headers.get("authorization") != f"Bearer {token}":
        raise Refusal("invalid_auth")


async def _arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        arguments: Json = await request.json()
        return arguments
    return dict(await request.post())
