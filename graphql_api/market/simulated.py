"""A market that needs no key and no network: made-up prices of well-known instruments.

A quote is a pure function of (seed, symbol, second): every process and every restart sees the same path,
and nothing is stored. The path is a line through random knots, refined again and again: knots 498 days
apart come first, each octave below puts three knots for one of the octave above and moves each off the line
by a random amount, and the last octave's knots are the seconds. The amounts shrink with the square root of
the distance, as a random walk's do. So a price moves around its base in instruments.csv by about 1.4 % a day
and 27 % a year, never falls below a fifth of it, and never jumps. Whole numbers only: every machine agrees.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from math import isqrt

from graphql_api.market.listings import Listing, load_listings, search_listings
from graphql_api.market.quotes import Instrument, Quote

SOURCE = "SIMULATED"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MILLION = 10**6
BILLION = 10**9

RATIO = 3  # knots of one octave for each knot of the next
SLOWEST = 16  # the last octave
LONGEST: int = RATIO**SLOWEST  # seconds between its knots: 498 days
SWINGS = tuple(isqrt(50_000**2 * RATIO**octave) for octave in range(SLOWEST + 1))  # parts per billion


class SimulatedMarket:
    """The `Market` of a seed: the instruments of instruments.csv at the prices of `quote_at`.

    `clock` gives the current time, aware and in UTC. Symbols are asked for in upper case.
    """

    def __init__(
        self, seed: str = "slackoms", clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._seed = seed
        self._clock = clock
        self._listings = load_listings()

    @property
    def source(self) -> str:
        """SIMULATED, as on every quote."""
        return SOURCE

    def now(self) -> datetime:
        """The clock's time; a quote carries it cut to the second."""
        return self._clock()

    def instrument(self, symbol: str) -> Instrument | None:
        """The instrument of this symbol, None where instruments.csv does not have it."""
        listing = self._listings.get(symbol)
        return None if listing is None else listing.instrument

    def search(self, text: str, limit: int) -> list[Instrument]:
        """At most `limit` instruments of instruments.csv that fit `text`, best first."""
        return search_listings(text, limit)

    def quotes(self, symbols: Sequence[str]) -> dict[str, Quote]:
        """The quotes of these symbols, all of the same second; unknown symbols are left out."""
        return self._quotes_at(symbols, self.now())

    def closing_quotes(self, symbols: Sequence[str], at: datetime) -> dict[str, Quote]:
        """The quotes of the second that `at` lies in."""
        return self._quotes_at(symbols, at)

    def trouble(self) -> None:
        """It never fails."""

    def close(self) -> None:
        """It holds nothing."""

    def _quotes_at(self, symbols: Sequence[str], at: datetime) -> dict[str, Quote]:
        return {
            symbol: quote_at(self._seed, listing, at)
            for symbol in dict.fromkeys(symbols)
            if (listing := self._listings.get(symbol)) is not None
        }


def quote_at(seed: str, listing: Listing, at: datetime) -> Quote:
    """The quote of the second that `at` lies in: prices in cents, bid < last < ask, sizes in round lots.

    Raises TypeError where `at` has no time zone.
    """
    symbol = listing.instrument.symbol
    second = (at - EPOCH) // SECOND
    last = listing.base_cents * (BILLION + deviation(seed, symbol, second)) // BILLION
    noise = digest(seed, symbol, "book", second)
    return Quote(
        symbol=symbol,
        bid=dollars(last - gap(last, noise[0])),
        ask=dollars(last + gap(last, noise[1])),
        last=dollars(last),
        bid_size=shares(noise[2]),
        ask_size=shares(noise[3]),
        at=EPOCH + second * SECOND,
        source=SOURCE,
    )


def deviation(seed: str, symbol: str, second: int) -> int:
    """How far the price is from its base at this second since 1970, in parts per billion."""
    return knot(seed, symbol, 0, second + phase(seed, symbol))


@lru_cache(maxsize=40_000)  # about 10 MB; what was dropped is computed again
def knot(seed: str, symbol: str, octave: int, index: int) -> int:
    """The height of one knot: its own random part on the straight line between two knots one octave up."""
    swing = SWINGS[octave]
    own = int.from_bytes(digest(seed, symbol, octave, index)) % (2 * swing + 1) - swing
    if octave == SLOWEST:
        return own
    above, step = divmod(index, RATIO)
    before = knot(seed, symbol, octave + 1, above)
    after = knot(seed, symbol, octave + 1, above + 1)
    return own + before + (after - before) * step // RATIO


@lru_cache(maxsize=1_000)
def phase(seed: str, symbol: str) -> int:
    """Seconds by which a symbol's knots are moved, so that no two symbols turn at the same moments."""
    return int.from_bytes(digest(seed, symbol, "phase")) % LONGEST


def digest(*words: str | int) -> bytes:
    """Eight random-looking bytes, always the same for the same words."""
    return blake2b("|".join(map(str, words)).encode(), digest_size=8).digest()


def gap(last_cents: int, noise: int) -> int:
    """Cents between last and one side: 0.5 to 2 basis points as `noise` goes from 0 to 255, at least one."""
    return max(1, last_cents * (50 + noise * 3 // 5) // MILLION)


def shares(noise: int) -> Decimal:
    """A displayed size of 100 to 2,000 shares."""
    return Decimal(100 * (1 + noise % 20))


def dollars(cents: int) -> Decimal:
    """Cents as a price with two decimals."""
    return Decimal(cents).scaleb(-2)
