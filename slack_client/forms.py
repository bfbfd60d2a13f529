"""What a trader typed into the modal, and the trade that it means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from slack_client.answers import ExecuteTradeInput, Side

NOTE_LENGTH = 500
_SYMBOL = re.compile(r"[A-Z0-9.\-]{1,12}")
_NUMBER = re.compile(r"([0-9]{1,13}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]{1,9})?")


class Unit(StrEnum):
    """What the amount counts."""

    SHARES = "SHARES"
    DOLLARS = "DOLLARS"


class Ticket(BaseModel):
    """What a modal carries from the command to the submission, in `private_metadata`.

    The client order id is made when the modal opens: however often it is submitted, it is one trade.
    Whoever has the response_url may post as the bot, so no error shows it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    client_order_id: str = Field(pattern=r"^[0-9a-f-]{36}$")
    channel_id: str = Field(pattern=r"^[A-Z0-9]{1,32}$")
    response_url: str = Field(pattern=r"^https?://", max_length=2000)


@dataclass(frozen=True)
class Typed:
    """The fields as they stand in the modal, right or wrong."""

    symbol: str = ""
    side: Side = Side.BUY
    amount: str = ""
    unit: Unit = Unit.SHARES
    portfolio_id: str | None = None
    note: str = ""
    announce: bool = True


@dataclass(frozen=True)
class TradeWish:
    """A trade that can be sent as soon as its portfolio is known."""

    symbol: str
    side: Side
    quantity: Decimal | None
    notional: Decimal | None
    note: str | None

    def addressed(self, portfolio_id: str, ticket: Ticket) -> ExecuteTradeInput:
        """Complete the input of executeTrade."""
        return ExecuteTradeInput(
            portfolio_id=portfolio_id,
            client_order_id=ticket.client_order_id,
            symbol=self.symbol,
            side=self.side,
            quantity=self.quantity,
            notional=self.notional,
            note=self.note,
        )


@dataclass(frozen=True)
class FormErrors:
    """What to change, by block id."""

    by_block: Mapping[str, str]


def read_symbol(text: str) -> str | None:
    """Trim and upper-case; None where it cannot be a symbol. Only ASCII: `ß` and others would become A-Z."""
    trimmed = text.strip()
    symbol = trimmed.upper() if trimmed.isascii() else trimmed
    return symbol if _SYMBOL.fullmatch(symbol) else None


def read_state(values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Typed:
    """Read a submitted view's `state.values`; what the view did not have stays at its default."""
    chosen = {block_id: next(iter(actions.values()), {}) for block_id, actions in values.items()}

    def text(block_id: str) -> str:
        return chosen.get(block_id, {}).get("value") or ""

    def choice(block_id: str) -> str | None:
        selected = chosen.get(block_id, {}).get("selected_option")
        return str(selected["value"]) if selected else None

    return Typed(
        symbol=text("symbol"),
        side=Side(choice("side") or Side.BUY),
        amount=text("quantity"),
        unit=Unit(choice("unit") or Unit.SHARES),
        portfolio_id=choice("portfolioId"),
        note=text("note"),
        announce=bool(chosen.get("announce", {}).get("selected_options")),
    )


def read_trade(typed: Typed) -> TradeWish | FormErrors:
    """Understand what was typed, or say under each field what is wrong with it."""
    errors: dict[str, str] = {}
    symbol = read_symbol(typed.symbol)
    if symbol is None:
        errors["symbol"] = "A symbol has up to 12 letters, digits, dots or hyphens, such as AAPL or BRK.B."
    amount = _read_amount(typed)
    if isinstance(amount, str):
        errors["quantity"] = amount
    if symbol is None or isinstance(amount, str):
        return FormErrors(errors)
    shares = typed.unit is Unit.SHARES
    return TradeWish(
        symbol=symbol,
        side=typed.side,
        quantity=amount if shares else None,
        notional=None if shares else amount,
        note=typed.note.strip() or None,
    )


def _read_amount(typed: Typed) -> Decimal | str:
    """The amount, or what is wrong with it."""
    text = typed.amount.strip()
    if text.startswith("$") and typed.unit is Unit.SHARES:
        return f"{text} is dollars, but shares are chosen: choose dollars or write how many shares."
    number = text.removeprefix("$").strip()
    if _NUMBER.fullmatch(number):
        return Decimal(number.replace(",", ""))
    return "Write a number with a point for decimals, such as 10, 0.5 or 1,250.75."
