"""What Slack refuses of tables and charts: the blocks of 2026, for messages and App Home."""

from collections.abc import Mapping
from typing import Any

from slack_client.playground.texts import (
    Complaints,
    Json,
    check_count,
    check_length,
    check_optional,
    check_range,
)

NAMES = frozenset({"data_table", "data_visualization"})
TABLE_CHARACTERS = 10_000
MESSAGE_CHARTS = 2
_ROWS = 101
_COLUMNS = 20
_SERIES = 6
_POINTS = 20
_LABEL_LENGTH = 20
_TITLE_LENGTH = 50


def check_table(place: str, block: Json) -> Complaints:
    """Check a data_table: a header and one to a hundred rows of as many cells."""
    if not isinstance(block.get("caption"), str) or not block["caption"]:
        yield f"{place}.caption: empty"
    rows = block.get("rows", [])
    yield from check_count(f"{place}.rows", rows, _ROWS, least=2)
    yield from check_range(f"{place}.page_size", block.get("page_size", 5), 1, 100)
    yield from check_range(
        f"{place}.row_header_column_index", block.get("row_header_column_index", 0), 0, _COLUMNS - 1
    )
    for index, row in enumerate(rows):
        yield from check_count(f"{place}.rows[{index}]", row, _COLUMNS)
        if len(row) != len(rows[0]):
            yield f"{place}.rows[{index}]: {len(row)} cells, the header has {len(rows[0])}"
        for column, cell in enumerate(row):
            yield from _cell(f"{place}.rows[{index}][{column}]", cell, in_header=index == 0)


def check_table_sizes(blocks: list[Json]) -> Complaints:
    """Check the characters of all tables of a message or view together."""
    characters = sum(
        len(str(cell.get("text", "")))
        for block in blocks
        if block.get("type") == "data_table"
        for row in block.get("rows", [])
        for cell in row
    )
    if characters > TABLE_CHARACTERS:
        yield f"blocks: {characters} characters in tables, at most {TABLE_CHARACTERS}"


def check_chart(place: str, block: Json) -> Complaints:
    """Check a data_visualization: a pie of segments, or series over named categories."""
    yield from check_length(f"{place}.title", block.get("title"), _TITLE_LENGTH)
    chart = block.get("chart", {})
    match chart.get("type"):
        case "pie":
            segments = chart.get("segments", [])
            yield from check_count(f"{place}.chart.segments", segments, _SERIES)
            for index, segment in enumerate(segments):
                yield from _segment(f"{place}.chart.segments[{index}]", segment)
        case "line" | "bar" | "area":
            yield from _series_chart(f"{place}.chart", chart)
        case other:
            yield f"{place}.chart: unknown type {other}"


def _cell(place: str, cell: Json, *, in_header: bool) -> Complaints:
    match cell.get("type"):
        case "raw_text":
            yield from check_length(f"{place}.text", cell.get("text"), TABLE_CHARACTERS)
        case "raw_number":
            yield from check_length(f"{place}.text", cell.get("text"), TABLE_CHARACTERS)
            if not _is_number(cell.get("value")):
                yield f"{place}.value: not a number"
        case "rich_text" if not in_header:
            yield from check_count(f"{place}.elements", cell.get("elements", []), _ROWS)
        case other:
            yield f"{place}: a cell of type {other}"


def _segment(place: str, segment: Json) -> Complaints:
    yield from check_length(f"{place}.label", segment.get("label"), _LABEL_LENGTH)
    value = segment.get("value")
    if not _is_number(value) or not value or value < 0:
        yield f"{place}.value: {value} is not above zero"


def _series_chart(place: str, chart: Json) -> Complaints:
    axis = chart.get("axis_config", {})
    categories = axis.get("categories", [])
    yield from check_count(f"{place}.axis_config.categories", categories, _POINTS)
    for index, category in enumerate(categories):
        yield from check_length(f"{place}.axis_config.categories[{index}]", category, _LABEL_LENGTH)
    yield from check_optional(
        f"{place}.axis_config", axis, {"x_label": _TITLE_LENGTH, "y_label": _TITLE_LENGTH}
    )
    series = chart.get("series", [])
    yield from check_count(f"{place}.series", series, _SERIES)
    if len({each.get("name") for each in series}) < len(series):
        yield f"{place}.series: a name twice"
    for index, each in enumerate(series):
        yield from _series(f"{place}.series[{index}]", each, categories)


def _series(place: str, series: Json, categories: list[str]) -> Complaints:
    yield from check_length(f"{place}.name", series.get("name"), _LABEL_LENGTH)
    data: list[Mapping[str, Any]] = series.get("data", [])
    yield from check_count(f"{place}.data", data, _POINTS)
    if [point.get("label") for point in data] != categories:
        yield f"{place}.data: the labels are not the categories"
    for index, point in enumerate(data):
        if not _is_number(point.get("value")):
            yield f"{place}.data[{index}].value: not a number"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
