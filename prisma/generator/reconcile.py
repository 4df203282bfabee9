"""Holds the two parsers against each other, field by field: they agree, or the generator stops.

Prisma's own parser (the DMMF) is the authority on types, keys and defaults, but says nothing of what is
ignored or unsupported, of views, of the schema of enums, or of lines. prisma-ast sees all of these. Each fact
that both know is compared here; a fact that only one knows must be one of the omissions listed above.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from prisma.generator.model import Call, Enum, Field, Index, Model, Number, Place, Schema, SchemaError, Word

KINDS = {"scalar": "scalar", "enum": "enum", "object": "relation", "unsupported": "unsupported"}
IMPLIED_ARGUMENTS = {"uuid": (4,), "cuid": (1,)}


def reconcile(schema: Schema, dmmf: Mapping[str, Any]) -> Schema:
    """The schema with relation names filled in from the DMMF; SchemaError at the first disagreement."""
    enums = _pair(schema.enums, dmmf["enums"], "enum")
    for enum, theirs in enums:
        _compare_enum(enum, theirs)
    active = [model for model in schema.models if not model.is_ignored]
    models = {}
    for model, theirs in _pair(active, dmmf["models"], "model"):
        indexes = [one for one in dmmf.get("indexes", ()) if one["model"] == model.name]
        models[model.name] = _reconcile_model(model, theirs, indexes)
    return replace(schema, models=tuple(models.get(model.name, model) for model in schema.models))


def _pair(ours: Iterable[Any], theirs: Iterable[Mapping[str, Any]], noun: str) -> list[tuple[Any, Any]]:
    theirs_by_name = {one["name"]: one for one in theirs}
    pairs = []
    for one in ours:
        if one.name not in theirs_by_name:
            raise SchemaError(f"{one.place}: {noun} {one.name}: Prisma's parser leaves it out.")
        pairs.append((one, theirs_by_name.pop(one.name)))
    for name in theirs_by_name:
        raise SchemaError(f"{noun} {name}: Prisma's parser sees it, prisma-ast does not.")
    return pairs


class _Facts:
    """Compares facts about one thing and says in the error which thing that is."""

    def __init__(self, place: Place, subject: str) -> None:
        self.place = place
        self.subject = subject

    def same(self, what: str, ours: object, theirs: object) -> None:
        if ours != theirs:
            raise SchemaError(
                f"{self.place}: {self.subject}: the parsers disagree on {what}: "
                f"prisma-ast says {ours!r}, Prisma says {theirs!r}."
            )


def _compare_enum(enum: Enum, theirs: Mapping[str, Any]) -> None:
    facts = _Facts(enum.place, f"enum {enum.name}")
    facts.same("its name in the database", enum.type, theirs.get("dbName") or enum.name)
    labels = [(value["name"], value.get("dbName")) for value in theirs["values"]]
    # A label may be empty.
    labels = [(name, name if label is None else label) for name, label in labels]
    facts.same("its values", [(value.name, value.label) for value in enum.values], labels)


def _reconcile_model(model: Model, theirs: Mapping[str, Any], indexes: list[Mapping[str, Any]]) -> Model:
    facts = _Facts(model.place, f"{model.kind} {model.name}")
    facts.same("its table", model.table, theirs.get("dbName") or model.name)
    facts.same("its schema", model.schema, theirs.get("schema") or "public")
    key = model.primary_key
    composite: Mapping[str, Any] | None = theirs.get("primaryKey")
    is_composite = key is not None and not key.is_on_field
    facts.same("its key", list(key.fields) if key and is_composite else None, composite and composite["fields"])
    facts.same("the name of its key", key.name if key and is_composite else None, composite and composite["name"])
    ours_compound = sorted(
        list(index.fields)
        for index in model.indexes
        if index.kind == "unique" and not index.is_on_field and index.where is None
    )
    facts.same("its unique keys", ours_compound, sorted(theirs.get("uniqueFields", ())))
    _compare_indexes(model, indexes)
    return replace(model, fields=_reconcile_fields(model, theirs["fields"]))


def _compare_indexes(model: Model, theirs: list[Mapping[str, Any]]) -> None:
    kinds = {"id": "id", "unique": "unique", "normal": "index"}
    remaining = [
        (
            kinds.get(one["type"], one["type"]),
            one["isDefinedOnField"],
            one.get("dbName"),
            one.get("algorithm"),
            tuple((c["name"], c.get("sortOrder"), c.get("operatorClass")) for c in one["fields"]),
        )
        for one in theirs
    ]
    for index in model.indexes:
        facts = (index.kind, index.is_on_field, index.constraint, index.method, _index_columns(index))
        loose = [one for one in remaining if _is_same_index(facts, one)]
        if not loose:
            raise SchemaError(
                f"{index.place}: {model.kind} {model.name}, field {', '.join(index.fields)}: the parsers "
                f"disagree on this {index.kind}: prisma-ast says {facts!r}, Prisma says {remaining!r}."
            )
        remaining.remove(loose[0])
    if remaining:
        raise SchemaError(
            f"{model.place}: {model.kind} {model.name}: Prisma sees an index that prisma-ast does not: "
            f"{remaining[0]!r}."
        )


def _index_columns(index: Index) -> tuple[tuple[str, str | None, str | None], ...]:
    return tuple(
        (column.field, column.sort.lower() if column.sort else None, column.operators) for column in index.columns
    )


def _is_same_index(ours: tuple[Any, ...], theirs: tuple[Any, ...]) -> bool:
    """Equal, but for what the DMMF leaves unsaid because it is PostgreSQL's default."""
    *our_head, our_method, our_columns = ours
    *their_head, their_method, their_columns = theirs
    if our_head != their_head or (our_method or "BTree") != (their_method or "BTree"):
        return False
    return [(n, s or "asc", o) for n, s, o in our_columns] == [(n, s or "asc", o) for n, s, o in their_columns]


