"""Numbers and texts come back as they were written, on both databases."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Book
from tests.conftest import Json, Workspace

TRANSFER = """mutation ($id: ID!, $amount: Decimal!, $note: String) {
  transferCash(input: {portfolioId: $id, amount: $amount, note: $note}) {
    ... on CashTransferred { portfolio { cash flows equity } }
    ... on InputRejected { code field message } } }"""
STATE = """query ($id: ID!) { portfolio(id: $id) {
  initialCash cash flows realizedPnl unrealizedPnl dividends fees equity buyingPower netMarketValue
  positions(includeClosed: true) { symbol quantity averageCost costBasis realizedPnl marketValue }
  trades(first: 100) { edges { node { symbol side quantity price value fee realizedPnl } } }
  events(first: 100) { edges { node { type data } } }
} }"""


def transfer(book: Book, amount: str, note: str | None = None) -> Json:
    """Move cash, and return the union's member."""
    answer: Json = book.workspace.data(TRANSFER, {"id": book.id, "amount": amount, "note": note})
    return answer


def test_a_tenth_three_times_is_three_tenths(workspace: Workspace) -> None:
    book = Book(workspace, workspace.portfolio(initial_cash="0"))
    for _ in range(3):
        answer = transfer(book, "0.1")
    assert answer["portfolio"] == {"cash": "0.3", "flows": "0.3", "equity": "0.3"}
    assert book.fill("BUY", "TSLA", "3")["trades"][0]["value"] == "0.3"  # at 0.1
    assert book.balances()["cash"] == "0"
    for quantity in ("0.1", "0.1", "0.1"):
        done = book.fill("SELL", "TSLA", quantity)
    assert done["position"]["quantity"] == "2.7"


def test_a_number_that_no_float_holds_survives(workspace: Workspace) -> None:
    book = Book(workspace, workspace.portfolio(initial_cash="999999999999.999999"))
    for _ in range(8):
        transfer(book, "1000000000000")
    answer = transfer(book, "7199254740.993001")
    assert answer["portfolio"]["cash"] == "9007199254740.993"
    assert answer["portfolio"]["flows"] == "8007199254740.993001"
    assert answer["portfolio"]["equity"] == "9007199254740.993"
    answer = transfer(book, "-0.000001")
    assert answer["portfolio"]["cash"] == "9007199254740.992999"
    data = book.workspace.data(STATE, {"id": book.id})["events"]["edges"][-1]["node"]["data"]
    assert (data["amount"], data["cash"]) == ("-0.000001", "9007199254740.992999")


def test_cash_beyond_what_can_be_kept_is_refused(workspace: Workspace) -> None:
    book = Book(workspace, workspace.portfolio(initial_cash="1000000000000"))
    for _ in range(8):
        transfer(book, "1000000000000")
    before = book.books()
    answer = transfer(book, "200000000000.000001")
    assert (answer["code"], answer["field"]) == ("INVALID_AMOUNT", "amount")
    assert book.books() == before
    assert transfer(book, "200000000000")["portfolio"]["cash"] == "9200000000000"
    book.market.set("MSFT", bid="1", ask="1", last="1")
    book.fill("BUY", "MSFT", "1")
    book.market.set("MSFT", bid="1.000001", ask="1.1", last="1.1")
    before = book.balances()
    assert book.trade("SELL", "MSFT", "1")["code"] == "INVALID_QUANTITY"
    assert book.balances() == before


def test_costs_profits_and_flows_beyond_what_can_be_kept_are_refused(workspace: Workspace) -> None:
    book = Book(workspace, workspace.portfolio(initial_cash="1000000000000"))
    book.market.set("MSFT", bid="1000", ask="1000", last="1000")
    book.fill("BUY", "MSFT", "1000000000")
    for _ in range(9):
        transfer(book, "1000000000000")
    book.market.set("MSFT", bid="9000", ask="9000", last="9000")
    before = book.balances()
    assert book.trade("BUY", "MSFT", "1000000000")["code"] == "INVALID_QUANTITY", "it would cost 10^13"
    assert book.balances() == before
    for _ in range(9):
        transfer(book, "-1000000000000")
    assert book.fill("SELL", "MSFT", "900000000")["position"]["realizedPnl"] == "7200000000000"
    book.market.set("MSFT", bid="30000", ask="30000", last="30000")
    for _ in range(8):
        transfer(book, "-1000000000000")
    before = book.balances()
    assert book.trade("SELL", "MSFT", "100000000")["code"] == "INVALID_QUANTITY", "9.9 * 10^12 of profit"
    assert book.balances() == before
    book.fill("SELL", "MSFT", "50000000")
    transfer(book, "-1000000000000")
    before = book.books()
    answer = transfer(book, "-200000000001")
    assert (answer["code"], answer["field"]) == ("INVALID_AMOUNT", "amount")
    assert book.books() == before


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE orders; --",
        "%s %(note)s %%",
        ":note $1 ?",
        "\\ \\' \\\\",
        "E'\\x00' \"quoted\"",
        "\u2028 \u202e שלום 💸 é e\u0301",
        "{} {0} <b>&amp;</b>",
    ],
)
def test_a_text_is_kept_as_it_was_written(book: Book, text: str) -> None:
    done = book.fill("BUY", "AAPL", "1", note=text, clientOrderId=text)["order"]
    assert (done["note"], done["clientOrderId"]) == (text, text)
    assert book.fill("BUY", "AAPL", "1", clientOrderId=text)["duplicate"] is True
    refused = book.trade("SELL", "AAPL", "2", note=text, clientOrderId=f"{text}2")["rejectedOrder"]
    assert (refused["note"], refused["clientOrderId"]) == (text, f"{text}2")
    assert "portfolio" in transfer(book, "1", text)
    named = book.workspace.portfolio(f"A {text} B")
    assert book.workspace.data(
        "query ($n: String!) { portfolio(name: $n) { id } }", {"n": f"A {text} B"}
    ) == {"id": named}
    events = [edge["node"] for edge in book.workspace.data(STATE, {"id": book.id})["events"]["edges"]]
    assert [event["data"].get("note") for event in events] == [None, text, text, text]


