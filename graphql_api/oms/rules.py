"""A portfolio's own rules: what its fills cost, how much of a quote they take, and what it may not do.

Kept as JSON in the portfolio's row; a number is a string there, as everywhere outside the program.
"""

import json
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import lru_cache
from typing import Any

from graphql_api.oms import money
from graphql_api.oms.money import ZERO
from graphql_api.oms.words import Liquidity


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


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON has
    if isinstance(value, Rules | FeeRule):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Decimal):
        return money.plain(value)
    return sorted(value) if isinstance(value, frozenset) else value
