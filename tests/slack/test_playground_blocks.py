"""The stand-in refuses the elements and blocks that Slack refuses, and says where."""

from typing import Any

import pytest

from slack_client.blocks import Json, plain
from slack_client.playground.elements import check_suggestions
from slack_client.playground.limits import check_message, check_view
from tests.slack.scene import FORM, OPTIONS, actions, button, field

CONFIRM: Json = {name: plain("x", 30) for name in ("title", "text", "confirm", "deny")}
CELL: Json = {"type": "raw_text", "text": "x"}
NUMBER: Json = {"type": "raw_number", "value": 1.5, "text": "1.50"}
POINTS: list[Json] = [{"label": "Mon", "value": 1}, {"label": "Tue", "value": 2}]
RICH: Json = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}


def long(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def section(accessory: Json) -> Json:
    return {"type": "section", "text": plain("x", 9), "accessory": accessory}


def table(*rows: list[Json], **more: object) -> Json:
    return {"type": "data_table", "caption": "Positions", "rows": list(rows), **more}


def chart(kind: str = "line", series: list[Json] | None = None, **more: object) -> Json:
    return {
        "type": "data_visualization",
        "title": "Equity",
        "chart": {
            "type": kind,
            "series": series or [{"name": "Equity", "data": POINTS}],
            "axis_config": {"categories": ["Mon", "Tue"], "y_label": "$"},
            **more,
        },
    }


def pie(*values: float) -> Json:
    segments = [{"label": "AAPL", "value": value} for value in values]
    return {"type": "data_visualization", "title": "Shares", "chart": {"type": "pie", "segments": segments}}


def test_what_slack_takes_is_taken() -> None:
    assert check_view(FORM) == []
    home = [
        section(button("a", style="danger", confirm=CONFIRM, url="https://x.example")),
        section({"type": "multi_users_select", "initial_users": ["U1"], "max_selected_items": 2}),
        section({"type": "channels_select", "initial_channel": "C1"}),
        table([CELL, CELL], [CELL, NUMBER], [RICH, CELL], page_size=100),
        chart(),
        chart("bar"),
        pie(1, 0.5),
        RICH,
    ]
    assert check_view({"type": "home", "private_metadata": "x", "blocks": home}) == []
    assert check_message({"text": "x", "blocks": [table([CELL], [CELL]), chart("area"), pie(3)]}) == []


GROUPS: list[Json] = [{"label": plain("x", 9), "options": OPTIONS}]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (actions(button("a"), button("a")), "blocks[0]: action_id a stands 2 times"),
        (actions(button("a", style="blue")), "style: blue is neither primary nor danger"),
        (actions(button("a", url="x" * 3001)), "url: 3001 characters"),
        (actions(button("a", confirm=CONFIRM | {"title": long(101)})), "confirm.title.text: 101"),
        (actions(button("a", confirm=CONFIRM | {"text": long(301)})), "confirm.text.text: 301"),
        (actions(button("a", confirm=CONFIRM | {"confirm": long(31)})), "confirm.confirm.text: 31"),
        (actions(button("a", confirm=CONFIRM | {"deny": long(31)})), "confirm.deny.text: 31"),
        (actions(button("a", confirm={"title": plain("x", 9)})), "confirm.deny: no text object"),
        (actions({"type": "plain_text_input", "action_id": "a"}), "a plain_text_input may not stand here"),
        (actions({"type": "multi_users_select", "action_id": "a"}), "a multi_users_select may not stand"),
        (section({"type": "number_input", "is_decimal_allowed": True}), "a number_input may not stand here"),
        (field("a", button("a")), "a button may not stand here"),
        (field("a", {"type": "multi_external_select"}), "unknown type multi_external_select"),
        (field("a", {"type": "email_text_input"}), "unknown type email_text_input"),
        (field("a", {"type": "external_select", "min_query_length": -1}), "min_query_length: -1"),
        (field("a", {"type": "external_select", "options": OPTIONS}), "options in an external_select"),
        (
            field("a", {"type": "static_select", "options": OPTIONS, "option_groups": GROUPS}),
            "both options and option_groups",
        ),
        (field("a", {"type": "static_select", "option_groups": GROUPS * 101}), "option_groups: 101"),
        (
            field("a", {"type": "static_select", "option_groups": [{"options": OPTIONS}]}),
            "option_groups[0].label: no text object",
        ),
        (
            field("a", {"type": "static_select", "option_groups": GROUPS, "initial_option": {"value": "x"}}),
            "an initial choice that is none of the options",
        ),
        (
            field("a", {"type": "static_select", "options": [{"text": {"type": "mrkdwn", "text": "x"}}]}),
            "options[0].text: type mrkdwn",
        ),
        (
            field(
                "a", {"type": "multi_users_select", "initial_users": ["U1", "U2"], "max_selected_items": 1}
            ),
            "initial_users: 2, at most 1",
        ),
        (field("a", {"type": "multi_users_select", "initial_users": "U1"}), "not a list of user ids"),
        (
            field("a", {"type": "plain_text_input", "dispatch_action_config": {"trigger_actions_on": ["x"]}}),
            "dispatch_action_config.trigger_actions_on",
        ),
        (field("a", {"type": "plain_text_input"}, hint=long(2001)), "hint.text: 2001"),
        (section({"type": "conversations_select", "response_url_enabled": True}), "only in an input"),
        (section({"type": "overflow", "options": OPTIONS * 3}), "accessory.options: 6"),
        ({"type": "rich_text", "elements": []}, "blocks[0].elements: empty"),
        (table([CELL], [CELL]), "a data_table in a modal"),
        (chart(), "a data_visualization in a modal"),
    ],
)
def test_a_modals_blocks_are_refused_with_their_place(block: Json, said: str) -> None:
    complaints = check_view(FORM | {"blocks": [block]})
    assert any(said in complaint for complaint in complaints), complaints


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (table([CELL]), "blocks[0].rows: 1, wanted 2 … 101"),
        (table(*[[CELL]] * 102), "blocks[0].rows: 102"),
        (table([CELL] * 21, [CELL] * 21), "rows[0]: 21, wanted 1 … 20"),
        (table([CELL], [CELL, CELL]), "rows[1]: 2 cells, the header has 1"),
        (table([RICH], [CELL]), "rows[0][0]: a cell of type rich_text"),
        (table([CELL], [{"type": "plain_text", "text": "x"}]), "rows[1][0]: a cell of type plain_text"),
        (table([CELL], [{"type": "raw_number", "value": "1", "text": "1"}]), "value: not a number"),
        (table([CELL], [{"type": "raw_text", "text": ""}]), "rows[1][0].text: empty"),
        (table([CELL], [CELL], caption=""), "caption: empty"),
        (table([CELL], [CELL], page_size=101), "page_size: 101"),
        (table([CELL], [CELL | {"text": "x" * 10_000}]), "10001 characters in tables, at most 10000"),
        (chart() | {"title": "x" * 51}, "title: 51 characters"),
        (chart("scatter"), "chart: unknown type scatter"),
        (chart(series=[{"name": "x" * 21, "data": POINTS}]), "series[0].name: 21 characters"),
        (chart(series=[{"name": "x", "data": POINTS}] * 2), "series: a name twice"),
        (chart(series=[{"name": str(n), "data": POINTS} for n in range(7)]), "series: 7, wanted 1 … 6"),
        (chart(series=[{"name": "x", "data": POINTS[:1]}]), "the labels are not the categories"),
        (chart(series=[{"name": "x", "data": POINTS * 11}]), "series[0].data: 22, wanted 1 … 20"),
        (chart(axis_config={"categories": ["x" * 21]}), "categories[0]: 21 characters"),
        (chart(axis_config={"categories": ["x"] * 21}), "categories: 21, wanted 1 … 20"),
        (pie(0), "segments[0].value: 0 is not above zero"),
        (pie(*[1] * 7), "segments: 7, wanted 1 … 6"),
    ],
)
def test_tables_and_charts_are_refused_with_their_place(block: Json, said: str) -> None:
    complaints = check_message({"text": "x", "blocks": [block]})
    assert any(said in complaint for complaint in complaints), complaints


def test_a_message_has_two_charts_at_most() -> None:
    assert check_message({"text": "x", "blocks": [chart()] * 3}) == ["blocks: 3 charts, at most 2"]


@pytest.mark.parametrize("name", ["title", "submit", "close"])
def test_a_home_has_no_title_and_no_buttons(name: str) -> None:
    home: dict[str, Any] = {"type": "home", "blocks": [], name: plain("x", 9)}
    assert check_view(home) == [f"view.{name}: not in a home"]


def test_a_search_is_answered_with_a_hundred_options_at_most() -> None:
    options = [{"text": plain("x", 9), "value": str(number)} for number in range(101)]
    assert check_suggestions({"options": options}) == ["answer.options: 101, wanted 0 … 100"]
    assert check_suggestions({"options": []}) == []
    assert check_suggestions({"results": []}) == ["answer: unknown results"]
