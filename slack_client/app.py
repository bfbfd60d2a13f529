"""The bot as a web application: Bolt behind `POST /slack/events`, and Socket Mode beside it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from slack_bolt import BoltResponse
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from slack_client import (
    canceling,
    commands,
    home,
    listing,
    portfolio_command,
    quoting,
    redrawing,
    showing,
    submissions,
    team_openings,
    team_submissions,
)
from slack_client.background import Background
from slack_client.blocks import Json
from slack_client.bot import Bot, Store
from slack_client.delivery import BriefRateLimitRetryHandler, Messenger
from slack_client.metrics import MeasuredApp, Metrics, may_read
from slack_client.oms import Oms
from slack_client.problems import log_unexpected
from slack_client.settings import Settings
from slack_client.store.database import BotDatabase
from slack_client.symbols import Symbols
from slack_client.team_modals import saying
from slack_client.views import LiveViews

EVENTS_PATH = "/slack/events"
SLACK_SECONDS = 10
ACK_SECONDS = 3
STOP_SECONDS = 3.0
"""With the seconds for HTTP's acks before and the farewells after it, a bot stops within eight seconds."""
CLOSE_SECONDS = 0.3
_bolt_log = logging.getLogger("slack_client.bolt")


def create_app(settings: Settings) -> FastAPI:
    """Build the bot. Its connections open and close with the application's lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with _open_bot(settings) as bot:
            bolt = create_bolt(settings, bot, metrics)
            app.state.slack = AsyncSlackRequestHandler(bolt)
            async with _socket_mode(settings, bolt, bot.background):
                try:
                    yield
                finally:
                    await bot.background.finish(within=STOP_SECONDS)

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    metrics = Metrics()

    @app.post(EVENTS_PATH)
    async def slack_events(request: Request) -> Response:
        if not _is_signed(settings.slack_signing_secret, await request.body(), request):
            return JSONResponse({"error": "invalid request"}, status_code=401)
        handler: AsyncSlackRequestHandler = request.app.state.slack
        return await handler.handle(request)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/metrics")
    async def read_metrics(request: Request) -> Response:
        return metrics.response() if may_read(settings, request) else Response(status_code=404)

    return app


def create_bolt(settings: Settings, bot: Bot, metrics: Metrics) -> AsyncApp:
    """Build the Bolt app with all of its listeners."""

    async def authorize() -> AuthorizeResult:
        """One workspace, one token: known without asking Slack, which would cost the ack its time."""
        token = settings.slack_bot_token.get_secret_value()
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)

    _bolt_log.setLevel(logging.ERROR)  # it would warn that SLACK_BOT_TOKEN is given twice
    bolt = MeasuredApp(
        metrics,
        name="slackoms",
        logger=_bolt_log,
        client=AsyncWebClient(base_url=settings.slack_api_url),
        authorize=authorize,
        request_verification_enabled=False,  # slack_events verifies before Bolt parses
        process_before_response=False,
    )
    _bolt_log.setLevel(logging.WARNING)
    for listeners in (
        canceling,
        commands,
        home,
        listing,
        portfolio_command,
        quoting,
        redrawing,
        showing,
        submissions,
        team_submissions,
        team_openings,
    ):
        listeners.register(bolt, bot)
    bolt.error(_answer_unexpected)
    return bolt


async def _answer_unexpected(
    error: Exception, body: Json, response: BoltResponse | None
) -> BoltResponse | None:
    text = log_unexpected(error)
    if response is None:
        return None
    if body.get("type") == "view_submission":
        return BoltResponse(status=200, body=_refuse_submission(body["view"], text))
    return BoltResponse(status=200, body={"response_type": "ephemeral", "text": text})


def _refuse_submission(view: Json, text: str) -> Json:
    """A sentence under the form's first input, or in the place of a form that has none."""
    inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    if inputs:
        return {"response_action": "errors", "errors": {inputs[0]: text}}
    return {"response_action": "update", "view": saying(view["title"]["text"], text)}


def _is_signed(secret: SecretStr | None, body: bytes, request: Request) -> bool:
    """Whether Slack signed the request, at most five minutes ago."""
    if secret is None:
        return False
    try:
        return SignatureVerifier(secret.get_secret_value()).is_valid_request(body, dict(request.headers))
    except (TypeError, ValueError):  # a timestamp that is no number, a signature or body that is no text
        return False


@asynccontextmanager
async def _open_bot(settings: Settings) -> AsyncIterator[Bot]:
    timeout = aiohttp.ClientTimeout(total=SLACK_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        Oms.connect(settings.graphql_url, settings.oms_api_key) as oms,
    ):
        slack = AsyncWebClient(
            token=settings.slack_bot_token.get_secret_value(),
            base_url=settings.slack_api_url,
            session=session,
            retry_handlers=[BriefRateLimitRetryHandler(max_retry_count=2)],
        )
        database = await BotDatabase.open(settings.bot_database_url)
        symbols = Symbols(oms)
        try:
            yield Bot(
                slack=slack,
                messenger=Messenger(slack, session),
                oms=oms,
                store=Store.of(database),
                symbols=symbols,
                live_views=LiveViews(slack),
                background=Background(),
                patience_seconds=settings.oms_patience_seconds,
            )
        finally:
            await symbols.close()
            await database.close()


@asynccontextmanager
async def _socket_mode(settings: Settings, bolt: AsyncApp, background: Background) -> AsyncIterator[None]:
    """Listen over Slack's websocket when there is a token for it; the connection is kept up by itself."""
    if settings.slack_app_token is None:
        yield
        return
    handler = AsyncSocketModeHandler(
        bolt,
        settings.slack_app_token.get_secret_value(),
        logger=_bolt_log,
        web_client=AsyncWebClient(base_url=settings.slack_api_url),
    )

    async def listen(_: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if not background.is_stopping:  # else Slack says that the app did not answer
            await background.answer(handler.handle(handler.client, request))

    handler.client.socket_mode_request_listeners = [listen]
    connecting: asyncio.Task[Any] = asyncio.create_task(
        handler.connect_async()  # type: ignore[no-untyped-call]
    )
    try:
        yield
    finally:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await handler.close_async()  # type: ignore[no-untyped-call]
        except TimeoutError:  # Slack did not say goodbye; by now the websocket is closed on this side
            await handler.close_async()  # type: ignore[no-untyped-call]
