"""What becomes of a market whose source fails: nobody waits for long, and it is left alone for a while."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic

import pytest

from graphql_api.market.circuit import FAILURES_IN_A_ROW, REST_SECONDS
from graphql_api.market.remote import REFUSED_SECONDS, REQUESTS_AT_ONCE, RemoteMarket
from graphql_api.market.yahoo import Yahoo
from tests.market.sources import KEY, SECRET, Source, ask_until_open, fail_until_open, opened
from tests.market.stand_in import NOON, Reply, nothing, standing_in

# No long wait


def test_after_the_time_out_the_last_good_quote_is_left_and_grows_old(hasty: Source) -> None:
    assert hasty.last() == "150.25"
    hasty.stand_in.fault = Reply(hold=threading.Event())
    for seconds in (20, 40):
        hasty.clock.pass_by(20)
        started = monotonic()
        quote = hasty.quote()
        assert monotonic() - started < 1
        assert quote is not None
        assert quote.at == NOON
        assert quote.age(hasty.market.now()) == timedelta(seconds=seconds)


def test_an_answer_that_trickles_in_is_not_waited_for(hasty: Source) -> None:
    hasty.stand_in.fault = Reply(body=" " * 100, pause=0.05)
    started = monotonic()
    assert hasty.quote() is None
    assert monotonic() - started < 1


def test_who_comes_late_to_a_request_waits_no_longer_than_it_may_take(hasty: Source) -> None:
    release = threading.Event()
    hasty.stand_in.fault = Reply(hold=release)
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(hasty.quote)
        assert hasty.stand_in.is_asked.wait(5)
        started = monotonic()
        assert hasty.quote() is None
        assert monotonic() - started < 1
        assert early.result() is None
    release.set()


def test_what_there_was_no_time_to_ask_is_no_failure_of_the_source() -> None:
    symbols = [f"S{letter}" for letter in "ABCDEFGH"]
    with opened("FINNHUB", timeout_seconds=0.3) as source:
        source.prices = dict.fromkeys(symbols, "10.5")
        source.stand_in.fault = Reply(hold=threading.Event())
        assert source.market.quotes(symbols) == {}
        source.stand_in.fault = None
        deadline = monotonic() + 20
        while len(source.market.quotes(symbols)) < len(symbols):
            assert monotonic() < deadline
        assert source.asked == REQUESTS_AT_ONCE + len(symbols)


def test_an_open_circuit_answers_at_once(hasty: Source) -> None:
    assert hasty.last() == "150.25"
    hasty.stand_in.fault = Reply(hold=threading.Event())
    hasty.stop_being_fresh()
    ask_until_open(hasty)
    assert hasty.asked == 1 + FAILURES_IN_A_ROW
    started = monotonic()
    assert hasty.last() == "150.25"
    assert monotonic() - started < 0.25
    assert hasty.asked == 1 + FAILURES_IN_A_ROW
    assert hasty.market.trouble() == f"{hasty.name} did not answer in time."


# The circuit


def test_failures_in_a_row_open_the_circuit_and_a_trial_closes_it(source: Source) -> None:
    fail_until_open(source, Reply(503, "<html>no healthy upstream</html>"))
    assert source.market.trouble() == f"{source.name} answered with status 503."
    assert source.asked == FAILURES_IN_A_ROW
    source.clock.pass_by(REST_SECONDS - 0.1)
    source.quote()
    assert source.asked == FAILURES_IN_A_ROW
    source.clock.pass_by(0.2)
    assert source.market.trouble() is None
    source.stand_in.fault = None
    assert source.last() == "150.25"
    assert source.last("MSFT") == "300.5"
    assert source.market.trouble() is None


def test_a_failed_trial_opens_the_circuit_again_at_once(source: Source) -> None:
    fail_until_open(source, Reply(500))
    source.clock.pass_by(REST_SECONDS)
    source.quote()
    assert source.asked == FAILURES_IN_A_ROW + 1
    assert source.market.trouble() is not None
    source.quote()
    assert source.asked == FAILURES_IN_A_ROW + 1


def test_one_request_tries_while_the_others_are_answered_at_once(source: Source) -> None:
    source.quote("MSFT")
    fail_until_open(source, Reply(500))
    source.stand_in.requests.clear()
    source.stand_in.is_asked.clear()
    source.clock.pass_by(REST_SECONDS + 20)
    release = threading.Event()
    source.stand_in.fault = Reply(500, hold=release)
    with ThreadPoolExecutor(1) as threads:
        trial = threads.submit(source.quote, "GOOG")
        assert source.stand_in.is_asked.wait(5)
        assert source.quote("NVDA") is None
        assert not trial.done()
        release.set()
        assert trial.result() is None
    assert source.asked == 1


def test_asking_while_the_circuit_is_open_uses_no_allowance_up(finnhub: Source) -> None:
    fail_until_open(finnhub, Reply(500))
    for _ in range(100):
        finnhub.quote()
    finnhub.stand_in.fault = None
    finnhub.clock.pass_by(REST_SECONDS)
    assert finnhub.last() == "150.25"


def test_a_success_between_failures_keeps_the_circuit_closed(source: Source) -> None:
    for _ in range(3):
        source.stand_in.fault = Reply(500)
        for _ in range(FAILURES_IN_A_ROW - 1):
            source.stop_being_fresh()
            source.quote()
        source.stand_in.fault = None
        source.stop_being_fresh()
        assert source.last() == "150.25"
    assert source.market.trouble() is None


def test_trouble_is_logged_once_and_its_end_too(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="graphql_api.market.circuit")
    fail_until_open(source, Reply(500))
    source.clock.pass_by(REST_SECONDS)
    source.quote()
    source.clock.pass_by(REST_SECONDS)
    source.stand_in.fault = None
    source.quote()
    lines = [record.getMessage() for record in caplog.records if record.name == "graphql_api.market.circuit"]
    assert lines == [
        f"no quotes: {source.name} answered with status 500; next request in 10 s",
        f"{source.name} gives quotes again",
    ]


# Asked too often


def at_noon(seconds: float) -> str:
    return str(int((NOON + timedelta(seconds=seconds)).timestamp()))


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry-After": "7"}, 7), ({"X-RateLimit-Reset": at_noon(12)}, 12), ({}, 60)]
)
def test_a_source_that_is_asked_too_often_is_left_alone_for_as_long_as_it_says(
    source: Source, headers: dict[str, str], seconds: float
) -> None:
    source.stand_in.fault = Reply(429, "Too Many Requests", headers)
    assert source.quote() is None
    assert source.market.trouble() == f"{source.name} has been asked too often."
    source.stand_in.fault = None
    source.clock.pass_by(seconds - 0.5)
    assert source.quote() is None
    assert source.asked == 1
    source.clock.pass_by(0.5)
    assert source.market.trouble() is None
    assert source.last() == "150.25"
    assert source.market.trouble() is None


def test_the_last_request_of_the_minute_is_used_and_the_next_waits(source: Source) -> None:
    answer = source.stand_in.answer
    headers = {"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": at_noon(40)}
    source.stand_in.answer = lambda request: Reply(200, answer(request).body, headers)
    assert source.last() == "150.25"
    assert source.market.trouble() == f"{source.name} has no requests left this minute."
    source.clock.pass_by(39.9)
    assert source.last() == "150.25"
    assert source.asked == 1
    source.stand_in.answer = answer
    source.clock.pass_by(0.2)
    source.prices["AAPL"] = "149"
    assert source.last() == "149"


def test_requests_that_are_left_are_used(source: Source) -> None:
    answer = source.stand_in.answer
    headers = {"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": at_noon(40)}
    source.stand_in.answer = lambda request: Reply(200, answer(request).body, headers)
    assert source.last() == "150.25"
    assert source.market.trouble() is None


# A refused key, and secrets


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_said_and_tried_again_after_a_minute(source: Source, status: int) -> None:
    source.stand_in.fault = Reply(status, '{"message": "forbidden."}')
    assert source.quote() is None
    trouble = source.market.trouble()
    assert trouble is not None
    assert trouble.startswith(f"{source.name} refuses")
    assert ("API_KEY" in trouble) == (source.name != "YAHOO")
    source.clock.pass_by(REFUSED_SECONDS - 1)
    source.quote()
    assert source.asked == 1
    source.stand_in.fault = None
    source.clock.pass_by(1)
    assert source.last() == "150.25"


FAULTS = [
    Reply(401, SECRET),
    Reply(429, SECRET),
    Reply(500, SECRET),
    Reply(302, SECRET, {"Location": "/elsewhere"}),
    Reply(200, f"<html>{SECRET}</html>"),
    Reply(200, f'"{SECRET}"'),
    Reply(200, SECRET, is_cut=True),
    Reply(200, SECRET, {"Content-Encoding": "gzip"}),
]


def test_no_secret_gets_into_a_log_or_a_sentence(source: Source, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in FAULTS:
        caplog.clear()
        source.stand_in.fault = fault
        source.market = source.new_market()
        ask_until_open(source)
        told = f"{source.market.trouble()} {source.market!r} {vars(source.market)} {caplog.text}"
        assert "graphql_api.market.circuit" in told
        assert SECRET not in told
        assert KEY not in told


def test_a_redirect_takes_no_key_elsewhere(source: Source) -> None:
    with standing_in(nothing) as elsewhere:
        source.stand_in.fault = Reply(302, "", {"Location": elsewhere.url})
        assert source.quote() is None
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "url", ["", "data.alpaca.markets", "ftp://host", "https://", "file:///etc", "http://a\0b"]
)
def test_an_address_that_is_none_is_an_error(url: str) -> None:
    with pytest.raises(ValueError, match="http:// or https://"):
        RemoteMarket(Yahoo(), url)
