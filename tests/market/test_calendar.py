"""When the market is open: New York's sessions to the second, and a market that never closes."""

import subprocess
import sys
from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta, timezone
from importlib.resources import files
from itertools import pairwise
from operator import attrgetter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_api.market.calendar import (
    ALWAYS_OPEN,
    NEW_YORK,
    AlwaysOpen,
    Calendar,
    Session,
    Xnys,
    read_calendar,
)
from tests.market.xnys import FIRST, LAST, exchange_sessions, weekdays

INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
XNYS = Xnys()
CALENDARS = (XNYS, ALWAYS_OPEN)
ZONES = (UTC, NEW_YORK, ZoneInfo("Asia/Tokyo"), timezone(timedelta(hours=-12)))


def at_boundaries(sessions: tuple[Session, ...]) -> st.SearchStrategy[datetime]:
    """Times around an open or a close: right then, an instant or a day beside it."""
    edges = st.sampled_from(sessions).flatmap(
        lambda session: st.sampled_from([session.opens_at, session.closes_at])
    )
    return st.builds(
        lambda edge, apart: edge + apart, edges, st.sampled_from([-DAY, -INSTANT, 0 * DAY, INSTANT, DAY])
    )


def in_any_zone(times: st.SearchStrategy[datetime]) -> st.SearchStrategy[datetime]:
    return st.builds(lambda at, zone: at.astimezone(zone), times, st.sampled_from(ZONES))


def utc_times(first: date, last: date) -> st.SearchStrategy[datetime]:
    midnights = (datetime.combine(day, time(0)) for day in (first, last))
    return st.datetimes(*midnights, timezones=st.just(UTC))


TIMES_OF_THE_TABLE = in_any_zone(
    utc_times(FIRST + 7 * DAY, LAST - 7 * DAY) | at_boundaries(exchange_sessions()[7:-7])
)
TIMES_OF_ANY_YEAR = in_any_zone(
    utc_times(date(1990, 1, 1), date(2150, 1, 1)) | at_boundaries(exchange_sessions())
)
DAYS_WITHOUT_A_TABLE = st.dates(date(1990, 1, 1), FIRST - DAY) | st.dates(LAST + DAY, date(2150, 1, 1))


def new_york(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, NEW_YORK)


def noon(day: date) -> datetime:
    return new_york(day, time(12))


def plain_session(day: date) -> Session:
    return Session(day, new_york(day, time(9, 30)), new_york(day, time(16)))


# The table


def test_the_table_is_what_exchange_calendars_knows_today() -> None:
    printed = subprocess.run([sys.executable, "-m", "tests.market.xnys"], capture_output=True, check=True)
    assert printed.stdout == files("graphql_api.market").joinpath("xnys.csv").read_bytes()


def test_one_session_of_the_table_follows_the_other_as_the_exchanges_do() -> None:
    for before, after in pairwise(exchange_sessions()):
        assert XNYS.next_session(before.opens_at) == after
        assert XNYS.last_session(after.opens_at) == before


def test_every_session_of_the_table_is_open_from_its_first_instant_to_the_one_before_its_close() -> None:
    for session in exchange_sessions():
        assert XNYS.session_at(session.opens_at) == session
        assert XNYS.session_at(session.closes_at - INSTANT) == session
        assert XNYS.session_at(session.opens_at - INSTANT) is None
        assert XNYS.session_at(session.closes_at) is None


def test_every_other_day_of_the_table_is_closed() -> None:
    open_days = {session.date for session in exchange_sessions()}
    days = {FIRST + number * DAY for number in range((LAST - FIRST).days + 1)}
    assert len(days - open_days) > len(days) * 2 / 7
    assert {day for day in days if XNYS.session_at(noon(day)) is None} == days - open_days


# Days to know


@pytest.mark.parametrize(
    ("day", "opens_at", "closes_at"),
    [
        (date(2026, 3, 6), "2026-03-06T14:30:00Z", "2026-03-06T21:00:00Z"),  # the last session of winter time
        (date(2026, 3, 9), "2026-03-09T13:30:00Z", "2026-03-09T20:00:00Z"),  # the first of summer time
        (date(2026, 10, 30), "2026-10-30T13:30:00Z", "2026-10-30T20:00:00Z"),  # the last of summer time
        (date(2026, 11, 2), "2026-11-02T14:30:00Z", "2026-11-02T21:00:00Z"),  # the first of winter time
        (date(2026, 11, 27), "2026-11-27T14:30:00Z", "2026-11-27T18:00:00Z"),  # the day after Thanksgiving
        (date(2026, 12, 24), "2026-12-24T14:30:00Z", "2026-12-24T18:00:00Z"),  # Christmas Eve
        (date(2028, 7, 3), "2028-07-03T13:30:00Z", "2028-07-03T17:00:00Z"),  # before Independence Day
        (date(2021, 6, 18), "2021-06-18T13:30:00Z", "2021-06-18T20:00:00Z"),  # Juneteenth was no holiday yet
        (date(2021, 12, 31), "2021-12-31T14:30:00Z", "2021-12-31T21:00:00Z"),  # New Year's Day on a Saturday
    ],
)
def test_the_exchange_is_open_on(day: date, opens_at: str, closes_at: str) -> None:
    session = Session(day, datetime.fromisoformat(opens_at), datetime.fromisoformat(closes_at))
    assert XNYS.session_at(session.opens_at) == session
    assert XNYS.session_at(session.closes_at - INSTANT) == session
    assert XNYS.session_at(session.closes_at) is None


