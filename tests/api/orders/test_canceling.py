"""Canceling: what was filled stays, the rest is given back, and what is final is too late."""

from functools import partial

import pytest

from tests.api.desk import CANCEL, REPLACE, Desk, nodes, quote_input
from tests.api.orders.setting import EARLY, SHORTS, held, open_desk, refuse, spending, together
from tests.conftest import Json, NewWorkspace, Workspace

WAITING = [
    ("limit buy", "BUY", {"type": "LIMIT", "limitPrice": "90"}),
    ("limit buy until canceled", "BUY", {"type": "LIMIT", "limitPrice": "90", "timeInForce": "GTC"}),
    ("stop buy", "BUY", {"type": "STOP", "stopPrice": "110"}),
    ("stop limit buy", "BUY", {"type": "STOP_LIMIT", "stopPrice": "110", "limitPrice": "112"}),
    ("limit sell", "SELL", {"type": "LIMIT", "limitPrice": "110"}),
    ("stop sell", "SELL", {"type": "STOP", "stopPrice": "90"}),
]


@pytest.fixture
def table(always: Workspace) -> Desk:
    """10,000 in cash, AAA at 100."""
    return open_desk(always, "10000")


@pytest.mark.parametrize(("side", "asked"), [case[1:] for case in WAITING], ids=[case[0] for case in WAITING])
def test_a_waiting_order_is_canceled_and_gives_everything_back(
    always: Workspace, side: str, asked: Json
) -> None:
    desk = open_desk(always, "10000", **SHORTS)
    desk.trade("BUY", "AAA", "5")
    before = desk.balances()
    order = desk.order(side, "AAA", "10", **asked)
    assert desk.books()["reserved"] != "0"
    answer = desk.cancel(order)
    assert answer["__typename"] == "OrderCanceled"
    canceled = answer["order"]
    assert (canceled["status"], canceled["leavesQuantity"], canceled["filledQuantity"]) == (
        "CANCELED",
        "0",
        "0",
    )
    assert (canceled["id"], canceled["quantity"]) == (order["id"], "10")
    assert canceled == desk.now(order)
    assert desk.balances() == before
    desk.quote("AAA", "1", "2", "1.5")
    desk.quote("AAA", "199", "200", "199.5")
    assert desk.now(order) == canceled, "no quote fills it any more"


@pytest.mark.parametrize("time_in_force", ["DAY", "OPG"])
def test_a_queued_order_is_canceled(xnys: Workspace, time_in_force: str) -> None:
    desk = open_desk(xnys, "10000", at=EARLY)
    order = desk.market("BUY", "AAA", "10", timeInForce=time_in_force)
    assert (order["status"], spending(desk)[1]) == ("ACCEPTED", "1050")
    assert desk.cancel(order)["order"]["status"] == "CANCELED"
    assert spending(desk) == ("10000", "0", "10000")


def test_what_was_filled_stays(always: Workspace) -> None:
    desk = open_desk(always, "10000", rules={"liquidity": "SIZE"})
    order = desk.limit("BUY", "AAA", "10", "90")
    desk.quote("AAA", "89", "90", "90", ask_size="4")
    canceled = desk.cancel(order)["order"]
    assert (canceled["status"], canceled["filledQuantity"], canceled["leavesQuantity"]) == (
        "CANCELED",
        "4",
        "0",
    )
    assert (canceled["averagePrice"], len(canceled["trades"])) == ("90", 1)
    assert (held(desk), spending(desk)) == ("4", ("9640", "0", "9640"))


def final_orders(desk: Desk) -> dict[str, Json]:
    """One order of each final status."""
    orders = {
        "FILLED": desk.market("BUY", "AAA", "1"),
        "CANCELED": desk.limit("BUY", "AAA", "1", "90"),
        "EXPIRED": desk.limit("BUY", "AAA", "1", "90"),
        "REPLACED": desk.limit("BUY", "AAA", "1", "90", timeInForce="GTC"),
        "REJECTED": desk.place("BUY", "AAA", "1000", type="MARKET")["rejectedOrder"],
    }
    desk.cancel(orders["CANCELED"])
    desk.replace(orders["REPLACED"], quantity="2")
    desk.quote("AAA", "99.98", "100", "100", at="2026-03-11T00:00:00Z")
    assert {status: desk.now(order)["status"] for status, order in orders.items()} == {
        name: name for name in orders
    }
    return orders


def test_what_is_final_is_too_late_to_cancel_and_to_replace(table: Desk) -> None:
    for order in final_orders(table).values():
        refuse(table, partial(table.cancel, order), "TOO_LATE", "orderId", kept=False)
        for changes in ({"quantity": "3"}, {"limitPrice": "80"}):
            refuse(
                table,
                partial(table.replace, order, **changes),
                "TOO_LATE",
                "orderId",
                kept=False,
            )


