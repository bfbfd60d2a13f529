"""A portfolio's page: all that it is worth and holds, for those who may see it."""

from collections.abc import Sequence

import pytest

from slack_client.blocks import Json
from slack_client.messages import Message
from slack_client.pages.portfolio_pages import portfolio_message
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault, Posted
from tests.slack.conftest import Stage, has_input, input_of, text_of
from tests.slack.samples import ADA, order, portfolio_view, position, quote, trade
from tests.slack.working import buy, place, shown

NEW_BLOCKS = {"data_table", "data_visualization"}


def words(message: Message) -> str:
    return text_of(list(message.blocks)) + "\n" + text_of(table_cells(message))


def table_cells(message: Message) -> list[Json]:
    """The table's cells as texts, row by row."""
    return [
        {"type": "plain_text", "text": cell["text"]}
        for block in message.blocks
        if block["type"] == "data_table"
        for row in block["rows"]
        for cell in row
    ]


def kinds(message: Message) -> list[str]:
    return [block["type"] for block in message.blocks]


@pytest.mark.parametrize("plain", [False, True])
def test_a_page_says_everything_with_signs_and_separators(plain: bool) -> None:
    held = [position(), position("TSLA", quantity="-2", marketValue="-480", unrealizedPnl="-12.5")]
    message = portfolio_message(
        portfolio_view(held, [trade()], closes=3), [order(status="NEW")], ADA, plain=plain
    )
    for fact in (
        "$100,250.50",
        "+$250.50",
        "$98,500.00",
        "$100.00",
        "$98,400.00",
        "+$500.00",
        "-$3.00",
        "$1.25",
        "-$12.50",
        "SIMULATED, the oldest 1 s old",
        "Equity at each close: 2026-11-01 $100,000.00, 2026-11-02 $100,000.00",
        "now $100,250.50",
        "Allocation: Cash 98.0 %, AAPL 1.5 %, TSLA short 0.5 %",
        "buy 10 AAPL, market, day",
        "bought 10 AAPL at $150.00",
        "no real money",
    ):
        assert fact in words(message), fact
        assert fact in message.text, fact
    assert ("data_table" in kinds(message)) is not plain
    assert kinds(message).count("data_visualization") == (0 if plain else 2)


def test_before_the_first_close_no_change_is_made_up() -> None:
    message = portfolio_message(portfolio_view(dayChange=None), [], ADA)
    assert "Day's change\nno close yet" in words(message)
    assert "Nothing is held." in words(message)
    assert not NEW_BLOCKS & set(kinds(message))


def test_prices_that_cannot_be_relied_upon_are_said() -> None:
    unpriced = {"mark": None, "marketValue": None, "unrealizedPnl": None, "quote": None}
    old = position("MSFT", quote=quote("MSFT", stale=True, ageSeconds="7300"))
    message = portfolio_message(portfolio_view([old, position("NOQ", **unpriced)]), [], ADA)
    for said in (
        "the oldest 2 h old",
        "Too old to trade on: MSFT.",
        "Without a price, counted at cost: NOQ.",
    ):
        assert said in words(message)
        assert said in message.text
    assert "no price" in words(message)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "HALTED"}, "takes no orders"),
        ({"state": "REDUCING"}, "make a position smaller"),
        ({"archived": True}, "archived"),
    ],
)
def test_a_portfolio_that_takes_not_every_order_says_so(changes: Json, said: str) -> None:
    assert said in words(portfolio_message(portfolio_view(**changes), [], ADA))


@pytest.mark.parametrize(
    ("role", "state", "buttons"),
    [
        ("MANAGER", "ACTIVE", ["trade_portfolio", "show_orders", "portfolio_members"]),
        ("TRADER", "ACTIVE", ["trade_portfolio", "show_orders"]),
        ("VIEWER", "ACTIVE", ["show_orders"]),
        ("MANAGER", "HALTED", ["show_orders", "portfolio_members"]),
    ],
)
def test_only_what_the_reader_may_do_has_a_button(role: str, state: str, buttons: Sequence[str]) -> None:
    mine = portfolio_view(state=state, members=[{"trader": ADA.name, "role": role}])
    grace = order(status="NEW", trader="slack:T0TEAM/U0GRACE")
    message = portfolio_message(mine, [grace], ADA)
    assert [each["action_id"] for each in message.blocks[-1]["elements"]] == list(buttons)
    cancels = [block for block in message.blocks if "accessory" in block]
    assert bool(cancels) is (role == "MANAGER")
    assert "<@U0GRACE>" in words(message)


