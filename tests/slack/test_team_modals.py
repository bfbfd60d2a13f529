"""A team's forms and messages in each of their states, and nothing beyond Slack's limits."""

import pytest

from slack_client.answers import Member
from slack_client.blocks import Json
from slack_client.playground.limits import check_message, check_view
from slack_client.portfolios import NAME_LENGTH
from slack_client.team_forms import Errand, Typed, fingerprint, show_members
from slack_client.team_messages import members_saved
from slack_client.team_modals import (
    Task,
    archive_form,
    draw_again,
    members_form,
    new_portfolio_form,
    not_a_manager,
    rename_form,
)
from slack_client.words import MemberRole
from tests.slack.samples import ADA, LONG, TICKET, portfolio


def team(count: int) -> list[Member]:
    """So many of each role, and as many keys with long names."""
    people = [
        Member(trader=f"slack:{ADA.team_id}/U{role}{number}", role=role)
        for role in MemberRole
        for number in range(count)
    ]
    keys = [Member(trader=f"key:{number} {LONG}"[:100], role=MemberRole.VIEWER) for number in range(count)]
    return people + keys


@pytest.mark.parametrize("count", [0, 1, 30, 500])
@pytest.mark.parametrize("name", ["Growth", LONG[:NAME_LENGTH], "\u202eשלום", "<!channel>"])
def test_no_form_and_no_message_breaks_a_limit(count: int, name: str) -> None:
    members = team(count)
    errand = Errand(
        channel_id=TICKET.channel_id,
        response_url="https://hooks.slack.com/" + 1900 * "x",
        portfolio_id="p" * 36,
        portfolio_name=name,
        seen=fingerprint(members),
    )
    shown = show_members(members, ADA.team_id)
    views = [
        members_form(errand, shown, asks=True, notice=LONG),
        new_portfolio_form(errand, Typed(name=LONG, chosen=shown.chosen), LONG),
        rename_form(errand, LONG, LONG),
        archive_form(errand, LONG),
        not_a_manager(Task.ARCHIVE, errand, members, ADA.team_id),
    ]
    assert [check_view(view) for view in views] == [[]] * len(views)
    message = members_saved(portfolio(name), members, ADA)
    assert check_message(message.payload()) == []
    assert "<!channel>" not in message.text
    assert "<!channel>" not in "".join(mrkdwn_of(list(message.blocks)))


def mrkdwn_of(thing: object) -> list[str]:
    """Every text that Slack would format."""
    if isinstance(thing, dict):
        own = [thing["text"]] if thing.get("type") == "mrkdwn" else []
        return own + [text for value in thing.values() for text in mrkdwn_of(value)]
    if isinstance(thing, list):
        return [text for value in thing for text in mrkdwn_of(value)]
    return []


def test_the_same_members_have_the_same_fingerprint_in_any_order() -> None:
    members = team(3)
    promoted = [members[0].model_copy(update={"role": MemberRole.MANAGER}), *members[1:]]
    assert fingerprint(members) == fingerprint(members[::-1])
    assert fingerprint(members) != fingerprint(promoted)
    assert fingerprint(members) != fingerprint(members[1:])


def test_a_form_drawn_again_has_one_notice_and_what_was_typed() -> None:
    view = rename_form(Errand(portfolio_name="Growth"), "Growth", "before")
    typed: Json = {"name": {"name": {"value": "Income"}}}
    again = draw_again(view | {"state": {"values": typed}}, "after")
    assert [block["block_id"] for block in again["blocks"]] == ["notice", "portfolio", "name"]
    assert again["blocks"][2]["element"]["initial_value"] == "Income"
    assert check_view(again) == []
