"""The simulated market: the same prices everywhere, and prices that move like a market's."""

import csv
import re
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from math import isqrt
from multiprocessing import get_context

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_api.market import simulated
from graphql_api.market.listings import Listing, load_listings
from graphql_api.market.quotes import Instrument, Market, Quote
from graphql_api.market.simulated import EPOCH, LONGEST, SECOND, SimulatedMarket, quote_at

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LISTINGS = list(load_listings().values())
SAMPLE = LISTINGS[::20]

listings = st.sampled_from(LISTINGS)
times = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds the zone


def market_at(at: datetime, seed: str = "slackoms") -> SimulatedMarket:
    return SimulatedMarket(seed, clock=lambda: at)


def all_quotes(at: datetime) -> dict[str, Quote]:
    return market_at(at).quotes(list(load_listings()))


def last_prices(symbol: str, start: datetime, step: timedelta, count: int) -> list[Decimal]:
    quotes = (quote_at("slackoms", load_listings()[symbol], start + step * number) for number in range(count))
    return [quote.last for quote in quotes if quote.last is not None]


def moves(prices: list[Decimal]) -> list[int]:
    """Each price's distance from the one before, in parts per million."""
    return [int((after - before) / before * 1_000_000) for before, after in pairwise(prices)]


def root_mean_square(numbers: list[int]) -> int:
    return isqrt(sum(number**2 for number in numbers) // len(numbers))


def assert_sound(quote: Quote) -> None:
    """The sides stand around last, in whole cents, and sizes are whole shares."""
    assert quote.bid is not None
    assert quote.last is not None
    assert quote.ask is not None
    assert 0 < quote.bid < quote.last < quote.ask
    for price in (quote.bid, quote.last, quote.ask):
        assert price.as_tuple().exponent == -2
    assert quote.ask - quote.bid <= max(Decimal("0.02"), quote.last * Decimal("0.0005"))
    for size in (quote.bid_size, quote.ask_size):
        assert size in range(100, 2_001)
    assert quote.source == "SIMULATED"


# The same prices everywhere


def test_it_is_a_market() -> None:
    market: Market = SimulatedMarket()
    assert market.source == "SIMULATED"
    assert market.now().tzinfo is UTC


def test_a_fresh_market_gives_the_same_quotes() -> None:
    first = all_quotes(NOON)
    simulated.knot.cache_clear()
    assert all_quotes(NOON) == first


def test_another_process_gives_the_same_quotes() -> None:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as processes:
        assert processes.submit(all_quotes, NOON).result() == all_quotes(NOON)


def test_threads_that_ask_at_once_get_the_same_quotes() -> None:
    expected = all_quotes(NOON)
    simulated.knot.cache_clear()
    with ThreadPoolExecutor(max_workers=8) as threads:
        assert all(quotes == expected for quotes in threads.map(all_quotes, [NOON] * 8))


def test_a_published_price_stays_what_it_was() -> None:
    """Changing these numbers rewrites the history of every workspace on the simulated market."""
    quote = quote_at("slackoms", Listing(Instrument("AAPL", "Apple"), 250_00), NOON)
    assert (quote.bid, quote.last, quote.ask) == (Decimal("207.84"), Decimal("207.88"), Decimal("207.89"))
    assert (quote.bid_size, quote.ask_size) == (Decimal(1_600), Decimal(1_700))


def test_a_quote_holds_for_its_second() -> None:
    start, end = (market_at(NOON + timedelta(microseconds=part)).quotes(["F"]) for part in (0, 999_999))
    assert start == end
    assert start["F"].at == NOON
    assert market_at(NOON + SECOND).quotes(["F"])["F"].at == NOON + SECOND


def test_the_time_zone_of_the_clock_changes_nothing() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert market_at(there).quotes(["KO"]) == market_at(NOON).quotes(["KO"])
    assert market_at(there).quotes(["KO"])["KO"].at.tzinfo is UTC


def test_a_time_without_a_zone_is_an_error() -> None:
    with pytest.raises(TypeError):
        quote_at("slackoms", LISTINGS[0], NOON.replace(tzinfo=None))


def test_another_seed_is_another_path() -> None:
    one, other = (
        market_at(NOON, seed).quotes(["AAPL", "KO", "SPY"]) for seed in ("slackoms", "class of 2026")
    )
    assert all(one[symbol].last != other[symbol].last for symbol in one)


def test_two_symbols_move_apart() -> None:
    class_a, class_c = (moves(last_prices(symbol, NOON, DAY, 30)) for symbol in ("GOOGL", "GOOG"))
    assert class_a != class_c


# Prices that move like a market's


@settings(max_examples=500, deadline=None)
@given(listings, times)
def test_bid_is_below_last_and_last_below_ask(listing: Listing, at: datetime) -> None:
    assert_sound(quote_at("slackoms", listing, at))


@pytest.mark.parametrize("year", range(2020, 2036))
def test_every_instrument_has_a_sound_quote_every_year(year: int) -> None:
    quotes = all_quotes(datetime(year, 7, 1, 15, 30, tzinfo=UTC))
    assert len(quotes) == len(LISTINGS)
    for quote in quotes.values():
        assert_sound(quote)


def test_no_sum_of_swings_takes_a_price_below_a_fifth_of_its_base() -> None:
    assert sum(simulated.SWINGS) < simulated.BILLION * 4 // 5


def assert_small_step(listing: Listing, at: datetime) -> None:
    """Three basis points of the base and a cent of rounding are the most that a second moves."""
    before, after = (quote_at("slackoms", listing, time).last for time in (at, at + SECOND))
    assert before is not None
    assert after is not None
    assert abs(after - before) * 100 <= listing.base_cents * Decimal("0.0003") + 1


@settings(max_examples=500, deadline=None)
@given(listings, times)
def test_a_second_moves_a_price_a_little(listing: Listing, at: datetime) -> None:
    assert_small_step(listing, at)


def test_nothing_jumps_at_midnight_or_at_the_epoch() -> None:
    for midnight in (EPOCH, datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)):
        for second in range(-600, 600):
            assert_small_step(load_listings()["BRK.A"], midnight + second * SECOND)


