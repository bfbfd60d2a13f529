"""Changing a portfolio through the API."""

from graphql_api.oms.ids import from_text
from tests.api.conftest import Book
from tests.api.test_portfolio_rules import RULES
from tests.conftest import Json

ADA, BOB = "slack:T1/U1", "slack:T1/U2"
MANAGER = {"trader": "key:trader", "role": "MANAGER"}
UPDATE = f"""mutation ($input: UpdatePortfolioInput!) {{ updatePortfolio(input: $input) {{ __typename
    ... on PortfolioUpdated {{ portfolio {{ id name state account archived cash members {{ trader role }}
        {RULES} events {{ edges {{ node {{ type }} }} }} }} }}
    ... on InputRejected {{ code field message }} }} }}"""
EVERYTHING = f"""{{ portfolios(includeArchived: true) {{ edges {{ node {{ id name state archived
    members {{ trader role }} {RULES} }} }} }} events {{ edges {{ node {{ id hash }} }} }} }}"""


def change(book: Book, **asked: object) -> Json:
    """Send updatePortfolio and return the union's member."""
    variables = {"input": {"portfolioId": book.id, **asked}}
    answer: Json = book.workspace.data(UPDATE, variables, book.key, book.on_behalf_of)
    return answer


def changed(book: Book, **asked: object) -> Json:
    """Send updatePortfolio, be sure that it was done, and return the portfolio."""
    answer = change(book, **asked)
    assert answer["__typename"] == "PortfolioUpdated", answer
    portfolio: Json = answer["portfolio"]
    return portfolio


def refusal(answer: Json) -> tuple[str, str]:
    """The code and field of a refusal, whose sentence is one."""
    assert answer["__typename"] == "InputRejected", answer
    assert answer["message"].endswith(".")
    return answer["code"], answer["field"]


def row_id(book: Book) -> object:
    """The id of its portfolio's row."""
    (id,) = from_text(book.id) or (None,)
    return id
