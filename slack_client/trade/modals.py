"""The trade form in each of its states. Pure: values in, a view out.

Each input's block id is the name of the field of placeOrder's input that it fills, so that a refusal
finds its place. Ids never change between states: Slack keeps what was typed in a block whose id stays.
A field is there where it applies; what was typed into one that goes is kept in the ticket.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from slack_client.answers import PortfolioSummary
from slack_client.blocks import (
    OPTION_TEXT_LIMIT,
    OPTIONS_LIMIT,
    TITLE_LIMIT,
    Json,
    checkbox,
    cut,
    field,
    live_text_input,
    markdown,
    option,
    paragraph,
    plain,
    radio_buttons,
    search_select,
    select,
    small_print,
    text_input,
)
from slack_client.figures import money
from slack_client.trade.forms import AMOUNT_LENGTH, NOTE_LENGTH, Ticket, Typed, Unit
from slack_client.words import OrderType, Side, TimeInForce

TRADE_CALLBACK = "trade"
PAPER = "Paper trading, no real money."
ERROR_LIMIT = 300
_PRICE_HINT = "150.25"
_PORTFOLIO_BLOCKS = frozenset({"portfolioId", "welcome", "portfolios_cut"})


@dataclass(frozen=True)
class Offer:
    """The portfolios that the trader may trade; `made` is the one just made for a new trader, `usual` the
    id of the one that is chosen unless the trader chooses."""

    portfolios: tuple[PortfolioSummary, ...]
    made: PortfolioSummary | None = None
    usual: str | None = None

    @property
    def first(self) -> PortfolioSummary:
        """The one that is chosen unless the trader chooses."""
        return next((each for each in self.portfolios if each.id == self.usual), self.portfolios[0])


@dataclass(frozen=True)
class Form:
    """Everything that a trade form shows. `portfolios` are the blocks that offer them, `preview` is mrkdwn,
    `symbol_name` the company's; notices stand on top."""

    ticket: Ticket
    typed: Typed
    preview: str
    portfolios: Sequence[Json]
    symbol_name: str | None = None
    notices: tuple[str, ...] = ()


def trade_form(form: Form) -> Json:
    """Draw the form."""
    typed = form.typed
    blocks = [
        small_print(PAPER),
        *(paragraph(notice) for notice in form.notices),
        field("symbol", "Symbol", search_select(_symbol(form), "AAPL or Apple"), dispatches=True),
        field("side", "Side", radio_buttons(_SIDES, typed.side), dispatches=True),
        field("type", "Order", select(_TYPES, typed.type, "Market"), dispatches=True),
        field(
            "quantity",
            "Amount" if typed.may_be_dollars else "Shares",
            live_text_input(typed.amount, "10, 0.5 or 2,500.00", AMOUNT_LENGTH),
            dispatches=True,
        ),
        *_applying(typed),
        *form.portfolios,
        markdown(form.preview, block_id="preview"),
        field(
            "note",
            "Note",
            text_input(typed.note, "Why this trade?", max_length=NOTE_LENGTH, multiline=True),
            optional=True,
        ),
        *_announcement(form),
    ]
    ticket = form.ticket.model_copy(update={"kept": typed.kept})
    return _modal(blocks, ticket) | {"submit": plain("Trade", TITLE_LIMIT)}


def unknown_portfolios() -> Sequence[Json]:
    """Draw what stands there until the portfolios are known."""
    return [paragraph("Portfolio: yours are being looked up.", block_id="portfolios")]


def offered(offer: Offer, chosen: str | None) -> Sequence[Json]:
    """Draw the portfolios to choose from, the chosen one first, and welcome a new trader."""
    first = chosen or offer.first.id
    listed = sorted(offer.portfolios, key=lambda portfolio: portfolio.id != first)
    options = [_portfolio_option(portfolio) for portfolio in listed]
    menu = field("portfolioId", "Portfolio", select(options, first, "Choose a portfolio"), dispatches=True)
    made = [paragraph(welcome_line(offer.made), block_id="welcome")] if offer.made else []
    if len(options) <= OPTIONS_LIMIT:
        return [menu, *made]
    shown = f"Showing {OPTIONS_LIMIT} of {len(options)} portfolios."
    return [menu, *made, paragraph(shown, block_id="portfolios_cut")]


def drawn_portfolios(view: Json) -> Sequence[Json] | None:
    """The blocks that offer portfolios in a view that Slack shows; None where it does not know them yet."""
    blocks = [block for block in view["blocks"] if block.get("block_id") in _PORTFOLIO_BLOCKS]
    return blocks or None


