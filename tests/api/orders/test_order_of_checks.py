"""Where two rules are broken at once, the one that comes first is told.

who → repeated id → state → shape → symbol and quote → limits → wash trade → position → buying power.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pytest

from tests.api.desk import EXECUTE, PLACE, Desk
from tests.api.orders.setting import BANKRUPT, SHORTS, open_desk, refuse
from tests.conftest import Json, Workspace


def _leave(_: Desk) -> None:
    return


@dataclass(frozen=True)
class Broken:
    """A rule, and how an order breaks it: by an order before it, a change of its portfolio, its input."""

    code: str
    first: Callable[[Desk], object] = _leave
    update: Json = field(default_factory=dict)
    asked: Json = field(default_factory=dict)


def _use_the_id(desk: Desk) -> None:
    desk.limit("BUY", "AAPL", "1", "1", clientOrderId="used")


def _cross(desk: Desk) -> None:
    desk.quote("AAA", "101", "100", "100")


WHO = Broken("NOT_PERMITTED")
REPEATED = Broken("IDEMPOTENCY_CONFLICT", _use_the_id, asked={"clientOrderId": "used"})
HALTED = Broken("PORTFOLIO_HALTED", update={"state": "HALTED"})
REDUCING = Broken("PORTFOLIO_REDUCING", update={"state": "REDUCING"})
BOTH_SIZES = Broken("QUANTITY_XOR_NOTIONAL", asked={"notional": "100"})
ODD_TICK = Broken("INVALID_TICK", asked={"limitPrice": "110.001"})
CROSSED = Broken("CROSSED_QUOTE", _cross)
LARGE_ORDER = Broken("ORDER_LIMIT", update={"rules": {"maxOrderNotional": "50"}})
LARGE_POSITION = Broken("POSITION_LIMIT", update={"rules": {"maxPositionPercent": "1"}})
RESTRICTED = Broken("RESTRICTED_SYMBOL", update={"rules": {"restrictedSymbols": ["AAA"]}})
CROSSES_A_SELL = Broken("WASH_TRADE", lambda desk: desk.limit("SELL", "AAA", "1", "105"))
CROSSES_A_BUY = Broken("WASH_TRADE", lambda desk: desk.limit("BUY", "AAA", "1", "95"))
NOT_HELD = Broken("INSUFFICIENT_POSITION", asked={"quantity": "1000"})
FRACTION = Broken("FRACTIONAL_SHORT", asked={"quantity": "1000.5"})
TOO_DEAR = Broken(BANKRUPT, asked={"quantity": "1000"})

BUY = {"side": "BUY", "type": "LIMIT", "limitPrice": "110"}
SELL = {"side": "SELL", "type": "LIMIT", "limitPrice": "90"}
BUY_NOW = {"side": "BUY"}
SELL_NOW = {"side": "SELL"}

LEVELS: list[tuple[Json, list[list[Broken]]]] = [
    (
        BUY,
        [
            [WHO],
            [REPEATED],
            [HALTED, REDUCING],
            [ODD_TICK, BOTH_SIZES],
            [LARGE_ORDER, LARGE_POSITION, RESTRICTED],
            [CROSSES_A_SELL],
            [TOO_DEAR],
        ],
    ),
    (SELL, [[WHO], [REPEATED], [HALTED], [BOTH_SIZES], [LARGE_ORDER], [CROSSES_A_BUY], [NOT_HELD]]),
    (
        BUY_NOW,
        [
            [WHO],
            [REPEATED],
            [HALTED, REDUCING],
            [BOTH_SIZES],
            [CROSSED],
            [LARGE_ORDER, RESTRICTED],
            [TOO_DEAR],
        ],
    ),
    (SELL_NOW, [[REPEATED], [HALTED], [BOTH_SIZES], [CROSSED], [LARGE_ORDER], [NOT_HELD]]),
]


def _pairs() -> list[tuple[Json, Broken, Broken]]:
    return [
        (base, earlier, later)
        for base, levels in LEVELS
        for before, after in combinations(levels, 2)
        for earlier in before
        for later in after
    ]


def _name(pair: tuple[Json, Broken, Broken]) -> str:
    base, earlier, later = pair
    how = "order" if "type" in base else "trade"
    return f"{base['side'].lower()}-{how}-{earlier.code}-before-{later.code}"


def refuse_broken(desk: Desk, base: Json, broken: Sequence[Broken]) -> None:
    """Break these rules at once, the first of which must be told."""
    for rule in broken:
        rule.first(desk)
    for rule in broken:
        if rule.update:
            desk.update(**rule.update)
    workspace = desk.workspace
    viewer = workspace.key("VIEWER") if WHO in broken else None
    asked = {"portfolioId": desk.id, "symbol": "AAA", "quantity": "1"} | base
    for rule in broken:
        asked |= rule.asked
    document = PLACE if "type" in base else EXECUTE
    if viewer:
        desk.update(members=[{"trader": "key:viewer", "role": "VIEWER"}])

    def send() -> Json:
        answer: Json = workspace.data(document, {"input": asked}, viewer)
        return answer

    refuse(desk, send, broken[0].code)


@pytest.mark.parametrize(("base", "earlier", "later"), _pairs(), ids=[_name(pair) for pair in _pairs()])
def test_of_two_broken_rules_the_earlier_one_is_told(
    always: Workspace, base: Json, earlier: Broken, later: Broken
) -> None:
    desk = open_desk(always, "10000")
    desk.quote("AAPL", "149.98", "150.02", "150")
    desk.trade("BUY", "AAA", "10")
    refuse_broken(desk, base, [earlier, later])


@pytest.mark.parametrize("base", [BUY, SELL, BUY_NOW], ids=["buy", "sell", "trade"])
def test_with_everything_wrong_the_first_rule_is_told(always: Workspace, base: Json) -> None:
    rules = [WHO, REPEATED, HALTED, BOTH_SIZES, LARGE_ORDER, TOO_DEAR]
    for start in range(len(rules) - 1):
        desk = open_desk(always, "10000", name=f"From {start}")
        desk.quote("AAPL", "149.98", "150.02", "150")
        desk.trade("BUY", "AAA", "10")
        refuse_broken(desk, base, rules[start:])


def test_the_position_is_looked_at_before_the_buying_power(always: Workspace) -> None:
    desk = open_desk(always, "10000", **SHORTS)
    base = {"side": "SELL", "type": "LIMIT", "limitPrice": "110"}
    refuse_broken(desk, base, [FRACTION, Broken(BANKRUPT)])
    desk = open_desk(always, "10000", name="Whole", **SHORTS)
    refuse_broken(desk, base, [TOO_DEAR])


def test_who_comes_before_everything_and_says_nothing_of_it(always: Workspace) -> None:
    desk = open_desk(always, "10000")
    stranger = always.key("TRADER", "stranger")
    desk.update(state="HALTED")
    asked = {"portfolioId": desk.id, "symbol": "AAA", "side": "BUY", "type": "LIMIT", "quantity": "0"}
    refuse(desk, lambda: always.data(PLACE, {"input": asked}, stranger), "UNKNOWN_PORTFOLIO", kept=False)
