"""Yahoo's charts: a last price and its second, in dollars only."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from graphql_api.market.quotes import Quote
from tests.market.sources import Source
from tests.market.stand_in import Reply


def chart(**meta: str) -> Reply:
    members = {"currency": '"USD"', "regularMarketPrice": "230.49", "regularMarketTime": "1756324801"} | meta
    text = ", ".join(f'"{name}": {value}' for name, value in members.items())
    return Reply(200, f'{{"chart": {{"result": [{{"meta": {{{text}}}}}], "error": null}}}}')


def test_a_chart_is_a_last_price_without_sides(yahoo: Source) -> None:
    yahoo.stand_in.fault = chart()
    assert yahoo.quote() == Quote(
        symbol="AAPL",
        bid=None,
        ask=None,
        last=Decimal("230.49"),
        bid_size=None,
        ask_size=None,
        at=datetime(2025, 8, 27, 20, 0, 1, tzinfo=UTC),
        source="YAHOO",
        number=1_756_324_801_000_000,
    )


def test_it_says_who_asks_and_asks_for_a_day(yahoo: Source) -> None:
    yahoo.quote()
    (request,) = yahoo.stand_in.requests
    assert request.path == "/v8/finance/chart/AAPL"
    assert request.parameters == {"interval": "1d", "range": "1d"}
    assert "slackoms" in request.headers["user-agent"]


@pytest.mark.parametrize("currency", ['"CAD"', '"GBp"', "null"])
def test_a_price_of_another_currency_is_no_quote(yahoo: Source, currency: str) -> None:
    yahoo.stand_in.fault = chart(currency=currency)
    assert yahoo.quote() is None
    assert yahoo.market.trouble() is None


def test_a_symbol_without_a_price_is_unknown(yahoo: Source) -> None:
    yahoo.stand_in.fault = chart(regularMarketPrice="null")
    assert yahoo.market.instrument("APPL") is None


@pytest.mark.parametrize("second", ["null", "0", '"1756324801"', "1e300"])
def test_a_price_without_a_time_is_no_quote(yahoo: Source, second: str) -> None:
    yahoo.stand_in.fault = chart(regularMarketTime=second)
    assert yahoo.quote() is None


def test_symbols_that_are_not_found_are_no_trouble(yahoo: Source) -> None:
    for letter in "ABCDEF":
        assert yahoo.market.instrument(f"NOSUCH{letter}") is None
    assert yahoo.asked == 6
    assert yahoo.market.trouble() is None
