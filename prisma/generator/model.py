"""The schema as the generator understands it: one typed tree, after both parsers have agreed on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal


class SchemaError(Exception):
    """The schema cannot be read or cannot be expressed; the message names model, field and line."""


@dataclass(frozen=True)
class Place:
    """Where something is defined: a file of the schema and a line, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Number:
    """A numeric literal, digit for digit as written."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Word:
    """A bare word of the schema language: a field, an enum value, `Cascade`, `Desc`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Call:
    """A function of the schema language with its arguments: `uuid(7)`, `raw("…")`, `name(sort: Desc)`."""

    name: str
    args: tuple[object, ...] = ()
    options: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class NativeType:
    """What stands behind `@db.`: a name of Prisma's and its whole-number arguments."""

    name: str
    args: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.args))})" if self.args else self.name


@dataclass(frozen=True)
class Relation:
    """The side of a relation that a field stands for; `fields` is empty on the side without the key."""

    name: str
    fields: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    on_delete: str | None = None
    on_update: str | None = None
    constraint: str | None = None


@dataclass(frozen=True)
class Field:
    """A field of a model or a view.

    `type` is a scalar of Prisma's, the name of an enum or model, or for `Unsupported` the type in SQL.
    `default` is a literal, a list of literals, a `Word` (enum value) or a `Call`; None means no default.
    """

    name: str
    place: Place
    kind: Literal["scalar", "enum", "relation", "unsupported"]
    type: str
    column: str
    is_list: bool = False
    is_required: bool = True
    is_id: bool = False
    is_unique: bool = False
    is_updated_at: bool = False
    is_ignored: bool = False
    native: NativeType | None = None
    default: object | None = None
    relation: Relation | None = None
    documentation: str | None = None

    @property
    def is_column(self) -> bool:
        """Whether a column of the table stands behind the field."""
        return self.kind != "relation"

    @property
    def default_function(self) -> str | None:
        """Name of the function that makes the default value, if one does."""
        return self.default.name if isinstance(self.default, Call) else None


@dataclass(frozen=True)
class IndexColumn:
    """A column of a key or index with its order and operator class."""

    field: str
    sort: str | None = None
    operators: str | None = None


@dataclass(frozen=True)
class Index:
    """A primary key, unique key or index, single fields' attributes included."""

    kind: Literal["id", "unique", "index"]
    columns: tuple[IndexColumn, ...]
    place: Place
    name: str | None = None
    constraint: str | None = None
    method: str | None = None
    where: object | None = None
    is_on_field: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of its fields, in order."""
        return tuple(column.field for column in self.columns)


@dataclass(frozen=True)
class Model:
    """A model or a view."""

    name: str
    place: Place
    kind: Literal["model", "view"]
    table: str
    schema: str
    fields: tuple[Field, ...]
    indexes: tuple[Index, ...] = ()
    is_ignored: bool = False
    documentation: str | None = None

    @property
    def columns(self) -> tuple[Field, ...]:
        """The fields with a column of their own."""
        return tuple(one for one in self.fields if one.is_column)

    @property
    def relations(self) -> tuple[Field, ...]:
        """The fields that stand for a relation."""
        return tuple(one for one in self.fields if not one.is_column)

    @property
    def primary_key(self) -> Index | None:
        """The primary key; a view may have none."""
        return next((index for index in self.indexes if index.kind == "id"), None)

    @property
    def foreign_keys(self) -> tuple[tuple[Field, Relation], ...]:
        """The relations whose key this model holds, each with its field."""
        return tuple((one, one.relation) for one in self.fields if one.relation and one.relation.fields)

    @property
    def foreign_key_fields(self) -> frozenset[str]:
        """Names of the fields that a relation of this model writes through."""
        return frozenset(name for _, relation in self.foreign_keys for name in relation.fields)

    def field(self, name: str) -> Field:
        """The field of that name, which must be there."""
        return next(one for one in self.fields if one.name == name)


@dataclass(frozen=True)
class EnumValue:
    """A value of an enum: its name in the schema and its label in the database."""

    name: str
    label: str
    place: Place
    documentation: str | None = None


@dataclass(frozen=True)
class Enum:
    """An enum: a type of the database's."""

    name: str
    place: Place
    type: str
    schema: str
    values: tuple[EnumValue, ...]
    documentation: str | None = None


@dataclass(frozen=True)
class JoinTable:
    """The table that Prisma makes for an implicit many-to-many relation; its columns are called A and B."""

    name: str
    first: Model
    second: Model

    @property
    def sides(self) -> tuple[tuple[str, Model], tuple[str, Model]]:
        """Each column with the model that it refers to."""
        return ("A", self.first), ("B", self.second)

    @property
    def schema(self) -> str:
        """The database schema that it lies in: that of its first model."""
        return self.first.schema


@dataclass(frozen=True)
class Schema:
    """A whole schema; models and enums in the order of their files and lines."""

    models: tuple[Model, ...]
    enums: tuple[Enum, ...]
    extensions: tuple[str, ...] = ()
    has_foreign_keys: bool = True
    files: tuple[str, ...] = field(default=())

    def model(self, name: str) -> Model:
        """The model of that name, which must be there."""
        return self._models[name]

    def enum(self, name: str) -> Enum:
        """The enum of that name, which must be there."""
        return self._enums[name]

    @property
    def active(self) -> Iterator[Model]:
        """The models and views that are not marked @@ignore."""
        return (model for model in self.models if not model.is_ignored)

    @cached_property
    def join_tables(self) -> tuple[JoinTable, ...]:
        """The tables behind implicit many-to-many relations, which no model stands for."""
        found: dict[str, JoinTable] = {}
        for model in self.active:
            for one in model.relations:
                if one.relation and one.is_list and not one.is_ignored and self._is_list_too(one):
                    first, second = sorted((model, self.model(one.type)), key=lambda side: side.name)
                    found[one.relation.name] = JoinTable(f"_{one.relation.name}", first, second)
        return tuple(found.values())

    def _is_list_too(self, one: Field) -> bool:
        """Whether the other side of a relation is a list as well."""
        return any(
            other.is_list
            for other in self.model(one.type).relations
            if other.relation and one.relation and other.relation.name == one.relation.name and other is not one
        )

    @cached_property
    def _models(self) -> dict[str, Model]:
        return {model.name: model for model in self.models}

    @cached_property
    def _enums(self) -> dict[str, Enum]:
        return {enum.name: enum for enum in self.enums}
