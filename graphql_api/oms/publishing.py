"""Publishing on the manual market: an instructor's quotes and clock, and what resting orders make of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_
from sqlmodel import Session, col, select

from graphql_api.market.calendar import Session as MarketSession
from graphql_api.oms import equity, money
from graphql_api.oms.actor import MARKET, Actor
from graphql_api.oms.board import hold, is_met, read_clock
from graphql_api.oms.db import NOW
from graphql_api.oms.desk import Desk
from graphql_api.oms.events import iso, record
from graphql_api.oms.keys import lock_workspace
from graphql_api.oms.matching import match
from graphql_api.oms.refusals import Refused
from graphql_api.oms.risk import is_amount, is_quantity
from graphql_api.oms.tables import BoardQuoteRow, BoardRow, EventRow, TradeRow
from graphql_api.oms.texts import read_symbol
from graphql_api.oms.words import KeyRole, RejectionCode

MAX_QUOTES = 1000
PUBLISHED = "quotes:published"


@dataclass(frozen=True, slots=True)
class NewQuote:
    """A quote to publish. Its own `at` may be older than the clock; without one it is the clock's time."""

    symbol: str
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    at: datetime | None = None


def publish_quotes(
    desk: Desk,
    actor: Actor,
    at: datetime | None,
    quotes: Sequence[NewQuote],
    *,
    official_close: bool = False,
) -> list[TradeRow]:
    """Move the clock to `at`, put the quotes on the board, and let resting orders meet both.

    With `official_close` each quote's `last` is its symbol's close of the session that ends at `at`.
    Returns the trades that were made. Raises Refused where nothing is published.
    """
    actor.admit(KeyRole.ADMIN)
    if desk.market is not None:
        raise _refused(
            "quotes", f"Prices come from {desk.market.source} here, so that none can be published."
        )
    quotes = _readable(quotes)
    published = None
    while published is None:
        match(desk, actor.workspace_id, waits=True)
        with desk.database.transaction() as session:
            published = _publish(desk, session, actor, at, quotes, official_close=official_close)
    match(desk, actor.workspace_id, waits=True)
    if published.official is not None:
        equity.record_official_close(desk, actor.workspace_id, published.official)
    with desk.database.snapshot() as session:
        return _trades_of(session, actor.workspace_id, published.sequence)


@dataclass(frozen=True, slots=True)
class _Published:
    """A publication: its event in the workspace's chain, and the official close that has come with it."""

    sequence: int
    official: equity.OfficialClose | None


def _publish(
    desk: Desk,
    session: Session,
    actor: Actor,
    at: datetime | None,
    quotes: Sequence[NewQuote],
    *,
    official_close: bool,
) -> _Published | None:
    """Write the board. None, and nothing is written, where orders have not all met what is on it: no quote
    passes them by unseen."""
    workspace = lock_workspace(session, actor.workspace_id)
    board = _hold_board(session, actor.workspace_id)
    if not is_met(session.connection(), board):
        return None
    if at is not None and board.at is not None and at < board.at:
        raise Refused(
            RejectionCode.CLOCK_BACKWARDS,
            "at",
            f"The market's clock stands at {iso(board.at)} and never goes back. Use a later time.",
        )
    before = board.at
    board.at = before if at is None else at
    board.number += 1
    session.flush()
    now = read_clock(session.connection(), actor.workspace_id)
    if not 1900 <= now.year <= 2999:
        raise _refused("at", "The clock can stand between the years 1900 and 2999.")
    ending = _ending(desk, now) if official_close else None
    board.ends_at = ending.closes_at if ending else None
    running = None if official_close else desk.calendar.session_at(now)
    official = equity.record_passing(desk, session.connection(), actor.workspace_id, before, now, ending)
    there = {
        row.symbol: row
        for row in session.exec(
            select(BoardQuoteRow).where(
                BoardQuoteRow.workspace_id == actor.workspace_id,
                col(BoardQuoteRow.symbol).in_([quote.symbol for quote in quotes]),
            )
        )
    }
    for number, quote in enumerate(quotes):
        if quote.at is not None and quote.at > now:
            raise _refused(f"quotes.{number}.at", f"A quote cannot be newer than the clock, {iso(now)}.")
        row = _row(actor.workspace_id, board.number, quote, now, running, there.get(quote.symbol))
        row.closed_at = ending.closes_at if ending else None
        session.merge(row)
    data: dict[str, Any] = {
        "at": iso(now),
        "officialClose": official_close,
        "quotes": [_data(quote, now) for quote in quotes],
    }
    session.flush()
    sequence = record(session, workspace, actor, PUBLISHED, session.exec(select(NOW)).one(), data)
    return _Published(sequence, official)


