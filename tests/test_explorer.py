"""What can be said of the GraphiQL page without a browser; tests/browser uses it in one."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from graphql import build_schema, parse, validate

from graphql_api import explorer

SCHEMA = build_schema((Path(__file__).parents[1] / "schema.graphql").read_text(encoding="utf-8"))
EXAMPLES = [
    dedent(example)
    for example in re.findall(
        r'<script type="application/graphql">(.*?)</script>', explorer.page(), re.DOTALL
    )
]


def test_there_are_examples_of_reading_trading_resting_and_following() -> None:
    fields = re.findall(r"^  (\w+)", "".join(EXAMPLES), re.MULTILINE)
    trading = ["quote", "previewOrder", "executeTrade", "portfolio"]
    assert fields == ["viewer", *trading, "placeOrder", "cancelOrder", "events"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_what_the_schema_allows(example: str) -> None:
    assert validate(SCHEMA, parse(example)) == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_fits_the_editor_beside_its_buttons(example: str) -> None:
    assert max(map(len, example.splitlines())) <= 50


def test_every_file_from_elsewhere_has_an_exact_version_and_a_hash() -> None:
    tags = re.findall(r"<(?:script|link)[^>]*(?:src|href)=\"https:[^>]*>", explorer.page())
    assert len(tags) == len(explorer.cdn_files()) == 6
    for tag in tags:
        assert re.search(r'"https://unpkg\.com/(@\w+/)?[\w-]+@\d+\.\d+\.\d+/', tag), tag
        assert 'integrity="sha384-' in tag
        assert "crossorigin" in tag


def test_the_policy_names_the_pages_own_script_by_its_hash() -> None:
    policy = explorer.content_security_policy()
    assert policy.count("'sha256-") == 1
    assert "unsafe-eval" not in policy
    assert "script-src 'unsafe-inline'" not in policy
