"""The worked examples of ../cases/golden.json that market orders in cash accounts can express."""

import json
from pathlib import Path

import pytest

from tests.api.conftest import Book
from tests.conftest import Json, Workspace

CASES: dict[str, Json] = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "cases" / "golden.json").read_text(encoding="utf-8"))[
        "cases"
    ]
}
EXPRESSIBLE = ["A01", "A02", "A04", "A06", "A16", "A18", "B01", "N01", "N02", "N06", "K01", "I01", "I02"]

STATE = """query ($id: ID!) { portfolio(id: $id) {
  cash equity realizedPnl unrealizedPnl fees buyingPower
  longMarketValue shortMarketValue grossMarketValue netMarketValue
  positions(includeClosed: true) {
    symbol quantity averageCost costBasis realizedPnl marketValue unrealizedPnl
  }
  orders { edges { node {
    clientOrderId status quantity filledQuantity leavesQuantity averagePrice reason
  } } }
} }"""


def is_expressible(case: Json) -> bool:
    """Whether quotes, market orders and a cash account are all that a case needs."""
    needs_more = {"t", "quote_time", "bid_size", "ask_size", "limit_price", "stop_price"}
    return case["config"].keys() <= {"initial_cash"} and all(
        step["op"] in {"fill", "quote", "mark", "order"}
        and not needs_more & step.keys()
        and step.get("type", "MARKET") == "MARKET"
        for step in case["steps"]
    )


def take(book: Book, step: Json) -> Json | None:
    """One step; of an order, what the answer says in the words of the cases."""
    if step["op"] == "quote":
        book.market.set(step["symbol"], bid=step["bid"], ask=step["ask"], last=step["last"])
        return None
    if step["op"] in {"fill", "mark"}:
        book.market.set(step["symbol"], bid=step["price"], ask=step["price"], last=step["price"])
        if step["op"] == "fill":
            book.fill(step["side"], step["symbol"], step["qty"])
        return None
    id = step["client_order_id"]
    answer = book.trade(
        step["side"], step["symbol"], step.get("qty"), notional=step.get("notional"), clientOrderId=id
    )
    if answer["__typename"] == "OrderRejected":
        kept = answer["rejectedOrder"] is not None
        return {
            "client_order_id": id,
            "result": "REJECTED" if kept else "ERROR",
            "code": answer["code"],
        }
    result = "DUPLICATE_RETURNED_ORIGINAL" if answer["duplicate"] else "OK"
    return {"client_order_id": id, "result": result, "status": answer["order"]["status"]}


def seen(portfolio: Json) -> Json:
    """A portfolio in the words of the cases."""
    orders = {}
    for edge in portfolio["orders"]["edges"]:
        order = edge["node"]
        orders[order["clientOrderId"]] = {
            "status": order["status"],
            "order_qty": order["quantity"],
            "cum_qty": order["filledQuantity"],
            "leaves_qty": order["leavesQuantity"],
            "avg_px": order["averagePrice"] or "0",
        } | ({"reason": order["reason"]} if order["reason"] else {})
    return {
        "cash": portfolio["cash"],
        "equity": portfolio["equity"],
        "realized_pnl": portfolio["realizedPnl"],
        "unrealized_pnl": portfolio["unrealizedPnl"],
        "fees": portfolio["fees"],
        "buying_power": portfolio["buyingPower"],
        "long_market_value": portfolio["longMarketValue"],
        "short_market_value": portfolio["shortMarketValue"],
        "gross_market_value": portfolio["grossMarketValue"],
        "net_market_value": portfolio["netMarketValue"],
        "positions": {
            position["symbol"]: {
                "qty": position["quantity"],
                "avg_cost": position["averageCost"],
                "cost_basis": position["costBasis"],
                "realized_pnl": position["realizedPnl"],
                "market_value": position["marketValue"],
                "unrealized_pnl": position["unrealizedPnl"],
            }
            for position in portfolio["positions"]
        },
        "orders": orders,
    }


def test_the_list_names_every_case_that_this_milestone_can_express() -> None:
    assert {id for id, case in CASES.items() if is_expressible(case)} == set(EXPRESSIBLE)


@pytest.mark.parametrize("id", EXPRESSIBLE)
def test_a_worked_example_comes_out(workspace: Workspace, id: str) -> None:
    case = CASES[id]
    book = Book(workspace, workspace.portfolio(initial_cash=case["config"].get("initial_cash", "100000")))
    answers = [answer for answer in (take(book, step) for step in case["steps"]) if answer is not None]
    expected = dict(case["expect"])
    assert answers == expected.pop("results", [])
    state = seen(workspace.data(STATE, {"id": book.id}))
    if "orders" not in expected:
        del state["orders"]
    assert state == expected