def _reconcile_fields(model: Model, theirs: Iterable[Mapping[str, Any]]) -> tuple[Field, ...]:
    by_name = {one["name"]: one for one in theirs}
    fields = []
    for one in model.fields:
        seen = by_name.pop(one.name, None)
        if seen is None and not (one.is_ignored or one.kind == "unsupported"):
            raise SchemaError(
                f"{one.place}: {model.kind} {model.name}, field {one.name}: Prisma's parser leaves it out."
            )
        if seen is not None and (one.is_ignored or one.kind == "unsupported"):
            raise SchemaError(
                f"{one.place}: {model.kind} {model.name}, field {one.name}: Prisma's parser offers a field "
                "that is ignored or unsupported."
            )
        fields.append(_reconcile_field(model, one, seen) if seen else one)
    for name in by_name:
        raise SchemaError(
            f"{model.place}: {model.kind} {model.name}, field {name}: Prisma's parser sees it, prisma-ast does not."
        )
    return tuple(fields)


def _reconcile_field(model: Model, one: Field, theirs: Mapping[str, Any]) -> Field:
    facts = _Facts(one.place, f"{model.kind} {model.name}, field {one.name}")
    facts.same("its kind", one.kind, KINDS.get(theirs["kind"], theirs["kind"]))
    facts.same("its type", one.type, theirs["type"])
    facts.same("whether it is a list", one.is_list, theirs["isList"])
    facts.same("whether it is required", one.is_required, theirs["isRequired"])
    facts.same("whether it is the key", one.is_id, theirs["isId"])
    facts.same("whether it is unique", one.is_unique, theirs["isUnique"])
    facts.same("whether it is @updatedAt", one.is_updated_at, theirs.get("isUpdatedAt", False))
    facts.same("its column", one.column, theirs.get("dbName") or one.name)
    native = theirs.get("nativeType")
    facts.same(
        "its native type",
        [one.native.name, [str(arg) for arg in one.native.args]] if one.native else None,
        native,
    )
    facts.same("whether it has a default", one.default is not None, theirs["hasDefaultValue"])
    if one.default is not None:
        facts.same("its default", _plain(one.default, one), _plain_theirs(theirs["default"], one))
    if one.relation is None:
        return one
    facts.same("the fields of its key", list(one.relation.fields), theirs.get("relationFromFields", []))
    facts.same("the fields referred to", list(one.relation.references), theirs.get("relationToFields", []))
    facts.same("what happens on delete", one.relation.on_delete, theirs.get("relationOnDelete"))
    facts.same("what happens on update", one.relation.on_update, theirs.get("relationOnUpdate"))
    if one.relation.name:
        facts.same("the name of the relation", one.relation.name, theirs["relationName"])
    return replace(one, relation=replace(one.relation, name=theirs["relationName"]))


def _plain(default: object, one: Field) -> object:
    """A default in the form that `_plain_theirs` gives the other parser's."""
    if isinstance(default, list):
        return [_plain(item, one) for item in default]
    if isinstance(default, Call):
        args = default.args or IMPLIED_ARGUMENTS.get(default.name, ())
        return default.name, tuple(str(arg) for arg in args)
    if isinstance(default, Word):
        return default.name
    if isinstance(default, Number):
        return int(default.text) if one.type in ("Int", "BigInt") else _about(default.text)
    if one.type == "DateTime" and isinstance(default, str):
        return _moment(default)
    return default


def _plain_theirs(default: Any, one: Field) -> object:
    if isinstance(default, list):
        return [_plain_theirs(item, one) for item in default]
    if isinstance(default, dict):
        return default["name"], tuple(str(arg) for arg in default["args"])
    if isinstance(default, bool):
        return default
    if one.type in ("Int", "BigInt"):
        return int(default)
    if one.type in ("Float", "Decimal"):
        return _about(default)
    if one.type == "DateTime":
        return _moment(default)
    return default


def _about(number: object) -> str:
    """A number to the digits that survive in the DMMF, which makes floats of decimals."""
    # Adding nothing takes the sign off a zero.
    return f"{float(str(number)) + 0:.12g}"


def _moment(text: str) -> object:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
