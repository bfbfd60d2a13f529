"""Whatever a source answers, over real HTTP: no crash, no unsound quote, and good quotes again afterwards."""

from collections.abc import Callable
from functools import partial

import pytest

from graphql_api.market import remote
from graphql_api.market.circuit import FAILURES_IN_A_ROW, REST_SECONDS
from graphql_api.market.quotes import Instrument
from tests.market.sources import Source, fail_until_open
from tests.market.stand_in import Reply, Request, nothing, standing_in

GARBAGE: list[str | bytes] = [
    "",
    "<!doctype html><title>Sign in</title>",
    '{"AAPL": {"latestTrade": {"p": 15',
    "null",
    "150.25",
    '"AAPL"',
    '[{"c": 1, "t": 2}]',
    "[" * 100_000,
    '{"chart":' * 100_000,
    b"\xff\xfe\xff\x00",
    "9" * 100_000,
    '{"c": 1e999999999999999999999, "t": 1}',
    '{"c": "' + "x" * (5 * 2**20) + '"}',
    "NaN",
    '{"error": null, "AAPL": 5, "chart": 7, "c": "x"}',
    '{"AAPL": {}, "chart": {"result": [{}]}, "c": null}',
    '{"AAPL": [[]], "chart": {"result": [[]]}, "c": []}',
]


def test_garbage_leaves_the_last_good_quote(source: Source) -> None:
    for body in GARBAGE:
        assert source.last() == "150.25"
        source.stand_in.fault = Reply(200, body)
        source.stop_being_fresh()
        quote = source.quote()
        assert quote is not None, body[:40]
        assert (str(quote.last), quote.at < source.clock.at) == ("150.250000", True), body[:40]
        source.stand_in.fault = None
    assert source.asked == 2 * len(GARBAGE)


def test_garbage_again_and_again_opens_the_circuit(source: Source) -> None:
    fail_until_open(source, Reply(200, "<!doctype html><title>Sign in</title>"))
    assert source.market.trouble() == f"{source.name} answered something that is no quote."


NO_PRICES = [
    "0",
    "-1",
    "NaN",
    "-Infinity",
    '"150"',
    "true",
    "null",
    "[1]",
    "{}",
    "1e13",
    "1e400",
    "0.0000004",
    "1e-400",
]


def test_what_is_no_price_is_no_quote(source: Source) -> None:
    answer = source.stand_in.answer
    for price in NO_PRICES:
        market = source.new_market()
        source.stand_in.answer = partial(answer_with, answer, "150.25", price)
        quote = market.quotes(["AAPL"]).get("AAPL")
        assert quote is None or (source.name, quote.last) == ("ALPACA", None), price
        source.stand_in.answer = answer
        source.clock.pass_by(20)
        assert str(market.quotes(["AAPL"])["AAPL"].last) == "150.250000", price
        market.close()


def answer_with(answer: Callable[[Request], Reply], old: str, new: str, request: Request) -> Reply:
    reply = answer(request)
    assert isinstance(reply.body, str)
    assert old in reply.body
    return Reply(reply.status, reply.body.replace(old, new), reply.headers)


@pytest.mark.parametrize(
    ("price", "read"),
    [
        ("150.2500004", "150.25"),
        ("150.2500005", "150.250001"),
        ("207.3800048828125", "207.380005"),
        ("3e2", "300"),
    ],
)
def test_prices_are_exact_to_six_decimals_and_rounded_half_up(source: Source, price: str, read: str) -> None:
    source.prices["AAPL"] = price
    assert source.last() == read


@pytest.mark.parametrize("close", [True, False], ids=["cut", "refused"])
def test_a_lost_connection_does_no_harm(source: Source, close: bool) -> None:
    assert source.last() == "150.25"
    if close:
        fail_until_open(source, Reply(200, "{", is_cut=True))
        assert str(source.market.trouble()) == f"{source.name} could not be asked (RemoteProtocolError)."
        source.stand_in.fault = None
        source.stop_being_fresh()
        source.prices["AAPL"] = "151"
        assert source.last() == "151"
    else:
        with standing_in(nothing) as gone:
            pass
        market = source.new_market(url=gone.url)
        for _ in range(FAILURES_IN_A_ROW):
            assert market.quotes(["AAPL"]) == {}
        assert market.trouble() == f"{source.name} could not be asked (ConnectError)."


def test_while_the_source_is_silent_nothing_is_called_unknown(source: Source) -> None:
    source.stand_in.fault = Reply(500)
    assert source.market.instrument("NEWCO") == Instrument("NEWCO", "NEWCO")
    source.stand_in.fault = None
    assert source.market.instrument("NEWCO") is None


def test_a_mistake_of_ours_does_not_leave_the_circuit_waiting(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_until_open(source, Reply(500))
    source.clock.pass_by(REST_SECONDS)
    source.stand_in.fault = None
    with monkeypatch.context() as broken:
        broken.setattr(remote, "decode", lambda _: 1 // 0)
        assert source.quote() is None
    source.clock.pass_by(REST_SECONDS)
    assert source.last() == "150.25"
