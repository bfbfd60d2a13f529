"""The shape of an order: how much, at which prices, for how long; each mistake names its field."""

from functools import partial

import pytest

from tests.api.desk import PLACE, REPLACE, Desk
from tests.api.orders.setting import SHORTS, open_desk, refuse, standing
from tests.conftest import Json, Workspace

MARKET: Json = {"type": "MARKET"}
LIMIT: Json = {"type": "LIMIT", "limitPrice": "99"}
STOP: Json = {"type": "STOP", "stopPrice": "110"}
STOP_LIMIT: Json = {"type": "STOP_LIMIT", "stopPrice": "110", "limitPrice": "112"}
TYPES = [MARKET, LIMIT, STOP, STOP_LIMIT]
NAMES = [asked["type"] for asked in TYPES]


@pytest.fixture
def table(always: Workspace) -> Desk:
    """100,000 in cash and a limit buy that rests; shorts are allowed."""
    desk = open_desk(always, **SHORTS)
    desk.limit("BUY", "AAA", "1", "50")
    return desk


@pytest.mark.parametrize("asked", TYPES, ids=NAMES)
@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_a_quantity_must_be_above_0_and_one_that_can_be_kept(table: Desk, side: str, asked: Json) -> None:
    for quantity in (
        "0",
        "0.000",
        "-0",
        "-1",
        "1.0000000001",
        "0.0000000009",
        "1000000000.000000001",
        "9999999999",
    ):
        refuse(
            table,
            partial(table.place, side, "AAA", quantity, **asked),
            "INVALID_QUANTITY",
            "quantity",
        )


@pytest.mark.parametrize("asked", TYPES, ids=NAMES)
def test_quantity_or_notional_and_not_both(table: Desk, asked: Json) -> None:
    both = asked | {"notional": "500"}
    refuse(table, lambda: table.place("BUY", "AAA", "1", **both), "QUANTITY_XOR_NOTIONAL")
    refuse(table, lambda: table.place("BUY", "AAA", **asked), "QUANTITY_XOR_NOTIONAL")


@pytest.mark.parametrize("asked", [MARKET, LIMIT])
@pytest.mark.parametrize("notional", ["0.99", "0.999999", "0", "-5"])
def test_an_amount_of_money_is_at_least_1(table: Desk, asked: Json, notional: str) -> None:
    small = asked | {"notional": notional}
    refuse(table, lambda: table.place("BUY", "AAA", **small), "NOTIONAL_TOO_SMALL", "notional")
    table.order("BUY", "AAA", **asked, notional="1")


@pytest.mark.parametrize("asked", [MARKET, LIMIT])
@pytest.mark.parametrize("time_in_force", ["GTC", "OPG", "CLS", "FOK"])
def test_an_order_by_notional_lives_for_the_day(table: Desk, asked: Json, time_in_force: str) -> None:
    longer = asked | {"notional": "500", "timeInForce": time_in_force}
    refuse(table, lambda: table.place("BUY", "AAA", **longer), "TIME_IN_FORCE_NOT_ALLOWED", "timeInForce")
    table.order("BUY", "AAA", **asked, notional="500", timeInForce="DAY")


@pytest.mark.parametrize("asked", [STOP, STOP_LIMIT], ids=["STOP", "STOP_LIMIT"])
def test_a_stop_cannot_be_by_notional(table: Desk, asked: Json) -> None:
    before = table.books()
    answer = table.place("BUY", "AAA", **asked, notional="500")
    assert answer["__typename"] == "OrderRejected"
    assert answer["field"] in {"notional", "type"}
    assert standing(table.books()) == standing(before)


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"type": "LIMIT"}, "MISSING_LIMIT_PRICE", "limitPrice"),
        ({"type": "LIMIT", "stopPrice": "99"}, "MISSING_LIMIT_PRICE", "limitPrice"),
        ({"type": "STOP"}, "MISSING_STOP_PRICE", "stopPrice"),
        ({"type": "STOP_LIMIT", "limitPrice": "112"}, "MISSING_STOP_PRICE", "stopPrice"),
        ({"type": "STOP_LIMIT", "stopPrice": "110"}, "MISSING_LIMIT_PRICE", "limitPrice"),
    ],
)
def test_an_order_needs_the_prices_of_its_type(table: Desk, asked: Json, code: str, field: str) -> None:
    refuse(table, lambda: table.place("BUY", "AAA", "1", **asked), code, field)
    refuse(table, lambda: table.place("BUY", "AAA", "1", **asked, timeInForce="GTC"), code, field)


