"""Publications race orders and each other: no quote passes an order by unseen."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.api.desk import outcome, quote_input
from tests.api.races.lines import Line
from tests.api.races.table import Table
from tests.api.test_races import at_once
from tests.conftest import Json

ROUNDS = 3
AWAY = [quote_input("AAPL", "90", "102", "102")]
REACHING = [quote_input("AAPL", "90", "100", "100")]
ARRIVED, RESTED = ("FILLED", "1", "100"), ("FILLED", "1", "100.5")
"""What arrives at the offer fills at it, what waited for it at its own limit."""


def bid(table: Table, number: int = 0) -> Json:
    """An order that an offer of 100 reaches."""
    return table.racers[number % 2].limit("BUY", "AAPL", "1", "100.5")


def test_a_quote_passes_no_order_by_that_arrives_with_it(table: Table) -> None:
    tables = [table, table.beside("Income")]

    def act(number: int) -> list[tuple[Table, Json]]:
        if number == 0:
            table.racers[0].publish(REACHING)
            return []
        mine = tables[number % 2]
        return [(mine, bid(mine, number)) for _ in range(2)]

    for _ in range(ROUNDS):
        placed = [one for each in at_once(6, act) for one in each]
        assert {outcome(mine.now(order)) for mine, order in placed} <= {ARRIVED, RESTED}
        for each in tables:
            each.prove()
        table.racers[1].publish(AWAY)


@pytest.mark.parametrize("becomes", [RESTED, ARRIVED], ids=["rested", "arrived"])
def test_an_order_is_decided_on_the_quotes_before_a_publication_or_on_its_own(
    table: Table, line: Line, becomes: tuple[str, str, str]
) -> None:
    order, published = line.race(
        table.row if becomes == RESTED else table.quote,
        partial(bid, table),
        partial(table.racers[1].publish, REACHING),
        turned=becomes == ARRIVED,
    )
    became = outcome(table.now(order))
    assert became == becomes or not line.is_ordered
    filled = [trade["order"]["id"] for trade in published["trades"]]
    assert (became, filled) in [(RESTED, [order["id"]]), (ARRIVED, [])]
    table.prove()


def test_an_order_that_comes_after_a_publication_waits_for_it(table: Table, ordered_line: Line) -> None:
    """Else a stream of orders, one before the other, would keep the publication waiting for ever."""
    other = table.beside("Income")
    with ThreadPoolExecutor(3) as threads, ordered_line.held(table.row):
        before = threads.submit(bid, table)
        ordered_line.wait_for(1)
        threads.submit(table.racers[1].publish, REACHING)
        ordered_line.wait_for(2)
        after = threads.submit(bid, other)
        ordered_line.wait_for(3)
    assert outcome(table.now(before.result())) == RESTED
    assert outcome(other.now(after.result())) == ARRIVED
    table.prove()
    other.prove()


@pytest.mark.parametrize("rests", [True, False])
def test_a_stop_is_triggered_by_the_quote_that_it_arrives_with(table: Table, line: Line, rests: bool) -> None:
    for _ in range(line.rounds):
        order, _ = line.race(
            table.row if rests else table.quote,
            partial(table.racers[0].stop, "BUY", "AAPL", "1", "105"),
            partial(table.racers[1].publish, [quote_input("AAPL", "105", "106", "105")]),
            turned=not rests,
        )
        assert outcome(table.now(order)) == ("FILLED", "1", "106")
        table.prove()
        table.racers[1].publish(AWAY)


def test_a_publication_does_not_hide_the_one_that_came_just_before(table: Table, line: Line) -> None:
    """Both have found nothing to match before either publishes."""
    for _ in range(line.rounds):
        table.racers[1].publish(AWAY)
        order = bid(table)
        line.race(
            table.workspace,
            partial(table.racers[0].publish, REACHING),
            partial(table.racers[1].publish, AWAY),
            turned=False,
        )
        assert outcome(table.now(order)) == RESTED
        table.prove()


def test_a_publication_waits_for_the_fills_of_the_one_before(table: Table, ordered_line: Line) -> None:
    """Both have found nothing to match before either publishes. Then the first one's fills are held up at
    another portfolio, whose order opens with the session."""
    ahead = table.beside("Ahead")
    table.racers[0].publish(AWAY, "2026-03-11T12:00:00Z")
    order = bid(table)
    ahead.racers[0].limit("BUY", "AAPL", "1", "50")
    publications = [
        partial(table.racers[0].publish, REACHING, "2026-03-11T13:30:00Z"),
        partial(table.racers[1].publish, AWAY),
    ]
    with ThreadPoolExecutor(2) as threads, ordered_line.held(ahead.row):
        with ordered_line.held(table.workspace):
            for number, publication in enumerate(publications):
                threads.submit(publication)
                ordered_line.wait_for(number + 1, at="workspaces")
        ordered_line.wait_for(2, at="portfolios")
    assert outcome(table.now(order)) == ARRIVED, "the first quote of the session fills at the quote"
    table.prove()


def test_no_publication_of_two_instructors_is_hidden(table: Table) -> None:
    """Each publishes what reaches the orders of one portfolio, and takes the other's offer away."""
    other = table.beside("Income")

    def act(number: int) -> None:
        for _ in range(ROUNDS):
            quote = quote_input("AAPL", *(("90", "100", "100") if number else ("103", "104", "104")))
            table.racers[number].publish([quote])

    for each in (table, other):
        each.racers[0].trade("BUY", "AAPL", "5")
    orders = [(table, bid(table)), (other, other.racers[0].limit("SELL", "AAPL", "1", "103"))]
    at_once(2, act)
    assert [each.now(order)["status"] for each, order in orders] == ["FILLED"] * 2
    table.prove()
    other.prove()


def test_publications_of_many_symbols_do_not_stop_each_other(table: Table) -> None:
    symbols = [f"S{number:02}" for number in range(30)]
    table.racers[0].publish([quote_input(symbol, "90", "102", "102") for symbol in symbols])
    order = table.racers[0].limit("BUY", "S15", "1", "100")

    def act(number: int) -> None:
        mine = symbols if number % 2 else symbols[::-1]
        for _ in range(ROUNDS):
            table.racers[number % 2].publish([quote_input(symbol, "90", "100", "100") for symbol in mine])

    at_once(4, act)
    assert outcome(table.now(order)) == ("FILLED", "1", "100")
    table.prove()
