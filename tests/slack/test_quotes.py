"""/quote: prices for whoever asks, nothing traded, and one press from there to the form."""

from datetime import UTC, datetime, timedelta

import pytest

from slack_client.answers import Quote
from slack_client.pages.quote_pages import Asked, quotes_message, read_symbols
from slack_client.playground.person import Person
from tests.slack.conftest import Stage, has_input, input_of, text_of
from tests.slack.samples import market, quote
from tests.slack.test_trouble import CLOSED_PORT, problem_of
from tests.slack.working import shown


async def test_prices_are_shown_to_the_asker_alone(stage: Stage, ada: Person) -> None:
    reply = await ada.command("aapl, msft", "/quote")
    posted = await shown(stage)

    assert reply.body == {}
    assert posted.seen_by == ada.user_id
    for words in (text_of(posted.body), posted.body["text"]):
        assert "bid $149.98, ask $150.02, last $150.00" in words
        assert "bid $299.90, ask $300.10, last $300.00" in words
        assert "TEST prices, 0 s old" in words
        assert "The market is open" in words
        assert "no real money" in words


async def test_what_has_no_price_and_what_is_no_symbol_is_said_by_name(stage: Stage, ada: Person) -> None:
    await ada.command("AAPL xyz123 NOQ <!channel> $$$", "/quote")
    posted = await shown(stage)
    text = text_of(posted.body)
    assert "No price here for XYZ123, NOQ." in text
    assert "Not a symbol: “<!channel>”, “$$$”." in text
    assert "<!" not in posted.body["text"]
    assert "bid $149.98" in text


async def test_an_old_price_is_said_to_be_too_old(stage: Stage, ada: Person) -> None:
    at = datetime.now(UTC) - timedelta(hours=2)
    stage.workspace.api.market.set("AAPL", bid="149.98", ask="150.02", at=at)
    await ada.command("AAPL", "/quote")
    assert "2 h old, too old to trade on" in text_of((await shown(stage)).body)


@pytest.mark.parametrize("words", ["", "help", "$$$", "???  !!!"])
async def test_without_a_symbol_the_answer_is_the_usage(stage: Stage, ada: Person, words: str) -> None:
    await ada.command(words, "/quote")
    [posted] = stage.slack.messages
    assert posted.seen_by == ada.user_id
    assert "/quote AAPL MSFT" in text_of(posted.body)
    assert all(f"“{word}”" in text_of(posted.body) for word in words.split() if word != "help")


async def test_the_trade_button_opens_the_form_for_its_symbol(stage: Stage, ada: Person) -> None:
    await ada.command("AAPL MSFT", "/quote")
    posted = await shown(stage)
    [_, msft] = [block for block in posted.blocks if "accessory" in block]

    await ada.press(posted, "trade_again", block_id=msft["block_id"])

    modal = await ada.modal()
    await stage.slack.until(lambda: has_input(modal, "portfolioId"))
    assert input_of(modal, "symbol")["initial_option"]["value"] == "MSFT"
    assert stage.trades() == []


async def test_an_oms_that_is_down_is_said_with_an_id(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    async with stage.bot(oms_url=CLOSED_PORT) as door:
        ada = stage.person(door)
        await ada.command("AAPL", "/quote")
        posted = await shown(stage)
    assert posted.seen_by == ada.user_id
    assert "Nothing can be shown: the OMS cannot be reached. Try again" in text_of(posted.body)
    assert problem_of(text_of(posted.body)) in caplog.text


def test_symbols_are_read_once_each_and_at_most_twenty() -> None:
    asked = read_symbols("brk.b,BRK.B " + " ".join(f"S{number}" for number in range(24)) + " wrong!")
    assert asked.symbols[:2] == ("BRK.B", "S0")
    assert len(asked.symbols) == 20
    assert asked.left_out == ("S19", "S20", "S21", "S22", "S23")
    assert asked.unreadable == ("wrong!",)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({}, "The market is open."),
        (
            {"isOpen": False, "nextOpen": "2026-11-27T14:30:00Z"},
            "The market is closed until 2026-11-27 14:30 UTC.",
        ),
        (
            {"nextClose": "2026-11-27T18:00:00Z"},
            "The market is open until 2026-11-27 18:00 UTC.",
        ),
    ],
)
def test_the_market_is_said_to_be_open_or_closed_and_until_when(hours: dict[str, object], said: str) -> None:
    message = quotes_message(Asked(("AAPL",)), {}, market(**hours))
    assert said in message.text
    assert said.removesuffix(".") in text_of(list(message.blocks)) or "<!date^" in text_of(
        list(message.blocks)
    )


def test_the_first_prices_have_a_button_and_symbols_beyond_the_limit_are_counted() -> None:
    symbols = tuple(f"SYMBOL{number:06d}" for number in range(60))
    quotes = {symbol: Quote.model_validate(quote(symbol)) for symbol in symbols[:15]}
    message = quotes_message(Asked(symbols[:20], symbols[20:]), quotes, market())
    assert "Showing 20 of 60 symbols" in text_of(list(message.blocks))
    assert sum("accessory" in block for block in message.blocks) == 5
