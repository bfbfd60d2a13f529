"""Schema, operations and models say the same; every planted drift is found."""

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import Field, ValidationError

from slack_client import answers
from slack_client.contract import SCHEMA_PATH, find_drifts, find_drifts_of_files
from slack_client.operations import OPERATIONS, OPERATIONS_PATH, ORDER_BY_ID, QUOTES, Operation
from slack_client.wire import ExactDecimal, Wire

SCHEMA = SCHEMA_PATH.read_text(encoding="utf-8")
WRITTEN = OPERATIONS_PATH.read_text(encoding="utf-8")


def test_schema_operations_and_models_fit() -> None:
    assert find_drifts_of_files() == []


SMALL_SCHEMA = """
scalar Decimal
enum Colour { RED GREEN }
type Query { shelf(name: String!, limit: Int): Shelf! }
type Shelf { id: ID!, price: Decimal!, note: String, colour: Colour!, fruits: [Fruit!]!, find: Found! }
type Fruit { name: String!, weight: Int }
type Nothing { reason: String! }
type Later { at: String! }
union Found = Fruit | Nothing
type Mutation { fill(input: FillInput!): Shelf! }
input FillInput { name: String!, price: Decimal, colour: Colour! = RED }
"""
SMALL_OPERATIONS = """
query Look($name: String!, $limit: Int) { shelf(name: $name, limit: $limit) { ...Parts find {
    __typename ... on Fruit { name } ... on Nothing { reason } } } }
fragment Parts on Shelf { id price note colour fruits { name } }
mutation Fill($input: FillInput!) { fill(input: $input) { id } }
"""


class Colour(StrEnum):
    RED = "RED"
    GREEN = "GREEN"


class Fruit(Wire):
    name: str


class FoundFruit(Wire):
    typename: Literal["Fruit"] = Field(alias="__typename")
    name: str


class FoundNothing(Wire):
    typename: Literal["Nothing"] = Field(alias="__typename")
    reason: str


class Shelf(Wire):
    id: str
    price: ExactDecimal
    note: str | None
    colour: Colour
    fruits: tuple[Fruit, ...]
    find: Annotated[FoundFruit | FoundNothing, Field(discriminator="typename")]


class LookVariables(Wire):
    name: str
    limit: int | None


class LookData(Wire):
    shelf: Shelf


class FillInput(Wire):
    name: str
    price: ExactDecimal | None


class FillVariables(Wire):
    input: FillInput


class FilledShelf(Wire):
    id: str


class FillData(Wire):
    fill: FilledShelf


LOOK = Operation("Look", LookVariables, LookData)
FILL = Operation("Fill", FillVariables, FillData)


def small_drifts(schema: str = SMALL_SCHEMA, operations: str = SMALL_OPERATIONS) -> str:
    return "\n".join(find_drifts(schema, operations, (LOOK, FILL)))


def test_what_fits_has_no_drift() -> None:
    assert small_drifts() == ""


