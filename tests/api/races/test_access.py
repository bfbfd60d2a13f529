"""Who may trade is decided under the portfolio's lock: an order that waited for it finds what holds then."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from sqlmodel import col, select

from graphql_api.oms.tables import EventRow
from tests.api.races.lines import Line
from tests.api.races.table import Racer, Table
from tests.api.test_races import at_once
from tests.conftest import Json

BASKET = """mutation ($input: ExecuteTradesInput!) { executeTrades(input: $input) { results { __typename
  ... on TradeExecuted { order { id status } }
  ... on OrderRejected { code field message rejectedOrder { id } }
} } }"""
ANN = "key:ann"


def events(table: Table) -> list[str]:
    """What has happened to the portfolio, in order; a change of its state or members by what is new."""
    with table.database.snapshot() as session:
        rows = session.exec(
            select(EventRow).where(EventRow.chain_id == table.id).order_by(col(EventRow.sequence))
        ).all()
    return [
        str(json.loads(row.data).get("state", "members")) if row.type == "portfolio:updated" else row.type
        for row in rows
    ]


def buy(racer: Racer) -> Json:
    """Place an order that fills."""
    return racer.place("BUY", "AAPL", "1", type="MARKET")


@pytest.mark.parametrize("first", ["order", "halt"])
def test_an_order_is_placed_before_its_portfolio_is_halted_or_refused(
    table: Table, line: Line, first: str
) -> None:
    for _ in range(line.rounds):
        answer, _ = line.race(
            table.row,
            partial(buy, table.racers[0]),
            partial(table.racers[1].update, state="HALTED"),
            turned=first == "halt",
        )
        was_placed = answer["__typename"] == "OrderPlaced"
        assert was_placed == (first == "order") or not line.is_ordered
        if was_placed:
            assert events(table)[-2:] == ["order:filled", "HALTED"]
        else:
            assert (answer["code"], events(table)[-2:]) == ("PORTFOLIO_HALTED", ["HALTED", "order:rejected"])
        table.prove()
        table.racers[0].update(state="ACTIVE")


def test_nothing_is_traded_after_a_halt_in_a_stream_of_orders(table: Table) -> None:
    def act(number: int) -> list[Json]:
        if number:
            return [buy(table.racers[number % 2]) for _ in range(8)]
        first = buy(table.racers[0])
        table.racers[0].update(state="HALTED")
        return [first, buy(table.racers[0])]

    answers = [answer["__typename"] for answered in at_once(5, act) for answer in answered]
    told = events(table)
    halted = told.index("HALTED")
    assert told[1:halted] == ["order:filled"] * answers.count("OrderPlaced")
    assert told[halted + 1 :] == ["order:rejected"] * answers.count("OrderRejected")
    assert answers[1] == "OrderRejected"
    table.prove()


def basket(racer: Racer, _: Json) -> Json:
    """Trade as the only one of a basket."""
    trades = [{"side": "BUY", "symbol": "AAPL", "quantity": "1"}]
    asked = {"portfolioId": racer.id, "trades": trades}
    (result,) = racer.workspace.data(BASKET, {"input": asked})["results"]
    answer: Json = result
    return answer


ACTIONS: dict[str, tuple[Callable[[Racer, Json], Json], str]] = {
    "placeOrder": (lambda racer, _: buy(racer), "UNKNOWN_PORTFOLIO"),
    "executeTrade": (
        lambda racer, _: racer.execute({"side": "BUY", "symbol": "AAPL", "quantity": "1"}),
        "UNKNOWN_PORTFOLIO",
    ),
    "executeTrades": (basket, "UNKNOWN_PORTFOLIO"),
    "cancelOrder": (lambda racer, order: racer.cancel(order), "ORDER_NOT_FOUND"),
    "replaceOrder": (lambda racer, order: racer.replace(order, quantity="5"), "ORDER_NOT_FOUND"),
}
"""What a trader does, with an order of theirs; and how it is refused who is no member."""


@pytest.fixture
def ann(table: Table) -> Racer:
    """A trader and member of the portfolio."""
    secret = table.desk.workspace.key("TRADER", "ann")
    table.desk.update(members=[{"trader": ANN, "role": "TRADER"}])
    return table.acting_as(secret).racers[0]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", [None, "VIEWER"], ids=["removed", "made a viewer"])
def test_who_was_a_trader_when_they_began_to_wait_for_the_lock_does_nothing(
    table: Table, ann: Racer, line: Line, action: str, role: str | None
) -> None:
    act, not_there = ACTIONS[action]
    order = ann.limit("BUY", "AAPL", "10", "100")
    before, told = table.desk.balances(), len(events(table))
    members = [] if role is None else [{"trader": ANN, "role": role}]
    _, answer = line.race(
        table.row, partial(table.racers[1].update, members=members), partial(act, ann, order), turned=False
    )
    happened = events(table)[told:]
    if answer["__typename"] == "OrderRejected":
        assert answer["code"] == ("NOT_PERMITTED" if role else not_there)
        assert (answer["rejectedOrder"], happened) == (None, ["members"])
        assert table.desk.balances() == before
        assert table.desk.now(order) == order
    else:
        assert not line.is_ordered
        assert happened[-1] == "members", "it was done before"
    table.prove()


@pytest.mark.parametrize("action", ACTIONS)
def test_what_a_trader_began_before_they_were_removed_is_done(
    table: Table, ann: Racer, line: Line, action: str
) -> None:
    act, _ = ACTIONS[action]
    order = ann.limit("BUY", "AAPL", "10", "100")
    answer, _ = line.race(
        table.row, partial(act, ann, order), partial(table.racers[1].update, members=[]), turned=False
    )
    if answer["__typename"] != "OrderRejected":
        assert events(table)[-1] == "members"
    assert answer["__typename"] != "OrderRejected" or not line.is_ordered
    table.prove()
