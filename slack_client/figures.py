"""Numbers as people read them: exact, with separators. No figure passes through a float."""

from decimal import Decimal


def money(amount: Decimal) -> str:
    """Dollars: at least two decimals, more where the amount has them (`$1,234.50`, `-$0.0125`)."""
    sign = "-" if amount < 0 else ""
    whole, _, decimals = f"{abs(amount):,f}".partition(".")
    return f"{sign}${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def quantity(amount: Decimal) -> str:
    """Shares: every decimal that matters and no other (`1,000`, `0.5`, `-3`)."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    kept = decimals.rstrip("0")
    return f"{whole}.{kept}" if kept else whole
