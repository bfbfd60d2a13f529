"""A portfolio's page: what it is worth, holds, waits for and did. Pure: values in, a message out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from slack_client.answers import Order, Portfolio, Position, Trade
from slack_client.blocks import (
    FIELDS_LIMIT,
    HEADER_LIMIT,
    TEXT_LIMIT,
    Json,
    actions,
    button,
    cut,
    escape,
    facts,
    header,
    paragraph,
    small_print,
)
from slack_client.figures import change, money, quantity
from slack_client.messages import MEMBERS_ACTION, SHOW_ORDERS_ACTION, TRADE_PORTFOLIO_ACTION, Message
from slack_client.pages.charts import (
    SEGMENTS_LIMIT,
    line_chart,
    number_cell,
    pie_chart,
    table,
    text_cell,
    whole,
)
from slack_client.pages.order_pages import order_row, order_text
from slack_client.pages.page import Listing, Page, cut_line, part, turning_buttons
from slack_client.pages.position_lines import allocation, allocation_line, position_line, price_lines
from slack_client.pages.trade_lines import trade_text, trades_section
from slack_client.portfolios import may_cancel, may_trade, role_in
from slack_client.trade.modals import PAPER
from slack_client.trader import Trader
from slack_client.words import MemberRole, PortfolioState

POSITIONS_SHOWN = 30
ORDERS_SHOWN = 10
TRADES_SHOWN = 5
NO_CLOSE = "no close yet"
_NO_POSITIONS = "Nothing is held."
_COLUMNS = ("Symbol", "Shares", "Average cost", "Price", "Value", "Unrealized P&L")
_STATES: Mapping[PortfolioState, str] = {
    PortfolioState.REDUCING: "It only takes orders that make a position smaller.",
    PortfolioState.HALTED: "It is halted: it takes no orders.",
}


def portfolio_message(
    portfolio: Portfolio,
    orders: Sequence[Order],
    trader: Trader,
    *,
    start: int = 0,
    plain: bool = False,
) -> Message:
    """Show a portfolio to a trader, its positions from `start` on; `plain` without tables and charts.

    `orders` are its working ones, newest first. What is below the positions stands on the first page.
    """
    start, shown = part(portfolio.positions, start, POSITIONS_SHOWN)
    page = Page(Listing.PORTFOLIO, portfolio.id, start)
    about = _about(portfolio)
    pairs = _facts(portfolio)
    prices = " ".join([PAPER, *price_lines(portfolio.positions)])
    positions_cut = cut_line(start, len(shown), len(portfolio.positions), "positions")
    orders_cut = cut_line(0, min(len(orders), ORDERS_SHOWN), len(orders), "working orders")
    is_first = start == 0
    blocks = [
        header(portfolio.name),
        *(paragraph(line) for line in about),
        facts(pairs),
        *_positions(portfolio, shown, plain=plain),
        *([paragraph(positions_cut)] if positions_cut else []),
        *(_charts(portfolio, plain=plain) if is_first else []),
        *(_orders(portfolio, orders[:ORDERS_SHOWN], trader, page) if is_first else []),
        *([paragraph(orders_cut)] if orders_cut and is_first else []),
        *(
            [trades_section(_trades(portfolio), trader.team_id)]
            if portfolio.trades.edges and is_first
            else []
        ),
        small_print(prices),
        actions(_buttons(portfolio, trader, page)),
    ]
    said = [
        cut(portfolio.name, HEADER_LIMIT),
        "; ".join(f"{name}: {value}" for name, value in pairs),
        *about,
        *([positions_cut] if positions_cut else []),
        *([f"{position_line(each)}, {_costs(each)}" for each in shown] or [_NO_POSITIONS]),
        prices,
    ]
    if is_first:
        said += _chart_lines(portfolio)
        said += [order_text(order, has_portfolio=False) for order in orders[:ORDERS_SHOWN]]
        said += [
            *([orders_cut] if orders_cut else []),
            *(trade_text(each, trader) for each in _trades(portfolio)),
        ]
    return Message(escape(cut("\n".join(said), TEXT_LIMIT)), tuple(blocks))


def day_line(day_change: Decimal | None) -> str:
    """Say what a portfolio has made since the last session's close."""
    return NO_CLOSE if day_change is None else change(day_change)


def _about(portfolio: Portfolio) -> list[str]:
    archived = ["This portfolio is archived."] if portfolio.archived else []
    return archived + ([_STATES[portfolio.state]] if portfolio.state in _STATES else [])


