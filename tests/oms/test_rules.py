"""Rules are kept and read again as they were, and a change touches what it names."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.oms import money
from graphql_api.oms.refusals import Refused
from graphql_api.oms.rules import (
    MAX_RESTRICTED_SYMBOLS,
    FeeRule,
    FeeRuleChange,
    Rules,
    RulesChange,
    change_rules,
    read_rules,
    show_rules,
    write_rules,
)
from graphql_api.oms.words import Liquidity

AMOUNTS = st.decimals(0, money.MAX_MONEY, places=6)
LIMITS = st.none() | st.decimals(money.MONEY, money.MAX_MONEY, places=6)
SYMBOLS = st.from_regex(r"[A-Z0-9.\-]{1,12}", fullmatch=True)
FEES = st.builds(
    FeeRule,
    flat=AMOUNTS,
    per_share=AMOUNTS,
    bps=st.decimals(0, 10_000, places=6),
    minimum=AMOUNTS,
    cap_percent=st.none() | st.decimals(0, 100, places=6),
)
RULES = st.builds(
    Rules,
    allow_short=st.booleans(),
    liquidity=st.sampled_from(Liquidity),
    slippage_bps=st.decimals(0, "9999.999999", places=6),
    fee=FEES,
    max_order_notional=LIMITS,
    max_position_percent=LIMITS,
    restricted_symbols=st.frozensets(SYMBOLS, max_size=20),
)
FEE_FIELDS = tuple(FeeRuleChange.__annotations__)
FIELDS = tuple(RulesChange.__annotations__)


def change_of(rules: Rules, names: set[str], fee_names: set[str]) -> RulesChange:
    """A change that asks for these of the rules, and for these parts of the fee."""
    change: Any = {name: getattr(rules, name) for name in names}
    if "fee" in change:
        change["fee"] = {name: getattr(rules.fee, name) for name in fee_names}
    if "restricted_symbols" in change:
        change["restricted_symbols"] = sorted(rules.restricted_symbols)
    asked: RulesChange = change
    return asked


@given(RULES)
def test_rules_that_were_kept_are_read_as_they_were(rules: Rules) -> None:
    text = write_rules(rules)
    assert read_rules(text) == rules
    assert write_rules(read_rules(text)) == text
    assert not any(isinstance(value, float) for value in json.loads(text).values())


@given(RULES, st.sets(st.sampled_from(FIELDS)))
def test_what_a_row_does_not_have_is_at_its_default(rules: Rules, names: set[str]) -> None:
    kept = {name: value for name, value in json.loads(write_rules(rules)).items() if name in names}
    read = read_rules(json.dumps(kept))
    for name in FIELDS:
        assert getattr(read, name) == getattr(rules if name in names else Rules(), name)


@given(RULES, RULES, st.sets(st.sampled_from(FIELDS)), st.sets(st.sampled_from(FEE_FIELDS)))
def test_a_change_touches_what_it_names(
    before: Rules, asked: Rules, names: set[str], fee_names: set[str]
) -> None:
    after = change_rules(before, change_of(asked, names, fee_names))
    for name in FIELDS:
        if name != "fee":
            assert getattr(after, name) == getattr(asked if name in names else before, name)
    for name in FEE_FIELDS:
        is_asked = "fee" in names and name in fee_names
        assert getattr(after.fee, name) == getattr(asked.fee if is_asked else before.fee, name)


@given(RULES, st.sets(st.sampled_from(FIELDS)))
def test_none_is_the_default(before: Rules, names: set[str]) -> None:
    change: Any = dict.fromkeys(names)
    after = change_rules(before, change)
    for name in FIELDS:
        assert getattr(after, name) == getattr(Rules() if name in names else before, name)
    assert change_rules(before, None) == Rules()


@given(RULES, st.sets(st.sampled_from(FEE_FIELDS)))
def test_none_is_the_default_of_a_part_of_the_fee(before: Rules, names: set[str]) -> None:
    part: Any = dict.fromkeys(names)
    after = change_rules(before, {"fee": part})
    for name in FEE_FIELDS:
        assert getattr(after.fee, name) == getattr(FeeRule() if name in names else before.fee, name)


@given(RULES)
def test_rules_are_shown_without_losing_a_digit(rules: Rules) -> None:
    shown = show_rules(rules)
    assert json.loads(json.dumps(shown)) == shown
    fee = shown["fee"]
    assert (
        Rules(
            allow_short=shown["allowShort"],
            liquidity=Liquidity(shown["liquidity"]),
            slippage_bps=Decimal(shown["slippageBps"]),
            fee=FeeRule(
                Decimal(fee["flat"]),
                Decimal(fee["perShare"]),
                Decimal(fee["bps"]),
                Decimal(fee["minimum"]),
                None if fee["capPercent"] is None else Decimal(fee["capPercent"]),
            ),
            max_order_notional=None
            if shown["maxOrderNotional"] is None
            else Decimal(shown["maxOrderNotional"]),
            max_position_percent=None
            if shown["maxPositionPercent"] is None
            else Decimal(shown["maxPositionPercent"]),
            restricted_symbols=frozenset(shown["restrictedSymbols"]),
        )
        == rules
    )


def test_a_portfolio_restricts_500_symbols_and_no_more() -> None:
    symbols = [f"S{number}" for number in range(MAX_RESTRICTED_SYMBOLS)]
    assert change_rules(Rules(), {"restricted_symbols": symbols}).restricted_symbols == set(symbols)
    with pytest.raises(Refused) as refused:
        change_rules(Rules(), {"restricted_symbols": [*symbols, "ONE.MORE"]})
    assert refused.value.refusal.field == "rules.restrictedSymbols"
