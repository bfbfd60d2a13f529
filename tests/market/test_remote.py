"""What all sources of real quotes share, over real HTTP: the right quotes, by few requests."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from graphql_api.market import remote
from graphql_api.market.quotes import Instrument, Market
from graphql_api.market.remote import UNKNOWN_SECONDS
from tests.market.sources import FEEDS, Source
from tests.market.stand_in import NOON, Reply, Request

# Quotes


def test_it_is_a_market(source: Source) -> None:
    market: Market = source.market
    assert market.source == source.name
    assert market.now() == source.clock.at
    assert market.trouble() is None
    assert source.asked == 0


def test_a_quote_has_the_price_the_time_and_the_name_of_the_source(source: Source) -> None:
    source.quoted_at = NOON - timedelta(minutes=3)
    quote = source.quote()
    assert quote is not None
    assert (quote.symbol, quote.at, quote.source) == ("AAPL", source.quoted_at, source.name)
    assert str(quote.last) == "150.250000"


def test_a_time_to_come_is_now_and_the_quote_is_still_the_same_one(source: Source) -> None:
    source.quoted_at = NOON + timedelta(seconds=30)
    early = source.quote()
    source.stop_being_fresh()
    source.stop_being_fresh()
    late = source.quote()
    assert early is not None
    assert late is not None
    assert early.at == NOON
    assert late.at == source.quoted_at
    assert early.identity == late.identity


def test_several_symbols_come_at_once_and_unknown_ones_are_left_out(source: Source) -> None:
    quotes = source.market.quotes(["MSFT", "NOSUCH", "AAPL", "MSFT"])
    assert list(quotes) == ["MSFT", "AAPL"]
    assert {symbol: quote.symbol for symbol, quote in quotes.items()} == {"MSFT": "MSFT", "AAPL": "AAPL"}


def test_asking_for_nothing_sends_nothing(source: Source) -> None:
    assert source.market.quotes([]) == {}
    assert source.asked == 0


def test_what_can_be_no_symbol_of_the_source_is_not_sent(source: Source) -> None:
    for symbol in ["", ".", "..", "-", "A-B", "A.B.C", "BTC-USD", "ABC1", "A/B", "aapl", "Ä", "A\n"]:
        assert source.market.quotes([symbol]) == {}
        assert source.market.instrument(symbol) is None
    assert source.asked == 0


def test_a_class_of_shares_is_asked_for_as_the_source_writes_it(source: Source) -> None:
    source.prices["BRK-B" if source.name == "YAHOO" else "BRK.B"] = "480.1"
    assert source.last("BRK.B") == "480.1"


# Few requests


def test_a_quote_serves_everybody_while_it_is_fresh(source: Source) -> None:
    assert source.last() == "150.25"
    source.prices["AAPL"] = "151"
    source.clock.pass_by(remote_freshness(source) - 0.01)
    assert source.last() == "150.25"
    assert source.asked == 1
    source.clock.pass_by(0.02)
    assert source.last() == "151"
    assert source.asked == 2


def remote_freshness(source: Source) -> float:
    return FEEDS[source.name]().fresh_seconds


def test_twenty_threads_that_want_one_symbol_send_one_request(source: Source) -> None:
    release = threading.Event()
    together = threading.Barrier(21)
    answer, source.stand_in.answer = source.stand_in.answer, lambda request: hold(release, answer(request))

    def ask() -> str | None:
        together.wait()
        return source.last()

    with ThreadPoolExecutor(20) as threads:
        asking = [threads.submit(ask) for _ in range(20)]
        together.wait()
        assert source.stand_in.is_asked.wait(5)
        release.set()
        assert {thread.result() for thread in asking} == {"150.25"}
    assert source.asked == 1


def hold(release: threading.Event, reply: Reply) -> Reply:
    return Reply(reply.status, reply.body, reply.headers, hold=release)


def test_threads_that_want_overlapping_symbols_ask_for_each_once(source: Source) -> None:
    symbols = [f"S{first}{second}" for first in "ABCD" for second in "ABCDE"]
    source.prices = dict.fromkeys(symbols, "10.5")
    together = threading.Barrier(8)

    def ask(number: int) -> int:
        together.wait()
        return len(source.market.quotes(symbols[number : number + 12]))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [12] * 8
    asked = [symbol for request in source.stand_in.requests for symbol in asked_for(request)]
    assert sorted(asked) == sorted(symbols[:19])


def asked_for(request: Request) -> list[str]:
    parameters = request.parameters
    listed = parameters.get("symbols") or parameters.get("symbol") or request.path.rpartition("/")[2]
    return listed.split(",")


def test_a_typo_costs_one_request_a_minute(source: Source) -> None:
    for _ in range(3):
        assert source.market.instrument("APPL") is None
        assert source.market.quotes(["APPL"]) == {}
        source.clock.pass_by(UNKNOWN_SECONDS / 3 - 0.1)
    assert source.asked == 1
    source.prices["APPL"] = "1.5"
    source.clock.pass_by(1)
    assert source.market.instrument("APPL") == Instrument("APPL", "APPL")
    assert source.asked == 2


def test_a_listed_symbol_is_known_by_name_and_asked_for_again_soon(source: Source) -> None:
    del source.prices["MSFT"]
    assert source.market.instrument("MSFT") == Instrument("MSFT", "Microsoft")
    assert source.asked == 0
    assert source.quote("MSFT") is None
    source.prices["MSFT"] = "301"
    source.stop_being_fresh()
    assert source.last("MSFT") == "301"


def test_search_asks_nobody(source: Source) -> None:
    assert source.market.search("apple", 5) == [Instrument("AAPL", "Apple")]
    assert [found.symbol for found in source.market.search("f", 3)] == ["F", "FANG", "FAST"]
    assert source.market.search("apple", 0) == source.market.search("no such company", 5) == []
    assert source.asked == 0


def test_the_symbols_not_asked_for_longest_are_forgotten(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "MOST_SYMBOLS", 2)
    source.prices |= {"A": "1", "B": "2"}
    assert list(source.market.quotes(["AAPL", "A", "B"])) == ["A", "B"]
    source.quote("A")
    assert source.last("MSFT") == "300.5"
    source.stand_in.requests.clear()
    assert source.last("A") == "1"
    assert source.asked == 0
    assert source.last("B") == "2"
    assert source.asked == 1


def test_no_more_requests_than_the_source_allows_in_a_minute(finnhub: Source) -> None:
    symbols = [f"{first}{second}" for first in "ABCDEFGHIJ" for second in "ABCDEFGHIJ"]
    finnhub.prices = dict.fromkeys(symbols, "10.5")
    assert len(finnhub.market.quotes(symbols)) == 24
    for _ in range(59):
        finnhub.clock.pass_by(1)
        finnhub.market.quotes(symbols)
    assert 55 <= finnhub.asked <= 60
    assert finnhub.market.trouble() is None


# Symbols together


def test_a_hundred_symbols_are_one_request(alpaca: Source) -> None:
    symbols = [f"{first}{second}" for first in "ABCDEFGHIJ" for second in "ABCDEFGHIJ"]
    alpaca.prices = dict.fromkeys(symbols, "10.5")
    assert list(alpaca.market.quotes(symbols)) == symbols
    assert alpaca.asked == 1
    alpaca.prices["ZZ"] = "1"
    alpaca.stop_being_fresh()
    assert len(alpaca.market.quotes([*symbols, "ZZ"])) == 101
    assert alpaca.asked == 3


def test_what_is_watched_together_is_asked_for_together(alpaca: Source) -> None:
    for symbol in ("AAPL", "MSFT", "NOSUCH"):
        alpaca.quote(symbol)
        alpaca.clock.pass_by(2)
    alpaca.prices["MSFT"] = "301"
    assert alpaca.last() == "150.25"
    assert asked_for(alpaca.stand_in.requests[-1]) == ["AAPL", "MSFT"]
    alpaca.stand_in.requests.clear()
    assert alpaca.last("MSFT") == "301"
    assert alpaca.asked == 0


def test_what_nobody_has_watched_for_a_minute_is_not_asked_for(alpaca: Source) -> None:
    alpaca.quote("MSFT")
    alpaca.clock.pass_by(61)
    alpaca.quote("AAPL")
    assert asked_for(alpaca.stand_in.requests[-1]) == ["AAPL"]


# The close


@pytest.mark.parametrize(("minutes", "counts"), [(-6, False), (-4, True), (0, True), (4, True), (6, False)])
def test_the_quotes_around_the_end_of_a_session_are_its_closing_quotes(
    source: Source, minutes: float, counts: bool
) -> None:
    closed_at = NOON - timedelta(minutes=60)
    source.quoted_at = closed_at + timedelta(minutes=minutes)
    quotes = source.market.closing_quotes(["AAPL", "NOSUCH"], closed_at)
    assert list(quotes) == (["AAPL"] if counts else [])


def test_closing_gives_threads_back(source: Source) -> None:
    source.market.quotes(["AAPL", "MSFT"])
    running = [thread for thread in threading.enumerate() if thread.name.startswith(source.name)]
    assert running
    source.market.close()
    assert not any(thread.is_alive() for thread in running)
