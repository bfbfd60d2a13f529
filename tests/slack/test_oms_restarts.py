"""The OMS restarts or hangs between two steps of a story: each story ends once, and in words."""

from collections.abc import AsyncIterator

import pytest

from slack_client.playground.person import Person
from tests.slack.conftest import Stage, has_input, text_of
from tests.slack.proxy import Proxy
from tests.slack.test_canceling import confirmed, told
from tests.slack.test_home import opened
from tests.slack.test_trade import COMMAND_SECONDS
from tests.slack.test_trouble import (
    assert_nothing_happened,
    assert_traded_and_told_once,
    filled_form,
    problem_of,
)
from tests.slack.working import shown, status


@pytest.fixture(params=["http", "socket"])
async def ada(stage: Stage, proxy: Proxy, request: pytest.FixtureRequest) -> AsyncIterator[Person]:
    """A trader whose bot reaches the OMS over a wire that can be cut."""
    async with stage.bot(request.param) as door:
        yield stage.person(door)


async def test_a_restart_between_preview_and_submit_is_not_noticed(
    stage: Stage, proxy: Proxy, ada: Person
) -> None:
    modal = await filled_form(ada)
    await proxy.go_down()
    await proxy.come_up()
    reply = await ada.submit(modal)
    assert reply.body == {}
    await assert_traded_and_told_once(stage)


async def test_an_oms_that_went_down_after_the_preview_is_said_and_the_form_can_be_sent_again(
    stage: Stage, proxy: Proxy, ada: Person
) -> None:
    modal = await filled_form(ada)
    await proxy.go_down()
    reply = await ada.submit(modal)
    assert "still working" in text_of(modal).casefold() or "Nothing was traded" in str(reply.errors)
    assert_nothing_happened(stage)

    await proxy.come_up()
    await ada.submit(modal)
    await assert_traded_and_told_once(stage)


async def test_a_restart_between_the_trade_and_its_answer_is_told_once(
    stage: Stage, proxy: Proxy, ada: Person
) -> None:
    modal = await filled_form(ada)
    proxy.lost_answers = {"PlaceOrder": 1}
    proxy.goes_down_when_lost = True
    await ada.submit(modal)
    assert "Still working" in text_of(modal)
    assert stage.slack.messages == []
    await proxy.come_up()
    await assert_traded_and_told_once(stage)


async def test_a_restart_during_a_cancel_is_answered_with_what_came_of_it(
    stage: Stage, proxy: Proxy, ada: Person
) -> None:
    posted, order_id = await confirmed(stage, ada)
    proxy.lost_answers = {"CancelOrder": 1}
    proxy.goes_down_when_lost = True
    await ada.press(posted, "cancel_order")
    assert "Still working" in await told(stage, 2, ada)
    await proxy.come_up()
    assert "Canceled: buy 10 AAPL" in await told(stage, 3, ada)
    assert status(stage, order_id) == "CANCELED"
    assert "cancel_order" not in str(posted.body)
    assert len(stage.slack.messages) == 3


async def test_an_oms_that_goes_down_before_a_cancel_cancels_nothing(
    stage: Stage, proxy: Proxy, ada: Person
) -> None:
    posted, order_id = await confirmed(stage, ada)
    await proxy.go_down()
    await ada.press(posted, "cancel_order")
    answer = await told(stage, 2, ada)
    assert "anceled" in answer
    assert "Canceled:" not in answer
    assert status(stage, order_id) == "NEW"
    assert posted.earlier == []


async def test_a_restart_while_home_is_drawn_is_not_noticed(stage: Stage, proxy: Proxy, ada: Person) -> None:
    await opened(stage, ada)
    proxy.lost_answers = {"HomeView": 1}
    home = await opened(stage, ada)
    assert "Welcome" in text_of(home)


@pytest.mark.parametrize("command", ["/quote", "/orders", "/portfolio"])
async def test_a_hanging_oms_is_said_with_an_id(
    stage: Stage, proxy: Proxy, ada: Person, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    proxy.delays = {"Quotes": 5, "TraderPortfolios": 5}
    reply = await ada.command("AAPL", command)
    assert reply.seconds < COMMAND_SECONDS
    answer = text_of((await shown(stage)).body)
    assert "did not answer in time" in answer
    assert problem_of(answer) in caplog.text
    assert len(stage.slack.messages) == 1


async def test_a_hanging_oms_leaves_a_form_that_can_be_used_once_it_is_back(
    stage: Stage, proxy: Proxy, ada: Person
) -> None:
    modal = await filled_form(ada)
    proxy.delays = {"PreviewOrder": 5, "Quotes": 5, "Instruments": 5}
    await ada.type(modal, side="BUY")
    assert [each["value"] for each in await ada.suggest(modal, "symbol", "zz")] == ["ZZ"]
    await stage.slack.until(lambda: "did not answer in time" in text_of(modal))
    assert has_input(modal, "portfolioId")
    proxy.delays = {}
    await ada.submit(modal)
    await assert_traded_and_told_once(stage)
