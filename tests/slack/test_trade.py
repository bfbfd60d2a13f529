"""A trade from the command to the confirmation, over HTTP and over Socket Mode."""

import asyncio
from typing import Any

import pytest

from slack_client.playground.doors import HttpDoor
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault
from tests.slack.conftest import Stage, has_input, input_of, loaded_form, text_of

COMMAND_SECONDS = 3.0
SUBMISSION_SECONDS = 3.0


async def test_a_trade_is_confirmed_in_the_channel(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "aapl")
    ada.fill(modal, quantity="10", note="earnings")

    reply = await ada.submit(modal)

    assert reply.seconds < SUBMISSION_SECONDS
    assert reply.status == 200
    assert not modal.is_open
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    [posted] = stage.slack.messages
    assert posted.seen_by is None
    shown = text_of(posted.body)
    for fact in (
        "<@U0ADA> bought 10 AAPL at $150.02",
        "$1,500.20",
        "10 AAPL",
        "$98,499.80",
        "ada's portfolio",
    ):
        assert fact in shown
    assert "earnings" in shown
    assert "TEST" in shown
    assert "no real money" in shown
    [trade] = stage.trades()
    assert (trade["symbol"], trade["quantity"], trade["value"]) == ("AAPL", "10", "1500.2")


async def test_the_fallback_text_says_what_the_blocks_say(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    ada.fill(modal, quantity="3", note="for the text")
    await ada.submit(modal)
    await stage.slack.until(lambda: bool(stage.slack.messages))
    text = stage.slack.messages[0].body["text"]
    for fact in (
        "ada bought 3 AAPL at $150.02",
        "$450.06",
        "$99,549.94",
        "3 AAPL",
        "for the text",
        "TEST",
        "Order: ",
    ):
        assert fact in text


async def test_selling_by_dollars_says_the_exact_shares(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    ada.fill(modal, quantity="10")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)

    modal = await loaded_form(ada)
    ada.fill(modal, side="SELL", quantity="$749.90", unit="DOLLARS")
    await ada.submit(modal)

    await stage.slack.until(lambda: len(stage.slack.messages) == 2)
    shown = text_of(stage.slack.messages[1].body)
    assert "sold 5 AAPL at $149.98" in shown
    assert "$749.90" in shown


async def test_the_form_opens_at_once_and_then_knows_price_and_portfolios(stage: Stage, ada: Person) -> None:
    mine = stage.create_portfolio("Growth", ada="TRADER")
    stage.create_portfolio("Only looking", ada="VIEWER")
    stage.create_portfolio("Of others", grace="MANAGER")

    reply = await ada.command("AAPL")
    assert reply.seconds < COMMAND_SECONDS
    assert reply.body == {}
    modal = await ada.modal()
    await stage.slack.until(lambda: has_input(modal, "portfolioId"))

    assert [call.method for call in stage.slack.calls if call.method.startswith("views.")] == [
        "views.open",
        "views.update",
    ]
    shown = text_of(modal)
    assert "bid $149.98, ask $150.02, last $150.00" in shown
    assert "TEST prices, 0 s old" in shown
    assert "Paper trading, no real money" in shown
    assert [option["value"] for option in input_of(modal, "portfolioId")["options"]] == [mine]
    assert "Growth · $100,000.00" in shown
    assert len(stage.portfolios()) == 3


async def test_portfolios_of_every_page_are_offered(stage: Stage) -> None:
    for number in range(51):
        stage.create_portfolio(f"Only looking {number}", ada="VIEWER")
    mine = stage.create_portfolio("Growth", ada="TRADER")
    async with stage.bot() as door:
        modal = await loaded_form(stage.person(door))
    assert [option["value"] for option in input_of(modal, "portfolioId")["options"]] == [mine]


async def test_what_was_typed_meanwhile_survives_the_update(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("views.update", Fault(delay_seconds=0.3))
    await ada.command("AAPL")
    modal = await ada.modal()
    await ada.suggest(modal, "symbol", "MSFT")
    ada.fill(
        modal, symbol="MSFT", side="SELL", quantity="7", unit="DOLLARS", note="typed early", announce=False
    )
    typed = dict(modal.inputs)

    await stage.slack.until(lambda: has_input(modal, "portfolioId"))

    assert typed.items() <= modal.inputs.items()


async def test_a_command_without_a_symbol_asks_for_one(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "")
    assert "Choose a symbol" in text_of(modal)
    assert "initial_option" not in input_of(modal, "symbol")


async def test_an_unknown_symbol_is_said_to_be_unknown(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "xyz123")
    assert "XYZ123 has no price here" in text_of(modal)
    ada.fill(modal, quantity="1")

    reply = await ada.submit(modal)

    assert list(reply.errors) == ["symbol"]
    assert modal.is_open
    assert stage.trades() == []


@pytest.mark.parametrize("words", ["help", "HELP ", "what?", "a-very-long-symbol"])
async def test_help_and_unknown_words_are_answered_with_usage(stage: Stage, ada: Person, words: str) -> None:
    reply = await ada.command(words)

    assert reply.seconds < COMMAND_SECONDS
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert "/trade AAPL" in text_of(posted.body)
    assert "/trade AAPL" in posted.body["text"]
    assert stage.slack.views == {}


async def test_a_refusal_stands_under_its_field_and_keeps_the_input(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    ada.fill(modal, quantity="1,000,000", note="all in")

    reply = await ada.submit(modal)

    assert reply.seconds < SUBMISSION_SECONDS
    assert list(reply.errors) == ["quantity"]
    assert stage.slack.views[modal.id].is_open
    [portfolio] = stage.portfolios()
    assert portfolio["cash"] == "100000"
    assert stage.trades() == []
    assert stage.slack.messages == []

    ada.fill(modal, quantity="1")
    await ada.submit(modal)
    assert not modal.is_open
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    assert "all in" in text_of(stage.slack.messages[0].body)


async def test_what_cannot_be_read_is_said_under_every_wrong_field(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada, "")
    ada.fill(modal, quantity="ten")
    reply = await ada.door.deliver("interactive", ada.submission(modal))
    assert set(reply.errors) == {"symbol", "quantity"}
    assert modal.is_open
    assert stage.trades() == []


async def test_a_new_trader_gets_a_portfolio_and_is_told(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    assert "I made you a portfolio, “ada's portfolio”, with $100,000.00" in text_of(modal)
    [portfolio] = stage.portfolios()
    assert portfolio["members"] == [{"trader": stage.trader("ada"), "role": "MANAGER"}]

    again = await loaded_form(ada)
    assert "I made you" not in text_of(again)
    assert len(stage.portfolios()) == 1


async def test_two_first_commands_at_once_make_one_portfolio(stage: Stage, ada: Person) -> None:
    await asyncio.gather(*(ada.command("AAPL") for _ in range(4)))
    await stage.slack.until(lambda: len(stage.slack.views) == 4)
    forms = list(stage.slack.views.values())
    await stage.slack.until(lambda: all(has_input(form, "portfolioId") for form in forms))
    assert len(stage.portfolios()) == 1


async def test_a_strangers_portfolio_of_the_same_name_is_left_alone(stage: Stage, ada: Person) -> None:
    taken = stage.create_portfolio("ada's portfolio", grace="MANAGER")
    modal = await loaded_form(ada)
    assert "Portfolio of U0ADA" in text_of(modal)
    assert taken not in {option["value"] for option in input_of(modal, "portfolioId")["options"]}


async def test_submitting_twice_trades_once_and_tells_once(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    ada.fill(modal, quantity="10")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)

    again = await ada.submit(modal)

    assert again.status == 200
    assert again.body == {}
    await assert_told_once(stage)


async def test_submitting_at_once_trades_once_and_tells_once(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    ada.fill(modal, quantity="10")

    replies = await asyncio.gather(*(ada.submit(modal) for _ in range(5)))

    assert {reply.status for reply in replies} == {200}
    assert all(reply.errors == {} for reply in replies)
    await assert_told_once(stage)


async def test_two_bots_that_get_the_same_submission_tell_once(stage: Stage) -> None:
    async with stage.bot() as first, stage.bot() as second:
        ada = stage.person(first)
        modal = await loaded_form(ada)
        ada.fill(modal, quantity="10")
        twin = stage.person(second)
        await asyncio.gather(*(person.submit(modal) for person in (ada, twin, ada, twin)))
    await assert_told_once(stage)


async def assert_told_once(stage: Stage) -> None:
    """What comes later still is caught by the stage, once the bot has stopped."""
    await stage.slack.until(lambda: len(stage.slack.messages) >= 1)
    assert len(stage.trades()) == 1
    [portfolio] = stage.portfolios()
    assert portfolio["cash"] == "98499.8"
    assert len(stage.slack.messages) == 1


async def test_unchecking_the_box_keeps_the_confirmation_private(stage: Stage, ada: Person) -> None:
    modal = await loaded_form(ada)
    ada.fill(modal, quantity="2", announce=False)
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert "bought 2 AAPL" in text_of(posted.body)


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found", "is_archived"])
async def test_where_the_bot_is_no_member_the_response_url_works(
    stage: Stage, ada: Person, error: str
) -> None:
    stage.slack.fail_next("chat.postMessage", Fault(error=error))
    modal = await loaded_form(ada)
    ada.fill(modal, quantity="2")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    [posted] = stage.slack.messages
    assert posted.seen_by is None
    assert posted.body["response_type"] == "in_channel"


async def test_where_no_way_leads_to_the_channel_the_trader_is_told(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("chat.postMessage", Fault(error="is_archived"))
    stage.slack.fail_next("response_url", Fault(error="expired_url"))
    modal = await loaded_form(ada)
    ada.fill(modal, quantity="2")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    assert stage.slack.messages[0].seen_by == ada.user_id


async def test_a_note_cannot_call_the_channel_or_format_the_message(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("<!here> *bold* `x`", ada="TRADER")
    modal = await loaded_form(ada)
    ada.fill(modal, quantity="1", note="<!channel> & <https://evil.example|click> *_~`")
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    body = stage.slack.messages[0].body
    for text in [body["text"], *mrkdwn_of(body["blocks"])]:
        assert "<!" not in text
        assert "<http" not in text
    assert not any("bold" in text or "evil" in text for text in mrkdwn_of(body["blocks"]))
    assert body["mrkdwn"] is False
    assert "<!channel> & <https://evil.example|click> *_~`" in text_of(body)


def mrkdwn_of(thing: Any) -> list[str]:
    """Every text of a message that Slack formats."""
    if isinstance(thing, dict):
        own = [thing["text"]] if thing.get("type") == "mrkdwn" else []
        return own + [text for value in thing.values() for text in mrkdwn_of(value)]
    if isinstance(thing, list):
        return [text for value in thing for text in mrkdwn_of(value)]
    return []


async def test_the_same_user_id_in_another_team_is_another_trader(stage: Stage, ada: Person) -> None:
    here = stage.trader("ada")
    await loaded_form(ada)
    stage.slack.team_id = "T0OTHER"
    await loaded_form(ada)
    traders = {member["trader"] for portfolio in stage.portfolios() for member in portfolio["members"]}
    assert traders == {here, "slack:T0OTHER/U0ADA"}


async def test_a_form_submitted_before_its_portfolios_came_uses_the_only_one(
    stage: Stage, ada: Person
) -> None:
    stage.slack.fail_next("views.update", Fault(error="hash_conflict"))
    await ada.command("AAPL")
    modal = await ada.modal()
    ada.fill(modal, quantity="1")

    await ada.submit(modal)

    assert not modal.is_open
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    assert len(stage.trades()) == 1


async def test_a_form_submitted_before_its_portfolios_came_asks_which(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="TRADER")
    income = stage.create_portfolio("Income", ada="TRADER")
    stage.slack.fail_next("views.update", Fault(error="hash_conflict"))
    await ada.command("AAPL")
    modal = await ada.modal()
    ada.fill(modal, quantity="1", note="kept")

    await ada.submit(modal)

    assert stage.trades() == []
    assert "Choose a portfolio" in text_of(modal)
    ada.fill(modal, portfolioId=income)
    await ada.submit(modal)
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    shown = text_of(stage.slack.messages[0].body)
    assert "Income" in shown
    assert "kept" in shown


async def test_somebody_elses_portfolio_cannot_be_slipped_in(stage: Stage) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        others = stage.create_portfolio("Of others", grace="MANAGER")
        modal = await loaded_form(ada)
        ada.fill(modal, quantity="1")
        payload = ada.submission(modal)
        payload["view"]["state"]["values"]["portfolioId"]["portfolioId"]["selected_option"]["value"] = others

        assert isinstance(door, HttpDoor)
        reply = await door.deliver("interactive", payload)

    assert list(reply.errors) == ["portfolioId"]
    assert stage.trades() == []
    assert stage.slack.messages == []
