"""How long orders live and when they may be given, on New York's clock and on one that never stops."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphql_api.market.calendar import ALWAYS_OPEN, NEW_YORK, Calendar, Xnys
from graphql_api.oms.lifetimes import check_window, lifetime
from graphql_api.oms.words import TimeInForce
from tests.oms.checks import refused

XNYS = Xnys()
CALENDARS = st.sampled_from([XNYS, ALWAYS_OPEN])
TIMES = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NEVER = {TimeInForce.IOC, TimeInForce.FOK}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@given(CALENDARS, TIMES, st.sampled_from(sorted(NEVER)))
def test_an_order_for_now_never_waits(calendar: Calendar, now: datetime, time_in_force: TimeInForce) -> None:
    life = lifetime(time_in_force, calendar, now)
    assert (life.is_queued, life.due_at, life.expires_at) == (False, None, None)


@given(CALENDARS, TIMES)
@example(XNYS, utc("2026-07-28T20:00"))  # the closing second is closed
@example(XNYS, utc("2026-07-28T13:30"))  # the opening one is open
def test_a_day_order_lives_in_its_session(calendar: Calendar, now: datetime) -> None:
    life = lifetime(TimeInForce.DAY, calendar, now)
    running = calendar.session_at(now)
    session = running or calendar.next_session(now)
    assert life.expires_at == session.closes_at
    assert life.is_queued is (running is None)
    assert life.due_at == (session.opens_at if running is None else session.closes_at)
    assert life.expires_at > now


@given(CALENDARS, TIMES)
def test_good_till_canceled_is_90_days(calendar: Calendar, now: datetime) -> None:
    life = lifetime(TimeInForce.GTC, calendar, now)
    assert life.expires_at == now + timedelta(days=90)
    is_open = calendar.session_at(now) is not None
    assert life.is_queued is not is_open
    assert life.due_at == (life.expires_at if is_open else calendar.next_session(now).opens_at)


@given(CALENDARS, TIMES)
def test_an_order_for_the_open_waits_for_the_next_one(calendar: Calendar, now: datetime) -> None:
    life = lifetime(TimeInForce.OPG, calendar, now)
    session = calendar.next_session(now)
    assert (life.is_queued, life.due_at, life.expires_at) == (True, session.opens_at, session.closes_at)


@given(CALENDARS, TIMES)
def test_an_order_for_the_close_waits_for_the_next_one(calendar: Calendar, now: datetime) -> None:
    life = lifetime(TimeInForce.CLS, calendar, now)
    session = calendar.session_at(now) or calendar.next_session(now)
    assert (life.is_queued, life.due_at, life.expires_at) == (True, session.closes_at, session.closes_at)


@given(TIMES)
def test_a_market_that_never_closes_has_no_windows(now: datetime) -> None:
    for time_in_force in TimeInForce:
        assert check_window(time_in_force, ALWAYS_OPEN, now) is None


@given(TIMES, st.sampled_from(TimeInForce))
def test_other_orders_are_taken_at_any_time(now: datetime, time_in_force: TimeInForce) -> None:
    if time_in_force not in {TimeInForce.OPG, TimeInForce.CLS}:
        assert check_window(time_in_force, XNYS, now) is None


@given(TIMES)
def test_orders_are_taken_in_their_windows_of_new_yorks_day(now: datetime) -> None:
    clock = now.astimezone(NEW_YORK)
    seconds = timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )
    is_evening = seconds >= timedelta(hours=19)
    after_open_entry = timedelta(hours=9, minutes=28) < seconds and not is_evening
    assert (check_window(TimeInForce.OPG, XNYS, now) is not None) is after_open_entry
    noon = clock.replace(hour=12, minute=0, second=0, microsecond=0)
    session = XNYS.session_at(noon)
    too_late = session is not None and now > session.closes_at - timedelta(minutes=10) and not is_evening
    assert (check_window(TimeInForce.CLS, XNYS, now) is not None) is too_late


@pytest.mark.parametrize(
    ("time_in_force", "at", "is_taken"),
    [
        ("OPG", "2026-07-28T09:28:00", True),
        ("OPG", "2026-07-28T09:28:00.000001", False),
        ("OPG", "2026-07-28T18:59:59.999999", False),
        ("OPG", "2026-07-28T19:00:00", True),
        ("OPG", "2026-07-28T00:00:00", True),
        ("OPG", "2026-08-01T12:00:00", False),  # a Saturday
        ("CLS", "2026-07-28T15:50:00", True),
        ("CLS", "2026-07-28T15:50:00.000001", False),
        ("CLS", "2026-07-28T16:00:00", False),
        ("CLS", "2026-07-28T18:59:59.999999", False),
        ("CLS", "2026-07-28T19:00:00", True),
        ("CLS", "2026-07-28T08:00:00", True),
        ("CLS", "2026-11-27T12:50:00", True),  # closes at 13:00
        ("CLS", "2026-11-27T12:50:01", False),
        ("CLS", "2026-08-01T12:00:00", True),  # a Saturday
        ("DAY", "2026-07-28T17:00:00", True),
    ],
)
def test_windows_by_hand(time_in_force: str, at: str, is_taken: bool) -> None:
    refusal = check_window(TimeInForce(time_in_force), XNYS, new_york(at))
    assert (refusal is None) is is_taken
    if refusal is not None:
        assert refused(refusal) == ("SESSION_WINDOW_CLOSED", "timeInForce")
        assert "19:00" in refusal.message
        assert ("9:28" if time_in_force == "OPG" else "10 minutes") in refusal.message


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Honolulu"])
def test_the_machines_own_time_zone_changes_no_window(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", zone)
        time.tzset()
        taken = [
            check_window(TimeInForce.CLS, XNYS, new_york(f"2026-07-28T{clock}")) is None
            for clock in ("08:00", "15:50", "16:30", "18:30", "19:00")
        ]
    time.tzset()
    assert taken == [True, True, False, False, True]


@pytest.mark.parametrize(
    ("time_in_force", "now", "due_at", "expires_at"),
    [
        ("DAY", "2026-07-28T15:00", "2026-07-28T20:00", "2026-07-28T20:00"),
        ("DAY", "2026-07-28T20:00", "2026-07-29T13:30", "2026-07-29T20:00"),
        ("DAY", "2026-07-31T22:00", "2026-08-03T13:30", "2026-08-03T20:00"),  # over a weekend
        ("DAY", "2026-11-27T18:00", "2026-11-30T14:30", "2026-11-30T21:00"),  # after an early close
        ("GTC", "2026-07-28T15:00", "2026-10-26T15:00", "2026-10-26T15:00"),
        ("GTC", "2026-07-28T02:00", "2026-07-28T13:30", "2026-10-26T02:00"),
        ("OPG", "2026-07-28T13:28", "2026-07-28T13:30", "2026-07-28T20:00"),
        ("OPG", "2026-07-28T23:00", "2026-07-29T13:30", "2026-07-29T20:00"),
        ("CLS", "2026-07-28T15:00", "2026-07-28T20:00", "2026-07-28T20:00"),
        ("CLS", "2026-07-28T23:00", "2026-07-29T20:00", "2026-07-29T20:00"),
    ],
)
def test_lifetimes_by_hand(time_in_force: str, now: str, due_at: str, expires_at: str) -> None:
    life = lifetime(TimeInForce(time_in_force), XNYS, utc(now))
    assert (life.due_at, life.expires_at) == (utc(due_at), utc(expires_at))
