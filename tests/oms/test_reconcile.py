"""The proof of the books: silent when they are right, and it names what was changed behind its back."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import delete, update
from sqlalchemy.sql.dml import Delete, Update
from sqlmodel import col, select

from graphql_api import cli
from graphql_api.oms.actor import Actor, console
from graphql_api.oms.db import Database
from graphql_api.oms.desk import Desk
from graphql_api.oms.ids import to_text
from graphql_api.oms.keys import create_workspace
from graphql_api.oms.migrations import migrate
from graphql_api.oms.portfolios import create_portfolio, transfer_cash
from graphql_api.oms.reconcile import Reconciliation
from graphql_api.oms.tables import EventRow, OrderRow, PortfolioRow, PositionRow, TradeRow, TransferRow
from graphql_api.oms.trading import Placed, Rejected, place_order
from graphql_api.oms.words import Side
from tests.orders import trade_now
from tests.still import StillMarket


@dataclass
class Office:
    """A database of one test's own, with two portfolios that have traded."""

    database: Database
    url: str
    desk: Desk
    actor: Actor

    def trade(self, portfolio: str, side: Side, symbol: str, quantity: str) -> Placed:
        """Trade by the use case, and be sure that it filled."""
        request = trade_now(symbol, side, Decimal(quantity), portfolio=portfolio)
        done = place_order(self.desk, self.actor, request)
        assert isinstance(done, Placed)
        return done

    def plant(self, *statements: Update | Delete) -> None:
        """Change the books past every rule."""
        with self.database.transaction() as session:
            for statement in statements:
                assert session.connection().execute(statement).rowcount == 1


@pytest.fixture
def office(fresh_database_url: str) -> Iterator[Office]:
    database = Database(fresh_database_url)
    migrate(database)
    actor = console(create_workspace(database, "main"), "main")
    office = Office(database, fresh_database_url, Desk(database, StillMarket()), actor)
    for name in ("Growth", "Income"):
        id = create_portfolio(office.desk, actor, name)
        office.trade(name, Side.BUY, "AAPL", "10")
        transfer_cash(office.desk, actor, to_text(id), Decimal("-5.5"), None)
        office.trade(name, Side.SELL, "AAPL", "4")
    yield office
    database.close()


