"""The page of figures that is kept beside the code: a chapter a part, each as it was measured last."""

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

from bench.report import Report

PAGE = Path(__file__).with_name("RESULTS.md")
_HEAD = """\
# What it costs

Written by `python -m bench --save`; `make bench` measures again.
"""


def save(reports: Sequence[Report]) -> None:
    """Write the chapters of these reports anew, and leave the others as they are."""
    PAGE.write_text(put_into(PAGE.read_text() if PAGE.exists() else "", reports))


def put_into(page: str, reports: Sequence[Report]) -> str:
    """The page with the chapters of these reports in the place of the ones before."""
    _, *chapters = re.split(r"(?m)^## ", page)
    kept = {chapter.split("\n", 1)[0]: chapter for chapter in chapters}
    for report in reports:
        about = textwrap.fill(report.about, 100)
        kept[report.title] = f"{report.title}\n{about}\n\n```\n{report.text()}\n```\n"
    return "\n## ".join([_HEAD, *(chapter.rstrip("\n") + "\n" for chapter in kept.values())])
