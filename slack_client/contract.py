"""Do operations.graphql, the models and schema.graphql still say the same?

For each operation the fields that it selects are looked up in the schema, and their names,
nullability, lists and types are compared with the annotations of the model that reads them; the
same for what is sent. `find_drifts` answers with a sentence a difference, and with nothing when
all is well.
"""

import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    is_required_input_field,
    parse,
    print_ast,
    type_from_ast,
    validate,
)
from pydantic import BaseModel

from slack_client.operations import OPERATIONS, OPERATIONS_PATH, Operation

SCHEMA_PATH = Path(__file__).parents[1] / "schema.graphql"
SCALARS: Mapping[str, type] = {
    "ID": str,
    "String": str,
    "Int": int,
    "Boolean": bool,
    "Decimal": Decimal,
    "DateTime": datetime,
}


def find_drifts(
    schema_text: str, operations_text: str, operations: Iterable[Operation[Any, Any]] = OPERATIONS
) -> list[str]:
    """Compare what the bot sends and reads with the schema: a sentence for each difference."""
    schema = build_schema(schema_text)
    document = parse(operations_text)
    if errors := validate(schema, document):
        return [_sentence(error) for error in errors]
    written = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode) and definition.name
    }
    modelled = {operation.name: operation for operation in operations}
    drifts = [
        f"{name} is in operations.graphql but has no models" for name in written.keys() - modelled.keys()
    ]
    drifts += [
        f"{name} has models but is not in operations.graphql" for name in modelled.keys() - written.keys()
    ]
    reader = _Reader(schema, document)
    for name in sorted(written.keys() & modelled.keys()):
        drifts += reader.check_variables(written[name], modelled[name])
        drifts += reader.check_data(written[name], modelled[name])
    return drifts


def find_drifts_of_files() -> list[str]:
    """Compare the files of this checkout."""
    return find_drifts(SCHEMA_PATH.read_text(encoding="utf-8"), OPERATIONS_PATH.read_text(encoding="utf-8"))


def _sentence(error: GraphQLError) -> str:
    line = error.locations[0].line if error.locations else 0
    return f"operations.graphql, line {line}: {error.message}"


@dataclass(frozen=True)
class _Annotation:
    """A model's annotation taken apart: what it holds and whether it may be None."""

    members: tuple[Any, ...]
    optional: bool

    @classmethod
    def of(cls, annotation: object) -> "_Annotation":
        while get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        if get_origin(annotation) not in {Union, types.UnionType}:
            return cls((annotation,), optional=False)
        members = [member for member in get_args(annotation) if member is not type(None)]
        flat = [each for member in members for each in cls.of(member).members]
        return cls(tuple(flat), optional=len(members) < len(get_args(annotation)))

    @property
    def only(self) -> object:
        return self.members[0] if len(self.members) == 1 else self.members

    @property
    def item(self) -> object:
        """The element of `tuple[X, ...]`, or None where this is no such list."""
        arguments = get_args(self.only)
        return arguments[0] if get_origin(self.only) is tuple and arguments[1:] == (Ellipsis,) else None


