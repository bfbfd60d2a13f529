"""Finnhub's quotes: a last price and its second."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from graphql_api.market.finnhub import Finnhub
from graphql_api.market.quotes import Quote
from tests.market.sources import SECRET, Source
from tests.market.stand_in import Reply

DOCUMENTED = '{"c": 261.74, "h": 263.31, "l": 260.68, "o": 261.07, "pc": 259.45, "t": 1582641000}'
"""The example of https://finnhub.io/docs/api/quote."""


def test_a_documented_quote_is_a_last_price_without_sides(finnhub: Source) -> None:
    finnhub.stand_in.fault = Reply(200, DOCUMENTED)
    assert finnhub.quote() == Quote(
        symbol="AAPL",
        bid=None,
        ask=None,
        last=Decimal("261.74"),
        bid_size=None,
        ask_size=None,
        at=datetime(2020, 2, 25, 14, 30, tzinfo=UTC),
        source="FINNHUB",
        number=1_582_641_000_000_000,
    )


def test_the_key_goes_in_a_header_and_not_in_the_address(finnhub: Source) -> None:
    finnhub.quote()
    (request,) = finnhub.stand_in.requests
    assert (request.path, request.parameters) == ("/quote", {"symbol": "AAPL"})
    assert request.headers["x-finnhub-token"] == SECRET


def test_a_symbol_that_the_plan_does_not_have_is_unknown_and_no_trouble(finnhub: Source) -> None:
    finnhub.stand_in.fault = Reply(403, '{"error":"You don\'t have access to this resource."}')
    for symbol in ("SHELX", "VODXX", "AIRXX", "BMWXX", "RYXXX", "NESNX"):
        assert finnhub.market.instrument(symbol) is None
    assert finnhub.market.trouble() is None


def test_a_symbol_of_another_country_is_not_asked_for(finnhub: Source) -> None:
    finnhub.prices |= {"VOD.L": "72.5", "RY.TO": "130.1", "BMW.F": "90.3"}
    assert finnhub.market.quotes(["VOD.L", "RY.TO", "BMW.F"]) == {}
    assert finnhub.asked == 0


def test_a_wrong_key_is_told(finnhub: Source) -> None:
    finnhub.stand_in.fault = Reply(401, '{"error": "Invalid API key."}')
    assert finnhub.quote() is None
    assert finnhub.market.trouble() == "FINNHUB refuses the API key: set FINNHUB_API_KEY."


@pytest.mark.parametrize("body", ['{"c": 261.74}', '{"c": 261.74, "t": 0}', '{"c": 0, "t": 1582641000}'])
def test_a_price_without_a_time_is_no_quote(finnhub: Source, body: str) -> None:
    finnhub.stand_in.fault = Reply(200, body)
    assert finnhub.quote() is None


def test_a_broken_key_is_refused_unseen() -> None:
    with pytest.raises(ValueError, match="FINNHUB_API_KEY") as refused:
        Finnhub("top\nsecret")
    assert "secret" not in str(refused.value)
