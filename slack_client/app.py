"""The bot as a web application: Bolt behind `POST /slack/events`, and Socket Mode beside it.

Where many workspaces install the bot, each has a Bolt of its own with a bot of its own: a request goes to the
one of the team that it names.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from slack_bolt import BoltResponse
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from slack_client import fallbacks, repeats, websocket
from slack_client.background import Background
from slack_client.blocks import Json
from slack_client.bot import Bot, Store
from slack_client.delivery import BriefRateLimitRetryHandler, Messenger
from slack_client.duties import Duties
from slack_client.follow.following import follow
from slack_client.follow.recovering import recover
from slack_client.install import oauth
from slack_client.install.encryption import Cipher
from slack_client.install.installations import Installations, Team
from slack_client.install.installer import Installer
from slack_client.install.teams import NotInstalled, Teams
from slack_client.install.workspace import find_team_id
from slack_client.manifest import EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH
from slack_client.metrics import MeasuredApp, Metrics, may_read
from slack_client.oms import Oms
from slack_client.pages import canceling, home, listing, quoting, showing
from slack_client.problems import log_unexpected
from slack_client.settings import OAuthSettings, Settings, SharedSettings
from slack_client.store.database import BotDatabase
from slack_client.team import command as portfolio_command
from slack_client.team import openings as team_openings
from slack_client.team import submissions as team_submissions
from slack_client.trade import commands, redrawing, submissions
from slack_client.trade.symbols import Symbols
from slack_client.views import LiveViews

SLACK_SECONDS = 10
ACK_SECONDS = 3
STOP_SECONDS = 3.0
"""With the seconds for HTTP's acks before and the farewells after it, a bot stops within eight seconds."""
_bolt_log = logging.getLogger("slack_client.bolt")


Route = Callable[[AsyncBoltRequest], Awaitable[AsyncApp]]
"""Finds the Bolt of the team that a request names. Raises NotInstalled."""


@dataclass(frozen=True)
class Front:
    """Where requests come in; `flow` answers the pages of an installation."""

    route: Route
    flow: AsyncOAuthFlow | None


