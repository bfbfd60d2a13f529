"""A new portfolio for a team, another name for it, and its end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from slack_client.playground.doors import HttpDoor
from slack_client.playground.person import Person
from slack_client.playground.slack import Fault
from tests.slack.conftest import Stage, input_of, loaded_form, text_of
from tests.slack.proxy import Proxy
from tests.slack.team import (
    WEIRD,
    ask,
    errors,
    fill,
    members_of,
    names_of,
    open_form,
    open_saying,
    roles,
    told,
    update,
)

SUBMISSION_SECONDS = 3.0


@pytest.fixture
async def cut_off(stage: Stage, proxy: Proxy) -> AsyncIterator[Person]:
    """Ada, whose bot reaches the OMS over a wire that can be cut."""
    async with stage.bot() as door:
        yield stage.person(door)


async def test_a_team_gets_its_portfolio_and_is_told_who_is_in_it(stage: Stage, ada: Person) -> None:
    modal = await open_form(ada, "new Growth")
    assert input_of(modal, "name")["initial_value"] == "Growth"
    fill(ada, modal, managers=["grace"], traders=["alan"], viewers=["kay"])

    reply = await ada.submit(modal)

    assert reply.seconds < SUBMISSION_SECONDS
    assert not modal.is_open
    assert members_of(stage, "Growth") == roles(
        stage, ada="MANAGER", grace="MANAGER", alan="TRADER", kay="VIEWER"
    )
    message = await told(ada, "“Growth” is made, with $100,000.00")
    for fact in ("Managers: <@U0ADA>, <@U0GRACE>", "Traders: <@U0ALAN>", "Viewers: <@U0KAY>", "/trade AAPL"):
        assert fact in text_of(message["blocks"])
        assert fact in message["text"].replace("`", "")
    assert [posted.seen_by for posted in stage.slack.messages] == [ada.user_id]


async def test_a_portfolio_of_ones_own_needs_nobody_else(stage: Stage, ada: Person) -> None:
    modal = await open_form(ada, "new")
    fill(ada, modal, name="  Mine ")
    await ada.submit(modal)
    await told(ada, "“Mine” is made")
    assert members_of(stage, "Mine") == roles(stage, ada="MANAGER")


@pytest.mark.parametrize(
    ("chosen", "field", "said"),
    [
        ({"managers": ["grace"], "traders": ["grace"]}, "traders", "among the managers too"),
        ({"traders": ["alan", "grace"], "viewers": ["alan"]}, "viewers", "among the traders too"),
        ({"viewers": ["ada"]}, "viewers", "You are a manager of what you make"),
    ],
)
async def test_nobody_has_two_roles(
    stage: Stage, ada: Person, chosen: dict[str, list[str]], field: str, said: str
) -> None:
    modal = await open_form(ada, "new Growth")
    fill(ada, modal, **chosen)
    reply = await ada.submit(modal)
    assert list(errors(reply)) == [field]
    assert said in errors(reply)[field]
    assert_nothing_happened(stage)


async def test_a_name_that_is_taken_is_said_under_it(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", grace="MANAGER")
    modal = await open_form(ada, "new Growth")
    fill(ada, modal, viewers=["alan"])
    reply = await ada.submit(modal)
    assert "already" in errors(reply)["name"]
    assert modal.is_open
    assert members_of(stage, "Growth") == roles(stage, grace="MANAGER")
    assert stage.slack.messages == []

    fill(ada, modal, name="Income")
    await ada.submit(modal)
    await told(ada, "“Income” is made")
    assert members_of(stage, "Income") == roles(stage, ada="MANAGER", alan="VIEWER")


async def test_a_name_that_the_trader_has_already_is_said_under_it(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    modal = await open_form(ada, "new Growth")
    fill(ada, modal, traders=["alan"])
    reply = await ada.submit(modal)
    assert "manage a portfolio of this name" in errors(reply)["name"]
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER")
    assert stage.slack.messages == []


@pytest.mark.parametrize("name", [" ", "x" * 3000, "line\nbreak"])
async def test_a_name_that_cannot_be_is_said_under_it(stage: Stage, ada: Person, name: str) -> None:
    modal = await open_form(ada, "new Growth")
    fill(ada, modal, name=name)
    reply = await ada.submit(modal)
    assert "name" in errors(reply)["name"]
    assert_nothing_happened(stage)


async def test_a_command_longer_than_a_name_is_cut_to_one(stage: Stage, ada: Person) -> None:
    modal = await open_form(ada, "new " + "long " * 600)
    assert len(input_of(modal, "name")["initial_value"]) == 80


async def test_a_name_is_text_and_not_markup(stage: Stage, ada: Person) -> None:
    modal = await open_form(ada, f"new {WEIRD}")
    await ada.submit(modal)
    message = await told(ada, "is made")
    assert names_of(stage) == [WEIRD]
    marked = [block["text"]["text"] for block in message["blocks"] if _is_markdown(block)]
    assert not any("channel>" in text for text in marked)
    assert WEIRD in text_of(message["blocks"])
    assert "<!channel>" not in message["text"]


def _is_markdown(block: dict[str, dict[str, str]]) -> bool:
    return "text" in block and block["text"]["type"] == "mrkdwn"


async def test_pressing_twice_makes_one_and_tells_once(stage: Stage, ada: Person) -> None:
    modal = await open_form(ada, "new Growth")
    payload = ada.submission(modal)
    replies = await asyncio.gather(*(ada.door.deliver("interactive", payload) for _ in range(3)))
    assert all(reply.seconds < SUBMISSION_SECONDS for reply in replies)
    await told(ada, "“Growth” is made")
    await ask(ada, "help")
    assert names_of(stage) == ["Growth"]
    assert len([each for each in ada.messages() if "is made" in text_of(each)]) == 1


async def test_a_slow_oms_lets_the_form_say_so_and_tells_the_outcome(
    stage: Stage, proxy: Proxy, cut_off: Person
) -> None:
    modal = await open_form(cut_off, "new Growth")
    fill(cut_off, modal, traders=["grace"])
    proxy.delays = {"CreatePortfolio": 2.6}
    reply = await cut_off.submit(modal)
    assert reply.seconds < SUBMISSION_SECONDS
    assert "Still working" in text_of(modal)
    await told(cut_off, "“Growth” is made")
    await stage.slack.until(lambda: "“Growth” is made" in text_of(modal))
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", grace="TRADER")
    assert len(cut_off.messages()) == 1


@pytest.mark.parametrize("lost", [1, 3])
async def test_a_portfolio_whose_answers_are_lost_is_found_and_not_made_twice(
    stage: Stage, proxy: Proxy, cut_off: Person, lost: int
) -> None:
    modal = await open_form(cut_off, "new Growth")
    proxy.lost_answers = {"CreatePortfolio": lost}
    await cut_off.submit(modal)
    await told(cut_off, "“Growth” is made")
    assert names_of(stage) == ["Growth"]
    assert len(cut_off.messages()) == 1


async def test_a_late_refusal_brings_the_form_back_as_it_was(
    stage: Stage, proxy: Proxy, cut_off: Person
) -> None:
    stage.create_portfolio("Growth", grace="MANAGER")
    modal = await open_form(cut_off, "new Growth")
    fill(cut_off, modal, traders=["grace"])
    proxy.bad_gateways = {"CreatePortfolio": 1}
    await cut_off.submit(modal)
    assert "Still working" in text_of(modal)
    await told(cut_off, "Nothing was changed: There is a portfolio named Growth already")
    await stage.slack.until(lambda: "Nothing was changed" in text_of(modal))
    assert input_of(modal, "name")["initial_value"] == "Growth"
    assert input_of(modal, "traders")["initial_users"] == ["U0GRACE"]
    assert members_of(stage, "Growth") == roles(stage, grace="MANAGER")

    fill(cut_off, modal, name="Income")
    await cut_off.submit(modal)
    await told(cut_off, "“Income” is made")


async def test_an_outcome_nobody_knows_is_called_that(stage: Stage, proxy: Proxy) -> None:
    async with stage.bot(oms_patience_seconds=1) as door:
        ada = stage.person(door)
        modal = await open_form(ada, "new Growth")
        proxy.lost_answers = {"CreatePortfolio": 1}
        proxy.goes_down_when_lost = True
        await ada.submit(modal)
        await told(ada, "I cannot say whether “Growth” was made")
        await stage.slack.until(lambda: "cannot say" in text_of(modal))
    assert names_of(stage) == ["Growth"]


async def test_with_the_oms_down_nothing_is_made_and_the_form_stays(stage: Stage) -> None:
    async with stage.bot(oms_url="http://127.0.0.1:9") as door:
        ada = stage.person(door)
        modal = await open_form(ada, "new Growth")
        reply = await ada.submit(modal)
    assert "Nothing was changed: the OMS cannot be reached" in errors(reply)["name"]
    assert modal.is_open
    assert_nothing_happened(stage)


async def test_a_trigger_that_died_is_told(stage: Stage, ada: Person) -> None:
    stage.slack.fail_next("views.open", Fault(error="expired_trigger_id"))
    message = await ask(ada, "new Growth")
    assert "Try it again" in text_of(message)


async def test_a_manager_renames_a_portfolio(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER")
    modal = await open_form(ada, "rename growth")
    assert input_of(modal, "name")["initial_value"] == "Growth"
    fill(ada, modal, name="Income")
    await ada.submit(modal)
    assert not modal.is_open
    await told(ada, "“Growth” is called “Income” now")
    assert names_of(stage) == ["Income"]


async def test_a_taken_name_is_refused_when_renaming(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    stage.create_portfolio("Income", grace="MANAGER")
    modal = await open_form(ada, "rename")
    fill(ada, modal, name="Income")
    reply = await ada.submit(modal)
    assert "already" in errors(reply)["name"]
    assert names_of(stage) == ["Growth", "Income"]
    assert stage.slack.messages == []


async def test_a_rename_whose_answer_is_late_is_told(stage: Stage, proxy: Proxy, cut_off: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    modal = await open_form(cut_off, "rename")
    fill(cut_off, modal, name="Income")
    proxy.bad_gateways = {"UpdatePortfolio": 2}
    await cut_off.submit(modal)
    assert "Still working" in text_of(modal)
    await told(cut_off, "is called “Income” now")
    assert names_of(stage) == ["Income"]


async def test_archiving_asks_first(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    modal = await open_saying(ada, "archive Growth", "Archive “Growth”?")
    await ada.close(modal)
    assert names_of(stage) == ["Growth"]

    modal = await open_saying(ada, "archive Growth", "Archive “Growth”?")
    await ada.submit(modal)
    await told(ada, "“Growth” is archived")
    assert names_of(stage) == []


async def test_working_orders_keep_a_portfolio_from_being_archived(stage: Stage, ada: Person) -> None:
    portfolio_id = stage.create_portfolio("Growth", ada="MANAGER")
    place_limit(stage, portfolio_id)
    modal = await open_saying(ada, "archive Growth", "Archive “Growth”?")
    await ada.submit(modal)
    assert "has working orders: cancel them first" in text_of(modal)
    assert modal.view["submit"]["text"] == "Archive"
    assert names_of(stage) == ["Growth"]
    assert stage.slack.messages == []


def place_limit(stage: Stage, portfolio_id: str) -> None:
    document = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename } }"""
    order = {
        "portfolioId": portfolio_id,
        "clientOrderId": "far away",
        "symbol": "AAPL",
        "side": "BUY",
        "type": "LIMIT",
        "limitPrice": "1",
        "quantity": "1",
        "timeInForce": "GTC",
    }
    placed = stage.workspace.data(
        document, {"input": order}, key=stage.oms_key, on_behalf_of=stage.trader("ada")
    )
    assert placed == {"__typename": "OrderPlaced"}


