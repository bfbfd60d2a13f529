"""No answer of a source does any harm: whatever JSON it sends, a quote has sound prices or there is none."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphql_api.market.answers import (
    PRICE_STEP,
    UnreadableError,
    decode,
    price_of,
    size_of,
    time_of_second,
    time_of_text,
)
from graphql_api.market.quotes import Quote
from tests.market.sources import FEEDS

SYMBOLS = ["AAPL", "MSFT"]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
instants = st.sampled_from(
    [0, 1, 1_772_470_800, 10**11, -5, 1e300, "2026-03-02T17:00:00.1Z", "2026-03-02", "x"]
)
prices = st.sampled_from([0, -1, 150.25, 1e-9, 10**12, 10**13, "150", None])
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


def objects(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects with some of these members, and sometimes something else altogether."""
    return st.fixed_dictionaries({}, optional=members) | anything


snapshots = objects(
    latestQuote=objects(bp=prices, ap=prices, bs=prices, t=instants, **{"as": prices}),
    latestTrade=objects(p=prices, t=instants, u=st.sampled_from(["canceled", "corrected", 1])),
)
answers = {
    "ALPACA": objects(AAPL=snapshots, MSFT=snapshots),
    "FINNHUB": objects(c=prices | scalars, t=instants | scalars),
    "YAHOO": objects(
        chart=objects(
            result=st.lists(
                objects(
                    meta=objects(
                        regularMarketPrice=prices,
                        regularMarketTime=instants,
                        currency=st.sampled_from(["USD", "CAD", None]),
                    )
                ),
                max_size=2,
            )
        )
    ),
}


def assert_sound(quote: Quote) -> None:
    assert quote.at.utcoffset() == timedelta(0)
    sides = [price for price in (quote.bid, quote.ask, quote.last) if price is not None]
    assert sides
    for price in sides:
        assert 0 < price <= 10**12
        assert price == price.quantize(PRICE_STEP)
    for size, side in ((quote.bid_size, quote.bid), (quote.ask_size, quote.ask)):
        if size is not None:
            assert side is not None
            assert size in range(10**9 + 1)


@pytest.mark.parametrize("name", FEEDS)
@settings(max_examples=500, deadline=None)
@given(st.data())
def test_every_answer_is_read_as_sound_quotes_or_none(name: str, data: st.DataObject) -> None:
    answer = decode(json.dumps(data.draw(answers[name])).encode())
    feed = FEEDS[name]()
    symbols = SYMBOLS[: feed.symbols_a_request]
    try:
        quotes = feed.read(answer, symbols)
    except UnreadableError:
        assert not isinstance(answer, dict)
    else:
        assert set(quotes) <= set(symbols)
        for symbol, quote in quotes.items():
            if quote is not None:
                assert (quote.symbol, quote.source) == (symbol, name)
                assert_sound(quote)
    assert set(feed.unknown(400, answer, symbols)) <= set(symbols)


@pytest.mark.parametrize("name", FEEDS)
def test_the_quotes_that_are_drawn_above_are_not_all_unreadable(name: str) -> None:
    bodies = {
        "ALPACA": {"AAPL": {"latestTrade": {"p": 150.25, "t": "2026-03-02T17:00:00.1Z"}}},
        "FINNHUB": {"c": 150.25, "t": 1_772_470_800},
        "YAHOO": {
            "chart": {
                "result": [
                    {"meta": {"regularMarketPrice": 150.25, "regularMarketTime": 1, "currency": "USD"}}
                ]
            }
        },
    }
    quote = FEEDS[name]().read(decode(json.dumps(bodies[name]).encode()), ["AAPL"])["AAPL"]
    assert quote is not None
    assert_sound(quote)


@given(st.binary())
def test_bytes_are_json_or_unreadable(body: bytes) -> None:
    try:
        decode(body)
    except UnreadableError:
        with pytest.raises((ValueError, RecursionError)):
            json.loads(body)


@pytest.mark.parametrize("body", ["", "[" * 100_000, '{"c":' * 100_000, "1e999999999999999999999", "nan"])
def test_what_cannot_be_decoded_is_unreadable(body: str) -> None:
    with pytest.raises(UnreadableError):
        decode(body.encode())


def test_numbers_stay_decimal() -> None:
    assert decode(b'{"a": 0.1, "b": 12345678901234567890.123456789, "c": 7, "d": NaN}') == {
        "a": Decimal("0.1"),
        "b": Decimal("12345678901234567890.123456789"),
        "c": Decimal(7),
        "d": None,
    }


@given(st.decimals(min_value="0.000001", max_value=10**12, allow_nan=False))
def test_a_price_moves_by_half_a_step_at_most(value: Decimal) -> None:
    price = price_of(value)
    assert price is not None
    assert abs(price - value) <= PRICE_STEP / 2


@pytest.mark.parametrize(
    ("text", "read"),
    [("0", "0"), ("80", "80"), ("8e1", "80"), ("80.0", "80"), ("1e9", "1000000000")],
)
def test_sizes_are_whole_shares(text: str, read: str) -> None:
    assert str(size_of(Decimal(text))) == read


@pytest.mark.parametrize(
    "value", [Decimal("0.5"), Decimal(-1), Decimal("1e10"), Decimal("1e400"), "80", True, None]
)
def test_what_is_no_count_of_shares_is_no_size(value: object) -> None:
    assert size_of(value) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2022-08-17T10:18:27.052763263Z", datetime(2022, 8, 17, 10, 18, 27, 52763, tzinfo=UTC)),
        ("2022-08-17T06:18:27-04:00", datetime(2022, 8, 17, 10, 18, 27, tzinfo=UTC)),
    ],
)
def test_texts_are_read_as_times_in_utc(text: str, at: datetime) -> None:
    assert time_of_text(text) == at
    assert at.tzinfo is UTC


@pytest.mark.parametrize("second", ["1660731507", "1660731507.9"])
def test_seconds_are_read_as_times_in_utc(second: str) -> None:
    assert time_of_second(Decimal(second)) == datetime(2022, 8, 17, 10, 18, 27, tzinfo=UTC)


NO_TEXTS = ["2022-08-17T10:18:27", "0001-01-01T00:00:00+14:00", "yesterday", "", True, None, [], Decimal(5)]
NO_SECONDS = [Decimal(0), Decimal(-1), Decimal(10) ** 11, Decimal("1e999999"), True, None, [], "1660731507"]


@pytest.mark.parametrize(
    ("read", "values"), [(time_of_text, NO_TEXTS), (time_of_second, NO_SECONDS)], ids=["text", "second"]
)
def test_what_is_no_time_is_none(read: Callable[[object], datetime | None], values: list[object]) -> None:
    assert [read(value) for value in values] == [None] * len(values)
