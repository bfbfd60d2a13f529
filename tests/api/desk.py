"""The driver of tests on the manual market: an action is one mutation, and after each the books add up."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, Self

import uvicorn

from graphql_api.app import create_app
from graphql_api.cli import KEEP_ALIVE_SECONDS
from graphql_api.settings import Settings
from tests.conftest import Api, Json, Workspace, serving
from tests.still import StillMarket

NOON = "2026-03-10T16:00:00Z"
"""A Tuesday noon in New York: open by every market's hours."""
MONDAY = "2026-03-09T15:00:00Z"
"""The day before, an hour and a half after the open: the week's first session in summer time."""

_TRADE = """fragment trade on Trade {
  id symbol side quantity price value fee realizedPnl executedAt order { id } portfolio { id }
  quote { symbol bid ask last bidSize askSize at ageSeconds source stale }
}"""
_ORDER = f"""fragment order on Order {{
  id clientOrderId trader symbol side type timeInForce quantity notional limitPrice stopPrice
  status filledQuantity leavesQuantity averagePrice fees reason message
  createdAt updatedAt triggeredAt expiresAt replaces {{ id }} replacedBy {{ id }} trades {{ ...trade }}
}} {_TRADE}"""
_REFUSED = "... on OrderRejected { code field message rejectedOrder { ...order } }"

PLACE = f"""mutation ($input: PlaceOrderInput!) {{ placeOrder(input: $input) {{ __typename
  ... on OrderPlaced {{ duplicate order {{ ...order }} portfolio {{ id cash reserved buyingPower }} }}
  {_REFUSED} }} }} {_ORDER}"""
CANCEL = f"""mutation ($input: CancelOrderInput!) {{ cancelOrder(input: $input) {{ __typename
  ... on OrderCanceled {{ order {{ ...order }} }} {_REFUSED} }} }} {_ORDER}"""
REPLACE = f"""mutation ($input: ReplaceOrderInput!) {{ replaceOrder(input: $input) {{ __typename
  ... on OrderReplaced {{ duplicate order {{ ...order }} replaced {{ ...order }} }}
  {_REFUSED} }} }} {_ORDER}"""
EXECUTE = f"""mutation ($input: ExecuteTradeInput!) {{ executeTrade(input: $input) {{ __typename
  ... on TradeExecuted {{ duplicate order {{ ...order }} trades {{ ...trade }} }} {_REFUSED} }} }} {_ORDER}"""
UPDATE = """mutation ($input: UpdatePortfolioInput!) { updatePortfolio(input: $input) { __typename
  ... on PortfolioUpdated { portfolio { id state } } ... on InputRejected { code field message } } }"""
PUBLISH = f"""mutation ($input: PublishQuotesInput!) {{ publishQuotes(input: $input) {{ __typename
  ... on QuotesPublished {{
    market {{ source now isOpen nextOpen nextClose }}
    quotes {{ symbol bid ask last bidSize askSize at ageSeconds source stale }}
    trades {{ ...trade }}
  }}
  ... on InputRejected {{ code field message }} }} }} {_TRADE}"""
_BALANCES = """initialCash flows dividends fees cash reserved buyingPower equity realizedPnl unrealizedPnl
  longMarketValue shortMarketValue grossMarketValue netMarketValue"""
BOOKS = f"""query ($id: ID!) {{ portfolio(id: $id) {{ account state {_BALANCES}
  positions(includeClosed: true) {{
    symbol quantity averageCost costBasis realizedPnl mark marketValue unrealizedPnl
  }}
  orders {{ edges {{ node {{ ...order }} }} pageInfo {{ hasNextPage }} }}
  trades {{ edges {{ node {{ ...trade }} }} pageInfo {{ hasNextPage }} }}
}} }} {_ORDER}"""

WORKING = {"ACCEPTED", "NEW", "PARTIALLY_FILLED"}
_MILLIONTH = Decimal("0.000001")


