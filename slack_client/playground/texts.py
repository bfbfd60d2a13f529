"""What Slack refuses of a text, of a count and of a confirm dialog. Each complaint names the place."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
Complaints = Iterator[str]

ID_LENGTH = 255
URL_LENGTH = 3000


def check_text(place: str, text: object, limit: int, *, plain: bool = False) -> Complaints:
    """Check a text object; `plain` where Slack takes no mrkdwn."""
    if not isinstance(text, Mapping):
        yield f"{place}: no text object"
        return
    allowed = {"plain_text"} if plain else {"plain_text", "mrkdwn"}
    if text.get("type") not in allowed:
        yield f"{place}: type {text.get('type')}"
    if text.get("type") == "mrkdwn" and "emoji" in text:
        yield f"{place}: emoji in mrkdwn"
    yield from check_length(f"{place}.text", text.get("text"), limit)


def check_length(place: str, text: object, limit: int) -> Complaints:
    """Check a string that may not be empty."""
    if not isinstance(text, str) or not text:
        yield f"{place}: empty"
    elif len(text) > limit:
        yield f"{place}: {len(text)} characters, at most {limit}"


def check_count(place: str, items: Sequence[object], limit: int, least: int = 1) -> Complaints:
    """Check how many there are."""
    if not least <= len(items) <= limit:
        yield f"{place}: {len(items)}, wanted {least} … {limit}"


def check_range(place: str, number: object, least: int, limit: int) -> Complaints:
    """Check a whole number."""
    if not isinstance(number, int) or not least <= number <= limit:
        yield f"{place}: {number} is not in {least} … {limit}"


def check_optional(place: str, thing: Json, limits: Mapping[str, int]) -> Complaints:
    """Check those strings of a thing that it has, by name."""
    for name, limit in limits.items():
        if name in thing:
            yield from check_length(f"{place}.{name}", thing[name], limit)


def check_style(place: str, thing: Json) -> Complaints:
    """Check a button's style; the default has none."""
    if thing.get("style", "primary") not in {"primary", "danger"}:
        yield f"{place}.style: {thing['style']} is neither primary nor danger"


def check_confirm(place: str, dialog: Json) -> Complaints:
    """Check the dialog that asks before an action is sent."""
    for name, limit in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from check_text(f"{place}.{name}", dialog.get(name), limit, plain=True)
    yield from check_style(place, dialog)
