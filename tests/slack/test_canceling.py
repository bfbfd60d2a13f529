"""Cancel: who may, what becomes of the order, and every message that shows it."""

import asyncio

import pytest

from slack_client.playground.person import Person
from slack_client.playground.slack import Fault, Posted
from tests.slack.conftest import CHANNEL, Stage, has_input, text_of
from tests.slack.proxy import Proxy
from tests.slack.test_trouble import problem_of
from tests.slack.working import block_of, place, shown, status

RULES = "mutation ($input: UpdatePortfolioInput!) { updatePortfolio(input: $input) { __typename } }"


async def confirmed(stage: Stage, person: Person, *, announce: bool = True) -> tuple[Posted, str]:
    """A working order placed through the form: its confirmation, and its id."""
    await person.command("buy 10 AAPL limit 100 gtc")
    modal = await person.modal()
    await stage.slack.until(lambda: has_input(modal, "portfolioId"))
    person.fill(modal, announce=announce)
    before = len(stage.slack.messages)
    await person.submit(modal)
    posted = await shown(stage, before + 1)
    [buttons] = [block for block in posted.blocks if block["type"] == "actions"]
    return posted, str(buttons["elements"][-1]["value"])


async def told(stage: Stage, number: int, person: Person) -> str:
    """What the newest of so many messages tells this person alone."""
    posted = await shown(stage, number)
    assert posted.seen_by == person.user_id
    return text_of(posted.body)


async def test_canceling_ends_the_order_and_draws_its_message_anew(stage: Stage, ada: Person) -> None:
    posted, order_id = await confirmed(stage, ada)
    assert posted.seen_by is None

    await ada.press(posted, "cancel_order")

    assert "Canceled: buy 10 AAPL, limit $100.00, GTC" in await told(stage, 2, ada)
    assert status(stage, order_id) == "CANCELED"
    assert "Canceled." in text_of(posted.body)
    assert "cancel_order" not in str(posted.body)
    assert "ada ordered" in posted.body["text"]
    assert len(stage.slack.messages) == 2


async def test_saying_no_keeps_the_order(stage: Stage, ada: Person) -> None:
    posted, order_id = await confirmed(stage, ada)
    assert await ada.press(posted, "cancel_order", confirmed=False) is None
    assert status(stage, order_id) == "NEW"


@pytest.mark.parametrize("role", ["TRADER", "VIEWER", None])
async def test_who_may_not_cancel_is_told_so_and_nothing_happens(
    stage: Stage, ada: Person, role: str | None
) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", **({"grace": role} if role else {}))
    posted, order_id = await confirmed(stage, ada)
    grace = stage.person(ada.door, "grace")

    await grace.press(posted, "cancel_order")

    answer = await told(stage, 2, grace)
    assert "Nothing was canceled" in answer
    assert ("Only the trader who gave this order" in answer) is (role is not None)
    assert status(stage, order_id) == "NEW"
    assert posted.earlier == []


async def test_a_manager_may_cancel_anothers_order(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="TRADER", grace="MANAGER")
    posted, order_id = await confirmed(stage, ada)
    grace = stage.person(ada.door, "grace")

    await grace.press(posted, "cancel_order")

    assert "Canceled: buy 10 AAPL" in await told(stage, 2, grace)
    assert status(stage, order_id) == "CANCELED"
    assert "<@U0ADA> ordered" in text_of(posted.body)
    assert "Canceled by <@U0GRACE>." in text_of(posted.body)
    await stage.slack.until(lambda: "ada ordered" in posted.body["text"])


async def test_a_private_confirmation_is_drawn_anew_too(stage: Stage, ada: Person) -> None:
    posted, order_id = await confirmed(stage, ada, announce=False)
    assert posted.channel != CHANNEL
    await ada.press(posted, "cancel_order")
    await stage.slack.until(lambda: bool(posted.earlier))
    assert "cancel_order" not in str(posted.body)
    assert status(stage, order_id) == "CANCELED"


async def test_where_the_bot_is_no_member_the_pressed_message_is_drawn_anew(
    stage: Stage, ada: Person
) -> None:
    stage.slack.bot_channels.clear()
    posted, _ = await confirmed(stage, ada)
    assert posted.body["response_type"] == "in_channel"

    await ada.press(posted, "cancel_order")

    assert "Canceled: buy 10 AAPL" in await told(stage, 2, ada)
    assert posted.seen_by is None
    assert "Canceled." in text_of(posted.body)
    assert "cancel_order" not in str(posted.body)


async def test_too_late_says_what_the_order_is_now(stage: Stage, proxy: Proxy, ada: Person) -> None:
    """The proxy carries no feed of events: the bot has not heard of it when the button is pressed."""
    posted, order_id = await confirmed(stage, ada)
    cancel_elsewhere(stage, order_id)

    await ada.press(posted, "cancel_order")

    answer = await told(stage, 2, ada)
    assert "It was too late to cancel: buy 10 AAPL, limit $100.00, GTC. It is canceled already." in answer
    assert "cancel_order" not in str(posted.body)


def cancel_elsewhere(stage: Stage, order_id: str) -> None:
    document = "mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename } }"
    done = stage.workspace.data(document, {"input": {"orderId": order_id}})
    assert done["__typename"] == "OrderCanceled"


