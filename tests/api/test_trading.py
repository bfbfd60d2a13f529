"""A trade over HTTP: what it costs, what it leaves, and what it says of itself."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.conftest import Book
from tests.conftest import Workspace
from tests.still import StillMarket

NOON = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)


def test_a_buy_fills_at_the_ask_and_pays_from_the_cash(book: Book) -> None:
    answer = book.fill("BUY", "AAPL", "10", clientOrderId="slack-1", note="Frühstück\nzwei")
    order, (trade,) = answer["order"], answer["trades"]
    assert answer["duplicate"] is False
    assert (order["status"], order["type"], order["timeInForce"]) == ("FILLED", "MARKET", "IOC")
    assert (order["clientOrderId"], order["note"]) == ("slack-1", "Frühstück\nzwei")
    assert (order["quantity"], order["filledQuantity"], order["leavesQuantity"]) == ("10", "10", "0")
    assert (order["averagePrice"], order["fees"], order["reason"]) == ("150.02", "0", None)
    assert (trade["side"], trade["quantity"], trade["price"]) == ("BUY", "10", "150.02")
    assert (trade["value"], trade["fee"], trade["realizedPnl"]) == ("1500.2", "0", "0")
    assert order["trader"] == trade["trader"] == "key:admin"
    assert answer["portfolio"]["cash"] == "98499.8"
    assert answer["position"] == {
        "symbol": "AAPL",
        "quantity": "10",
        "averageCost": "150.02",
        "costBasis": "1500.2",
        "realizedPnl": "0",
    }


def test_a_sell_fills_at_the_bid_and_realizes(book: Book) -> None:
    book.fill("BUY", "AAPL", "10")
    answer = book.fill("SELL", "AAPL", "4")
    (trade,) = answer["trades"]
    assert (trade["price"], trade["value"], trade["realizedPnl"]) == ("149.98", "599.92", "-0.16")
    assert answer["portfolio"] == {"id": book.id, "cash": "99099.72", "realizedPnl": "-0.16"}
    assert answer["position"]["quantity"] == "6"
    assert answer["position"]["averageCost"] == "150.02"


def test_a_notional_buy_rounds_the_quantity_down_and_spends_the_notional(book: Book) -> None:
    answer = book.fill("BUY", "AAPL", notional="500")
    assert answer["order"]["quantity"] == answer["order"]["filledQuantity"] == "3.332888948"
    assert answer["order"]["notional"] == "500"
    assert answer["trades"][0]["value"] == "500"
    assert answer["portfolio"]["cash"] == "99500"


def test_a_notional_sell_converts_at_the_bid(book: Book) -> None:
    book.fill("BUY", "AAPL", "10")
    answer = book.fill("SELL", "AAPL", notional="500")
    assert answer["order"]["quantity"] == "3.333777837"  # 500 / 149.98 = 3.3337778370449...
    assert answer["trades"][0]["price"] == "149.98"
    assert answer["trades"][0]["value"] == "500"
    assert answer["position"]["quantity"] == "6.666222163"


def test_a_notional_sell_of_more_than_is_held_is_refused(book: Book) -> None:
    book.fill("BUY", "AAPL", "1")
    before = book.balances()
    answer = book.trade("SELL", "AAPL", notional="149.99")
    assert (answer["code"], answer["field"]) == ("INSUFFICIENT_POSITION", "notional")
    assert book.balances() == before
    assert book.fill("SELL", "AAPL", notional="149.98")["position"]["quantity"] == "0"


@pytest.mark.parametrize(
    ("side", "bid", "ask", "price"),
    [("BUY", "99", None, "100"), ("SELL", None, "101", "100"), ("BUY", None, None, "100")],
)
def test_last_fills_where_the_side_is_missing(
    book: Book, side: str, bid: str | None, ask: str | None, price: str
) -> None:
    book.market.set("MSFT", bid="90", ask="90", last="90")
    book.fill("BUY", "MSFT", "5")
    book.market.set("MSFT", bid=bid, ask=ask, last="100")
    (trade,) = book.fill(side, "MSFT", "1")["trades"]
    assert trade["price"] == price
    assert (trade["quote"]["bid"], trade["quote"]["ask"]) == (bid, ask)


def test_a_quote_whose_bid_is_its_ask_fills(book: Book) -> None:
    book.market.set("MSFT", bid="100", ask="100", last="100")
    assert book.fill("BUY", "MSFT", "1")["trades"][0]["price"] == "100"


def test_a_trade_keeps_the_quote_that_it_was_made_from(book: Book) -> None:
    at = NOON - timedelta(seconds=12, microseconds=345)
    book.market.stand_at(NOON)
    book.market.set("AAPL", bid="149.98", ask="150.02", last="150", bid_size="300", ask_size="0.5", at=at)
    (trade,) = book.fill("BUY", "AAPL", "10")["trades"]
    kept = {
        "symbol": "AAPL",
        "bid": "149.98",
        "ask": "150.02",
        "last": "150",
        "bidSize": "300",
        "askSize": "0.5",
        "at": "2026-03-10T15:59:47.999655Z",
        "ageSeconds": "12.000345",
        "source": "TEST",
        "stale": False,
    }
    assert trade["quote"] == kept
    assert trade["executedAt"] == "2026-03-10T16:00:00.000000Z"
    book.market.reset()
    document = """query ($id: ID!) { portfolio(id: $id) { trades { edges { node { quote {
        symbol bid ask last bidSize askSize at ageSeconds source stale } } } } } }"""
    (edge,) = book.workspace.data(document, {"id": book.id})["trades"]["edges"]
    assert edge["node"]["quote"] == kept, "later quotes change nothing of it"


def test_a_quote_fills_until_it_is_older_than_a_minute(book: Book) -> None:
    book.market.stand_at(NOON)
    book.market.set("AAPL", ask="150", at=NOON - timedelta(seconds=60))
    book.fill("BUY", "AAPL", "1")
    before = book.balances()
    book.market.set("AAPL", ask="150", at=NOON - timedelta(seconds=60, microseconds=1))
    assert book.trade("BUY", "AAPL", "1")["code"] == "STALE_QUOTE"
    assert book.balances() == before


@pytest.mark.parametrize(
    ("side", "price", "expected", "code"),
    [
        ("BUY", "102", "100", None),
        ("BUY", "102", "99.999999", "PRICE_MOVED"),
        ("BUY", "102.000001", "100", "PRICE_MOVED"),
        ("BUY", "1", "100", None),
        ("SELL", "98", "100", None),
        ("SELL", "98", "100.000001", "PRICE_MOVED"),
        ("SELL", "97.999999", "100", "PRICE_MOVED"),
        ("SELL", "500", "100", None),
    ],
)
def test_a_fill_may_be_2_percent_worse_than_expected_and_no_more(
    book: Book, side: str, price: str, expected: str, code: str | None
) -> None:
    book.market.set("MSFT", bid="100", ask="100", last="100")
    book.fill("BUY", "MSFT", "5")
    book.market.set("MSFT", bid=price, ask=price, last=price)
    before = book.balances()
    answer = book.trade(side, "MSFT", "1", expectedPrice=expected)
    if code is None:
        assert answer["order"]["expectedPrice"] == expected
        assert answer["trades"][0]["price"] == price
    else:
        assert (answer["code"], answer["field"]) == (code, "expectedPrice")
        assert answer["rejectedOrder"]["expectedPrice"] == expected
        assert book.balances() == before


@pytest.mark.parametrize("symbol", ["brk.b ", " BRK.B", "Brk.b"])
def test_a_symbol_is_trimmed_and_upper_cased(book: Book, symbol: str) -> None:
    answer = book.fill("BUY", symbol, "1")
    assert answer["order"]["symbol"] == answer["position"]["symbol"] == "BRK.B"
    assert book.workspace.data("query ($s: String!) { quote(symbol: $s) { symbol ask } }", {"s": symbol}) == {
        "symbol": "BRK.B",
        "ask": "450.5",
    }


@pytest.mark.parametrize("note", ["", "   ", "\n\t"])
def test_a_blank_note_is_none(book: Book, note: str) -> None:
    assert book.fill("BUY", "AAPL", "1", note=note)["order"]["note"] is None


def test_the_smallest_and_the_largest_sizes_trade_exactly(book: Book) -> None:
    book.market.set("MSFT", bid="0.000001", ask="0.000001", last="0.000001")
    assert book.fill("BUY", "MSFT", "1000000000")["portfolio"]["cash"] == "99000"
    assert book.fill("BUY", "MSFT", "0.000000001")["position"]["quantity"] == "1000000000.000000001"
    assert book.balances()["cash"] == "99000", "a billionth of a millionth rounds to nothing"


def test_quantities_may_be_integers_on_the_wire_and_come_back_plain(book: Book) -> None:
    assert book.fill("BUY", "AAPL", 10)["order"]["quantity"] == "10"
    assert book.fill("BUY", "AAPL", "10.500000000")["order"]["quantity"] == "10.5"
    answer = book.workspace.data(
        'mutation { executeTrade(input: {portfolio: "Growth", symbol: "AAPL", side: BUY, quantity: 3}) {'
        " ... on TradeExecuted { order { quantity } } } }"
    )
    assert answer["order"]["quantity"] == "3"


def test_a_portfolio_can_be_named_by_id_by_name_or_not_at_all(book: Book) -> None:
    document = """mutation ($input: ExecuteTradeInput!) { executeTrade(input: $input) {
        ... on TradeExecuted { portfolio { id } } ... on OrderRejected { code field } } }"""
    asked = {"symbol": "AAPL", "side": "BUY", "quantity": "1"}
    named: list[dict[str, str]] = [
        {"portfolioId": book.id},
        {"portfolio": "Growth"},
        {"portfolio": " Growth "},
        {},
    ]
    for which in named:
        answer = book.workspace.data(document, {"input": asked | which})
        assert answer == {"portfolio": {"id": book.id}}, which
    book.workspace.portfolio("Second")
    before = book.books()
    answer = book.workspace.data(document, {"input": asked})
    assert answer == {"code": "UNKNOWN_PORTFOLIO", "field": "portfolioId"}
    assert book.books() == before


def test_a_portfolio_is_found_by_its_name_with_white_space_around_it(book: Book) -> None:
    document = "query ($name: String!) { portfolio(name: $name) { id } }"
    for name in ("Growth", " Growth", "Growth  "):
        assert book.workspace.data(document, {"name": name}) == {"id": book.id}


def test_a_preview_says_what_the_trade_then_does_and_keeps_nothing(book: Book) -> None:
    book.fill("BUY", "AAPL", "2")
    before = book.books()
    document = """query ($input: PlaceOrderInput!) { previewOrder(input: $input) { __typename
        ... on OrderPreview { symbol side quantity price value fee cashAfter buyingPowerAfter positionAfter
                              fillsNow quote { ask } market { isOpen } }
        ... on OrderRejected { code field rejectedOrder { id } } } }"""
    asked = {"portfolioId": book.id, "symbol": "aapl", "side": "BUY", "type": "MARKET", "notional": "500"}
    preview = book.workspace.data(document, {"input": asked})
    refused = book.workspace.data(document, {"input": asked | {"notional": "500000"}})
    assert refused == {
        "__typename": "OrderRejected",
        "code": "INSUFFICIENT_BUYING_POWER",
        "field": "notional",
        "rejectedOrder": None,
    }
    assert book.books() == before
    done = book.fill("BUY", "AAPL", notional="500")
    assert (preview["symbol"], preview["side"], preview["fillsNow"]) == ("AAPL", "BUY", True)
    assert preview["quantity"] == done["order"]["filledQuantity"]
    assert (preview["price"], preview["value"]) == (done["trades"][0]["price"], done["trades"][0]["value"])
    assert preview["cashAfter"] == preview["buyingPowerAfter"] == done["portfolio"]["cash"]
    assert preview["positionAfter"] == done["position"]["quantity"]
    assert (preview["fee"], preview["quote"], preview["market"]) == ("0", {"ask": "150.02"}, {"isOpen": True})


def test_quotes_instruments_and_the_market_can_be_read(workspace: Workspace, market: StillMarket) -> None:
    market.stand_at(NOON)
    market.set("AAPL", bid="1", ask="2", last=None, at=NOON - timedelta(seconds=61))
    body = workspace.query("""{
        quote(symbol: "AAPL") { bid ask last ageSeconds stale source }
        none: quote(symbol: "NOQ") { bid }
        quotes(symbols: ["msft", "NOQ", "AAPL", "MSFT", "!"]) { symbol }
        instruments(search: "BRK") { symbol name quote { last } }
        market { source now isOpen nextOpen nextClose }
    }""")
    assert body == {
        "data": {
            "quote": {
                "bid": "1",
                "ask": "2",
                "last": None,
                "ageSeconds": "61",
                "stale": True,
                "source": "TEST",
            },
            "none": None,
            "quotes": [{"symbol": "MSFT"}, {"symbol": "AAPL"}],
            "instruments": [{"symbol": "BRK.B", "name": "Berkshire Hathaway", "quote": {"last": "450.25"}}],
            "market": {
                "source": "TEST",
                "now": "2026-03-10T16:00:00.000000Z",
                "isOpen": True,
                "nextOpen": None,
                "nextClose": None,
            },
        }
    }


def test_a_position_without_last_is_marked_in_the_middle_and_without_a_price_at_cost(book: Book) -> None:
    book.fill("BUY", "AAPL", "10")
    document = """query ($id: ID!) { portfolio(id: $id) { equity unrealizedPnl longMarketValue
        positions { mark marketValue unrealizedPnl } } }"""
    book.market.set("AAPL", bid="149", ask="152", last=None)
    assert book.workspace.data(document, {"id": book.id}) == {
        "equity": "100004.8",
        "unrealizedPnl": "4.8",
        "longMarketValue": "1505",
        "positions": [{"mark": "150.5", "marketValue": "1505", "unrealizedPnl": "4.8"}],
    }
    book.market.set("AAPL", ask="152")
    assert book.workspace.data(document, {"id": book.id}) == {
        "equity": "100000",
        "unrealizedPnl": "0",
        "longMarketValue": "1500.2",
        "positions": [{"mark": None, "marketValue": None, "unrealizedPnl": None}],
    }
