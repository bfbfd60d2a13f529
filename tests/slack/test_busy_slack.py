"""Slack too busy, slow, broken or gone, wherever the bot needs it: whoever asked has an answer."""

from collections.abc import Awaitable, Callable

import pytest

from slack_client.pages.home import NOT_PUBLISHED
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault
from slack_client.trade.opening import TOO_LATE
from slack_client.words import TRADE_SHORTCUT
from tests.slack.conftest import Stage, has_input, loaded_form, text_of
from tests.slack.served import eventually
from tests.slack.test_canceling import confirmed, told
from tests.slack.test_home import opened, published
from tests.slack.test_trouble import (
    CLOSED_PORT,
    assert_nothing_happened,
    assert_traded_and_told_once,
    filled_form,
    posts,
)
from tests.slack.working import block_of, place, shown, status

BUSY = Fault(retry_after_seconds=30)
BRIEFLY_BUSY = Fault(retry_after_seconds=0)
SLOW = Fault(delay_seconds=1)
PAGES = [Fault(page_type=kind) for kind in ("text/html", "text/plain", "application/json")]
NOT_NOW = [BUSY, SLOW, Fault(error="internal_error"), *PAGES]
Ask = Callable[[Stage, Person], Awaitable[object]]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot that waits for Slack no longer than a test does."""
    monkeypatch.setattr("slack_client.app.SLACK_SECONDS", 0.5)


async def by_command(stage: Stage, person: Person) -> None:
    await person.command("AAPL")


async def by_shortcut(stage: Stage, person: Person) -> None:
    await person.shortcut(TRADE_SHORTCUT)


async def by_message(stage: Stage, person: Person) -> None:
    await person.command("AAPL", "/quote")
    posted = await shown(stage)
    stage.slack.messages.clear()
    await person.press(posted, "trade_again")


async def by_home(stage: Stage, person: Person) -> None:
    await person.press(await opened(stage, person), "trade_again")


async def by_new_portfolio(stage: Stage, person: Person) -> None:
    await person.command("new Growth", "/portfolio")


async def by_members(stage: Stage, person: Person) -> None:
    await person.command("members", "/portfolio")


OPENERS = [by_command, by_shortcut, by_message, by_home]
TEAM_OPENERS = [by_new_portfolio, by_members]


@pytest.mark.parametrize(
    "fault", [*NOT_NOW, Fault(error="expired_trigger_id"), Fault(error="exchanged_trigger_id")]
)
async def test_a_form_that_slack_does_not_open_is_said_so(stage: Stage, ada: Person, fault: Fault) -> None:
    stage.slack.fail_next("views.open", fault)
    await by_command(stage, ada)
    assert await told(stage, 1, ada) == TOO_LATE
    assert stage.trades() == []


@pytest.mark.parametrize("ask", [*OPENERS, *TEAM_OPENERS])
async def test_wherever_a_form_is_asked_for_whoever_asks_is_told(stage: Stage, ada: Person, ask: Ask) -> None:
    stage.slack.fail_next("views.open", BUSY)
    await ask(stage, ada)
    assert await told(stage, 1, ada) == TOO_LATE
    assert stage.trades() == []


@pytest.mark.parametrize("ask", OPENERS)
async def test_a_form_that_slack_opens_a_moment_later_is_filled_in(
    stage: Stage, ada: Person, ask: Ask
) -> None:
    stage.slack.fail_next("views.open", BRIEFLY_BUSY)
    stage.slack.fail_next("views.update", BRIEFLY_BUSY)
    await ask(stage, ada)
    modal = await ada.modal()
    await stage.slack.until(lambda: has_input(modal, "portfolioId"))
    assert_nothing_happened(stage)


async def ask_price(stage: Stage, person: Person) -> None:
    await person.command("AAPL", "/quote")


async def ask_orders(stage: Stage, person: Person) -> None:
    await person.command("", "/orders")


async def ask_portfolio(stage: Stage, person: Person) -> None:
    await person.command("help me", "/portfolio")


QUESTIONS = {ask_price: "149.98", ask_orders: "no portfolio yet", ask_portfolio: "portfolio"}


@pytest.mark.parametrize(("ask", "answer"), QUESTIONS.items())
@pytest.mark.parametrize("fault", [BUSY, Fault(error="expired_url"), Fault(error="channel_is_archived")])
async def test_an_answer_that_does_not_fit_where_it_was_asked_for_comes_from_the_bot(
    stage: Stage, ada: Person, ask: Ask, answer: str, fault: Fault
) -> None:
    stage.slack.fail_next("response_url", fault)
    await ask(stage, ada)
    posted = await shown(stage)
    assert answer in text_of(posted.body)
    assert posted.channel == stage.slack.dm_of(ada.user_id)
    assert len(stage.slack.messages) == 1


@pytest.mark.parametrize(("ask", "answer"), QUESTIONS.items())
async def test_an_answer_waits_for_a_moment(stage: Stage, ada: Person, ask: Ask, answer: str) -> None:
    stage.slack.fail_next("response_url", BRIEFLY_BUSY)
    await ask(stage, ada)
    posted = await shown(stage)
    assert answer in text_of(posted.body)
    assert posted.is_ephemeral
    assert len(stage.slack.messages) == 1


@pytest.mark.parametrize("fault", [SLOW, Fault(error="internal_error"), *PAGES])
async def test_an_answer_that_may_have_arrived_is_not_sent_again(
    stage: Stage, ada: Person, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    stage.slack.fail_next("response_url", fault)
    await ask_price(stage, ada)
    await ask_price(stage, ada)
    await shown(stage)
    assert posts(stage) == 0


@pytest.mark.parametrize("fault", [*NOT_NOW, Fault(error="hash_conflict"), Fault(error="not_found")])
async def test_a_form_whose_preview_slack_does_not_take_can_be_submitted(
    stage: Stage, ada: Person, fault: Fault
) -> None:
    modal = await filled_form(ada)
    drawn = text_of(modal)
    stage.slack.fail_next("views.update", fault, fault, fault)
    [reply, _] = await ada.type(modal, side="BUY", quantity="10")
    assert reply.status == 200
    assert text_of(modal) == drawn
    await ada.submit(modal)
    await assert_traded_and_told_once(stage)


@pytest.mark.parametrize("fault", [*NOT_NOW, Fault(error="user_not_found")])
async def test_a_home_that_slack_does_not_take_is_told_to_whoever_refreshes(
    stage: Stage, ada: Person, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    home = await opened(stage, ada)
    stage.slack.fail_next("views.publish", fault)
    await ada.press(home, "refresh_home")
    assert await told(stage, 1, ada) == NOT_PUBLISHED
    assert "views.publish" in caplog.text
    assert (await opened(stage, ada)).view["type"] == "home"
    assert len(stage.slack.messages) == 1


async def test_nobody_is_written_to_who_only_looked_at_home(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("views.publish", BUSY)
    await ada.open_home()
    await eventually(lambda: published(stage) == 1)
    await opened(stage, ada)
    assert stage.slack.messages == []


@pytest.mark.parametrize("fault", NOT_NOW)
async def test_a_cancel_in_home_is_answered_when_slack_does_not_take_home(
    stage: Stage, ada: Person, fault: Fault
) -> None:
    order_id = place(stage, stage.create_portfolio("Growth", ada="MANAGER"))
    home = await opened(stage, ada)
    stage.slack.fail_next("views.publish", fault)
    await ada.press(home, "cancel_order", block_id=block_of(home.blocks, order_id))
    assert "Canceled: buy 1 AAPL" in await told(stage, 1, ada)
    assert status(stage, order_id) == "CANCELED"


GONE_FROM_CHANNEL = [Fault(error=error) for error in ("not_in_channel", "is_archived", "channel_not_found")]


@pytest.mark.parametrize("fault", [*NOT_NOW, *GONE_FROM_CHANNEL])
async def test_a_cancel_whose_message_slack_does_not_draw_is_answered(
    stage: Stage, ada: Person, fault: Fault
) -> None:
    posted, order_id = await confirmed(stage, ada)
    stage.slack.fail_next("chat.update", fault)
    await ada.press(posted, "cancel_order")
    assert "Canceled: buy 10 AAPL" in await told(stage, 2, ada)
    assert status(stage, order_id) == "CANCELED"
    assert len(stage.slack.messages) == 2


@pytest.mark.parametrize("fault", [SLOW, Fault(error="internal_error"), *PAGES])
async def test_a_confirmation_that_may_have_arrived_is_not_sent_again(
    stage: Stage, ada: Person, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    modal = await filled_form(ada)
    stage.slack.fail_next("chat.postMessage", fault)
    await ada.submit(modal)
    await eventually(lambda: "confirming order" in caplog.text)
    assert stage.slack.messages == []
    assert posts(stage) == 1
    assert len(stage.trades()) == 1


@pytest.mark.parametrize("announce", [True, False])
async def test_a_trader_who_is_gone_keeps_no_confirmation_back(
    stage: Stage, ada: Person, announce: bool
) -> None:
    modal = await filled_form(ada)
    ada.fill(modal, announce=announce)
    stage.slack.deleted_users.add(ada.user_id)
    await ada.submit(modal)
    await assert_traded_and_told_once(stage)


async def test_where_slacks_api_is_gone_answers_go_where_they_were_asked_for(stage: Stage) -> None:
    async with stage.bot() as door:
        payload = (ada := stage.person(door)).submission(await filled_form(ada))
    async with stage.bot(slack_api_url=f"{CLOSED_PORT}/api/") as door:
        await stage.person(door).command("AAPL")
        assert text_of((await shown(stage)).body) == TOO_LATE
        stage.slack.messages.clear()
        reply = await door.deliver("interactive", payload)
        assert (reply.status, reply.body) == (200, {})
        await assert_traded_and_told_once(stage)


async def test_what_cannot_be_told_while_all_of_slack_is_gone_is_told_by_the_next_submission(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot() as door:
        payload = (ada := stage.person(door)).submission(await filled_form(ada))
    kept = payload["view"]["private_metadata"].replace(stage.slack_url, CLOSED_PORT)
    payload["view"]["private_metadata"] = kept
    async with stage.bot(slack_api_url=f"{CLOSED_PORT}/api/") as door:
        reply = await door.deliver("interactive", payload)
        assert (reply.status, reply.body) == (200, {})
        await eventually(lambda: "confirming order" in caplog.text)
    assert len(stage.trades()) == 1
    assert stage.slack.messages == []

    async with stage.bot() as door:
        await door.deliver("interactive", payload)
        await assert_traded_and_told_once(stage)


async def test_a_form_that_slack_fills_in_late_still_takes_a_trade(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("views.update", SLOW)
    await ada.command("AAPL")
    modal = await ada.modal()
    ada.fill(modal, quantity="10")
    await ada.submit(modal)
    await assert_traded_and_told_once(stage)
    assert (await loaded_form(ada)).is_open
