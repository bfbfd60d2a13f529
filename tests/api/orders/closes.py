"""The closes of the tests of equity, and what a desk was worth at each."""

from tests.api.desk import Desk
from tests.api.points import day_change, history

CLOSE = "2026-03-09T20:00:00Z"
EVENING = "2026-03-09T23:30:00Z"
TUESDAY = "2026-03-10T15:00:00Z"
TUESDAYS_CLOSE = "2026-03-10T20:00:00Z"
WEDNESDAY = "2026-03-11T15:00:00Z"


def points(desk: Desk) -> list[tuple[str, str]]:
    """Its closes and what it was worth at each."""
    return history(desk.workspace, desk.id)


def change(desk: Desk) -> str | None:
    """What it has made since the last close."""
    return day_change(desk.workspace, desk.id)
