"""The trade modal in each of its states. Pure: values in, a view out.

Each input's block id is the name of the field of executeTrade's input that it fills, so that a
refusal finds its place. Ids never change between states: Slack keeps what was typed in a block
whose id stays.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from slack_client.answers import PortfolioSummary, Quote, Side
from slack_client.blocks import (
    OPTION_TEXT_LIMIT,
    OPTIONS_LIMIT,
    TITLE_LIMIT,
    Json,
    checkbox,
    cut,
    field,
    option,
    paragraph,
    plain,
    radio_buttons,
    select,
    small_print,
    text_input,
)
from slack_client.figures import money
from slack_client.forms import NOTE_LENGTH, Ticket, Typed, Unit

TRADE_CALLBACK = "trade"
PAPER = "Paper trading, no real money."
NO_SYMBOL = "Type a symbol and press Trade: it is traded at the market's price at that moment."
ERROR_LIMIT = 300


@dataclass(frozen=True)
class Offer:
    """The portfolios that the trader may trade; `made` is the one just made for a new trader."""

    portfolios: tuple[PortfolioSummary, ...]
    made: PortfolioSummary | None = None


def trade_form(
    ticket: Ticket, typed: Typed, quote_line: str, offer: Offer | None, notices: Sequence[str] = ()
) -> Json:
    """Draw the form: `offer` is None while the portfolios are not known; notices stand on top."""
    blocks = [
        small_print(PAPER),
        *(paragraph(notice) for notice in notices),
        *_welcome(offer),
        paragraph(quote_line, block_id="quote"),
        field("symbol", "Symbol", text_input(typed.symbol, "AAPL", max_length=24)),
        field("side", "Side", radio_buttons(_SIDES, typed.side)),
        field("quantity", "Amount", text_input(typed.amount, "10, 0.5 or 2,500.00", max_length=32)),
        field("unit", "Amount in", radio_buttons(_UNITS, typed.unit)),
        *_portfolios(offer, typed.portfolio_id),
        field(
            "note",
            "Note",
            text_input(typed.note, "Why this trade?", max_length=NOTE_LENGTH, multiline=True),
            optional=True,
        ),
        field("announce", "Confirmation", checkbox(_ANNOUNCE, checked=typed.announce), optional=True),
    ]
    return _modal(blocks, ticket) | {"submit": plain("Trade", TITLE_LIMIT)}


def working(ticket: Ticket) -> Json:
    """Draw what stands there while the OMS is slow."""
    text = (
        "Still working: the OMS has not answered yet. You can close this window; "
        "the result follows where you typed the command. It is traded once at most."
    )
    return _modal([small_print(PAPER), paragraph(text)], ticket)


def finished(ticket: Ticket, text: str) -> Json:
    """Draw the last state: what came of it, nothing left to submit."""
    return _modal([small_print(PAPER), paragraph(text)], ticket)


def loading_line(symbol: str | None) -> str:
    """Say that the quote is on its way, or what to do where no symbol was given."""
    return NO_SYMBOL if symbol is None else f"{symbol}: asking for the price…"


def quote_line(symbol: str, quote: Quote | None) -> str:
    """Say a symbol's prices, their source and age."""
    if quote is None:
        return f"{symbol} is not a symbol that the market knows. Check the spelling."
    prices = [
        f"{name} {money(price)}"
        for name, price in (("bid", quote.bid), ("ask", quote.ask), ("last", quote.last))
        if price is not None
    ]
    age = "too old to trade on, " if quote.stale else ""
    said = ", ".join(prices) or "no price yet"
    return f"{quote.symbol}: {said} ({quote.source}, {age}{quote.age_seconds:.0f} s old)"


def place_error(name: str, message: str, block_ids: Collection[str]) -> dict[str, str]:
    """Put a refusal under the block of the field it names, or the nearest that the view has."""
    wanted = _BLOCKS_OF_FIELDS.get(name.rpartition(".")[2], "symbol")
    return {wanted if wanted in block_ids else "symbol": cut(message, ERROR_LIMIT)}


_SIDES = (option("Buy", Side.BUY), option("Sell", Side.SELL))
_UNITS = (option("Shares", Unit.SHARES), option("Dollars", Unit.DOLLARS))
_ANNOUNCE = option("Post the confirmation in this channel", "announce")
_BLOCKS_OF_FIELDS = {
    "symbol": "symbol",
    "side": "side",
    "quantity": "quantity",
    "notional": "quantity",
    "portfolioId": "portfolioId",
    "portfolio": "portfolioId",
    "note": "note",
}


def welcome_line(made: PortfolioSummary) -> str:
    """Tell a new trader of the portfolio just made."""
    return f"Welcome! I made you a portfolio, “{made.name}”, with {money(made.cash)}."


def _modal(blocks: list[Json], ticket: Ticket) -> Json:
    return {
        "type": "modal",
        "callback_id": TRADE_CALLBACK,
        "title": plain("Trade", TITLE_LIMIT),
        "close": plain("Close", TITLE_LIMIT),
        "private_metadata": ticket.model_dump_json(),
        "blocks": blocks,
    }


def _welcome(offer: Offer | None) -> list[Json]:
    return [paragraph(welcome_line(offer.made))] if offer and offer.made else []


def _portfolios(offer: Offer | None, chosen: str | None) -> list[Json]:
    if offer is None:
        return [paragraph("Portfolio: yours are being looked up.", block_id="portfolios")]
    options = [_portfolio_option(portfolio) for portfolio in offer.portfolios]
    menu = field("portfolioId", "Portfolio", select(options, chosen or "", "Choose a portfolio"))
    if len(options) <= OPTIONS_LIMIT:
        return [menu]
    return [menu, small_print(f"Showing {OPTIONS_LIMIT} of {len(options)} portfolios.")]


def _portfolio_option(portfolio: PortfolioSummary) -> Json:
    cash = f" · {money(portfolio.cash)}"
    return option(cut(portfolio.name, OPTION_TEXT_LIMIT - len(cash)) + cash, portfolio.id)