@pytest.mark.parametrize(
    "day",
    [
        date(2007, 1, 2),  # mourning for President Ford
        date(2012, 10, 29),  # Hurricane Sandy
        date(2022, 6, 20),  # Juneteenth on a Sunday
        date(2025, 1, 9),  # mourning for President Carter
        date(2026, 6, 19),  # Juneteenth
        date(2026, 4, 3),  # Good Friday
        date(2026, 7, 3),  # Independence Day on a Saturday
        date(2026, 11, 26),  # Thanksgiving
        date(2026, 3, 7),  # a Saturday
        date(2026, 3, 8),  # the Sunday on which summer time starts
    ],
)
def test_the_exchange_is_closed_on(day: date) -> None:
    assert XNYS.session_at(noon(day)) is None
    assert XNYS.next_session(noon(day)).date > day
    assert XNYS.last_session(noon(day)).date < day


@pytest.mark.parametrize(
    ("year", "announced"),
    [
        (2026, "01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 11-27* 12-24* 12-25"),
        (2027, "01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 11-26* 12-24"),
        (2028, "01-17 02-21 04-14 05-29 06-19 07-03* 07-04 09-04 11-23 11-24* 12-25"),
    ],
)
def test_the_year_differs_from_plain_weekdays_as_the_exchange_announced(year: int, announced: str) -> None:
    """By NYSE Group on 2025-12-23; * is a close at 13:00."""
    different = []
    for day in weekdays():
        session = XNYS.session_at(noon(day))
        if day.year == year and session is None:
            different.append(f"{day:%m-%d}")
        elif day.year == year and session != plain_session(day):
            assert session == Session(day, new_york(day, time(9, 30)), new_york(day, time(13)))
            different.append(f"{day:%m-%d}*")
    assert " ".join(different) == announced


def test_a_long_weekend_is_skipped_in_both_directions() -> None:
    thursday, monday = date(2026, 4, 2), date(2026, 4, 6)
    assert XNYS.next_session(new_york(thursday, time(9, 30))).date == monday
    assert XNYS.last_session(new_york(monday, time(15, 59))).date == thursday


# Properties


@settings(max_examples=1_000, deadline=None)
@given(TIMES_OF_THE_TABLE)
def test_any_time_finds_the_sessions_that_a_list_of_all_finds(at: datetime) -> None:
    sessions = exchange_sessions()
    opened = bisect_right(sessions, at, key=attrgetter("opens_at"))
    closed = bisect_right(sessions, at, key=attrgetter("closes_at"))
    assert XNYS.session_at(at) == (sessions[closed] if opened > closed else None)
    assert XNYS.next_session(at) == sessions[opened]
    assert XNYS.last_session(at) == sessions[closed - 1]


@pytest.mark.parametrize("calendar", CALENDARS)
@settings(max_examples=500, deadline=None)
@given(at=TIMES_OF_ANY_YEAR)
def test_the_sessions_around_a_time_are_neighbours(calendar: Calendar, at: datetime) -> None:
    last, now, following = calendar.last_session(at), calendar.session_at(at), calendar.next_session(at)
    neighbours = [session for session in (last, now, following) if session]
    assert last.closes_at <= at < following.opens_at
    assert now is None or now.opens_at <= at < now.closes_at
    for before, after in pairwise(neighbours):
        assert before.closes_at <= after.opens_at
        assert calendar.next_session(before.opens_at) == after
        assert calendar.last_session(after.opens_at) == before


@pytest.mark.parametrize("calendar", CALENDARS)
@settings(max_examples=200, deadline=None)
@given(at=TIMES_OF_ANY_YEAR)
def test_sessions_are_in_utc(calendar: Calendar, at: datetime) -> None:
    for session in (calendar.last_session(at), calendar.session_at(at), calendar.next_session(at)):
        assert session is None or (session.opens_at.tzinfo is UTC and session.closes_at.tzinfo is UTC)


@settings(max_examples=500, deadline=None)
@given(DAYS_WITHOUT_A_TABLE)
def test_beyond_the_table_every_weekday_is_plain(day: date) -> None:
    assert XNYS.session_at(noon(day)) == (plain_session(day) if day.weekday() < 5 else None)


@pytest.mark.parametrize("calendar", CALENDARS)
def test_a_time_without_a_zone_is_an_error(calendar: Calendar) -> None:
    for ask in (calendar.session_at, calendar.next_session, calendar.last_session):
        with pytest.raises(TypeError, match="no time zone"):
            ask(datetime(2026, 3, 9, 15, 0))  # noqa: DTZ001 that is the error


# Always open


@settings(deadline=None)
@given(TIMES_OF_ANY_YEAR)
def test_always_open_is_open_for_the_utc_day(at: datetime) -> None:
    midnight = datetime.combine(at.astimezone(UTC).date(), time(0), UTC)
    today = Session(midnight.date(), midnight, midnight + DAY)
    assert ALWAYS_OPEN.session_at(at) == today
    assert ALWAYS_OPEN.session_at(today.closes_at) == ALWAYS_OPEN.next_session(at)
    assert ALWAYS_OPEN.session_at(today.opens_at - INSTANT) == ALWAYS_OPEN.last_session(at)


def test_the_setting_names_its_calendar() -> None:
    assert isinstance(read_calendar("always"), AlwaysOpen)
    assert isinstance(read_calendar("XNYS"), Xnys)
