"""A portfolio after a million trades, beside one after a thousand: what is asked of it, and its next trade.

Each has a database and an API of its own; they hold the same symbols, and what is rare is equally rare.
"""

import http.client
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from urllib.parse import urlsplit

from bench.api import running_api
from bench.books import Books, prove
from bench.loading import load_history
from bench.machine import describe
from bench.progress import say
from bench.report import HistoryReport, Timing
from bench.server import ask, create_database
from graphql_api.schema.connections import write_cursor

TRADES = (1_000, 1_000_000)
ROUNDS = 60
_LAST = 80
"""How many events from the end of a list its last page begins; of those, 59 are trades."""
SYMBOLS = ["AAPL", "MSFT", "AMZN", "GOOGL", "NVDA", "META", "TSLA", "JPM"]
_LISTS = {
    "trades": "id symbol side quantity price value executedAt",
    "orders": "id symbol side status quantity filledQuantity averagePrice createdAt",
    "events": "id type at hash",
}
_PORTFOLIO = f"""cash reserved buyingPower equity realizedPnl unrealizedPnl fees
    positions {{ symbol quantity averageCost marketValue unrealizedPnl }}
    orders(first: 50) {{ edges {{ cursor node {{ {_LISTS["orders"]} trades {{ {_LISTS["trades"]} }} }} }} }}
    trades(first: 50) {{ edges {{ cursor node {{ {_LISTS["trades"]} order {{ {_LISTS["orders"]} }} }} }} }}
    events(first: 50) {{ edges {{ cursor node {{ {_LISTS["events"]} }} }} }}"""
_EXECUTE = """mutation { executeTrade(
    input: { portfolioId: "%s", symbol: "AAPL", side: BUY, quantity: "1" }) {
    ... on TradeExecuted { order { id status averagePrice } trades { price } portfolio { cash } }
    ... on OrderRejected { code message } } }"""
_FILTERS = {
    "trades of a symbol": ("trades", 'symbol: "AAPL"'),
    "trades of a rare symbol": ("trades", 'symbol: "ZTS"'),
    "trades of a symbol that has none": ("trades", 'symbol: "IBM"'),
    "orders of a symbol": ("orders", 'symbol: "AAPL"'),
    "orders of a rare symbol": ("orders", 'symbol: "ZTS"'),
    "orders of a symbol that has none": ("orders", 'symbol: "IBM"'),
    "orders that filled": ("orders", "status: [FILLED]"),
    "orders that work": ("orders", "status: [ACCEPTED, NEW, PARTIALLY_FILLED]"),
    "orders that were rejected: none": ("orders", "status: [REJECTED]"),
    "orders that filled, of a rare symbol": ("orders", 'status: [FILLED], symbol: "ZTS"'),
    "orders that work, of a symbol": ("orders", 'status: [ACCEPTED, NEW, PARTIALLY_FILLED], symbol: "AAPL"'),
    "orders that ended, of a symbol: none": (
        "orders",
        'status: [CANCELED, EXPIRED, REJECTED, REPLACED], symbol: "AAPL"',
    ),
}


class _Portfolio:
    """One of the two, and a connection to its API."""

    def __init__(self, api_url: str, key: str, id: str, events: int) -> None:
        self.id = id
        self.events = events
        self._key = key
        self._connection = http.client.HTTPConnection(urlsplit(api_url).netloc)

    def ask(self, query: str) -> tuple[float, str]:
        """How many seconds the answer takes, and the answer."""
        body, headers = (
            json.dumps({"query": query}),
            {"X-API-Key": self._key, "Content-Type": "application/json"},
        )
        start = time.perf_counter()
        self._connection.request("POST", "/graphql", body, headers)
        answer = self._connection.getresponse().read().decode()
        return time.perf_counter() - start, answer


_Question = Callable[[_Portfolio], str]


def measure(server_url: str) -> HistoryReport:
    """Load both portfolios and put every question to both, in turn."""
    few, many = TRADES
    machine = [
        *describe(server_url, "history"),
        f"an API process for each portfolio, PostgreSQL and the client on the same cores; "
        f"each question {ROUNDS} times",
    ]
    with ExitStack() as running:
        portfolios, urls = [], []
        for trades in TRADES:
            say(f"a portfolio after {trades:,} trades (loading them is no figure)")
            url = create_database(server_url, f"after_{trades}")
            books = Books(url, portfolios=1)
            load_history(url, trades, SYMBOLS)
            api = running.enter_context(running_api(books.environment, workers=1))
            events = int(ask(url, "SELECT event_sequence FROM portfolios"))
            portfolios.append(_Portfolio(api.url, books.key, books.ids[0], events))
            urls.append(url)
        say("both portfolios, question by question")
        wrong: list[str] = []
        timings = _put(_questions(), portfolios, wrong)
        pages = {name: _put(_pages(name), portfolios, wrong) for name in _LISTS}
    return HistoryReport(machine, few, many, timings, pages, wrong, prove(urls[0]))


def _put(questions: dict[str, _Question], portfolios: list[_Portfolio], wrong: list[str]) -> list[Timing]:
    """Ask both portfolios each question in turn, so that a busy neighbour slows both. Their answers must be
    as long as each other."""
    timings = [Timing(name, [], []) for name in questions]
    for number in range(ROUNDS + 1):
        for timing, (name, question) in zip(timings, questions.items(), strict=True):
            (few, after_few), (many, after_many) = (each.ask(question(each)) for each in portfolios)
            wrong += [f"{name}: {answer[:200]}" for answer in (after_few, after_many) if _is_refused(answer)]
            if after_few.count('"cursor":') != after_many.count('"cursor":'):
                wrong.append(f"{name}: one answer is longer than the other.")
            if number:  # the first round warms up
                timing.few.append(few)
                timing.many.append(many)
    return timings


def _is_refused(answer: str) -> bool:
    return '"errors":' in answer or '"code":' in answer


def _questions() -> dict[str, _Question]:
    return {
        "the portfolio": lambda portfolio: _query(portfolio, _PORTFOLIO),
        "its next trade": lambda portfolio: _EXECUTE % portfolio.id,
        **{name: partial(_ask_list, name=of, arguments=asked) for name, (of, asked) in _FILTERS.items()},
    }


def _pages(name: str) -> dict[str, _Question]:
    """The first, a middle and the last page of a list, by the cursors where they start; events begin with the
    oldest."""
    places: dict[str, Callable[[int], int]] = {
        "first": lambda events: 0 if name == "events" else events + 1,
        "middle": lambda events: events // 2,
        "last": lambda events: events - _LAST if name == "events" else _LAST,
    }
    return {
        f"{name}, {which} page": partial(_ask_page, name=name, place=place) for which, place in places.items()
    }


def _ask_page(portfolio: _Portfolio, name: str, place: Callable[[int], int]) -> str:
    return _ask_list(portfolio, name, f'after: "{write_cursor(str(place(portfolio.events)))}"')


def _ask_list(portfolio: _Portfolio, name: str, arguments: str) -> str:
    edges = f"edges {{ cursor node {{ {_LISTS[name]} }} }}"
    return _query(
        portfolio, f"{name}({arguments}, first: 50) {{ {edges} pageInfo {{ hasNextPage endCursor }} }}"
    )


def _query(portfolio: _Portfolio, fields: str) -> str:
    return f'{{ portfolio(id: "{portfolio.id}") {{ {fields} }} }}'
