"""The worked examples of ../cases/golden.json, every one of them, through GraphQL on the manual market."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from graphql_api.oms.db import Database
from graphql_api.oms.words import RejectionCode
from tests.api.desk import NOON, Desk, manual_api, nodes, quote_input
from tests.conftest import Api, Json, NewWorkspace

CASES: dict[str, Json] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "cases" / "golden.json").read_text(encoding="utf-8"))[
        "cases"
    ]
}
MARKET_OF_A_CASE = {"calendar", "max_quote_age_s"}
PORTFOLIO_OF_A_CASE = {
    "initial_cash",
    "account",
    "allow_short",
    "slippage_bps",
    "fee",
    "liquidity",
    "max_order_notional",
    "max_position_pct",
    "state",
}
WITHOUT_COSTS_AND_LIMITS = {
    "slippageBps": None,
    "fee": None,
    "maxOrderNotional": None,
    "maxPositionPercent": None,
}


@pytest.fixture(scope="module")
def apis(database_url: str) -> Iterator[dict[bool, Api]]:
    """The API by whether its market has sessions: the two that the cases are written for."""
    with manual_api(database_url, "always", 60) as always, manual_api(database_url, "XNYS", 900) as xnys:
        yield {False: always, True: xnys}


def percent(fraction: str | None) -> str | None:
    """0.01 of a case is 1 of the API."""
    return None if fraction is None else format((Decimal(fraction) * 100).normalize(), "f")


def rules_of(config: Json) -> Json:
    """A case's rules as PortfolioRulesInput."""
    fee = config.get("fee", {})
    return {
        "allowShort": config.get("allow_short", False),
        "liquidity": config.get("liquidity", "FULL"),
        "slippageBps": config.get("slippage_bps", "0"),
        "fee": {
            "flat": fee.get("flat", "0"),
            "perShare": fee.get("per_share", "0"),
            "bps": fee.get("bps", "0"),
            "minimum": fee.get("min", "0"),
            "capPercent": percent(fee.get("max_pct")),
        },
        "maxOrderNotional": config.get("max_order_notional"),
        "maxPositionPercent": percent(config.get("max_position_pct")),
    }


@dataclass
class Replay:
    """Takes a case's steps, one method an op, and writes down what was answered in the cases' words.

    A fill in a case is accounting alone: it costs nothing, and it is a price only where no quote was
    given. So it trades without the portfolio's costs and limits, and the quote given is published again.
    """

    desk: Desk
    rules: Json
    _orders: dict[str, Json] = field(default_factory=dict)
    _quotes: dict[str, Json] = field(default_factory=dict)

    def take(self, step: Json) -> Json | None:
        """Do one step; of an order, what the answer says."""
        if "t" in step and step["op"] not in {"quote", "close"}:
            self.desk.clock(step["t"])
        answer: Json | None = getattr(self, step["op"])(step)
        return answer

    def quote(self, step: Json) -> None:
        quote = quote_input(
            step["symbol"],
            step.get("bid"),
            step.get("ask"),
            step.get("last"),
            bid_size=step.get("bid_size"),
            ask_size=step.get("ask_size"),
            quoted_at=step.get("quote_time"),
        )
        self._quotes[step["symbol"]] = quote
        self.desk.publish([quote], step.get("t"))

    def mark(self, step: Json) -> None:
        self.desk.quote(step["symbol"], step["price"], step["price"], step["price"])

    def fill(self, step: Json) -> None:
        symbol, price, quantity = step["symbol"], step["price"], step["qty"]
        self.desk.update(rules=WITHOUT_COSTS_AND_LIMITS)
        self.desk.quote(symbol, price, price, price, bid_size=quantity, ask_size=quantity)
        self.desk.trade(step["side"], symbol, quantity)
        self.desk.update(rules=self.rules)
        if symbol in self._quotes:
            self.desk.publish([self._quotes[symbol]])

    def close(self, step: Json) -> None:
        self.desk.close(step["t"], step["official"])

    def state(self, step: Json) -> None:
        self.desk.update(state=step["state"])

    def order(self, step: Json) -> Json:
        id = step["client_order_id"]
        answer = self.desk.place(
            step["side"],
            step["symbol"],
            step.get("qty"),
            clientOrderId=id,
            type=step["type"],
            timeInForce=step["tif"],
            notional=step.get("notional"),
            limitPrice=step.get("limit_price"),
            stopPrice=step.get("stop_price"),
        )
        if answer["__typename"] == "OrderRejected":
            if answer["rejectedOrder"] is None:
                return {"client_order_id": id, "result": "ERROR", "code": answer["code"]}
            self._orders[id] = answer["rejectedOrder"]
            return {"client_order_id": id, "result": "REJECTED", "code": answer["code"]}
        self._orders[id] = answer["order"]
        result = "DUPLICATE_RETURNED_ORIGINAL" if answer["duplicate"] else "OK"
        return {"client_order_id": id, "result": result, "status": answer["order"]["status"]}

    def cancel(self, step: Json) -> Json:
        id = step["client_order_id"]
        answer = self.desk.cancel(self._orders[id])
        told = {"op": "cancel", "client_order_id": id}
        return told | self._changed(answer, self._orders[id], "CANCEL_REJECTED")

    def replace(self, step: Json) -> Json:
        id, new_id = step["client_order_id"], step["new_client_order_id"]
        names = {"quantity": "qty", "limitPrice": "limit_price", "stopPrice": "stop_price"}
        changes = {name: step[word] for name, word in names.items() if word in step}
        answer = self.desk.replace(self._orders[id], clientOrderId=new_id, **changes)
        if answer["__typename"] == "OrderReplaced":
            self._orders[new_id] = answer["order"]
        told = {"op": "replace", "client_order_id": id, "new_client_order_id": new_id}
        return told | self._changed(answer, self._orders[id], "REPLACE_REJECTED")

    def _changed(self, answer: Json, order: Json, refused: str) -> Json:
        if answer["__typename"] == "OrderRejected":
            return {"result": refused, "code": answer["code"], "status": self.desk.now(order)["status"]}
        return {"result": "OK", "status": answer["order"]["status"]}


