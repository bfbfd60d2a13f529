"""Relay connections with keyset cursors: a page costs the same wherever it starts."""

import base64
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import strawberry

from graphql_api.schema.scalars import bad_input

Node = TypeVar("Node")
Row = TypeVar("Row")

MAX_FIRST = 100


@strawberry.type(description="Where a page stands in its list (Relay).")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="One of a list, and the cursor that stands for its place (Relay).")
class Edge(Generic[Node]):
    cursor: str
    node: Node


@strawberry.type(
    description="A page of a list. Ask for the next one with `after: pageInfo.endCursor` (Relay)."
)
class Connection(Generic[Node]):
    edges: list[Edge[Node]]
    page_info: PageInfo


def check_first(first: int) -> int:
    """How many rows to load: one more than asked for, which tells whether there are more."""
    if not 1 <= first <= MAX_FIRST:
        raise bad_input(f"first must be between 1 and {MAX_FIRST}", "first")
    return first + 1


def write_cursor(place: str) -> str:
    """An opaque cursor for a place in a list."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> list[str]:
    """The parts of the place that a cursor stands for."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").split(":")
    except ValueError:
        raise bad_cursor() from None


def read_number(cursor: str | None) -> int | None:
    """The number that a cursor stands for, None without a cursor."""
    if cursor is None:
        return None
    parts = read_cursor(cursor)
    if len(parts) != 1 or not is_count(parts[0]):
        raise bad_cursor()
    return int(parts[0])


def is_count(text: str) -> bool:
    """Whether a text is a number that a 64-bit column can hold."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def bad_cursor() -> Exception:
    """The error of a cursor that this list did not give."""
    return bad_input("after is not a cursor of this list", "after")


def page(
    rows: Sequence[Row],
    first: int,
    after: str | None,
    place: Callable[[Row], str],
    node: Callable[[Row], Node],
) -> Connection[Node]:
    """The page made of the first rows of `check_first` many."""
    edges = [Edge(cursor=write_cursor(place(row)), node=node(row)) for row in rows[:first]]
    info = PageInfo(
        has_next_page=len(rows) > first,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=edges, page_info=info)