@pytest.mark.parametrize("verb", ["members", "rename", "archive"])
async def test_who_is_no_manager_is_told_whom_to_ask(stage: Stage, ada: Person, verb: str) -> None:
    stage.create_portfolio("Growth", ada="TRADER", grace="MANAGER")
    modal = await open_saying(ada, f"{verb} Growth", "Only a manager of “Growth” can")
    assert "<@U0GRACE>" in text_of(modal)
    assert "submit" not in modal.view


async def test_who_is_a_manager_no_more_when_submitting_changes_nothing(stage: Stage, ada: Person) -> None:
    portfolio_id = stage.create_portfolio("Growth", ada="MANAGER", grace="MANAGER")
    renaming = await open_form(ada, "rename Growth")
    await ada.close(renaming)
    archiving = await open_saying(ada, "archive Growth", "Archive “Growth”?")
    update(stage, portfolio_id, members=[{"trader": stage.trader("grace"), "role": "MANAGER"}])
    fill(ada, renaming, name="Income")
    reply = await ada.submit(renaming)
    assert "not yours to see" in errors(reply)["name"]
    await ada.submit(archiving)
    assert "not yours to see" in text_of(archiving)
    assert names_of(stage) == ["Growth"]
    assert stage.slack.messages == []


async def test_somebody_elses_portfolio_cannot_be_slipped_in(stage: Stage) -> None:
    async with stage.bot() as door:
        ada = stage.person(door)
        mine = stage.create_portfolio("Mine", ada="MANAGER")
        others = stage.create_portfolio("Of others", grace="MANAGER")
        modal = await open_saying(ada, "archive Mine", "Archive “Mine”?")
        payload = ada.submission(modal)
        payload["view"]["private_metadata"] = payload["view"]["private_metadata"].replace(mine, others)
        assert isinstance(door, HttpDoor)
        reply = await door.deliver("interactive", payload)
    assert "not yours to see" in text_of(reply.body["view"]["blocks"])
    assert names_of(stage) == ["Mine", "Of others"]
    assert stage.slack.messages == []


