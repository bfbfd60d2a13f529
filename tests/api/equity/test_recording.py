"""Equity at each close on a market that all workspaces share: exact however late and often it is recorded."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Event

import pytest

from graphql_api.market.calendar import Xnys
from graphql_api.market.quotes import Quote
from graphql_api.oms.db import Database
from graphql_api.oms.equity import record_closes, workspaces_with_portfolios
from graphql_api.oms.keys import Door
from graphql_api.oms.matching import match
from graphql_api.oms.money import plain
from graphql_api.oms.trading import Placed, place_order
from graphql_api.oms.words import Side
from tests.api.desk import EXECUTE, PLACE, UPDATE
from tests.api.equity.floor import (
    CLOSE,
    NOON,
    SYMBOLS,
    TUESDAY,
    TUESDAYS_CLOSE,
    WEDNESDAY,
    Floor,
    SteeredMarket,
)
from tests.api.points import (
    FLOW,
    HISTORY,
    close_times,
    day_change,
    flow,
    history,
    look,
    make_at,
    workspace_row,
)
from tests.api.test_races import at_once
from tests.orders import trade_now


def test_a_point_is_what_it_was_worth_at_the_close_however_late_it_is_written(floor: Floor) -> None:
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10.5")
    flow(floor.workspace, id, "1000")
    seen = [floor.seen_at(CLOSE, id)]
    floor.market.time = TUESDAY
    floor.trade(id, "SELL", "AAPL", "3.25")
    floor.trade(id, "BUY", "MSFT", "7")
    flow(floor.workspace, id, "-2000.5")
    seen.append(floor.seen_at(TUESDAYS_CLOSE, id))
    floor.market.time = WEDNESDAY
    floor.trade(id, "SELL", "AAPL", "7.25")
    floor.trade(id, "SELL", "MSFT", "7")
    flow(floor.workspace, id, "-50000")
    floor.record()
    assert history(floor.workspace, id) == seen
    portfolio = look(floor.workspace, id)
    assert [point["flows"] for point in portfolio["equityHistory"]] == ["1000", "-1000.5"]
    assert all(point["unpriced"] == [] for point in portfolio["equityHistory"])
    made = Decimal(portfolio["equity"]) - Decimal(seen[-1][1]) + 50000
    assert portfolio["dayChange"] == plain(made)


def test_recording_again_changes_nothing(floor: Floor) -> None:
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    floor.market.time = TUESDAY
    floor.record()
    before = look(floor.workspace, id)
    floor.trade(id, "SELL", "AAPL", "10")
    floor.record()
    assert look(floor.workspace, id)["equityHistory"] == before["equityHistory"]
    assert len(before["equityHistory"]) == 1


def test_a_downtime_is_caught_up_session_by_session(floor: Floor) -> None:
    floor.market.time = "2026-04-01T16:00:00Z"
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    closes = ["2026-04-01T20:00:00Z", "2026-04-02T20:00:00Z", "2026-04-06T20:00:00Z", "2026-04-07T20:00:00Z"]
    seen = [floor.seen_at(close, id) for close in closes]
    floor.market.time = "2026-04-08T19:59:59.999999Z"
    floor.record()
    assert history(floor.workspace, id) == seen, "and none on Good Friday or at the weekend"
    last = floor.seen_at("2026-04-08T20:00:00Z", id)
    floor.record()
    assert history(floor.workspace, id) == [*seen, last]
    assert day_change(floor.workspace, id) == "0"


def test_no_more_than_400_closes_are_caught_up(floor: Floor) -> None:
    floor.market.time = "2024-01-02T16:00:00Z"
    id = floor.portfolio()
    floor.market.time = NOON
    floor.record()
    kept = close_times(floor.database, id)
    assert len(kept) == 400
    assert (kept[0].isoformat(), kept[-1].isoformat()) == (
        "2024-08-01T20:00:00+00:00",
        "2026-03-06T21:00:00+00:00",
    )


def test_a_portfolio_begins_with_the_first_close_after_it_was_made(floor: Floor) -> None:
    early, late = floor.portfolio("Early"), None
    floor.market.time = CLOSE
    late = floor.portfolio("Late")
    floor.market.time = TUESDAY
    floor.record()
    assert len(history(floor.workspace, early)) == 1
    assert (history(floor.workspace, late), day_change(floor.workspace, late)) == ([], None)
    floor.market.time = TUESDAYS_CLOSE
    floor.record()
    assert history(floor.workspace, late) == [("2026-03-10T20:00", "100000")]


def test_an_order_for_the_close_is_in_its_close_however_late_it_fills(floor: Floor) -> None:
    id = floor.portfolio(rules={"fee": {"flat": "1"}})
    asked = {
        "portfolioId": id,
        "side": "BUY",
        "symbol": "AAPL",
        "quantity": "10",
        "type": "MARKET",
        "timeInForce": "CLS",
    }
    assert floor.workspace.data(PLACE, {"input": asked})["__typename"] == "OrderPlaced"
    other = floor.portfolio("Other")
    floor.market.time = TUESDAY
    floor.trade(id, "BUY", "AAPL", "5")
    floor.record()
    assert history(floor.workspace, id) == [], "it waits for the order"
    assert len(history(floor.workspace, other)) == 1
    match(floor.desk, workspace_row(floor.database, floor.workspace).id, waits=True)
    floor.record()
    (point,) = look(floor.workspace, id)["equityHistory"]
    (close,) = floor.market.closing_quotes(["AAPL"], datetime.fromisoformat(CLOSE)).values()
    assert close.last is not None
    assert (point["equity"], point["cash"]) == ("99999", plain(99999 - 10 * close.last))


def test_a_trade_that_was_under_way_at_the_close_is_in_it(floor: Floor) -> None:
    """Its time was taken before the close, and it is written while the close is being recorded."""
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    decided, recording = Event(), Event()

    class Deciding(SteeredMarket):
        """A market in which an order is decided while its close is being recorded."""

        def _time(self) -> datetime:
            decided.set()
            assert recording.wait(30)
            return super()._time()

        def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
            return self._quotes_at(symbols, super()._time())

    class Recording(SteeredMarket):
        """A market that is asked for a close by who has seen what is due."""

        def closing_quotes(self, symbols: Sequence[str], at: datetime) -> dict[str, Quote]:
            recording.set()
            return super().closing_quotes(symbols, at)

    deciding, recorder = Deciding(), Recording()
    deciding.time, recorder.time = "2026-03-09T19:59:59Z", CLOSE
    row = workspace_row(floor.database, floor.workspace)
    actor = Door(floor.database).open(floor.workspace.admin_key, None, "test")

    def act(number: int) -> object:
        if number == 0:
            request = trade_now("AAPL", Side.SELL, Decimal(4), portfolio_id=id)
            return place_order(replace(floor.desk, market=deciding), actor, request)
        assert decided.wait(30)
        record_closes(replace(floor.desk, market=recorder), row.id, recorder.now())
        return None

    placed, _ = at_once(2, act)
    assert isinstance(placed, Placed)
    floor.market.time = CLOSE
    portfolio = look(floor.workspace, id)
    assert [(point["equity"], point["cash"]) for point in portfolio["equityHistory"]] == [
        (portfolio["equity"], portfolio["cash"])
    ]


def test_two_processes_at_once_write_each_close_once(floor: Floor, database_url: str) -> None:
    ids = [floor.portfolio(f"P{number}") for number in range(12)]
    for id in ids:
        floor.trade(id, "BUY", "AAPL", "10")
    worth = floor.seen_at(CLOSE, ids[0])
    floor.market.time = TUESDAY
    other = Database(database_url)
    at_once(6, lambda number: floor.record([floor.database, other][number % 2]))
    other.close()
    assert [history(floor.workspace, id) for id in ids] == [[worth]] * 12


def test_recording_while_everybody_trades_keeps_the_state_at_the_close(floor: Floor) -> None:
    ids = [floor.portfolio(f"P{number}") for number in range(4)]
    for id in ids:
        floor.trade(id, "BUY", "AAPL", "10")
    worth = floor.seen_at(CLOSE, ids[0])
    floor.market.time = TUESDAY

    def act(number: int) -> None:
        if number < 2:
            floor.record()
            return
        for _ in range(5):
            floor.trade(ids[number - 2], "BUY", "MSFT", "1")
            flow(floor.workspace, ids[number - 2], "-1")

    at_once(6, act)
    assert [history(floor.workspace, id) for id in ids] == [[worth]] * 4


def test_more_portfolios_than_one_batch_all_have_their_point(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphql_api.oms.equity._BATCH", 3)
    ids = [floor.portfolio(f"P{number}") for number in range(7)]
    floor.market.time = TUESDAY
    floor.record()
    assert [history(floor.workspace, id) for id in ids] == [[("2026-03-09T20:00", "100000")]] * 7


def test_nothing_is_recorded_in_other_workspaces_or_for_archived_portfolios(
    floor: Floor, foreign: Floor
) -> None:
    kept, archived = floor.portfolio("Kept"), floor.portfolio("Archived")
    floor.workspace.data(UPDATE, {"input": {"portfolioId": archived, "archived": True}})
    theirs = foreign.portfolio()
    floor.market.time = TUESDAY
    floor.record()
    assert len(history(floor.workspace, kept)) == 1
    assert history(floor.workspace, archived) == []
    assert history(foreign.workspace, theirs) == []
    assert foreign.workspace.data(HISTORY, {"id": kept}) is None


def test_workspaces_where_nothing_can_be_recorded_are_not_named(floor: Floor, foreign: Floor) -> None:
    floor.portfolio()
    put_away = foreign.portfolio()
    foreign.workspace.data(UPDATE, {"input": {"portfolioId": put_away, "archived": True}})
    with floor.database.snapshot() as session:
        named = workspaces_with_portfolios(session.connection())
    assert workspace_row(floor.database, floor.workspace).id in named
    assert workspace_row(floor.database, foreign.workspace).id not in named
    assert len(named) == len(set(named))


def test_a_price_that_the_source_does_not_give_at_once_is_waited_for(floor: Floor) -> None:
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    floor.trade(id, "BUY", "MSFT", "10")
    worth = floor.seen_at(CLOSE, id)
    floor.market.silent = {"AAPL"}
    floor.market.time = "2026-03-09T20:04:59Z"
    floor.record()
    assert history(floor.workspace, id) == []
    floor.market.silent.clear()
    floor.record()
    assert history(floor.workspace, id) == [worth]


def test_a_price_that_the_source_does_not_give_for_five_minutes_is_named(floor: Floor) -> None:
    id = floor.portfolio()
    bought = Decimal(floor.trade(id, "BUY", "AAPL", "10")["trades"][0]["value"])
    floor.trade(id, "BUY", "MSFT", "10")
    worth = Decimal(floor.seen_at(CLOSE, id)[1])
    (close,) = floor.market.closing_quotes(["AAPL"], datetime.fromisoformat(CLOSE)).values()
    assert close.last is not None
    floor.market.silent = {"AAPL"}
    floor.market.time = "2026-03-09T20:05:00Z"
    floor.record()
    (point,) = look(floor.workspace, id)["equityHistory"]
    assert point["unpriced"] == ["AAPL"]
    assert Decimal(point["equity"]) == worth - 10 * close.last + bought
    assert day_change(floor.workspace, id) is None


def test_what_was_sold_since_counts_at_what_it_had_cost(floor: Floor) -> None:
    id = floor.portfolio(account="MARGIN", rules={"allowShort": True, "fee": {"bps": "3"}})
    for side, quantity in [("BUY", "10"), ("BUY", "5.5"), ("SELL", "3.123456789")]:
        floor.trade(id, side, "AAPL", quantity)
    document = 'query ($id: ID!) { portfolio(id: $id) { cash position(symbol: "AAPL") { costBasis } } }'
    before = floor.workspace.data(document, {"id": id})
    floor.market.time = TUESDAY
    for side, quantity in [
        ("SELL", "2"),
        ("SELL", "17.376543211"),
        ("BUY", "4"),
        ("BUY", "100.5"),
        ("SELL", "97.5"),
    ]:
        floor.trade(id, side, "AAPL", quantity)
    floor.market.silent = {"AAPL"}
    floor.record()
    (point,) = look(floor.workspace, id)["equityHistory"]
    worth = Decimal(before["cash"]) + Decimal(before["position"]["costBasis"])
    assert (point["cash"], point["equity"]) == (before["cash"], plain(worth))


def act(floor: Floor, id: str, chance: random.Random) -> None:
    """Something that may be refused: then nothing changes."""
    if chance.random() < 0.25:
        asked = {"portfolioId": id, "amount": chance.choice(["-30000", "-0.01", "250.5", "40000"])}
        floor.workspace.data(FLOW, {"input": asked})
        return
    quantity = chance.choice(["1", "3", "12.5", "40"])
    asked = {
        "portfolioId": id,
        "side": chance.choice(["BUY", "SELL"]),
        "symbol": chance.choice(SYMBOLS),
        "quantity": quantity,
    }
    floor.workspace.data(EXECUTE, {"input": asked})


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_a_point_is_what_the_portfolio_was_worth_then(floor: Floor, seed: int) -> None:
    """The proof is what the API says right at a close, where the balances add up. The worker comes later."""
    chance = random.Random(seed)  # noqa: S311 - it repeats
    rules = {"allowShort": True, "slippageBps": "5", "fee": {"perShare": "0.005", "minimum": "1"}}
    id = floor.portfolio(account="MARGIN", rules=rules)
    session, seen = Xnys().next_session(floor.market.now()), []
    floor.market.time = session.opens_at.isoformat()
    make_at(floor.database, id, floor.market.now())
    for _ in range(12):
        for minute in sorted(chance.sample(range(390), chance.randrange(6))):
            floor.market.time = (session.opens_at + timedelta(minutes=minute)).isoformat()
            act(floor, id, chance)
            if chance.random() < 0.1:
                floor.record()
        floor.market.time = session.closes_at.isoformat()
        portfolio = look(floor.workspace, id)
        seen.append({name: portfolio[name] for name in ("equity", "cash", "flows")})
        if chance.random() < 0.3:
            act(floor, id, chance)
        session = Xnys().next_session(session.closes_at)
    floor.record()
    points = look(floor.workspace, id)["equityHistory"]
    assert [{name: point[name] for name in ("equity", "cash", "flows")} for point in points] == seen
    assert all(point["unpriced"] == [] for point in points)
    assert len({point["equity"] for point in points}) > 6, "it traded"
