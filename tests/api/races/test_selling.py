"""Two sells of the whole position, sent at once to two processes: one is taken, whatever their kinds."""

from collections.abc import Callable
from functools import partial
from itertools import combinations_with_replacement

import pytest

from tests.api.races.lines import Line
from tests.api.races.table import Racer, Table
from tests.conftest import Json

SELLS: dict[str, Callable[[Racer], Json]] = {
    "executeTrade": lambda racer: racer.execute({"side": "SELL", "symbol": "AAPL", "quantity": "10"}),
    "a limit that rests": lambda racer: racer.place("SELL", "AAPL", "10", type="LIMIT", limitPrice="200"),
    "a limit that fills": lambda racer: racer.place("SELL", "AAPL", "10", type="LIMIT", limitPrice="100"),
    "a stop": lambda racer: racer.place("SELL", "AAPL", "10", type="STOP", stopPrice="50"),
}


@pytest.mark.parametrize("kinds", list(combinations_with_replacement(SELLS, 2)), ids=" against ".join)
def test_of_two_sells_of_the_whole_position_one_is_taken(
    table: Table, line: Line, kinds: tuple[str, str]
) -> None:
    sells = [partial(SELLS[kind], racer) for kind, racer in zip(kinds, table.racers, strict=True)]
    for turned in (False, True):
        table.racers[0].trade("BUY", "AAPL", "10")
        answers = line.race(table.row, sells[0], sells[1], turned=turned)
        refused = [answer for answer in answers if answer["__typename"] == "OrderRejected"]
        assert [answer["code"] for answer in refused] == ["INSUFFICIENT_POSITION"]
        assert refused[0] is answers[0 if turned else 1] or not line.is_ordered
        table.prove()
        for order in table.orders():
            if order["status"] == "NEW":
                table.racers[0].cancel(order)
                table.racers[0].trade("SELL", "AAPL", "10")
