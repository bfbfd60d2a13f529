"""Equity at each close on a market that all workspaces share: exact however late and often it is recorded."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Event

import httpx2
import pytest
import uvicorn

from graphql_api.app import create_app
from graphql_api.market.calendar import Xnys
from graphql_api.market.quotes import Quote
from graphql_api.market.simulated import SimulatedMarket
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.equity import record_closes, workspaces_with_portfolios
from graphql_api.oms.keys import Door
from graphql_api.oms.matching import match
from graphql_api.oms.money import plain
from graphql_api.oms.trading import Placed, place_order
from graphql_api.oms.words import Side
from graphql_api.settings import Settings
from tests.api.conftest import the_error
from tests.api.desk import EXECUTE, PLACE, UPDATE
from tests.api.points import (
    FLOW,
    HISTORY,
    close_times,
    day_change,
    flow,
    flow_points,
    history,
    look,
    make_at,
    workspace_row,
)
from tests.api.test_paging import statements
from tests.api.test_races import at_once
from tests.conftest import Api, Json, NewWorkspace, Workspace, serving
from tests.orders import trade_now
from tests.still import StillMarket

NOON = "2026-03-09T16:00:00Z"
CLOSE = "2026-03-09T20:00:00Z"
TUESDAY = "2026-03-10T16:00:00Z"
TUESDAYS_CLOSE = "2026-03-10T20:00:00Z"
WEDNESDAY = "2026-03-11T16:00:00Z"
SYMBOLS = ("AAPL", "MSFT", "NVDA", "JPM")


class SteeredMarket(SimulatedMarket):
    """The simulated market at a test's own time; `silent` symbols have no close, as a source in trouble."""

    def __init__(self) -> None:
        super().__init__("equity", self._time)
        self.time = NOON
        self.silent: set[str] = set()

    def _time(self) -> datetime:
        return datetime.fromisoformat(self.time)

    def closing_quotes(self, symbols: Sequence[str], at: datetime) -> dict[str, Quote]:
        return super().closing_quotes([symbol for symbol in symbols if symbol not in self.silent], at)


@pytest.fixture(scope="module")
def steered_api(database_url: str) -> Iterator[tuple[Api, SteeredMarket]]:
    """The API on a simulated market with New York's hours, at any time."""
    market = SteeredMarket()
    settings = Settings(_env_file=None, database_url=database_url, market_hours="XNYS")  # type: ignore[call-arg]
    config = uvicorn.Config(create_app(settings, market), port=0, log_level="error")
    with serving(config) as url:
        yield Api(url, database_url, StillMarket(), settings), market


@dataclass
class Floor:
    """A workspace, its market's clock, and the worker's turn."""

    workspace: Workspace
    market: SteeredMarket
    database: Database

    @property
    def desk(self) -> Desk:
        """The business, as the API has it."""
        return Desk(self.database, self.market, calendar=Xnys())

    def portfolio(self, name: str = "Growth", **more: object) -> str:
        """Make a portfolio at the market's time and return its id."""
        id = self.workspace.portfolio(name, **more)  # type: ignore[arg-type]
        make_at(self.database, id, self.market.now())
        return id

    def trade(self, id: str, side: str, symbol: str, quantity: str) -> Json:
        """Trade at the market, and be sure that it filled."""
        asked = {"portfolioId": id, "side": side, "symbol": symbol, "quantity": quantity}
        answer: Json = self.workspace.data(EXECUTE, {"input": asked})
        assert answer["__typename"] == "TradeExecuted", answer
        return answer

    def record(self, database: Database | None = None) -> None:
        """The worker's turn at this workspace."""
        id = workspace_row(self.database, self.workspace).id
        record_closes(replace(self.desk, database=database or self.database), id, self.market.now())

    def seen_at(self, time: str, id: str) -> tuple[str, str]:
        """What the API says that a portfolio is worth at a time."""
        self.market.time = time
        return time[:16], look(self.workspace, id)["equity"]


@pytest.fixture
def floor(steered_api: tuple[Api, SteeredMarket], database: Database, http: httpx2.Client) -> Floor:
    api, market = steered_api
    market.time = NOON
    market.silent.clear()
    return Floor(NewWorkspace(api, database, http)(), market, database)


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


def test_the_days_change_needs_a_point_of_the_last_session(floor: Floor) -> None:
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    assert day_change(floor.workspace, id) is None
    floor.market.time = TUESDAY
    assert day_change(floor.workspace, id) is None
    floor.record()
    assert day_change(floor.workspace, id) is not None
    floor.market.time = WEDNESDAY
    assert day_change(floor.workspace, id) is None, "Tuesday's close was not recorded yet"


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
    floor: Floor, steered_api: tuple[Api, SteeredMarket], http: httpx2.Client
) -> None:
    kept, archived = floor.portfolio("Kept"), floor.portfolio("Archived")
    floor.workspace.data(UPDATE, {"input": {"portfolioId": archived, "archived": True}})
    foreign = Floor(NewWorkspace(steered_api[0], floor.database, http)(), floor.market, floor.database)
    theirs = foreign.portfolio()
    floor.market.time = TUESDAY
    floor.record()
    assert len(history(floor.workspace, kept)) == 1
    assert history(floor.workspace, archived) == []
    assert history(foreign.workspace, theirs) == []
    assert foreign.workspace.data(HISTORY, {"id": kept}) is None


