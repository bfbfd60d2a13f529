"""Everything that the bot can say, drawn from made-up answers: nothing, one, thirty and five hundred of them,
texts that try to be more than texts, and the largest numbers that the OMS keeps.

Each is what Slack would be sent. They are checked against Slack's limits here, and by Slack itself with
`slackoms slack check`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from slack_client.answers import (
    Order,
    Quote,
)
from slack_client.blocks import Json
from slack_client.check.made_up import (
    ADA,
    COUNTS,
    GRACE,
    LARGEST_BALANCE,
    LARGEST_MONEY,
    LARGEST_POSITION,
    LONG,
    TEXTS,
    TICKET,
    home_page,
    home_portfolio,
    market,
    order,
    portfolio,
    portfolio_after,
    portfolio_view,
    position,
    preview,
    quote,
    trade,
)
from slack_client.check.team_samples import draw_team_messages, draw_team_modals
from slack_client.follow.notices import TOGETHER, ending_notice
from slack_client.messages import Message, order_message, sentence, unreadable, usage
from slack_client.outcomes import (
    OrderRejected,
)
from slack_client.pages.home_pages import home_view, problem_home
from slack_client.pages.order_pages import orders_message
from slack_client.pages.page import Listing, Page
from slack_client.pages.portfolio_pages import portfolio_message
from slack_client.pages.quote_pages import SYMBOLS_LIMIT, Asked, quote_usage, quotes_message
from slack_client.trade.forms import NOTE_LENGTH, Ticket, Typed, Unit
from slack_client.trade.lines import LINE_USAGE
from slack_client.trade.modals import Form, Offer, finished, offered, trade_form, unknown_portfolios, working
from slack_client.trade.previews import loading, preview_text, quote_text, refusal_text
from slack_client.words import MemberRole, OrderStatus, OrderType, PortfolioState, Side, TimeInForce

_UNPRICED: Json = {"mark": None, "marketValue": None, "unrealizedPnl": None, "quote": None}
_LARGE: Json = {
    "quantity": f"-{LARGEST_POSITION}",
    "averageCost": LARGEST_MONEY,
    "mark": LARGEST_MONEY,
    "marketValue": f"-{LARGEST_BALANCE}",
    "unrealizedPnl": f"-{LARGEST_BALANCE}",
}
_CLOSED = market(isOpen=False, nextOpen="2026-11-27T14:30:00Z")
_CLOSES_SOON = market(nextClose="2026-11-27T18:00:00Z")


class Kind(StrEnum):
    """Where Slack shows a payload."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


@dataclass(frozen=True)
class Sample:
    """A payload as Slack is sent it. The name begins with the function that draws it."""

    name: str
    kind: Kind
    payload: Json


def draw_samples() -> Iterator[Sample]:
    """Draw them all; no two have the same name."""
    for name, message in _messages():
        yield Sample(name, Kind.MESSAGE, message.payload())
    for name, view in _modals():
        yield Sample(name, Kind.MODAL, view)
    for name, view in _homes():
        yield Sample(name, Kind.HOME, view)


def _messages() -> Iterator[tuple[str, Message]]:
    yield "usage", usage()
    yield "quote_usage", quote_usage(Asked())
    yield "sentence, a short one", sentence("There is no such portfolio, or it is not yours to see.")
    for name, text in TEXTS.items():
        yield f"sentence, {name}", sentence(text)
        yield f"unreadable, {name}", unreadable(text, LINE_USAGE)
        yield f"quote_usage, {name}", quote_usage(Asked(unreadable=(text, text)))
    yield from _single_orders()
    yield from _endings()
    yield from _order_lists()
    yield from _quotes()
    yield from _portfolios()
    yield from draw_team_messages()


