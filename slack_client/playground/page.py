"""The page that plays the user: its files, a stream of what a trader sees, and what they do."""

import json
from contextlib import suppress
from importlib import resources
from pathlib import PurePosixPath

from aiohttp import web
from pydantic import ValidationError

from slack_client.playground.deeds import DEEDS
from slack_client.playground.doors import Door
from slack_client.playground.journal import Journal
from slack_client.playground.person import Person
from slack_client.playground.screen import draw_screen
from slack_client.playground.slack import Slack
from slack_client.playground.town import CHANNELS, TRADERS

QUIET_SECONDS = 15
"""How long a stream without news waits before it shows that it lives."""
_FILES = resources.files("slack_client.playground") / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_OWN_NAMES = frozenset({"127.0.0.1", "localhost"})
_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}


class Page:
    """What the page asks for. It trusts whoever is on this machine, and no website that they visit."""

    def __init__(self, slack: Slack, door: Door, journal: Journal) -> None:
        self._slack = slack
        self._door = door
        self._journal = journal
        self._is_closing = False

    async def close(self) -> None:
        """End the streams: whoever looks is told that nobody answers any more."""
        self._is_closing = True
        await self._slack.changed()

    def routes(self) -> list[web.RouteDef]:
        """Where it answers."""
        return [
            web.get("/", self._show_file),
            web.get("/page/{file}", self._show_file),
            web.get("/screen/{user}", self._stream),
            web.get("/journal/{line}", self._show_line),
            web.post("/do/{user}/{channel}/{deed}", self._do),
        ]

    async def _show_file(self, request: web.Request) -> web.Response:
        _check_host(request)
        name = request.match_info.get("file", "index.html")
        type = _TYPES.get(PurePosixPath(name).suffix)
        file = _FILES / name
        if type is None or "/" in name or not file.is_file():
            raise web.HTTPNotFound
        return web.Response(text=file.read_text("utf-8"), content_type=type, headers=_HEADERS)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the whole screen, each time that it has changed."""
        _check_host(request)
        user_id = _trader(request)
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):  # they have closed the page
            await self._tell_changes(user_id, response)
        return response

    async def _tell_changes(self, user_id: str, response: web.StreamResponse) -> None:
        shown = ""
        while not self._is_closing:
            drawn = self._screen(user_id)
            if drawn != shown:
                shown = drawn
                await response.write(f"data: {shown}\n\n".encode())
            try:
                await self._slack.until(
                    lambda: self._is_closing or self._screen(user_id) != shown,  # noqa: B023  asked at once
                    within=QUIET_SECONDS,
                )
            except TimeoutError:
                await response.write(b": still here\n\n")

    async def _show_line(self, request: web.Request) -> web.Response:
        _check_host(request)
        said = self._journal.find(request.match_info["line"])
        if said is None:
            raise web.HTTPNotFound
        return web.json_response(said, headers=_HEADERS)

    async def _do(self, request: web.Request) -> web.Response:
        """Do something as a trader, in a channel; what cannot be done is answered with a sentence."""
        _check_host(request)
        if request.content_type != "application/json":  # what a foreign website cannot send unasked
            raise web.HTTPUnsupportedMediaType
        user_id, channel = _trader(request), request.match_info["channel"]
        kind = DEEDS.get(request.match_info["deed"])
        if kind is None or channel not in {*CHANNELS, self._slack.dm_of(user_id)}:
            raise web.HTTPNotFound
        person = Person(
            self._slack,
            self._door,
            str(request.url.origin()),
            user_id=user_id,
            user_name=TRADERS[user_id],
            channel_id=channel,
        )
        try:
            answer = await kind.model_validate_json(await request.read()).do(person)
        except ValidationError as error:
            return web.json_response({"notice": _explain(error)}, status=400)
        except ValueError as error:
            return web.json_response({"notice": str(error)}, status=409)
        return web.json_response(answer)

    def _screen(self, user_id: str) -> str:
        return json.dumps(draw_screen(self._slack, user_id, self._journal.lines()))


def _check_host(request: web.Request) -> None:
    """Refuse a foreign name for this machine: a website could read along under its own."""
    if request.url.host not in _OWN_NAMES:
        raise web.HTTPForbidden


def _trader(request: web.Request) -> str:
    user_id = request.match_info["user"]
    if user_id not in TRADERS:
        raise web.HTTPNotFound
    return user_id


def _explain(error: ValidationError) -> str:
    """One sentence a field that is wrong, by its name."""
    problems = error.errors(include_input=False, include_url=False)
    return " ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}." for each in problems)
