"""Symbols and their companies, kept in memory: a menu that opens while its user types cannot wait."""

import asyncio
import string
from collections.abc import Sequence

from slack_client.answers import Instrument
from slack_client.oms import Oms, OmsError
from slack_client.trade.forms import read_symbol
from slack_client.trader import Trader

SUGGESTIONS = 50
SEARCH_SECONDS = 1.5
"""Half of what Slack waits for a menu's choices."""
_BY_LETTER = 100


class Symbols:
    """What the bot knows of a workspace's market; it learns the first time that somebody types."""

    def __init__(self, oms: Oms) -> None:
        self._oms = oms
        self._names: dict[str, str] = {}
        self._learning: asyncio.Task[None] | None = None

    def name_of(self, symbol: str) -> str | None:
        """The company's name, where it is known."""
        return self._names.get(symbol)

    def start_learning(self, trader: Trader) -> None:
        """Read the instruments in the background, once."""
        if self._learning is None:
            self._learning = asyncio.create_task(self._learn(trader))

    async def close(self) -> None:
        """Stop learning."""
        if self._learning is not None:
            self._learning.cancel()
            await asyncio.gather(self._learning, return_exceptions=True)

    async def suggest(self, query: str, trader: Trader) -> Sequence[Instrument]:
        """Instruments for what was typed, best match first. What could be a symbol is always among them:
        not every market can list what it trades."""
        self.start_learning(trader)
        found = self._search(query) or await self._ask(query, trader)
        symbol = read_symbol(query)
        typed = [] if symbol is None else [Instrument(symbol=symbol, name=self._names.get(symbol, ""))]
        return [*typed, *(each for each in found if each.symbol != symbol)][:SUGGESTIONS]

    def _search(self, query: str) -> list[Instrument]:
        """The symbols that begin so, then the names with a word that does, then whatever contains it."""
        wanted = query.strip().casefold()
        ranked = sorted(
            (rank, symbol)
            for symbol, name in self._names.items()
            if (rank := _rank(wanted, symbol.casefold(), name.casefold())) is not None
        )
        return [Instrument(symbol=symbol, name=self._names[symbol]) for _, symbol in ranked[:SUGGESTIONS]]

    async def _ask(self, query: str, trader: Trader) -> Sequence[Instrument]:
        try:
            found = await self._oms.instruments(query, SUGGESTIONS, trader.name, within=SEARCH_SECONDS)
        except OmsError:
            return []
        self._names |= {each.symbol: each.name for each in found}
        return found

    async def _learn(self, trader: Trader) -> None:
        try:
            for letter in string.ascii_uppercase:
                found = await self._oms.instruments(letter, _BY_LETTER, trader.name)
                self._names |= {each.symbol: each.name for each in found}
        except OmsError:
            self._learning = None  # the next one who types tries again


def _rank(wanted: str, symbol: str, name: str) -> int | None:
    if symbol.startswith(wanted):
        return 0
    if any(word.startswith(wanted) for word in name.split()):
        return 1
    return 2 if wanted in symbol or wanted in name else None
