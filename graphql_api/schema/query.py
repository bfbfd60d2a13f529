"""What can be asked."""

from uuid import UUID

import strawberry

from graphql_api.context import Info
from graphql_api.oms.ids import from_text
from graphql_api.oms.keys import list_keys
from graphql_api.oms.previewing import preview_order
from graphql_api.oms.tables import EventRow
from graphql_api.oms.texts import read_symbol
from graphql_api.oms.trading import Rejected
from graphql_api.oms.views import search as search_instruments
from graphql_api.oms.words import KeyRole
from graphql_api.schema.connections import (
    Connection,
    bad_cursor,
    check_first,
    is_count,
    page,
    read_cursor,
)
from graphql_api.schema.inputs import PlaceOrderInput, order_request
from graphql_api.schema.keys import ApiKey, Viewer
from graphql_api.schema.markets import Instrument, Market, Quote, quote_now
from graphql_api.schema.pages import portfolio_page
from graphql_api.schema.results import OrderPreview, OrderRejected, PreviewOrderResult
from graphql_api.schema.scalars import bad_input
from graphql_api.schema.types import Event, Order, Portfolio, events_of_chain

MAX_SYMBOLS = 100


@strawberry.type
class Query:
    @strawberry.field(description="Who is asking.")
    def viewer(self, info: Info) -> Viewer:
        actor = info.context.actor
        actor.admit(*KeyRole)
        return Viewer(
            workspace=actor.workspace, key_name=actor.key_name, role=actor.role, trader=actor.trader
        )

    @strawberry.field(
        description="One portfolio, by id or by name; null where there is none that you may see."
    )
    def portfolio(
        self, info: Info, id: strawberry.ID | None = None, name: str | None = None
    ) -> Portfolio | None:
        snapshot = info.context.snapshot
        if (id is None) == (name is None):
            raise bad_input("name a portfolio by id or by name, one of the two", "id")
        if id is not None:
            ids = from_text(id)
            row = None if ids is None else snapshot.portfolio(ids[0])
        else:
            row = snapshot.portfolio_named(name or "")
        return None if row is None else Portfolio.of(row)

    @strawberry.field(description="The portfolios that you may see, oldest first.")
    def portfolios(
        self, info: Info, first: int = 50, after: str | None = None, include_archived: bool = False
    ) -> Connection[Portfolio]:
        return portfolio_page(info, first, after, include_archived=include_archived)

    @strawberry.field(description="One order; null where there is none that you may see.")
    def order(self, info: Info, id: strawberry.ID) -> Order | None:
        ids = from_text(id, parts=2)
        row = None if ids is None else info.context.snapshot.order(ids[0], ids[1])
        return None if row is None else Order.of(row)

    @strawberry.field(description="A symbol's quote now; null where there is none.")
    def quote(self, info: Info, symbol: str) -> Quote | None:
        return quote_now(info, read_symbol(symbol) or "")

    @strawberry.field(description="Quotes of at most 100 symbols; those without a quote are left out.")
    def quotes(self, info: Info, symbols: list[str]) -> list[Quote]:
        if len(symbols) > MAX_SYMBOLS:
            raise bad_input(f"symbols takes at most {MAX_SYMBOLS}", "symbols")
        snapshot = info.context.snapshot
        wanted = [symbol for symbol in map(read_symbol, symbols) if symbol is not None]
        return [Quote.now(info, quote) for quote in snapshot.quotes(wanted)]

    @strawberry.field(description="Instruments by their symbol or name, best match first.")
    def instruments(self, info: Info, search: str, first: int = 20) -> list[Instrument]:
        check_first(first)
        found = search_instruments(info.context.snapshot.desk, search, first)
        return [Instrument(symbol=instrument.symbol, name=instrument.name) for instrument in found]

    @strawberry.field(description="Where prices come from, and its clock.")
    def market(self, info: Info) -> Market:
        return Market.of(info)

    @strawberry.field(description="What an order would do now. Nothing is saved.")
    def preview_order(self, info: Info, input: PlaceOrderInput) -> PreviewOrderResult:
        snapshot = info.context.snapshot
        previewed = preview_order(
            snapshot.desk, snapshot.session.connection(), snapshot.actor, snapshot.view, order_request(input)
        )
        if isinstance(previewed, Rejected):
            return OrderRejected.of(previewed)
        return OrderPreview.of(info, previewed)

    @strawberry.field(description="The workspace's API keys, oldest first. ADMIN keys only.")
    def api_keys(self, info: Info) -> list[ApiKey]:
        snapshot = info.context.snapshot
        return [ApiKey.of(row) for row in list_keys(snapshot.session, snapshot.actor)]

    @strawberry.field(
        description="The audit trail in commit order, oldest first, of one portfolio or of all that you may "
        "see. An event that commits late is never skipped."
    )
    def events(
        self,
        info: Info,
        portfolio_id: strawberry.ID | None = None,
        after: str | None = None,
        first: int = 100,
    ) -> Connection[Event]:
        snapshot = info.context.snapshot
        if portfolio_id is not None:
            ids = from_text(portfolio_id)
            if ids is None or snapshot.portfolio(ids[0]) is None:
                return page([], first, after, str, lambda row: row)
            return events_of_chain(info, ids[0], first, after)
        rows = snapshot.events(read_place(after), check_first(first))
        return page(rows, first, after, place_of, lambda row: Event.of(row, place_of(row)))


def place_of(row: EventRow) -> str:
    """Where an event stands in the feed of all chains, as its cursor says it."""
    return f"{row.commit_number}:{row.chain_id.hex}:{row.sequence}"


def read_place(after: str | None) -> tuple[int, UUID, int] | None:
    """The place in the feed of all chains that a cursor stands for, None without a cursor."""
    if after is None:
        return None
    parts = read_cursor(after)
    chain = from_text(parts[1]) if len(parts) == 3 else None
    if chain is None or not (is_count(parts[0]) and is_count(parts[2])):
        raise bad_cursor()
    return int(parts[0]), chain[0], int(parts[2])
