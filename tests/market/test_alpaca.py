"""Alpaca's snapshots: both sides and their sizes, and what a snapshot may lack."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from graphql_api.market.alpaca import Alpaca
from graphql_api.market.quotes import Quote
from tests.market.sources import KEY, SECRET, Source
from tests.market.stand_in import NOON, Reply

DOCUMENTED = """{"AAPL": {
  "dailyBar": {"c": 173.03, "h": 173.71, "l": 171.6618, "n": 515139, "o": 172.62,
               "t": "2022-08-16T04:00:00Z", "v": 56457696, "vw": 172.743391},
  "latestQuote": {"ap": 172.7, "as": 5, "ax": "Q", "bp": 172.6, "bs": 2, "bx": "Q", "c": ["R"],
                  "t": "2022-08-17T10:18:27.052763263Z", "z": "C"},
  "latestTrade": {"c": ["@", "T"], "i": 1011, "p": 172.61, "s": 160,
                  "t": "2022-08-17T10:18:24.114694956Z", "x": "Q", "z": "C"}}}"""
"""The example of https://docs.alpaca.markets/us/reference/stocksnapshots-1, shortened."""


def quoted(alpaca: Source, **changes: object) -> Quote | None:
    """The quote of the documented snapshot with members changed, such as latestQuote_bp; None removes one."""
    body = json.loads(DOCUMENTED)
    for path, value in changes.items():
        parent, _, name = path.partition("_")
        if name:
            body["AAPL"][parent][name] = value
        else:
            body["AAPL"][parent] = value
    alpaca.stand_in.fault = Reply(200, json.dumps(body))
    return alpaca.new_market().quotes(["AAPL"]).get("AAPL")


def time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_documented_snapshot_is_read_whole(alpaca: Source) -> None:
    assert quoted(alpaca) == Quote(
        symbol="AAPL",
        bid=Decimal("172.6"),
        ask=Decimal("172.7"),
        last=Decimal("172.61"),
        bid_size=Decimal(2),
        ask_size=Decimal(5),
        at=time("2022-08-17T10:18:27.052763+00:00"),
        source="ALPACA",
        number=1_660_731_507_052_763,
    )


def test_the_key_and_the_secret_go_in_headers_and_the_feed_is_iex(alpaca: Source) -> None:
    alpaca.market.quotes(["AAPL", "MSFT"])
    (request,) = alpaca.stand_in.requests
    assert request.path == "/v2/stocks/snapshots"
    assert request.parameters == {"symbols": "AAPL,MSFT", "feed": "iex"}
    assert request.headers["apca-api-key-id"] == KEY
    assert request.headers["apca-api-secret-key"] == SECRET


def test_a_price_of_zero_is_a_side_that_nobody_quotes(alpaca: Source) -> None:
    quote = quoted(alpaca, latestQuote_bp=0, latestQuote_bs=0)
    assert quote is not None
    assert (quote.bid, quote.bid_size) == (None, None)
    assert (quote.ask, quote.ask_size) == (Decimal("172.7"), Decimal(5))


def test_without_a_book_the_time_is_the_last_trade_s(alpaca: Source) -> None:
    for changes in (
        {"latestQuote_bp": 0, "latestQuote_ap": 0},
        {"latestQuote": None},
        {"latestQuote_t": "x"},
    ):
        quote = quoted(alpaca, **changes)
        assert quote is not None
        assert (quote.bid, quote.ask, quote.last) == (None, None, Decimal("172.61"))
        assert quote.at == time("2022-08-17T10:18:24.114694+00:00")


@pytest.mark.parametrize(
    "changes",
    [
        {"latestTrade": None},
        {"latestTrade_u": "canceled"},
        {"latestTrade_u": "incorrect"},
        {"latestTrade_t": 5},
    ],
)
def test_a_trade_that_does_not_count_is_no_last_price(alpaca: Source, changes: dict[str, object]) -> None:
    quote = quoted(alpaca, **changes)
    assert quote is not None
    assert (quote.bid, quote.last) == (Decimal("172.6"), None)