def test_an_order_is_canceled_once(table: Desk) -> None:
    order = table.limit("BUY", "AAA", "1", "90")
    answers = together(*[partial(table.workspace.data, CANCEL, {"input": {"orderId": order["id"]}})] * 8)
    assert sorted(answer.get("code", "") for answer in answers) == [""] + ["TOO_LATE"] * 7
    assert spending(table) == ("10000", "0", "10000")
    table.prove()


@pytest.mark.parametrize("id", ["", "nonsense", "00000000-0000-0000-0000-000000000000", "x" * 5000, "a\x00b"])
def test_an_order_that_is_not_there_is_not_found(table: Desk, id: str) -> None:
    table.limit("BUY", "AAA", "1", "90")
    refuse(table, lambda: table.cancel({"id": id}), "ORDER_NOT_FOUND", "orderId", kept=False)
    refuse(table, lambda: table.replace({"id": id}, quantity="2"), "ORDER_NOT_FOUND", "orderId", kept=False)


def test_another_s_order_is_not_found_and_answers_as_if_there_were_none(
    always: Workspace, new_workspace: NewWorkspace
) -> None:
    desk = open_desk(always, "10000")
    order, final = desk.limit("BUY", "AAA", "1", "90"), desk.market("BUY", "AAA", "1")
    stranger = always.key("TRADER", "stranger")
    nothing = order["id"][:-1] + ("0" if order["id"][-1] != "0" else "1")
    elsewhere = new_workspace()
    for document, more in ((CANCEL, {}), (REPLACE, {"quantity": "2"})):
        before = desk.books()
        answers = []
        for key in (stranger, elsewhere.admin_key):
            for id in (order["id"], final["id"], nothing):
                answer = always.data(document, {"input": {"orderId": id} | more}, key)
                assert (answer["code"], answer["rejectedOrder"]) == ("ORDER_NOT_FOUND", None)
                answers.append(answer)
        assert all(answer == answers[0] for answer in answers)
        assert desk.books() == before


def test_a_viewer_may_neither_cancel_nor_replace(always: Workspace) -> None:
    desk = open_desk(always, "10000")
    order = desk.limit("BUY", "AAA", "1", "90")
    keys = [always.key("VIEWER"), always.key("TRADER", "watcher")]
    members = [{"trader": trader, "role": "VIEWER"} for trader in ("key:viewer", "key:watcher")]
    desk.update(members=members)
    for key in keys:
        for document, more in ((CANCEL, {}), (REPLACE, {"quantity": "2"})):
            asked = {"orderId": order["id"]} | more
            refuse(
                desk,
                partial(always.data, document, {"input": asked}, key),
                "NOT_PERMITTED",
                kept=False,
            )


def test_an_order_is_filled_or_canceled_and_never_both(table: Desk) -> None:
    publish = """mutation ($input: PublishQuotesInput!) { publishQuotes(input: $input) { __typename
        ... on QuotesPublished { trades { order { id } } } } }"""
    for number in range(1, 9):
        table.quote("AAA", "99.98", "100", "100")
        order = table.limit("BUY", "AAA", "1", "90")
        quotes = {"input": {"quotes": [quote_input("AAA", "89", "90", "90")]}}
        asked = {"input": {"orderId": order["id"]}}
        canceled, published = together(
            partial(table.workspace.data, CANCEL, asked), partial(table.workspace.data, publish, quotes)
        )
        after = table.now(order)
        was_canceled = canceled["__typename"] == "OrderCanceled"
        assert after["status"] == ("CANCELED" if was_canceled else "FILLED")
        assert canceled.get("code") == (None if was_canceled else "TOO_LATE")
        assert len(published["trades"]) == len(after["trades"]) == (0 if was_canceled else 1)
        table.prove()
        assert len(nodes(table.books(), "orders")) == number


def test_an_order_is_canceled_or_replaced_and_never_both(table: Desk) -> None:
    for _ in range(8):
        order = table.limit("BUY", "AAA", "1", "90")
        asked = {"orderId": order["id"]}
        canceled, replaced = together(
            partial(table.workspace.data, CANCEL, {"input": asked}),
            partial(table.workspace.data, REPLACE, {"input": asked | {"quantity": "2"}}),
        )
        assert sorted(
            [canceled["__typename"] == "OrderCanceled", replaced["__typename"] == "OrderReplaced"]
        ) == [False, True]
        assert {canceled.get("code"), replaced.get("code")} == {None, "TOO_LATE"}
        for one in nodes(table.books(), "orders"):
            if one["status"] == "NEW":
                table.cancel(one)
        table.prove()
        assert spending(table) == ("10000", "0", "10000")