def test_pages_follow_each_other_and_the_last_one_stays_the_last() -> None:
    long = portfolio_view([position(f"S{number:03}") for number in range(112)])
    seen = []
    for start, said in ((0, "Showing 30 of 112"), (30, "Showing 31 to 60 of 112"), (90, "91 to 112 of 112")):
        message = portfolio_message(long, [], ADA, start=start)
        assert said in words(message)
        assert said in message.text
        [table] = [block for block in message.blocks if block["type"] == "data_table"]
        seen += [row[0]["text"] for row in table["rows"][1:]]
    assert seen[:60] + seen[60:] == [f"S{number:03}" for number in (*range(60), *range(90, 112))]
    assert portfolio_message(long, [], ADA, start=900) == portfolio_message(long, [], ADA, start=90)


def test_numbers_in_charts_and_tables_are_whole() -> None:
    message = portfolio_message(portfolio_view([position(mark="0.0999")], closes=30), [], ADA)
    line, pie = (block["chart"] for block in message.blocks if block["type"] == "data_visualization")
    assert len(line["axis_config"]["categories"]) == 20
    assert line["series"][0]["data"][-1] == {"label": "now", "value": 100250}
    assert pie["segments"] == [{"label": "Cash", "value": 98500}, {"label": "AAPL", "value": 1500}]


def test_small_slices_are_summed() -> None:
    held = [position(f"S{number}", marketValue=f"{10 - number}.4") for number in range(9)]
    message = portfolio_message(portfolio_view(held, cash="0.2"), [], ADA)
    [pie] = [block["chart"] for block in message.blocks if block["type"] == "data_visualization"]
    assert [each["label"] for each in pie["segments"]] == ["S0", "S1", "S2", "S3", "S4", "Other"]
    assert pie["segments"][-1]["value"] == 16


async def confirmed(stage: Stage, person: Person, portfolio_id: str) -> Posted:
    """A confirmation in the channel, with its button to the portfolio."""
    await person.command("AAPL")
    modal = await person.modal()
    await stage.slack.until(lambda: has_input(modal, "portfolioId"))
    person.fill(modal, quantity="10", portfolioId=portfolio_id)
    await person.submit(modal)
    return await shown(stage)


async def test_the_button_of_a_confirmation_shows_the_portfolio_to_its_presser(
    stage: Stage, ada: Person
) -> None:
    growth = stage.create_portfolio("Growth", ada="MANAGER")
    order_id = place(stage, growth)
    confirmation = await confirmed(stage, ada, growth)

    await ada.press(confirmation, "show_portfolio")

    posted = await shown(stage, 2)
    assert posted.seen_by == ada.user_id
    assert confirmation.earlier == []
    text = text_of(posted.body)
    assert "Equity\n$99,999.80" in text
    assert "Reserved for orders\n$100.00" in text
    assert "buy 1 AAPL, limit $100.00, GTC" in text
    assert "<@U0ADA> bought 10 AAPL at $150.02" in text
    assert "TEST, the oldest 0 s old" in text
    assert [block["accessory"]["value"] for block in posted.blocks if "accessory" in block] == [order_id]


