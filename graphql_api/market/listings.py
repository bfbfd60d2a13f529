"""The well-known instruments of instruments.csv, by symbol and by name."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from operator import itemgetter
from types import MappingProxyType

from graphql_api.market.quotes import Instrument


@dataclass(frozen=True, slots=True)
class Listing:
    """An instrument and the price in cents that its simulated path moves around."""

    instrument: Instrument
    base_cents: int


def search_listings(text: str, limit: int) -> list[Instrument]:
    """At most `limit` instruments that fit `text`, in either case, best first.

    The symbol itself comes first, then symbols that start so, names with a word that starts so, and
    whatever contains it; equals by symbol. An empty text fits everything.
    """
    wanted = text.strip().casefold()
    ranked = [
        (rank, listing.instrument)
        for listing in load_listings().values()
        if (rank := search_rank(listing.instrument, wanted)) is not None
    ]
    ranked.sort(key=itemgetter(0))  # stable: the listings are in alphabetical order
    return [instrument for _, instrument in ranked[: max(limit, 0)]]


def search_rank(instrument: Instrument, wanted: str) -> int | None:
    """How well an instrument fits a case-folded text: 0 is best, None is not at all."""
    symbol, name = instrument.symbol.casefold(), instrument.name.casefold()
    if symbol == wanted:
        return 0
    if symbol.startswith(wanted):
        return 1
    if f" {wanted}" in f" {name}":
        return 2
    return 3 if wanted in symbol or wanted in name else None


@cache
def load_listings() -> Mapping[str, Listing]:
    """The rows of instruments.csv by symbol, in alphabetical order."""
    with files("graphql_api.market").joinpath("instruments.csv").open(encoding="utf-8") as lines:
        return MappingProxyType(
            {
                row["symbol"]: Listing(
                    Instrument(row["symbol"], row["name"]), int(Decimal(row["price"]).scaleb(2))
                )
                for row in csv.DictReader(lines)
            }
        )
