"""A market whose quotes come from a source on the internet: asked rarely, never waited for long.

Whoever asks gets what is known at most `TIMEOUT_SECONDS` later. A quote that the source has just given
serves everybody for `fresh_seconds`; a symbol is asked for once at a time, whoever else wants it waits for
that answer; symbols that are watched together are asked for together. When the source fails, or may not be
asked so often, its last good quotes stay with the time that they had: they grow old, and nothing fills at
an old quote.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import Lock
from time import monotonic
from typing import Protocol

from graphql_api.market.answers import UnreadableError, decode
from graphql_api.market.circuit import Circuit
from graphql_api.market.connection import Answer, Connection, UnansweredError
from graphql_api.market.limits import Allowance, seconds_to_rest, seconds_until_refilled
from graphql_api.market.listings import load_listings, search_listings
from graphql_api.market.quotes import Instrument, Quote

TIMEOUT_SECONDS = 2.0
REQUESTS_AT_ONCE = 4
UNKNOWN_SECONDS = 60.0
REFUSED_SECONDS = 60.0
WATCHED_SECONDS = 60.0
MOST_SYMBOLS = 10_000
CLOSING_TIME = timedelta(minutes=5)

_log = logging.getLogger(__name__)


class Feed(Protocol):
    """One source's own ways: how it is asked, and how its answers are read."""

    source: str
    symbols_a_request: int
    requests_a_minute: int
    burst: int
    """How many of them may be sent at once."""
    fresh_seconds: float
    headers: Mapping[str, str]
    refusal: str
    """What an answer 401 or 403 means: the source "refuses the API key", and what to do."""

    def can_ask(self, symbol: str) -> bool:
        """Whether the symbol can be one of the source's at all."""

    def request(self, symbols: Sequence[str]) -> tuple[str, Mapping[str, str]]:
        """The path and the parameters that ask for at most `symbols_a_request` symbols."""

    def read(self, answer: object, symbols: Sequence[str]) -> Mapping[str, Quote | None]:
        """The quotes of these symbols in a decoded answer, None for those that the source does not know.

        One that cannot be read is left out. The times are the source's own.
        """

    def unknown(self, status: int, answer: object, symbols: Sequence[str]) -> Sequence[str]:
        """Those of the symbols that an answer other than 200 says the source does not know."""


@dataclass(frozen=True, slots=True)
class Flight:
    """A request on its way; nobody waits for it after `gives_up_at`, a time of `monotonic`."""

    landed: Future[None]
    gives_up_at: float


@dataclass(slots=True)
class Known:
    """What is known of one symbol. Times are the market's timer's."""

    asked_at: float
    due_at: float
    quote: Quote | None = None
    is_unknown: bool = False
    flight: Flight | None = None


