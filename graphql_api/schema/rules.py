"""A portfolio's rules as GraphQL shows and takes them."""

import dataclasses
from decimal import Decimal
from typing import Any, cast

import strawberry

from graphql_api.oms.rules import FeeRule as Fee
from graphql_api.oms.rules import FeeRuleChange, Rules, RulesChange
from graphql_api.schema.enums import Liquidity

_SLIPPAGE = "Moves market fills against the trader, in hundredths of a percent, below 10,000."
_FEE = "What an order costs; the default is nothing."
_FLAT = "Money, once an order."
_PER_SHARE = "Money, for each share."
_BPS = "Hundredths of a percent of the value."
_MINIMUM = "What an order costs at least."
_CAP = "What an order costs at most, in percent of its value; it beats the minimum. Null is no cap."
_MAX_ORDER = "The most that one order may be worth. Null is no limit."
_MAX_POSITION = "The most that one position may be worth, in percent of the equity. Null is no limit."
_RESTRICTED = "Symbols that must not be traded, at most 500."


@strawberry.type(description="What an order costs. The cap beats the minimum.")
class FeeRule:
    flat: Decimal = strawberry.field(description=_FLAT)
    per_share: Decimal = strawberry.field(description=_PER_SHARE)
    bps: Decimal = strawberry.field(description=_BPS)
    minimum: Decimal = strawberry.field(description=_MINIMUM)
    cap_percent: Decimal | None = strawberry.field(description=_CAP)

    @staticmethod
    def of(fee: Fee) -> "FeeRule":
        return FeeRule(
            flat=fee.flat,
            per_share=fee.per_share,
            bps=fee.bps,
            minimum=fee.minimum,
            cap_percent=fee.cap_percent,
        )


@strawberry.type(description="What a portfolio's fills cost and what it may not do.")
class PortfolioRules:
    allow_short: bool = strawberry.field(
        description="Whether a MARGIN account may sell what it does not hold."
    )
    liquidity: Liquidity
    slippage_bps: Decimal = strawberry.field(description=_SLIPPAGE)
    fee: FeeRule = strawberry.field(description=_FEE)
    max_order_notional: Decimal | None = strawberry.field(description=_MAX_ORDER)
    max_position_percent: Decimal | None = strawberry.field(description=_MAX_POSITION)
    restricted_symbols: list[str] = strawberry.field(description=_RESTRICTED)

    @staticmethod
    def of(rules: Rules) -> "PortfolioRules":
        return PortfolioRules(
            allow_short=rules.allow_short,
            liquidity=rules.liquidity,
            slippage_bps=rules.slippage_bps,
            fee=FeeRule.of(rules.fee),
            max_order_notional=rules.max_order_notional,
            max_position_percent=rules.max_position_percent,
            restricted_symbols=sorted(rules.restricted_symbols),
        )


@strawberry.input(description="What an order costs: what is absent stays, null is the default.")
class FeeRuleInput:
    flat: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_FLAT)
    per_share: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_PER_SHARE)
    bps: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_BPS)
    minimum: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_MINIMUM)
    cap_percent: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_CAP)


@strawberry.input(description="A portfolio's rules: what is absent stays, null is the default.")
class PortfolioRulesInput:
    allow_short: bool | None = strawberry.UNSET
    liquidity: Liquidity | None = strawberry.UNSET
    slippage_bps: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_SLIPPAGE)
    fee: FeeRuleInput | None = strawberry.field(default=strawberry.UNSET, description=_FEE)
    max_order_notional: Decimal | None = strawberry.field(default=strawberry.UNSET, description=_MAX_ORDER)
    max_position_percent: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description=_MAX_POSITION
    )
    restricted_symbols: list[str] | None = strawberry.field(default=strawberry.UNSET, description=_RESTRICTED)


def given(input: object) -> dict[str, Any]:
    """The fields of an input that the client wrote, null as None; absent ones are left out."""
    values = {field.name: getattr(input, field.name) for field in dataclasses.fields(cast("Any", input))}
    return {name: value for name, value in values.items() if value is not strawberry.UNSET}


def rules_change(input: PortfolioRulesInput | None) -> RulesChange | None:
    """What is asked of the rules, in the business's terms; None is all of them at their defaults."""
    if input is None:
        return None
    change = given(input)
    if change.get("fee") is not None:
        change["fee"] = cast("FeeRuleChange", given(change["fee"]))
    return cast("RulesChange", change)
