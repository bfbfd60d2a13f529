"""publishQuotes: an instructor's prices and clock, for one workspace, in the database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from graphql_api.oms.db import Database
from tests.api.desk import NOON, PUBLISH, Desk, nodes, outcome, quote_input
from tests.api.test_races import at_once
from tests.conftest import Api, Json, NewWorkspace, Workspace

AT_NOON = "2026-03-10T16:00:00.000000Z"
ONE = "2026-03-10T17:00:00Z"
BOARD = """{ market { source now isOpen }
  quotes(symbols: ["AAPL", "MSFT"]) { symbol bid ask last bidSize askSize at ageSeconds stale source } }"""


def publish(workspace: Workspace, quotes: list[Json], at: str | None = None, **who: str) -> Json:
    """Send publishQuotes and return the union's member."""
    answer: Json = workspace.data(PUBLISH, {"input": {"at": at, "quotes": quotes}}, **who)
    return answer


def board(workspace: Workspace) -> Json:
    """The clock and the quotes, as any reader sees them."""
    body = workspace.query(BOARD)
    assert "errors" not in body, body
    seen: Json = body["data"]
    return seen


def clock(workspace: Workspace) -> datetime:
    """What time it is in the workspace's market."""
    return datetime.fromisoformat(board(workspace)["market"]["now"])


def test_a_publication_moves_the_clock_and_answers_with_what_it_published(desk: Desk) -> None:
    answer = desk.publish(
        [
            quote_input("AAPL", "148", "148.5", "148.25", bid_size="300", ask_size="0.5"),
            quote_input("MSFT", "299", "301"),
        ],
        at=ONE,
    )
    assert (answer["market"]["now"], answer["market"]["isOpen"]) == ("2026-03-10T17:00:00.000000Z", True)
    aapl, msft = answer["quotes"]
    assert aapl == {
        "symbol": "AAPL",
        "bid": "148",
        "ask": "148.5",
        "last": "148.25",
        "bidSize": "300",
        "askSize": "0.5",
        "at": "2026-03-10T17:00:00.000000Z",
        "ageSeconds": "0",
        "source": answer["market"]["source"],
        "stale": False,
    }
    assert (msft["symbol"], msft["last"], msft["bidSize"]) == ("MSFT", None, None)
    assert answer["trades"] == []
    assert board(desk.workspace)["quotes"] == [aapl, msft]


def test_a_publication_answers_with_the_trades_of_the_orders_that_it_filled(desk: Desk) -> None:
    other = Desk.open(desk.workspace, "Income")
    orders = {one.id: one.limit("BUY", "AAPL", "4", "149") for one in (desk, other)}
    answer = desk.publish([quote_input("MSFT", "1", "2", "2"), quote_input("AAPL", "148", "148.5", "148")])
    assert {trade["portfolio"]["id"]: trade["order"]["id"] for trade in answer["trades"]} == {
        id: order["id"] for id, order in orders.items()
    }
    assert [trade["price"] for trade in answer["trades"]] == ["149", "149"]
    for one in (desk, other):
        assert nodes(one.books(), "trades") == [
            trade for trade in answer["trades"] if trade["portfolio"]["id"] == one.id
        ]


def test_a_symbol_is_trimmed_and_upper_cased(desk: Desk) -> None:
    desk.quote(" brk.b ", "450", "450.5", "450.25")
    assert outcome(desk.market("BUY", "BRK.B", "1")) == ("FILLED", "1", "450.5")


def test_a_quote_stays_until_the_next_one_of_its_symbol(desk: Desk) -> None:
    desk.quote("MSFT", "299", "301", "300")
    assert [quote["bid"] for quote in board(desk.workspace)["quotes"]] == ["149.98", "299"]
    desk.quote("AAPL", "10", None, None)
    (aapl, _) = board(desk.workspace)["quotes"]
    assert (aapl["bid"], aapl["ask"], aapl["last"]) == ("10", None, None), "nothing of the old one is left"