def test_nothing_jumps_where_the_slowest_lines_meet() -> None:
    for listing in LISTINGS:
        knot = EPOCH + (4 * LONGEST - simulated.phase("slackoms", listing.instrument.symbol)) * SECOND
        assert_small_step(listing, knot - SECOND)
        assert_small_step(listing, knot)


def test_a_minute_moves_a_price_a_few_basis_points() -> None:
    for listing in SAMPLE:
        prices = last_prices(listing.instrument.symbol, NOON, timedelta(minutes=1), 24 * 60)
        assert 100 <= root_mean_square(moves(prices)) <= 1_500


def test_volatility_is_a_stock_s() -> None:
    """A day moves a price 0.7 to 3 %, and on average over the symbols a year 20 to 40 %."""
    daily = [
        root_mean_square(moves(last_prices(listing.instrument.symbol, NOON, DAY, 366))) for listing in SAMPLE
    ]
    assert all(7_000 <= volatility <= 30_000 for volatility in daily)
    assert 200_000 <= sum(daily) // len(daily) * isqrt(365) <= 400_000


def test_a_year_goes_somewhere() -> None:
    """No path is frozen or tied to its base: a year's highest price is well above its lowest."""
    for listing in SAMPLE:
        prices = last_prices(listing.instrument.symbol, NOON, DAY, 366)
        assert Decimal("1.1") < max(prices) / min(prices) < 5


def test_sizes_change_by_the_second() -> None:
    sizes = {quote_at("slackoms", LISTINGS[0], NOON + number * SECOND).bid_size for number in range(60)}
    assert len(sizes) > 5


# Instruments


def test_unknown_symbols_are_left_out_and_repeated_ones_answered_once() -> None:
    quotes = market_at(NOON).quotes(["TSLA", "NOSUCH", "AAPL", "TSLA"])
    assert list(quotes) == ["TSLA", "AAPL"]
    assert all(quote.symbol == symbol for symbol, quote in quotes.items())


def test_an_instrument_has_its_company_s_name() -> None:
    instrument = SimulatedMarket().instrument("MSFT")
    assert instrument is not None
    assert (instrument.symbol, instrument.name) == ("MSFT", "Microsoft")
    assert SimulatedMarket().instrument("NOSUCH") is None


def found(text: str, limit: int = 1_000) -> list[str]:
    return [instrument.symbol for instrument in SimulatedMarket().search(text, limit)]


def test_search_puts_the_symbol_first_then_prefixes_then_words_of_names_then_the_rest() -> None:
    assert found("f", 3) == ["F", "FANG", "FAST"]
    symbols = found("ma")
    assert symbols[:6] == ["MA", "MAA", "MAR", "MAS", "AMAT", "APO"]  # … Applied Materials, Apollo Management
    assert symbols.index("WM") + 1 == symbols.index("ADP")  # Waste Management, then Automatic


def test_search_finds_names_by_the_start_of_a_word_and_by_what_is_inside() -> None:
    assert found("apple") == ["AAPL"]
    assert found("hathaway") == ["BRK.A", "BRK.B"]
    assert found("bank of") == ["BAC", "BK"]
    assert found("soft") == ["TTWO", "MSFT"]  # Take-Two Interactive Software


def test_search_takes_either_case_and_surrounding_space() -> None:
    assert found(" aApL ") == found("AAPL") == ["AAPL"]


def test_an_empty_search_lists_the_first_symbols() -> None:
    assert found("", 5) == [listing.instrument.symbol for listing in LISTINGS[:5]]


def test_a_search_gives_no_more_than_its_limit() -> None:
    assert len(found("a", 7)) == 7
    assert found("a", 0) == found("a", -1) == found("no such company") == []


def test_instruments_csv_is_sorted_unique_and_well_formed() -> None:
    text = files("graphql_api.market").joinpath("instruments.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(text.splitlines())
    assert header == ["symbol", "name", "price"]
    symbols = [symbol for symbol, _, _ in rows]
    assert symbols == sorted(set(symbols))
    for symbol, name, price in rows:
        assert re.fullmatch(r"[A-Z0-9.\-]{1,12}", symbol)
        assert name == name.strip() != ""
        assert re.fullmatch(r"[1-9]\d*(\.\d{1,2})?", price)
        assert Decimal(price) >= 5
    well_known = "AAPL MSFT TSLA NVDA AMZN GOOGL META BRK.A BRK.B F KO SPY QQQ VTI"
    assert set(well_known.split()) <= set(symbols)
