"""Compares two versions of a schema: what changed, whom it breaks and why, and the SQL that follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from prisma.generator.contracts import default_text, is_delivered, is_filled_in, type_text
from prisma.generator.ddl import (
    column_definition,
    column_type,
    create_enum,
    create_foreign_key,
    create_index,
    create_join_table,
    create_table,
    default_value,
    foreign_key_name,
    index_name,
    quote,
    table_name,
    text,
)
from prisma.generator.model import Enum, Field, Index, Model, NativeType, Relation, Schema
from prisma.generator.names import attribute_name
from prisma.generator.types import native_type

Thing = TypeVar("Thing", Model, Field, Enum)

# Each type may become any that stands behind it: every old value is a value of the new type.
WHOLE_NUMBERS = ("SmallInt", "Integer", "BigInt")
FLOATS = ("Real", "DoublePrecision")
TEXTS = ("Char", "VarChar", "Text")
BITS = ("Bit", "VarBit")
SAME_KIND = ("Timestamp", "Timestamptz", "Time", "Timetz")


@dataclass(frozen=True)
class Change:
    """One change; `tables` and `names` are the words by which files that mention it are found."""

    subject: str
    what: str
    is_breaking: bool
    reason: str
    tables: frozenset[str]
    names: frozenset[str] = frozenset()
    statements: tuple[str, ...] = ()


def compare(old: Schema, new: Schema) -> list[Change]:
    """Every change from one version to the next, in an order in which the statements can run."""
    return list(_changes(old, new))


def _changes(old: Schema, new: Schema) -> Iterator[Change]:
    models, gone, added = _pair(old.models, new.models, lambda model: (model.schema, model.table))
    enums, enums_gone, enums_added = _pair(old.enums, new.enums, lambda enum: (enum.schema, enum.type))
    for enum in enums_added:
        yield _enum_added(enum)
    for enum_before, enum_after in enums:
        yield from _enum_changes(enum_before, enum_after, new)
    for model in added:
        yield _model_added(model, new)
    for before, after in models:
        yield from _model_changes(before, after, old, new)
    # Keys wait until every table they point to is there.
    for model in added:
        yield from _foreign_keys_of_new_table(model, new)
    for before, after in models:
        yield from _foreign_key_changes(before, after, old, new)
    yield from _join_table_changes(old, new)
    for model in gone:
        yield _model_removed(model)
    for enum in enums_gone:
        yield _enum_removed(enum)


def _pair(
    old: Iterable[Thing], new: Sequence[Thing], place: Callable[[Thing], object]
) -> tuple[list[tuple[Thing, Thing]], list[Thing], list[Thing]]:
    """Old and new things of the same name, or else of the same place in the database; the gone; the added."""
    by_name = {one.name: one for one in new}
    pairs, rest = [], []
    for one in old:
        if one.name in by_name:
            pairs.append((one, by_name.pop(one.name)))
        else:
            rest.append(one)
    by_place = {place(one): one for one in by_name.values()}
    gone = []
    for one in rest:
        found = by_place.pop(place(one), None)
        if found is None:
            gone.append(one)
        else:
            pairs.append((one, by_name.pop(found.name)))
    return pairs, gone, [one for one in new if one.name in by_name]


def _enum_added(enum: Enum) -> Change:
    labels = [value.label for value in enum.values]
    return Change(
        f"enum {enum.name}",
        f"added: {', '.join(labels)}",
        is_breaking=False,
        reason="nothing uses it yet",
        tables=frozenset(),
        statements=(create_enum(enum.schema, enum.type, labels),),
    )


def _enum_removed(enum: Enum) -> Change:
    return Change(
        f"enum {enum.name}",
        "removed",
        is_breaking=True,
        reason="code that imports it, and queries that cast to its type, fail",
        tables=frozenset(),
        names=frozenset({enum.name, enum.type}),
        statements=(f"drop type {_type_name(enum)};",),
    )


def _type_name(enum: Enum) -> str:
    return f"{quote(enum.schema)}.{quote(enum.type)}"


def _enum_changes(before: Enum, after: Enum, new: Schema) -> Iterator[Change]:
    subject = f"enum {after.name}"
    words = frozenset({before.name, before.type})
    tables = frozenset(model.table for model in new.models for one in model.columns if one.type == after.name)
    if (before.schema, before.type) != (after.schema, after.type) or before.name != after.name:
        statements = []
        if before.schema != after.schema:
            statements.append(f"alter type {_type_name(before)} set schema {quote(after.schema)};")
        if before.type != after.type:
            here = f"{quote(after.schema)}.{quote(before.type)}"
            statements.append(f"alter type {here} rename to {quote(after.type)};")
        yield Change(
            subject,
            f"renamed from {before.name} ({before.schema}.{before.type})",
            is_breaking=True,
            reason="code that imports it, and queries that cast to its type, fail",
            tables=tables,
            names=words,
            statements=tuple(statements),
        )
    old, now = ({value.name: value for value in enum.values} for enum in (before, after))
    relabelled = [(old[name], now[name]) for name in old if name in now and old[name].label != now[name].label]
    for was, value in relabelled:
        yield Change(
            f"{subject}, value {value.name}",
            f"is {value.label} in the database, was {was.label}",
            is_breaking=True,
            reason="queries that compare with the old label find nothing",
            tables=tables,
            names=frozenset({was.label}),
            statements=(f"alter type {_type_name(after)} rename value {text(was.label)} to {text(value.label)};",),
        )
    removed = [value for name, value in old.items() if name not in now]
    if removed:
        yield Change(
            subject,
            f"without {', '.join(value.label for value in removed)}",
            is_breaking=True,
            reason="deliveries that carry the value are rejected, and rows that hold it cannot stay",
            tables=tables,
            names=frozenset(value.label for value in removed),
            statements=tuple(_rebuild_type(after, new)),
        )
        return
    previous = None
    for value in after.values:
        if value.name not in old:
            where = f" after {text(previous)}" if previous is not None else ""
            if previous is None and before.values:
                where = f" before {text(before.values[0].label)}"
            yield Change(
                f"{subject}, value {value.name}",
                "added",
                is_breaking=False,
                reason="every old value stays allowed; readers may meet the new one",
                tables=tables,
                statements=(f"alter type {_type_name(after)} add value {text(value.label)}{where};",),
            )
        previous = value.label


def _rebuild_type(enum: Enum, schema: Schema) -> Iterator[str]:
    """PostgreSQL cannot take a value out of a type: a new type takes its place."""
    retired = f"{quote(enum.schema)}.{quote(enum.type + '_retired')}"
    yield f"alter type {_type_name(enum)} rename to {quote(enum.type + '_retired')};"
    yield create_enum(enum.schema, enum.type, [value.label for value in enum.values])
    for model in schema.models:
        for one in model.columns:
            if model.kind == "model" and one.kind == "enum" and one.type == enum.name:
                yield from _change_type(one, one, model, schema)
    yield f"drop type {retired};"


def _model_added(model: Model, schema: Schema) -> Change:
    statements: list[str] = []
    if model.kind == "model":
        statements = [create_table(model, schema)]
        statements += [create_index(model, index) for index in model.indexes if index.kind != "id"]
    return Change(
        f"{model.kind} {model.name}",
        f"added as {model.schema}.{model.table}",
        is_breaking=False,
        reason="nothing uses it yet",
        tables=frozenset({model.table}),
        statements=tuple(statements),
    )


def _model_removed(model: Model) -> Change:
    noun = "view" if model.kind == "view" else "table"
    return Change(
        f"{model.kind} {model.name}",
        "removed",
        is_breaking=True,
        reason="its deliveries have nowhere to go, and its readers find nothing",
        tables=frozenset({model.table}),
        names=frozenset({model.table, model.name}),
        statements=(f"drop {noun} {table_name(model)};",),
    )


def _model_changes(before: Model, after: Model, old: Schema, new: Schema) -> Iterator[Change]:
    subject = f"{after.kind} {after.name}"
    words = frozenset({before.table, before.name})
    if before.kind != after.kind:
        reason = "what was written to can only be read, or the other way round"
        yield Change(subject, f"is a {after.kind}, was a {before.kind}", True, reason, frozenset({before.table}), words)
    if before.name != after.name:
        reason = "code that imports the contract by its old name fails"
        yield Change(
            subject, f"was called {before.name}", True, reason, frozenset({before.table}), frozenset({before.name})
        )
    if (before.schema, before.table) != (after.schema, after.table):
        statements = []
        if before.schema != after.schema:
            statements.append(f"alter table {table_name(before)} set schema {quote(after.schema)};")
        if before.table != after.table:
            here = f"{quote(after.schema)}.{quote(before.table)}"
            statements.append(f"alter table {here} rename to {quote(after.table)};")
        what = f"is the table {after.schema}.{after.table}, was {before.schema}.{before.table}"
        reason = "queries name the table"
        yield Change(subject, what, True, reason, frozenset({before.table}), words, tuple(statements))
    if after.is_ignored and not before.is_ignored:
        yield Change(subject, "is marked @@ignore", True, "its contract is gone", frozenset({before.table}), words)
    if before.is_ignored and not after.is_ignored:
        yield Change(subject, "is no longer ignored", False, "it gains a contract", frozenset({after.table}))
    pairs, gone, added = _pair(before.columns, after.columns, lambda one: one.column)
    for one in added:
        yield _field_added(one, after, new)
    for was, one in pairs:
        yield from _field_changes(was, one, before, after, old, new)
    yield from _key_changes(before, after)
    for one in gone:
        yield _field_removed(one, before, after)


def _subject(one: Field, model: Model) -> str:
    return f"{model.schema}.{model.table}.{one.column} ({model.name}.{one.name})"


def _words(one: Field, model: Model) -> frozenset[str]:
    """By which words a file may mean a field: its names, and for a key those of its relation."""
    words = {one.name, one.column, attribute_name(one.name)}
    for relation_field, relation in model.foreign_keys:
        if one.name in relation.fields:
            words |= {relation_field.name, attribute_name(relation_field.name)}
    return frozenset(words)


def _is_needed(one: Field, model: Model) -> bool:
    """Whether a row without the field is refused."""
    return one.is_required and not one.is_list and one.default is None and not is_filled_in(one)


def _field_added(one: Field, model: Model, schema: Schema) -> Change:
    table = table_name(model)
    column = quote(one.column)
    statements = [f"alter table {table} add column {column_definition(one, schema)};"]
    is_needed = _is_needed(one, model)
    if is_needed and default_value(one, schema) is None:
        statements = [
            f"alter table {table} add column {column} {column_type(one, schema)};",
            f"-- Fill {column} in the rows that are there, then:",
            f"alter table {table} alter column {column} set not null;",
        ]
    return Change(
        _subject(one, model),
        f"added ({type_text(one, schema)}{', required' if is_needed else ''})",
        is_breaking=is_needed,
        reason=_reason_of_new_field(is_needed, is_delivered(one, model)),
        tables=frozenset({model.table}),
        names=frozenset(),
        statements=tuple(statements) if model.kind == "model" else (),
    )


def _reason_of_new_field(is_needed: bool, is_delivered: bool) -> str:
    if not is_needed:
        return "deliveries may leave it out" if is_delivered else "sources do not deliver it"
    unfilled = "rows that are there have no value for it"
    return f"deliveries that do not carry it are rejected, and {unfilled}" if is_delivered else unfilled


def _field_removed(one: Field, before: Model, after: Model) -> Change:
    return Change(
        _subject(one, before),
        "removed",
        is_breaking=True,
        reason="deliveries that carry it are rejected, and readers find no column",
        tables=frozenset({before.table}),
        names=_words(one, before),
        statements=(f"alter table {table_name(after)} drop column {quote(one.column)};",)
        if after.kind == "model"
        else (),
    )


def _field_changes(was: Field, one: Field, before: Model, after: Model, old: Schema, new: Schema) -> Iterator[Change]:
    subject = _subject(one, after)
    words = _words(was, before)
    alter = f"alter table {table_name(after)} alter column {quote(one.column)}"

    def change(what: str, is_breaking: bool, reason: str, *statements: str) -> Change:
        kept = statements if after.kind == "model" else ()
        return Change(subject, what, is_breaking, reason, frozenset({before.table}), words, kept)

    if was.column != one.column:
        rename = f"rename column {quote(was.column)} to {quote(one.column)}"
        statement = f"alter table {table_name(after)} {rename};"
        yield change(f"is the column {one.column}, was {was.column}", True, "queries name the column", statement)
    if was.name != one.name:
        reason = "deliveries and code that use the old name are rejected"
        yield change(f"is called {one.name}, was {was.name}", True, reason)
    if (type_text(was, old), was.kind) != (type_text(one, new), one.kind):
        is_wider = _is_wider(was, one)
        what = f"is {type_text(one, new)}, was {type_text(was, old)}"
        reason = "every old value stays allowed" if is_wider else "values that were allowed may not fit"
        yield change(what, not is_wider, reason, *_change_type(was, one, after, new))
    yield from _presence_changes(was, one, before, after, new, change, alter)
    old_default, new_default = _default_text(was), _default_text(one)
    if old_default != new_default:
        is_lost = one.default is None and _is_needed(one, after)
        reason = "deliveries that leave it out are rejected" if is_lost else "rows that are there keep their value"
        in_database = default_value(one, new)
        statement = f"{alter} drop default;" if in_database is None else f"{alter} set default {in_database};"
        has_changed = in_database != default_value(was, old)
        what = f"has the default {new_default}, had {old_default}"
        yield change(what, is_lost, reason, *([statement] if has_changed else []))


def _presence_changes(
    was: Field,
    one: Field,
    before: Model,
    after: Model,
    new: Schema,
    change: Callable[..., Change],
    alter: str,
) -> Iterator[Change]:
    if was.is_required and not one.is_required:
        reason = "every old delivery stays allowed; readers may meet null"
        yield change("may be null", False, reason, f"{alter} drop not null;")
    if one.is_required and not was.is_required and not one.is_list:
        reason = "deliveries and rows without a value are refused"
        fill = f"-- Fill {quote(one.column)} where it is null, then:"
        yield change("must not be null", True, reason, fill, f"{alter} set not null;")
    if one.is_ignored != was.is_ignored:
        if one.is_ignored:
            yield change("is marked @ignore", True, "the contract no longer knows it")
        else:
            is_needed = _is_needed(one, after)
            yield change("is no longer ignored", is_needed, "the contract gains it")
        return
    was_delivered, is_now = is_delivered(was, before), is_delivered(one, after)
    if was_delivered and not is_now:
        yield change("is filled in by the pipelines", True, "deliveries that carry it are rejected")
    if is_now and not was_delivered:
        is_needed = _is_needed(one, after)
        reason = "deliveries that do not carry it are rejected" if is_needed else "deliveries may carry it"
        yield change("is delivered by sources", is_needed, reason)


def _default_text(one: Field) -> str:
    if one.default is None:
        return "the time of the change" if one.is_updated_at else "none"
    return default_text(one.default)


def _change_type(was: Field, one: Field, model: Model, schema: Schema) -> Iterator[str]:
    alter = f"alter table {table_name(model)} alter column {quote(one.column)}"
    kind = column_type(one, schema)
    default = default_value(one, schema)
    # PostgreSQL does not cast a default along with its column.
    if default is not None:
        yield f"{alter} drop default;"
    through = "::text" if "enum" in (was.kind, one.kind) else ""
    through = f"{through}[]" if through and was.is_list else through
    yield f"{alter} type {kind} using {quote(one.column)}{through}::{kind};"
    if default is not None:
        yield f"{alter} set default {default};"


def _is_wider(was: Field, one: Field) -> bool:
    """Whether every value of the old type is one of the new."""
    if was.is_list != one.is_list or was.kind != "scalar" or one.kind != "scalar":
        return False
    old, new = native_type(was), native_type(one)
    for family in (WHOLE_NUMBERS, FLOATS):
        if old.name in family and new.name in family:
            return family.index(old.name) <= family.index(new.name)
    for family in (TEXTS, BITS):
        if old.name in family and new.name in family:
            return family.index(old.name) <= family.index(new.name) and _is_longer(old, new)
    if old.name == new.name == "Decimal":
        return _holds_decimal(old, new)
    if old.name == new.name and old.name in SAME_KIND:
        return _is_longer(old, new)
    return (old.name, new.name) in (("Text", "Citext"), ("Json", "JsonB"), ("Uuid", "Text"))


def _is_longer(old: NativeType, new: NativeType) -> bool:
    # Without a length there is no limit.
    return not new.args or (bool(old.args) and old.args[0] <= new.args[0])


def _holds_decimal(old: NativeType, new: NativeType) -> bool:
    if not new.args or not old.args:
        return not new.args
    (old_digits, old_scale), (new_digits, new_scale) = old.args, new.args
    return new_scale >= old_scale and new_digits - new_scale >= old_digits - old_scale


def _key_changes(before: Model, after: Model) -> Iterator[Change]:
    if after.kind == "view" or before.kind == "view":
        return
    old = {_identity(index, before): index for index in before.indexes}
    new = {_identity(index, after): index for index in after.indexes}
    for identity, index in old.items():
        if identity not in new:
            yield _key_removed(index, before, after)
    for identity, index in new.items():
        if identity not in old:
            yield _key_added(index, after)
        elif index_name(after, index) != index_name(before, old[identity]):
            was = index_name(before, old[identity])
            here = f"{quote(after.schema)}.{quote(was)}"
            yield Change(
                f"{after.schema}.{after.table}",
                f"{_noun(index)} ({', '.join(index.fields)}) is called {index_name(after, index)}, was {was}",
                is_breaking=False,
                reason="nothing but error messages uses the name",
                tables=frozenset({after.table}),
                statements=(f"alter index {here} rename to {quote(index_name(after, index))};",),
            )


def _identity(index: Index, model: Model) -> tuple[object, ...]:
    columns = tuple((one.field, one.sort or "Asc", one.operators) for one in index.columns)
    return index.kind, columns, index.method or "BTree", repr(index.where)


def _noun(index: Index) -> str:
    return {"id": "primary key", "unique": "unique key", "index": "index"}[index.kind]


def _key_removed(index: Index, before: Model, after: Model) -> Change:
    name = index_name(before, index)
    statement = f"drop index {quote(after.schema)}.{quote(name)};"
    if index.kind == "id":
        statement = f"alter table {table_name(after)} drop constraint {quote(name)};"
    return Change(
        f"{after.schema}.{after.table}",
        f"{_noun(index)} ({', '.join(index.fields)}) removed",
        is_breaking=index.kind != "index",
        reason="slower, not wrong" if index.kind == "index" else "writes that rely on it to find a row fail",
        tables=frozenset({before.table}),
        statements=(statement,),
    )


def _key_added(index: Index, model: Model) -> Change:
    statement = create_index(model, index)
    if index.kind == "id":
        columns = ", ".join(quote(model.field(name).column) for name in index.fields)
        name = quote(index_name(model, index))
        statement = f"alter table {table_name(model)} add constraint {name} primary key ({columns});"
    return Change(
        f"{model.schema}.{model.table}",
        f"{_noun(index)} ({', '.join(index.fields)}) added",
        is_breaking=index.kind != "index",
        reason="faster, not different" if index.kind == "index" else "rows that were allowed side by side clash",
        tables=frozenset({model.table}),
        statements=(statement,),
    )


def _foreign_keys_of_new_table(model: Model, schema: Schema) -> Iterator[Change]:
    for one, relation in model.foreign_keys:
        if schema.has_foreign_keys and model.kind == "model":
            target = schema.model(one.type)
            yield Change(
                f"{model.kind} {model.name}",
                f"refers to {target.name} by {', '.join(relation.fields)}",
                is_breaking=False,
                reason="its table is new",
                tables=frozenset({model.table}),
                statements=(create_foreign_key(model, relation, target),),
            )


def _foreign_key_changes(before: Model, after: Model, old: Schema, new: Schema) -> Iterator[Change]:
    was = {relation.fields: (one, relation) for one, relation in before.foreign_keys if old.has_foreign_keys}
    now = {relation.fields: (one, relation) for one, relation in after.foreign_keys if new.has_foreign_keys}
    for fields, (one, relation) in was.items():
        if fields in now and _same_key(relation, now[fields][1], one, now[fields][0]):
            continue
        drop = f"alter table {table_name(after)} drop constraint {quote(foreign_key_name(before, relation))};"
        # Dropping the column drops the key with it.
        is_gone = any(name not in {field.name for field in after.columns} for name in fields)
        yield Change(
            f"{after.schema}.{after.table}",
            f"reference to {one.type} by {', '.join(fields)} {'changed' if fields in now else 'removed'}",
            is_breaking=False,
            reason="every row that was allowed stays so",
            tables=frozenset({before.table}),
            statements=() if is_gone else (drop,),
        )
    for fields, (one, relation) in now.items():
        if fields in was and _same_key(was[fields][1], relation, was[fields][0], one):
            continue
        is_looser = fields in was and was[fields][0].type == one.type
        yield Change(
            f"{after.schema}.{after.table}",
            f"refers to {one.type} by {', '.join(fields)} (on delete: {relation.on_delete or 'as implied'})",
            is_breaking=not is_looser,
            reason="only deleting behaves otherwise" if is_looser else "rows must now refer to one that is there",
            tables=frozenset({after.table}),
            statements=(create_foreign_key(after, relation, new.model(one.type)),),
        )


def _same_key(was: Relation, now: Relation, was_field: Field, now_field: Field) -> bool:
    return (was_field.type, was.references, was.on_delete, was.on_update, was.constraint) == (
        now_field.type,
        now.references,
        now.on_delete,
        now.on_update,
        now.constraint,
    )


def _join_table_changes(old: Schema, new: Schema) -> Iterator[Change]:
    was = {join.name: join for join in old.join_tables}
    now = {join.name: join for join in new.join_tables}
    for name, join in now.items():
        if name not in was:
            yield Change(
                f"many-to-many {join.first.name} and {join.second.name}",
                f"added as {join.schema}.{name}",
                is_breaking=False,
                reason="nothing uses it yet",
                tables=frozenset({name}),
                statements=tuple(create_join_table(join, new)),
            )
    for name, join in was.items():
        if name not in now:
            yield Change(
                f"many-to-many {join.first.name} and {join.second.name}",
                "removed",
                is_breaking=True,
                reason="queries name its table",
                tables=frozenset({name}),
                names=frozenset({name}),
                statements=(f"drop table {quote(join.schema)}.{quote(name)};",),
            )
