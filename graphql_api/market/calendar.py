"""When a market is open: sessions, each [open, close) - the closing second is closed.

xnys.csv holds the days from 2007 to 2099 on which the New York Stock Exchange differs from a plain weekday:
its holidays and its early closes. Before and after, every weekday is plain. tests/market/xnys.py prints it.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")

_DAY = timedelta(days=1)
_OPEN = time(9, 30)
_CLOSE = time(16)


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day of a market. Both times are aware and in UTC."""

    date: date
    opens_at: datetime
    closes_at: datetime


class Calendar(Protocol):
    """The sessions of a market. Times that are asked for are aware, of any zone; others raise TypeError."""

    @property
    def never_closes(self) -> bool:
        """Whether one session follows the other without a gap."""

    def session_at(self, at: datetime) -> Session | None:
        """The session that is open at this time, None where the market is closed."""

    def next_session(self, at: datetime) -> Session:
        """The first session that opens after this time."""

    def last_session(self, at: datetime) -> Session:
        """The last session that has closed by this time; one that closes right then has."""


class AlwaysOpen:
    """Never closes; the session is the UTC day."""

    never_closes = True

    def session_at(self, at: datetime) -> Session:
        """The UTC day of this time."""
        return _utc_day(_date_in(UTC, at))

    def next_session(self, at: datetime) -> Session:
        """The UTC day after."""
        return _utc_day(_date_in(UTC, at) + _DAY)

    def last_session(self, at: datetime) -> Session:
        """The UTC day before."""
        return _utc_day(_date_in(UTC, at) - _DAY)


class Xnys:
    """The New York Stock Exchange: 9:30 to 16:00 there, on weekdays but for what xnys.csv says."""

    never_closes = False

    def __init__(self) -> None:
        self._closes = _read_closes()

    def session_at(self, at: datetime) -> Session | None:
        """The session that is open at this time, None at night, on weekends and holidays."""
        session = self._session_on(_date_in(NEW_YORK, at))
        return session if session and session.opens_at <= at < session.closes_at else None

    def next_session(self, at: datetime) -> Session:
        """The first session that opens after this time."""
        return next(session for session in self._sessions_from(at, _DAY) if session.opens_at > at)

    def last_session(self, at: datetime) -> Session:
        """The last session that has closed by this time; one that closes right then has."""
        return next(session for session in self._sessions_from(at, -_DAY) if session.closes_at <= at)

    def _sessions_from(self, at: datetime, step: timedelta) -> Iterator[Session]:
        day = _date_in(NEW_YORK, at)
        while True:
            if session := self._session_on(day):
                yield session
            day += step

    def _session_on(self, day: date) -> Session | None:
        if day.weekday() >= 5:
            return None
        close = self._closes.get(day, _CLOSE)
        return None if close is None else _new_york_session(day, close)


ALWAYS_OPEN = AlwaysOpen()


def read_calendar(name: Literal["always", "XNYS"]) -> Calendar:
    """The calendar that the setting MARKET_HOURS names."""
    match name:
        case "always":
            return ALWAYS_OPEN
        case "XNYS":
            return Xnys()


@cache
def _read_closes() -> Mapping[date, time | None]:
    """When the exchange closes, by New York's clock, on the days of xnys.csv; None where it does not open."""
    with files("graphql_api.market").joinpath("xnys.csv").open(encoding="utf-8") as lines:
        rows = csv.reader(lines)
        next(rows)
        return MappingProxyType(
            {
                date.fromisoformat(day): None if close == "closed" else time.fromisoformat(close)
                for day, close in rows
            }
        )


def _date_in(zone: tzinfo, at: datetime) -> date:
    if at.utcoffset() is None:
        raise TypeError(f"{at} has no time zone")
    return at.astimezone(zone).date()


def _utc_day(day: date) -> Session:
    opens_at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Session(day, opens_at, opens_at + _DAY)


@lru_cache(maxsize=1_000)
def _new_york_session(day: date, close: time) -> Session:
    opens_at, closes_at = (datetime.combine(day, clock, NEW_YORK).astimezone(UTC) for clock in (_OPEN, close))
    return Session(day, opens_at, closes_at)
