"""How often a source may be asked: so many times a minute, and not while its headers say no."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from threading import Lock

from graphql_api.market.answers import time_of_second

LEAST_SECONDS = 1.0
MOST_SECONDS = 900.0
USUAL_SECONDS = 60.0


class Allowance:
    """At most `burst` requests at once and `a_minute` in any minute. Safe to ask from several threads.

    `timer` gives seconds that never go back.
    """

    def __init__(self, burst: int, a_minute: int, timer: Callable[[], float]) -> None:
        self._burst = float(burst)
        self._a_second = (a_minute - burst) / 60
        self._timer = timer
        self._lock = Lock()
        self._left = self._burst
        self._counted_at = timer()

    def take(self) -> bool:
        """Whether there is a request left; it is taken."""
        with self._lock:
            now = self._timer()
            self._left = min(self._burst, self._left + (now - self._counted_at) * self._a_second)
            self._counted_at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


def seconds_to_rest(headers: Mapping[str, str], now: datetime) -> float:
    """What an answer 429 asks for: Retry-After, else until X-RateLimit-Reset, else a minute.

    Never less than a second nor more than 15 minutes, whatever the headers say.
    """
    retry_after = headers.get("retry-after", "").strip()
    if retry_after.isascii() and retry_after.isdigit():
        return _bounded(float(retry_after))
    if at := _date(retry_after):
        return _bounded((at - now).total_seconds())
    return _seconds_to_reset(headers, now) or USUAL_SECONDS


def seconds_until_refilled(headers: Mapping[str, str], now: datetime) -> float | None:
    """How long there are no requests left, None where there are or nobody says."""
    if headers.get("x-ratelimit-remaining", "").strip() != "0":
        return None
    seconds = _seconds_to_reset(headers, now)
    return None if seconds is None else min(seconds, USUAL_SECONDS)


def _seconds_to_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """X-RateLimit-Reset is the second since 1970 when the remaining requests change."""
    reset = headers.get("x-ratelimit-reset", "").strip()
    if not (reset.isascii() and reset.isdigit()):
        return None
    at = time_of_second(Decimal(reset))
    return None if at is None else _bounded((at - now).total_seconds())


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _bounded(seconds: float) -> float:
    return min(max(seconds, LEAST_SECONDS), MOST_SECONDS)