@contextmanager
def manual_api(
    database_url: str, hours: Literal["always", "XNYS"], max_quote_age_seconds: int
) -> Iterator[Api]:
    """Serve the API on a manual market. What `Api.market` sets is not quoted there."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=database_url,
        market="manual",
        market_hours=hours,
        max_quote_age_seconds=max_quote_age_seconds,
    )
    config = uvicorn.Config(
        create_app(settings), port=0, log_level="error", timeout_keep_alive=KEEP_ALIVE_SECONDS
    )
    with serving(config) as url:
        yield Api(url, database_url, StillMarket(), settings)


def quote_input(
    symbol: str,
    bid: str | None = None,
    ask: str | None = None,
    last: str | None = None,
    *,
    bid_size: str | None = None,
    ask_size: str | None = None,
    quoted_at: str | None = None,
) -> Json:
    """A QuoteInput; `quoted_at` is the quote's own time, the clock's if none is given."""
    prices = {"bid": bid, "ask": ask, "last": last, "bidSize": bid_size, "askSize": ask_size}
    return {"symbol": symbol, "at": quoted_at, **prices}


def outcome(order: Json) -> tuple[str, str, str | None]:
    """What became of an order: its status, how much of it filled, and at what average price."""
    return order["status"], order["filledQuantity"], order["averagePrice"]


@dataclass
class Desk:
    """A portfolio on a manual market, driven by the workspace's ADMIN key.

    After every action the books are read in one query and proven, and so is what an order may never do:
    lose a fill, forget that it was triggered, or change once it is final.
    """

    workspace: Workspace
    id: str
    _orders: dict[str, Json] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, workspace: Workspace, name: str = "Growth", **more: Any) -> Self:
        """Make a portfolio and sit down at it; `more` is of CreatePortfolioInput."""
        return cls(workspace, workspace.portfolio(name, **more))

    def publish(self, quotes: Sequence[Json], at: str | None = None, *, official_close: bool = False) -> Json:
        """Publish quotes, the clock moving first to `at`."""
        asked = {"at": at, "quotes": quotes, "officialClose": official_close}
        answer: Json = self.workspace.data(PUBLISH, {"input": asked})
        assert answer["__typename"] == "QuotesPublished", answer
        self.prove()
        return answer

    def quote(
        self,
        symbol: str,
        bid: str | None = None,
        ask: str | None = None,
        last: str | None = None,
        *,
        at: str | None = None,
        **more: str | None,
    ) -> list[Json]:
        """Publish one quote and return the trades of those whom it filled; `more` is of `quote_input`."""
        trades: list[Json] = self.publish([quote_input(symbol, bid, ask, last, **more)], at)["trades"]
        return trades

    def clock(self, at: str) -> Json:
        """Move the clock and nothing else; the market as it then is."""
        market: Json = self.publish([], at)["market"]
        return market

    def close(self, at: str, official: Mapping[str, str]) -> list[Json]:
        """Publish the official close of the session that ends at `at`: its last price by symbol."""
        quotes = [quote_input(symbol, last=last) for symbol, last in official.items()]
        trades: list[Json] = self.publish(quotes, at, official_close=True)["trades"]
        return trades

    def place(self, side: str, symbol: str, quantity: str | None = None, **more: Any) -> Json:
        """Send placeOrder and return the union's member; `more` is of PlaceOrderInput."""
        asked = {"portfolioId": self.id, "side": side, "symbol": symbol, "quantity": quantity, **more}
        return self._send(PLACE, asked)

    def order(self, side: str, symbol: str, quantity: str | None = None, **more: Any) -> Json:
        """Place an order, be sure that it was taken, and return it."""
        answer = self.place(side, symbol, quantity, **more)
        assert answer["__typename"] == "OrderPlaced", answer
        order: Json = answer["order"]
        return order

    def market(self, side: str, symbol: str, quantity: str | None = None, **more: Any) -> Json:
        """Place a market order."""
        return self.order(side, symbol, quantity, type="MARKET", **more)

    def limit(self, side: str, symbol: str, quantity: str | None, price: str, **more: Any) -> Json:
        """Place a limit order."""
        return self.order(side, symbol, quantity, type="LIMIT", limitPrice=price, **more)

    def stop(self, side: str, symbol: str, quantity: str, price: str, **more: Any) -> Json:
        """Place a stop order."""
        return self.order(side, symbol, quantity, type="STOP", stopPrice=price, **more)

    def trade(self, side: str, symbol: str, quantity: str) -> Json:
        """Trade at the market and be sure that all of it filled."""
        asked = {"portfolioId": self.id, "side": side, "symbol": symbol, "quantity": quantity}
        answer = self.execute(asked)
        assert answer["__typename"] == "TradeExecuted", answer
        assert outcome(answer["order"])[:2] == ("FILLED", quantity)
        return answer

    def execute(self, asked: Json) -> Json:
        """Send executeTrade and return the union's member."""
        return self._send(EXECUTE, {"portfolioId": self.id, **asked})

    def cancel(self, order: Json) -> Json:
        """Send cancelOrder and return the union's member."""
        return self._send(CANCEL, {"orderId": order["id"]})

    def replace(self, order: Json, **changes: Any) -> Json:
        """Send replaceOrder and return the union's member."""
        return self._send(REPLACE, {"orderId": order["id"], **changes})

    def update(self, **changes: Any) -> None:
        """Send updatePortfolio and be sure that it was done."""
        answer = self._send(UPDATE, {"portfolioId": self.id, **changes})
        assert answer["__typename"] == "PortfolioUpdated", answer

    def now(self, order: Json) -> Json:
        """An order as it is now."""
        return next(one for one in nodes(self.books(), "orders") if one["id"] == order["id"])

    def books(self) -> Json:
        """All that is kept of the portfolio."""
        books: Json = self.workspace.data(BOOKS, {"id": self.id})
        return books

    def balances(self) -> Json:
        """All that a refused action must not change: everything but the orders that tell of it."""
        books = self.books()
        del books["orders"]
        return books

    def prove(self) -> None:
        """The books add up, and no order has done what an order may never do."""
        books = self.books()
        _prove_balances(books)
        orders = {order["id"]: order for order in nodes(books, "orders")}
        for id, order in orders.items():
            _prove_order(order, orders)
            if id in self._orders:
                _prove_change(self._orders[id], order)
        assert self._orders.keys() <= orders.keys()
        self._orders = orders

    def _send(self, document: str, asked: Json) -> Json:
        answer: Json = self.workspace.data(document, {"input": asked})
        self.prove()
        return answer