def create_app(settings: Settings | OAuthSettings) -> FastAPI:
    """Build the bot. Its connections open and close with the application's lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opening = (
            _open_teams(settings, metrics)
            if isinstance(settings, OAuthSettings)
            else _open_team(settings, metrics)
        )
        async with opening as app.state.front:
            yield

    for wordy in ("gql", "slack_sdk"):  # what they say while debugging holds tokens and keys
        logging.getLogger(wordy).setLevel(logging.INFO)
    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    metrics = Metrics()

    @app.post(EVENTS_PATH)
    async def slack_events(request: Request) -> Response:
        body = await request.body()
        if not _is_signed(settings.slack_signing_secret, body, request):
            return JSONResponse({"error": "invalid request"}, status_code=401)
        front: Front = request.app.state.front
        try:
            asked = to_async_bolt_request(request, body)
        except Exception as error:  # noqa: BLE001  logged with its traceback
            return JSONResponse({"error": log_unexpected(error)}, status_code=400)
        return to_starlette_response(await _dispatch(front.route, asked))

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/metrics")
    async def read_metrics(request: Request) -> Response:
        return metrics.response() if may_read(settings, request) else Response(status_code=404)

    if isinstance(settings, OAuthSettings):
        _add_installation(app)
    return app


async def _watch_orders(bot: Bot, team_id: str) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(follow(bot, team_id))
        tasks.create_task(recover(bot, team_id))


def _add_installation(app: FastAPI) -> None:
    @app.get(INSTALL_PATH)
    async def install(request: Request) -> Response:
        flow: AsyncOAuthFlow = request.app.state.front.flow
        return to_starlette_response(await flow.handle_installation(to_async_bolt_request(request, b"")))

    @app.get(REDIRECT_PATH)
    async def finish_installation(request: Request) -> Response:
        flow: AsyncOAuthFlow = request.app.state.front.flow
        try:
            response = await flow.handle_callback(to_async_bolt_request(request, b""))
        except (TimeoutError, aiohttp.ClientError) as error:
            _bolt_log.warning("Slack did not answer an installation: %r", error)
            response = oauth.failure_page("Slack did not answer.", 502)
        return to_starlette_response(response)


async def _dispatch(route: Route, request: AsyncBoltRequest) -> BoltResponse:
    try:
        bolt = await route(request)
        return await bolt.async_dispatch(request)
    except NotInstalled as missing:
        _bolt_log.info("%s has not installed the bot", request.context.team_id)
        return fallbacks.say(request.body, str(missing))
    except Exception as error:  # noqa: BLE001  logged with its traceback
        return fallbacks.say(request.body, log_unexpected(error))


def create_bolt(settings: SharedSettings, bot: Bot, metrics: Metrics) -> AsyncApp:
    """Build the Bolt app of one team with all of its listeners."""

    async def authorize() -> AuthorizeResult:
        """One workspace, one token: known without asking Slack, which would cost the ack its time."""
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=bot.slack.token)

    bolt = _empty_bolt(settings, authorize, metrics)
    repeats.register(bolt)
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
        team_openings,
        team_submissions,
    ):
        listeners.register(bolt, bot)
    fallbacks.register(bolt, bot)
    return bolt


def _empty_bolt(
    settings: SharedSettings, authorize: Callable[[], Awaitable[AuthorizeResult]], metrics: Metrics
) -> AsyncApp:
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
    bolt.error(_answer_unexpected)
    return bolt


async def _answer_unexpected(
    error: Exception, body: Json, response: BoltResponse | None
) -> BoltResponse | None:
    text = log_unexpected(error)
    return None if response is None else fallbacks.say(body, text)


def _is_signed(secret: SecretStr | None, body: bytes, request: Request) -> bool:
    """Whether Slack signed the request, at most five minutes ago."""
    if secret is None:
        return False
    try:
        return SignatureVerifier(secret.get_secret_value()).is_valid_request(body, dict(request.headers))
    except (TypeError, ValueError):  # a timestamp that is no number, a signature or body that is no text
        return False


@dataclass(frozen=True)
class _Connections:
    """What the bots of all teams share. `closing` holds what ends with them."""

    settings: SharedSettings
    session: aiohttp.ClientSession
    database: BotDatabase
    background: Background
    duties: Duties
    closing: AsyncExitStack

    def slack(self, token: SecretStr | None = None) -> AsyncWebClient:
        """Slack's Web API with a team's token."""
        return AsyncWebClient(
            token=None if token is None else token.get_secret_value(),
            base_url=self.settings.slack_api_url,
            session=self.session,
            retry_handlers=[BriefRateLimitRetryHandler(max_retry_count=2)],
        )

    def bot(self, token: SecretStr, oms: Oms) -> Bot:
        """The bot of one team."""
        slack, symbols = self.slack(token), Symbols(oms)
        self.closing.push_async_callback(symbols.close)
        return Bot(
            slack=slack,
            messenger=Messenger(slack, self.session),
            oms=oms,
            store=Store.of(self.database),
            symbols=symbols,
            live_views=LiveViews(slack),
            background=self.background,
            duties=self.duties,
            patience_seconds=self.settings.oms_patience_seconds,
        )

    async def finish(self) -> None:
        """Let what is under way end, within limits."""
        await asyncio.gather(
            self.background.finish(within=STOP_SECONDS), self.duties.finish(within=STOP_SECONDS)
        )


@asynccontextmanager
async def _connect(settings: SharedSettings) -> AsyncIterator[_Connections]:
    timeout = aiohttp.ClientTimeout(total=SLACK_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session, AsyncExitStack() as closing:
        database = await BotDatabase.open(settings.bot_database_url)
        closing.push_async_callback(database.close)
        yield _Connections(settings, session, database, Background(), Duties(), closing)


@asynccontextmanager
async def _open_team(settings: Settings, metrics: Metrics) -> AsyncIterator[Front]:
    """The bot of one workspace, whose token it was given."""
    async with Oms.connect(settings.graphql_url, settings.oms_api_key) as oms, _connect(settings) as shared:
        bot = shared.bot(settings.slack_bot_token, oms)
        bolt = create_bolt(settings, bot, metrics)

        async def watch() -> None:
            await _watch_orders(bot, await find_team_id(bot.slack))

        async def route(_: AsyncBoltRequest) -> AsyncApp:
            return bolt

        async with _socket_mode(settings, bolt, shared.background):
            shared.duties.start("following orders", watch)
            try:
                yield Front(route, flow=None)
            finally:
                await shared.finish()


@asynccontextmanager
async def _open_teams(settings: OAuthSettings, metrics: Metrics) -> AsyncIterator[Front]:
    """The bots of all workspaces that have installed it."""
    async with (
        Installer.connect(settings.graphql_url, settings.oms_installer_key) as installer,
        _connect(settings) as shared,
    ):
        installations = _installations(settings, shared.database)
        await installations.open()

        def open_desk(team: Team) -> AsyncApp:
            oms = installer.with_key(team.oms_key, refused=lambda: teams.doubt(team.team_id))
            bot = shared.bot(team.bot_token, oms)
            shared.duties.start(_following(team.team_id), lambda: _watch_orders(bot, team.team_id))
            return create_bolt(settings, bot, metrics)

        def close_desk(team_id: str) -> None:
            shared.duties.end(_following(team_id))

        teams = Teams(installations, installer, open_desk, close_desk)
        lobby = _empty_bolt(settings, _refuse, metrics)
        oauth.register(lobby, teams, shared.background)

        async def route(request: AsyncBoltRequest) -> AsyncApp:
            return lobby if oauth.is_for_lobby(request.body) else await teams.of(request.context.team_id)

        for team_id in await installations.team_ids():
            with suppress(NotInstalled):
                await teams.of(team_id)
        try:
            yield Front(route, oauth.create_flow(settings, shared.slack(), teams, installations.states))
        finally:
            await shared.finish()


def _following(team_id: str) -> str:
    return f"following orders of {team_id}"


async def check_installations(settings: OAuthSettings) -> None:
    """Look whether BOT_TOKEN_KEY reads what the database keeps. Raises Undecipherable."""
    database = await BotDatabase.open(settings.bot_database_url)
    try:
        await _installations(settings, database).open()
    finally:
        await database.close()


def _installations(settings: OAuthSettings, database: BotDatabase) -> Installations:
    return Installations(database.engine, settings.slack_client_id, Cipher(settings.token_keys))


async def _refuse() -> AuthorizeResult:
    """Nothing that needs a token comes to the lobby."""
    raise NotInstalled("This needs a workspace that has installed the bot.")


@asynccontextmanager
async def _socket_mode(settings: Settings, bolt: AsyncApp, background: Background) -> AsyncIterator[None]:
    """Listen over Slack's websocket when there is a token for it."""
    if settings.slack_app_token is None:
        yield
        return
    async with websocket.listen(settings.slack_app_token, settings.slack_api_url, bolt, background):
        yield