def test_the_clock_is_the_walls_until_it_is_first_moved(always: Workspace) -> None:
    before = datetime.now(UTC)
    first, second = clock(always), clock(always)
    assert before - timedelta(minutes=1) < first <= second < datetime.now(UTC) + timedelta(minutes=1)
    answer = publish(always, [quote_input("AAPL", "1", "2", "2")])
    assert answer["__typename"] == "QuotesPublished"
    third = clock(always)
    assert second <= third < clock(always), "it goes on"
    assert datetime.fromisoformat(answer["quotes"][0]["at"]) <= third


def test_the_first_time_may_lie_in_the_past_and_then_the_clock_stands_still(always: Workspace) -> None:
    assert publish(always, [], at="2009-03-10T16:00:00Z")["market"]["now"] == "2009-03-10T16:00:00.000000Z"
    (quote,) = publish(always, [quote_input("AAPL", "1", "2", "2")])["quotes"]
    assert quote["at"] == "2009-03-10T16:00:00.000000Z"
    seen = board(always)
    assert seen["market"]["now"] == "2009-03-10T16:00:00.000000Z"
    assert seen == board(always)


def test_resting_orders_meet_quotes_on_the_walls_clock_too(always: Workspace) -> None:
    desk = Desk.open(always)
    desk.quote("AAPL", "149.98", "150.02", "150")
    order = desk.limit("BUY", "AAPL", "4", "149", timeInForce="GTC")
    assert order["status"] == "NEW"
    desk.quote("AAPL", "148", "149", "149")
    assert outcome(desk.now(order)) == ("FILLED", "4", "149")


def test_parallel_publications_fill_an_order_once(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "149")
    touching = [quote_input("AAPL", "148", "148.5", "148")]
    answers = at_once(8, lambda _: publish(desk.workspace, touching))
    assert {answer["__typename"] for answer in answers} == {"QuotesPublished"}
    desk.prove()
    assert outcome(desk.now(order)) == ("FILLED", "4", "149")
    assert len(nodes(desk.books(), "trades")) == 1


def test_orders_and_trades_carry_the_markets_time(desk: Desk) -> None:
    order = desk.market("BUY", "AAPL", "1")
    assert (order["createdAt"], order["trades"][0]["executedAt"]) == (AT_NOON, AT_NOON)


@pytest.mark.parametrize("at", [NOON, "2026-03-10T12:00:00-04:00"])
def test_the_same_time_is_allowed_in_any_offset(desk: Desk, at: str) -> None:
    desk.quote("AAPL", "10", "11", "11", at=at)
    seen = board(desk.workspace)
    assert (seen["market"]["now"], seen["quotes"][0]["bid"]) == (AT_NOON, "10")


@pytest.mark.parametrize("at", ["2026-03-10T15:59:59.999999Z", "2009-01-01T00:00:00Z"])
def test_the_clock_never_goes_back(desk: Desk, at: str) -> None:
    order = desk.limit("BUY", "AAPL", "4", "149")
    before, balances = board(desk.workspace), desk.balances()
    answer = publish(desk.workspace, [quote_input("AAPL", "148", "148.5", "148")], at=at)
    assert answer["__typename"] == "InputRejected"
    assert (answer["code"], answer["field"]) == ("CLOCK_BACKWARDS", "at")
    assert answer["message"]
    assert board(desk.workspace) == before
    assert (desk.balances(), desk.now(order)) == (balances, order)


def test_a_quote_may_be_older_than_the_clock(desk: Desk) -> None:
    (quote,) = desk.publish([quote_input("AAPL", "1", "2", "2", quoted_at="2026-03-10T16:59:00Z")], at=ONE)[
        "quotes"
    ]
    assert (quote["at"], quote["ageSeconds"], quote["stale"]) == ("2026-03-10T16:59:00.000000Z", "60", False)
    (quote,) = desk.publish([quote_input("AAPL", "1", "2", "2", quoted_at="2026-02-02T15:00:00Z")])["quotes"]
    assert (quote["at"], quote["stale"]) == ("2026-02-02T15:00:00.000000Z", True)
    assert board(desk.workspace)["quotes"] == [quote]


