"""/metrics, for Prometheus: what a process knows of itself. Not public."""

import hmac
from collections.abc import Iterator

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from graphql_api.oms.desk import Desk
from graphql_api.settings import Settings


class Metrics(Collector):
    """Read when they are asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Whether the source of quotes fails this process."""
        market = self._desk.market
        trouble = GaugeMetricFamily(
            "slackoms_market_trouble", "1 while the source of quotes gives none.", labels=["source"]
        )
        if market is not None:
            trouble.add_metric([market.source], 1 if market.trouble() else 0)
        yield trouble

    def response(self) -> Response:
        """All of them as text."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


def may_read(settings: Settings, request: Request) -> bool:
    """Whether the request has the token; without a token in the settings, development alone is open."""
    if settings.metrics_token is None:
        return settings.environment == "development"
    expected = f"Bearer {settings.metrics_token.get_secret_value()}"
    return hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode())