async def test_pressing_twice_at_once_cancels_once_and_both_are_told(stage: Stage, ada: Person) -> None:
    posted, order_id = await confirmed(stage, ada)
    await asyncio.gather(*(ada.press(posted, "cancel_order") for _ in range(2)))
    answers = {(await told(stage, number, ada))[:8] for number in (2, 3)}
    assert answers == {"Canceled", "It was t"}
    assert status(stage, order_id) == "CANCELED"


async def test_a_list_is_drawn_anew_without_the_order(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="TRADER")
    first, second = (place(stage, growth, quantity=quantity) for quantity in ("1", "2"))
    await ada.command("", "/orders")
    listed = await shown(stage)

    await ada.press(listed, "cancel_order", block_id=block_of(listed.blocks, first))

    assert "Canceled: buy 1 AAPL" in await told(stage, 2, ada)
    assert "buy 1 AAPL" not in text_of(listed.body)
    assert "buy 2 AAPL" in text_of(listed.body)
    assert listed.is_ephemeral
    assert (status(stage, first), status(stage, second)) == ("CANCELED", "NEW")


async def test_a_portfolios_page_is_drawn_anew_without_the_order(stage: Stage, ada: Person) -> None:
    posted, order_id = await confirmed(stage, ada)
    await ada.press(posted, "show_portfolio")
    page = await shown(stage, 2)
    assert "Reserved for orders\n$1,000.00" in text_of(page.body)

    await ada.press(page, "cancel_order")

    await shown(stage, 3)
    assert "Reserved for orders\n$0.00" in text_of(page.body)
    assert "cancel_order" not in str(page.body)
    await stage.slack.until(lambda: "cancel_order" not in str(posted.body))
    assert status(stage, order_id) == "CANCELED"


async def test_what_had_filled_stays_and_is_said(stage: Stage, ada: Person) -> None:
    stage.workspace.api.market.set("AAPL", bid="99", ask="100", ask_size="3")
    growth = stage.create_portfolio("Growth", ada="TRADER")
    stage.workspace.data(RULES, {"input": {"portfolioId": growth, "rules": {"liquidity": "SIZE"}}})
    posted, order_id = await confirmed(stage, ada)
    assert status(stage, order_id) == "PARTIALLY_FILLED"
    await ada.press(posted, "cancel_order")
    assert "What had filled stays: 3 AAPL." in await told(stage, 2, ada)
    assert "Canceled. 3 of 10 filled." in text_of(posted.body)
    [trade] = stage.trades()
    assert trade["quantity"] == "3"


async def test_a_slow_cancel_says_so_and_then_what_came_of_it(stage: Stage, proxy: Proxy) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        posted, order_id = await confirmed(stage, ada)
        proxy.delays = {"CancelOrder": 3}
        await ada.press(posted, "cancel_order")
        assert "Still working" in await told(stage, 2, ada)
        proxy.delays = {}
        assert "Canceled: buy 10 AAPL" in await told(stage, 3, ada)
    assert status(stage, order_id) == "CANCELED"
    assert "cancel_order" not in str(posted.body)
    assert len(stage.slack.messages) == 3


async def test_a_cancel_whose_answers_are_lost_is_told_once(stage: Stage, proxy: Proxy) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        posted, order_id = await confirmed(stage, ada)
        proxy.lost_answers = {"CancelOrder": 1}
        await ada.press(posted, "cancel_order")
        answer = await told(stage, 2, ada)
    assert "anceled" in answer
    assert status(stage, order_id) == "CANCELED"


async def test_without_an_outcome_nothing_is_claimed(
    stage: Stage, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot(oms_patience_seconds=0) as door:
        ada = stage.person(door)
        posted, _ = await confirmed(stage, ada)
        proxy.bad_gateways = {"CancelOrder": 9}
        await ada.press(posted, "cancel_order")
        answer = await told(stage, 3, ada)
    assert "I cannot say whether the order was canceled" in answer
    assert problem_of(answer) in caplog.text
    assert len(stage.slack.messages) == 3


async def test_with_the_oms_down_nothing_is_canceled_and_that_is_said(
    stage: Stage, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        posted, order_id = await confirmed(stage, ada)
        proxy.bad_gateways = {"OrderById": 9}
        await ada.press(posted, "cancel_order")
        answer = await told(stage, 2, ada)
    assert answer.startswith("Nothing was canceled")
    assert problem_of(answer) in caplog.text
    assert status(stage, order_id) == "NEW"


async def test_a_message_that_is_gone_keeps_no_answer_back(stage: Stage, ada: Person) -> None:
    posted, _ = await confirmed(stage, ada)
    stage.slack.fail_next("chat.update", Fault(error="message_not_found"))
    await ada.press(posted, "cancel_order")
    assert "Canceled" in await told(stage, 2, ada)


async def test_an_order_of_nobody_is_answered_alike(stage: Stage, ada: Person) -> None:
    posted, order_id = await confirmed(stage, ada)
    [buttons] = [block for block in posted.blocks if block["type"] == "actions"]
    buttons["elements"][-1]["value"] = "00000000000000000000000000000000:0"
    await ada.press(posted, "cancel_order")
    assert "There is no such order" in await told(stage, 2, ada)
    assert status(stage, order_id) == "NEW"