def _single_orders() -> Iterator[tuple[str, Message]]:
    for status in OrderStatus:
        yield f"order_message, {status}", order_message(order(status=status), ADA)
        part = order("300", status=status, filledQuantity="3", averagePrice="100", message="Said by the OMS.")
        yield f"order_message, {status} after a fill", order_message(part, ADA)
    for type, prices in _PRICES.items():
        for time in TimeInForce:
            asked = order(status="NEW", type=type, timeInForce=time, **prices)
            yield f"order_message, {type} {time}", order_message(asked, ADA)
    for count in COUNTS[1:]:
        filled = order(*["1.5"] * count, fees="1.25")
        yield (
            f"order_message, filled in {count} parts",
            order_message(filled, ADA, portfolio_after(), portfolio()),
        )
    canceled = order(status="CANCELED", message=f"Canceled by {GRACE}, not slack:T0OTHER/U0EVE.")
    yield "order_message, canceled by another", order_message(canceled, ADA, portfolio_after(held=None))
    for name, text in TEXTS.items():
        told = order("1500", note=text, name=text, source=text, status="CANCELED", message=text)
        left = portfolio_after(text)
        yield (
            f"order_message, {name}",
            order_message(told, replace(ADA, user_name=text), left, portfolio(text)),
        )
    left = portfolio_after(cash=f"-{LARGEST_BALANCE}", held=f"-{LARGEST_POSITION}")
    yield "order_message, the largest numbers", order_message(_largest_order(), ADA, left)


def _endings() -> Iterator[tuple[str, Message]]:
    half = order("600", status="CANCELED", filledQuantity="4", averagePrice="150", message=f"By {GRACE}.")
    ended = [
        ("order:filled", order("1500")),
        ("order:expired", order(status="EXPIRED")),
        ("order:canceled", half),
    ]
    for ending in ended:
        yield f"ending_notice, {ending[0]}", ending_notice([ending], ADA.team_id)
    for name, text in TEXTS.items():
        odd = order("600", status="CANCELED", message=text, name=text, source=text)
        for count in (1, TOGETHER):
            message = ending_notice([("order:canceled", odd)] * count, ADA.team_id)
            yield f"ending_notice, {count} orders, {name}", message
    large = [("order:filled", _largest_order(status="FILLED"))] * TOGETHER
    yield "ending_notice, the largest numbers", ending_notice(large, ADA.team_id)


def _order_lists() -> Iterator[tuple[str, Message]]:
    page = Page(Listing.ORDERS)
    for count in COUNTS:
        yield f"orders_message, {count} orders", orders_message(_working(count), ADA, lambda _: True, page)
    for start in (240, 480, 900):
        message = orders_message(_working(500), ADA, lambda _: True, replace(page, start=start))
        yield f"orders_message, 500 orders from {start} on", message
    theirs = _working(30, trader=GRACE)
    yield "orders_message, of another", orders_message(theirs, ADA, lambda _: False, page)
    for name, text in TEXTS.items():
        orders = _working(500, name=text, message=text, trader=f"key:{text}")
        message = orders_message(orders, ADA, lambda _: True, page, [text])
        yield f"orders_message, {name}, 500 orders", message
    largest = [_largest_order(id=f"o{number}") for number in range(30)]
    yield "orders_message, the largest numbers", orders_message(largest, ADA, lambda _: True, page)


def _quotes() -> Iterator[tuple[str, Message]]:
    for count in COUNTS:
        symbols = tuple(_symbol(number) for number in range(count))
        asked = Asked(symbols[:SYMBOLS_LIMIT], symbols[SYMBOLS_LIMIT:])
        known = {symbol: Quote.model_validate(quote(symbol)) for symbol in asked.symbols}
        yield f"quotes_message, {count} symbols", quotes_message(asked, known, _CLOSES_SOON)
        yield f"quotes_message, {count} symbols without a price", quotes_message(asked, {}, _CLOSED)
    for name, text in TEXTS.items():
        changed = quote(source=text, stale=True, ageSeconds="7300", bid=None)
        asked = Asked(("AAPL", "NOQ"), unreadable=(text, text))
        known = {"AAPL": Quote.model_validate(changed)}
        yield f"quotes_message, {name}", quotes_message(asked, known, market(source=text))
    money = {"bid": LARGEST_MONEY, "ask": LARGEST_MONEY, "last": LARGEST_MONEY, "ageSeconds": "99999999"}
    largest = {"AAPL": Quote.model_validate(quote(**money))}
    yield "quotes_message, the largest numbers", quotes_message(Asked(("AAPL",)), largest, market())


