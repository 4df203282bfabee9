"""Writes the SQL that creates a schema's types, tables and keys, under the names Prisma gives them."""

from __future__ import annotations

import argparse
import base64
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from prisma.generator.model import Call, Field, Index, JoinTable, Model, Number, Relation, Schema, SchemaError, Word
from prisma.generator.read import read_schema
from prisma.generator.types import SERIALS, moment, native_type, sql_type

NAME_LIMIT = 63
LINE_LENGTH = 120

# Key words of PostgreSQL that cannot name a column or table unless quoted.
KEY_WORDS = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit
    boolean both case cast char character check coalesce collate collation column concurrently
    constraint create cross current_catalog current_date current_role current_schema current_time
    current_timestamp current_user dec decimal default deferrable desc distinct do else end except
    exists extract false fetch float for foreign freeze from full grant greatest group grouping
    having ilike in initially inner inout int integer intersect interval into is isnull join lateral
    leading least left like limit localtime localtimestamp national natural nchar none normalize not
    notnull null nullif numeric offset on only or order out outer overlaps overlay placing position
    precision primary real references returning right row select session_user setof similar smallint
    some substring symmetric system_user table tablesample then time timestamp to trailing treat
    trim true union unique user using values varchar variadic verbose when where window with
    xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
    xmlserialize xmltable
    """.split()
)

ACTIONS = {
    "Cascade": "cascade",
    "Restrict": "restrict",
    "NoAction": "no action",
    "SetNull": "set null",
    "SetDefault": "set default",
}

OPERATORS = {
    "InetOps": "inet_ops",
    "JsonbOps": "jsonb_ops",
    "JsonbPathOps": "jsonb_path_ops",
    "ArrayOps": "array_ops",
    "TextOps": "text_ops",
}


def quote(name: str) -> str:
    """An identifier as SQL takes it, quoted only where it must be."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in KEY_WORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A string literal."""
    if "\x00" in value:
        raise SchemaError("a default holds a NUL character, which PostgreSQL cannot store.")
    return "'" + value.replace("'", "''") + "'"


def table_name(model: Model) -> str:
    """The table with its schema, as SQL takes it."""
    return f"{quote(model.schema)}.{quote(model.table)}"


def constraint_name(table: str, columns: Iterable[str], suffix: str) -> str:
    """The name Prisma gives a key or index: table and columns joined, cut to what PostgreSQL keeps."""
    body = "_".join([table, *columns])
    return body[: NAME_LIMIT - len(suffix) - 1] + "_" + suffix


def index_name(model: Model, index: Index) -> str:
    """The name of a key or index in the database."""
    if index.constraint:
        return index.constraint
    if index.kind == "id":
        return constraint_name(model.table, (), "pkey")
    columns = [model.field(name).column for name in index.fields]
    return constraint_name(model.table, columns, "key" if index.kind == "unique" else "idx")


def foreign_key_name(model: Model, relation: Relation) -> str:
    """The name of the constraint behind a relation."""
    if relation.constraint:
        return relation.constraint
    return constraint_name(model.table, (model.field(name).column for name in relation.fields), "fkey")


def column_type(field: Field, schema: Schema) -> str:
    """The type of a column in SQL, a serial's shorthand included."""
    if field.kind == "enum":
        enum = schema.enum(field.type)
        name = f"{quote(enum.schema)}.{quote(enum.type)}"
    elif field.kind == "unsupported":
        name = field.type
    elif field.default_function == "autoincrement":
        name = SERIALS[native_type(field).name]
    else:
        name = sql_type(native_type(field))
    return f"{name}[]" if field.is_list else name


def default_value(field: Field, schema: Schema) -> str | None:
    """The default of a column; None where the database has none (uuid(), cuid() … are made by the client)."""
    default = field.default
    if default is None:
        return None
    if isinstance(default, Call):
        if default.name == "now":
            return "current_timestamp"
        if default.name == "dbgenerated":
            return str(default.args[0]) if default.args else None
        return None
    if isinstance(default, list):
        items = ", ".join(_literal(one, field, schema) for one in default)
        return f"array[{items}]::{column_type(field, schema)}"
    return _literal(default, field, schema)


