"""When a market is open: sessions, each [open, close) - the closing second is closed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day of a market. Both times are aware and in UTC."""

    date: date
    opens_at: datetime
    closes_at: datetime


class Calendar(Protocol):
    """The sessions of a market. Times that are asked for are aware."""

    def session_at(self, at: datetime) -> Session | None:
        """The session that is open at this time, None where the market is closed."""

    def next_session(self, at: datetime) -> Session:
        """The first session that opens after this time."""

    def last_session(self, at: datetime) -> Session:
        """The last session that has closed by this time; one that closes right then has."""


class AlwaysOpen:
    """Never closes; the session is the UTC day."""

    def session_at(self, at: datetime) -> Session:
        """The UTC day of this time."""
        return _utc_day(at.astimezone(UTC).date())

    def next_session(self, at: datetime) -> Session:
        """The UTC day after."""
        return _utc_day(at.astimezone(UTC).date() + _DAY)

    def last_session(self, at: datetime) -> Session:
        """The UTC day before."""
        return _utc_day(at.astimezone(UTC).date() - _DAY)


def _utc_day(day: date) -> Session:
    opens_at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Session(day, opens_at, opens_at + _DAY)


ALWAYS_OPEN = AlwaysOpen()
