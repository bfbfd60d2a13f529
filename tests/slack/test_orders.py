"""/orders: every working order that the trader sees, newest first, a page at a time."""

import pytest

from slack_client.pages.page import Listing, Page
from slack_client.playground.person import Person
from slack_client.playground.slack import Posted
from tests.slack.conftest import Stage, text_of
from tests.slack.proxy import Proxy
from tests.slack.test_trouble import CLOSED_PORT, problem_of
from tests.slack.working import buy, place, shown


def rows(posted: Posted) -> list[str]:
    """The texts of the listed orders, in order."""
    return [text_of(block) for block in posted.blocks if block["block_id"].startswith("orders ")]


def cancelable(posted: Posted) -> list[str]:
    """The orders that have a button to cancel them."""
    return [block["accessory"]["value"] for block in posted.blocks if "accessory" in block]


async def test_working_orders_of_every_portfolio_are_listed_newest_first(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER")
    income = stage.create_portfolio("Income", ada="TRADER", grace="TRADER")
    stage.create_portfolio("Of others", grace="MANAGER")
    first = place(stage, growth, quantity="1")
    second = place(stage, income, quantity="2")
    third = place(stage, growth, "grace", quantity="3")
    place(stage, income, "grace", quantity="4")
    buy(stage, growth)

    await ada.command("", "/orders")

    posted = await shown(stage)
    assert posted.seen_by == ada.user_id
    listed = rows(posted)
    assert [text.split(" AAPL")[0] for text in listed] == ["buy 4", "buy 3", "buy 2", "buy 1"]
    assert "Income" in listed[0]
    assert "<@U0GRACE>" in listed[0]
    assert "<@" not in listed[2]
    assert cancelable(posted) == [third, second, first]
    assert "buy 2 AAPL, limit $100.00, GTC" in posted.body["text"]


async def test_a_portfolio_can_be_named(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth & <!here>", ada="TRADER")
    place(stage, growth)
    place(stage, stage.create_portfolio("Income", ada="TRADER"), quantity="9")

    await ada.command("growth & <!HERE>", "/orders")

    posted = await shown(stage)
    assert len(rows(posted)) == 1
    assert "Growth & <!here>" in rows(posted)[0]
    assert "<!" not in posted.body["text"]


async def test_a_name_that_is_none_is_answered_with_those_that_are(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="VIEWER")
    stage.create_portfolio("Of others", grace="MANAGER")
    await ada.command("Of others", "/orders")
    posted = await shown(stage)
    assert posted.seen_by == ada.user_id
    assert text_of(posted.body) == "You see no portfolio called “Of others”. There is “Growth”."


async def test_without_portfolios_or_orders_that_is_said(stage: Stage, ada: Person) -> None:
    await ada.command("", "/orders")
    assert "You have no portfolio yet" in text_of((await shown(stage)).body)
    assert stage.portfolios() == []
    stage.create_portfolio("Growth", ada="TRADER")
    await ada.command("", "/orders")
    assert "No order is working." in text_of((await shown(stage, 2)).body)


async def test_a_long_list_is_turned_page_by_page_in_its_place(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="TRADER")
    for number in range(1, 24):
        place(stage, growth, quantity=str(number))
    await ada.command("", "/orders")
    posted = await shown(stage)
    assert "Showing 20 of 23 working orders." in text_of(posted.body)
    assert rows(posted)[0].startswith("buy 23 AAPL")

    await ada.press(posted, "next_page")

    await stage.slack.until(lambda: bool(posted.earlier))
    assert "Showing 21 to 23 of 23 working orders." in text_of(posted.body)
    assert [text.split(" AAPL")[0] for text in rows(posted)] == ["buy 3", "buy 2", "buy 1"]
    assert len(stage.slack.messages) == 1


async def test_of_many_portfolios_twenty_are_read_and_that_is_said(stage: Stage, ada: Person) -> None:
    portfolios = [stage.create_portfolio(f"P{number}", ada="TRADER") for number in range(22)]
    place(stage, portfolios[0])
    place(stage, portfolios[21])
    await ada.command("", "/orders")
    posted = await shown(stage)
    assert "These are the orders of 20 of your 22 portfolios" in text_of(posted.body)
    assert len(rows(posted)) == 1

    await ada.command("P21", "/orders")
    assert len(rows(await shown(stage, 2))) == 1


@pytest.mark.parametrize("portfolio", ["", "Growth"])
async def test_an_oms_that_is_down_is_said_with_an_id(
    stage: Stage, caplog: pytest.LogCaptureFixture, portfolio: str
) -> None:
    async with stage.bot(oms_url=CLOSED_PORT) as door:
        ada = stage.person(door)
        await ada.command(portfolio, "/orders")
        posted = await shown(stage)
    assert "Nothing can be shown: the OMS cannot be reached" in text_of(posted.body)
    assert problem_of(text_of(posted.body)) in caplog.text


async def test_a_list_that_cannot_be_turned_stays_as_it_was(stage: Stage, proxy: Proxy) -> None:
    growth = stage.create_portfolio("Growth", ada="TRADER")
    for number in range(1, 22):
        place(stage, growth, quantity=str(number))
    async with stage.bot() as door:
        ada = stage.person(door)
        await ada.command("", "/orders")
        posted = await shown(stage)
        proxy.bad_gateways = {"WorkingOrders": 1}
        await ada.press(posted, "next_page")
        told = await shown(stage, 2)
    assert "Nothing can be shown" in text_of(told.body)
    assert posted.earlier == []


async def test_help_explains(stage: Stage, ada: Person) -> None:
    await ada.command("help", "/orders")
    assert "`/orders` what still works" in text_of(stage.slack.messages[0].body)


@pytest.mark.parametrize(
    "page", [Page(Listing.ORDERS), Page(Listing.ORDERS, "p1", 20), Page(Listing.PORTFOLIO, "p1", 30)]
)
def test_a_button_and_a_block_name_their_page(page: Page) -> None:
    assert Page.read(page.text) == page
    assert Page.read(page.block_id("0198:0199")) == page


@pytest.mark.parametrize("text", ["", "orders", "orders p1 x", "home 0198", "orders p1 -1"])
def test_what_names_no_page_is_none(text: str) -> None:
    assert Page.read(text) is None