def working(ticket: Ticket) -> Json:
    """Draw what stands there while the OMS is slow."""
    text = (
        "Still working: the OMS has not answered yet. You can close this window; "
        "the result follows where you started. It is traded once at most."
    )
    return _modal([small_print(PAPER), paragraph(text)], ticket)


def finished(ticket: Ticket, text: str) -> Json:
    """Draw the last state: what came of it, nothing left to submit."""
    return _modal([small_print(PAPER), paragraph(text)], ticket)


def place_error(name: str, message: str, block_ids: Collection[str]) -> dict[str, str]:
    """Put a refusal under the block of the field it names, or the nearest that the view has."""
    nearest = _BLOCKS_OF_FIELDS.get(name.rpartition(".")[2], ("symbol",))
    place = next((block_id for block_id in nearest if block_id in block_ids), "symbol")
    return {place: cut(message, ERROR_LIMIT)}


def symbol_option(symbol: str, name: str | None) -> Json:
    """Draw a symbol as a choice, with whose it is where that is known."""
    return option(f"{symbol} · {name}" if name else symbol, symbol)


def welcome_line(made: PortfolioSummary) -> str:
    """Tell a new trader of the portfolio just made."""
    return f"Welcome! I made you a portfolio, “{made.name}”, with {money(made.cash)}."


ORDER_NAMES: Mapping[OrderType, str] = {
    OrderType.MARKET: "Market",
    OrderType.LIMIT: "Limit",
    OrderType.STOP: "Stop",
    OrderType.STOP_LIMIT: "Stop limit",
}
TIME_NAMES: Mapping[TimeInForce, str] = {
    TimeInForce.DAY: "Day: until the session ends",
    TimeInForce.GTC: "Good till canceled: 90 days",
    TimeInForce.IOC: "Immediate or cancel the rest",
    TimeInForce.FOK: "Fill or kill: all at once or nothing",
    TimeInForce.OPG: "At the open",
    TimeInForce.CLS: "At the close",
}
_SIDES = (option("Buy", Side.BUY), option("Sell", Side.SELL))
_TYPES = tuple(option(name, type) for type, name in ORDER_NAMES.items())
_UNITS = (option("Shares", Unit.SHARES), option("Dollars", Unit.DOLLARS))
_ANNOUNCE = option("Post the confirmation in this channel", "announce")
_BLOCKS_OF_FIELDS: Mapping[str, Sequence[str]] = {
    "symbol": ("symbol",),
    "side": ("side",),
    "type": ("type",),
    "quantity": ("quantity",),
    "notional": ("quantity",),
    "expectedPrice": ("quantity",),
    "limitPrice": ("limitPrice", "type"),
    "stopPrice": ("stopPrice", "type"),
    "timeInForce": ("timeInForce", "type"),
    "portfolioId": ("portfolioId",),
    "portfolio": ("portfolioId",),
    "note": ("note",),
}


def _modal(blocks: list[Json], ticket: Ticket) -> Json:
    return {
        "type": "modal",
        "callback_id": TRADE_CALLBACK,
        "title": plain("Trade", TITLE_LIMIT),
        "close": plain("Close", TITLE_LIMIT),
        "private_metadata": ticket.model_dump_json(exclude_defaults=True),
        "blocks": blocks,
    }


def _symbol(form: Form) -> Json | None:
    return symbol_option(form.typed.symbol, form.symbol_name) if form.typed.symbol else None


def _applying(typed: Typed) -> list[Json]:
    """The fields that only some orders have."""
    fields = []
    if typed.may_be_dollars:
        fields.append(field("unit", "Amount in", radio_buttons(_UNITS, typed.unit), dispatches=True))
    if typed.has_stop:
        price = live_text_input(typed.stop_price, _PRICE_HINT, AMOUNT_LENGTH)
        fields.append(field("stopPrice", "Stop price", price, dispatches=True))
    if typed.has_limit:
        price = live_text_input(typed.limit_price, _PRICE_HINT, AMOUNT_LENGTH)
        fields.append(field("limitPrice", "Limit price", price, dispatches=True))
    if typed.times_in_force:
        times = [option(TIME_NAMES[each], each) for each in typed.times_in_force]
        menu = select(times, typed.time_in_force, "Day")
        fields.append(field("timeInForce", "How long", menu, dispatches=True))
    return fields


def _announcement(form: Form) -> list[Json]:
    if form.ticket.channel_id is None:
        return []
    box = checkbox(_ANNOUNCE, checked=form.typed.announce)
    return [field("announce", "Confirmation", box, optional=True)]


def _portfolio_option(portfolio: PortfolioSummary) -> Json:
    cash = f" · {money(portfolio.cash)}"
    return option(cut(portfolio.name, OPTION_TEXT_LIMIT - len(cash)) + cash, portfolio.id)