class _Reader:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }

    def check_variables(
        self, written: OperationDefinitionNode, operation: Operation[Any, Any]
    ) -> Iterator[str]:
        declared = {variable.variable.name.value: variable for variable in written.variable_definitions or ()}
        modelled = _fields(operation.variables)
        yield from _unequal(operation.name, declared.keys(), modelled.keys(), "the model of its variables")
        for name in declared.keys() & modelled.keys():
            declared_type = type_from_ast(self._schema, declared[name].type)
            if declared_type is None:
                yield f"{operation.name}.${name}: {print_ast(declared[name].type)} is not in the schema"
            else:
                yield from self._check_input(f"{operation.name}.${name}", declared_type, modelled[name])

    def check_data(self, written: OperationDefinitionNode, operation: Operation[Any, Any]) -> Iterator[str]:
        root = self._schema.get_root_type(written.operation)
        if root is None:
            yield f"{operation.name}: the schema has no {written.operation.value}"
        else:
            yield from self._check_object(operation.name, root, [written.selection_set], operation.data)

    def _check_input(
        self, place: str, schema_type: GraphQLInputType | GraphQLType, model: object
    ) -> Iterator[str]:
        annotation = _Annotation.of(model)
        if isinstance(schema_type, GraphQLNonNull):
            if annotation.optional:
                yield f"{place} is required in the schema, optional in the model"
            schema_type = schema_type.of_type
        if isinstance(schema_type, GraphQLList) and annotation.item is not None:
            yield from self._check_input(f"{place}[]", schema_type.of_type, annotation.item)
            return
        if not isinstance(schema_type, GraphQLInputObjectType):
            yield from _check_leaf(place, schema_type, annotation)
            return
        if not _is_model(annotation.only):
            yield f"{place} is {schema_type.name} in the schema, {_name(annotation.only)} in the model"
            return
        modelled = _fields(annotation.only)
        for name in modelled.keys() - schema_type.fields.keys():
            yield f"{place}.{name} is in the model, not in the schema's {schema_type.name}"
        for name, field in schema_type.fields.items():
            if name in modelled:
                yield from self._check_input(f"{place}.{name}", field.type, modelled[name])
            elif is_required_input_field(field):
                yield f"{place}.{name} is required in the schema's {schema_type.name}, missing in the model"

    def _check_output(
        self, place: str, schema_type: GraphQLOutputType, selections: list[SelectionSetNode], model: object
    ) -> Iterator[str]:
        annotation = _Annotation.of(model)
        nullable = not isinstance(schema_type, GraphQLNonNull)
        if nullable != annotation.optional:
            yield f"{place}: {'nullable' if nullable else 'not nullable'} in the schema, not so in the model"
        inner = schema_type.of_type if isinstance(schema_type, GraphQLNonNull) else schema_type
        if isinstance(inner, GraphQLList) or annotation.item is not None:
            if not isinstance(inner, GraphQLList) or annotation.item is None:
                yield f"{place} is a list on one side only"
            else:
                yield from self._check_output(f"{place}[]", inner.of_type, selections, annotation.item)
        elif isinstance(inner, GraphQLUnionType):
            yield from self._check_union(place, inner, selections, annotation)
        elif isinstance(inner, GraphQLObjectType | GraphQLInterfaceType):
            yield from self._check_object(place, inner, selections, annotation.only)
        else:
            yield from _check_leaf(place, inner, annotation)

    def _check_union(
        self, place: str, union: GraphQLUnionType, selections: list[SelectionSetNode], annotation: _Annotation
    ) -> Iterator[str]:
        models = {_typename(member): member for member in annotation.members}
        members = {member.name: member for member in union.types}
        yield from _unequal(f"{place}, union {union.name}", members.keys(), models.keys(), "the models")
        for name in members.keys() & models.keys():
            yield from self._check_object(f"{place}.{name}", members[name], selections, models[name])

    def _check_object(
        self,
        place: str,
        parent: GraphQLObjectType | GraphQLInterfaceType,
        selections: list[SelectionSetNode],
        model: object,
    ) -> Iterator[str]:
        if not _is_model(model):
            yield f"{place} is {parent.name} in the schema, {_name(model)} in the model"
            return
        selected = self._selected(parent, selections)
        modelled = _fields(model)
        yield from _unequal(place, selected.keys(), modelled.keys(), f"the model {_name(model)}")
        for name in selected.keys() & modelled.keys() - {"__typename"}:
            nodes = selected[name]
            field: GraphQLField = parent.fields[nodes[0].name.value]
            inner = [node.selection_set for node in nodes if node.selection_set]
            yield from self._check_output(f"{place}.{name}", field.type, inner, modelled[name])

    def _selected(
        self, parent: GraphQLNamedType, selections: Iterable[SelectionSetNode]
    ) -> dict[str, list[FieldNode]]:
        """The fields that these selections ask of an object of this type, by their name in the answer."""
        found: dict[str, list[FieldNode]] = {}
        for selection in (each for selection_set in selections for each in selection_set.selections):
            if isinstance(selection, FieldNode):
                name = (selection.alias or selection.name).value
                found.setdefault(name, []).append(selection)
                continue
            fragment = (
                self._fragments[selection.name.value]
                if isinstance(selection, FragmentSpreadNode)
                else selection
            )
            assert isinstance(fragment, FragmentDefinitionNode | InlineFragmentNode)  # noqa: S101 # narrows
            condition = fragment.type_condition
            if condition is None or condition.name.value == parent.name:
                for name, nodes in self._selected(parent, [fragment.selection_set]).items():
                    found.setdefault(name, []).extend(nodes)
        return found


def _check_leaf(place: str, leaf: GraphQLType, annotation: _Annotation) -> Iterator[str]:
    model = annotation.only
    if isinstance(leaf, GraphQLEnumType):
        if isinstance(model, type) and issubclass(model, Enum):
            known = {member.value for member in model}
            yield from _unequal(
                f"{place}, enum {leaf.name}", leaf.values.keys(), known, f"the model {_name(model)}"
            )
        else:
            yield f"{place} is the enum {leaf.name} in the schema, {_name(model)} in the model"
    elif isinstance(leaf, GraphQLScalarType) and SCALARS.get(leaf.name) is not model:
        yield f"{place} is {leaf.name} in the schema, {_name(model)} in the model"
    elif not isinstance(leaf, GraphQLScalarType):
        yield f"{place} is {leaf} in the schema, {_name(model)} in the model"


def _unequal(place: str, ours: Iterable[str], theirs: Iterable[str], where: str) -> Iterator[str]:
    ours, theirs = set(ours), set(theirs)
    for name in sorted(ours - theirs):
        yield f"{place}: {name} is missing in {where}"
    for name in sorted(theirs - ours):
        yield f"{place}: {name} is in {where} alone"


def _fields(model: Any) -> dict[str, object]:  # noqa: ANN401 # an annotation, checked to be a model
    """A model's annotations by the names on the wire."""
    return {
        field.alias or name: Annotated[field.annotation, *field.metadata]
        if field.metadata
        else field.annotation
        for name, field in model.model_fields.items()
    }


def _typename(model: object) -> str:
    typename = _fields(model).get("__typename") if _is_model(model) else None
    return (
        str(get_args(typename)[0])
        if get_origin(typename) is Literal
        else f"{_name(model)} without __typename"
    )


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _name(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