def _trades_of(session: Session, workspace_id: UUID, sequence: int) -> list[TradeRow]:
    """The trades that resting orders made of a publication, in whichever process: all that the market made
    after it and before the next one."""
    publications = session.exec(
        select(EventRow.commit_number)
        .where(EventRow.chain_id == workspace_id, EventRow.sequence >= sequence, EventRow.type == PUBLISHED)
        .order_by(col(EventRow.sequence))
        .limit(2)
    ).all()
    made = (
        select(TradeRow)
        .join(
            EventRow,
            and_(col(EventRow.portfolio_id) == TradeRow.portfolio_id, col(EventRow.trade_id) == TradeRow.id),
        )
        .where(
            EventRow.workspace_id == workspace_id,
            EventRow.trader == MARKET,
            col(EventRow.commit_number) > publications[0],
        )
        .order_by(col(EventRow.commit_number), col(EventRow.chain_id), col(EventRow.sequence))
    )
    if len(publications) > 1:
        made = made.where(col(EventRow.commit_number) < publications[1])
    return list(session.exec(made))


def _hold_board(session: Session, workspace_id: UUID) -> BoardRow:
    """The workspace's board, for nobody else: orders that were decided on the quotes before are written."""
    hold(session.connection(), workspace_id, alone=True)
    board = session.get(BoardRow, workspace_id)
    if board is None:
        board = BoardRow(workspace_id=workspace_id, at=None, number=0)
        session.add(board)
    return board


def _ending(desk: Desk, now: datetime) -> MarketSession:
    """The session that an official close at this time ends: the one that closes right then, or runs."""
    last = desk.calendar.last_session(now)
    return last if last.closes_at == now else desk.calendar.session_at(now) or last


def _row(
    workspace_id: UUID,
    number: int,
    quote: NewQuote,
    now: datetime,
    running: MarketSession | None,
    before: BoardQuoteRow | None,
) -> BoardQuoteRow:
    at = quote.at or now
    is_fresh = running is not None and at >= running.opens_at
    session = running.date if running is not None and is_fresh else before.session if before else None
    return BoardQuoteRow(
        workspace_id=workspace_id,
        symbol=quote.symbol,
        number=number,
        bid=quote.bid,
        ask=quote.ask,
        last=quote.last,
        bid_size=quote.bid_size,
        ask_size=quote.ask_size,
        at=at,
        session=session,
        is_first=is_fresh and (before is None or before.session != session),
        is_met=running is None,
    )


def _readable(quotes: Sequence[NewQuote]) -> list[NewQuote]:
    """The quotes with their symbols as the market writes them. Raises Refused by the field."""
    if len(quotes) > MAX_QUOTES:
        raise _refused("quotes", f"At most {MAX_QUOTES} quotes can be published at once.")
    readable: dict[str, NewQuote] = {}
    for number, quote in enumerate(quotes):
        symbol = read_symbol(quote.symbol)
        if symbol is None:
            raise Refused(
                RejectionCode.UNKNOWN_SYMBOL,
                f"quotes.{number}.symbol",
                "A symbol has 1 to 12 letters, digits, dots or hyphens, such as AAPL or BRK.B.",
            )
        if symbol in readable:
            raise _refused(f"quotes.{number}.symbol", f"{symbol} is quoted twice: name each symbol once.")
        for name in ("bid", "ask", "last"):
            price = getattr(quote, name)
            if price is not None and not is_amount(price):
                raise Refused(
                    RejectionCode.INVALID_PRICE,
                    f"quotes.{number}.{name}",
                    "A price must be at most 1,000,000,000,000, with at most 6 decimals.",
                )
        for name, size in (("bidSize", quote.bid_size), ("askSize", quote.ask_size)):
            if size is not None and not (size >= 0 and is_quantity(size)):
                raise Refused(
                    RejectionCode.INVALID_QUANTITY,
                    f"quotes.{number}.{name}",
                    "A size must be between 0 and 1,000,000,000, with at most 9 decimals.",
                )
        readable[symbol] = replace(quote, symbol=symbol)
    return list(readable.values())


def _data(quote: NewQuote, now: datetime) -> dict[str, str | None]:
    prices = {
        "bid": quote.bid,
        "ask": quote.ask,
        "last": quote.last,
        "bidSize": quote.bid_size,
        "askSize": quote.ask_size,
    }
    told = {name: None if value is None else money.plain(value) for name, value in prices.items()}
    return {"symbol": quote.symbol, "at": iso(quote.at or now), **told}


def _refused(field: str, message: str) -> Refused:
    return Refused(RejectionCode.INVALID_INPUT, field, message)