def nodes(books: Json, name: str) -> list[Json]:
    """The whole of a list of the books. A test makes no more than one page."""
    assert not books[name]["pageInfo"]["hasNextPage"]
    return [edge["node"] for edge in books[name]["edges"]]


def _prove_balances(books: Json) -> None:
    amount = {name: Decimal(books[name]) for name in _BALANCES.split()}
    trades, positions = nodes(books, "trades"), books["positions"]
    profit = amount["realizedPnl"] + amount["unrealizedPnl"] + amount["dividends"] - amount["fees"]
    assert amount["equity"] == amount["initialCash"] + amount["flows"] + profit
    assert amount["equity"] == amount["cash"] + sum(
        Decimal(position["marketValue"] or position["costBasis"]) for position in positions
    )
    moved = amount["flows"] + amount["dividends"] - sum(Decimal(trade["fee"]) for trade in trades)
    assert amount["cash"] == amount["initialCash"] + moved - sum(signed(trade, "value") for trade in trades)
    assert amount["fees"] == sum(Decimal(trade["fee"]) for trade in trades)
    assert amount["realizedPnl"] == sum(Decimal(trade["realizedPnl"]) for trade in trades)
    for position in positions:
        mine = [trade for trade in trades if trade["symbol"] == position["symbol"]]
        assert Decimal(position["quantity"]) == sum(signed(trade, "quantity") for trade in mine)
        assert Decimal(position["realizedPnl"]) == sum(Decimal(trade["realizedPnl"]) for trade in mine)
    assert {trade["symbol"] for trade in trades} == {position["symbol"] for position in positions}
    gross = amount["longMarketValue"] - amount["shortMarketValue"]
    assert amount["netMarketValue"] == amount["longMarketValue"] + amount["shortMarketValue"]
    assert amount["grossMarketValue"] == gross
    is_cash = books["account"] == "CASH"
    power = amount["cash"] if is_cash else 2 * (amount["equity"] - gross / 2)
    assert amount["buyingPower"] == power - amount["reserved"]
    assert amount["reserved"] >= 0
    if not any(order["status"] in WORKING for order in nodes(books, "orders")):
        assert amount["reserved"] == 0


def _prove_order(order: Json, orders: Mapping[str, Json]) -> None:
    filled, quantity = Decimal(order["filledQuantity"]), Decimal(order["quantity"] or 0)
    fills = list(_fills(order, orders))
    assert filled == sum(Decimal(trade["quantity"]) for trade in fills)
    assert Decimal(order["fees"]) == sum(Decimal(trade["fee"]) for trade in fills)
    if filled:
        value = sum(Decimal(trade["quantity"]) * Decimal(trade["price"]) for trade in fills)
        average = (value / filled).quantize(_MILLIONTH, ROUND_HALF_UP)
        assert Decimal(order["averagePrice"]) == average
    else:
        assert order["averagePrice"] is None
    is_working = order["status"] in WORKING
    if order["quantity"] is not None:
        assert Decimal(order["leavesQuantity"]) == (quantity - filled if is_working else 0)
        assert (order["status"] == "FILLED") == (filled == quantity and order["status"] != "REJECTED")
    assert (order["status"] == "PARTIALLY_FILLED") == bool(is_working and filled)
    if order["status"] == "REJECTED":
        assert (fills, order["reason"] is None) == ([], False)
    for link, back in (("replaces", "replacedBy"), ("replacedBy", "replaces")):
        if order[link] is not None:
            assert orders[order[link]["id"]][back] == {"id": order["id"]}
    assert (order["status"] == "REPLACED") == (order["replacedBy"] is not None)


def _fills(order: Json, orders: Mapping[str, Json]) -> Iterator[Json]:
    """Its own fills and those of the orders that it replaces."""
    yield from order["trades"]
    if order["replaces"] is not None:
        yield from _fills(orders[order["replaces"]["id"]], orders)


def _prove_change(before: Json, after: Json) -> None:
    if before["status"] not in WORKING:
        assert after == before, "a final order never changes"
    assert Decimal(after["filledQuantity"]) >= Decimal(before["filledQuantity"])
    assert before["triggeredAt"] in {None, after["triggeredAt"]}
    assert not (after["status"] == "ACCEPTED" != before["status"])
    assert after["trades"][: len(before["trades"])] == before["trades"]


def signed(trade: Json, name: Literal["quantity", "value"]) -> Decimal:
    """A trade's quantity or value: above 0 bought, below 0 sold."""
    return Decimal(trade[name]) * (1 if trade["side"] == "BUY" else -1)
