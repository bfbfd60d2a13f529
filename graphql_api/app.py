"""The API over HTTP: /graphql (and its websocket), /healthz, /readyz and /metrics."""

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute

from graphql_api.endpoint import GraphQLEndpoint, Workers
from graphql_api.graphql_transport_ws import WebSocketEndpoint
from graphql_api.market.calendar import read_calendar
from graphql_api.market.quotes import Market
from graphql_api.metrics import Metrics, may_read
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.keys import Door
from graphql_api.oms.migrations import is_current
from graphql_api.settings import DEFAULT_MARKET_SEED, Settings
from graphql_api.sources import make_market
from graphql_api.subscriptions import Subscriptions

_log = logging.getLogger(__name__)


def make_desk(settings: Settings, market: Market | None = None) -> Desk:
    """The business with the settings' database and market."""
    return Desk(
        database=Database(settings.database_url, settings.database_pool_size),
        market=market or make_market(settings),
        initial_cash=settings.initial_cash,
        max_quote_age=settings.max_quote_age,
        calendar=read_calendar(settings.hours),
    )


def create_app(settings: Settings | None = None, market: Market | None = None) -> FastAPI:
    """The API. `market` takes the place of the one that the settings name."""
    settings = settings or Settings()
    if settings.environment == "production" and settings.market_seed == DEFAULT_MARKET_SEED:
        _log.warning("MARKET_SEED is not set: whoever reads the source can foresee the simulated prices")
    desk = make_desk(settings, market)
    workers = Workers(settings.database_pool_size)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        gc.freeze()  # the schema stays for good: walking it again and again cost a sixth of the trades
        gc.set_threshold(50_000, 20, 50)
        yield
        workers.close()
        desk.close()

    app = FastAPI(title="SlackOMS", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    door, measured = Door(desk.database), Metrics(desk)
    endpoint = GraphQLEndpoint(desk, door, workers, has_explorer=settings.has_explorer)
    app.router.routes.append(Route("/graphql", endpoint))
    subscriptions = Subscriptions(desk, door, workers.run, turns=max(1, settings.database_pool_size // 4))
    app.router.routes.append(WebSocketRoute("/graphql", WebSocketEndpoint(subscriptions)))

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process is alive; it knows nothing of the database."""
        return {"status": "alive"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """The database answers and its migrations are current; a source of quotes that fails is named."""
        try:
            current = await workers.run(lambda: is_current(desk.database))
        except Exception:  # noqa: BLE001 - whatever it is, this process cannot serve now
            return JSONResponse({"status": "the database does not answer"}, 503)
        if not current:
            return JSONResponse({"status": "migrations are missing: run slackoms migrate"}, 503)
        trouble = desk.market.trouble() if desk.market else None
        return JSONResponse({"status": "ready"} | ({"market": trouble} if trouble else {}))

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        """For Prometheus, with METRICS_TOKEN."""
        return measured.response() if may_read(settings, request) else Response(status_code=404)

    return app
