"""Compares the Prisma schema, the contracts and the database, and says in sentences where they differ.

Each side is brought into the same form: facts by column, such as {"type": "numeric(14,2)"}, and the keys of
each table. Two sides are compared on the facts that both can know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum as PythonEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from prisma.generator.columns import alias_of
from prisma.generator.contracts import type_text
from prisma.generator.ddl import default_value, join_key
from prisma.generator.model import Field, Index, Model, Schema
from prisma.generator.names import attribute_name
from prisma.generator.types import catalogue_type

HERE = Path(__file__).parent
CATALOGUE_SQL = (HERE / "catalogue.sql").read_text(encoding="utf-8")
KEYS_SQL = (HERE / "keys.sql").read_text(encoding="utf-8")

# A string (kept) or a cast to a type, be it quoted, of two words or an array.
NAME = r'(?:"(?:[^"]|"")+"|\w+)'
CAST = re.compile(
    rf"'(?:[^']|'')*'|::{NAME}(?:\.{NAME})?(?: varying| precision)?(?:\(\d+(?:,\d+)?\))?"
    r"(?: with(?:out)? time zone)?(?:\[\])?"
)
ARRAY_ITEM = re.compile(r"(?:'(?:[^']|'')*'|\([^)]*\)|[^,'\s])+")

LIMITS = (
    "min_length",
    "max_length",
    "pattern",
    "ge",
    "le",
    "max_digits",
    "decimal_places",
    "strict",
    "allow_inf_nan",
)

Facts = dict[str, str]
Keys = dict[str, frozenset[str]]


@dataclass
class Side:
    """One of the three sides: its name for sentences, facts by column, keys by table."""

    name: str
    columns: dict[str, Facts] = field(default_factory=dict)
    keys: Keys = field(default_factory=dict)


def differences(*sides: Side) -> list[str]:
    """A sentence per difference between any two sides; an empty list when all agree."""
    sentences: list[str] = []
    for number, ours in enumerate(sides):
        for theirs in sides[number + 1 :]:
            sentences += _column_differences(ours, theirs)
            if ours.keys and theirs.keys:
                sentences += _key_differences(ours, theirs)
    return sentences


def _column_differences(ours: Side, theirs: Side) -> Iterator[str]:
    for column in sorted(ours.columns.keys() | theirs.columns.keys()):
        mine, other = ours.columns.get(column), theirs.columns.get(column)
        if mine is None or other is None:
            there, missing = (theirs, ours) if mine is None else (ours, theirs)
            yield f"{column} is in {there.name} but not in {missing.name}."
            continue
        for fact in sorted(mine.keys() & other.keys()):
            if mine[fact] != other[fact]:
                yield (f"{column}: the {fact} differs: {mine[fact]} in {ours.name}, {other[fact]} in {theirs.name}.")


def _key_differences(ours: Side, theirs: Side) -> Iterator[str]:
    for table in sorted(ours.keys.keys() & theirs.keys.keys()):
        for key in sorted(ours.keys[table] ^ theirs.keys[table]):
            there, missing = (ours, theirs) if key in ours.keys[table] else (theirs, ours)
            yield f"{table}: the {key} is in {there.name} but not in {missing.name}."


def _nullability(is_nullable: bool) -> str:
    return "nullable" if is_nullable else "not null"


def schema_side(schema: Schema) -> Side:
    """What the Prisma schema says, columns that contracts leave out included."""
    side = Side("the Prisma schema")
    for model in schema.models:
        for one in model.columns:
            side.columns[f"{model.schema}.{model.table}.{one.column}"] = _schema_facts(one, model, schema)
        if model.kind == "model":
            side.keys[f"{model.schema}.{model.table}"] = frozenset(_schema_keys(model, schema))
    for join in schema.join_tables:
        table = f"{join.schema}.{join.name}"
        keys = {"primary key (A, B)", "index (B)"}
        for letter, model in join.sides:
            kind = catalogue_type(join_key(model), schema)
            facts = {"type": kind, "nullability": _nullability(False), "default": "none"}
            side.columns[f"{table}.{letter}"] = facts
            if schema.has_foreign_keys:
                keys.add(f"foreign key to {model.schema}.{model.table} ({letter})")
        side.keys[table] = frozenset(keys)
    return side


def contract_fields(schema: Schema) -> Side:
    """The part of the schema that contracts are made of: no @ignore, no join table."""
    side = schema_side(schema)
    wanted = {
        f"{model.schema}.{model.table}.{one.column}"
        for model in schema.active
        for one in model.columns
        if not one.is_ignored
    }
    return Side(side.name, {name: facts for name, facts in side.columns.items() if name in wanted})


def _schema_facts(one: Field, model: Model, schema: Schema) -> Facts:
    facts = {
        "type": catalogue_type(one, schema),
        "nullability": _nullability(not one.is_required or one.is_list),
        "attribute": attribute_name(one.name),
        "alias": one.name,
        "type in the contract": type_text(one, schema),
        "nullability in the contract": _nullability(not one.is_required),
        "nullability in the table's description": _nullability(not one.is_required),
        "list": "yes" if one.is_list else "no",
    }
    if one.kind == "enum":
        facts["list of labels"] = ", ".join(value.label for value in schema.enum(one.type).values)
    else:
        python = alias_of(one).python
        facts["value"] = _value_text(python.base, dict(python.limits))
    if model.kind == "model":
        facts["default"] = _plain_default(default_value(one, schema), one)
    else:
        # A view's columns are nullable to the catalogue, whatever its query yields.
        del facts["nullability"]
    return facts


def _plain_default(default: str | None, one: Field) -> str:
    if one.default_function == "autoincrement":
        return "the next number"
    return "none" if default is None else _normal_default(default)


def _normal_default(text: str) -> str:
    """A default in one spelling, without the casts and brackets that PostgreSQL adds when it stores one."""
    text = CAST.sub(lambda found: found.group() if found.group().startswith("'") else "", text).strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    if text.lower().startswith("nextval("):
        return "the next number"
    if text.lower() in ("now()", "current_timestamp"):
        return "now"
    if text.lower().startswith("array["):
        items = [found.group() for found in ARRAY_ITEM.finditer(text[len("array[") : -1])]
        return f"[{', '.join(_normal_default(item) for item in items)}]"
    if text == "'{}'":
        return "[]"
    is_quoted = text.startswith("'") and text.endswith("'")
    return _normal_text(text[1:-1].replace("''", "'")) if is_quoted else _normal_text(text)


def _normal_text(text: str) -> str:
    """A literal in one spelling: numbers without needless digits, JSON with its keys in order, moments in full."""
    try:
        number = f"{Decimal(text):f}"
    except InvalidOperation:
        pass
    else:
        number = number.rstrip("0").rstrip(".") if "." in number else number
        return "0" if number == "-0" else number
    try:
        plain = json.loads(text)
        return json.dumps(plain, sort_keys=True) if isinstance(plain, (dict, list)) else text
    except ValueError:
        pass
    for read in (datetime.fromisoformat, time.fromisoformat):
        try:
            moment = read(text)
        except ValueError:
            continue
        if isinstance(moment, datetime) and moment.tzinfo:
            moment = moment.astimezone(UTC)
        return moment.isoformat()
    return text


def _schema_keys(model: Model, schema: Schema) -> Iterator[str]:
    nouns = {"id": "primary key", "unique": "unique key", "index": "index"}
    for index in model.indexes:
        if index.where is None:
            yield f"{nouns[index.kind]} ({', '.join(_columns(index, model))})"
    for one, relation in model.foreign_keys:
        if schema.has_foreign_keys:
            target = schema.model(one.type)
            columns = ", ".join(model.field(name).column for name in relation.fields)
            yield f"foreign key to {target.schema}.{target.table} ({columns})"


def _columns(index: Index, model: Model) -> list[str]:
    return [model.field(name).column for name in index.fields]


def contract_side(contracts: Iterable[type[BaseModel]]) -> Side:
    """What the contracts say, from their fields as Pydantic sees them and from their table's description."""
    side = Side("the contracts")
    for contract in contracts:
        table = contract.__dict__.get("__table__") or getattr(contract, "__table__")  # noqa: B009
        by_attribute = {column.attribute: column for column in table.columns if column.attribute}
        for attribute, info in contract.model_fields.items():
            column = by_attribute.pop(attribute, None)
            name = f"{table.schema}.{table.name}.{column.name if column else attribute}"
            facts = _contract_facts(info)
            facts["attribute"] = attribute
            facts["alias"] = info.alias or attribute
            if column:
                facts["type in the contract"] = column.type
                facts["nullability in the table's description"] = _nullability(column.is_nullable)
            side.columns[name] = facts
    return side