def test_a_quote_grows_old_with_the_clock_alone(desk: Desk) -> None:
    desk.clock("2026-03-10T16:01:00Z")
    (quote,) = board(desk.workspace)["quotes"]
    assert (quote["ageSeconds"], quote["stale"]) == ("60", False)
    desk.clock("2026-03-10T16:01:00.000001Z")
    (quote,) = board(desk.workspace)["quotes"]
    assert (quote["ageSeconds"], quote["stale"]) == ("60.000001", True)


def test_without_quotes_only_the_clock_moves(desk: Desk) -> None:
    order = desk.limit("BUY", "AAPL", "4", "149", timeInForce="GTC")
    before = desk.balances()
    answer = desk.publish([], at="2026-03-10T16:00:30Z")
    assert (answer["quotes"], answer["trades"]) == ([], [])
    assert (desk.balances(), desk.now(order)) == (before, order)


@pytest.mark.parametrize("role", ["VIEWER", "TRADER"])
def test_only_an_admin_key_publishes(desk: Desk, role: str) -> None:
    workspace, before = desk.workspace, board(desk.workspace)
    answer = publish(workspace, [quote_input("AAPL", "1", "2", "2")], at=ONE, key=workspace.key(role))
    assert (answer["__typename"], answer["code"]) == ("InputRejected", "NOT_PERMITTED")
    assert board(workspace) == before


def test_the_bot_does_not_publish_for_a_trader(desk: Desk) -> None:
    workspace, before = desk.workspace, board(desk.workspace)
    answer = publish(
        workspace,
        [quote_input("AAPL", "1", "2", "2")],
        at=ONE,
        key=workspace.key("SERVICE"),
        on_behalf_of="slack:T024BE7LF/U024BE7LH",
    )
    assert (answer["__typename"], answer["code"]) == ("InputRejected", "NOT_PERMITTED")
    assert board(workspace) == before


def test_nobody_publishes_without_a_key(desk: Desk) -> None:
    before = board(desk.workspace)
    response = desk.workspace.post(PUBLISH, {"input": {"at": ONE, "quotes": []}}, key="")
    assert response.status_code == 401
    assert board(desk.workspace) == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"bid": "NaN"}, "bid"),
        ({"ask": "1e3"}, "ask"),
        ({"last": 1.5}, "last"),
        ({"bidSize": "many"}, "bidSize"),
        ({"askSize": ""}, "askSize"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2026-03-10T16:00:00"}, "at"),
    ],
)
def test_what_cannot_be_read_is_an_error_at_its_field(desk: Desk, wrong: Json, field: str) -> None:
    before = board(desk.workspace)
    quotes = [quote_input("MSFT", "1", "2", "2"), quote_input("AAPL", "1", "2", "2") | wrong]
    body = desk.workspace.query(PUBLISH, {"input": {"at": ONE, "quotes": quotes}})
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["field"] == f"quotes[1].{field}"
    assert board(desk.workspace) == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"symbol": "A B"}, "symbol"),
        ({"symbol": ""}, "symbol"),
        ({"symbol": "THIRTEENCHARS"}, "symbol"),
        ({"bid": "1000000000001"}, "bid"),
        ({"ask": "1000000000001"}, "ask"),
        ({"last": "1000000000001"}, "last"),
        ({"askSize": "1000000001"}, "askSize"),
        ({"bidSize": "-1"}, "bidSize"),
        ({"last": "1.0000001"}, "last"),
    ],
)
def test_a_wrong_quote_refuses_the_whole_publication(desk: Desk, wrong: Json, field: str) -> None:
    order = desk.limit("BUY", "AAPL", "4", "149")
    before = board(desk.workspace)
    quotes = [quote_input("AAPL", "148", "148.5", "148"), quote_input("MSFT", "1", "2", "2") | wrong]
    answer = publish(desk.workspace, quotes, at=ONE)
    assert answer["__typename"] == "InputRejected", answer
    assert field in answer["field"]
    assert answer["message"]
    assert board(desk.workspace) == before
    assert desk.now(order) == order