def _literal(value: object, field: Field, schema: Schema) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Number):
        return value.text
    if isinstance(value, Word):
        labels = {one.name: one.label for one in schema.enum(field.type).values}
        return text(labels[value.name])
    if field.type == "Bytes":
        return text("\\x" + base64.b64decode(str(value)).hex())
    if field.type == "DateTime":
        return text(moment(str(value), native_type(field)))
    return text(str(value))


def column_definition(field: Field, schema: Schema) -> str:
    """A column as it stands in CREATE TABLE and after ADD COLUMN."""
    parts = [quote(field.column), column_type(field, schema)]
    # Prisma leaves lists nullable and reads NULL as an empty list.
    if field.is_required and not field.is_list:
        parts.append("not null")
    default = default_value(field, schema)
    if default is not None:
        parts.append(f"default {default}")
    return " ".join(parts)


def create_enum(enum_schema: str, name: str, labels: Iterable[str]) -> str:
    """CREATE TYPE for an enum."""
    head = f"create type {quote(enum_schema)}.{quote(name)} as enum"
    values = [text(label) for label in labels]
    line = f"{head} ({', '.join(values)});"
    if len(line) <= LINE_LENGTH:
        return line
    return f"{head} (\n    " + ",\n    ".join(values) + "\n);"


def create_table(model: Model, schema: Schema) -> str:
    """CREATE TABLE with columns and primary key."""
    lines = [f"    {column_definition(field, schema)}" for field in model.columns]
    key = model.primary_key
    if key:
        columns = ", ".join(quote(model.field(name).column) for name in key.fields)
        lines.append(f"    constraint {quote(index_name(model, key))} primary key ({columns})")
    return f"create table {table_name(model)} (\n" + ",\n".join(lines) + "\n);"


def create_index(model: Model, index: Index) -> str:
    """A unique key (Prisma makes a unique index of it, no constraint) or an index."""
    columns = []
    for one in index.columns:
        parts = [quote(model.field(one.field).column)]
        if one.operators:
            parts.append(OPERATORS.get(one.operators) or _operator_class(one.operators))
        if one.sort == "Desc":
            parts.append("desc")
        columns.append(" ".join(parts))
    unique = "unique " if index.kind == "unique" else ""
    method = f" using {index.method.lower()}" if index.method and index.method != "BTree" else ""
    where = f" where {_condition(index, model)}" if index.where is not None else ""
    return (
        f"create {unique}index {quote(index_name(model, index))}\n"
        f"    on {table_name(model)}{method} ({', '.join(columns)}){where};"
    )


def _operator_class(name: str) -> str:
    """Prisma's `Int4MinMaxOps` is PostgreSQL's `int4_minmax_ops`; a raw name stays."""
    if not re.fullmatch(r"[A-Z]\w*Ops", name):
        return name
    words = name.replace("MinMax", "Minmax").replace("TzOps", "tzOps")
    return re.sub(r"(?<!^)(?=[A-Z])", "_", words).lower()


def _condition(index: Index, model: Model) -> str:
    if isinstance(index.where, Call):
        return f"({index.where.args[0]})"
    if not isinstance(index.where, Mapping):
        raise SchemaError(f"{index.place}: model {model.name}: this `where` cannot be expressed.")
    terms = []
    for name, value in index.where.items():
        column = quote(model.field(name).column)
        negated = isinstance(value, Mapping)
        if isinstance(value, Mapping):
            value = value["not"]
        if value is None:
            terms.append(f"{column} is {'not ' if negated else ''}null")
        else:
            literal = value.text if isinstance(value, Number) else _plain_literal(value)
            terms.append(f"{column} {'<>' if negated else '='} {literal}")
    return f"({' and '.join(terms)})"


