"""The setting of the tests of what is refused: AAA at 100, and what a refusal leaves as it was."""

from collections.abc import Callable
from typing import Any

from tests.api.desk import NOON, Desk, nodes
from tests.api.test_races import at_once
from tests.conftest import Json, Workspace

EARLY = "2026-03-10T12:00:00Z"
"""Eight in the morning in New York: closed."""
OPEN = "2026-03-10T13:30:00Z"
"""The first second of that day's session."""
BANKRUPT = "INSUFFICIENT_BUYING_POWER"
SHORTS: Json = {"account": "MARGIN", "rules": {"allowShort": True}}
"""Of CreatePortfolioInput: a portfolio that may sell what it does not hold."""


def open_desk(workspace: Workspace, cash: str = "100000", *, at: str = NOON, **more: Any) -> Desk:
    """Sit down with this cash, AAA bid 99.98 and offered at 100; `more` is of CreatePortfolioInput."""
    desk = Desk.open(workspace, initial_cash=cash, **more)
    desk.quote("AAA", "99.98", "100", "100", at=at)
    return desk


def spending(desk: Desk) -> tuple[str, str, str]:
    """Its cash, what of it is reserved, and its buying power."""
    books = desk.books()
    return books["cash"], books["reserved"], books["buyingPower"]


def held(desk: Desk, symbol: str = "AAA") -> str:
    """How many shares it holds; 0 of what it never traded."""
    quantities = {position["symbol"]: position["quantity"] for position in desk.books()["positions"]}
    quantity: str = quantities.get(symbol, "0")
    return quantity


def standing(books: Json) -> Json:
    """All that a refusal must not change: everything but the rejected orders that tell of it."""
    return books | {"orders": [order for order in nodes(books, "orders") if order["status"] != "REJECTED"]}


def rejections(books: Json) -> list[Json]:
    """The rejected orders that are kept, newest first."""
    return [order for order in nodes(books, "orders") if order["status"] == "REJECTED"]


def together(*sends: Callable[[], Json]) -> list[Json]:
    """Send these at the same time; their answers in this order."""
    return at_once(len(sends), lambda number: sends[number]())


def refuse(
    desk: Desk, send: Callable[[], Json], code: str, field: str | None = None, *, kept: bool | None = None
) -> Json:
    """Send what must be refused with this code; cash, positions, reserved and working orders stay.

    `kept` says whether a REJECTED order must tell of it; without a word either may be.
    """
    before = desk.books()
    answer = send()
    after = desk.books()
    assert answer["__typename"] == "OrderRejected", answer
    assert (answer["code"], answer["field"]) == (code, field or answer["field"]), answer
    assert answer["message"].endswith(".")
    order = answer["rejectedOrder"]
    assert rejections(after) == [*([] if order is None else [order]), *rejections(before)]
    if order is not None:
        assert (order["status"], order["reason"], order["message"]) == ("REJECTED", code, answer["message"])
        assert (order["filledQuantity"], order["leavesQuantity"], order["trades"]) == ("0", "0", [])
    assert kept is None or kept == (order is not None)
    assert standing(after) == standing(before)
    return answer