def seen(books: Json) -> Json:
    """A portfolio in the words of the cases."""
    return {
        "cash": books["cash"],
        "equity": books["equity"],
        "realized_pnl": books["realizedPnl"],
        "unrealized_pnl": books["unrealizedPnl"],
        "fees": books["fees"],
        "buying_power": books["buyingPower"],
        "long_market_value": books["longMarketValue"],
        "short_market_value": books["shortMarketValue"],
        "gross_market_value": books["grossMarketValue"],
        "net_market_value": books["netMarketValue"],
        "positions": {
            position["symbol"]: {
                "qty": position["quantity"],
                "avg_cost": position["averageCost"],
                "cost_basis": position["costBasis"],
                "realized_pnl": position["realizedPnl"],
                "market_value": position["marketValue"],
                "unrealized_pnl": position["unrealizedPnl"],
            }
            for position in books["positions"]
        },
    }


def seen_order(order: Json) -> Json:
    """An order in the words of the cases, which name a field only where it has something to say."""
    told = {"limit_price": order["limitPrice"], "reason": order["reason"]}
    return (
        {
            "status": order["status"],
            "order_qty": order["quantity"],
            "cum_qty": order["filledQuantity"],
            "leaves_qty": order["leavesQuantity"],
            "avg_px": order["averagePrice"] or "0",
        }
        | {name: value for name, value in told.items() if value is not None}
        | ({"triggered": True} if order["triggeredAt"] else {})
    )


def expected_order(order: Json, seen: Json) -> Json:
    """What a case expects of an order. A reason that is no RejectionCode is not the API's to tell."""
    if order.get("reason", "") in RejectionCode.__members__ or "reason" not in order:
        return order
    return {name: value for name, value in order.items() if name != "reason"} | {
        name: value for name, value in seen.items() if name == "reason"
    }


@pytest.mark.parametrize("id", CASES)
def test_a_worked_example_comes_out(
    apis: dict[bool, Api], database: Database, http: httpx2.Client, id: str
) -> None:
    config, steps, expected = CASES[id]["config"], CASES[id]["steps"], dict(CASES[id]["expect"])
    assert config.keys() <= PORTFOLIO_OF_A_CASE | MARKET_OF_A_CASE
    api = apis[config.get("calendar", False)]
    assert api.settings.max_quote_age_seconds == config.get("max_quote_age_s", 60)
    rules = rules_of(config)
    cash, account = config.get("initial_cash", "100000"), config.get("account", "CASH")
    workspace = NewWorkspace(api, database, http)()
    desk = Desk.open(workspace, initial_cash=cash, account=account, rules=rules)
    desk.clock(next((step["t"] for step in steps if "t" in step), NOON))
    replay = Replay(desk, rules)
    if "state" in config:
        replay.state(config)
    answers = [answer for answer in map(replay.take, steps) if answer is not None]
    books = desk.books()
    assert answers == expected.pop("results", [])
    orders = {order["clientOrderId"]: seen_order(order) for order in reversed(nodes(books, "orders"))}
    for name, order in expected.pop("orders", {}).items():
        assert orders[name] == expected_order(order, orders[name]), name
    assert seen(books) == expected
