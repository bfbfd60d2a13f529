"""What Slack refuses of buttons, menus and inputs, and where each of them may stand."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from slack_client.playground.texts import (
    ID_LENGTH,
    URL_LENGTH,
    Complaints,
    Json,
    check_confirm,
    check_count,
    check_length,
    check_optional,
    check_range,
    check_style,
    check_text,
)

OPTIONS = 100
OPTION_LENGTH = 75
NOT_IN_INPUTS = frozenset({"button", "overflow", "image"})
NOT_IN_ACTIONS = frozenset({"plain_text_input", "number_input", "multi_users_select", "image"})
NOT_IN_SECTIONS = frozenset({"plain_text_input", "number_input"})
_TRIGGERS = frozenset({"on_enter_pressed", "on_character_entered"})


def check_element(place: str, element: Json, banned: frozenset[str]) -> Complaints:
    """Check an element; `banned` are the types that may not stand at this place."""
    kind = element.get("type", "")
    check = _ELEMENTS.get(kind)
    if check is None:
        yield f"{place}: unknown type {kind or None}"
        return
    if kind in banned:
        yield f"{place}: a {kind} may not stand here"
    yield from check_optional(place, element, {"action_id": ID_LENGTH})
    if "placeholder" in element:
        yield from check_text(f"{place}.placeholder", element["placeholder"], 150, plain=True)
    if "confirm" in element:
        yield from check_confirm(f"{place}.confirm", element["confirm"])
    yield from check(place, element)


def check_image(place: str, image: Json) -> Complaints:
    """Check an image, as an element or as a block."""
    yield from check_length(f"{place}.alt_text", image.get("alt_text"), 2000)
    if "slack_file" not in image:
        yield from check_length(f"{place}.image_url", image.get("image_url"), URL_LENGTH)


def check_suggestions(answer: Json) -> list[str]:
    """Check what the bot answers to a search in an external_select."""
    unknown = set(answer) - {"options", "option_groups"}
    return [
        *(f"answer: unknown {name}" for name in sorted(unknown)),
        *_offer("answer", answer, OPTIONS, least=0),
    ]


def options_of(offer: Json) -> list[Any]:
    """Every option of a menu or of an answer, those in groups too."""
    groups = offer.get("option_groups", [])
    return [*offer.get("options", []), *(option for group in groups for option in group.get("options", []))]


def _button(place: str, element: Json) -> Complaints:
    yield from check_text(f"{place}.text", element.get("text"), OPTION_LENGTH, plain=True)
    yield from check_optional(
        place, element, {"value": 2000, "url": URL_LENGTH, "accessibility_label": OPTION_LENGTH}
    )
    yield from check_style(place, element)


def _dispatch_action_config(place: str, element: Json) -> Complaints:
    if "dispatch_action_config" not in element:
        return
    triggers = element["dispatch_action_config"].get("trigger_actions_on", [])
    if not triggers or set(triggers) - _TRIGGERS:
        yield f"{place}.dispatch_action_config.trigger_actions_on: {triggers}"


def _text_input(place: str, element: Json) -> Complaints:
    longest = element.get("max_length", 3000)
    yield from check_range(f"{place}.max_length", longest, 1, 3000)
    if len(element.get("initial_value", "")) > longest:
        yield f"{place}.initial_value: more than {longest} characters"
    if element.get("initial_value") is None and "initial_value" in element:
        yield f"{place}.initial_value: null"
    yield from _dispatch_action_config(place, element)


def _number_input(place: str, element: Json) -> Complaints:
    if "is_decimal_allowed" not in element:
        yield f"{place}.is_decimal_allowed: missing"
    for name in ("min_value", "max_value", "initial_value"):
        if not isinstance(element.get(name, ""), str):
            yield f"{place}.{name}: not a string"
    yield from _dispatch_action_config(place, element)


def _static_select(place: str, element: Json) -> Complaints:
    yield from _offer(place, element, OPTIONS, least=1)
    yield from _initial(place, element)


def _external_select(place: str, element: Json) -> Complaints:
    yield from check_range(f"{place}.min_query_length", element.get("min_query_length", 3), 0, 75)
    if "initial_option" in element:
        yield from _option(f"{place}.initial_option", element["initial_option"], plain=True)
    if "options" in element or "option_groups" in element:
        yield f"{place}: options in an external_select"


def _buttons_to_choose(place: str, element: Json) -> Complaints:
    yield from _options(place, element.get("options", []), 10, plain=False)
    yield from _initial(place, element)


def _overflow(place: str, element: Json) -> Complaints:
    yield from _options(place, element.get("options", []), 5, plain=True)
    for index, option in enumerate(element.get("options", [])):
        yield from check_optional(f"{place}.options[{index}]", option, {"url": URL_LENGTH})


def _multi_users_select(place: str, element: Json) -> Complaints:
    most = element.get("max_selected_items", OPTIONS)
    yield from check_range(f"{place}.max_selected_items", most, 1, OPTIONS)
    chosen = element.get("initial_users", [])
    if not isinstance(chosen, list) or not all(isinstance(user_id, str) for user_id in chosen):
        yield f"{place}.initial_users: not a list of user ids"
    elif len(chosen) > most:
        yield f"{place}.initial_users: {len(chosen)}, at most {most}"


def _initial_id(name: str) -> Callable[[str, Json], Complaints]:
    def check(place: str, element: Json) -> Complaints:
        yield from check_optional(place, element, {name: ID_LENGTH})
        if "response_url_enabled" in element and not place.endswith(".element"):
            yield f"{place}.response_url_enabled: only in an input"

    return check


_ELEMENTS: Mapping[str, Callable[[str, Json], Complaints]] = {
    "button": _button,
    "plain_text_input": _text_input,
    "number_input": _number_input,
    "static_select": _static_select,
    "external_select": _external_select,
    "users_select": _initial_id("initial_user"),
    "conversations_select": _initial_id("initial_conversation"),
    "channels_select": _initial_id("initial_channel"),
    "multi_users_select": _multi_users_select,
    "radio_buttons": _buttons_to_choose,
    "checkboxes": _buttons_to_choose,
    "overflow": _overflow,
    "image": check_image,
}


def _offer(place: str, offer: Json, limit: int, least: int) -> Complaints:
    """Options or groups of options, but not both."""
    if "option_groups" not in offer:
        yield from _options(place, offer.get("options", []), limit, plain=True, least=least)
        return
    if "options" in offer:
        yield f"{place}: both options and option_groups"
    groups = offer["option_groups"]
    yield from check_count(f"{place}.option_groups", groups, limit, least)
    for index, group in enumerate(groups):
        name = f"{place}.option_groups[{index}]"
        yield from check_text(f"{name}.label", group.get("label"), OPTION_LENGTH, plain=True)
        yield from _options(name, group.get("options", []), limit, plain=True)
    yield from _twins(place, options_of({"option_groups": groups}))


def _options(place: str, options: list[Json], limit: int, *, plain: bool, least: int = 1) -> Complaints:
    yield from check_count(f"{place}.options", options, limit, least)
    yield from _twins(place, options)
    for index, option in enumerate(options):
        yield from _option(f"{place}.options[{index}]", option, plain=plain)


def _twins(place: str, options: list[Json]) -> Complaints:
    values = Counter(option.get("value") for option in options)
    yield from (f"{place}.options: value {value} twice" for value, count in values.items() if count > 1)


def _option(place: str, option: Json, *, plain: bool) -> Complaints:
    yield from check_text(f"{place}.text", option.get("text"), OPTION_LENGTH, plain=plain)
    yield from check_length(f"{place}.value", option.get("value"), OPTION_LENGTH)
    if "description" in option:
        yield from check_text(f"{place}.description", option["description"], OPTION_LENGTH, plain=plain)


def _initial(place: str, element: Json) -> Complaints:
    """What is chosen at first must be among the options, to the letter."""
    one = [element["initial_option"]] if "initial_option" in element else []
    initial = element.get("initial_options", one)
    options = options_of(element)
    if any(option not in options for option in initial) or element.get("initial_options") == []:
        yield f"{place}: an initial choice that is none of the options"
