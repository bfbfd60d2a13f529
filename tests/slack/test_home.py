"""App Home: explains itself first, then shows what a trader has, and lets them act there."""

import pytest

from slack_client.pages.home_pages import home_view
from slack_client.playground.events import deliver_event
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault, OpenView
from tests.slack.conftest import Stage, has_input, text_of
from tests.slack.proxy import Proxy
from tests.slack.samples import ADA, home_page, home_portfolio, market, order, position
from tests.slack.test_trouble import CLOSED_PORT, problem_of
from tests.slack.working import block_of, buy, place, status


async def opened(stage: Stage, person: Person) -> OpenView:
    """The person's Home, once it has been published after it was opened."""
    before = published(stage)
    reply = await person.open_home()
    assert reply.status == 200
    await stage.slack.until(lambda: published(stage) > before)
    home = person.home()
    assert home is not None
    return home


def published(stage: Stage) -> int:
    return sum(call.method == "views.publish" for call in stage.slack.calls)


async def test_the_first_visit_explains_itself_and_makes_nothing(stage: Stage, ada: Person) -> None:
    home = await opened(stage, ada)
    text = text_of(home)
    assert "Welcome" in text
    assert "/trade AAPL" in text
    assert "Paper trading, no real money" in text
    assert "Make your first trade" in text
    assert stage.portfolios() == []


