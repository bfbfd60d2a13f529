"""How long an order lives and when it may be given, by its time in force and the market's sessions. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from graphql_api.market.calendar import NEW_YORK, Calendar
from graphql_api.oms.refusals import Refusal
from graphql_api.oms.words import RejectionCode, TimeInForce

GOOD_TILL_CANCELED = timedelta(days=90)
_OPENING_ENTRY_ENDS = time(9, 28)
_ENTRY_BEGINS = time(19, 0)
_CLOSING_ENTRY_ENDS_BEFORE_CLOSE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """`is_queued` where the order waits for a session's open or close before it meets quotes.

    `due_at` is when the clock changes it next, `expires_at` when it ends; None for an order that never waits.
    """

    is_queued: bool
    due_at: datetime | None
    expires_at: datetime | None


def lifetime(time_in_force: TimeInForce, calendar: Calendar, now: datetime) -> Lifetime:
    """The life of an order that is given now."""
    if time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
        return Lifetime(is_queued=False, due_at=None, expires_at=None)
    if time_in_force is TimeInForce.OPG:
        session = calendar.next_session(now)
        return Lifetime(is_queued=True, due_at=session.opens_at, expires_at=session.closes_at)
    running = calendar.session_at(now)
    session = running or calendar.next_session(now)
    if time_in_force is TimeInForce.CLS:
        return Lifetime(is_queued=True, due_at=session.closes_at, expires_at=session.closes_at)
    expires_at = now + GOOD_TILL_CANCELED if time_in_force is TimeInForce.GTC else session.closes_at
    if running is None:
        return Lifetime(is_queued=True, due_at=session.opens_at, expires_at=expires_at)
    return Lifetime(is_queued=False, due_at=expires_at, expires_at=expires_at)


def check_window(time_in_force: TimeInForce, calendar: Calendar, now: datetime) -> Refusal | None:
    """Orders for the open and for the close are taken in their windows only."""
    if calendar.never_closes:
        return None
    clock = now.astimezone(NEW_YORK).time()
    if time_in_force is TimeInForce.OPG and _OPENING_ENTRY_ENDS < clock < _ENTRY_BEGINS:
        return Refusal(
            RejectionCode.SESSION_WINDOW_CLOSED,
            "timeInForce",
            "Orders for the open are taken from 19:00 to 9:28 New York time. Use DAY, or send it later.",
        )
    if time_in_force is TimeInForce.CLS and _is_close_passed(calendar, now) and clock < _ENTRY_BEGINS:
        return Refusal(
            RejectionCode.SESSION_WINDOW_CLOSED,
            "timeInForce",
            "Orders for the close are taken until 10 minutes before it, and again from 19:00 New York time. "
            "Use DAY, or send it later.",
        )
    return None


def _is_close_passed(calendar: Calendar, now: datetime) -> bool:
    """Whether this New York day's close is less than 10 minutes away or over."""
    running = calendar.session_at(now)
    if running is not None:
        return now > running.closes_at - _CLOSING_ENTRY_ENDS_BEFORE_CLOSE
    return calendar.last_session(now).date == now.astimezone(NEW_YORK).date()