def _facts(portfolio: Portfolio) -> list[tuple[str, str]]:
    return [
        ("Equity", money(portfolio.equity)),
        ("Day's change", day_line(portfolio.day_change)),
        ("Cash", money(portfolio.cash)),
        ("Reserved for orders", money(portfolio.reserved)),
        ("Buying power", money(portfolio.buying_power)),
        ("Unrealized P&L", change(portfolio.unrealized_pnl)),
        ("Realized P&L", change(portfolio.realized_pnl)),
        ("Fees", money(portfolio.fees)),
    ]


def _positions(portfolio: Portfolio, shown: Sequence[Position], *, plain: bool) -> list[Json]:
    if not shown:
        return [paragraph(_NO_POSITIONS)]
    if not plain:
        return [table(f"Positions of {portfolio.name}", _COLUMNS, [_row(each) for each in shown], len(shown))]
    return [
        facts([_pair(each) for each in shown[first : first + FIELDS_LIMIT]])
        for first in range(0, len(shown), FIELDS_LIMIT)
    ]


def _row(position: Position) -> list[Json]:
    return [
        text_cell(position.symbol),
        number_cell(quantity(position.quantity), position.quantity),
        number_cell(money(position.average_cost), position.average_cost),
        _number(position.mark, "no price" if position.mark is None else money(position.mark)),
        _number(
            position.market_value, "-" if position.market_value is None else money(position.market_value)
        ),
        _number(
            position.unrealized_pnl,
            "-" if position.unrealized_pnl is None else change(position.unrealized_pnl),
        ),
    ]


def _number(amount: Decimal | None, text: str) -> Json:
    """A cell of a column of numbers; one without sorts as nothing does."""
    return number_cell(text, amount or Decimal(0))


def _pair(position: Position) -> tuple[str, str]:
    return position.symbol, f"{position_line(position)}\n{_costs(position)}"


def _costs(position: Position) -> str:
    price = "no price" if position.mark is None else f"price {money(position.mark)}"
    return f"cost {money(position.average_cost)}, {price}"


def _charts(portfolio: Portfolio, *, plain: bool) -> list[Json]:
    charts = []
    points, slices = _equity(portfolio), _allocation(portfolio)
    visible = {name: size for name, size in slices.items() if whole(size) > 0}
    if not plain and len(points) > 1:
        charts.append(line_chart("Equity at each close, in dollars", "Equity", points))
    if not plain and visible:
        charts.append(pie_chart("Allocation", visible))
    return [*charts, *(small_print(line) for line in _chart_lines(portfolio))]


def _chart_lines(portfolio: Portfolio) -> list[str]:
    points, slices = _equity(portfolio), _allocation(portfolio)
    equity = ", ".join(f"{label} {money(amount)}" for label, amount in points.items())
    return [
        *([f"Equity at each close: {equity}"] if len(points) > 1 else []),
        *([allocation_line(slices)] if slices else []),
    ]


def _equity(portfolio: Portfolio) -> Mapping[str, Decimal]:
    """What it was worth at each close, by the day, and now."""
    closes = {f"{point.at:%Y-%m-%d}": point.equity for point in portfolio.equity_history}
    return closes | {"now": portfolio.equity}


def _allocation(portfolio: Portfolio) -> Mapping[str, Decimal]:
    return allocation(portfolio.positions, portfolio.cash, SEGMENTS_LIMIT) if portfolio.positions else {}


def _orders(portfolio: Portfolio, orders: Sequence[Order], trader: Trader, page: Page) -> list[Json]:
    return [
        order_row(
            order,
            trader,
            page.block_id(order.id),
            may_cancel=may_cancel(trader, order, portfolio.members),
            has_portfolio=False,
        )
        for order in orders
    ]


def _trades(portfolio: Portfolio) -> list[Trade]:
    return [edge.node for edge in portfolio.trades.edges[:TRADES_SHOWN]]


def _buttons(portfolio: Portfolio, trader: Trader, page: Page) -> list[Json]:
    is_manager = role_in(trader, portfolio.members) is MemberRole.MANAGER
    orders = Page(Listing.ORDERS, portfolio.id)
    return [
        *turning_buttons(page, len(portfolio.positions), POSITIONS_SHOWN),
        *(
            [button("Trade", TRADE_PORTFOLIO_ACTION, portfolio.id, style="primary")]
            if may_trade(trader, portfolio) and not portfolio.archived
            else []
        ),
        button("Orders", SHOW_ORDERS_ACTION, orders.text),
        *([button("Members", MEMBERS_ACTION, portfolio.id)] if is_manager else []),
    ]