def _portfolios() -> Iterator[tuple[str, Message]]:
    """Each with tables and charts, and without."""
    for plain in (False, True):
        how = "in words" if plain else "with tables"
        for count in COUNTS:
            held = [position(_symbol(number)) for number in range(count)]
            view = portfolio_view(held, [trade(GRACE)] * count, closes=count)
            for start in (0, 240, 480) if count == 500 else (0,):
                message = portfolio_message(view, _working(count), ADA, start=start, plain=plain)
                yield f"portfolio_message, {how}, {count} positions from {start} on", message
        for name, text in TEXTS.items():
            odd = [position(_symbol(number), quote=quote(source=text, stale=True)) for number in range(30)]
            view = portfolio_view(
                [*odd, position("NOQ", **_UNPRICED)], [trade(f"key:{text}")] * 5, name=text, dayChange="-0.01"
            )
            orders = _working(30, message=text, trader=f"key:{text}")
            message = portfolio_message(view, orders, ADA, plain=plain)
            yield f"portfolio_message, {how}, {name}", message
        worth: Json = dict.fromkeys(("cash", "reserved", "buyingPower", "equity", "fees"), LARGEST_BALANCE)
        profit: Json = dict.fromkeys(("dayChange", "realizedPnl", "unrealizedPnl"), f"-{LARGEST_BALANCE}")
        large = [position(_symbol(number), **_LARGE) for number in range(30)]
        view = portfolio_view(large, closes=30, **worth, **profit)
        message = portfolio_message(view, [_largest_order(id="o1")], ADA, plain=plain)
        yield f"portfolio_message, {how}, the largest numbers", message
    for state in PortfolioState:
        for role in MemberRole:
            view = portfolio_view(state=state, dayChange=None, members=[{"trader": ADA.name, "role": role}])
            yield f"portfolio_message, {state} for a {role}", portfolio_message(view, [], ADA)
    yield "portfolio_message, archived", portfolio_message(portfolio_view(archived=True), [], ADA)


def _modals() -> Iterator[tuple[str, Json]]:
    yield "working", working(TICKET)
    empty = Form(TICKET, Typed(), loading(""), unknown_portfolios())
    yield "trade_form, just opened", trade_form(empty)
    yield "trade_form, with a symbol", trade_form(replace(empty, typed=_TYPED, preview=loading("AAPL")))
    ticket = Ticket(client_order_id=TICKET.client_order_id)
    yield "trade_form, outside of a channel", trade_form(replace(empty, ticket=ticket))
    for type in OrderType:
        for unit in Unit:
            typed = replace(_TYPED, type=type, unit=unit, side=Side.SELL)
            form = Form(TICKET, typed, preview_text(preview(), type), _offer(1))
            yield f"trade_form, {type} by {unit}", trade_form(form)
    for name, said in _previews():
        yield f"trade_form, {name}", trade_form(Form(TICKET, _TYPED, said, _offer(1)))
    for count in COUNTS[1:]:
        drawn = Form(TICKET, _TYPED, loading("AAPL"), _offer(count))
        yield f"trade_form, {count} portfolios", trade_form(drawn)
    for name, text in TEXTS.items():
        much = replace(_TYPED, amount=text, limit_price=text[:32], stop_price=text[:32], note=text)
        refused = refusal_text(_rejected(text))
        form = Form(TICKET, much, refused, _offer(500, text), symbol_name=text, notices=(text, text))
        yield f"trade_form, {name}", trade_form(form)
        yield f"finished, {name}", finished(TICKET, text)
    full = TICKET.model_copy(update={"response_url": f"https://{'x' * 1990}"})
    longest = replace(_TYPED, stop_price=LONG[:32], portfolio_id="p" * 36, note="n" * NOTE_LENGTH)
    yield "trade_form, all that it can carry", trade_form(Form(full, longest, loading("AAPL"), _offer(1)))
    yield "finished, a short text", finished(full, "Traded.")
    yield from draw_team_modals()


