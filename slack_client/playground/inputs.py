"""What stands in the inputs of a view or a message, as `state.values` and `actions` say it."""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from slack_client.playground.elements import options_of

Json = dict[str, Any]
Typed = str | bool | Json | Sequence[str] | None

_VALUES = {
    "plain_text_input": "value",
    "number_input": "value",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_users_select": "selected_users",
    "checkboxes": "selected_options",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
}
_INITIAL = {
    "plain_text_input": "initial_value",
    "number_input": "initial_value",
    "users_select": "initial_user",
    "conversations_select": "initial_conversation",
    "channels_select": "initial_channel",
    "multi_users_select": "initial_users",
    "checkboxes": "initial_options",
    "static_select": "initial_option",
    "external_select": "initial_option",
    "radio_buttons": "initial_option",
}
_LISTS = frozenset({"checkboxes", "multi_users_select"})


class Key(NamedTuple):
    """An element's name in its view or message."""

    block_id: str
    action_id: str


class Placed(NamedTuple):
    """An element and the block around it."""

    block: Json
    element: Json

    @property
    def key(self) -> Key:
        """The element's name."""
        return Key(self.block["block_id"], self.element["action_id"])

    @property
    def is_stateful(self) -> bool:
        """Whether it holds something, unlike a button."""
        return self.element["type"] in _VALUES

    @property
    def dispatches(self) -> bool:
        """Whether using it is told to the bot at once."""
        if self.block["type"] != "input":
            return True
        return bool(self.block.get("dispatch_action", False))


def name_blocks(blocks: list[Json]) -> list[Json]:
    """Give every block and element the id that Slack gives to one that has none."""
    return [_named(block) for block in blocks]


def placed_elements(blocks: list[Json]) -> Iterator[Placed]:
    """Every interactive element of named blocks, in order."""
    for block in blocks:
        yield from (Placed(block, element) for element in _elements(block) if "action_id" in element)


def find_element(blocks: list[Json], action_id: str, block_id: str | None = None) -> Placed:
    """The element with these ids. Raises ValueError where there is none or more than one."""
    found = [
        placed
        for placed in placed_elements(blocks)
        if placed.key.action_id == action_id and block_id in {None, placed.key.block_id}
    ]
    if len(found) != 1:
        raise ValueError(f"{len(found)} elements are called {action_id}")
    return found[0]


def initial_inputs(blocks: list[Json], channel: str | None = None) -> dict[Key, Json]:
    """What stands in the elements before anybody touches them; `channel` is where the user is."""
    return {
        placed.key: _initial(placed.element, channel)
        for placed in placed_elements(blocks)
        if placed.is_stateful
    }


def empty_inputs(blocks: list[Json], inputs: dict[Key, Json]) -> list[str]:
    """The block ids of what must be filled in before Slack submits."""
    return [
        placed.key.block_id
        for placed in placed_elements(blocks)
        if placed.block["type"] == "input"
        and not placed.block.get("optional", False)
        and not inputs[placed.key][_VALUES[placed.element["type"]]]
    ]


def response_channels(blocks: list[Json], inputs: dict[Key, Json]) -> dict[Key, str]:
    """The chosen conversations that a submission brings a response_url for."""
    return {
        placed.key: channel
        for placed in placed_elements(blocks)
        if placed.element.get("response_url_enabled")
        and (channel := inputs[placed.key][_VALUES[placed.element["type"]]])
    }


def state_of(inputs: dict[Key, Json]) -> Json:
    """The `state` of a payload."""
    values: dict[str, Json] = {}
    for key, value in inputs.items():
        values.setdefault(key.block_id, {})[key.action_id] = value
    return {"values": values}


def typed_value(element: Json, typed: Typed, suggestions: Sequence[Json] = ()) -> Json:
    """What stands in an element after typing or choosing.

    Options are chosen by their value, or as they are where they came from a search. Raises ValueError
    for a choice that is not offered.
    """
    kind = element["type"]
    match kind:
        case "plain_text_input" | "number_input":
            held: Any = typed or None
        case "checkboxes":
            held = _checked(element, typed)
        case "static_select" | "radio_buttons":
            held = choose(options_of(element), typed)
        case "external_select":
            held = choose(suggestions, typed)
        case "multi_users_select":
            held = _listed(typed)
            if len(held) > element.get("max_selected_items", len(held)):
                raise ValueError(f"{len(held)} are more than may be chosen")
        case _:
            held = typed
    return {"type": kind, _VALUES[kind]: held}


def choose(options: Sequence[Json], wanted: Typed) -> Json | None:
    """The option with this value; None clears the choice. Raises ValueError where it is not offered."""
    if wanted is None:
        return None
    value = wanted["value"] if isinstance(wanted, dict) else wanted
    chosen = next((option for option in options if option["value"] == value), None)
    if chosen is None:
        raise ValueError(f"{value} is not offered")
    return chosen


def action_of(placed: Placed, value: Json, action_ts: str) -> Json:
    """One of the `actions` of a payload."""
    return {
        **value,
        "block_id": placed.key.block_id,
        "action_id": placed.key.action_id,
        "action_ts": action_ts,
    }


def press_value(element: Json) -> Json:
    """What a pressed button says of itself."""
    return {name: element[name] for name in ("type", "text", "value", "style", "url") if name in element}


def _listed(typed: Typed) -> list[str]:
    if isinstance(typed, str | bool | dict):
        raise ValueError(f"{typed} is no list")
    return list(typed or ())


def _checked(element: Json, typed: Typed) -> list[Json]:
    """True checks every box and False none; a list names the checked ones by their values."""
    if isinstance(typed, bool) or typed is None:
        return list(element["options"]) if typed else []
    return [option for value in _listed(typed) if (option := choose(element["options"], value))]


def _initial(element: Json, channel: str | None) -> Json:
    kind = element["type"]
    if element.get("default_to_current_conversation") and channel is not None:
        return {"type": kind, _VALUES[kind]: channel}
    return {"type": kind, _VALUES[kind]: element.get(_INITIAL[kind], [] if kind in _LISTS else None)}


def _elements(block: Json) -> list[Json]:
    match block["type"]:
        case "input":
            return [block["element"]]
        case "actions":
            return list(block["elements"])
        case "section" if "accessory" in block:
            return [block["accessory"]]
        case _:
            return []


def _named(block: Json) -> Json:
    named = {"block_id": secrets.token_urlsafe(4), **block}
    match block["type"]:
        case "input":
            named["element"] = _named_element(block["element"])
        case "actions":
            named["elements"] = [_named_element(element) for element in block["elements"]]
        case "section" if "accessory" in block:
            named["accessory"] = _named_element(block["accessory"])
    return named


def _named_element(element: Json) -> Json:
    if element["type"] == "image":
        return element
    return {"action_id": secrets.token_urlsafe(4), **element}
