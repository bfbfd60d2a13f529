"""The form while it is filled in: fields come and go, the preview follows, and nothing typed is lost."""

import pytest

from slack_client.playground.person import Person
from slack_client.playground.slack import Fault, Json, OpenView
from tests.conftest import Api
from tests.slack.conftest import Stage, has_input, input_of, loaded_form, text_of
from tests.slack.proxy import Proxy


def preview_of(modal: OpenView) -> str:
    """What the form says of the order."""
    [block] = [block for block in modal.view["blocks"] if block.get("block_id") == "preview"]
    return text_of(block)


def options_of(modal: OpenView, block_id: str) -> list[str]:
    """The values that a menu offers."""
    return [option["value"] for option in input_of(modal, block_id)["options"]]


async def previewed(person: Person, modal: OpenView, words: str) -> None:
    """Wait until the preview says these words."""
    await person.slack.until(lambda: words in preview_of(modal))


async def test_the_preview_follows_what_is_typed(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    await ada.type(modal, quantity="10")
    await previewed(ada, modal, "10 AAPL for about $1,500.20")
    said = preview_of(modal)
    for fact in (
        "$150.02 each",
        "Cash after $98,499.80",
        "buying power $98,499.80",
        "position 10 AAPL",
        "TEST prices, 0 s old",
    ):
        assert fact in said
    await ada.type(modal, unit="DOLLARS")
    await previewed(ada, modal, "0.066657778 AAPL for about $10.00")
    await ada.type(modal, side="SELL")
    await previewed(ada, modal, "would be refused")
    assert stage.trades() == []


async def test_the_fee_is_in_the_preview(stage: Stage, ada: Person) -> None:
    stage.workspace.portfolio(
        "Dear", members=[{"trader": stage.trader("ada"), "role": "TRADER"}], rules={"fee": {"flat": "1.25"}}
    )
    modal = await loaded_form(ada)
    await ada.type(modal, quantity="1")
    await previewed(ada, modal, "fee $1.25")
    assert "Cash after $99,848.73" in preview_of(modal)


async def test_prices_and_times_appear_with_the_orders_that_have_them(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    assert not has_input(modal, "limitPrice")
    await ada.type(modal, type="STOP_LIMIT")
    await stage.slack.until(lambda: has_input(modal, "limitPrice"))
    assert has_input(modal, "stopPrice")
    assert not has_input(modal, "unit")
    assert options_of(modal, "timeInForce") == ["DAY", "GTC"]
    await ada.type(modal, type="LIMIT")
    await stage.slack.until(lambda: not has_input(modal, "stopPrice"))
    assert has_input(modal, "unit")
    await ada.type(modal, unit="DOLLARS")
    await stage.slack.until(lambda: not has_input(modal, "timeInForce"))


async def test_changing_the_type_and_back_loses_nothing(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    await ada.type(modal, type="LIMIT", side="SELL", quantity="7")
    await stage.slack.until(lambda: has_input(modal, "limitPrice"))
    ada.fill(modal, note="kept", announce=False)
    await ada.type(modal, limitPrice="149.50", timeInForce="GTC")
    await ada.type(modal, type="MARKET")
    await stage.slack.until(lambda: not has_input(modal, "limitPrice"))
    await ada.type(modal, type="LIMIT")
    await stage.slack.until(lambda: has_input(modal, "limitPrice"))
    await previewed(ada, modal, "AAPL")
    values = ada.submission(modal)["view"]["state"]["values"]
    assert values["limitPrice"]["limitPrice"]["value"] == "149.50"
    assert values["timeInForce"]["timeInForce"]["selected_option"]["value"] == "GTC"
    assert values["side"]["side"]["selected_option"]["value"] == "SELL"
    assert values["quantity"]["quantity"]["value"] == "7"
    assert values["note"]["note"]["value"] == "kept"
    assert values["announce"]["announce"]["selected_options"] == []


@pytest.mark.parametrize(
    ("query", "first"),
    [("aa", "AA"), ("aapl", "AAPL"), ("appl", "APPL"), ("Berk", "BERK"), ("brk.b", "BRK.B")],
)
async def test_symbols_are_found_as_they_are_typed(stage: Stage, ada: Person, query: str, first: str) -> None:
    modal = await loaded_form(ada, "")
    options = await ada.suggest(modal, "symbol", query)
    assert options[0]["value"] == first, "what could be a symbol can always be chosen"


async def test_a_company_is_found_by_its_name(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "")
    options = await ada.suggest(modal, "symbol", "berkshire h")
    assert [option["text"]["text"] for option in options] == ["BRK.B · Berkshire Hathaway"]
    await ada.type(modal, symbol="BRK.B")
    await previewed(ada, modal, "bid $450.00, ask $450.50")


async def test_a_symbol_is_found_while_the_oms_is_down(stage: Stage, proxy: Proxy, ada: Person) -> None:
    modal = await loaded_form(ada, "")
    await ada.suggest(modal, "symbol", "berkshire h")
    proxy.delays = {"Instruments": 5}
    options = await ada.suggest(modal, "symbol", "berk")
    assert [option["value"] for option in options] == ["BERK", "BRK.B"]


async def test_a_line_opens_the_form_ready_to_confirm(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "buy 10 AAPL limit 151 gtc")
    await previewed(ada, modal, "10 AAPL for $1,500.20")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    shown = text_of(stage.slack.messages[0].body)
    assert "bought 10 AAPL at $150.02" in shown
    assert "buy 10 AAPL, limit $151.00, GTC" in shown


async def test_a_line_by_dollars_says_what_it_leaves_out(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "buy $500 AAPL limit 149 gtc")
    assert "GTC is left out" in text_of(modal)
    await previewed(ada, modal, "It would not fill now")


@pytest.mark.parametrize("line", ["buy ten AAPL", "buy 10 AAPL cheap", "sell 10 AAPL limit"])
async def test_a_line_that_cannot_be_read_is_answered_with_the_nearest_usage(
    stage: Stage, ada: Person, line: str
) -> None:
    await ada.command(line)
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert "Write it like this: /trade" in posted.body["text"]
    assert stage.slack.views == {}
    assert stage.trades() == []


async def test_an_order_that_rests_says_so_and_can_be_canceled(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "buy 10 AAPL limit 140")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    shown = text_of(stage.slack.messages[0].body)
    assert "<@U0ADA> ordered: buy 10 AAPL, limit $140.00, day" in shown
    assert "Working." in shown
    assert "cancel_order" in action_ids(stage.slack.messages[0].body)
    assert stage.trades() == []


def action_ids(body: Json) -> list[str]:
    """The buttons of a message."""
    return [
        each["action_id"]
        for block in body["blocks"]
        for each in block.get("elements", [])
        if "action_id" in each
    ]


async def test_a_price_that_moved_is_shown_before_anything_is_traded(
    stage: Stage, ada: Person, api: Api
) -> None:
    modal = await loaded_form(ada, "buy 10 AAPL")
    await previewed(ada, modal, "$150.02 each")
    ada.fill(modal, note="kept")
    api.market.set("AAPL", bid="159.98", ask="160.02", last="160.00")

    await ada.submit(modal)

    assert modal.is_open
    assert "The price has moved, so nothing was traded" in text_of(modal)
    assert "$160.02 each" in preview_of(modal)
    assert stage.trades() == []
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    shown = text_of(stage.slack.messages[0].body)
    assert "bought 10 AAPL at $160.02" in shown
    assert "kept" in shown


async def test_a_small_move_trades_at_the_price_of_the_moment(stage: Stage, ada: Person, api: Api) -> None:
    modal = await loaded_form(ada, "buy 10 AAPL")
    await previewed(ada, modal, "$150.02 each")
    api.market.set("AAPL", bid="150.98", ask="151.02", last="151.00")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    assert "bought 10 AAPL at $151.02" in text_of(stage.slack.messages[0].body)


async def test_the_price_of_another_symbol_is_not_expected(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "buy 1 AAPL")
    await previewed(ada, modal, "$150.02 each")
    await ada.suggest(modal, "symbol", "msft")
    ada.fill(modal, symbol="MSFT")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    assert "bought 1 MSFT at $300.10" in text_of(stage.slack.messages[0].body)


async def test_a_refusal_finds_the_price_that_it_is_about(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "buy 10 AAPL limit 140.005")
    reply = await ada.submit(modal)
    assert list(reply.errors) == ["limitPrice"]
    assert stage.trades() == []
    assert stage.slack.messages == []


async def test_a_form_typed_into_before_its_portfolios_came_gets_them(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("views.update", Fault(error="hash_conflict"))
    await ada.command("AAPL")
    modal = await ada.modal()
    await stage.slack.until(lambda: any(call.method == "views.update" for call in stage.slack.calls))
    assert not has_input(modal, "portfolioId")
    await ada.type(modal, quantity="10")
    await previewed(ada, modal, "10 AAPL for about")
    assert has_input(modal, "portfolioId")


async def test_the_last_of_many_keystrokes_is_previewed(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    before = sum(call.method == "views.update" for call in stage.slack.calls)
    for quantity in ("1", "12", "123"):
        await ada.type(modal, quantity=quantity)
    await previewed(ada, modal, "123 AAPL for about")
    assert sum(call.method == "views.update" for call in stage.slack.calls) == before + 1


async def test_a_change_is_acked_while_the_oms_is_slow(stage: Stage, proxy: Proxy, ada: Person) -> None:
    modal = await loaded_form(ada)
    proxy.delays = {"PreviewOrder": 5, "Quotes": 5}
    [reply] = await ada.type(modal, type="LIMIT")
    assert not reply.late
    await stage.slack.until(lambda: has_input(modal, "limitPrice"))
    await previewed(ada, modal, "did not answer in time")


async def test_the_shortcut_opens_a_form_that_confirms_in_private(stage: Stage, ada: Person) -> None:
    await ada.shortcut("trade")
    modal = await ada.modal()
    await stage.slack.until(lambda: has_input(modal, "portfolioId"))
    assert not has_input(modal, "announce")
    await ada.suggest(modal, "symbol", "aapl")
    ada.fill(modal, symbol="AAPL", quantity="1")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert "bought 1 AAPL" in text_of(posted.body)


async def test_trade_again_opens_the_form_for_whoever_presses(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "buy 3 AAPL")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    grace = stage.person(ada.door, "grace")
    await grace.press(stage.slack.messages[0], "trade_again")
    again = await grace.modal()
    await stage.slack.until(lambda: has_input(again, "portfolioId"))
    assert "grace's portfolio" in text_of(again)
    assert input_of(again, "symbol")["initial_option"]["value"] == "AAPL"


async def test_the_channels_portfolio_is_chosen_first(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Alpha", ada="TRADER")
    growth = stage.create_portfolio("Growth", ada="TRADER")
    await stage.choose_portfolio(ada.channel_id, growth)
    modal = await loaded_form(ada)
    assert input_of(modal, "portfolioId")["initial_option"]["value"] == growth


async def test_a_change_made_while_the_one_before_is_drawn_is_drawn_too(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    stage.slack.fail_next("views.update", Fault(delay_seconds=0.3))
    await ada.type(modal, type="STOP")
    await ada.type(modal, type="LIMIT")
    await stage.slack.until(lambda: has_input(modal, "limitPrice"))
    assert not has_input(modal, "stopPrice")
