"""Prints graphql_api/market/xnys.csv from what exchange_calendars knows of the New York Stock Exchange:

    python -m tests.market.xnys > graphql_api/market/xnys.csv

Only the days that differ from a plain weekday, with New York's time of the close, or `closed`. It starts in
2007: exchange_calendars leaves out the mornings before on which the exchange opened late.
"""

import sys
from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import cache
from warnings import catch_warnings, filterwarnings

from exchange_calendars import get_calendar  # type: ignore[import-untyped]

from graphql_api.market.calendar import NEW_YORK, Session

FIRST = date(2007, 1, 1)
LAST = date(2099, 12, 31)


@cache
def exchange_sessions() -> tuple[Session, ...]:
    """Every session from FIRST to LAST, in order, as exchange_calendars has it."""
    with catch_warnings():
        filterwarnings("ignore", "Series.values returning an ndarray that drops timezone", DeprecationWarning)
        schedule = get_calendar("XNYS", start=str(FIRST), end=str(LAST)).schedule
    return tuple(
        Session(row.Index.date(), row.open.to_pydatetime(), row.close.to_pydatetime())
        for row in schedule.itertuples()
    )


def weekdays() -> Iterator[date]:
    """Monday to Friday, from FIRST to LAST."""
    days = (FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1))
    return (day for day in days if day.weekday() < 5)


def print_table() -> str:
    """The text of xnys.csv."""
    closes = {session.date: session.closes_at.astimezone(NEW_YORK).time() for session in exchange_sessions()}
    lines = ["date,close"]
    for day in weekdays():
        close = closes.get(day)
        if close is None:
            lines.append(f"{day},closed")
        elif close != time(16):
            lines.append(f"{day},{close:%H:%M}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(print_table())
