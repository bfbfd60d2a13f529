"""Figures are exact, with separators and their sign."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from slack_client.figures import age, change, clock, money, percent, quantity


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("1234567.8", "$1,234,567.80"),
        ("-12", "-$12.00"),
        ("0.0125", "$0.0125"),
        ("150.020000", "$150.02"),
        ("999999999999.123456", "$999,999,999,999.123456"),
        ("1E+3", "$1,000.00"),
    ],
)
def test_money_is_shown_exactly(amount: str, shown: str) -> None:
    assert money(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("10", "10"),
        ("10.500000000", "10.5"),
        ("0.000000001", "0.000000001"),
        ("-1000", "-1,000"),
        ("1E+3", "1,000"),
    ],
)
def test_shares_are_shown_exactly(amount: str, shown: str) -> None:
    assert quantity(Decimal(amount)) == shown


@pytest.mark.parametrize(("amount", "shown"), [("12.5", "+$12.50"), ("-3", "-$3.00"), ("0", "+$0.00")])
def test_a_change_has_its_sign(amount: str, shown: str) -> None:
    assert change(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [("-1", "0 s"), ("0.4", "0 s"), ("59.4", "59 s"), ("75.2", "1 min"), ("7199", "1 h"), ("172800", "2 d")],
)
def test_an_age_is_in_its_largest_unit(seconds: str, shown: str) -> None:
    assert age(Decimal(seconds)) == shown


@pytest.mark.parametrize(("part", "shown"), [("1", "33.3 %"), ("3", "100.0 %"), ("0", "0.0 %")])
def test_a_part_is_in_percent(part: str, shown: str) -> None:
    assert percent(Decimal(part), Decimal(3)) == shown


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5))])
def test_a_time_names_its_zone(zone: timezone) -> None:
    at = datetime(2026, 11, 25, 21, tzinfo=UTC).astimezone(zone)
    assert clock(at) == "2026-11-25 21:00 UTC"
