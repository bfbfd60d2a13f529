"""Pages of the portfolios that an actor sees."""

from uuid import UUID

from graphql_api.context import Info
from graphql_api.oms.ids import from_text, to_text
from graphql_api.schema.connections import Connection, bad_cursor, check_first, page, read_cursor
from graphql_api.schema.types import Portfolio


def portfolio_page(
    info: Info, first: int, after: str | None, *, include_archived: bool
) -> Connection[Portfolio]:
    """A page of the portfolios that the actor sees, oldest first."""
    rows = info.context.snapshot.portfolios(_portfolio_cursor(after), check_first(first), include_archived)
    return page(rows, first, after, lambda row: to_text(row.id), Portfolio.of)


def _portfolio_cursor(after: str | None) -> UUID | None:
    if after is None:
        return None
    ids = from_text(":".join(read_cursor(after)))
    if ids is None:
        raise bad_cursor()
    return ids[0]
