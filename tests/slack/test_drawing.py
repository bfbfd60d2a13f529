"""What is drawn: exact figures, nothing beyond Slack's limits, however large the values."""

from decimal import Decimal
from uuid import uuid4

import pytest
from pydantic import ValidationError

from slack_client.answers import (
    ExecuteTradeInput,
    Order,
    OrderStatus,
    PortfolioSummary,
    Position,
    Quote,
    QuoteSource,
    Side,
    Trade,
    TradeExecuted,
)
from slack_client.figures import money, quantity
from slack_client.forms import FormErrors, Ticket, TradeWish, Typed, Unit, read_symbol, read_trade
from slack_client.messages import Message, confirmation, sentence, usage
from slack_client.modals import Offer, finished, place_error, quote_line, trade_form, working
from slack_client.playground.limits import check_message, check_view
from slack_client.trader import Trader

TICKET = Ticket(
    client_order_id=str(uuid4()),
    channel_id="C0TRADES",
    response_url="https://hooks.slack.com/commands/T0/1/abc",
)
ADA = Trader("T0TEAM", "U0ADA", "ada")
LONG = "<&>*_~`" * 1000


def portfolio(name: str = "Growth", cash: str = "100000", id: str = "p1") -> PortfolioSummary:
    return PortfolioSummary(id=id, name=name, cash=Decimal(cash))


def executed(note: str | None = None, name: str = "Growth", source: str = "SIMULATED") -> TradeExecuted:
    order = Order(
        id="0198-order",
        symbol="AAPL",
        side=Side.BUY,
        status=OrderStatus.FILLED,
        quantity=Decimal("1234.5"),
        filled_quantity=Decimal("1234.5"),
        average_price=Decimal("0.0125"),
        fees=Decimal("1.5"),
        note=note,
    )
    trades = tuple(
        Trade(value=Decimal(value), quote=QuoteSource(source=source)) for value in ("15", "0.43125")
    )
    return TradeExecuted.model_validate(
        {
            "__typename": "TradeExecuted",
            "order": order,
            "trades": trades,
            "portfolio": portfolio(name, "-99.5"),
            "position": Position(symbol="AAPL", quantity=Decimal(-7)),
            "duplicate": False,
        }
    )


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("1234567.8", "$1,234,567.80"),
        ("-12", "-$12.00"),
        ("0.0125", "$0.0125"),
        ("150.020000", "$150.02"),
        ("999999999999.123456", "$999,999,999,999.123456"),
        ("1E+3", "$1,000.00"),
    ],
)
def test_money_is_shown_exactly(amount: str, shown: str) -> None:
    assert money(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("10", "10"),
        ("10.500000000", "10.5"),
        ("0.000000001", "0.000000001"),
        ("-1000", "-1,000"),
        ("1E+3", "1,000"),
    ],
)
def test_shares_are_shown_exactly(amount: str, shown: str) -> None:
    assert quantity(Decimal(amount)) == shown


def test_a_confirmation_says_everything() -> None:
    message = confirmation(executed(note="because"), ADA, made=portfolio("ada's portfolio"))
    for fact in (
        "1,234.5 AAPL",
        "$0.0125",
        "$15.43125",
        "$1.50",
        "-7 AAPL",
        "-$99.50",
        "Growth",
        "0198-order",
    ):
        assert fact in message.text
    for fact in ("because", "SIMULATED", "no real money", "I made you a portfolio"):
        assert fact in message.text


def test_a_part_that_was_canceled_is_said() -> None:
    whole = executed()
    order = whole.order.model_copy(update={"status": OrderStatus.CANCELED, "quantity": Decimal(2000)})
    part = whole.model_copy(update={"order": order})
    assert "Only 1,234.5 of 2,000 could be filled" in confirmation(part, ADA, made=None).text


@pytest.mark.parametrize(
    "message",
    [
        usage(),
        sentence(LONG),
        confirmation(executed(), ADA, made=None),
        confirmation(executed(note=LONG, name=LONG, source=LONG), ADA, made=portfolio(LONG)),
        confirmation(executed().model_copy(update={"trades": ()}), ADA, made=None),
    ],
)
def test_no_message_breaks_a_limit(message: Message) -> None:
    assert check_message(message.payload()) == []