async def test_home_shows_what_a_trader_has(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER")
    stage.create_portfolio("Of others", grace="MANAGER")
    buy(stage, growth)
    mine, theirs = place(stage, growth), place(stage, growth, "grace", quantity="2")

    home = await opened(stage, ada)

    text = text_of(home)
    for fact in (
        "Growth\n$99,999.80, day's change no close yet, cash $98,499.80",
        "10 AAPL, $1,500.00, -$0.20",
        "buy 1 AAPL, limit $100.00, GTC",
        "<@U0ADA> bought 10 AAPL at $150.02",
        "<@U0GRACE>",
        "Prices: TEST.",
        "Paper trading, no real money",
    ):
        assert fact in text, fact
    assert "Of others" not in text
    assert {block_of(home.blocks, mine), block_of(home.blocks, theirs)} == {f"home {mine}", f"home {theirs}"}


async def test_only_the_home_tab_is_drawn(stage: Stage, ada: Person) -> None:
    event = {"type": "app_home_opened", "user": ada.user_id, "channel": "D0ADA", "tab": "messages"}
    await deliver_event(stage.slack, ada.door, event)
    await opened(stage, ada)
    assert published(stage) == 1


async def test_a_trade_begun_in_home_is_confirmed_and_home_follows(stage: Stage, ada: Person) -> None:
    home = await opened(stage, ada)
    await ada.press(home, "trade_again")
    modal = await ada.modal()
    await stage.slack.until(lambda: has_input(modal, "portfolioId"))
    assert not has_input(modal, "announce")
    await ada.suggest(modal, "symbol", "AAPL")
    ada.fill(modal, symbol="AAPL", quantity="10")

    await ada.submit(modal)

    await stage.slack.until(lambda: "10 AAPL" in text_of(home))
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert "ada's portfolio" in text_of(home)


async def test_canceling_in_home_answers_there(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="MANAGER")
    order_id, kept = place(stage, growth), place(stage, growth, quantity="2")
    home = await opened(stage, ada)

    await ada.press(home, "cancel_order", block_id=block_of(home.blocks, order_id))

    await stage.slack.until(lambda: "Canceled: buy 1 AAPL, limit $100.00, GTC." in text_of(home))
    assert [block["block_id"] for block in home.blocks if "cancel_order" in str(block)] == [f"home {kept}"]
    assert (status(stage, order_id), status(stage, kept)) == ("CANCELED", "NEW")
    assert stage.slack.messages == []


async def test_somebody_elses_order_has_no_button_and_cannot_be_slipped_in(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="TRADER", grace="TRADER")
    mine, theirs = place(stage, growth), place(stage, growth, "grace", quantity="2")
    home = await opened(stage, ada)
    [row] = [block for block in home.blocks if "cancel_order" in str(block)]
    assert row["accessory"]["value"] == mine

    row["accessory"]["value"] = theirs
    await ada.press(home, "cancel_order")

    await stage.slack.until(lambda: "Only the trader who gave this order" in text_of(home))
    assert (status(stage, mine), status(stage, theirs)) == ("NEW", "NEW")
    assert stage.slack.messages == []


async def test_the_portfolio_opens_in_the_conversation_with_the_bot(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    home = await opened(stage, ada)
    await ada.press(home, "show_portfolio")
    await stage.slack.until(lambda: bool(stage.slack.messages))
    [posted] = stage.slack.messages
    assert posted.channel == stage.slack.dm_of(ada.user_id)
    assert "Buying power\n$100,000.00" in text_of(posted.body)


async def test_a_slack_without_tables_gets_the_portfolio_in_words(stage: Stage, ada: Person) -> None:
    buy(stage, stage.create_portfolio("Growth", ada="MANAGER"))
    stage.slack.refuses_new_blocks = {"data_table", "data_visualization"}
    home = await opened(stage, ada)
    await ada.press(home, "show_portfolio")
    await stage.slack.until(lambda: bool(stage.slack.messages))
    [posted] = stage.slack.messages
    assert "10 AAPL, $1,500.00, -$0.20 unrealized" in text_of(posted.body)


async def test_refreshing_draws_what_happened_meanwhile(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="MANAGER")
    home = await opened(stage, ada)
    assert "No order is working." in text_of(home)
    place(stage, growth)
    await ada.press(home, "refresh_home")
    await stage.slack.until(lambda: "buy 1 AAPL" in text_of(home))


async def test_with_the_oms_down_home_says_so_and_can_be_retried(
    stage: Stage, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    growth = stage.create_portfolio("Growth", ada="MANAGER")
    async with stage.bot() as door:
        ada = stage.person(door)
        home = await opened(stage, ada)
        proxy.bad_gateways = {"HomeView": 1}
        await ada.press(home, "refresh_home")
        await stage.slack.until(lambda: "Nothing can be shown" in text_of(home))
        assert problem_of(text_of(home)) in caplog.text
        assert "Growth" not in text_of(home)

        place(stage, growth)
        await ada.press(home, "refresh_home")
        await stage.slack.until(lambda: "buy 1 AAPL" in text_of(home))
    assert "Nothing can be shown" not in text_of(home)


async def test_with_the_oms_never_there_the_first_visit_says_so(stage: Stage) -> None:
    async with stage.bot(oms_url=CLOSED_PORT) as door:
        home = await opened(stage, stage.person(door))
    assert "the OMS cannot be reached" in text_of(home)
    assert "Try again" in text_of(home)


async def test_a_slack_that_refuses_home_is_in_the_log(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    stage.slack.fail_next("views.publish", Fault(error="internal_error"))
    await ada.open_home()
    await stage.slack.until(lambda: published(stage) == 1)
    assert (await opened(stage, ada)).view["type"] == "home"
    assert "views.publish" in caplog.text


def test_home_says_how_much_it_shows_of_what_there_is() -> None:
    held = [position(f"SYMBOL{number:06}") for number in range(500)]
    shown = [
        home_portfolio(held, [order(id=f"o{number}", status="NEW")], has_more_orders=True, id=f"p{number}")
        for number in range(10)
    ]
    text = text_of(home_view(home_page(*shown, has_more=True), market(), ADA))
    assert "Showing 5 of 500 positions." in text
    assert "Showing 10 of more than 10 working orders" in text
    assert "Showing your first 10 portfolios" in text
    assert "Your first 10 portfolios: $1,002,505.00" in text


def test_the_headline_sums_what_is_known() -> None:
    lost, new = home_portfolio(dayChange="-1.5"), home_portfolio(dayChange=None)
    both = home_view(home_page(lost, lost), market(), ADA)
    assert "Your 2 portfolios: $200,501.00, -$3.00 today" in text_of(both)
    first = home_view(home_page(new), market(), ADA)["blocks"][0]
    assert text_of(first) == "Your portfolio: $100,250.50"
