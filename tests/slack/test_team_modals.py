"""A team's forms drawn again as they were submitted, and told apart by who is in them."""

from slack_client.answers import Member
from slack_client.blocks import Json
from slack_client.playground.limits import check_view
from slack_client.team.forms import Errand, fingerprint
from slack_client.team.modals import draw_again, rename_form
from slack_client.words import MemberRole
from tests.slack.samples import ADA, LONG


def team(count: int) -> list[Member]:
    """So many of each role, and as many keys with long names."""
    people = [
        Member(trader=f"slack:{ADA.team_id}/U{role}{number}", role=role)
        for role in MemberRole
        for number in range(count)
    ]
    keys = [Member(trader=f"key:{number} {LONG}"[:100], role=MemberRole.VIEWER) for number in range(count)]
    return people + keys


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