MANY = Offer(tuple(portfolio(f"{n} {LONG}", id=f"portfolio-{n}") for n in range(112)), made=portfolio(LONG))
TYPED_MUCH = Typed(
    symbol=LONG, side=Side.SELL, amount=LONG, unit=Unit.DOLLARS, portfolio_id="portfolio-111", note=LONG
)


@pytest.mark.parametrize(
    "view",
    [
        trade_form(TICKET, Typed(), "AAPL", None),
        trade_form(TICKET, Typed(), LONG, Offer((portfolio(),))),
        trade_form(TICKET, TYPED_MUCH, LONG, MANY, [LONG, LONG]),
        working(TICKET),
        finished(TICKET, LONG),
        finished(TICKET.model_copy(update={"response_url": "https://" + "x" * 1990}), LONG),
    ],
)
def test_no_view_breaks_a_limit(view: dict[str, object]) -> None:
    assert check_view(view) == []


def test_portfolios_beyond_the_limit_are_counted() -> None:
    assert "Showing 100 of 112 portfolios." in str(trade_form(TICKET, Typed(), "AAPL", MANY))


def test_a_stale_quote_is_called_too_old() -> None:
    quote = Quote(
        symbol="AAPL",
        bid=None,
        ask=Decimal("150.02"),
        last=Decimal("0.0125"),
        age_seconds=Decimal("75.2"),
        source="SIMULATED",
        stale=True,
    )
    line = quote_line("AAPL", quote)
    assert line == "AAPL: ask $150.02, last $0.0125 (SIMULATED, too old to trade on, 75 s old)"


@pytest.mark.parametrize(
    ("name", "block_id"),
    [
        ("symbol", "symbol"),
        ("notional", "quantity"),
        ("input.quantity", "quantity"),
        ("portfolio", "portfolioId"),
        ("clientOrderId", "symbol"),
        ("note", "symbol"),
    ],
)
def test_a_refusal_finds_the_nearest_block(name: str, block_id: str) -> None:
    assert place_error(name, "No.", {"symbol", "quantity", "portfolioId"}) == {block_id: "No."}


@pytest.mark.parametrize(
    ("amount", "unit", "quantity", "notional"),
    [
        ("10", Unit.SHARES, "10", None),
        (" 0.5 ", Unit.SHARES, "0.5", None),
        ("1,250.75", Unit.DOLLARS, None, "1250.75"),
        ("$ 2,500", Unit.DOLLARS, None, "2500"),
        ("9999999999999.123456789", Unit.SHARES, "9999999999999.123456789", None),
    ],
)
def test_an_amount_is_read_exactly(
    amount: str, unit: Unit, quantity: str | None, notional: str | None
) -> None:
    wish = read_trade(Typed(symbol=" brk.b ", amount=amount, unit=unit, note="  "))
    assert wish == TradeWish(
        symbol="BRK.B",
        side=Side.BUY,
        quantity=None if quantity is None else Decimal(quantity),
        notional=None if notional is None else Decimal(notional),
        note=None,
    )


@pytest.mark.parametrize(
    "amount", ["", "ten", "-1", "1,00", "1.000,5", "1e3", "NaN", "١٠", "1" * 14, "0x10", "1 000", "$5", ".5"]
)
def test_an_amount_that_is_none_is_refused_under_its_field(amount: str) -> None:
    errors = read_trade(Typed(symbol="AAPL", amount=amount))
    assert isinstance(errors, FormErrors)
    assert list(errors.by_block) == ["quantity"]


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        (" brk.b", "BRK.B"),
        ("A" * 13, None),
        ("", None),
        ("ä", None),
        ("A B", None),
        ("ıbm", None),
        ("ﬁ", None),
    ],
)
def test_a_symbol_is_trimmed_and_raised(text: str, symbol: str | None) -> None:
    assert read_symbol(text) == symbol


def test_an_error_of_a_ticket_does_not_show_its_response_url() -> None:
    with pytest.raises(ValidationError) as refused:
        Ticket.model_validate_json('{"response_url": "https://hooks.slack.com/commands/T0/1/abc"}')
    assert "T0/1/abc" not in str(refused.value)


def test_what_is_sent_is_plain_numbers() -> None:
    wish = read_trade(Typed(symbol="AAPL", amount="1,000"))
    assert isinstance(wish, TradeWish)
    sent: ExecuteTradeInput = wish.addressed("p1", TICKET)
    assert sent.model_dump(mode="json", by_alias=True)["quantity"] == "1000"
