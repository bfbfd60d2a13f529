"""Which part of which list a message shows. Its buttons carry that, so that it can be drawn anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from slack_client.blocks import Json, button

NEXT_PAGE_ACTION = "next_page"
PREVIOUS_PAGE_ACTION = "previous_page"
_EVERY = "*"
_Item = TypeVar("_Item")


class Listing(StrEnum):
    """What is listed."""

    PORTFOLIO = "portfolio"
    ORDERS = "orders"


@dataclass(frozen=True)
class Page:
    """A part of a list, from its `start` on; without a portfolio it is of all that the trader sees."""

    listing: Listing
    portfolio_id: str | None = None
    start: int = 0

    @property
    def text(self) -> str:
        """What a button carries."""
        return f"{self.listing} {self.portfolio_id or _EVERY} {self.start}"

    def block_id(self, order_id: str) -> str:
        """The name of an order's block, which says of every press in it what page it was on."""
        return f"{self.text} {order_id}"

    @classmethod
    def read(cls, text: str) -> "Page | None":
        """The page that a button or a block names; None where it names none."""
        match text.split(" "):
            case [("portfolio" | "orders") as listing, portfolio_id, start, *_] if start.isdecimal():
                return cls(Listing(listing), None if portfolio_id == _EVERY else portfolio_id, int(start))
            case _:
                return None


def part(items: Sequence[_Item], start: int, size: int) -> tuple[int, Sequence[_Item]]:
    """The items from `start` on, and where they start: the last page where there are fewer by now."""
    last = max(len(items) - 1, 0) // size * size
    start = min(start, last)
    return start, items[start : start + size]


def cut_line(start: int, shown: int, total: int, what: str) -> str | None:
    """Say how much of a list is shown; None where it is all of it."""
    if shown == total:
        return None
    if start == 0:
        return f"Showing {shown:,} of {total:,} {what}."
    return f"Showing {start + 1:,} to {start + shown:,} of {total:,} {what}."


def turning_buttons(page: Page, total: int, size: int) -> list[Json]:
    """Draw the buttons for the pages before and after this one."""
    before = replace(page, start=max(page.start - size, 0))
    after = replace(page, start=page.start + size)
    return [
        *([button("Previous page", PREVIOUS_PAGE_ACTION, before.text)] if page.start > 0 else []),
        *([button("Next page", NEXT_PAGE_ACTION, after.text)] if after.start < total else []),
    ]