def _previews() -> Iterator[tuple[str, str]]:
    known = Quote.model_validate(quote())
    old = Quote.model_validate(quote(stale=True, bid=None, ask=None, last=None, ageSeconds="90000"))
    yield "a quote", quote_text("AAPL", known, market())
    yield "a quote without prices", quote_text("AAPL", old, _CLOSED)
    yield "no quote", quote_text("AAPL", None, market())
    waits = preview(fillsNow=False, price=None, value=None, quote=None, market=_CLOSED.model_dump())
    yield "an order that waits", preview_text(waits, OrderType.LIMIT)
    yield "a refusal", refusal_text(_rejected("The order costs more than is left."), "AAPL: last $150.00")
    money = dict.fromkeys(("price", "value", "fee", "cashAfter", "buyingPowerAfter"), LARGEST_BALANCE)
    large = preview(quantity=LARGEST_POSITION, positionAfter=f"-{LARGEST_POSITION}", **money)
    yield "the largest numbers", preview_text(large, OrderType.MARKET)


def _homes() -> Iterator[tuple[str, Json]]:
    yield "home_view, the first visit", home_view(home_page(), market(), ADA)
    for portfolios in (1, 10):
        for count in COUNTS:
            held = [position(_symbol(number)) for number in range(count)]
            shown = [
                home_portfolio(
                    held, _working(min(count, 20), f"p{each}"), [trade(GRACE)] * min(count, 5), id=f"p{each}"
                )
                for each in range(portfolios)
            ]
            view = home_view(home_page(*shown, has_more=portfolios > 1), _CLOSES_SOON, ADA)
            yield f"home_view, {portfolios} portfolios of {count} positions", view
    for name, text in TEXTS.items():
        orders = _working(20, message=text, trader=f"key:{text}")
        one = home_portfolio(
            [position(**_UNPRICED)], orders, [trade(f"key:{text}")], name=text, has_more_orders=True
        )
        view = home_view(home_page(one), market(source=text), ADA, notice=text)
        yield f"home_view, {name}", view
        yield f"problem_home, {name}", problem_home(text, text)
    large = [position(_symbol(number), **_LARGE) for number in range(30)]
    rich = home_portfolio(large, [_largest_order()], equity=LARGEST_BALANCE, dayChange=f"-{LARGEST_BALANCE}")
    yield "home_view, the largest numbers", home_view(home_page(rich), market(), ADA)
    yield "problem_home, a short text", problem_home("Nothing can be shown. Try again.")


_PRICES: dict[OrderType, Json] = {
    OrderType.MARKET: {},
    OrderType.LIMIT: {"limitPrice": "149"},
    OrderType.STOP: {"stopPrice": "151"},
    OrderType.STOP_LIMIT: {"stopPrice": "151", "limitPrice": "152.5"},
}
_TYPED = Typed(symbol="AAPL", amount="10", limit_price="149", stop_price="151", note="Because.")


def _working(count: int, place: str = "p1", name: str = "Growth", **changes: object) -> list[Order]:
    """So many orders of a portfolio that wait, each with an id of its own."""
    terms: Json = {"status": "NEW", "type": "LIMIT", "limitPrice": "149"}
    waits = {**terms, "portfolio": {"id": place, "name": name}}
    return [order(**{"id": f"{place}-{number:031x}", **waits, **changes}) for number in range(count)]


def _largest_order(**changes: object) -> Order:
    money = dict.fromkeys(("limitPrice", "stopPrice", "averagePrice", "fees"), LARGEST_MONEY)
    terms: Json = {"type": "STOP_LIMIT", "status": "PARTIALLY_FILLED", "timeInForce": "GTC"}
    shares = {"quantity": LARGEST_POSITION, "filledQuantity": LARGEST_POSITION}
    return order(LARGEST_BALANCE, **{**money, **terms, **shares, **changes})


def _offer(count: int, name: str = "Growth") -> list[Json]:
    portfolios = tuple(
        portfolio(f"{number} {name}", LARGEST_BALANCE, f"p{number}") for number in range(count)
    )
    return list(offered(Offer(portfolios, made=portfolios[0]), f"p{count - 1}"))


def _rejected(message: str) -> OrderRejected:
    refusal = {"code": "INSUFFICIENT_BUYING_POWER", "field": "quantity", "message": message}
    return OrderRejected.model_validate({"__typename": "OrderRejected", **refusal})


def _symbol(number: int) -> str:
    return f"SYMBOL{number:06}"
