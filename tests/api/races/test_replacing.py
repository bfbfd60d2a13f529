"""Replacements and cancels of one order race each other: one is taken, the others come too late."""

from functools import partial

import pytest

from tests.api.desk import outcome
from tests.api.races.lines import Line
from tests.api.races.table import Table
from tests.api.test_races import at_once
from tests.conftest import Json

ROUNDS = 3


def bid_at_100(table: Table) -> Json:
    """An order that rests."""
    return table.racers[0].limit("BUY", "AAPL", "10", "100")


@pytest.mark.parametrize("first", ["REPLACED", "CANCELED"])
def test_an_order_is_replaced_or_canceled_and_never_both(table: Table, line: Line, first: str) -> None:
    for _ in range(line.rounds):
        order = bid_at_100(table)
        replaced, canceled = line.race(
            table.row,
            partial(table.racers[0].replace, order, limitPrice="99"),
            partial(table.racers[1].cancel, order),
            turned=first == "CANCELED",
        )
        now = table.now(order)
        assert now["status"] == first or not line.is_ordered
        if now["status"] == "REPLACED":
            assert (canceled["__typename"], canceled["code"]) == ("OrderRejected", "TOO_LATE")
            assert outcome(table.now(replaced["order"])) == ("NEW", "0", None)
        else:
            assert outcome(now) == outcome(canceled["order"]) == ("CANCELED", "0", None)
            assert (replaced["code"], replaced["rejectedOrder"]) == ("TOO_LATE", None)
        table.prove()


def test_of_many_replacements_of_one_order_one_is_taken(table: Table) -> None:
    order = bid_at_100(table)
    for _ in range(ROUNDS):
        replacements = [
            partial(table.racers[number % 2].replace, order, limitPrice=f"9{number}") for number in range(6)
        ]
        answers = at_once(6, lambda number, work=replacements: work[number]())  # type: ignore[misc]
        taken = [answer for answer in answers if answer["__typename"] == "OrderReplaced"]
        assert len(taken) == 1
        assert [answer["code"] for answer in answers if answer not in taken] == ["TOO_LATE"] * 5
        (working,) = [one for one in table.orders() if one["status"] == "NEW"]
        assert working["id"] == taken[0]["order"]["id"]
        assert table.now(order)["replacedBy"] == {"id": working["id"]}
        table.prove()
        order = working


def test_a_replacement_sent_twenty_times_to_two_processes_is_made_once(table: Table) -> None:
    order = bid_at_100(table)
    answers = at_once(
        20, lambda number: table.racers[number % 2].replace(order, quantity="7", clientOrderId="once")
    )
    assert {answer["__typename"] for answer in answers} == {"OrderReplaced"}
    assert sorted(answer.pop("duplicate") for answer in answers) == [False] + [True] * 19
    assert all(answer == answers[0] for answer in answers)
    assert [one["status"] for one in table.orders()] == ["NEW", "REPLACED"]
    table.prove()


@pytest.mark.parametrize("replaces_first", [True, False])
def test_of_a_replacement_and_a_new_order_with_one_id_one_is_taken(
    table: Table, line: Line, replaces_first: bool
) -> None:
    order = bid_at_100(table)
    new = {"type": "LIMIT", "limitPrice": "90", "clientOrderId": "once"}
    replaced, placed = line.race(
        table.row,
        partial(table.racers[0].replace, order, quantity="7", clientOrderId="once"),
        partial(table.racers[1].place, "BUY", "AAPL", "7", **new),
        turned=not replaces_first,
    )
    refused = placed if replaced["__typename"] == "OrderReplaced" else replaced
    assert (refused is placed) == replaces_first or not line.is_ordered
    assert (refused["code"], refused["rejectedOrder"]) == ("IDEMPOTENCY_CONFLICT", None)
    assert table.now(order)["status"] == ("REPLACED" if refused is placed else "NEW")
    assert len(table.orders()) == 2
    table.prove()
