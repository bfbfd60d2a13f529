"""/metrics of the bot, for Prometheus: how long Slack waits for its acks. Not public."""

import hmac
import time

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from slack_client.settings import SharedSettings
from slack_client.words import COMMANDS

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Slack shows its user an error after three."""
_TYPES = frozenset(
    {"view_submission", "view_closed", "block_actions", "block_suggestion", "shortcut", "event_callback"}
)


class Metrics:
    """What a bot process knows of itself."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._acks = Histogram(
            "slackoms_slack_ack_seconds",
            "How long Slack waited for an ack, by what it sent: a command, or the type of an interaction.",
            labelnames=["kind"],
            buckets=_SECONDS,
            registry=self._registry,
        )

    def acked(self, kind: str, seconds: float) -> None:
        """Note an ack."""
        self._acks.labels(kind).observe(seconds)

    def response(self) -> Response:
        """All of them as text."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class MeasuredApp(AsyncApp):
    """A Bolt app that notes how long each of its acks took, whichever way the request came."""

    def __init__(self, metrics: Metrics, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # each is one of AsyncApp's own
        self._metrics = metrics

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Let the listeners ack, and look at the clock before and after."""
        started = time.perf_counter()
        try:
            return await super().async_dispatch(req)
        finally:
            self._metrics.acked(_kind(req), time.perf_counter() - started)


def _kind(request: AsyncBoltRequest) -> str:
    """What Slack sent, out of the words that there are: a stranger's words make no new series."""
    command, type = request.body.get("command"), request.body.get("type")
    if command in COMMANDS:
        return str(command)
    return str(type) if type in _TYPES else "other"


def may_read(settings: SharedSettings, request: Request) -> bool:
    """Whether the request has the token; without a token in the settings, development alone is open."""
    if settings.metrics_token is None:
        return settings.environment == "development"
    expected = f"Bearer {settings.metrics_token.get_secret_value()}"
    return hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode())
