"""Reads a schema: runs both parsers, builds the model from prisma-ast, reconciles it with Prisma's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from prisma.generator.model import (
    Call,
    Enum,
    EnumValue,
    Field,
    Index,
    IndexColumn,
    Model,
    NativeType,
    Number,
    Place,
    Relation,
    Schema,
    SchemaError,
    Word,
)
from prisma.generator.reconcile import reconcile

HERE = Path(__file__).parent
SCALARS = frozenset({"String", "Boolean", "Int", "BigInt", "Float", "Decimal", "DateTime", "Json", "Bytes"})
PROVIDERS = frozenset({"postgresql", "postgres"})
LITERALS = {True: "true", False: "false", None: "null"}
SETTINGS = frozenset({"provider", "schemas", "relationMode", "referentialIntegrity", "extensions"})


def read_schema(path: Path) -> Schema:
    """The schema of a file or a folder of `.prisma` files.

    Raises SchemaError when the schema is not valid, when the two parsers disagree, or when it holds something
    that cannot be expressed.
    """
    parsed = parse(path)
    return reconcile(build(parsed["blocks"], parsed["files"]), parsed["dmmf"])


def parse(path: Path) -> dict[str, Any]:
    """What `parse.mjs` prints for a schema: {"files", "datasource", "dmmf", "blocks"}."""
    if not path.exists():
        raise SchemaError(f"{path}: there is no such file or folder.")
    node = shutil.which("node")
    if node is None:
        raise SchemaError("Node.js 20 or newer is needed to read a Prisma schema: install `nodejs`.")
    if not (HERE / "node_modules").is_dir():
        raise SchemaError(f"Prisma's parser is not installed: run `npm ci` in {os.path.relpath(HERE)}.")
    done = subprocess.run(
        [node, str(HERE / "parse.mjs"), str(path)], capture_output=True, encoding="utf-8", check=False
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise SchemaError(f"the parser broke off: {done.stderr.strip()}") from None
    if answer["datasource"]:
        _check_provider(answer["datasource"])
    if "errors" in answer:
        raise SchemaError("\n".join(_sentence(error) for error in answer["errors"]))
    return answer


def _check_provider(source: Mapping[str, Any]) -> None:
    if source["provider"] not in PROVIDERS:
        raise SchemaError(
            f"{source['file']}:{source['line']}: datasource {source['name']}: the provider is "
            f"{source['provider']}; contracts are made for PostgreSQL only."
        )


def _sentence(error: Mapping[str, Any]) -> str:
    where = error["file"] if error.get("line") is None else f"{error['file']}:{error['line']}"
    names = []
    if error.get("block"):
        names.append(f"{error['kind']} {error['block']}")
    if error.get("member"):
        names.append(f"{'value' if error['kind'] == 'enum' else 'field'} {error['member']}")
    return ": ".join([where, *([", ".join(names)] if names else []), error["message"]])


class Arguments:
    """The arguments of an attribute, by position and by name."""

    def __init__(self, attribute: Mapping[str, Any]) -> None:
        self.positional: list[object] = []
        self.named: dict[str, object] = {}
        for argument in attribute.get("args") or ():
            value = argument["value"]
            if isinstance(value, dict) and value["type"] == "keyValue":
                self.named[value["key"]] = read_value(value["value"])
            else:
                self.positional.append(read_value(value))

    def get(self, name: str, position: int | None = None) -> Any:
        """The argument of that name, or the one at that position, or None."""
        if name in self.named:
            return self.named[name]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return None


def read_value(raw: Any) -> object:
    """A value of prisma-ast's: str, bool, None, Number, Word, Call, list or dict."""
    if isinstance(raw, str):
        return _read_word(raw)
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, float)):
        return Number(str(raw))
    if isinstance(raw, list):
        return [read_value(item) for item in raw]
    if raw["type"] == "array":
        return [read_value(item) for item in raw.get("args") or ()]
    if raw["type"] == "object":
        return {item["key"]: read_value(item["value"]) for item in raw.get("properties") or ()}
    if raw["type"] == "keyValue":
        return {raw["key"]: read_value(raw["value"])}
    params = raw.get("params") or ()
    named = tuple((p["key"], read_value(p["value"])) for p in params if _is_named(p))
    return Call(raw["name"], tuple(read_value(p) for p in params if not _is_named(p)), named)


def _name(value: object) -> str:
    """A name where one must stand, be it `true`, `false` or `null`."""
    return LITERALS.get(value, str(value)) if isinstance(value, bool | None) else str(value)


def _is_named(raw: Any) -> bool:
    return isinstance(raw, dict) and raw["type"] == "keyValue"


def _read_word(word: str) -> object:
    if word.startswith('"'):
        return json.loads(word, strict=False)
    if word in ("true", "false"):
        return word == "true"
    if word == "null":
        return None
    if word.lstrip("-")[:1].isdigit():
        return Number(word)
    return Word(word)


