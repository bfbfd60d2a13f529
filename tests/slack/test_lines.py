"""An order in one line is read whole, or what cannot be read of it is said."""

import pytest

from slack_client.messages import Message
from slack_client.trade.commands import read_command
from slack_client.trade.forms import Typed, Unit
from slack_client.trade.lines import LIMIT_USAGE, LINE_USAGE, STOP_USAGE, Unreadable, read_line
from slack_client.words import OrderType, Side, TimeInForce


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("buy", Typed()),
        ("sell 10", Typed(side=Side.SELL, amount="10")),
        ("buy 10 AAPL", Typed(symbol="AAPL", amount="10")),
        ("  BUY   0.5  brk.b  market ", Typed(symbol="BRK.B", amount="0.5")),
        (
            "sell $500 TSLA limit 240 gtc",
            Typed(
                symbol="TSLA",
                side=Side.SELL,
                type=OrderType.LIMIT,
                amount="$500",
                unit=Unit.DOLLARS,
                limit_price="240",
                time_in_force=TimeInForce.GTC,
            ),
        ),
        (
            "buy 1,000 F @ $12.50",
            Typed(symbol="F", type=OrderType.LIMIT, amount="1,000", limit_price="12.50"),
        ),
        (
            "sell 10 AAPL stop 140 limit 139.50",
            Typed(
                symbol="AAPL",
                side=Side.SELL,
                type=OrderType.STOP_LIMIT,
                amount="10",
                stop_price="140",
                limit_price="139.50",
            ),
        ),
        (
            "sell 10 AAPL gtc stop 140",
            Typed(
                symbol="AAPL",
                side=Side.SELL,
                type=OrderType.STOP,
                amount="10",
                stop_price="140",
                time_in_force=TimeInForce.GTC,
            ),
        ),
    ],
)
def test_a_line_fills_the_form(text: str, typed: Typed) -> None:
    assert read_line(text) == typed


@pytest.mark.parametrize(
    ("text", "word", "usage"),
    [
        ("buy ten AAPL", "“ten”", LINE_USAGE),
        ("buy AAPL 10", "“AAPL”", LINE_USAGE),
        ("buy 10 AAPL!", "“AAPL!”", LINE_USAGE),
        ("buy 10 AAPL cheap", "“cheap”", LIMIT_USAGE),
        ("buy 10 AAPL limit", "“limit” comes a price.", LIMIT_USAGE),
        ("buy 10 AAPL limit low", "not “low”", LIMIT_USAGE),
        ("sell 10 AAPL stop -1", "not “-1”", STOP_USAGE),
        ("sell $100 AAPL stop 140", "by shares", STOP_USAGE),
    ],
)
def test_what_cannot_be_read_is_said_with_the_nearest_usage(text: str, word: str, usage: str) -> None:
    line = read_line(text)
    assert isinstance(line, Unreadable)
    assert word in line.message
    assert line.usage == usage
    answer = read_command(text)
    assert isinstance(answer, Message)
    assert usage in answer.text
    assert "Nothing was traded" in answer.text


@pytest.mark.parametrize(
    ("text", "typed"),
    [("", Typed()), ("aapl", Typed(symbol="AAPL")), ("sell", Typed(side=Side.SELL))],
)
def test_a_word_alone_is_a_symbol_or_a_side(text: str, typed: Typed) -> None:
    assert read_command(text) == typed
