"""App Home: a trader's portfolios at a glance. Pure: answers of the OMS in, a view out."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from slack_client.answers import HomePortfolio, HomePortfolioPage, Market, Order, Trade
from slack_client.blocks import (
    Json,
    actions,
    beside,
    button,
    cut,
    header,
    markdown,
    paragraph,
    small_print,
    unformatted,
)
from slack_client.figures import change, money
from slack_client.messages import NEW_PORTFOLIO_ACTION, SHOW_PORTFOLIO_ACTION, TRADE_AGAIN_ACTION
from slack_client.pages.order_pages import NO_ORDERS, order_row
from slack_client.pages.portfolio_pages import day_line
from slack_client.pages.position_lines import largest, position_line
from slack_client.pages.trade_lines import trades_section
from slack_client.portfolios import (
    may_cancel,
)
from slack_client.trade.modals import PAPER
from slack_client.trade.offering import (
    NAME_LENGTH,
)
from slack_client.trade.previews import market_hours
from slack_client.trader import Trader
from slack_client.words import ORDERS_COMMAND, PORTFOLIO_COMMAND, QUOTE_COMMAND, TRADE_COMMAND, Side

REFRESH_HOME_ACTION = "refresh_home"
PORTFOLIOS_SHOWN = 10
POSITIONS_SHOWN = 5
ORDERS_SHOWN = 20
TRADES_SHOWN = 5
VALUE = f"Trade on paper with your team, right where you talk. {PAPER}"
_FIRST_LINES = (
    "Buy and sell with practice money: your first order gets a portfolio of your own.",
    f"In any channel, {TRADE_COMMAND} AAPL opens the form, and the trade is confirmed where you typed.",
    f"{QUOTE_COMMAND} AAPL shows prices, {PORTFOLIO_COMMAND} what you hold, {ORDERS_COMMAND} what works.",
)


def home_view(page: HomePortfolioPage, market: Market, trader: Trader, notice: str = "") -> Json:
    """Draw the Home of a trader: their first portfolios with what each holds, waits for and did.

    `notice` says what came of something that was pressed here. Without a portfolio it explains itself.
    """
    portfolios = [edge.node for edge in page.edges]
    if not portfolios:
        return _home([*_notices(notice), *_first_blocks()])
    orders = _newest_orders(portfolios)
    trades = _newest_trades(portfolios)
    members = {each.id: each.members for each in portfolios}
    blocks = [
        header(_worth(portfolios, has_more=page.page_info.has_next_page)),
        small_print(VALUE),
        *_notices(notice),
        actions([_trade_button("Trade"), _new_portfolio_button(), _refresh_button("Refresh")]),
        *(block for each in portfolios for block in _portfolio(each)),
        *_cut_portfolios(page),
        header("Working orders"),
        *(
            order_row(
                order,
                trader,
                f"home {order.id}",
                may_cancel=may_cancel(trader, order, members[order.portfolio.id]),
            )
            for order in orders[:ORDERS_SHOWN]
        ),
        *_cut_orders(portfolios, len(orders)),
        *([trades_section(trades, trader.team_id)] if trades else []),
        markdown(f"{market_hours(market)}\nPrices: {unformatted(market.source)}."),
    ]
    return _home(blocks)


def problem_home(text: str, notice: str = "") -> Json:
    """Draw what stands there while nothing can be shown."""
    retry = actions([_refresh_button("Try again"), _trade_button("Trade")])
    return _home([small_print(VALUE), *_notices(notice), paragraph(text), retry])


def _home(blocks: Sequence[Json]) -> Json:
    return {"type": "home", "blocks": list(blocks)}


def _first_blocks() -> Iterator[Json]:
    yield header("Welcome to SlackOMS")
    yield small_print(VALUE)
    yield from (paragraph(line) for line in _FIRST_LINES)
    yield actions(
        [_trade_button("Make your first trade"), _new_portfolio_button(), _refresh_button("Refresh")]
    )


def _notices(notice: str) -> list[Json]:
    return [paragraph(notice)] if notice else []


def _worth(portfolios: Sequence[HomePortfolio], *, has_more: bool) -> str:
    """What the portfolios are worth together, and what they have made today where each of them knows."""
    equity = money(sum((each.equity for each in portfolios), Decimal(0)))
    changes = [each.day_change for each in portfolios if each.day_change is not None]
    today = f", {change(sum(changes, Decimal(0)))} today" if len(changes) == len(portfolios) else ""
    first = "first " if has_more else ""
    whose = "portfolio" if len(portfolios) == 1 else f"{first}{len(portfolios)} portfolios"
    return f"Your {whose}: {equity}{today}"


def _portfolio(portfolio: HomePortfolio) -> list[Json]:
    name = cut(portfolio.name, NAME_LENGTH)
    figures = f"{money(portfolio.equity)}, day's change {day_line(portfolio.day_change)}"
    summary = paragraph(f"{name}\n{figures}, cash {money(portfolio.cash)}")
    held = largest(portfolio.positions)
    lines = [position_line(position) for position in held[:POSITIONS_SHOWN]]
    if len(held) > POSITIONS_SHOWN:
        lines.append(f"Showing {POSITIONS_SHOWN} of {len(held)} positions.")
    opening = beside(summary, button("Open", SHOW_PORTFOLIO_ACTION, portfolio.id))
    return [opening, *([small_print("\n".join(lines))] if lines else [])]


def _cut_portfolios(page: HomePortfolioPage) -> list[Json]:
    if not page.page_info.has_next_page:
        return []
    text = f"Showing your first {len(page.edges)} portfolios: {PORTFOLIO_COMMAND} and a name shows another."
    return [paragraph(text)]


def _newest_orders(portfolios: Sequence[HomePortfolio]) -> list[Order]:
    orders = [edge.node for each in portfolios for edge in each.orders.edges]
    return sorted(orders, key=lambda order: order.created_at, reverse=True)


def _cut_orders(portfolios: Sequence[HomePortfolio], total: int) -> list[Json]:
    if not total:
        return [paragraph(NO_ORDERS)]
    has_more = any(each.orders.page_info.has_next_page for each in portfolios)
    if total <= ORDERS_SHOWN and not has_more:
        return []
    shown = min(total, ORDERS_SHOWN)
    of = f"more than {total}" if has_more else str(total)
    return [paragraph(f"Showing {shown} of {of} working orders: {ORDERS_COMMAND} shows all.")]


def _newest_trades(portfolios: Sequence[HomePortfolio]) -> list[Trade]:
    trades = [edge.node for each in portfolios for edge in each.trades.edges]
    return sorted(trades, key=lambda trade: trade.executed_at, reverse=True)[:TRADES_SHOWN]


def _trade_button(text: str) -> Json:
    return button(text, TRADE_AGAIN_ACTION, Side.BUY, style="primary")


def _new_portfolio_button() -> Json:
    return button("New portfolio", NEW_PORTFOLIO_ACTION, "new")


def _refresh_button(text: str) -> Json:
    return button(text, REFRESH_HOME_ACTION, "refresh")
