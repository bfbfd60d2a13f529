"""Lists are read page by page to their end, and a page costs the same however long the list is."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from tests.api.conftest import Book
from tests.conftest import Json, Workspace

PORTFOLIOS = """query ($first: Int!, $after: String) { it: portfolios(first: $first, after: $after) {
    edges { cursor node { id name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
OF_VIEWER = """query ($first: Int!, $after: String) { viewer { portfolios(first: $first, after: $after) {
    edges { cursor node { id name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""


def of_portfolio(field: str, id: str, filters: str = "") -> str:
    """The query of a portfolio's list."""
    return f"""query ($first: Int!, $after: String) {{ portfolio(id: "{id}") {{
        {field}(first: $first, after: $after {filters}) {{ edges {{ cursor node {{ id symbol }} }}
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"""


def read_all(workspace: Workspace, document: str, first: int, key: str | None = None) -> list[Json]:
    """All nodes of a list, each page checked for what Relay says of it."""
    nodes: list[Json] = []
    after = None
    while True:
        found = workspace.data(document, {"first": first, "after": after}, key)
        connection = found if "edges" in found else next(iter(found.values()))
        edges, info = connection["edges"], connection["pageInfo"]
        assert len(edges) <= first
        assert info["hasPreviousPage"] is (after is not None)
        assert (info["startCursor"], info["endCursor"]) == (
            (edges[0]["cursor"], edges[-1]["cursor"]) if edges else (None, None)
        )
        nodes += [edge["node"] for edge in edges]
        if not info["hasNextPage"]:
            return nodes
        assert len(edges) == first
        after = info["endCursor"]


@pytest.mark.parametrize("first", [1, 4, 6, 100])
def test_portfolios_of_any_page_size_come_once_each_oldest_first(workspace: Workspace, first: int) -> None:
    ids = [
        workspace.portfolio(f"P{number}", members=[{"trader": "key:viewer", "role": "VIEWER"}][: number % 2])
        for number in range(6)
    ]
    for document in (PORTFOLIOS, OF_VIEWER):
        assert [node["id"] for node in read_all(workspace, document, first)] == ids
        seen = read_all(workspace, document, first, workspace.key("VIEWER"))
        assert [node["id"] for node in seen] == ids[1::2]


@pytest.mark.parametrize("first", [1, 5, 100])
def test_orders_and_trades_come_once_each_newest_first(book: Book, first: int) -> None:
    orders, trades = [], []
    for number in range(10):
        answer = book.trade("SELL" if number % 5 == 3 else "BUY", ["AAPL", "MSFT"][number % 2], "1")
        if number % 5 == 4:
            answer = book.trade("BUY", "AAPL", "100000")
        orders.append(answer.get("order") or answer["rejectedOrder"])
        trades += answer.get("trades", [])
    placed = read_all(book.workspace, of_portfolio("orders", book.id), first)
    ids = [node["id"] for node in placed]
    assert len(ids) == len(set(ids)) == 12
    assert [id for id in ids if id in {order["id"] for order in orders}] == [
        order["id"] for order in reversed(orders)
    ]
    found = read_all(book.workspace, of_portfolio("trades", book.id), first)
    assert len(found) == len({node["id"] for node in found}) == 10
    assert [node["id"] for node in found if node["id"] in {trade["id"] for trade in trades}] == [
        trade["id"] for trade in reversed(trades)
    ]
    for symbol in ("AAPL", " msft "):
        of_symbol = of_portfolio("trades", book.id, f', symbol: "{symbol}"')
        kept = [node for node in found if node["symbol"] == symbol.strip().upper()]
        assert read_all(book.workspace, of_symbol, first) == kept
    rejected = read_all(book.workspace, of_portfolio("orders", book.id, ", status: [REJECTED]"), first)
    filled = read_all(book.workspace, of_portfolio("orders", book.id, ", status: [FILLED]"), first)
    both = read_all(book.workspace, of_portfolio("orders", book.id, ", status: [FILLED, REJECTED]"), first)
    assert (len(rejected), len(filled), len(both)) == (2, 10, 12)
    assert sorted(node["id"] for node in rejected + filled) == sorted(ids)
    assert both == placed
    filters = ', status: [NEW, REJECTED, FILLED, FILLED], symbol: "AAPL"'
    both_of_symbol = read_all(book.workspace, of_portfolio("orders", book.id, filters), first)
    assert both_of_symbol == [node for node in placed if node["symbol"] == "AAPL"]
    none = read_all(book.workspace, of_portfolio("orders", book.id, ', status: [], symbol: "AAPL"'), first)
    other = read_all(book.workspace, of_portfolio("orders", book.id, ', symbol: "NOQ"'), first)
    assert none == other == []


def test_a_client_order_id_finds_the_one_order_that_has_used_it(workspace: Workspace, book: Book) -> None:
    refused = book.trade("BUY", "AAPL", "100000", clientOrderId="mine")["rejectedOrder"]
    by_id = of_portfolio("orders", book.id, ', clientOrderId: "mine"')
    assert refused["clientOrderId"] == "mine"
    assert read_all(workspace, by_id, 1) == []

    filled = book.fill("BUY", "AAPL", "1", clientOrderId="mine")["order"]
    book.fill("BUY", "AAPL", "1", clientOrderId="mine, too")
    Book(workspace, workspace.portfolio("Income")).fill("BUY", "AAPL", "1", clientOrderId="mine")

    assert [order["id"] for order in read_all(workspace, by_id, 1)] == [filled["id"]]
    for filters, found in (("status: [FILLED]", 1), ("status: [REJECTED]", 0), ('symbol: "MSFT"', 0)):
        narrower = of_portfolio("orders", book.id, f', clientOrderId: "mine", {filters}')
        assert len(read_all(workspace, narrower, 1)) == found


def test_what_is_added_meanwhile_moves_no_page(book: Book) -> None:
    for _ in range(4):
        book.fill("BUY", "AAPL", "1")
    document = of_portfolio("orders", book.id)
    before = [node["id"] for node in read_all(book.workspace, document, 100)]
    page = book.workspace.data(document, {"first": 2})["orders"]
    book.fill("BUY", "MSFT", "1")
    rest = book.workspace.data(document, {"first": 2, "after": page["pageInfo"]["endCursor"]})["orders"]
    assert [edge["node"]["id"] for edge in page["edges"] + rest["edges"]] == before


@contextmanager
def statements() -> Iterator[Counter[str]]:
    """Every SELECT of this process (the API runs in it) but the look-up of the key, by its beginning."""
    seen: Counter[str] = Counter()

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT") and "api_keys" not in statement:
            seen[statement.partition("FROM")[2].split()[0]] += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", count)


COSTLY = {
    "portfolios": """{ portfolios(first: 100) { edges { node {
        equity unrealizedPnl grossMarketValue members { trader }
        positions { symbol marketValue quote { last } } } } } }""",
    "orders": """{ portfolio(name: "P0") { orders(first: 100) { edges { node {
        status portfolio { name } trades { value order { id } portfolio { cash } quote { bid } } } } } } }""",
    "trades": """{ portfolio(name: "P0") { trades(first: 100) { edges { node {
        value order { status trades { id } } portfolio { cash } } } } } }""",
    "events": """{ events(first: 100) { edges { node {
        type order { status } trade { value } portfolio { name } } } } }""",
}


@pytest.mark.parametrize("asked", COSTLY)
def test_the_statements_of_a_page_do_not_grow_with_its_rows(workspace: Workspace, asked: str) -> None:
    def grow(names: range) -> None:
        for number in names:
            book = Book(workspace, workspace.portfolio(f"P{number}"))
            for symbol in ("AAPL", "MSFT", "BRK.B"):
                book.fill("BUY", symbol, "1")
        first = Book(workspace, workspace.data('{ portfolio(name: "P0") { id } }')["id"])
        for _ in names:
            first.fill("BUY", "AAPL", "1")

    def cost() -> Counter[str]:
        with statements() as seen:
            workspace.data(COSTLY[asked])
        return seen

    grow(range(2))
    few = cost()
    grow(range(2, 8))
    assert cost() == few
    assert 0 < few.total() <= 6
