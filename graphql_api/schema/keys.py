"""API keys and the viewer as GraphQL shows them."""

from datetime import datetime

import strawberry

from graphql_api.context import Info
from graphql_api.oms import tables
from graphql_api.oms.ids import to_text
from graphql_api.schema.connections import Connection
from graphql_api.schema.enums import KeyRole
from graphql_api.schema.pages import portfolio_page
from graphql_api.schema.types import Portfolio


@strawberry.type(description="Who is asking.")
class Viewer:
    workspace: str
    key_name: str
    role: KeyRole
    trader: str = strawberry.field(description="For whom: orders carry this name.")

    @strawberry.field(description="The portfolios that it sees, oldest first.")
    def portfolios(self, info: Info, first: int = 50, after: str | None = None) -> Connection[Portfolio]:
        return portfolio_page(info, first, after, include_archived=False)


@strawberry.type(description="An API key, without its secret.")
class ApiKey:
    id: strawberry.ID
    name: str
    prefix: str = strawberry.field(description="The first characters of the secret, to tell keys apart.")
    role: KeyRole
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = strawberry.field(description="Written at most once a minute.")
    revoked_at: datetime | None

    @staticmethod
    def of(row: tables.ApiKeyRow) -> "ApiKey":
        return ApiKey(
            id=strawberry.ID(to_text(row.id)),
            name=row.name,
            prefix=row.prefix,
            role=row.role,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )
