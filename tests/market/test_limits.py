"""How often a source may be asked, and how long it is left alone when it says so."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.market.limits import Allowance, seconds_to_rest, seconds_until_refilled
from tests.market.stand_in import NOON, Clock


def at_noon(seconds: float) -> str:
    return str(int((NOON + timedelta(seconds=seconds)).timestamp()))


def date_at_noon(seconds: float) -> str:
    return format_datetime(NOON + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": date_at_noon(30)}, 30),
        ({"x-ratelimit-reset": at_noon(12)}, 12),
        ({"retry-after": "5", "x-ratelimit-reset": at_noon(50)}, 5),
        ({}, 60),
        ({"retry-after": "soon", "x-ratelimit-reset": "later"}, 60),
        ({"retry-after": "soon", "x-ratelimit-reset": at_noon(12)}, 12),
        ({"retry-after": "0"}, 1),
        ({"retry-after": date_at_noon(-30)}, 1),
        ({"x-ratelimit-reset": at_noon(-3600)}, 1),
        ({"retry-after": "99999999999999999999"}, 900),
        ({"retry-after": "9" * 5_000}, 900),
        ({"retry-after": date_at_noon(86_400)}, 900),
        ({"x-ratelimit-reset": "9" * 11}, 900),
        ({"x-ratelimit-reset": "9" * 5_000}, 60),
        ({"retry-after": "-5"}, 60),
        ({"retry-after": "٣"}, 60),
        ({"retry-after": "Mon, 99 Foo 2026 99:99:99 GMT"}, 60),
    ],
)
def test_a_source_says_how_long_it_is_left_alone(headers: dict[str, str], seconds: float) -> None:
    assert seconds_to_rest(headers, NOON) == seconds


@pytest.mark.parametrize(
    ("left", "reset", "seconds"),
    [
        ("0", at_noon(40), 40),
        ("0", at_noon(4_000), 60),
        ("0", at_noon(-4), 1),
        ("0", "", None),
        ("1", at_noon(40), None),
        ("", at_noon(40), None),
        ("-1", at_noon(40), None),
    ],
)
def test_without_requests_left_the_next_one_waits_for_the_next_minute(
    left: str, reset: str, seconds: float | None
) -> None:
    headers = {"x-ratelimit-remaining": left, "x-ratelimit-reset": reset}
    assert seconds_until_refilled(headers, NOON) == seconds


@given(st.text(), st.text(), st.datetimes(timezones=st.just(UTC)))
def test_no_header_makes_a_rest_of_less_than_a_second_or_more_than_a_quarter_of_an_hour(
    retry_after: str, reset: str, now: datetime
) -> None:
    headers = {"retry-after": retry_after, "x-ratelimit-reset": reset, "x-ratelimit-remaining": "0"}
    assert 1 <= seconds_to_rest(headers, now) <= 900
    assert 1 <= (seconds_until_refilled(headers, now) or 1) <= 60


@given(
    st.dates(),
    st.integers(-99, 99),
    st.integers(-99, 99),
    st.integers(-9999, 9999),
)
def test_no_date_is_too_odd(day: object, hour: int, minute: int, zone: int) -> None:
    text = f"{day:%a, %d %b %Y} {hour:02}:{minute:02}:00 {zone:+05}"
    assert 1 <= seconds_to_rest({"retry-after": text}, NOON) <= 900


@given(st.lists(st.integers(0, 20_000), max_size=300))
def test_an_allowance_is_kept_in_every_minute(pauses: list[int]) -> None:
    clock = Clock()
    allowance = Allowance(burst=24, a_minute=60, timer=clock.timer)
    taken: list[float] = []
    for milliseconds in pauses:
        clock.pass_by(milliseconds / 1_000)
        while allowance.take():
            taken.append(clock.seconds)
    for start in taken:
        assert sum(start <= at < start + 60 for at in taken) <= 60
        assert sum(start <= at < start + 1 for at in taken) <= 25


def test_an_allowance_that_was_not_used_does_not_grow_beyond_its_burst() -> None:
    clock = Clock()
    allowance = Allowance(burst=3, a_minute=63, timer=clock.timer)
    clock.pass_by(3_600)
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
    clock.pass_by(1)
    assert [allowance.take() for _ in range(2)] == [True, False]
