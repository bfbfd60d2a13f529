"""Prices as a message. Pure: quotes in, a message out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slack_client.answers import Market, Quote
from slack_client.blocks import (
    TEXT_LIMIT,
    Json,
    beside,
    button,
    cut,
    escape,
    markdown,
    paragraph,
    small_print,
)
from slack_client.figures import age, clock
from slack_client.messages import TRADE_AGAIN_ACTION, Message, sentence
from slack_client.trade.forms import read_symbol
from slack_client.trade.modals import PAPER
from slack_client.trade.previews import market_hours, price_words, quote_text
from slack_client.words import QUOTE_COMMAND, Side

SYMBOLS_LIMIT = 20
BUTTONS_LIMIT = 5
QUOTE_USAGE = f"Write {QUOTE_COMMAND} and up to {SYMBOLS_LIMIT} symbols: {QUOTE_COMMAND} AAPL MSFT"


@dataclass(frozen=True)
class Asked:
    """The symbols of a command, those beyond the limit, and the words that cannot be symbols."""

    symbols: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


def read_symbols(text: str) -> Asked:
    """Read symbols with spaces or commas between them, each once."""
    words = dict.fromkeys(text.replace(",", " ").split())
    read = {word: read_symbol(word) for word in words}
    symbols = tuple(dict.fromkeys(symbol for symbol in read.values() if symbol is not None))
    return Asked(
        symbols[:SYMBOLS_LIMIT],
        symbols[SYMBOLS_LIMIT:],
        tuple(word for word, symbol in read.items() if symbol is None),
    )


def quote_usage(asked: Asked) -> Message:
    """Say how prices are asked for, and which words are none of it."""
    words = ", ".join(f"“{word}”" for word in asked.unreadable)
    return sentence(f"{QUOTE_USAGE}. Not a symbol: {words}." if words else f"{QUOTE_USAGE}.")


def quotes_message(asked: Asked, quotes: Mapping[str, Quote], market: Market) -> Message:
    """Show the prices of what was asked for, and say what has none."""
    known = [quotes[symbol] for symbol in asked.symbols if symbol in quotes]
    notices = _notices(asked, [symbol for symbol in asked.symbols if symbol not in quotes])
    blocks = [
        *(
            beside(markdown(quote_text(quote.symbol, quote, market)), _button(quote, place))
            for place, quote in enumerate(known)
        ),
        *(paragraph(notice) for notice in notices),
        markdown(market_hours(market)),
        small_print(PAPER),
    ]
    lines = [_line(quote) for quote in known]
    said = "\n".join([*lines, *notices, market_hours(market, clock), PAPER])
    return Message(escape(cut(said, TEXT_LIMIT)), tuple(blocks))


def _notices(asked: Asked, unknown: Sequence[str]) -> list[str]:
    notices = []
    if unknown:
        notices.append(f"No price here for {', '.join(unknown)}. Check the spelling.")
    if asked.unreadable:
        words = ", ".join(f"“{word}”" for word in asked.unreadable)
        notices.append(f"Not a symbol: {words}.")
    if asked.left_out:
        total = len(asked.symbols) + len(asked.left_out)
        notices.append(
            f"Showing {len(asked.symbols)} of {total} symbols, without {', '.join(asked.left_out)}."
        )
    return notices


def _button(quote: Quote, place: int) -> Json | None:
    if place >= BUTTONS_LIMIT:
        return None
    return button("Trade", TRADE_AGAIN_ACTION, f"{Side.BUY} {quote.symbol}")


def _line(quote: Quote) -> str:
    old = ", too old to trade on" if quote.stale else ""
    source = f"{quote.source} prices, {age(quote.age_seconds)} old{old}"
    return f"{quote.symbol}: {price_words(quote)} ({source})"
