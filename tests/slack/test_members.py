"""Who is in a portfolio, changed by its managers: no change is lost, and nobody locks themselves out."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from slack_client.playground.person import Person
from slack_client.store.claims import Claims
from slack_client.store.database import BotDatabase
from slack_client.words import MemberRole
from tests.slack.conftest import Stage, text_of
from tests.slack.proxy import Proxy
from tests.slack.team import (
    ask,
    errors,
    fill,
    has_field,
    listed,
    members_of,
    open_members,
    roles,
    shown,
    told,
    update,
)

SUBMISSION_SECONDS = 3.0


@pytest.fixture
async def cut_off(stage: Stage, proxy: Proxy) -> AsyncIterator[Person]:
    """Ada, whose bot reaches the OMS over a wire that can be cut."""
    async with stage.bot() as door:
        yield stage.person(door)


async def test_the_form_shows_the_members_as_they_are(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER", alan="VIEWER", kay="TRADER")
    modal = await open_members(ada, "growth")
    assert shown(modal) == {
        "managers": ["U0ADA"],
        "traders": ["U0GRACE", "U0KAY"],
        "viewers": ["U0ALAN"],
    }


async def test_a_manager_changes_who_is_in_it(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER", alan="VIEWER")
    modal = await open_members(ada, "Growth")
    fill(ada, modal, managers=["ada", "grace"], traders=["kay"], viewers=[])
    await ada.submit(modal)
    assert not modal.is_open
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", grace="MANAGER", kay="TRADER")
    message = await told(ada, "The members of “Growth” are saved")
    assert "Managers: <@U0ADA>, <@U0GRACE>" in text_of(message)
    assert "<@U0ALAN>" not in text_of(message)
    assert [posted.seen_by for posted in stage.slack.messages] == [ada.user_id]


async def test_who_is_added_may_trade_and_who_is_not_sees_nothing(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", alan="TRADER")
    grace, alan = stage.person(ada.door, "grace"), stage.person(ada.door, "alan")
    modal = await open_members(ada, "Growth")
    fill(ada, modal, traders=["grace"])
    await ada.submit(modal)
    await told(ada, "are saved")

    await grace.command("Growth", "/portfolio")
    assert "Growth" in text_of(await told(grace, "Growth"))
    await alan.command("Growth", "/portfolio")
    await told(alan, "You see no portfolio called “Growth”")


async def test_nobody_has_two_roles(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER")
    modal = await open_members(ada, "Growth")
    fill(ada, modal, managers=["ada", "grace"])
    reply = await ada.submit(modal)
    assert list(errors(reply)) == ["traders"]
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", grace="TRADER")
    assert stage.slack.messages == []


async def test_keys_and_people_of_other_teams_are_said_and_kept(stage: Stage, ada: Person) -> None:
    strangers = [
        {"trader": "key:desk-3", "role": "TRADER"},
        {"trader": "slack:T0OTHER/U0ADA", "role": "VIEWER"},
    ]
    stage.workspace.portfolio("Growth", members=[*listed(stage, ada="MANAGER"), *strangers])
    modal = await open_members(ada, "Growth")
    assert "key:desk-3 (trader), slack:T0OTHER/U0ADA (viewer)" in text_of(modal)
    fill(ada, modal, viewers=["grace"])
    await ada.submit(modal)
    await told(ada, "key:desk-3")
    kept = {each["trader"]: each["role"] for each in strangers}
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", grace="VIEWER") | kept


async def test_a_change_that_another_manager_made_meanwhile_is_not_lost(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="MANAGER")
    grace = stage.person(ada.door, "grace")
    mine, theirs = await open_members(ada, "Growth"), await open_members(grace, "Growth")
    fill(ada, mine, traders=["alan"])
    await ada.submit(mine)
    fill(grace, theirs, viewers=["kay"])

    await grace.submit(theirs)

    assert theirs.is_open
    assert "changed by somebody else meanwhile" in text_of(theirs)
    assert shown(theirs) == {"managers": ["U0ADA", "U0GRACE"], "traders": ["U0ALAN"], "viewers": []}
    both = roles(stage, ada="MANAGER", grace="MANAGER", alan="TRADER")
    assert members_of(stage, "Growth") == both

    fill(grace, theirs, viewers=["kay"])
    await grace.submit(theirs)
    await told(grace, "are saved")
    assert members_of(stage, "Growth") == both | roles(stage, kay="VIEWER")


@pytest.mark.parametrize("bots", [1, 2])
async def test_of_two_managers_at_the_same_moment_one_is_shown_what_the_other_did(
    stage: Stage, bots: int
) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="MANAGER")
    async with stage.bot() as door, stage.bot() as other:
        ada, grace = stage.person(door), stage.person(door if bots == 1 else other, "grace")
        forms = {person.user_id: await open_members(person, "Growth") for person in (ada, grace)}
        fill(ada, forms[ada.user_id], traders=["alan"])
        fill(grace, forms[grace.user_id], traders=["kay"])
        await asyncio.gather(*(person.submit(forms[person.user_id]) for person in (ada, grace)))
        [late] = [form for form in forms.values() if form.is_open]
        assert "changed by somebody else meanwhile" in text_of(late)
        [trader] = [
            trader for trader, role in members_of(stage, "Growth").items() if role == MemberRole.TRADER
        ]
        assert shown(late)["traders"] == [trader.rpartition("/")[2]]


async def test_many_managers_at_once_lose_no_change(stage: Stage) -> None:
    names = [f"m{number}" for number in range(6)]
    stage.create_portfolio("Growth", **dict.fromkeys(names, "MANAGER"))
    async with stage.bot() as door, stage.bot() as other:
        people = [stage.person((door, other)[place % 2], name) for place, name in enumerate(names)]
        await asyncio.gather(*(add_viewer(stage, person) for person in people))
    added = {trader for trader, role in members_of(stage, "Growth").items() if role == "VIEWER"}
    assert added == {stage.trader(f"friend{name}") for name in names}


async def add_viewer(stage: Stage, person: Person) -> None:
    """Add a friend, again and again until nobody else was faster."""
    modal = await open_members(person, "Growth")
    while modal.is_open:
        viewers = [user_id.removeprefix("U0") for user_id in shown(modal)["viewers"]]
        fill(person, modal, viewers=[*viewers, f"friend{person.user_name}"])
        await person.submit(modal)
        if "Still working" in text_of(modal):
            await stage.slack.until(lambda: "Still working" not in text_of(modal), within=30)
            if "are saved" in text_of(modal):
                return


async def test_a_manager_who_goes_is_asked_to_say_so_in_words(stage: Stage, ada: Person) -> None:
    before = roles(stage, ada="MANAGER", grace="MANAGER")
    stage.create_portfolio("Growth", ada="MANAGER", grace="MANAGER")
    modal = await open_members(ada, "Growth")
    assert not has_field(modal, "sure")
    fill(ada, modal, managers=["grace"])
    await ada.submit(modal)
    assert has_field(modal, "sure")
    assert members_of(stage, "Growth") == before

    reply = await ada.submit(modal)
    assert "Write “yes”" in errors(reply)["sure"]
    assert members_of(stage, "Growth") == before
    assert stage.slack.messages == []

    fill(ada, modal, sure=" Yes ")
    await ada.submit(modal)
    await told(ada, "You have left “Growth”")
    assert members_of(stage, "Growth") == roles(stage, grace="MANAGER")


async def test_a_manager_who_thinks_again_stays(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="MANAGER")
    modal = await open_members(ada, "Growth")
    fill(ada, modal, managers=["grace"], traders=["ada"])
    await ada.submit(modal)
    assert shown(modal)["traders"] == ["U0ADA"]
    fill(ada, modal, managers=["ada", "grace"], traders=[])
    await ada.submit(modal)
    assert not modal.is_open
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", grace="MANAGER")


async def test_the_last_manager_cannot_go(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER")
    modal = await open_members(ada, "Growth")
    fill(ada, modal, managers=[])
    reply = await ada.submit(modal)
    assert "must keep a MANAGER" in errors(reply)["managers"]
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", grace="TRADER")
    assert stage.slack.messages == []


async def test_who_is_a_manager_no_more_is_told_and_changes_nothing(stage: Stage, ada: Person) -> None:
    portfolio_id = stage.create_portfolio("Growth", ada="MANAGER", grace="MANAGER")
    modal = await open_members(ada, "Growth")
    update(stage, portfolio_id, members=listed(stage, grace="MANAGER", ada="VIEWER"))
    fill(ada, modal, viewers=["alan"])
    await ada.submit(modal)
    assert "Only a manager of “Growth” can change its members" in text_of(modal)
    assert "submit" not in modal.view
    assert members_of(stage, "Growth") == roles(stage, grace="MANAGER", ada="VIEWER")


async def test_another_person_cannot_submit_a_managers_form(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER")
    modal = await open_members(ada, "Growth")
    fill(ada, modal, managers=["grace"], traders=[])
    payload = ada.submission(modal)
    payload["user"] |= {"id": "U0GRACE", "username": "grace", "name": "grace"}
    reply = await ada.door.deliver("interactive", payload)
    assert "You are not a MANAGER of the portfolio Growth" in errors(reply)["managers"]
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", grace="TRADER")
    assert stage.slack.messages == []


async def test_an_archived_portfolio_is_gone(stage: Stage, ada: Person) -> None:
    portfolio_id = stage.create_portfolio("Growth", ada="MANAGER")
    modal = await open_members(ada, "Growth")
    update(stage, portfolio_id, archived=True)
    fill(ada, modal, traders=["grace"])
    reply = await ada.submit(modal)
    assert "not there any more" in errors(reply)["managers"]
    assert stage.slack.messages == []


@pytest.mark.parametrize("fault", ["lost", "slow", "gateway"])
async def test_a_change_without_an_answer_is_made_once_and_told(
    stage: Stage, proxy: Proxy, cut_off: Person, fault: str
) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    modal = await open_members(cut_off, "Growth")
    fill(cut_off, modal, traders=["grace"])
    proxy.lost_answers = {"UpdatePortfolio": 3 if fault == "lost" else 0}
    proxy.bad_gateways = {"UpdatePortfolio": 1 if fault == "gateway" else 0}
    proxy.delays = {"UpdatePortfolio": 2.6 if fault == "slow" else 0}
    await cut_off.submit(modal)
    assert "Still working" in text_of(modal)
    await told(cut_off, "are saved")
    await stage.slack.until(lambda: "are saved" in text_of(modal))
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", grace="TRADER")
    assert len(cut_off.messages()) == 1


async def test_a_change_that_was_lost_and_overtaken_is_not_called_unsaved(
    stage: Stage, proxy: Proxy, cut_off: Person
) -> None:
    portfolio_id = stage.create_portfolio("Growth", ada="MANAGER", grace="MANAGER")
    modal = await open_members(cut_off, "Growth")
    fill(cut_off, modal, traders=["alan"])
    proxy.bad_gateways = {"UpdatePortfolio": 1}
    await cut_off.submit(modal)
    assert members_of(stage, "Growth")[stage.trader("alan")] == "TRADER"
    update(stage, portfolio_id, members=listed(stage, ada="MANAGER", kay="VIEWER"))
    await told(cut_off, "perhaps after your change was saved")
    await stage.slack.until(lambda: has_field(modal, "viewers"))
    assert shown(modal)["viewers"] == ["U0KAY"]
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", kay="VIEWER")


async def test_members_are_a_button_of_the_page_for_managers_alone(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER")
    grace = stage.person(ada.door, "grace")
    await ask(ada, "Growth")
    await ask(grace, "Growth")
    mine, theirs = stage.slack.messages
    await ada.press(mine, "portfolio_members")
    modal = await ada.modal()
    await stage.slack.until(lambda: has_field(modal, "managers"))
    with pytest.raises(ValueError, match="portfolio_members"):
        await grace.press(theirs, "portfolio_members")


async def test_a_change_that_waits_for_another_bots_is_acked_in_time(stage: Stage, ada: Person) -> None:
    portfolio_id = stage.create_portfolio("Growth", ada="MANAGER")
    modal = await open_members(ada, "Growth")
    fill(ada, modal, traders=["grace"])
    database = await BotDatabase.open(stage.database_url)
    async with Claims(database).held(stage.slack.team_id, f"members:{portfolio_id}"):
        reply = await ada.submit(modal)
        assert reply.seconds < SUBMISSION_SECONDS
        assert "Still working" in text_of(modal)
        assert members_of(stage, "Growth") == roles(stage, ada="MANAGER")
    await database.close()
    await told(ada, "are saved")
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", grace="TRADER")


async def test_leaving_without_an_answer_is_told_too(stage: Stage, proxy: Proxy, cut_off: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="MANAGER")
    modal = await open_members(cut_off, "Growth")
    fill(cut_off, modal, managers=["grace"])
    await cut_off.submit(modal)
    fill(cut_off, modal, sure="yes")
    proxy.bad_gateways = {"UpdatePortfolio": 1}
    await cut_off.submit(modal)
    await told(cut_off, "You have left “Growth”")
    assert members_of(stage, "Growth") == roles(stage, grace="MANAGER")


async def test_the_buttons_of_a_message_and_of_the_form_lead_on(stage: Stage, ada: Person) -> None:
    portfolio_id = stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER")
    modal = await open_members(ada, "Growth")
    fill(ada, modal, viewers=["alan"])
    await ada.submit(modal)
    await told(ada, "are saved")
    [posted] = stage.slack.messages
    await ada.press(posted, "portfolio_members")
    modal = await ada.modal()
    await stage.slack.until(lambda: has_field(modal, "viewers"))
    assert shown(modal)["viewers"] == ["U0ALAN"]

    await ada.press(modal, "portfolio_rename", block_id="more")
    on_top = await ada.modal()
    await stage.slack.until(lambda: has_field(on_top, "name"))
    fill(ada, on_top, name="Income")
    await ada.submit(on_top)
    assert not modal.is_open
    assert members_of(stage, "Income")
    assert portfolio_id in {each["id"] for each in stage.portfolios()}


async def test_pressing_members_without_being_a_manager_names_them(stage: Stage, ada: Person) -> None:
    stage.create_portfolio("Growth", ada="MANAGER", grace="TRADER")
    modal = await open_members(ada, "Growth")
    fill(ada, modal, viewers=["alan"])
    await ada.submit(modal)
    await told(ada, "are saved")
    grace = stage.person(ada.door, "grace")
    await grace.press(stage.slack.messages[0], "portfolio_members")
    modal = await grace.modal()
    await stage.slack.until(lambda: "Only a manager of “Growth”" in text_of(modal))
    assert "<@U0ADA>" in text_of(modal)


@pytest.mark.parametrize("count", [30, 499])
async def test_a_large_team_is_shown_as_far_as_a_menu_goes_and_kept(
    stage: Stage, ada: Person, count: int
) -> None:
    many = {f"trader{number:03}": "TRADER" for number in range(count)}
    stage.create_portfolio("Growth", ada="MANAGER", **many)
    modal = await open_members(ada, "Growth")
    assert len(shown(modal)["traders"]) == min(count, 100)
    assert (f"{count - 100} more stay as they are" in text_of(modal)) is (count > 100)
    rest = [user_id.removeprefix("U0") for user_id in shown(modal)["traders"]][1:]
    fill(ada, modal, traders=rest, viewers=["trader000"] if count < 100 else ["trader000", "trader200"])
    await ada.submit(modal)
    await told(ada, "are saved")
    moved = {"trader000": "VIEWER"} | ({"trader200": "VIEWER"} if count > 100 else {})
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", **(many | moved))


async def test_more_than_500_members_are_refused_in_words(stage: Stage, ada: Person) -> None:
    many = {f"trader{number:03}": "TRADER" for number in range(499)}
    stage.create_portfolio("Growth", ada="MANAGER", **many)
    modal = await open_members(ada, "Growth")
    fill(ada, modal, viewers=["grace"])
    reply = await ada.submit(modal)
    assert "500 members at most" in errors(reply)["managers"]
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER", **many)
