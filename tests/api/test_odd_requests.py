"""Requests that are well formed and odd: each has one clear answer."""

from datetime import UTC, datetime

import pytest

from tests.conftest import Json, Workspace

CREATE_PORTFOLIO = """
    mutation ($input: CreatePortfolioInput!) {
      createPortfolio(input: $input) {
        ... on PortfolioCreated { portfolio { members { trader role } } }
        ... on InputRejected { code field message }
      }
    }
"""
CREATE_KEY = """
    mutation ($input: CreateApiKeyInput!) {
      createApiKey(input: $input) { ... on ApiKeyCreated { secret } ... on InputRejected { code field } }
    }
"""


def portfolio_count(workspace: Workspace) -> int:
    return len(workspace.data("{ portfolios { edges { cursor } } }")["edges"])


def test_of_two_operations_none_is_guessed(workspace: Workspace) -> None:
    document = (
        'mutation A { createPortfolio(input: {name: "A"}) { __typename } }'
        'mutation B { createPortfolio(input: {name: "B"}) { __typename } }'
    )
    body = workspace.query(document)
    assert body["data"] is None
    assert "operation name" in body["errors"][0]["message"]
    assert portfolio_count(workspace) == 0


def test_of_two_operations_the_named_one_runs(workspace: Workspace) -> None:
    document = "query A { viewer { role } } query B { viewer { trader } }"
    answer = workspace.http.post(
        f"{workspace.api.url}/graphql",
        json={"query": document, "operationName": "B"},
        headers={"X-API-Key": workspace.admin_key},
    )
    assert answer.json() == {"data": {"viewer": {"trader": "key:admin"}}}


def test_an_unknown_operation_is_named(workspace: Workspace) -> None:
    answer = workspace.http.post(
        f"{workspace.api.url}/graphql",
        json={"query": "query A { viewer { role } }", "operationName": "B"},
        headers={"X-API-Key": workspace.admin_key},
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"] == 'Unknown operation named "B".'


def test_a_portfolio_has_at_most_500_members(workspace: Workspace) -> None:
    members = [{"trader": f"slack:T1/U{number}", "role": "TRADER"} for number in range(501)]
    refused = workspace.data(CREATE_PORTFOLIO, {"input": {"name": "Crowd", "members": members}})
    assert (refused["code"], refused["field"]) == ("INVALID_INPUT", "members")
    assert portfolio_count(workspace) == 0
    made = workspace.data(CREATE_PORTFOLIO, {"input": {"name": "Crowd", "members": members[:500]}})
    assert len(made["portfolio"]["members"]) == 500


def test_a_members_name_is_trimmed(workspace: Workspace) -> None:
    members = [{"trader": " key:desk ", "role": "TRADER"}]
    made = workspace.data(CREATE_PORTFOLIO, {"input": {"name": "Desk", "members": members}})
    assert made["portfolio"]["members"] == [{"trader": "key:desk", "role": "TRADER"}]


@pytest.mark.parametrize(
    "trader", ["key:admin", "console", "a", "SLACK:T1/U1", ":U1", "slack:", "slack:T1 U1"]
)
def test_a_bot_acts_for_nobody_of_our_own(workspace: Workspace, trader: str) -> None:
    bot = workspace.key("SERVICE")
    refused = workspace.data(CREATE_PORTFOLIO, {"input": {"name": "Mine"}}, bot, on_behalf_of=trader)
    assert (refused["code"], refused["field"]) == ("NOT_PERMITTED", "X-On-Behalf-Of")
    assert portfolio_count(workspace) == 0


@pytest.mark.parametrize(
    "expires_at", ["2000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2200-01-01T00:00:00Z"]
)
def test_a_key_expires_within_a_hundred_years(workspace: Workspace, expires_at: str) -> None:
    variables = {"input": {"name": "k", "role": "VIEWER", "expiresAt": expires_at}}
    refused = workspace.data(CREATE_KEY, variables)
    assert refused == {"code": "INVALID_INPUT", "field": "expiresAt"}
    assert [key["name"] for key in workspace.data("{ apiKeys { name } }")] == ["admin"]


def test_a_key_may_expire_in_ten_years(workspace: Workspace) -> None:
    expires_at = f"{datetime.now(UTC).year + 10}-01-01T00:00:00Z"
    made: Json = workspace.data(
        CREATE_KEY, {"input": {"name": "k", "role": "VIEWER", "expiresAt": expires_at}}
    )
    assert made["secret"].startswith("oms_")


def test_a_filter_as_long_as_the_body_is_still_a_filter(workspace: Workspace) -> None:
    portfolio = workspace.portfolio()
    document = """query ($id: ID!, $status: [OrderStatus!]) {
      portfolio(id: $id) { orders(status: $status) { edges { cursor } } } }"""
    answer = workspace.data(document, {"id": portfolio, "status": ["FILLED"] * 50_000})
    assert answer == {"orders": {"edges": []}}


def test_a_portfolio_is_found_by_its_name_with_blanks_around(workspace: Workspace) -> None:
    workspace.portfolio("Growth")
    assert workspace.data('{ portfolio(name: " Growth ") { name } }') == {"name": "Growth"}