class Model:
    """What the books must say, counted beside them from the answers alone."""

    def __init__(self, cash: Decimal) -> None:
        self.cash = cash
        self.flows = Decimal(0)
        self.shares: dict[str, Decimal] = {}

    def take(self, answer: Json) -> None:
        """Count a trade that was made."""
        for trade in answer.get("trades", ()):
            sign = 1 if trade["side"] == "BUY" else -1
            self.cash -= sign * Decimal(trade["value"]) + Decimal(trade["fee"])
            before = self.shares.get(trade["symbol"], Decimal(0))
            self.shares[trade["symbol"]] = before + sign * Decimal(trade["quantity"])

    def check(self, state: Json) -> None:
        """The invariant, and everything that the trades and transfers come to."""
        number = {name: Decimal(value) for name, value in state.items() if isinstance(value, str)}
        assert number["equity"] == (
            number["initialCash"]
            + number["flows"]
            + number["realizedPnl"]
            + number["unrealizedPnl"]
            + number["dividends"]
            - number["fees"]
        )
        assert number["cash"] == number["buyingPower"] == self.cash >= 0
        assert number["flows"] == self.flows
        held = {position["symbol"]: Decimal(position["quantity"]) for position in state["positions"]}
        assert held == self.shares
        trades = [edge["node"] for edge in state["trades"]["edges"]]
        for position in state["positions"]:
            realized = sum(
                Decimal(trade["realizedPnl"]) for trade in trades if trade["symbol"] == position["symbol"]
            )
            assert Decimal(position["realizedPnl"]) == realized
            assert Decimal(position["quantity"]) >= 0
            assert Decimal(position["quantity"]) or not Decimal(position["costBasis"])
        assert number["realizedPnl"] == sum(Decimal(trade["realizedPnl"]) for trade in trades)
        assert number["equity"] == number["cash"] + number["netMarketValue"]
        assert number["netMarketValue"] == sum(Decimal(each["marketValue"]) for each in state["positions"])


def plain(number: Decimal) -> str:
    """A number as clients write it, never with an exponent."""
    return format(number, "f")


SYMBOLS = st.sampled_from(["AAPL", "MSFT"])
PRICES = st.decimals("0.01", "999", places=6)
SIZES = st.one_of(
    st.fixed_dictionaries({"quantity": st.decimals("0.000000001", "200", places=9).map(plain)}),
    st.fixed_dictionaries({"notional": st.decimals("1", "60000", places=6).map(plain)}),
)
TRADES = st.tuples(st.just("trade"), st.sampled_from(["BUY", "SELL"]), SYMBOLS, SIZES)
FLATTENS = st.tuples(st.just("flatten"), SYMBOLS)
TRANSFERS = st.tuples(st.just("transfer"), st.decimals("-20000", "20000", places=6).filter(bool))
MOVES = st.tuples(st.just("move"), SYMBOLS, PRICES, st.decimals("0", "1", places=6))
STEPS = st.lists(st.one_of(TRADES, TRADES, MOVES, FLATTENS, TRANSFERS), min_size=6, max_size=14)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_books_add_up_after_every_step(workspace: Workspace, steps: list[tuple[Any, ...]]) -> None:
    book = Book(workspace, workspace.portfolio(uuid4().hex, initial_cash="50000"))
    model = Model(Decimal(50000))
    book.market.reset()
    for step in steps:
        match step:
            case ("trade", side, symbol, size):
                model.take(book.trade(side, symbol, **size))
            case ("flatten", symbol) if model.shares.get(symbol):
                model.take(book.fill("SELL", symbol, plain(model.shares[symbol])))
                assert model.shares[symbol] == 0
            case ("transfer", amount):
                if "portfolio" in transfer(book, plain(amount)):
                    model.cash += amount
                    model.flows += amount
            case ("move", symbol, price, spread):
                book.market.set(symbol, bid=plain(price), ask=plain(price + spread), last=plain(price))
            case _:
                continue
        model.check(workspace.data(STATE, {"id": book.id}))