def build(blocks: Sequence[Mapping[str, Any]], files: Sequence[str]) -> Schema:
    """The schema as prisma-ast sees it, with Prisma's own rules for what is left unsaid."""
    settings = _read_datasource(blocks, files)
    default_schema = "public"
    enums = tuple(_read_enum(block, default_schema) for block in blocks if block["kind"] == "enum")
    enum_names = {enum.name for enum in enums}
    for block in blocks:
        if block["kind"] == "type":
            raise SchemaError(
                f"{block['file']}:{block['line']}: type {block['name']}: composite types belong to MongoDB; "
                "PostgreSQL has no column for them."
            )
    model_names = {block["name"] for block in blocks if block["kind"] in ("model", "view")}
    models = tuple(
        _read_model(block, default_schema, enum_names, model_names)
        for block in blocks
        if block["kind"] in ("model", "view")
    )
    mode = settings.get("relationMode", settings.get("referentialIntegrity", "foreignKeys"))
    extensions = settings.get("extensions") or []
    return Schema(
        models=models,
        enums=enums,
        extensions=tuple(_read_extension(one) for one in extensions if isinstance(extensions, list)),
        has_foreign_keys=mode == "foreignKeys",
        files=tuple(files),
    )


def _read_extension(raw: object) -> str:
    if isinstance(raw, Call):
        return str(dict(raw.options).get("map", raw.name))
    return str(raw)


def _read_datasource(blocks: Sequence[Mapping[str, Any]], files: Sequence[str]) -> dict[str, Any]:
    sources = [block for block in blocks if block["kind"] == "datasource"]
    if len(sources) != 1:
        where = "" if len(files) > 1 else f"{files[0]}: "
        raise SchemaError(f"{where}a schema has one datasource; this one has {len(sources) or 'none'}.")
    source = sources[0]
    settings: dict[str, Any] = {}
    for member in source["members"]:
        if member["key"] not in SETTINGS:
            raise SchemaError(
                f"{source['file']}:{member['line']}: datasource {source['name']}: the setting "
                f"`{member['key']}` is not known here."
            )
        settings[member["key"]] = read_value(member["value"])
    _check_provider({**source, "provider": settings.get("provider")})
    return settings


def _attributes(raw: Mapping[str, Any]) -> dict[str, Arguments]:
    """The attributes of a field or enum value that may stand once, by name; native types are left out."""
    return {one["name"]: Arguments(one) for one in raw.get("attributes") or () if one.get("group") != "db"}


def _read_enum(block: Mapping[str, Any], schema: str) -> Enum:
    attributes = {one["name"]: Arguments(one) for one in block["members"] if one["type"] == "attribute"}
    values = []
    for member in block["members"]:
        if member["type"] != "enumerator":
            continue
        label = member["name"]
        if "map" in (own := _attributes(member)):
            label = own["map"].get("name", 0)
        values.append(EnumValue(member["name"], label, Place(block["file"], member["line"]), member["documentation"]))
    return Enum(
        name=block["name"],
        place=Place(block["file"], block["line"]),
        type=attributes["map"].get("name", 0) if "map" in attributes else block["name"],
        schema=attributes["schema"].get("map", 0) if "schema" in attributes else schema,
        values=tuple(values),
        documentation=block["documentation"],
    )


def _read_model(block: Mapping[str, Any], schema: str, enums: set[str], models: set[str]) -> Model:
    members = [one for one in block["members"] if one["type"] == "field"]
    attributes = [one for one in block["members"] if one["type"] == "attribute"]
    single = {one["name"]: Arguments(one) for one in attributes}
    fields = tuple(_read_field(one, block, enums, models) for one in members)
    indexes = [index for one in members for index in _read_field_indexes(one, block)]
    indexes += [_read_index(one, block) for one in attributes if one["name"] in ("id", "unique", "index")]
    for one in attributes:
        if one["name"] not in ("id", "unique", "index", "map", "schema", "ignore"):
            raise SchemaError(
                f"{block['file']}:{one['line']}: {block['kind']} {block['name']}: `@@{one['name']}` "
                "cannot be expressed."
            )
    keys = {name for index in indexes if index.kind == "id" for name in _only_field(index)}
    uniques = {name for index in indexes if index.kind == "unique" for name in _only_field(index)}
    return Model(
        name=block["name"],
        place=Place(block["file"], block["line"]),
        kind=block["kind"],
        table=single["map"].get("name", 0) if "map" in single else block["name"],
        schema=single["schema"].get("map", 0) if "schema" in single else schema,
        # A key is unique as it is: Prisma does not say it twice.
        fields=tuple(replace(one, is_id=one.name in keys, is_unique=one.name in uniques - keys) for one in fields),
        indexes=tuple(indexes),
        is_ignored="ignore" in single,
        documentation=block["documentation"],
    )


