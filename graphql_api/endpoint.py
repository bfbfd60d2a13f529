"""POST /graphql: the key is checked and the operation runs, in one thread and one snapshot."""

import asyncio
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from cross_web import HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from strawberry.asgi import GraphQL
from strawberry.exceptions import MissingQueryError
from strawberry.http import GraphQLRequestData
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graphql_api import explorer
from graphql_api.context import Context
from graphql_api.oms.desk import Desk
from graphql_api.oms.keys import Door, Unauthenticated
from graphql_api.schema import errors, schema

_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")
_OPERATIONS = frozenset({OperationType.QUERY, OperationType.MUTATION})
T = TypeVar("T")


class Workers:
    """The threads in which everything that waits for the database runs: the event loop never does.

    As many as there are connections, so that a thread never waits for one.
    """

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="database")

    async def run(self, work: Callable[[], T]) -> T:
        """Run `work` in one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Wait for what runs, and end the threads."""
        self._threads.shutdown()


class GraphQLEndpoint(GraphQL[Any, None]):
    """Strawberry's ASGI application, with each operation in one thread and one snapshot, behind a key."""

    def __init__(self, desk: Desk, door: Door, workers: Workers, *, has_explorer: bool) -> None:
        super().__init__(
            schema,
            graphql_ide="graphiql" if has_explorer else None,
            allow_queries_via_get=False,
            subscription_protocols=(),
        )
        self._desk = desk
        self._door = door
        self._workers = workers

    async def run(self, request: Any, context: Any = None, root_value: Any = None) -> Any:
        """Answer what cannot be read as GraphQL over HTTP with a GraphQL error, too."""
        try:
            return await super().run(request, context=context, root_value=root_value)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except HTTPException as unreadable:
            error = GraphQLError(unreadable.reason, extensions={"code": "BAD_REQUEST"})
            body = self.encode_json({"data": None, "errors": [error.formatted]})
            return Response(body, unreadable.status_code, media_type="application/json")

    def decode_json(self, data: str | bytes) -> object:
        """Read a body; what the parser chokes on is the client's mistake."""
        try:
            body = super().decode_json(data)
        except (ValueError, RecursionError) as unreadable:
            raise HTTPException(400, "Unable to parse request body as JSON") from unreadable
        if not isinstance(body, dict | list):
            raise HTTPException(400, "The request body must be a JSON object.")
        return body

    async def execute_operation(
        self,
        request: Request,
        request_adapter: object,
        request_data: GraphQLRequestData | list[GraphQLRequestData],
        context: object,
        root_value: None,
        sub_response: Response,
    ) -> ExecutionResult:
        """Check the key and run the operation."""
        if request.method != "POST" or isinstance(request_data, list):
            raise HTTPException(405, "Send one GraphQL operation by POST.")
        key, trader = request.headers.get("X-API-Key"), request.headers.get("X-On-Behalf-Of")
        request_id = _request_id(request)
        sub_response.headers["X-Request-Id"] = request_id
        try:
            result = await self._workers.run(lambda: self._execute(key, trader, request_id, request_data))
        except Unauthenticated as refused:
            sub_response.status_code = 401
            return _failed(GraphQLError(str(refused), extensions={"code": "UNAUTHENTICATED"}))
        except CannotGetOperationTypeError as unclear:
            raise HTTPException(400, unclear.as_http_error_reason()) from unclear
        except InvalidOperationTypeError as refused:
            raise HTTPException(400, refused.as_http_error_reason("POST")) from refused
        except MissingQueryError as missing:
            raise HTTPException(400, "No GraphQL query found in the request") from missing
        except Exception as unexpected:  # noqa: BLE001 - masked, and logged with an id
            sub_response.status_code = 500
            return _failed(errors.masked(unexpected))
        result.errors = [errors.publish(error) for error in result.errors or ()] or None
        return result

    def _execute(
        self, key: str | None, trader: str | None, request_id: str, asked: GraphQLRequestData
    ) -> ExecutionResult:
        context = Context(self._desk, self._door, self._door.open(key, trader, request_id))
        try:
            return schema.execute_sync(
                asked.query,
                asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=_OPERATIONS,
            )
        finally:
            context.close()

    async def render_graphql_ide(self, request: Request) -> HTMLResponse:
        """The explorer."""
        return HTMLResponse(
            explorer.page(),
            headers={
                "Content-Security-Policy": explorer.content_security_policy(),
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            },
        )


def _failed(error: GraphQLError) -> ExecutionResult:
    return ExecutionResult(data=None, errors=[error])


def _request_id(request: Request) -> str:
    given = request.headers.get("X-Request-Id", "")
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
