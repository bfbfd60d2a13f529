"""Block Kit's pieces, each cut to Slack's limits before it can break one.

User text goes into plain_text objects, which Slack shows as they are: no formatting, no mentions.
Where mrkdwn is needed, `unformatted` comes first, or `escape` for words of ours.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from slack_client.figures import clock

Json = dict[str, Any]

OPTIONS_LIMIT = 100
OPTION_TEXT_LIMIT = 75
USERS_LIMIT = 100
TEXT_LIMIT = 3000
SECTION_LIMIT = 3000
FIELD_LIMIT = 2000
FIELDS_LIMIT = 10
TITLE_LIMIT = 24
PLACEHOLDER_LIMIT = 150
BUTTON_LIMIT = 75
ACTIONS_LIMIT = 25
HEADER_LIMIT = 150
QUESTION_TITLE_LIMIT = 100
QUESTION_LIMIT = 300
ANSWER_LIMIT = 30
_MARKERS = re.compile(r"[*~`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""What Slack formats by; an underscore within a word is none."""
_TWINS = {
    "*": "\N{ASTERISK OPERATOR}",
    "~": "\N{TILDE OPERATOR}",
    "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
    "_": "\N{FULLWIDTH LOW LINE}",
}


def cut(text: str, limit: int) -> str:
    """Shorten a text to the limit, with an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def escape(text: str) -> str:
    """Make a text safe for mrkdwn: Slack's three control characters become entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unformatted(text: str) -> str:
    """Make a text safe for mrkdwn, and show it as it is: what could open a format is drawn by its twin."""
    return _MARKERS.sub(lambda marker: _TWINS[marker[0]], escape(text))


def plain(text: str, limit: int) -> Json:
    """Draw a plain_text object."""
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}


def paragraph(text: str, block_id: str | None = None) -> Json:
    """Draw a section of plain text."""
    return _named({"type": "section", "text": plain(text, SECTION_LIMIT)}, block_id)


def markdown(text: str, block_id: str | None = None) -> Json:
    """Draw a section of mrkdwn; whatever a user wrote in it was escaped before."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": cut(text, SECTION_LIMIT)}}
    return _named(section, block_id)


def row(text: str, element: Json, block_id: str) -> Json:
    """Draw plain text with a button at its end."""
    return paragraph(text, block_id) | {"accessory": element}


def facts(pairs: Sequence[tuple[str, str]]) -> Json:
    """Draw names and values in two columns."""
    fields = [plain(f"{name}\n{value}", FIELD_LIMIT) for name, value in pairs[:FIELDS_LIMIT]]
    return {"type": "section", "fields": fields}


def beside(section: Json, element: Json | None) -> Json:
    """Put a button beside a section, where there is one."""
    return section | ({"accessory": element} if element else {})


def small_print(text: str) -> Json:
    """Draw a line of small grey text."""
    return {"type": "context", "elements": [plain(text, FIELD_LIMIT)]}


def option(text: str, value: str) -> Json:
    """Draw one choice of a select, of radio buttons or of checkboxes."""
    return {"text": plain(text, OPTION_TEXT_LIMIT), "value": value}


def field(
    block_id: str, label: str, element: Json, *, optional: bool = False, dispatches: bool = False
) -> Json:
    """Draw an input. The element's action id is the block's id: one name for one field.

    One that `dispatches` tells the bot of every change.
    """
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, FIELD_LIMIT),
        "element": {**element, "action_id": block_id},
        "optional": optional,
        "dispatch_action": dispatches,
    }


def text_input(initial: str, placeholder: str, max_length: int, *, multiline: bool = False) -> Json:
    """Draw a text input, filled in where there is something to fill in."""
    element = {
        "type": "plain_text_input",
        "placeholder": plain(placeholder, PLACEHOLDER_LIMIT),
        "max_length": max_length,
        "multiline": multiline,
    }
    return element | ({"initial_value": initial[:max_length]} if initial else {})


def live_text_input(initial: str, placeholder: str, max_length: int) -> Json:
    """Draw a text input that, in a field that dispatches, tells of every character."""
    live = {"trigger_actions_on": ["on_character_entered"]}
    return text_input(initial, placeholder, max_length) | {"dispatch_action_config": live}


def radio_buttons(options: Sequence[Json], chosen: str) -> Json:
    """Draw radio buttons with one of them chosen by its value."""
    return {"type": "radio_buttons", "options": list(options), "initial_option": _chosen(options, chosen)}


def select(options: Sequence[Json], chosen: str, placeholder: str) -> Json:
    """Draw a menu of at most 100 choices with one of them chosen by its value."""
    shown = list(options[:OPTIONS_LIMIT])
    return {
        "type": "static_select",
        "placeholder": plain(placeholder, PLACEHOLDER_LIMIT),
        "options": shown,
        "initial_option": _chosen(shown, chosen),
    }


def search_select(chosen: Json | None, placeholder: str) -> Json:
    """Draw a menu whose choices come from the bot as its user types."""
    element = {
        "type": "external_select",
        "placeholder": plain(placeholder, PLACEHOLDER_LIMIT),
        "min_query_length": 1,
    }
    return element | ({"initial_option": chosen} if chosen else {})


def users_select(chosen: Sequence[str], placeholder: str) -> Json:
    """Draw a menu of people, at most 100 of them chosen at first."""
    element = {"type": "multi_users_select", "placeholder": plain(placeholder, PLACEHOLDER_LIMIT)}
    return element | ({"initial_users": list(chosen[:USERS_LIMIT])} if chosen else {})


def checkbox(choice: Json, *, checked: bool) -> Json:
    """Draw a single checkbox."""
    return {"type": "checkboxes", "options": [choice]} | ({"initial_options": [choice]} if checked else {})


def button(text: str, action_id: str, value: str, *, confirm: Json | None = None, style: str = "") -> Json:
    """Draw a button; one with `confirm` asks first. `style` is primary, danger or nothing."""
    return {
        "type": "button",
        "text": plain(text, BUTTON_LIMIT),
        "action_id": action_id,
        "value": value,
        **({"confirm": confirm} if confirm else {}),
        **({"style": style} if style else {}),
    }


def question(title: str, text: str, yes: str, no: str) -> Json:
    """Draw the dialog that asks before a button acts."""
    return {
        "title": plain(title, QUESTION_TITLE_LIMIT),
        "text": plain(text, QUESTION_LIMIT),
        "confirm": plain(yes, ANSWER_LIMIT),
        "deny": plain(no, ANSWER_LIMIT),
    }


def actions(elements: Sequence[Json], block_id: str | None = None) -> Json:
    """Draw a row of buttons, at most 25."""
    return _named({"type": "actions", "elements": list(elements[:ACTIONS_LIMIT])}, block_id)


def header(text: str) -> Json:
    """Draw a heading."""
    return {"type": "header", "text": plain(text, HEADER_LIMIT)}


def moment(at: datetime) -> str:
    """A time in mrkdwn, in the reader's own time zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{clock(at)}>"


def _chosen(options: Sequence[Json], value: str) -> Json:
    return next((each for each in options if each["value"] == value), options[0])


def _named(block: Json, block_id: str | None) -> Json:
    return block | ({"block_id": block_id} if block_id else {})