@pytest.mark.parametrize(
    ("drift", "before", "after", "said"),
    [
        ("a renamed field", "price: Decimal!", "cost: Decimal!", "price"),
        ("a field that may be missing now", "id: ID!", "id: ID", "Look.shelf.id: nullable in the schema"),
        (
            "a field that is never missing now",
            "note: String,",
            "note: String!,",
            "Look.shelf.note: not nullable",
        ),
        ("another scalar", "price: Decimal!", "price: String!", "Look.shelf.price is String"),
        (
            "a scalar instead of an enum",
            "colour: Colour!,",
            "colour: String!,",
            "Look.shelf.colour is String",
        ),
        (
            "one instead of many",
            "fruits: [Fruit!]!",
            "fruits: Fruit!",
            "Look.shelf.fruits is a list on one side",
        ),
        ("holes in a list", "[Fruit!]!", "[Fruit]!", "Look.shelf.fruits[]: nullable"),
        ("a new member of a union", "Fruit | Nothing", "Fruit | Nothing | Later", "Later is missing"),
        ("a removed member of a union", "= Fruit | Nothing", "= Fruit", "Nothing"),
        ("a new member of an enum", "RED GREEN", "RED GREEN BLUE", "BLUE is missing"),
        ("a removed member of an enum", "RED GREEN", "RED", "GREEN is in the model Colour alone"),
        ("a new required argument", "limit: Int)", "limit: Int, page: Int!)", "page"),
        ("an argument of another type", "limit: Int)", "limit: String)", "limit"),
        (
            "a new required input field",
            "name: String!, price",
            "name: String!, size: Int!, price",
            "size is required",
        ),
        ("a removed input field", ", price: Decimal,", ",", "price is in the model, not in"),
        (
            "an input field required now",
            "price: Decimal,",
            "price: Decimal!,",
            "required in the schema, optional",
        ),
        ("an input field of another type", "price: Decimal,", "price: Int,", "Fill.$input.price is Int"),
    ],
)
def test_a_drift_of_the_schema_is_found(drift: str, before: str, after: str, said: str) -> None:
    assert SMALL_SCHEMA.count(before) == 1, drift
    assert said in small_drifts(schema=SMALL_SCHEMA.replace(before, after)), drift


@pytest.mark.parametrize(
    ("drift", "before", "after", "said"),
    [
        ("a field not asked for", "price note", "note", "price is in the model Shelf alone"),
        (
            "a field asked for in vain",
            "{ id } }",
            "{ id note } }",
            "note is missing in the model FilledShelf",
        ),
        ("a missing variable", "$name: String!, $limit: Int", "$name: String!", "limit"),
        ("a variable without a model", "$limit: Int)", "$limit: Int, $more: Int)", "more"),
        ("a fragment not spread", "...Parts ", "", "Parts"),
        (
            "an operation without models",
            "mutation Fill(",
            "mutation Refill(",
            "Refill is in operations.graphql",
        ),
        ("a union without __typename", "__typename ", "", "__typename"),
    ],
)
def test_a_drift_of_the_operations_is_found(drift: str, before: str, after: str, said: str) -> None:
    assert SMALL_OPERATIONS.count(before) == 1, drift
    assert said in small_drifts(operations=SMALL_OPERATIONS.replace(before, after)), drift


def test_a_drift_of_a_model_is_found() -> None:
    class LossyQuote(answers.Quote):
        bid: float | None  # type: ignore[assignment]

    class LossyData(Wire):
        quotes: tuple[LossyQuote, ...]
        market: answers.Market

    lossy = Operation(QUOTES.name, QUOTES.variables, LossyData)
    others = tuple(operation for operation in OPERATIONS if operation is not QUOTES)
    assert find_drifts(SCHEMA, WRITTEN, (*others, lossy)) == [
        "Quotes.quotes[].bid is Decimal in the schema, float in the model"
    ]


def test_a_model_of_no_operation_is_found() -> None:
    stray = replace(ORDER_BY_ID, name="OrderByName")
    assert find_drifts(SCHEMA, WRITTEN, (*OPERATIONS, stray)) == [
        "OrderByName has models but is not in operations.graphql"
    ]


@pytest.mark.parametrize("value", [1.1, 1, None, "NaN", "one"])
def test_a_decimal_is_read_from_digits_in_a_string_alone(value: object) -> None:
    with pytest.raises(ValidationError):
        answers.Holding.model_validate({"quantity": value})


def test_a_decimal_keeps_every_digit_both_ways() -> None:
    held = answers.Holding.model_validate({"quantity": "0.100000001"})
    assert held.quantity == Decimal("0.100000001")
    assert answers.Holding(quantity=Decimal("1E+3")).model_dump()["quantity"] == "1000"


def test_answers_cannot_be_changed() -> None:
    held = answers.Holding(quantity=Decimal(1))
    with pytest.raises(ValidationError):
        held.quantity = Decimal(2)