def _only_field(index: Index) -> tuple[str, ...]:
    """The field that is unique by itself through this key: of one column, and not partial."""
    return index.fields if len(index.fields) == 1 and index.where is None else ()


def _read_field(raw: Mapping[str, Any], block: Mapping[str, Any], enums: set[str], models: set[str]) -> Field:
    place = Place(block["file"], raw["line"])
    attributes = _attributes(raw)
    where = f"{place}: {block['kind']} {block['name']}, field {raw['name']}"
    for name in attributes:
        if name not in ("id", "unique", "default", "map", "updatedAt", "ignore", "relation"):
            raise SchemaError(f"{where}: `@{name}` cannot be expressed.")
    kind, type_name = _read_type(raw["fieldType"], enums, models, where)
    default = attributes["default"].get("value", 0) if "default" in attributes else None
    if kind == "enum" and "default" in attributes:
        default = _enum_default(default)
    return Field(
        name=raw["name"],
        place=place,
        kind=kind,
        type=type_name,
        column=attributes["map"].get("name", 0) if "map" in attributes else raw["name"],
        is_list=bool(raw.get("array")),
        is_required=not raw.get("optional"),
        is_updated_at="updatedAt" in attributes,
        is_ignored="ignore" in attributes,
        native=_read_native(raw, where),
        default=default,
        relation=_read_relation(attributes) if kind == "relation" else None,
        documentation=raw["documentation"],
    )


def _enum_default(default: object) -> object:
    if isinstance(default, list):
        return [_enum_default(item) for item in default]
    return default if isinstance(default, Call) else Word(_name(default))


def _read_type(raw: Any, enums: set[str], models: set[str], where: str) -> tuple[Any, str]:
    if isinstance(raw, dict):
        return "unsupported", str(read_value(raw["params"][0]))
    if raw in enums:
        return "enum", raw
    if raw in models:
        return "relation", raw
    if raw in SCALARS:
        return "scalar", raw
    raise SchemaError(f"{where}: the type {raw} is not known.")


def _read_native(raw: Mapping[str, Any], where: str) -> NativeType | None:
    for one in raw.get("attributes") or ():
        if one.get("group") == "db":
            args = Arguments(one).positional
            if not all(isinstance(arg, Number) for arg in args):
                raise SchemaError(f"{where}: the arguments of @db.{one['name']} are not whole numbers.")
            return NativeType(one["name"], tuple(int(str(arg)) for arg in args))
    return None


def _read_relation(attributes: Mapping[str, Arguments]) -> Relation:
    if "relation" not in attributes:
        return Relation(name="")
    given = attributes["relation"]

    def words(name: str) -> tuple[str, ...]:
        return tuple(_name(word) for word in given.get(name) or ())

    def word(name: str) -> str | None:
        return None if given.get(name) is None else str(given.get(name))

    return Relation(
        name=given.get("name", 0) or "",
        fields=words("fields"),
        references=words("references"),
        on_delete=word("onDelete"),
        on_update=word("onUpdate"),
        constraint=given.get("map"),
    )


def _read_field_indexes(raw: Mapping[str, Any], block: Mapping[str, Any]) -> list[Index]:
    found = []
    for attribute in raw.get("attributes") or ():
        if attribute["name"] in ("id", "unique") and attribute.get("group") != "db":
            given = Arguments(attribute)
            sort = given.get("sort")
            found.append(
                Index(
                    kind=attribute["name"],
                    columns=(IndexColumn(raw["name"], None if sort is None else str(sort)),),
                    place=Place(block["file"], raw["line"]),
                    constraint=given.get("map", 0),
                    where=given.get("where"),
                    is_on_field=True,
                )
            )
    return found


def _read_index(raw: Mapping[str, Any], block: Mapping[str, Any]) -> Index:
    given = Arguments(raw)
    method = given.get("type")
    return Index(
        kind=raw["name"],
        columns=tuple(_read_index_column(one) for one in given.get("fields", 0)),
        place=Place(block["file"], raw["line"]),
        name=given.get("name"),
        # In old schemas the `name` of an index is what is called `map` today.
        constraint=given.get("map") or (given.get("name") if raw["name"] == "index" else None),
        method=None if method is None else str(method),
        where=given.get("where"),
    )


def _read_index_column(raw: object) -> IndexColumn:
    if not isinstance(raw, Call):
        return IndexColumn(_name(raw))
    options = dict(raw.options)
    sort, operators = options.get("sort"), options.get("ops")
    if isinstance(operators, Call):
        operators = operators.args[0]
    return IndexColumn(raw.name, None if sort is None else str(sort), None if operators is None else str(operators))
