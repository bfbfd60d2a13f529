"""The public API: types and resolvers that translate, and decide nothing."""

from collections.abc import Iterable, Iterator
from typing import Any

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    OperationDefinitionNode,
    Undefined,
)
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.types import ExecutionContext, ExecutionResult

from graphql_api.schema.mutation import Mutation
from graphql_api.schema.query import Query
from graphql_api.schema.results import RefusedInput, RefusedOrder
from graphql_api.schema.scalars import CONFIG
from graphql_api.schema.subscription import Subscription


class Schema(strawberry.Schema):
    """The schema without `= null` after what may be left out, and without Strawberry's own log of errors:
    `errors.publish` logs what is ours."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - Strawberry's own
        super().__init__(**options)
        for named in self._schema.type_map.values():
            if isinstance(named, GraphQLInputObjectType):
                _leave_out_nulls(named.fields.values())
            elif isinstance(named, GraphQLObjectType):
                for field in named.fields.values():
                    _leave_out_nulls(field.args.values())

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Leave it to `errors.publish`."""


def _leave_out_nulls(inputs: Iterable[GraphQLArgument | GraphQLInputField]) -> None:
    for given in inputs:
        if given.default_value is None:
            given.default_value = Undefined


class OneOperation(SchemaExtension):
    """Several operations in one document need a name that says which one runs; none is guessed."""

    def on_execute(self) -> Iterator[None]:
        context = self.execution_context
        document = context.graphql_document
        operations = [
            definition
            for definition in (document.definitions if document else ())
            if isinstance(definition, OperationDefinitionNode)
        ]
        if len(operations) > 1 and context._provided_operation_name is None:
            error = GraphQLError("Must provide operation name if query contains multiple operations.")
            context.result = ExecutionResult(data=None, errors=[error])
        yield


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=CONFIG,
    exception_handlers=[RefusedOrder(), RefusedInput()],
    extensions=[ParserCache, ValidationCache, OneOperation],
)
"""The one schema; `schema.graphql` is its print."""