async def test_what_nobody_foresaw_is_said_in_a_form_without_inputs_too(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Mine", ada="MANAGER")
    modal = await open_saying(ada, "archive", "Archive “Mine”?")
    payload = ada.submission(modal)
    payload["view"]["private_metadata"] = "{}}"
    reply = await ada.door.deliver("interactive", payload)
    assert "Something went wrong" in text_of(reply.body["view"]["blocks"])
    assert names_of(stage) == ["Mine"]


async def test_a_portfolio_made_in_home_stands_there_then(stage: Stage, ada: Person) -> None:
    await ada.open_home()
    await stage.slack.until(lambda: ada.home() is not None)
    home = ada.home()
    assert home
    await ada.press(home, "new_portfolio")
    modal = await ada.modal()
    fill(ada, modal, name="Growth")
    await ada.submit(modal)
    await stage.slack.until(lambda: "Growth" in text_of(home))
    await stage.slack.until(lambda: len(stage.slack.messages) == 1)
    [posted] = stage.slack.messages
    assert posted.channel == stage.slack.dm_of(ada.user_id)
    assert "“Growth” is made" in text_of(posted.body)


async def test_halted_and_looked_at_portfolios_are_not_offered_for_a_trade(stage: Stage, ada: Person) -> None:
    growth = stage.create_portfolio("Growth", ada="TRADER")
    halted = stage.create_portfolio("Halted", ada="MANAGER")
    stage.create_portfolio("Seen", ada="VIEWER")
    update(stage, halted, state="HALTED")
    modal = await loaded_form(ada)
    assert [each["value"] for each in input_of(modal, "portfolioId")["options"]] == [growth]


def assert_nothing_happened(stage: Stage) -> None:
    assert stage.portfolios() == []
    assert stage.slack.messages == []