def test_workspaces_where_nothing_can_be_recorded_are_not_named(
    floor: Floor, steered_api: tuple[Api, SteeredMarket], http: httpx2.Client
) -> None:
    with_one, without = (
        floor,
        Floor(NewWorkspace(steered_api[0], floor.database, http)(), floor.market, floor.database),
    )
    with_one.portfolio()
    put_away = without.portfolio()
    without.workspace.data(UPDATE, {"input": {"portfolioId": put_away, "archived": True}})
    with floor.database.snapshot() as session:
        named = workspaces_with_portfolios(session.connection())
    assert workspace_row(floor.database, with_one.workspace).id in named
    assert workspace_row(floor.database, without.workspace).id not in named
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


def test_flows_at_one_time_each_have_a_point_at_the_markets_time(floor: Floor) -> None:
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    worth = Decimal(look(floor.workspace, id)["equity"])
    for amount in ("10", "-20", "0.5"):
        flow(floor.workspace, id, amount)
    kept = flow_points(floor.database, id)
    assert [row.equity for row in kept] == [worth, worth + 10, worth - 10]
    assert [row.flows for row in kept] == [0, 10, -10]
    assert {row.at for row in kept} == {datetime.fromisoformat(NOON)}


def test_parallel_flows_each_have_what_was_there_before(floor: Floor) -> None:
    id = floor.portfolio()
    floor.trade(id, "BUY", "AAPL", "10")
    asked = {"portfolioId": id, "amount": "1"}
    at_once(8, lambda _: floor.workspace.data(FLOW, {"input": asked}))
    assert [row.flows for row in flow_points(floor.database, id)] == list(range(8))
    assert look(floor.workspace, id)["flows"] == "8"


def test_flows_from_before_their_points_were_kept_count_by_the_databases_time(floor: Floor) -> None:
    """Those of the release before."""
    floor.market.time = datetime.now(UTC).isoformat()
    id = floor.workspace.portfolio()
    flow(floor.workspace, id, "1000")
    with floor.database.transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM equity WHERE flow_sequence > 0")
    hours = Xnys()
    last = hours.session_at(floor.market.now()) or hours.next_session(floor.market.now())
    floor.market.time = last.closes_at.isoformat()
    flow(floor.workspace, id, "500")
    floor.record()
    assert [point["flows"] for point in look(floor.workspace, id)["equityHistory"]] == ["1000"]


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
def test_a_history_of_no_points_or_too_many_cannot_be_asked_for(floor: Floor, first: int) -> None:
    body = floor.workspace.query(HISTORY, {"id": floor.portfolio(), "first": first})
    assert the_error(body) == ("BAD_USER_INPUT", "first")


def test_the_history_has_its_newest_points_newest_last(floor: Floor) -> None:
    id = floor.portfolio()
    floor.market.time = "2026-05-01T16:00:00Z"
    floor.record()
    whole = look(floor.workspace, id)["equityHistory"]
    assert len(whole) == 38
    for first in (1, 7, 37, 38, 39):
        part = floor.workspace.data(HISTORY, {"id": id, "first": first})["equityHistory"]
        assert part == whole[-first:]
    of_default = floor.workspace.data(
        "query ($id: ID!) { portfolio(id: $id) { equityHistory { at } } }", {"id": id}
    )
    assert [point["at"] for point in of_default["equityHistory"]] == [point["at"] for point in whole[-30:]]


def test_the_statements_of_a_list_do_not_grow_with_its_portfolios(floor: Floor) -> None:
    document = """{ portfolios(first: 100) { edges { node { dayChange
        few: equityHistory(first: 2) { at equity unpriced } equityHistory { at } } } } }"""

    def grow(numbers: range) -> None:
        for number in numbers:
            floor.market.time = NOON
            floor.trade(floor.portfolio(f"P{number}"), "BUY", SYMBOLS[number % 4], "1")
        floor.market.time = WEDNESDAY
        floor.record()

    def cost() -> tuple[int, int]:
        with statements() as seen:
            rows = floor.workspace.data(document)["edges"]
        assert all(row["node"]["dayChange"] is not None and len(row["node"]["few"]) == 2 for row in rows)
        return len(rows), seen.total()

    grow(range(2))
    _, few = cost()
    grow(range(2, 9))
    assert cost() == (9, few)
    assert few <= 6


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
