"""What the market says of its hours: open and closed, the next open, the next close."""

import pytest

from tests.api.desk import PUBLISH
from tests.conftest import Json, Workspace


def market_at(workspace: Workspace, at: str) -> Json:
    """The market after its clock was moved."""
    answer = workspace.data(PUBLISH, {"input": {"at": at, "quotes": []}})
    assert answer["__typename"] == "QuotesPublished", answer
    market: Json = workspace.data("{ market { source now isOpen nextOpen nextClose } }")
    assert answer["market"] == market
    return market


@pytest.mark.parametrize(
    ("at", "is_open", "next_open", "next_close"),
    [
        ("2026-03-09T13:29:59.999999Z", False, "2026-03-09T13:30", "2026-03-09T20:00"),
        ("2026-03-09T13:30:00Z", True, "2026-03-10T13:30", "2026-03-09T20:00"),
        ("2026-03-09T19:59:59.999999Z", True, "2026-03-10T13:30", "2026-03-09T20:00"),
        ("2026-03-09T20:00:00Z", False, "2026-03-10T13:30", "2026-03-10T20:00"),
        ("2026-03-06T20:59:59Z", True, "2026-03-09T13:30", "2026-03-06T21:00"),  # the last day in winter time
        ("2026-03-07T16:00:00Z", False, "2026-03-09T13:30", "2026-03-09T20:00"),
        ("2026-10-30T19:00:00Z", True, "2026-11-02T14:30", "2026-10-30T20:00"),  # the last day in summer time
        ("2026-04-03T16:00:00Z", False, "2026-04-06T13:30", "2026-04-06T20:00"),  # Good Friday
        ("2026-06-19T16:00:00Z", False, "2026-06-22T13:30", "2026-06-22T20:00"),  # Juneteenth
        ("2026-07-03T16:00:00Z", False, "2026-07-06T13:30", "2026-07-06T20:00"),  # Independence Day, observed
        ("2026-11-26T16:00:00Z", False, "2026-11-27T14:30", "2026-11-27T18:00"),  # Thanksgiving
        ("2026-11-27T17:59:59Z", True, "2026-11-30T14:30", "2026-11-27T18:00"),  # an early close
        ("2026-11-27T18:00:00Z", False, "2026-11-30T14:30", "2026-11-30T21:00"),
    ],
)
def test_the_market_keeps_the_hours_of_the_new_york_stock_exchange(
    xnys: Workspace, at: str, is_open: bool, next_open: str, next_close: str
) -> None:
    market = market_at(xnys, at)
    assert market["isOpen"] is is_open
    assert (market["nextOpen"], market["nextClose"]) == (
        f"{next_open}:00.000000Z",
        f"{next_close}:00.000000Z",
    )


@pytest.mark.parametrize("at", ["2026-03-14T05:00:00Z", "2026-12-25T16:00:00Z"])
def test_a_market_that_never_closes_is_open_and_has_no_next_open(always: Workspace, at: str) -> None:
    market = market_at(always, at)
    assert (market["isOpen"], market["nextOpen"], market["nextClose"]) == (True, None, None)
