"""Slack's tables and charts, which not every Slack knows: each page says the same in words.

Their numbers only sort rows and scale lines, so whole ones are enough: what is read is the exact text.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from slack_client.blocks import Json, cut

ROWS_LIMIT = 100
POINTS_LIMIT = 20
SEGMENTS_LIMIT = 6
_CELL_LIMIT = 40
_CAPTION_LIMIT = 150
_TITLE_LIMIT = 50
_LABEL_LIMIT = 20


def text_cell(text: str) -> Json:
    """Draw a cell of text."""
    return {"type": "raw_text", "text": cut(text, _CELL_LIMIT)}


def number_cell(text: str, amount: Decimal) -> Json:
    """Draw a cell that shows a text and sorts by a number."""
    return {"type": "raw_number", "text": cut(text, _CELL_LIMIT), "value": whole(amount)}


def table(caption: str, names: Sequence[str], rows: Sequence[Sequence[Json]], page_size: int) -> Json:
    """Draw a table of at most 100 rows, each of as many cells as there are names."""
    return {
        "type": "data_table",
        "caption": cut(caption, _CAPTION_LIMIT),
        "page_size": page_size,
        "rows": [[text_cell(name) for name in names], *(list(row) for row in rows[:ROWS_LIMIT])],
    }


def line_chart(title: str, name: str, points: Mapping[str, Decimal]) -> Json:
    """Draw a line through at most 20 labelled points, the last ones of more."""
    kept = list(points.items())[-POINTS_LIMIT:]
    data = [{"label": cut(label, _LABEL_LIMIT), "value": whole(amount)} for label, amount in kept]
    chart = {
        "type": "line",
        "series": [{"name": cut(name, _LABEL_LIMIT), "data": data}],
        "axis_config": {"categories": [point["label"] for point in data]},
    }
    return {"type": "data_visualization", "title": cut(title, _TITLE_LIMIT), "chart": chart}


def pie_chart(title: str, segments: Mapping[str, Decimal]) -> Json:
    """Draw at most six slices, each at least one whole."""
    slices = [
        {"label": cut(label, _LABEL_LIMIT), "value": whole(amount)}
        for label, amount in list(segments.items())[:SEGMENTS_LIMIT]
    ]
    chart = {"type": "pie", "segments": slices}
    return {"type": "data_visualization", "title": cut(title, _TITLE_LIMIT), "chart": chart}


def whole(amount: Decimal) -> int:
    """The nearest whole number."""
    return int(amount.to_integral_value())
