"""GraphiQL in a real Chromium, as a newcomer meets it."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from graphql_api import explorer
from tests.browser import Api, Workspace

CREATE_DEMO = """
mutation { createPortfolio(input: {name: "Demo", initialCash: "100000"}) { __typename } }
"""
TRADES = """
{ portfolio(name: "Demo") { cash trades { edges { node { id symbol side quantity price } } } } }
"""
BUY = """
mutation ($quantity: Decimal!) {
  executeTrade(input: {portfolio: "Demo", symbol: "AAPL", side: BUY, quantity: $quantity}) { __typename }
}
"""
ORDERS = """
{ portfolio(name: "Demo") { reserved orders { edges { node { id status } } } } }
"""
VALUE = "(name) => document.querySelector(`.graphiql-${name} .CodeMirror`)?.CodeMirror.getValue()"


@pytest.fixture(autouse=True)
def demo(api: Api, workspace: Workspace) -> None:
    """What `slackoms run` starts with: a portfolio named Demo, and a market."""
    api.market.set("AAPL", bid="149.98", ask="150.02", last="150.00")
    workspace.query(CREATE_DEMO)


async def open_page(page: Page, api: Api, key: str = "") -> None:
    await page.goto(f"{api.url}/graphql" + (f"#key={key}" if key else ""))
    await expect(page.locator(".graphiql-query-editor .CodeMirror-code")).to_be_visible()
    await expect(page.locator("#works" if key else "#missing")).to_be_visible()


async def paste_headers(page: Page, headers: str) -> None:
    await page.locator(".graphiql-editor-tool .CodeMirror:visible").click()
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.insert_text(headers)


async def headers_shown(page: Page) -> str:
    editors = "document.querySelectorAll('.graphiql-editor-tool .CodeMirror')"  # variables, headers
    shown: str = await page.evaluate(f"() => {editors}[1].CodeMirror.getValue()")
    return shown


async def choose_tab(page: Page, name: str) -> None:
    await page.locator(".graphiql-tab-button", has_text=name).click()


async def run(page: Page) -> dict[str, Any]:
    await page.get_by_role("button", name="Execute query").click()
    await page.wait_for_function(f"() => ({VALUE})('response').endsWith('}}')")
    answer: dict[str, Any] = json.loads(await page.evaluate(VALUE, "response"))
    return answer


async def test_a_newcomer_pastes_the_key_and_trades(page: Page, api: Api, workspace: Workspace) -> None:
    await open_page(page, api)
    await expect(page).to_have_title("SlackOMS")
    await expect(page.get_by_role("status")).to_contain_text("slackoms keys create")
    assert await headers_shown(page) == '{"X-API-Key": ""}'

    await page.keyboard.insert_text(workspace.admin_key)  # the cursor waits between the quotes
    await expect(page.locator("#works")).to_be_visible()
    await choose_tab(page, "Buy")
    answer = await run(page)

    executed = answer["data"]["executeTrade"]
    assert executed["__typename"] == "TradeExecuted"
    (shown,) = executed["trades"]
    portfolio = workspace.query(TRADES)["data"]["portfolio"]
    (edge,) = portfolio["trades"]["edges"]
    assert edge["node"] == {name: shown[name] for name in ("id", "symbol", "side", "quantity", "price")}
    assert portfolio["cash"] == executed["portfolio"]["cash"] == "98499.8"


async def test_every_example_runs_as_it_stands(page: Page, api: Api, workspace: Workspace) -> None:
    await open_page(page, api, workspace.admin_key)
    tabs = await page.locator(".graphiql-tab-button").all_inner_texts()
    assert len(tabs) == 7
    for tab in tabs[:-1]:  # the last one answers when something happens
        await choose_tab(page, tab)
        answer = await run(page)
        assert "errors" not in answer, tab
        assert None not in answer["data"].values(), tab
        assert "OrderRejected" not in json.dumps(answer), tab


async def test_an_order_rests_until_the_next_tab_cancels_it(
    page: Page, api: Api, workspace: Workspace
) -> None:
    await open_page(page, api, workspace.admin_key)
    placed, statuses = [], []
    for tab in ("Rest", "Rest", "Cancel"):
        await choose_tab(page, tab)
        (answer,) = (await run(page))["data"].values()
        placed.append(answer["order"]["id"])
        portfolio = workspace.query(ORDERS)["data"]["portfolio"]
        statuses.append([edge["node"]["status"] for edge in portfolio["orders"]["edges"]])
    assert statuses == [["NEW"], ["NEW", "NEW"], ["CANCELED", "NEW"]]
    assert placed[2] == placed[1] != placed[0]
    assert portfolio["reserved"] == "1", "the first one rests"

    await page.get_by_role("button", name="Variables").click()
    await page.locator(".graphiql-editor-tool .CodeMirror:visible").click()
    await page.keyboard.insert_text(json.dumps({"orderId": placed[0]}))
    canceled = (await run(page))["data"]["cancelOrder"]["order"]
    assert (canceled["id"], canceled["portfolio"]["reserved"]) == (placed[0], "0")


async def test_events_are_shown_the_moment_they_happen_until_they_are_stopped(
    page: Page, api: Api, workspace: Workspace
) -> None:
    def trade(quantity: str) -> None:
        answer = workspace.query(BUY, {"quantity": quantity})
        assert answer["data"]["executeTrade"]["__typename"] == "TradeExecuted"

    await open_page(page, api, workspace.admin_key)
    await choose_tab(page, "Follow")
    async with page.expect_websocket() as opened:
        await page.get_by_role("button", name="Execute query").click()
    connection = await opened.value
    assert connection.url == f"{api.url.replace('http', 'ws')}/graphql"
    await trade_until_told(page, lambda: trade("1"))
    for quantity in ("7", "8.5"):
        trade(quantity)
        await expect(page.locator(".graphiql-response")).to_contain_text(f'"quantity": "{quantity}"')
        event = json.loads(await page.evaluate(VALUE, "response"))["data"]["events"]
        assert (event["type"], event["portfolio"]["name"]) == ("order:filled", "Demo")
        assert event["trade"] == {"quantity": quantity, "price": "150.02"}

    async with connection.expect_event("close"):
        await page.get_by_role("button", name="Stop query").click()
    trade("9")
    await choose_tab(page, "Holdings")
    assert '"quantity": "9"' in json.dumps(await run(page))
    await choose_tab(page, "Follow")
    assert json.loads(await page.evaluate(VALUE, "response"))["data"]["events"] == event


async def trade_until_told(page: Page, trade: Callable[[], None]) -> None:
    """Nothing says when a subscription has begun but its first event."""
    deadline = time.monotonic() + 10
    while not await page.evaluate(VALUE, "response"):
        assert time.monotonic() < deadline, "no event was shown"
        trade()


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("oms_wrong", "This is not an API key, or it has a typo: copy it again, whole."),
        ("", "Send an API key in the header X-API-Key."),
    ],
)
async def test_following_without_a_key_that_works_says_so(
    page: Page, api: Api, key: str, sentence: str
) -> None:
    await open_page(page, api)
    await choose_tab(page, "Follow")
    await paste_headers(page, json.dumps({"X-API-Key": key}))
    if key:
        await expect(page.locator("#refused")).to_be_visible()
        await expect(page.locator(".graphiql-response")).to_contain_text("errors")
    assert await run(page) == {"errors": [{"message": sentence}]}


async def test_a_key_in_the_address_is_taken_and_leaves_it(
    page: Page, api: Api, workspace: Workspace
) -> None:
    await open_page(page, api, workspace.admin_key)
    assert page.url == f"{api.url}/graphql"
    assert json.loads(await headers_shown(page)) == {"X-API-Key": workspace.admin_key}

    await paste_headers(page, '{"X-API-Key": "oms_another"}')
    await expect(page.locator("#refused")).to_be_visible()
    await page.evaluate("key => { location.hash = `key=${key}` }", workspace.admin_key)  # in an open page too
    await expect(page.locator("#works")).to_be_visible()
    assert page.url == f"{api.url}/graphql"


async def test_a_wrong_key_is_explained_and_the_next_one_loads_the_schema(
    page: Page, api: Api, workspace: Workspace
) -> None:
    await open_page(page, api)
    await page.get_by_role("button", name="Show Documentation Explorer").click()

    await paste_headers(page, '{"X-API-Key": "oms_wrong"}')
    await expect(page.locator("#refused")).to_contain_text("slackoms keys create")
    await expect(page.locator(".graphiql-response")).to_contain_text("This key does not work")
    assert "stack" not in await page.evaluate(VALUE, "response")

    await paste_headers(page, "oms_forgot_the_json")
    await expect(page.locator("#malformed")).to_be_visible()

    await paste_headers(page, json.dumps({"x-api-key": workspace.admin_key}))
    await expect(page.locator("#works")).to_be_visible()
    await expect(page.locator(".graphiql-doc-explorer")).to_contain_text("Mutation")
    assert await page.evaluate(VALUE, "response") == ""


async def test_running_without_a_key_says_where_it_goes(page: Page, api: Api) -> None:
    await open_page(page, api)
    answer = await run(page)
    assert "Paste your API key under Headers" in answer["errors"][0]["message"]


async def test_one_key_serves_every_tab_and_the_history(page: Page, api: Api, workspace: Workspace) -> None:
    await open_page(page, api)
    await choose_tab(page, "Preview")
    await choose_tab(page, "WhoAmI")
    await paste_headers(page, json.dumps({"X-API-Key": workspace.admin_key}))
    await expect(page.locator("#works")).to_be_visible()

    await choose_tab(page, "Preview")
    assert workspace.admin_key in await headers_shown(page)
    assert "errors" not in await run(page)
    await page.get_by_role("button", name="Add tab").click()
    assert workspace.admin_key in await headers_shown(page)
    await page.get_by_role("button", name="Show History").click()
    await page.locator(".graphiql-history-item-label").first.click()
    assert workspace.admin_key in await headers_shown(page)
    assert "errors" not in await run(page)


async def test_the_key_is_stored_nowhere(page: Page, api: Api, workspace: Workspace) -> None:
    await open_page(page, api, workspace.admin_key)
    await choose_tab(page, "Preview")
    await run(page)
    for name in ("tabState", "queries"):
        await page.wait_for_function(f"() => localStorage['slackoms:graphiql:{name}']?.includes('Preview')")
    stored = await page.evaluate(
        "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    assert workspace.admin_key not in stored
    assert "X-API-Key" not in stored


async def test_the_next_visit_finds_its_tabs_and_asks_for_the_key(
    page: Page, api: Api, workspace: Workspace
) -> None:
    await open_page(page, api, workspace.admin_key)
    await choose_tab(page, "Holdings")
    await run(page)
    await page.wait_for_function(
        "() => JSON.parse(localStorage['slackoms:graphiql:tabState'] ?? '{}').activeTabIndex === 3"
    )
    await page.reload()
    await expect(page.locator("#missing")).to_be_visible()
    await expect(page.locator(".graphiql-tab-active")).to_contain_text("Holdings")
    assert await page.locator(".graphiql-tab-button").count() == 7
    assert await headers_shown(page) == '{"X-API-Key": ""}'


async def test_a_broken_memory_of_an_earlier_visit_does_no_harm(
    page: Page, api: Api, workspace: Workspace
) -> None:
    await open_page(page, api)
    await page.evaluate(
        "() => { for (const name of ['tabState', 'queries', 'favorites', 'editorFlex', 'theme'])"
        " localStorage[`slackoms:graphiql:${name}`] = '{half writ' }"
    )
    await page.goto("about:blank")
    await open_page(page, api, workspace.admin_key)
    await choose_tab(page, "Holdings")
    assert "errors" not in await run(page)


async def test_the_explorer_adds_a_field_with_a_click(page: Page, api: Api, workspace: Workspace) -> None:
    await open_page(page, api, workspace.admin_key)
    await page.get_by_role("button", name="Show GraphiQL Explorer").click()
    await page.locator(".graphiql-explorer-root").get_by_text("keyName", exact=True).click()
    await page.wait_for_function(f"() => ({VALUE})('query-editor').includes('keyName')")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "The API does not answer. Is slackoms run still running?"),
        ((502, "<html>Bad Gateway</html>"), "The API answered 502 Bad Gateway, without JSON."),
        ((429, '{"errors": [{"message": "Slow down."}]}'), "The API answered: Slow down."),
    ],
)
async def test_a_trouble_is_told_in_a_sentence(
    page: Page, api: Api, workspace: Workspace, answer: tuple[int, str] | None, sentence: str
) -> None:
    async def trouble(route: Route) -> None:
        if answer is None:
            await route.abort()
        else:
            await route.fulfill(status=answer[0], body=answer[1], content_type="application/json")

    await open_page(page, api, workspace.admin_key)
    await page.context.route(f"{api.url}/graphql", trouble)
    shown = await run(page)
    await expect(page.get_by_role("status").locator("p:visible")).to_have_text(sentence)
    assert shown["errors"][0]["message"] in sentence
    assert "stack" not in shown["errors"][0]


async def test_without_the_cdn_the_page_says_how_to_use_curl(page: Page, api: Api) -> None:
    async def unreachable(route: Route) -> None:
        await route.abort()

    await page.context.route("https://unpkg.com/**", unreachable)
    await page.goto(f"{api.url}/graphql")
    await expect(page.locator("#progress")).to_contain_text("could not be loaded from unpkg.com")
    await expect(page.locator("#curl")).to_contain_text(f"curl {api.url}/graphql")


async def test_a_changed_script_is_not_run(page: Page, api: Api) -> None:
    async def changed(route: Route) -> None:
        await route.fulfill(body="window.stolen = true", headers={"Access-Control-Allow-Origin": "*"})

    await page.context.route("https://unpkg.com/**/index.umd.js", changed)
    await page.goto(f"{api.url}/graphql")
    await expect(page.locator("#progress")).to_contain_text("could not be loaded")
    assert await page.evaluate("() => window.stolen") is None


async def test_the_page_may_talk_to_nobody_else(page: Page, api: Api) -> None:
    response = await page.goto(f"{api.url}/graphql")
    assert response is not None
    assert response.headers["content-security-policy"] == explorer.content_security_policy()