def _plain_literal(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else text(str(value))


def create_foreign_key(model: Model, relation: Relation, target: Model) -> str:
    """The constraint behind a relation; what Prisma implies for delete and update is written out."""
    is_optional = any(not model.field(name).is_required for name in relation.fields)
    on_delete = relation.on_delete or ("SetNull" if is_optional else "Restrict")
    columns = ", ".join(quote(model.field(name).column) for name in relation.fields)
    references = ", ".join(quote(target.field(name).column) for name in relation.references)
    return (
        f"alter table {table_name(model)}\n"
        f"    add constraint {quote(foreign_key_name(model, relation))}\n"
        f"    foreign key ({columns}) references {table_name(target)} ({references})\n"
        f"    on delete {ACTIONS[on_delete]} on update {ACTIONS[relation.on_update or 'Cascade']};"
    )


def create_everything(schema: Schema, owners: Mapping[str, str] | None = None) -> list[str]:
    """The statements that create types, tables and keys, in an order that works on an empty database.

    `owners` gives the owner of what stands in each database schema; without an entry the creator stays owner.
    Views are left to whoever writes their query: Prisma knows their columns only.
    """
    owners = owners or {}
    tables = [model for model in schema.models if model.kind == "model"]
    statements = []
    for enum in schema.enums:
        created = create_enum(enum.schema, enum.type, (value.label for value in enum.values))
        if enum.schema in owners:
            name = f"{quote(enum.schema)}.{quote(enum.type)}"
            created += f"\nalter type {name} owner to {quote(owners[enum.schema])};"
        statements.append(created)
    for model in tables:
        statements.append(create_table(model, schema))
        statements += [create_index(model, index) for index in model.indexes if index.kind != "id"]
    for join in schema.join_tables:
        statements += create_join_table(join, schema)
    if schema.has_foreign_keys:
        for model in tables:
            for field, relation in model.foreign_keys:
                statements.append(create_foreign_key(model, relation, schema.model(field.type)))
    # Ownership comes last: a key to a table needs rights on it that its new owner alone would have.
    owned = [model for model in tables if model.schema in owners]
    if owned:
        handed = (f"alter table {table_name(model)} owner to {quote(owners[model.schema])};" for model in owned)
        statements.append("\n".join(handed))
    return statements


def join_key(model: Model) -> Field:
    """The single-column key by which a many-to-many relation refers to a model; Prisma asks for one."""
    key = model.primary_key
    if key is None or len(key.fields) != 1:
        raise SchemaError(f"{model.place}: model {model.name}: a many-to-many relation needs a single-column key.")
    return model.field(key.fields[0])


def create_join_table(join: JoinTable, schema: Schema) -> list[str]:
    """The table that Prisma makes for an implicit many-to-many relation, its keys and index included."""
    table = f"{quote(join.schema)}.{quote(join.name)}"
    # A column that refers to a serial is a plain number.
    types = [column_type(replace(join_key(model), default=None), schema) for _, model in join.sides]
    statements = [
        (
            f'create table {table} (\n    "A" {types[0]} not null,\n    "B" {types[1]} not null,\n'
            f'    constraint {quote(constraint_name(join.name, ("AB",), "pkey"))} primary key ("A", "B")\n);'
        ),
        f'create index {quote(constraint_name(join.name, ("B",), "index"))}\n    on {table} ("B");',
    ]
    if schema.has_foreign_keys:
        for letter, model in join.sides:
            statements.append(
                f"alter table {table}\n"
                f"    add constraint {quote(constraint_name(join.name, (letter,), 'fkey'))}\n"
                f'    foreign key ("{letter}") references {table_name(model)} ({quote(join_key(model).column)})\n'
                "    on delete cascade on update cascade;"
            )
    return statements


def main(arguments: list[str]) -> int:
    """`python -m prisma.generator.ddl SCHEMA [--owner core=owner_core …]` prints the statements."""
    parser = argparse.ArgumentParser(prog="prisma.generator.ddl", description=main.__doc__)
    parser.add_argument("schema", type=Path)
    parser.add_argument("--owner", action="append", default=[], metavar="SCHEMA=ROLE")
    given = parser.parse_args(arguments)
    try:
        owners = dict(pair.split("=", 1) for pair in given.owner)
        sys.stdout.write("\n\n".join(create_everything(read_schema(given.schema), owners)) + "\n")
    except SchemaError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
