"""What the bot draws keeps to Slack's rules and to its own: nothing that a user wrote acts, the text says
what the blocks say, a loss has its sign, and what is cut is said to be cut."""

import html
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any, get_type_hints

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

import slack_client
from slack_client.blocks import Json
from slack_client.check.samples import Kind, Sample, draw_samples
from slack_client.manifest import build_manifest
from slack_client.messages import Message
from slack_client.playground.data_blocks import NAMES as NEW_BLOCKS
from slack_client.playground.limits import check_message, check_view

SAMPLES = list(draw_samples())
MESSAGES = [sample for sample in SAMPLES if sample.kind is Kind.MESSAGE]
CUT = [
    sample
    for sample in SAMPLES
    if re.search("500 (orders|symbols|positions|portfolios|members)", sample.name)
]
SHOWN = re.compile(r"Showing [\d,]+ (to [\d,]+ )?of (more than )?[\d,]+ |[\d,]+ more\b")
FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
SIGNED = (
    re.compile(r"(\S+) unrealized"),
    re.compile(r"(?:Unrealized P&L|Realized P&L|Day's change)\n(\S+)"),
    re.compile(r"day's change (\S+)"),
    re.compile(r", (\S+) today"),
)
SIGN = re.compile(r"[+-]\$|no\b")
"""A sign and an amount, or `no close yet`."""
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])
each_message = pytest.mark.parametrize("sample", MESSAGES, ids=[sample.name for sample in MESSAGES])


def texts(thing: object, *kinds: str) -> Iterator[str]:
    """The texts of these kinds that stand in a payload's blocks."""
    match thing:
        case {"type": str(kind), "text": str(text)} if kind in kinds:
            yield text
        case dict():
            for value in thing.values():
                yield from texts(value, *kinds)
        case list():
            for value in thing:
                yield from texts(value, *kinds)
        case _:
            pass


def read(sample: Sample) -> list[str]:
    """Every text of a sample's blocks as its reader sees it, dates in UTC and without mentions."""
    formatted = (
        html.unescape(re.sub(r"<@\w+>", "", re.sub(r"<!date\^[^|>]*\|([^>]*)>", r"\1", text)))
        for text in texts(sample.payload["blocks"], "mrkdwn")
    )
    return [*formatted, *texts(sample.payload["blocks"], "plain_text", "raw_text", "raw_number")]


def pure_builders() -> Iterator[Callable[..., object]]:
    """The public functions of the bot that return a message, or what may be a view or a part of one."""
    for module_info in pkgutil.walk_packages(slack_client.__path__, "slack_client."):
        if "playground" in module_info.name or module_info.name.endswith("__main__"):
            continue
        module = importlib.import_module(module_info.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_its_own = function.__module__ == module.__name__ and not name.startswith("_")
            if is_its_own and get_type_hints(function).get("return") in (Message, Json):
                yield function


def test_no_two_samples_have_one_name() -> None:
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES)


def test_whatever_draws_is_among_the_samples() -> None:
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(note)
    try:
        list(draw_samples())
    finally:
        sys.setprofile(None)
    undrawn = [function for function in pure_builders() if function.__code__ not in called]
    assert [each.__qualname__ for each in undrawn if each is not build_manifest] == []


@each_sample
def test_no_sample_breaks_a_limit(sample: Sample) -> None:
    check = check_message if sample.kind is Kind.MESSAGE else check_view
    assert check(sample.payload) == []


@each_sample
def test_slacks_own_models_take_every_sample(sample: Sample) -> None:
    old = [block for block in sample.payload["blocks"] if block["type"] not in NEW_BLOCKS]
    assert [block.to_dict() for block in Block.parse_all(old)] == old
    if sample.kind is not Kind.MESSAGE:
        View(**sample.payload | {"blocks": old}).to_dict()


@each_sample
def test_nothing_that_a_user_wrote_acts(sample: Sample) -> None:
    for text in texts(sample.payload["blocks"], "mrkdwn"):
        ours = re.sub(r"<!date\^\d+\^[^|<>]*\|[^|<>]*>", "", text)
        assert not re.search(r"<[!h]|<@U123|<https?:", ours)
        assert not re.search(r"[*_~`](bold|it|gone|code)\b", ours)


@each_message
def test_nothing_in_a_fallback_text_acts(sample: Sample) -> None:
    assert sample.payload["mrkdwn"] is False
    assert not re.search(r"<(?!@U0\w+>)", sample.payload["text"])


@each_message
def test_the_text_says_every_figure_or_that_it_is_cut(sample: Sample) -> None:
    said = sample.payload["text"]
    if not said.endswith("…"):
        figures = {figure for text in read(sample) for figure in FIGURE.findall(text)}
        assert figures - set(FIGURE.findall(html.unescape(said))) == set()


@each_sample
def test_what_was_won_or_lost_has_its_sign(sample: Sample) -> None:
    said = [*read(sample), html.unescape(sample.payload.get("text", ""))]
    amounts = [amount for text in said for pattern in SIGNED for amount in pattern.findall(text)]
    assert [amount for amount in amounts if not SIGN.match(amount)] == []
    tables = [block["rows"] for block in sample.payload["blocks"] if block["type"] == "data_table"]
    profits = [row[-1]["text"] for rows in tables for row in rows[1:]]
    assert [profit for profit in profits if profit[0] not in "+-"] == []


def test_signs_are_looked_for_where_there_are_some() -> None:
    said = "\n".join(text for sample in SAMPLES for text in read(sample))
    assert all(pattern.search(said) for pattern in SIGNED)


@pytest.mark.parametrize("sample", CUT, ids=[sample.name for sample in CUT])
def test_what_is_cut_is_said_to_be(sample: Sample) -> None:
    assert any(SHOWN.search(text) for text in read(sample))
    if sample.kind is Kind.MESSAGE:
        assert SHOWN.search(sample.payload["text"])
