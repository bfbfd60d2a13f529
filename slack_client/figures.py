"""Numbers as people read them: exact, with separators. No figure passes through a float."""

from datetime import UTC, datetime
from decimal import Decimal


def money(amount: Decimal) -> str:
    """Dollars: at least two decimals, more where the amount has them (`$1,234.50`, `-$0.0125`)."""
    sign = "-" if amount < 0 else ""
    whole, _, decimals = f"{abs(amount):,f}".partition(".")
    return f"{sign}${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def change(amount: Decimal) -> str:
    """Dollars won or lost, with their sign also where nothing was (`+$12.50`, `-$3.00`, `+$0.00`)."""
    return money(amount) if amount < 0 else f"+{money(amount)}"


def age(seconds: Decimal) -> str:
    """How old something is, in its largest whole unit (`3 s`, `5 min`, `2 h`, `3 d`)."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(seconds, Decimal(0)):.0f} s"


def percent(part: Decimal, whole: Decimal) -> str:
    """A part of a whole that is not zero, to a tenth of a percent (`12.5 %`)."""
    return f"{100 * part / whole:.1f} %"


def clock(at: datetime) -> str:
    """A time for those who are not shown their own time zone's (`2026-11-25 21:00 UTC`)."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def quantity(amount: Decimal) -> str:
    """Shares: every decimal that matters and no other (`1,000`, `0.5`, `-3`)."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    kept = decimals.rstrip("0")
    return f"{whole}.{kept}" if kept else whole