class RemoteMarket:
    """The `Market` of a feed. It blocks: not for an event loop. `clock` gives the time, aware and in UTC.

    `timer` gives seconds that never go back: how long a quote is fresh, and when a source is asked again.
    Close it when it is no longer used. Raises ValueError where `url` is no http or https address.
    """

    def __init__(
        self,
        feed: Feed,
        url: str,
        timeout_seconds: float = TIMEOUT_SECONDS,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        timer: Callable[[], float] = monotonic,
    ) -> None:
        self._feed = feed
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._timer = timer
        self._connection = Connection(url, feed.headers, REQUESTS_AT_ONCE)
        self._circuit = Circuit(feed.source, timer)
        self._allowance = Allowance(feed.burst, feed.requests_a_minute, timer)
        self._threads = ThreadPoolExecutor(REQUESTS_AT_ONCE, thread_name_prefix=feed.source)
        self._listings = load_listings()
        self._lock = Lock()
        self._known: dict[str, Known] = {}  # the symbol that was asked for last is last

    @property
    def source(self) -> str:
        """The source's name, as on every quote."""
        return self._feed.source

    def now(self) -> datetime:
        """The clock's time."""
        return self._clock()

    def instrument(self, symbol: str) -> Instrument | None:
        """What instruments.csv says; of others their symbol, None where the source does not know it.

        While the source does not answer, whatever can be a symbol of its is taken for one: it has no quote.
        """
        if listing := self._listings.get(symbol):
            return listing.instrument
        if not self._feed.can_ask(symbol):
            return None
        self.quotes([symbol])
        with self._lock:
            known = self._known.get(symbol)
            is_unknown = known is not None and known.is_unknown
        return None if is_unknown else Instrument(symbol, symbol)

    def search(self, text: str, limit: int) -> list[Instrument]:
        """At most `limit` instruments of instruments.csv that fit `text`, best first; nobody is asked."""
        return search_listings(text, limit)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """The quotes of these symbols, as fresh as can be had in time; those without one are left out."""
        wanted = [symbol for symbol in dict.fromkeys(symbols) if self._feed.can_ask(symbol)]
        flights = self._flights_for(wanted)
        if flights:
            gives_up_at = max(flight.gives_up_at for flight in flights)
            wait((flight.landed for flight in flights), max(0, gives_up_at - monotonic()))
        with self._lock:
            return {
                symbol: known.quote
                for symbol in wanted
                if (known := self._known.get(symbol)) is not None and known.quote is not None
            }

    def closing_quotes(self, symbols: Sequence[str], at: datetime) -> dict[str, Quote]:
        """The quotes with a last price whose time is at most five minutes from `at`, the session's end."""
        return {
            symbol: quote
            for symbol, quote in self.quotes(symbols).items()
            if quote.last is not None and abs(quote.at - at) <= CLOSING_TIME
        }

    def trouble(self) -> str | None:
        """Why the source is not asked now, in a sentence; None as soon as the next request may try again."""
        return self._circuit.trouble()

    def close(self) -> None:
        """Stop asking, and give threads and sockets back."""
        self._threads.shutdown(cancel_futures=True)
        self._connection.close()

    def _flights_for(self, symbols: Sequence[str]) -> list[Flight]:
        """The requests to wait for: those that others have sent, and those that have to be sent now."""
        with self._lock:
            now = self._timer()
            due = [
                symbol
                for symbol in symbols
                if (known := self._move_last(symbol, now)).due_at <= now and known.flight is None
            ]
            if due and self._circuit.trouble() is None:
                self._send(due, now)
            flights = [flight for symbol in symbols if (flight := self._known[symbol].flight) is not None]
            for symbol in list(islice(self._known, max(0, len(self._known) - MOST_SYMBOLS))):
                del self._known[symbol]
            return flights

    def _move_last(self, symbol: str, now: float) -> Known:
        known = self._known.pop(symbol, None) or Known(asked_at=now, due_at=now)
        known.asked_at = now
        self._known[symbol] = known
        return known

    def _send(self, due: list[str], now: float) -> None:
        """Send requests for what is due; what room is left goes to whatever else is watched and due."""
        size = self._feed.symbols_a_request
        room = -len(due) % size
        gives_up_at = monotonic() + self._timeout_seconds
        asked = [*due, *islice(self._watched(now, frozenset(due)), room)]
        for start in range(0, len(asked), size):
            batch = asked[start : start + size]
            flight = Flight(self._threads.submit(self._fly, batch, gives_up_at), gives_up_at)
            for symbol in batch:
                self._known[symbol].flight = flight

    def _watched(self, now: float, without: frozenset[str]) -> Iterator[str]:
        for symbol, known in reversed(self._known.items()):
            if known.asked_at < now - WATCHED_SECONDS:
                return
            if known.due_at <= now and known.flight is None and symbol not in without:
                yield symbol

    def _fly(self, symbols: list[str], gives_up_at: float) -> None:
        try:
            if monotonic() < gives_up_at and self._allowance.take() and self._circuit.admits():
                self._ask(symbols, gives_up_at)
        except Exception:  # noqa: BLE001 - the circuit waits for word of this request
            _log.exception("what %s answered could not be read", self.source)
            self._circuit.fail("answered something that could not be read")
        finally:
            with self._lock:
                for symbol in symbols:
                    if known := self._known.get(symbol):
                        known.flight = None

    def _ask(self, symbols: Sequence[str], gives_up_at: float) -> None:
        """Ask, again without the symbols that the source says it does not know, and keep what comes back."""
        try:
            while symbols:
                answer = self._connection.get(*self._feed.request(symbols), seconds=gives_up_at - monotonic())
                unknown = self._unknown(answer, symbols)
                if not unknown:
                    self._take(answer, symbols)
                    return
                self._keep(dict.fromkeys(unknown), unknown)
                symbols = [symbol for symbol in symbols if symbol not in unknown]
            self._circuit.succeed()
        except UnansweredError as failure:
            self._circuit.fail(str(failure))
        except UnreadableError:
            self._circuit.fail("answered something that is no quote")

    def _unknown(self, answer: Answer, symbols: Sequence[str]) -> Sequence[str]:
        if answer.status == 200:
            return ()
        try:
            return self._feed.unknown(answer.status, decode(answer.body), symbols)
        except UnreadableError:
            return ()

    def _take(self, answer: Answer, symbols: Sequence[str]) -> None:
        match answer.status:
            case 200:
                quotes = self._feed.read(decode(answer.body), symbols)
                if not quotes:
                    raise UnreadableError
                self._keep(quotes, symbols)
                self._circuit.succeed()
                if seconds := seconds_until_refilled(answer.headers, self._clock()):
                    self._circuit.rest(seconds, "has no requests left this minute")
            case 401 | 403:
                self._circuit.rest(REFUSED_SECONDS, self._feed.refusal)
            case 429:
                seconds = seconds_to_rest(answer.headers, self._clock())
                self._circuit.rest(seconds, "has been asked too often")
            case status:
                self._circuit.fail(f"answered with status {status}")

    def _keep(self, quotes: Mapping[str, Quote | None], symbols: Sequence[str]) -> None:
        """Keep what the source has said of these symbols; one it said nothing of keeps its last quote."""
        now, at = self._timer(), self._clock()
        with self._lock:
            for symbol in symbols:
                if (known := self._known.get(symbol)) is None:
                    continue
                known.due_at = now + self._feed.fresh_seconds
                if quote := quotes.get(symbol):
                    known.quote = replace(quote, at=min(quote.at, at), number=quote.identity)
                    known.is_unknown = False
                elif symbol in quotes and known.quote is None:
                    known.is_unknown = True
                    if symbol not in self._listings:
                        known.due_at = now + UNKNOWN_SECONDS
