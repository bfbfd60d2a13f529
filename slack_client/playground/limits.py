"""What Slack refuses of blocks, views and messages. Each complaint names the place and the limit."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Complaints = Iterator[str]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
METADATA_LENGTH = 3000
TITLE_LENGTH = 24
ID_LENGTH = 255
MESSAGE_TEXT_LENGTH = 40_000


def check_message(body: Json) -> list[str]:
    """Check a message: its fallback text and its blocks."""
    return list(_message(body))


def check_view(view: Json) -> list[str]:
    """Check a modal."""
    return list(_view(view))


def _message(body: Json) -> Complaints:
    yield from _text_length("text", body.get("text"), MESSAGE_TEXT_LENGTH)
    yield from _blocks(body.get("blocks", []), MESSAGE_BLOCKS)
    if any(block.get("type") == "input" for block in body.get("blocks", [])):
        yield "blocks: an input in a message"


def _view(view: Json) -> Complaints:
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        yield f"view: more than {VIEW_BYTES} bytes"
    for name in ("title", "submit", "close"):
        if name in view:
            yield from _text(f"view.{name}", view[name], TITLE_LENGTH, plain=True)
    if view.get("type") != "modal" or "title" not in view:
        yield "view: a modal with a title is wanted"
    if len(view.get("private_metadata", "")) > METADATA_LENGTH:
        yield f"view.private_metadata: more than {METADATA_LENGTH} characters"
    yield from _text_length("view.callback_id", view.get("callback_id", "-"), ID_LENGTH)
    blocks = view.get("blocks", [])
    yield from _blocks(blocks, VIEW_BLOCKS)
    if any(block.get("type") == "input" for block in blocks) and "submit" not in view:
        yield "view.submit: missing where there are inputs"


def _blocks(blocks: list[Json], limit: int) -> Complaints:
    if len(blocks) > limit:
        yield f"blocks: {len(blocks)}, at most {limit}"
    ids = Counter(block["block_id"] for block in blocks if "block_id" in block)
    yield from (f"blocks: block_id {name} stands {count} times" for name, count in ids.items() if count > 1)
    for index, block in enumerate(blocks):
        place = f"blocks[{index}]"
        yield from _text_length(f"{place}.block_id", block.get("block_id", "-"), ID_LENGTH)
        check = _BLOCKS.get(block.get("type", ""))
        if check is None:
            yield f"{place}: unknown type {block.get('type')}"
        else:
            yield from check(place, block)


def _section(place: str, block: Json) -> Complaints:
    if "text" not in block and "fields" not in block:
        yield f"{place}: neither text nor fields"
    if "text" in block:
        yield from _text(f"{place}.text", block["text"], 3000)
    yield from _count(f"{place}.fields", block.get("fields", [None]), 10)
    for index, field in enumerate(block.get("fields", [])):
        yield from _text(f"{place}.fields[{index}]", field, 2000)


def _header(place: str, block: Json) -> Complaints:
    yield from _text(f"{place}.text", block.get("text"), 150, plain=True)


def _context(place: str, block: Json) -> Complaints:
    elements = block.get("elements", [])
    yield from _count(f"{place}.elements", elements, 10)
    for index, element in enumerate(elements):
        if element.get("type") == "image":
            yield from _image(f"{place}.elements[{index}]", element)
        else:
            yield from _text(f"{place}.elements[{index}]", element, 2000)


def _actions(place: str, block: Json) -> Complaints:
    elements = block.get("elements", [])
    yield from _count(f"{place}.elements", elements, 25)
    for index, element in enumerate(elements):
        yield from _element(f"{place}.elements[{index}]", element)


def _input(place: str, block: Json) -> Complaints:
    yield from _text(f"{place}.label", block.get("label"), 2000, plain=True)
    if "hint" in block:
        yield from _text(f"{place}.hint", block["hint"], 2000, plain=True)
    yield from _element(f"{place}.element", block.get("element", {}))


def _image(place: str, block: Json) -> Complaints:
    yield from _text_length(f"{place}.alt_text", block.get("alt_text"), 2000)


def _divider(place: str, block: Json) -> Complaints:
    if set(block) - {"type", "block_id"}:
        yield f"{place}: a divider has nothing in it"


_BLOCKS: Mapping[str, Callable[[str, Json], Complaints]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "divider": _divider,
}


def _element(place: str, element: Json) -> Complaints:
    yield from _text_length(f"{place}.action_id", element.get("action_id", "-"), ID_LENGTH)
    if "placeholder" in element:
        yield from _text(f"{place}.placeholder", element["placeholder"], 150, plain=True)
    match element.get("type"):
        case "button":
            yield from _text(f"{place}.text", element.get("text"), 75, plain=True)
            yield from _text_length(f"{place}.value", element.get("value", "-"), 2000)
        case "plain_text_input":
            yield from _text_input(place, element)
        case "number_input":
            yield from _number_input(place, element)
        case "static_select":
            yield from _choices(place, element, 100)
        case "radio_buttons" | "checkboxes":
            yield from _choices(place, element, 10)
        case "overflow":
            yield from _choices(place, element, 5)
        case other:
            yield f"{place}: unknown type {other}"


def _text_input(place: str, element: Json) -> Complaints:
    longest = element.get("max_length", 3000)
    if not 1 <= longest <= 3000:
        yield f"{place}.max_length: {longest} is not in 1 … 3000"
    if len(element.get("initial_value", "")) > longest:
        yield f"{place}.initial_value: more than {longest} characters"


def _number_input(place: str, element: Json) -> Complaints:
    if "is_decimal_allowed" not in element:
        yield f"{place}.is_decimal_allowed: missing"
    for name in ("min_value", "max_value", "initial_value"):
        if not isinstance(element.get(name, ""), str):
            yield f"{place}.{name}: not a string"


def _choices(place: str, element: Json, limit: int) -> Complaints:
    options = element.get("options", [])
    yield from _count(f"{place}.options", options, limit)
    values = Counter(option.get("value") for option in options)
    yield from (f"{place}.options: value {value} twice" for value, count in values.items() if count > 1)
    for index, option in enumerate(options):
        yield from _text(f"{place}.options[{index}].text", option.get("text"), 75)
        yield from _text_length(f"{place}.options[{index}].value", option.get("value"), 75)
    initial = element.get(
        "initial_options", [element["initial_option"]] if "initial_option" in element else []
    )
    if any(option not in options for option in initial) or element.get("initial_options") == []:
        yield f"{place}: an initial choice that is none of the options"


def _count(place: str, items: list[Any], limit: int) -> Complaints:
    if not 1 <= len(items) <= limit:
        yield f"{place}: {len(items)}, wanted 1 … {limit}"


def _text(place: str, text: object, limit: int, *, plain: bool = False) -> Complaints:
    if not isinstance(text, Mapping):
        yield f"{place}: no text object"
        return
    allowed = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if text.get("type") not in allowed:
        yield f"{place}: type {text.get('type')}"
    if text.get("type") == "mrkdwn" and "emoji" in text:
        yield f"{place}: emoji in mrkdwn"
    yield from _text_length(f"{place}.text", text.get("text"), limit)


def _text_length(place: str, text: object, limit: int) -> Complaints:
    if not isinstance(text, str) or not text:
        yield f"{place}: empty"
    elif len(text) > limit:
        yield f"{place}: {len(text)} characters, at most {limit}"
