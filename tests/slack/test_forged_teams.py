"""Forged forms and buttons of a team's portfolios: an answer in words, and nothing is changed."""

import json
from collections.abc import Callable

import pytest

from slack_client.playground.person import Person
from slack_client.playground.slack import Json, OpenView
from tests.slack.conftest import Stage
from tests.slack.team import errors, fill, members_of, names_of, open_form, open_members, roles
from tests.slack.test_forged import GONE, HUGE, Path, forged, press_forged
from tests.slack.test_trouble import problem_of
from tests.slack.working import shown

ERRAND: list[Callable[[Json], object]] = [
    lambda _: GONE,
    lambda _: 7,
    lambda _: HUGE,
    lambda _: "[]",
    lambda errand: json.dumps(errand | {"channel_id": 7}),
    lambda errand: json.dumps(errand | {"portfolio_id": HUGE}),
    lambda errand: json.dumps(errand | {"response_url": "gopher://x"}),
    lambda errand: json.dumps(errand | {"role": "MANAGER"}),
]


async def opened(stage: Stage, person: Person, what: str) -> OpenView:
    """A filled in form: a new portfolio's, its members' or its name's."""
    match what:
        case "new":
            modal = await open_form(person, "new Income")
        case "members":
            modal = await open_members(person, "Growth")
            fill(person, modal, traders=["grace"])
        case _:
            modal = await open_form(person, "rename Growth")
            fill(person, modal, name="Income")
    return modal


@pytest.mark.parametrize("what", ["new", "members", "rename"])
async def test_an_errand_that_is_not_the_bots_changes_nothing(
    stage: Stage, ada: Person, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    payload = ada.submission(await opened(stage, ada, what))
    path: Path = ["view", "private_metadata"]
    for change in ERRAND:
        value = change(json.loads(payload["view"]["private_metadata"]))
        reply = await ada.door.deliver("interactive", forged(payload, path, value))
        assert reply.status == 200
        assert problem_of(" ".join(reply.errors.values())) in caplog.text
    assert_nothing_changed(stage)


@pytest.mark.parametrize("what", ["members", "rename"])
async def test_anothers_portfolio_cannot_be_slipped_into_a_form(stage: Stage, ada: Person, what: str) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    others = stage.create_portfolio("Of others", grace="MANAGER", ada="VIEWER")
    hidden = stage.create_portfolio("Hidden", grace="MANAGER")
    payload = ada.submission(await opened(stage, ada, what))
    errand = json.loads(payload["view"]["private_metadata"])
    for portfolio_id in (others, hidden, "0" * 32, "\x00", "../admin"):
        value = json.dumps(errand | {"portfolio_id": portfolio_id})
        reply = await ada.door.deliver("interactive", forged(payload, ["view", "private_metadata"], value))
        assert reply.status == 200
        assert errors(reply) or reply.body["response_action"] == "update"
    assert names_of(stage) == ["Growth", "Hidden", "Of others"]
    assert members_of(stage, "Of others") == roles(stage, ada="VIEWER", grace="MANAGER")
    assert stage.slack.messages == []


@pytest.mark.parametrize("field", ["managers", "traders", "viewers"])
async def test_members_of_another_kind_change_nothing(stage: Stage, ada: Person, field: str) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    payload = ada.submission(await opened(stage, ada, "members"))
    values = payload["view"]["state"]["values"]
    [block_id] = [each for each in values if each.partition(".")[0] == field]
    [action_id] = values[block_id]
    path: Path = ["view", "state", "values", block_id, action_id, "selected_users"]
    for value in (7, [HUGE], ["\x00"], [{"id": "U0GRACE"}], ["../U0GRACE"], ["<!channel>"]):
        reply = await ada.door.deliver("interactive", forged(payload, path, value))
        assert reply.status == 200
        assert reply.errors or reply.body.get("response_action") == "update"
    assert_nothing_changed(stage)


@pytest.mark.parametrize("action_id", ["portfolio_members"])
async def test_a_button_with_a_forged_portfolio_opens_nothing_of_anothers(
    stage: Stage, ada: Person, action_id: str
) -> None:
    stage.create_portfolio("Growth", ada="MANAGER")
    hidden = stage.create_portfolio("Hidden", grace="MANAGER")
    await ada.command("Growth", "/portfolio")
    posted = await shown(stage)
    for value in (GONE, None, 7, HUGE, "\x00", hidden):
        before = len(stage.slack.messages) + len(stage.slack.views)
        assert await press_forged(ada, posted, action_id, ["actions", 0, "value"], value) == 200
        await stage.slack.until(
            lambda: len(stage.slack.messages) + len(stage.slack.views) > before  # noqa: B023  at once
        )
    assert "Hidden" not in str([view.view for view in stage.slack.views.values()])
    assert_nothing_changed(stage)


def assert_nothing_changed(stage: Stage) -> None:
    assert "Income" not in names_of(stage)
    assert members_of(stage, "Growth") == roles(stage, ada="MANAGER")
