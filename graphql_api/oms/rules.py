"""A portfolio's own rules: what its fills cost, how much of a quote they take, and what it may not do.

Kept as JSON in the portfolio's row; a number is a string there, as everywhere outside the program.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypedDict

from graphql_api.oms import money
from graphql_api.oms.money import ZERO
from graphql_api.oms.refusals import Refused
from graphql_api.oms.texts import read_symbol
from graphql_api.oms.words import Liquidity, RejectionCode

MAX_RESTRICTED_SYMBOLS = 500
_WHOLE_PERCENT = Decimal(100)
_WHOLE_BPS = Decimal(10_000)
_MAX_SLIPPAGE_BPS = _WHOLE_BPS - money.MONEY  # a market sale must still be worth something


@dataclass(frozen=True, slots=True)
class FeeRule:
    """What an order costs: `flat` once, `per_share`, and `bps` of its value (hundredths of a percent).

    At least `minimum`, at most `cap_percent` of the value; the cap beats the minimum.
    """

    flat: Decimal = ZERO
    per_share: Decimal = ZERO
    bps: Decimal = ZERO
    minimum: Decimal = ZERO
    cap_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a manager decides for a portfolio. None is no limit.

    `slippage_bps` moves market fills against the trader. `max_order_notional` is money,
    `max_position_percent` a part of the equity.
    """

    allow_short: bool = False
    liquidity: Liquidity = Liquidity.FULL
    slippage_bps: Decimal = ZERO
    fee: FeeRule = FeeRule()
    max_order_notional: Decimal | None = None
    max_position_percent: Decimal | None = None
    restricted_symbols: frozenset[str] = frozenset()


class FeeRuleChange(TypedDict, total=False):
    """What is asked of a fee rule: an absent part stays as it is, None is the default."""

    flat: Decimal | None
    per_share: Decimal | None
    bps: Decimal | None
    minimum: Decimal | None
    cap_percent: Decimal | None


class RulesChange(TypedDict, total=False):
    """What is asked of the rules: an absent one stays as it is, None is the default."""

    allow_short: bool | None
    liquidity: Liquidity | None
    slippage_bps: Decimal | None
    fee: FeeRuleChange | None
    max_order_notional: Decimal | None
    max_position_percent: Decimal | None
    restricted_symbols: Sequence[str] | None


def change_rules(rules: Rules, change: RulesChange | None) -> Rules:
    """The rules after a change; None is all of them at their defaults.

    Raises Refused INVALID_AMOUNT, UNKNOWN_SYMBOL or INVALID_INPUT, which name the rule: `rules.fee.bps`.
    """
    if change is None:
        return Rules()
    changed: dict[str, Any] = {**change}
    fee, symbols = change.get("fee"), change.get("restricted_symbols")
    if fee is not None:
        changed["fee"] = replace(rules.fee, **_at_default(FeeRule(), {**fee}))
    if symbols is not None:
        changed["restricted_symbols"] = _read_symbols(symbols)
    after = replace(rules, **_at_default(Rules(), changed))
    _check(after)
    return after


def _at_default(default: Rules | FeeRule, changed: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(default, name) if value is None else value for name, value in changed.items()}


def _read_symbols(texts: Sequence[str]) -> frozenset[str]:
    field = "rules.restrictedSymbols"
    if len(texts) > MAX_RESTRICTED_SYMBOLS:
        raise Refused(
            RejectionCode.INVALID_INPUT,
            field,
            f"A portfolio can restrict {MAX_RESTRICTED_SYMBOLS} symbols at most.",
        )
    symbols = set()
    for number, text in enumerate(texts, 1):
        symbol = read_symbol(text)
        if symbol is None:
            raise Refused(
                RejectionCode.UNKNOWN_SYMBOL,
                field,
                f"Number {number} of the symbols is none: write 1 to 12 letters, digits, dots and hyphens.",
            )
        symbols.add(symbol)
    return frozenset(symbols)


def _check(rules: Rules) -> None:
    fee = rules.fee
    for name, value, low, high in (
        ("slippageBps", rules.slippage_bps, ZERO, _MAX_SLIPPAGE_BPS),
        ("fee.flat", fee.flat, ZERO, money.MAX_MONEY),
        ("fee.perShare", fee.per_share, ZERO, money.MAX_MONEY),
        ("fee.bps", fee.bps, ZERO, _WHOLE_BPS),
        ("fee.minimum", fee.minimum, ZERO, money.MAX_MONEY),
        ("fee.capPercent", fee.cap_percent, ZERO, _WHOLE_PERCENT),
        ("maxOrderNotional", rules.max_order_notional, money.MONEY, money.MAX_MONEY),
        ("maxPositionPercent", rules.max_position_percent, money.MONEY, money.MAX_MONEY),
    ):
        if value is not None and not (low <= value <= high and money.is_in_steps_of(value, money.MONEY)):
            raise Refused(
                RejectionCode.INVALID_AMOUNT,
                f"rules.{name}",
                f"{name} must be between {money.shown(low)} and {money.shown(high)}, "
                "with at most 6 decimals.",
            )


@lru_cache(maxsize=1_000)
def read_rules(text: str) -> Rules:
    """The rules in a portfolio's row; what is absent there is at its default."""
    content: dict[str, Any] = json.loads(text)
    if "fee" in content:
        fee: dict[str, Any] = {name: _number(value) for name, value in content["fee"].items()}
        content["fee"] = FeeRule(**fee)
    for name in ("slippage_bps", "max_order_notional", "max_position_percent"):
        if name in content:
            content[name] = _number(content[name])
    if "liquidity" in content:
        content["liquidity"] = Liquidity(content["liquidity"])
    content["restricted_symbols"] = frozenset(content.get("restricted_symbols", ()))
    return Rules(**content)


def write_rules(rules: Rules) -> str:
    """The rules as they are kept."""
    return json.dumps(_plain(rules), sort_keys=True, separators=(",", ":"))


def show_rules(rules: Rules) -> dict[str, Any]:
    """The rules as the public API and the audit trail show them, in values that JSON has."""
    return {
        "allowShort": rules.allow_short,
        "liquidity": rules.liquidity,
        "slippageBps": money.plain(rules.slippage_bps),
        "fee": {
            "flat": money.plain(rules.fee.flat),
            "perShare": money.plain(rules.fee.per_share),
            "bps": money.plain(rules.fee.bps),
            "minimum": money.plain(rules.fee.minimum),
            "capPercent": _text(rules.fee.cap_percent),
        },
        "maxOrderNotional": _text(rules.max_order_notional),
        "maxPositionPercent": _text(rules.max_position_percent),
        "restrictedSymbols": sorted(rules.restricted_symbols),
    }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else money.plain(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON has
    if isinstance(value, Rules | FeeRule):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Decimal):
        return money.plain(value)
    return sorted(value) if isinstance(value, frozenset) else value