@pytest.mark.parametrize("wrong", [{"bid": "0"}, {"ask": "0"}, {"bid": "-1"}, {"ask": "-1"}, {"last": "-1"}])
def test_a_price_of_nothing_or_less_fills_nothing(desk: Desk, wrong: Json) -> None:
    desk.trade("BUY", "AAPL", "10")
    orders = [desk.limit("BUY", "AAPL", "4", "149"), desk.stop("SELL", "AAPL", "4", "100")]
    before = desk.books()["cash"]
    publish(desk.workspace, [quote_input("AAPL", "148", "148.5", "148") | wrong])
    desk.prove()
    assert [outcome(desk.now(order)) for order in orders] == [("NEW", "0", None)] * 2
    assert desk.books()["cash"] == before


def test_a_symbol_published_twice_at_once_is_refused_or_the_last_one_counts(desk: Desk) -> None:
    before = board(desk.workspace)
    quotes = [quote_input("AAPL", "1", "2", "2"), quote_input(" aapl", "3", "4", "4")]
    answer = publish(desk.workspace, quotes, at=ONE)
    seen = board(desk.workspace)
    if answer["__typename"] == "InputRejected":
        assert seen == before
    else:
        assert [(quote["symbol"], quote["bid"]) for quote in seen["quotes"]] == [("AAPL", "3")]


def test_nothing_crosses_a_workspace(desk: Desk, other_workspace: Callable[[], Workspace]) -> None:
    other = Desk.open(other_workspace())
    assert board(other.workspace)["quotes"] == []
    assert clock(other.workspace) > datetime(2026, 3, 11, tzinfo=UTC), "the wall's time"
    before = other.balances()
    answer = other.place("BUY", "AAPL", "4", type="MARKET")
    assert (answer["__typename"], answer["code"]) == ("OrderRejected", "NO_QUOTE")
    assert other.balances() == before
    other.quote("AAPL", "149.98", "150.02", "150", at=ONE)
    order = other.limit("BUY", "AAPL", "4", "149", timeInForce="GTC")
    assert (
        desk.publish([quote_input("AAPL", "148", "148.5", "148")], at="2026-06-30T16:00:00Z")["trades"] == []
    )
    assert other.now(order) == order
    seen = board(other.workspace)
    assert (seen["market"]["now"], seen["quotes"][0]["bid"]) == ("2026-03-10T17:00:00.000000Z", "149.98")


@pytest.fixture
def other_workspace(always_api: Api, database: Database, http: httpx2.Client) -> Callable[[], Workspace]:
    """Makes another team's workspace on the same server."""
    return NewWorkspace(always_api, database, http)


def test_two_servers_agree_on_quotes_and_clock(desk: Desk, xnys_api: Api) -> None:
    workspace = desk.workspace
    there = Workspace(workspace.name, workspace.admin_key, xnys_api, workspace.http)
    assert board(there) == board(workspace)
    assert publish(there, [quote_input("AAPL", "1", "2", "2")], at=ONE)["__typename"] == "QuotesPublished"
    assert board(there) == board(workspace)
    answer = publish(workspace, [], at=NOON)
    assert (answer["__typename"], answer["code"]) == ("InputRejected", "CLOCK_BACKWARDS")


def test_another_market_takes_no_quotes(workspace: Workspace) -> None:
    before = workspace.data('{ quotes(symbols: ["AAPL"]) { symbol bid ask last } }')
    answer = publish(workspace, [quote_input("AAPL", "1", "2", "2")], at="2100-01-01T00:00:00Z")
    assert answer["__typename"] == "InputRejected"
    assert answer["message"]
    assert workspace.data('{ quotes(symbols: ["AAPL"]) { symbol bid ask last } }') == before
    now = datetime.fromisoformat(workspace.data("{ market { now } }")["now"])
    assert now < datetime(2099, 1, 1, tzinfo=UTC)


def test_a_symbol_that_was_never_quoted_exists_without_a_quote(desk: Desk) -> None:
    assert desk.workspace.data('{ quote(symbol: "ZZZ") { bid } }') is None
    desk.quote("ZZZ", "1", "2", "2")
    assert desk.workspace.data('{ quote(symbol: "ZZZ") { bid } }') == {"bid": "1"}
    assert outcome(desk.market("BUY", "ZZZ", "1")) == ("FILLED", "1", "2")
