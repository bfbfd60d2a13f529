"""What a trader typed into the trade form, which fields it has, and the order that it means."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from slack_client.operations import PlaceOrderInput
from slack_client.words import OrderType, Side, TimeInForce

NOTE_LENGTH = 500
AMOUNT_LENGTH = 32
_SYMBOL = re.compile(r"[A-Z0-9.\-]{1,12}")
_NUMBER = re.compile(r"([0-9]{1,13}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]{1,9})?")
_LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


class Unit(StrEnum):
    """What the amount counts."""

    SHARES = "SHARES"
    DOLLARS = "DOLLARS"


class SeenPrice(BaseModel):
    """The price that the form showed last, in dollars, and for what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    symbol: str
    side: Side
    type: OrderType
    price: Decimal


class Ticket(BaseModel):
    """What a form carries from its opening to its submission, in `private_metadata`.

    The client order id is made when the form opens: however often it is submitted, it is one order. Without
    a channel the form was opened where there is none. `kept` is what was typed into fields that the form
    does not show now. Whoever has the response_url may post as the bot, so no error shows it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    client_order_id: str = Field(pattern=r"^[0-9a-f-]{36}$")
    channel_id: str | None = Field(default=None, pattern=r"^[A-Z0-9]{1,32}$")
    response_url: str | None = Field(default=None, pattern=r"^https?://", max_length=2000)
    seen: SeenPrice | None = None
    kept: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Typed:
    """The fields as they stand in the form, right or wrong, shown or not."""

    symbol: str = ""
    side: Side = Side.BUY
    type: OrderType = OrderType.MARKET
    amount: str = ""
    unit: Unit = Unit.SHARES
    limit_price: str = ""
    stop_price: str = ""
    time_in_force: TimeInForce = TimeInForce.DAY
    portfolio_id: str | None = None
    note: str = ""
    announce: bool = True

    @property
    def has_limit(self) -> bool:
        """Whether the order has a limit price."""
        return self.type in _LIMITED

    @property
    def has_stop(self) -> bool:
        """Whether the order has a stop price."""
        return self.type in _STOPS

    @property
    def may_be_dollars(self) -> bool:
        """Whether the amount can be money: a stop order is by shares."""
        return not self.has_stop

    @property
    def is_dollars(self) -> bool:
        """Whether the amount is money."""
        return self.may_be_dollars and self.unit is Unit.DOLLARS

    @property
    def times_in_force(self) -> Sequence[TimeInForce]:
        """How long an order like this can work; an order by money is for the day, which needs no choice."""
        if self.is_dollars:
            return ()
        if self.has_stop:
            return (TimeInForce.DAY, TimeInForce.GTC)
        return tuple(TimeInForce)

    @property
    def kept(self) -> dict[str, str]:
        """What the form does not show now, by block id, or not yet: it opens without the portfolios."""
        hidden = {
            "unit": "" if self.may_be_dollars else self.unit,
            "limitPrice": "" if self.has_limit else self.limit_price,
            "stopPrice": "" if self.has_stop else self.stop_price,
            "portfolioId": self.portfolio_id or "",
            "timeInForce": "" if self.time_in_force in self.times_in_force else self.time_in_force,
        }
        return {block_id: value for block_id, value in hidden.items() if value}


@dataclass(frozen=True)
class OrderWish:
    """An order that can be sent as soon as its portfolio is known; prices in dollars."""

    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal | None
    notional: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    note: str | None

    def addressed(self, portfolio_id: str, ticket: Ticket) -> PlaceOrderInput:
        """Complete the input of placeOrder, with the price that the trader saw for such an order."""
        seen = ticket.seen
        is_as_seen = seen is not None and (seen.symbol, seen.side, seen.type) == (
            self.symbol,
            self.side,
            self.type,
        )
        return PlaceOrderInput(
            portfolio_id=portfolio_id,
            client_order_id=ticket.client_order_id,
            symbol=self.symbol,
            side=self.side,
            type=self.type,
            time_in_force=self.time_in_force,
            quantity=self.quantity,
            notional=self.notional,
            limit_price=self.limit_price,
            stop_price=self.stop_price,
            expected_price=seen.price if seen and is_as_seen else None,
            note=self.note,
        )


@dataclass(frozen=True)
class FormErrors:
    """What to change, by block id."""

    by_block: Mapping[str, str]


@dataclass
class _Reader:
    """Reads typed fields, and collects what is wrong with them."""

    errors: dict[str, str] = field(default_factory=dict)

    def symbol(self, typed: Typed) -> str:
        symbol = read_symbol(typed.symbol)
        if symbol is None:
            said = "A symbol has up to 12 letters, digits, dots or hyphens, such as AAPL or BRK.B."
            self.errors["symbol"] = said if typed.symbol else "Choose a symbol: type the first letters of it."
        return symbol or ""

    def amount(self, typed: Typed) -> Decimal:
        text = typed.amount.strip()
        if text.startswith("$") and not typed.is_dollars:
            where = "choose dollars or write" if typed.may_be_dollars else "write"
            self.errors["quantity"] = f"{text} is dollars, but shares are wanted: {where} how many shares."
            return Decimal(0)
        return self.number("quantity", text)

    def note(self, typed: Typed) -> str | None:
        note = typed.note.strip()
        if len(note) > NOTE_LENGTH:
            self.errors["note"] = f"A note has up to {NOTE_LENGTH} characters; this has {len(note):,}."
        return note or None

    def number(self, block_id: str, text: str) -> Decimal:
        number = read_number(text)
        if number is None:
            said = "Write a number with a point for decimals, such as 10, 0.5 or 1,250.75."
            self.errors[block_id] = said
        return number or Decimal(0)


def read_symbol(text: str) -> str | None:
    """Trim and upper-case; None where it cannot be a symbol. Only ASCII: `ß` and others would become A-Z."""
    trimmed = text.strip()
    symbol = trimmed.upper() if trimmed.isascii() else trimmed
    return symbol if _SYMBOL.fullmatch(symbol) else None


def read_number(text: str) -> Decimal | None:
    """A number as people write it, with separators or a dollar sign; None where it is none."""
    number = text.strip().removeprefix("$").strip()
    return Decimal(number.replace(",", "")) if _NUMBER.fullmatch(number) else None


def read_state(values: Mapping[str, Mapping[str, Mapping[str, Any]]], kept: Mapping[str, str]) -> Typed:
    """Read a view's `state.values`; what the view does not have is as it was kept, or at its default."""
    chosen = {block_id: next(iter(actions.values()), {}) for block_id, actions in values.items()}

    def text(block_id: str) -> str:
        return chosen[block_id].get("value") or "" if block_id in chosen else kept.get(block_id, "")

    def choice(block_id: str) -> str | None:
        selected = chosen.get(block_id, {}).get("selected_option")
        return str(selected["value"]) if selected else kept.get(block_id)

    typed = Typed(
        symbol=choice("symbol") or "",
        side=Side(choice("side") or Side.BUY),
        type=OrderType(choice("type") or OrderType.MARKET),
        amount=text("quantity"),
        unit=Unit(choice("unit") or Unit.SHARES),
        limit_price=text("limitPrice"),
        stop_price=text("stopPrice"),
        time_in_force=TimeInForce(choice("timeInForce") or TimeInForce.DAY),
        portfolio_id=choice("portfolioId"),
        note=text("note"),
    )
    box = chosen.get("announce")
    return typed if box is None else replace(typed, announce=bool(box.get("selected_options")))


def read_order(typed: Typed) -> OrderWish | FormErrors:
    """Understand what was typed, or say under each field what is wrong with it."""
    reader = _Reader()
    symbol, amount = reader.symbol(typed), reader.amount(typed)
    limit_price = reader.number("limitPrice", typed.limit_price) if typed.has_limit else None
    stop_price = reader.number("stopPrice", typed.stop_price) if typed.has_stop else None
    note = reader.note(typed)
    if reader.errors:
        return FormErrors(reader.errors)
    may_choose = typed.time_in_force in typed.times_in_force
    return OrderWish(
        symbol=symbol,
        side=typed.side,
        type=typed.type,
        time_in_force=typed.time_in_force if may_choose else TimeInForce.DAY,
        quantity=None if typed.is_dollars else amount,
        notional=amount if typed.is_dollars else None,
        limit_price=limit_price,
        stop_price=stop_price,
        note=note,
    )
