"""One query sees one state of the books, whatever is traded meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Event

from tests.api.conftest import Book
from tests.conftest import Json, Workspace

STATE = """query ($id: ID!) { portfolio(id: $id) {
  cash flows realizedPnl
  positions(includeClosed: true) { symbol quantity realizedPnl }
  trades(first: 100) { edges { node { symbol side quantity value realizedPnl } } }
  orders(first: 100) { edges { node { id status trades { id } } } }
  events(first: 100) { edges { node { id type order { status } trade { value } } } }
}
again: portfolio(name: "Growth") { cash position(symbol: "AAPL") { quantity } } }"""


def check(body: Json) -> int:
    """Everything in one answer belongs together. Returns how many orders it tells of."""
    portfolio, again = body["data"]["portfolio"], body["data"]["again"]
    trades = [edge["node"] for edge in portfolio["trades"]["edges"]]
    cash, flows, realized = Decimal(100000), Decimal(portfolio["flows"]), Decimal(0)
    shares: dict[str, Decimal] = {}
    for trade in trades:
        sign = 1 if trade["side"] == "BUY" else -1
        cash -= sign * Decimal(trade["value"])
        realized += Decimal(trade["realizedPnl"])
        shares[trade["symbol"]] = shares.get(trade["symbol"], Decimal(0)) + sign * Decimal(trade["quantity"])
    assert Decimal(portfolio["cash"]) == cash + flows
    assert Decimal(portfolio["realizedPnl"]) == realized
    assert {each["symbol"]: Decimal(each["quantity"]) for each in portfolio["positions"]} == shares
    orders = portfolio["orders"]["edges"]
    types = [edge["node"]["type"] for edge in portfolio["events"]["edges"]]
    assert len(orders) == types.count("order:filled") + types.count("order:rejected")
    assert len(trades) == types.count("order:filled")
    assert flows == types.count("cash:transferred")
    assert [len(edge["node"]["trades"]) for edge in orders].count(1) == len(trades)
    assert again["cash"] == portfolio["cash"]
    assert Decimal((again["position"] or {"quantity": 0})["quantity"]) == shares.get("AAPL", 0)
    return len(orders)


def test_a_query_sees_one_state_while_trades_run(book: Book) -> None:
    done = Event()
    flow = 'mutation ($id: ID!) { transferCash(input: {portfolioId: $id, amount: "1"}) { __typename } }'

    def write(number: int) -> None:
        for turn in range(12):
            book.trade("BUY" if (turn + number) % 2 else "SELL", ("AAPL", "MSFT")[turn % 2], "1.5")
            if turn % 4 == 0:
                book.workspace.data(flow, {"id": book.id})

    def read() -> set[int]:
        seen = set()
        while not done.is_set():
            seen.add(check(book.workspace.query(STATE, {"id": book.id})))
        return seen

    with ThreadPoolExecutor(7) as threads:
        readers = [threads.submit(read) for _ in range(3)]
        try:
            list(threads.map(write, range(4)))
        finally:
            done.set()
    assert check(book.workspace.query(STATE, {"id": book.id})) == 48
    assert len(set().union(*(reader.result() for reader in readers))) > 3, "the readers saw it grow"


def test_what_a_mutation_answers_is_read_after_it(workspace: Workspace) -> None:
    body = workspace.query("""mutation {
        createPortfolio(input: {name: "Growth"}) { ... on PortfolioCreated { portfolio { cash } } }
        first: executeTrade(input: {portfolio: "Growth", symbol: "AAPL", side: BUY, quantity: 10}) {
            ... on TradeExecuted { portfolio { cash orders { edges { cursor } } } position { quantity } } }
        second: executeTrade(input: {portfolio: "Growth", symbol: "AAPL", side: SELL, quantity: 4}) {
            ... on TradeExecuted { portfolio { cash orders { edges { cursor } } } position { quantity } } }
    }""")
    assert body["data"]["createPortfolio"] == {"portfolio": {"cash": "100000"}}
    for name, cash, orders, quantity in (("first", "98499.8", 1, "10"), ("second", "99099.72", 2, "6")):
        answer = body["data"][name]
        assert (answer["portfolio"]["cash"], answer["position"]["quantity"]) == (cash, quantity)
        assert len(answer["portfolio"]["orders"]["edges"]) == orders
