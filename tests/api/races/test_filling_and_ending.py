"""A fill races a cancel or a replacement of the same order: one of them wins, and the other knows it."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.api.desk import WORKING, outcome
from tests.api.races.lines import Line
from tests.api.races.table import Table
from tests.api.test_races import at_once
from tests.conftest import Json

ROUNDS = 3
Outcome = tuple[str, str, str | None]


def offer(table: Table, ask: str, ask_size: str | None = None) -> list[Json]:
    """Publish an offer by way of the second process, and return the trades that it made."""
    trades: list[Json] = table.racers[1].quote("AAPL", "90", ask, ask, ask_size=ask_size)
    return trades


def bid_at_100(table: Table) -> Json:
    """An order that rests below the offer."""
    offer(table, "102")
    return table.racers[0].limit("BUY", "AAPL", "10", "100")


def check_canceled_or_filled(table: Table, order: Json, answer: Json, trades: list[Json]) -> str:
    """What the two who raced were told is what became of the order."""
    now = table.now(order)
    if answer["__typename"] == "OrderCanceled":
        assert outcome(now) == outcome(answer["order"]) == ("CANCELED", "0", None)
        assert trades == []
    else:
        assert (answer["code"], answer["rejectedOrder"]) == ("TOO_LATE", None)
        assert outcome(now) == ("FILLED", "10", "100")
        assert [trade["order"]["id"] for trade in trades] == [order["id"]]
    table.prove()
    status: str = now["status"]
    return status


@pytest.mark.parametrize("first", ["FILLED", "CANCELED"])
def test_an_order_is_filled_or_canceled_and_never_both(table: Table, line: Line, first: str) -> None:
    for _ in range(line.rounds):
        order = bid_at_100(table)
        cancel = partial(table.racers[0].cancel, order)
        trades, answer = line.race(
            table.row, partial(offer, table, "100"), cancel, turned=first == "CANCELED"
        )
        status = check_canceled_or_filled(table, order, answer, trades)
        assert status == first or not line.is_ordered


def test_of_a_fill_and_many_cancels_one_wins(table: Table) -> None:
    for _ in range(ROUNDS):
        order = bid_at_100(table)
        actions: list[Callable[[], object]] = [partial(offer, table, "100")]
        actions += [partial(table.racers[number % 2].cancel, order) for number in range(5)]
        trades, *cancels = at_once(6, lambda number, work=actions: work[number]())  # type: ignore[misc]
        canceled = [answer for answer in cancels if answer["__typename"] == "OrderCanceled"]
        late = [answer for answer in cancels if answer not in canceled]
        assert len(canceled) == (0 if trades else 1)
        assert {answer["code"] for answer in late} == {"TOO_LATE"}
        check_canceled_or_filled(table, order, (canceled or late)[0], trades)


def test_a_cancel_between_a_publication_and_its_fills_wins(table: Table, ordered_line: Line) -> None:
    ahead = table.beside("Ahead")
    order = bid_at_100(table)
    first = ahead.racers[0].limit("BUY", "AAPL", "10", "101")
    trades, answer = ordered_line.held_up(
        ahead.row, partial(offer, table, "100"), partial(table.racers[0].cancel, order)
    )
    assert [trade["order"]["id"] for trade in trades] == [first["id"]]
    assert check_canceled_or_filled(table, order, answer, []) == "CANCELED"
    assert outcome(ahead.now(first)) == ("FILLED", "10", "101")
    ahead.prove()


CHANGES: dict[str, tuple[Json, list[Outcome]]] = {
    "a lower limit": ({"limitPrice": "98"}, [("NEW", "0", None)]),
    "a higher limit": ({"limitPrice": "101"}, [("FILLED", "10", "100"), ("FILLED", "10", "101")]),
    "fewer shares": ({"quantity": "5"}, [("FILLED", "5", "100")]),
}
"""What is changed in an order that the offer of 100 reaches, and what may become of the replacement: one
that arrives at the offer fills at it, one that waited at its limit."""


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("first", ["FILLED", "REPLACED"])
def test_an_order_is_filled_or_replaced_and_never_both(
    table: Table, line: Line, first: str, change: str
) -> None:
    changes, becomes = CHANGES[change]
    for _ in range(line.rounds):
        order = bid_at_100(table)
        replace = partial(table.racers[0].replace, order, **changes)
        trades, answer = line.race(
            table.row, partial(offer, table, "100"), replace, turned=first == "REPLACED"
        )
        now = table.now(order)
        assert now["status"] == first or not line.is_ordered
        if answer["__typename"] == "OrderReplaced":
            assert outcome(now) == ("REPLACED", "0", None)
            assert outcome(table.now(answer["order"])) in becomes
        else:
            assert (answer["code"], outcome(now)) == ("TOO_LATE", ("FILLED", "10", "100"))
            assert [trade["order"]["id"] for trade in trades] == [order["id"]]
        table.prove()
        for rests in table.orders():
            if rests["status"] in WORKING:
                table.racers[0].cancel(rests)


@pytest.mark.parametrize("change", CHANGES)
def test_a_quote_does_not_pass_a_replacement_by_that_comes_before_its_fills(
    table: Table, ordered_line: Line, change: str
) -> None:
    changes, becomes = CHANGES[change]
    ahead = table.beside("Ahead")
    order = bid_at_100(table)
    first = ahead.racers[0].limit("BUY", "AAPL", "10", "101")
    _, answer = ordered_line.held_up(
        ahead.row, partial(offer, table, "100"), partial(table.racers[0].replace, order, **changes)
    )
    assert answer["__typename"] == "OrderReplaced"
    assert outcome(table.now(order)) == ("REPLACED", "0", None)
    assert outcome(table.now(answer["order"])) == becomes[0]
    assert outcome(ahead.now(first)) == ("FILLED", "10", "101")
    table.prove()
    ahead.prove()


def test_a_quote_does_not_pass_the_replacement_of_a_replacement_by(table: Table, ordered_line: Line) -> None:
    ahead = table.beside("Ahead")
    order = bid_at_100(table)
    ahead.racers[0].limit("BUY", "AAPL", "10", "101")

    def replace_twice() -> Json:
        once = table.racers[0].replace(order, quantity="8")["order"]
        return table.racers[1].replace(once, quantity="6")

    _, answer = ordered_line.held_up(ahead.row, partial(offer, table, "100"), replace_twice)
    assert outcome(table.now(answer["order"])) == ("FILLED", "6", "100")
    table.prove()


@pytest.mark.parametrize("first", ["filled", "canceled"])
def test_a_canceled_order_keeps_what_was_filled(
    new_table: Callable[..., Table], line: Line, first: str
) -> None:
    table = new_table(rules={"liquidity": "SIZE"})
    for _ in range(line.rounds):
        order = bid_at_100(table)
        offer(table, "100", "4")
        trades, answer = line.race(
            table.row,
            partial(offer, table, "100", "4"),
            partial(table.racers[0].cancel, order),
            turned=first == "canceled",
        )
        assert outcome(table.now(order)) == outcome(answer["order"])
        assert outcome(table.now(order)) == ("CANCELED", "8" if trades else "4", "100")
        assert bool(trades) == (first == "filled") or not line.is_ordered
        table.prove()