def _contract_facts(info: FieldInfo) -> Facts:
    annotation, found = _unwrap(info.annotation, list(info.metadata))
    facts = {
        "nullability in the contract": _nullability(NoneType in found),
        "list": "yes" if list in found else "no",
    }
    if isinstance(annotation, type) and issubclass(annotation, PythonEnum):
        facts["list of labels"] = ", ".join(str(member.value) for member in annotation)
        return facts
    limits = {
        limit: str(getattr(item, limit)) if not isinstance(getattr(item, limit), str) else getattr(item, limit)
        for item in found
        for limit in LIMITS
        if getattr(item, limit, None) is not None and not isinstance(item, type)
    }
    facts["value"] = _value_text(getattr(annotation, "__name__", str(annotation)), limits)
    return facts


def _unwrap(annotation: Any, found: list[Any]) -> tuple[Any, list[Any]]:
    """The bare type below `| None`, list and Annotated, and everything that was found on the way."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        for item in extra:
            found.extend(item.metadata if isinstance(item, FieldInfo) else [item])
        return _unwrap(inner, found)
    if origin in (Union, UnionType):
        members = [item for item in get_args(annotation) if item is not NoneType]
        if len(members) == 1:
            return _unwrap(members[0], [*found, NoneType])
    if origin is list:
        return _unwrap(get_args(annotation)[0], [*found, list])
    return annotation, found


def _value_text(base: str, limits: Mapping[str, str]) -> str:
    """`str, max_length 64`: a Python type and its limits, in one form for code and for classes."""
    bare = {limit: re.sub(r'^(?:Decimal\()?"?(.*?)"?\)?$', r"\1", value) for limit, value in limits.items()}
    return ", ".join([base, *(f"{limit} {bare[limit].replace('e+', 'e')}" for limit in sorted(bare))])


def catalogue_side(
    columns: Iterable[tuple[str, str, str, str, bool, str | None, list[str]]],
    keys: Iterable[tuple[str, str, str, list[str]]],
) -> Side:
    """What the database says, from the rows of `catalogue.sql` and `keys.sql`."""
    side = Side("the database")
    for schema, table, column, kind, is_nullable, default, labels in columns:
        facts = {"type": kind, "nullability": _nullability(is_nullable)}
        facts["default"] = "none" if default is None else _normal_default(default)
        if labels:
            facts["list of labels"] = ", ".join(labels)
        side.columns[f"{schema}.{table}.{column}"] = facts
        side.keys.setdefault(f"{schema}.{table}", frozenset())
    for schema, table, kind, names in keys:
        side.keys[f"{schema}.{table}"] |= {f"{kind} ({', '.join(names)})"}
    return side


def dbt_side(folder: Path) -> Side:
    """What dbt's sources say of the columns they read; they need not name every column."""
    side = Side("the dbt sources")
    for file in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        document = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        for source in document.get("sources") or ():
            schema = source.get("schema") or source["name"]
            for table in source.get("tables") or ():
                name = table.get("identifier") or table["name"]
                for column in table.get("columns") or ():
                    side.columns[f"{schema}.{name}.{column['name']}"] = {}
    return side


def named_by(side: Side, other: Side) -> Side:
    """The part of a side that another one names: its columns that the other has."""
    wanted = {column: facts for column, facts in side.columns.items() if column in other.columns}
    return Side(side.name, wanted)