PRICED = [(LIMIT, "limitPrice"), (STOP, "stopPrice"), (STOP_LIMIT, "limitPrice"), (STOP_LIMIT, "stopPrice")]
PRICED_NAMES = [f"{asked['type']}-{field}" for asked, field in PRICED]


@pytest.mark.parametrize(("asked", "field"), PRICED, ids=PRICED_NAMES)
def test_a_price_must_be_above_0(table: Desk, asked: Json, field: str) -> None:
    for price in ("0", "-0", "0.00", "-1", "-99.5"):
        wrong = asked | {field: price}
        refuse(table, partial(table.place, "BUY", "AAA", "1", **wrong), "INVALID_PRICE", field)


@pytest.mark.parametrize(("asked", "field"), PRICED, ids=PRICED_NAMES)
def test_a_price_is_in_cents_from_1_on_and_in_hundredths_of_a_cent_below(
    table: Desk, asked: Json, field: str
) -> None:
    for price in ("1.001", "1.0001", "99.999", "110.005", "0.99999", "0.00001", "12345.678"):
        wrong = asked | {field: price}
        refuse(table, partial(table.place, "BUY", "AAA", "1", **wrong), "INVALID_TICK", field)


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("1", "1"),
        ("1.01", "1.01"),
        ("99.9900", "99.99"),
        ("0.9999", "0.9999"),
        ("0.0001", "0.0001"),
        (7, "7"),
    ],
)
def test_a_price_in_its_steps_is_kept_as_it_is(table: Desk, price: object, shown: str) -> None:
    order = table.order("BUY", "AAA", "1", type="LIMIT", limitPrice=price)
    assert (order["status"], order["limitPrice"], order["stopPrice"]) == ("NEW", shown, None)
    order = table.order("SELL", "AAA", "1", type="STOP", stopPrice=price)
    assert (order["status"], order["limitPrice"], order["stopPrice"]) == ("NEW", None, shown)


def test_a_price_beyond_what_can_be_kept_is_refused(table: Desk) -> None:
    before = table.books()
    for asked in ({"limitPrice": "1000000000000.01"}, {"limitPrice": "9999999999999"}):
        answer = table.place("BUY", "AAA", "0.000000001", type="LIMIT", **asked)
        assert (answer["code"], answer["field"]) == ("INVALID_PRICE", "limitPrice")
    assert standing(table.books()) == standing(before)


@pytest.mark.parametrize("field", ["quantity", "notional", "limitPrice", "stopPrice", "expectedPrice"])
@pytest.mark.parametrize(
    "value", [1.5, "NaN", "1e5", "1e400", "Infinity", "٣", "", "1,5", ".5", "+1", True, "12345678901234"]
)
def test_what_cannot_be_read_is_an_error_that_names_the_field(table: Desk, field: str, value: object) -> None:
    before = table.books()
    asked = {"portfolioId": table.id, "side": "BUY", "symbol": "AAA"} | STOP_LIMIT | {field: value}
    (error,) = table.workspace.query(PLACE, {"input": asked})["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert field in error["message"] or field in error["extensions"].get("field", "")
    assert table.books() == before


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"quantity": "0"}, "INVALID_QUANTITY", "quantity"),
        ({"quantity": "-3"}, "INVALID_QUANTITY", "quantity"),
        ({"quantity": "1.0000000001"}, "INVALID_QUANTITY", "quantity"),
        ({"limitPrice": "0"}, "INVALID_PRICE", "limitPrice"),
        ({"limitPrice": "-1"}, "INVALID_PRICE", "limitPrice"),
        ({"limitPrice": "50.001"}, "INVALID_TICK", "limitPrice"),
    ],
)
def test_a_replacement_has_a_shape_too(table: Desk, changes: Json, code: str, field: str) -> None:
    resting = table.limit("BUY", "AAA", "2", "60")
    refuse(table, lambda: table.replace(resting, **changes), code, field)
    assert table.now(resting)["status"] == "NEW"


def test_a_replacement_that_cannot_be_read_changes_nothing(table: Desk) -> None:
    resting = table.limit("BUY", "AAA", "2", "60")
    before = table.books()
    for field in ("quantity", "limitPrice", "stopPrice"):
        asked = {"orderId": resting["id"], field: 1.5}
        (error,) = table.workspace.query(REPLACE, {"input": asked})["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert table.books() == before