def slackoms(monkeypatch: pytest.MonkeyPatch, url: str, *words: str) -> int:
    """Run the command line here and return its exit code."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr(sys, "argv", ["slackoms", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    code = ended.value.code
    assert isinstance(code, int)
    return code


def growth_id(office: Office) -> UUID:
    """The id of the portfolio Growth."""
    with office.database.snapshot() as session:
        return session.exec(select(PortfolioRow.id).where(PortfolioRow.name == "Growth")).one()


def change_portfolio(id: UUID) -> Update:
    return update(PortfolioRow).where(col(PortfolioRow.id) == id)


def change_position(id: UUID) -> Update:
    return update(PositionRow).where(col(PositionRow.portfolio_id) == id)


def change_order(id: UUID) -> Update:
    """The order that sold."""
    return update(OrderRow).where(col(OrderRow.portfolio_id) == id, col(OrderRow.side) == Side.SELL)


def change_trade(id: UUID) -> Update:
    """The trade that sold."""
    return update(TradeRow).where(col(TradeRow.portfolio_id) == id, col(TradeRow.side) == Side.SELL)


def change_event(id: UUID) -> Update:
    """The last event."""
    return update(EventRow).where(col(EventRow.chain_id) == id, col(EventRow.sequence) == 4)


PLANTED: dict[str, tuple[Callable[[UUID], Update | Delete], list[str]]] = {
    "cash": (
        lambda growth: change_portfolio(growth).values(cash=Decimal("99094.220001")),
        ["cash is 99094.220001 in the books and 99094.22 by its entries"],
    ),
    "flows": (
        lambda growth: change_portfolio(growth).values(flows=Decimal(5)),
        ["flows is 5 in the books and -5.5 by its entries"],
    ),
    "realized P&L": (
        lambda growth: change_portfolio(growth).values(realized_pnl=Decimal(1)),
        ["realized P&L is 1 in the books and -0.16 by its entries"],
    ),
    "fees": (
        lambda growth: change_portfolio(growth).values(fees=Decimal(1)),
        ["fees is 1 in the books and 0 by its entries"],
    ),
    "dividends": (
        lambda growth: change_portfolio(growth).values(dividends=Decimal(1)),
        ["dividends is 1 in the books and 0 by its entries"],
    ),
    "what working orders reserve": (
        lambda growth: change_portfolio(growth).values(reserved=Decimal(1)),
        ["reserved is 1 in the books and 0 by its entries"],
    ),
    "the number of working orders": (
        lambda growth: change_portfolio(growth).values(open_orders=1),
        ["the number of working orders is 1 in the books and 0 by its entries"],
    ),
    "what an order has filled": (
        lambda growth: change_order(growth).values(filled_quantity=Decimal(3)),
        ["the fill of order", "is 3 shares at 149.98, fees 0 in the books and 4 shares at 149.98"],
    ),
    "the average price of an order": (
        lambda growth: change_order(growth).values(average_price=Decimal("149.97")),
        ["the fill of order", "is 4 shares at 149.97, fees 0 in the books and 4 shares at 149.98"],
    ),
    "the fees of an order": (
        lambda growth: change_order(growth).values(fees=Decimal(1)),
        ["the fill of order", "fees 1 in the books and 4 shares at 149.98, fees 0 by its entries"],
    ),
    "the initial cash, and the cash with it": (
        lambda growth: change_portfolio(growth).values(
            initial_cash=PortfolioRow.initial_cash + Decimal(1), cash=PortfolioRow.cash + Decimal(1)
        ),
        ["initial cash is 100001 in the books and 100000 by its entries"],
    ),
    "an event that is no longer JSON": (
        lambda growth: change_event(growth).values(data="{"),
        ["event 4 is"],
    ),
    "the quantity of a position": (
        lambda growth: change_position(growth).values(quantity=Decimal("6.000000001")),
        ["the position in AAPL is 6.000000001 shares", "6 shares at a cost of 900.12"],
    ),
    "the cost of a position": (
        lambda growth: change_position(growth).values(cost=Decimal(900)),
        ["the position in AAPL is 6 shares at a cost of 900,", "cost of 900.12"],
    ),
    "a position that is gone": (
        lambda growth: delete(PositionRow).where(col(PositionRow.portfolio_id) == growth),
        ["the position in AAPL is nothing in the books"],
    ),
    "the value of a trade": (
        lambda growth: change_trade(growth).values(value=Decimal("599.93")),
        ["the value of trade", "is 599.93", "599.92", "cash is 99094.22"],
    ),
    "the price of a trade": (
        lambda growth: change_trade(growth).values(price=Decimal("149.99")),
        ["the value of trade"],
    ),
    "the realized P&L of a trade": (
        lambda growth: change_trade(growth).values(realized_pnl=Decimal(0)),
        ["the realized P&L of trade"],
    ),
    "the fee of a trade": (
        lambda growth: change_trade(growth).values(fee=Decimal(1)),
        ["fees is 0 in the books and 1 by its entries", "cash is"],
    ),
    "a trade that is gone": (
        lambda growth: delete(TradeRow).where(
            col(TradeRow.portfolio_id) == growth, col(TradeRow.side) == Side.SELL
        ),
        ["cash is 99094.22", "the position in AAPL"],
    ),
    "the amount of a transfer": (
        lambda growth: (
            update(TransferRow).where(col(TransferRow.portfolio_id) == growth).values(amount=Decimal("-5.6"))
        ),
        ["flows is -5.5 in the books and -5.6 by its entries", "cash is"],
    ),
    "a transfer that is gone": (
        lambda growth: delete(TransferRow).where(col(TransferRow.portfolio_id) == growth),
        ["flows is -5.5 in the books and 0 by its entries"],
    ),
    "the data of an event": (
        lambda growth: change_event(growth).values(data='{"cash":"1000000"}'),
        ["event 4 is"],
    ),
    "the trader of an event": (
        lambda growth: change_event(growth).values(trader="key:somebody"),
        ["event 4 is"],
    ),
    "the link of an event": (
        lambda growth: change_event(growth).values(previous_hash="f" * 64),
        ["event 4 is"],
    ),
    "the hash of an event": (
        lambda growth: change_event(growth).values(hash="f" * 64),
        ["event 4 is ffff", "the last event's hash is"],
    ),
    "the last event": (
        lambda growth: delete(EventRow).where(col(EventRow.chain_id) == growth, col(EventRow.sequence) == 4),
        ["the last event is 4 in the books and 3 by its entries", "the last event's hash"],
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_difference_is_found_and_named(
    office: Office, planted: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    statement, sentences = PLANTED[planted]
    assert list(Reconciliation(office.database).differences()) == []
    office.plant(statement(growth_id(office)))
    found = [str(difference) for difference in Reconciliation(office.database).differences()]
    assert found != []
    assert all(line.startswith("Growth: ") for line in found), "the other portfolio is right"
    for sentence in sentences:
        assert any(sentence in line for line in found), found
    assert slackoms(monkeypatch, office.url, "reconcile") == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines() == found
    assert printed.err == f"{len(found)} differences in 2 portfolios.\n"


def test_a_missing_event_in_the_middle_is_found(office: Office) -> None:
    office.plant(
        delete(EventRow).where(
            col(EventRow.chain_id) == growth_id(office),
            col(EventRow.sequence) == 2,
        )
    )
    found = [str(difference) for difference in Reconciliation(office.database).differences()]
    assert any("event 3 is" in line and "after event 1" in line for line in found), found


def test_books_that_are_right_end_with_0(
    office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slackoms(monkeypatch, office.url, "reconcile") == 0
    assert capsys.readouterr().out == "The books of 2 portfolios are right to the last decimal.\n"


def test_a_database_that_is_not_there_is_a_sentence_and_not_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slackoms(monkeypatch, "sqlite:////nowhere/at/all.db", "reconcile") == 1
    assert capsys.readouterr().err == "The database cannot be used: unable to open database file\n"


def test_a_reconciliation_goes_on_from_where_it_was(office: Office) -> None:
    reconciliation = Reconciliation(office.database)
    assert list(reconciliation.differences()) == []
    chance = Random(7)  # noqa: S311 - dice of a test
    market, outcomes = StillMarket(), set()
    office.desk = Desk(office.database, market)
    for _ in range(40):
        price = f"{chance.uniform(50, 250):.6f}"
        market.set("MSFT", bid=price, ask=price, last=price)
        request = trade_now(
            "MSFT",
            chance.choice(list(Side)),
            notional=Decimal(chance.randint(1, 60_000_000)).scaleb(-3),
            portfolio="Growth",
        )
        outcomes.add(type(place_order(office.desk, office.actor, request)))
        assert list(reconciliation.differences()) == []
    assert outcomes == {Placed, Rejected}
    assert list(Reconciliation(office.database).differences()) == []
    office.plant(update(PositionRow).where(col(PositionRow.symbol) == "MSFT").values(quantity=Decimal("5.5")))
    office.trade("Growth", Side.BUY, "AAPL", "1")  # what has not moved is not looked at again
    (difference,) = reconciliation.differences()
    assert difference.what == "the position in MSFT"
    (difference,) = Reconciliation(office.database).differences()
    assert difference.what == "the position in MSFT"
