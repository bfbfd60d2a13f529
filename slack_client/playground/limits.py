"""What Slack refuses of blocks, views and messages. Each complaint names the place and the limit."""

import json
from collections import Counter
from collections.abc import Callable, Mapping

from slack_client.playground import data_blocks
from slack_client.playground.elements import (
    NOT_IN_ACTIONS,
    NOT_IN_INPUTS,
    NOT_IN_SECTIONS,
    check_element,
    check_image,
)
from slack_client.playground.texts import (
    ID_LENGTH,
    Complaints,
    Json,
    check_count,
    check_length,
    check_optional,
    check_text,
)

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
METADATA_LENGTH = 3000
TITLE_LENGTH = 24
MESSAGE_TEXT_LENGTH = 40_000


def check_message(body: Json) -> list[str]:
    """Check a message: its fallback text and its blocks."""
    return [
        *check_length("text", body.get("text"), MESSAGE_TEXT_LENGTH),
        *check_message_blocks(body.get("blocks") or []),
    ]


def check_message_blocks(blocks: list[Json]) -> list[str]:
    """Check the blocks of a message."""
    return list(_message_blocks(blocks))


def check_view(view: Json) -> list[str]:
    """Check a modal or a Home view."""
    return list(_view(view))


def is_too_large(view: Json) -> bool:
    """Whether a view has more bytes than Slack takes."""
    return len(json.dumps(view).encode()) > VIEW_BYTES


def _message_blocks(blocks: list[Json]) -> Complaints:
    yield from _blocks(blocks, MESSAGE_BLOCKS)
    types = Counter(block.get("type") for block in blocks)
    if types["input"]:
        yield "blocks: an input in a message"
    if types["data_visualization"] > data_blocks.MESSAGE_CHARTS:
        yield f"blocks: {types['data_visualization']} charts, at most {data_blocks.MESSAGE_CHARTS}"


def _view(view: Json) -> Complaints:
    if is_too_large(view):
        yield f"view: more than {VIEW_BYTES} bytes"
    blocks = view.get("blocks", [])
    match view.get("type"):
        case "modal":
            yield from _modal(view, blocks)
        case "home":
            yield from (
                f"view.{name}: not in a home" for name in ("title", "submit", "close") if name in view
            )
        case other:
            yield f"view: type {other}, a modal or a home is wanted"
    if len(view.get("private_metadata", "")) > METADATA_LENGTH:
        yield f"view.private_metadata: more than {METADATA_LENGTH} characters"
    yield from check_optional("view", view, {"callback_id": ID_LENGTH, "external_id": ID_LENGTH})
    yield from _blocks(blocks, VIEW_BLOCKS)


def _modal(view: Json, blocks: list[Json]) -> Complaints:
    if "title" not in view:
        yield "view: a modal with a title is wanted"
    for name in ("title", "submit", "close"):
        if name in view:
            yield from check_text(f"view.{name}", view[name], TITLE_LENGTH, plain=True)
    types = {block.get("type", "") for block in blocks}
    if "input" in types and "submit" not in view:
        yield "view.submit: missing where there are inputs"
    yield from (f"blocks: a {name} in a modal" for name in sorted(types & data_blocks.NAMES))


def _blocks(blocks: list[Json], limit: int) -> Complaints:
    if len(blocks) > limit:
        yield f"blocks: {len(blocks)}, at most {limit}"
    ids = Counter(block["block_id"] for block in blocks if "block_id" in block)
    yield from (f"blocks: block_id {name} stands {count} times" for name, count in ids.items() if count > 1)
    for index, block in enumerate(blocks):
        place = f"blocks[{index}]"
        yield from check_optional(place, block, {"block_id": ID_LENGTH})
        check = _BLOCKS.get(block.get("type", ""))
        if check is None:
            yield f"{place}: unknown type {block.get('type')}"
        else:
            yield from check(place, block)
    yield from data_blocks.check_table_sizes(blocks)


def _section(place: str, block: Json) -> Complaints:
    if "text" not in block and "fields" not in block:
        yield f"{place}: neither text nor fields"
    if "text" in block:
        yield from check_text(f"{place}.text", block["text"], 3000)
    yield from check_count(f"{place}.fields", block.get("fields", [None]), 10)
    for index, field in enumerate(block.get("fields", [])):
        yield from check_text(f"{place}.fields[{index}]", field, 2000)
    if "accessory" in block:
        yield from check_element(f"{place}.accessory", block["accessory"], NOT_IN_SECTIONS)


def _header(place: str, block: Json) -> Complaints:
    yield from check_text(f"{place}.text", block.get("text"), 150, plain=True)


def _context(place: str, block: Json) -> Complaints:
    elements = block.get("elements", [])
    yield from check_count(f"{place}.elements", elements, 10)
    for index, element in enumerate(elements):
        if element.get("type") == "image":
            yield from check_image(f"{place}.elements[{index}]", element)
        else:
            yield from check_text(f"{place}.elements[{index}]", element, 2000)


def _actions(place: str, block: Json) -> Complaints:
    elements = block.get("elements", [])
    yield from check_count(f"{place}.elements", elements, 25)
    ids = Counter(element["action_id"] for element in elements if "action_id" in element)
    yield from (f"{place}: action_id {name} stands {count} times" for name, count in ids.items() if count > 1)
    for index, element in enumerate(elements):
        yield from check_element(f"{place}.elements[{index}]", element, NOT_IN_ACTIONS)


def _input(place: str, block: Json) -> Complaints:
    yield from check_text(f"{place}.label", block.get("label"), 2000, plain=True)
    if "hint" in block:
        yield from check_text(f"{place}.hint", block["hint"], 2000, plain=True)
    yield from check_element(f"{place}.element", block.get("element", {}), NOT_IN_INPUTS)


def _image(place: str, block: Json) -> Complaints:
    yield from check_image(place, block)
    if "title" in block:
        yield from check_text(f"{place}.title", block["title"], 2000, plain=True)


def _rich_text(place: str, block: Json) -> Complaints:
    if not block.get("elements"):
        yield f"{place}.elements: empty"


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
    "rich_text": _rich_text,
    "divider": _divider,
    "data_table": data_blocks.check_table,
    "data_visualization": data_blocks.check_chart,
}
