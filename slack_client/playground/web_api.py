"""The stand-in's Web API, response_urls and Socket Mode, as Slack's client libraries expect them."""

import asyncio
import base64
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from slack_client.playground import accounts, messages, views
from slack_client.playground.slack import Call, Json, Refusal, Slack

_STATUS_OF_RESPONSE_URL = {
    "expired_url": 404,
    "used_url": 404,
    "invalid_blocks": 400,
    "channel_is_archived": 410,
}
_JSON_ARGUMENTS = frozenset({"blocks", "view", "message"})
_METHODS: Mapping[str, Callable[[Slack, Json], Json]] = {
    "auth.test": accounts.identify_bot,
    "blocks.validate": accounts.validate_blocks,
    "chat.postEphemeral": messages.post_ephemeral,
    "chat.postMessage": messages.post_message,
    "chat.update": messages.update_message,
    "conversations.open": accounts.open_conversation,
    "users.info": accounts.describe_user,
    "views.open": views.open_view,
    "views.publish": views.publish_view,
    "views.push": views.push_view,
    "views.update": views.update_view,
}


@dataclass
class Sockets:
    """The websockets that the bot holds open, and the envelopes not yet acked.

    `turns_away` counts coming connections that are refused, although each has used up its address.
    """

    open: list[web.WebSocketResponse] = field(default_factory=list)
    says_goodbye: bool = True
    turns_away: int = 0
    _transports: set[asyncio.Transport] = field(default_factory=set)
    _tickets: set[str] = field(default_factory=set)
    _acks: dict[str, asyncio.Future[Json]] = field(default_factory=dict)

    def new_ticket(self) -> str:
        """Make what the websocket's address ends with: good once."""
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return ticket

    async def send(self, kind: str, payload: Json, within: float, **extra: object) -> Json:
        """Send an envelope over the newest websocket and return its ack's payload. Raises TimeoutError.

        `extra` is what stands in the envelope besides, such as an event's `retry_attempt`.
        """
        envelope_id = secrets.token_hex(8)
        ack: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope_id] = ack
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
            **extra,
        }
        await self.open[-1].send_json(envelope)
        async with asyncio.timeout(within):
            return await ack

    async def disconnect(self) -> None:
        """Tell the bot to connect anew, as Slack does every few hours."""
        for websocket in list(self.open):
            await websocket.send_json({"type": "disconnect", "reason": "refresh_requested"})

    def cut(self) -> None:
        """Let the connections break without a word."""
        for transport in self._transports:
            transport.abort()

    async def hold(self, request: web.Request) -> web.WebSocketResponse:
        """Keep one websocket until the bot leaves."""
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            raise web.HTTPNotFound
        self._tickets.discard(ticket)
        if self.turns_away > 0:
            self.turns_away -= 1
            raise web.HTTPServiceUnavailable
        transport = request.transport
        assert transport is not None  # noqa: S101  narrows
        self._transports.add(transport)
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
            self._transports.discard(transport)
        return websocket

    def _take_ack(self, message: Json) -> None:
        ack = self._acks.pop(message["envelope_id"], None)
        if ack is not None and not ack.done():
            ack.set_result(message.get("payload") or {})


class Playground:
    """The HTTP side of the stand-in, for one workspace or for several that have the app.

    A call finds its workspace by the bot's token.
    """

    def __init__(self, slack: Slack, sockets: Sockets) -> None:
        self.teams = [slack]
        self._sockets = sockets

    @asynccontextmanager
    async def serve(self, port: int = 0, routes: Iterable[web.RouteDef] = ()) -> AsyncIterator[str]:
        """Serve on a port of 127.0.0.1, a free one by default, and these routes besides.

        The bot's SLACK_API_URL is the value followed by `/api/`. Raises OSError where the port is in use.
        """
        app = web.Application()
        app.add_routes(routes)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_post("/response/{token}", self._respond)
        app.router.add_get("/socket/{ticket}", self._sockets.hold)
        runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", port)
            await site.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method, arguments = request.match_info["method"], await _arguments(request)
        slack = self._team_of(request) or self.teams[0]
        slack.calls.append(Call(method, arguments))
        try:
            answer = {"ok": True, **await self._answer(slack, method, arguments, request)}
        except Refusal as refusal:
            answer = {"ok": False, "error": refusal.error, **refusal.extra}
            if refusal.complaints:
                answer["response_metadata"] = {"messages": refusal.complaints}
        await slack.changed()
        return web.json_response(answer)

    async def _answer(self, slack: Slack, method: str, arguments: Json, request: web.Request) -> Json:
        if method == "apps.connections.open":
            if _token_of(request) != slack.app_token:
                raise Refusal("invalid_auth")
            await _suffer(slack, method)
            return {"url": f"ws://{request.host}/socket/{self._sockets.new_ticket()}"}
        if method == "oauth.v2.access":
            await _suffer(slack, method)
            return accounts.exchange_code(self.teams, *_client_of(request, arguments), arguments)
        _check_token(slack, _token_of(request))
        if method not in _METHODS:
            raise Refusal("unknown_method")
        await _suffer(slack, method)
        return _METHODS[method](slack, arguments)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        token = request.match_info["token"]
        slack = next((slack for slack in self.teams if slack.response_url(token)), self.teams[0])
        try:
            await _suffer(slack, "response_url")
            messages.respond(slack, token, await request.json())
        except Refusal as refusal:
            status = _STATUS_OF_RESPONSE_URL.get(refusal.error, 500)
            return web.Response(text=refusal.error, status=status)
        await slack.changed()
        return web.Response(text="ok")

    def _team_of(self, request: web.Request) -> Slack | None:
        token = _token_of(request)
        return next(
            (slack for slack in self.teams if token in {slack.bot_token, *slack.refused_tokens}), None
        )


async def _suffer(slack: Slack, method: str) -> None:
    """Let the planned fault happen, if there is one."""
    fault = slack.take_fault(method)
    if fault is None:
        return
    await asyncio.sleep(fault.delay_seconds)
    if fault.retry_after_seconds is not None:
        raise web.HTTPTooManyRequests(
            text=json.dumps({"ok": False, "error": "ratelimited"}),
            content_type="application/json",
            headers={"Retry-After": str(fault.retry_after_seconds)},
        )
    if fault.page_type is not None:
        raise web.HTTPServiceUnavailable(
            text="<html>no healthy upstream</html>", content_type=fault.page_type
        )
    if fault.error is not None:
        raise Refusal(fault.error)


def _token_of(request: web.Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def _check_token(slack: Slack, token: str) -> None:
    if not token:
        raise Refusal("not_authed")
    if token != slack.bot_token:
        raise Refusal(slack.refused_tokens.get(token, "invalid_auth"))


def _client_of(request: web.Request, arguments: Json) -> tuple[str, str]:
    """The app's id and secret: by HTTP's Basic scheme, or among the arguments."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        client_id, _, client_secret = base64.b64decode(encoded).decode().partition(":")
        return client_id, client_secret
    return arguments.get("client_id", ""), arguments.get("client_secret", "")


async def _arguments(request: web.Request) -> Json:
    """What was sent as JSON, as a form or in the address; blocks and views are JSON in the last two."""
    if request.content_type == "application/json":
        arguments: Json = await request.json()
        return arguments
    fields = {name: str(value) for name, value in {**request.query, **await request.post()}.items()}
    return {name: json.loads(value) if name in _JSON_ARGUMENTS else value for name, value in fields.items()}