async def test_whoever_may_not_see_a_portfolio_is_told_nothing_of_it(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Secret growth", ada="MANAGER")
    confirmation = await confirmed(stage, ada, growth)
    grace = stage.person(ada.door, "grace")

    await grace.press(confirmation, "show_portfolio")

    posted = await shown(stage, 2)
    assert posted.seen_by == grace.user_id
    assert text_of(posted.body) == "There is no such portfolio, or it is not yours to see."


async def test_the_next_page_takes_the_place_of_the_page(stage: Stage, ada: Person) -> None:
    symbols = [f"S{number:03}" for number in range(35)]
    for symbol in symbols:
        stage.workspace.api.market.set(symbol, bid="9.99", ask="10.01", last="10")
    growth = stage.create_portfolio("Growth", ada="MANAGER")
    confirmation = await confirmed(stage, ada, growth)
    for symbol in symbols:
        buy(stage, growth, symbol, "1")
    await ada.press(confirmation, "show_portfolio")
    page = await shown(stage, 2)
    assert "Showing 30 of 36 positions." in text_of(page.body)

    await ada.press(page, "next_page")

    await stage.slack.until(lambda: bool(page.earlier))
    assert "Showing 31 to 36 of 36 positions." in text_of(page.body)
    assert page.is_ephemeral
    await ada.press(page, "previous_page")
    await stage.slack.until(lambda: len(page.earlier) == 2)
    assert "Showing 30 of 36 positions." in text_of(page.body)
    assert len(stage.slack.messages) == 2


async def test_the_trade_button_opens_the_form_with_this_portfolio_chosen(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("First", ada="TRADER")
    growth = stage.create_portfolio("Growth", ada="MANAGER")
    confirmation = await confirmed(stage, ada, growth)
    await ada.press(confirmation, "show_portfolio")
    page = await shown(stage, 2)
    views = len(stage.slack.views)

    await ada.press(page, "trade_portfolio")

    await stage.slack.until(lambda: len(stage.slack.views) > views)
    modal = await ada.modal()
    await stage.slack.until(lambda: has_input(modal, "portfolioId"))
    assert input_of(modal, "portfolioId")["initial_option"]["value"] == growth
    assert len(stage.trades()) == 1


async def test_the_chosen_portfolio_is_traded_even_before_the_form_knows_any(
    stage: Stage, ada: Person
) -> None:
    stage.create_portfolio("First", ada="TRADER")
    growth = stage.create_portfolio("Growth", ada="MANAGER")
    confirmation = await confirmed(stage, ada, growth)
    await ada.press(confirmation, "show_portfolio")
    page = await shown(stage, 2)
    stage.slack.fail_next("views.update", Fault(error="hash_conflict"))
    views = len(stage.slack.views)
    await ada.press(page, "trade_portfolio")
    await stage.slack.until(lambda: len(stage.slack.views) > views)
    modal = await ada.modal()
    await ada.suggest(modal, "symbol", "MSFT")
    ada.fill(modal, symbol="MSFT", quantity="1")

    await ada.submit(modal)

    await shown(stage, 3)
    traded = {each["name"]: len(each["trades"]["edges"]) for each in stage.portfolios()}
    assert traded == {"First": 0, "Growth": 2}


async def test_a_slack_without_tables_gets_the_page_in_words_and_is_remembered(
    stage: Stage, ada: Person
) -> None:
    growth = stage.create_portfolio("Growth", ada="MANAGER")
    confirmation = await confirmed(stage, ada, growth)
    stage.slack.refuses_new_blocks = set(NEW_BLOCKS)
    await ada.press(confirmation, "show_portfolio")
    await shown(stage, 2)

    stage.slack.refuses_new_blocks = set()
    await ada.press(confirmation, "show_portfolio")
    await shown(stage, 3)

    for page in stage.slack.messages[1:]:
        assert "10 AAPL, $1,500.00, -$0.20" in text_of(page.body)
        assert "Allocation: " in text_of(page.body)
        assert not NEW_BLOCKS & {block["type"] for block in page.blocks}


async def test_after_an_hour_tables_are_tried_again(
    stage: Stage, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    growth = stage.create_portfolio("Growth", ada="MANAGER")
    confirmation = await confirmed(stage, ada, growth)
    monkeypatch.setattr("slack_client.delivery.PLAIN_SECONDS", 0)
    stage.slack.refuses_new_blocks = set(NEW_BLOCKS)
    await ada.press(confirmation, "show_portfolio")
    await shown(stage, 2)
    stage.slack.refuses_new_blocks = set()
    await ada.press(confirmation, "show_portfolio")
    assert "data_table" in {block["type"] for block in (await shown(stage, 3)).blocks}