def test_a_corrected_trade_is_the_last_price(alpaca: Source) -> None:
    quote = quoted(alpaca, latestTrade_u="corrected")
    assert quote is not None
    assert quote.last == Decimal("172.61")


def test_a_size_that_is_none_leaves_the_price(alpaca: Source) -> None:
    quote = quoted(alpaca, latestQuote_bs="2", latestQuote_as=-1)
    assert quote is not None
    assert (quote.bid, quote.bid_size) == (Decimal("172.6"), None)
    assert (quote.ask, quote.ask_size) == (Decimal("172.7"), None)


def test_one_broken_snapshot_does_not_spoil_the_others(alpaca: Source) -> None:
    alpaca.stand_in.fault = Reply(200, DOCUMENTED[:-1] + ', "MSFT": {"latestQuote": 5}, "F": null}')
    assert list(alpaca.market.quotes(["MSFT", "AAPL", "F"])) == ["AAPL"]
    assert alpaca.market.trouble() is None
    alpaca.stand_in.fault = None
    alpaca.stop_being_fresh()
    assert alpaca.last("MSFT") == "300.5"


def test_a_symbol_that_the_source_refuses_does_not_refuse_the_others(alpaca: Source) -> None:
    quotes = alpaca.market.quotes(["AAPL", "TOOLONGA", "MSFT", "TOOLONGB"])
    assert list(quotes) == ["AAPL", "MSFT"]
    assert alpaca.asked == 3
    assert alpaca.market.instrument("TOOLONGA") is None
    assert alpaca.asked == 3
    assert alpaca.market.trouble() is None


def test_only_refused_symbols_are_no_failure(alpaca: Source) -> None:
    for letter in "ABCDEF":
        assert alpaca.market.quotes([f"TOOLONG{letter}"]) == {}
    assert alpaca.market.trouble() is None


@pytest.mark.parametrize("message", ["invalid symbol: ZZZ", "invalid feed", "invalid symbol: ", 5, None])
def test_a_refusal_that_names_no_symbol_of_ours_is_a_failure(alpaca: Source, message: object) -> None:
    alpaca.stand_in.fault = Reply(400, json.dumps({"message": message}))
    for _ in range(5):
        alpaca.quote()
    assert alpaca.asked == 5
    assert alpaca.market.trouble() == "ALPACA answered with status 400."


def test_only_a_refused_request_names_symbols(alpaca: Source) -> None:
    alpaca.stand_in.fault = Reply(500, '{"message": "invalid symbol: NEWCO"}')
    assert alpaca.market.instrument("NEWCO") is not None


def test_a_wrong_secret_is_told(alpaca: Source) -> None:
    alpaca.stand_in.fault = Reply(401, "")
    assert alpaca.quote() is None
    assert alpaca.market.trouble() == "ALPACA refuses the API key: set ALPACA_API_KEY and ALPACA_API_SECRET."


def test_space_around_a_key_is_none_of_it() -> None:
    assert Alpaca(f" {KEY}\n", f"{SECRET} ").headers == Alpaca(KEY, SECRET).headers


@pytest.mark.parametrize("broken", ["", "  ", "top\nsecret", "top secret", "tøp-secret", "top\0secret"])
def test_a_key_that_cannot_be_one_is_refused_unseen(broken: str) -> None:
    for arguments, setting in (((KEY, broken), "ALPACA_API_SECRET"), ((broken, SECRET), "ALPACA_API_KEY")):
        with pytest.raises(ValueError, match=setting) as refused:
            Alpaca(*arguments)
        assert "top" not in str(refused.value)


def test_a_quote_of_long_ago_keeps_its_age(alpaca: Source) -> None:
    alpaca.quoted_at = NOON - timedelta(days=3)
    quote = alpaca.quote()
    assert quote is not None
    assert quote.age(alpaca.market.now()) == timedelta(days=3)
