"""Writes the Pydantic contracts of a schema: a module per model, one for enums, one for column types."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from prisma.generator.columns import Alias, alias_of
from prisma.generator.ddl import foreign_key_name, index_name
from prisma.generator.layout import (
    WIDTH,
    Group,
    Node,
    Prose,
    call,
    class_line,
    docstring,
    render,
    string,
    tuple_of,
    width_of,
)
from prisma.generator.model import Call, Enum, Field, Index, Model, Number, Schema, SchemaError, Word
from prisma.generator.names import attribute_name, class_name, member_name, module_name
from prisma.generator.types import fits, moment, native_type, sql_type

HEADER = "# Generated from the Prisma schema by `make contracts`: do not edit."
RESERVED_MODULES = frozenset({"contract", "columns", "enums", "ignored"})
RUNTIME = Path(__file__).with_name("contract.py")
# Assignments stand one blank line apart, classes two.
ASSIGNMENTS = "\n\n"
INTERNAL = re.compile(r"@internal\b\s*")
HIDDEN_METHODS = frozenset(name for name in dir(str) if not name.startswith("_"))
# Made by Prisma's client before the row is sent; the database knows nothing of them.
CLIENT_FUNCTIONS = frozenset({"uuid", "cuid", "nanoid", "ulid"})
DATABASE_FUNCTIONS = frozenset({"autoincrement", "now", "dbgenerated"})
# Native types whose literal defaults are written as text and read by the type itself.
READ_FROM_TEXT = frozenset({"Uuid", "Inet", "Date", "Time", "Timetz", "Timestamp", "Timestamptz"})


@dataclass
class Module:
    """A module under construction: its imports, under names that nothing else in it has, and its body."""

    taken: set[str]
    imports: dict[tuple[str, str], str] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)

    def use(self, source: str, name: str, suffix: str = "Type") -> str:
        """The name under which this module knows `name` of `source`."""
        key = (source, name)
        if key not in self.imports:
            local = name
            while local in self.taken:
                local = f"{local[:1].upper()}{local[1:]}{suffix}"
            self.imports[key] = local
            self.taken.add(local)
        return self.imports[key]

    def text(self, summary: str, gap: str = "\n\n\n") -> str:
        """The module's text; `gap` stands after the imports and between the parts of the body."""
        sections = ["from __future__ import annotations"]
        sources = sorted({source for source, _ in self.imports}, key=import_order)
        for section in range(3):
            lines = [self._import(source) for source in sources if _section(source) == section]
            if lines:
                sections.append("\n".join(lines))
        head = f"{HEADER}\n{docstring(summary)}\n\n" + "\n\n".join(sections)
        return gap.join([head, *self.body]) + "\n"

    def _import(self, source: str) -> str:
        names = sorted(
            ((name, local) for (origin, name), local in self.imports.items() if origin == source),
            key=lambda pair: import_order(pair[0]),
        )
        plain = [name for name, local in names if name == local]
        lines = [f"from {source} import {name} as {local}" for name, local in names if name != local]
        if plain:
            line = f"from {source} import {', '.join(plain)}"
            if width_of(line) > WIDTH:
                line = f"from {source} import (\n" + "".join(f"    {one},\n" for one in plain) + ")"
            lines.insert(0, line)
        return "\n".join(lines)


def _section(source: str) -> int:
    """Which group of imports a module belongs to: Python's own, installed ones, the package's."""
    return 2 if source.startswith(".") else int(source.startswith("pydantic"))


def export_order(name: str) -> tuple[int, list[tuple[int, str]]]:
    """Where a name stands in `__all__`: constants, classes, the rest; 64 before 100."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    parts = [part for part in re.split(r"(\d+)", name) if part]
    return kind, [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def import_order(name: str) -> tuple[int, list[tuple[int, str]], str]:
    """Where a name stands in an import: the same, but `WITH_ZONE` comes before `WITHOUT_ZONE`."""
    kind, _ = export_order(name)
    return kind, export_order(name.lower())[1], name


def write_contracts(schema: Schema, out: Path) -> list[Path]:
    """Writes the package of contracts into a folder and returns its files.

    Modules of an earlier run that are no longer needed are removed; a folder that holds other Python files is
    refused, so that nothing hand-written is lost.
    """
    texts = generate(schema)
    out.mkdir(parents=True, exist_ok=True)
    for old in sorted(out.glob("*.py")):
        if old.name not in texts:
            if not old.read_text(encoding="utf-8").startswith(HEADER):
                raise SchemaError(f"{old} was not generated: choose another folder for the contracts.")
            old.unlink()
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    return [out / name for name in texts]


def generate(schema: Schema) -> dict[str, str]:
    """The package's files: name → text. Raises SchemaError for what cannot be expressed."""
    check_names(schema)
    texts = {"contract.py": f"{HEADER}\n{RUNTIME.read_text(encoding='utf-8')}"}
    texts["columns.py"] = columns_module(schema)
    texts["enums.py"] = enums_module(schema)
    texts["ignored.py"] = ignored_module(schema)
    modules: dict[str, str] = {}
    reserved = RESERVED_MODULES
    for model in schema.active:
        modules[model.name] = module_name(model.name, reserved)
        reserved |= {modules[model.name]}
        texts[f"{modules[model.name]}.py"] = model_module(model, schema)
    texts["__init__.py"] = package_module(schema, modules)
    return dict(sorted(texts.items()))


def base_name(model: Model) -> str:
    """The class of what a source may deliver."""
    return f"{class_name(model.name)}Base"


def check_names(schema: Schema) -> None:
    """Two things of one name in Python are an error that names both."""
    classes: dict[str, str] = {"CONTRACTS": "the list of contracts", "IGNORED_TABLES": "the list of tables"}
    for enum in schema.enums:
        _claim(classes, class_name(enum.name), f"enum {enum.name}", f"{enum.place}: enum {enum.name}")
    for model in schema.active:
        subject = f"{model.kind} {model.name}"
        _claim(classes, class_name(model.name), subject, f"{model.place}: {subject}")
        if model.kind == "model":
            _claim(classes, base_name(model), subject, f"{model.place}: {subject}")
    for model in schema.active:
        attributes: dict[str, str] = {}
        for one in model.columns:
            if not one.is_ignored:
                where = f"{one.place}: {model.kind} {model.name}, field {one.name}"
                _claim(attributes, attribute_name(one.name), f"field {one.name}", where)
    for enum in schema.enums:
        members: dict[str, str] = {}
        for value in enum.values:
            where = f"{value.place}: enum {enum.name}, value {value.name}"
            _claim(members, member_name(value.name), f"value {value.name}", where)


def _claim(names: dict[str, str], name: str, subject: str, where: str) -> None:
    if name in names:
        raise SchemaError(f"{where}: the name {name} is already that of {names[name]}; rename one, keep its @map.")
    names[name] = subject


def columns_module(schema: Schema) -> str:
    """The module of aliases for the column types that the schema uses."""
    aliases: dict[str, Alias] = {}
    for model in schema.active:
        for one in model.columns:
            if one.kind != "enum" and not one.is_ignored:
                alias = alias_of(one)
                aliases[alias.name] = alias
    module = Module(taken=set())
    lines = []
    for alias in sorted(aliases.values(), key=lambda alias: import_order(alias.name)):
        for source, name in alias.python.imports:
            module.use(source, name)
        lines.append(f"{alias.name} = {render(alias.python.expression, used=width_of(alias.name) + 3)}")
    if lines:
        module.body.append("\n".join(lines))
    return module.text("The column types of the schema, each with the limits of its column.", gap=ASSIGNMENTS)


def enums_module(schema: Schema) -> str:
    """The module of enums."""
    module = Module(taken={class_name(enum.name) for enum in schema.enums})
    for enum in schema.enums:
        is_mapped = any(value.name != value.label for value in enum.values)
        base = module.use(".contract", "MappedEnum") if is_mapped else module.use("enum", "StrEnum")
        module.body.append(_enum_class(enum, base))
    return module.text("The enums of the schema, with their labels in the database as values.")


def _enum_class(enum: Enum, base: str) -> str:
    summary = _prose(enum.documentation) or f"The enum {enum.schema}.{enum.type}."
    lines = [class_line(class_name(enum.name), base), docstring(summary, 4), ""]
    for value in enum.values:
        # Members may be called like methods of str: nobody calls those on an enum.
        remark = "  # type: ignore[assignment]" if value.name in HIDDEN_METHODS else ""
        lines.append(f"    {member_name(value.name)} = {string(value.label)}{remark}")
        if prose := _prose(value.documentation):
            lines.append(docstring(prose, 4))
    return "\n".join(lines)


def ignored_module(schema: Schema) -> str:
    """The module that describes the tables without a contract."""
    module = Module(taken=set())
    tables: list[Node] = [_table(model, schema, module) for model in schema.models if model.is_ignored]
    table = module.use(".contract", "Table")
    line = f"IGNORED_TABLES: tuple[{table}, ...] = "
    module.body.append(line + render(tuple_of(tables), used=width_of(line)))
    summary = "Tables that the schema marks @@ignore: known to be there, without a contract."
    return module.text(summary, gap=ASSIGNMENTS)


def package_module(schema: Schema, modules: dict[str, str]) -> str:
    """The package's own module, which exports everything."""
    exports: dict[str, list[str]] = {".contract": ["Contract"], ".ignored": ["IGNORED_TABLES"]}
    if schema.enums:
        exports[".enums"] = [class_name(enum.name) for enum in schema.enums]
    rows = []
    for model in schema.active:
        rows.append(class_name(model.name))
        bases = [base_name(model)] if model.kind == "model" else []
        exports[f".{modules[model.name]}"] = [rows[-1], *bases]
    module = Module(taken={name for source, names in exports.items() if source != ".contract" for name in names})
    for source, names in exports.items():
        for name in names:
            if source == ".contract":
                contract = module.use(source, name)
            else:
                module.imports[(source, name)] = name
    # Models may be called tuple or type.
    row, kind = (module.use("builtins", name) if name in module.taken else name for name in ("tuple", "type"))
    line = f"CONTRACTS: {row}[{kind}[{contract}], ...] = "
    module.body.append(line + render(tuple_of(list(rows)), used=width_of(line)))
    # Without its own name in it, a model called Contract would be exported twice.
    everything = sorted(
        {"CONTRACTS", contract, *(name for source in exports if source != ".contract" for name in exports[source])},
        key=export_order,
    )
    exported = "[\n" + "".join(f"    {string(name)},\n" for name in everything) + "]"
    module.body.append(f"__all__ = {exported}")
    summary = "The contracts: per model X a class `XBase` (what may be delivered) and `X` (a whole row)."
    return module.text(summary, gap=ASSIGNMENTS)


def model_module(model: Model, schema: Schema) -> str:
    """The module of a model or view."""
    attributes = {attribute_name(one.name) for one in model.columns}
    module = Module(taken={class_name(model.name), base_name(model), *attributes})
    columns = [one for one in model.columns if not one.is_ignored]
    summary = _prose(model.documentation)
    place = f"{model.schema}.{model.table}"
    table = _table_line(model, schema, module)
    if model.kind == "view":
        config = module.use("pydantic", "ConfigDict")
        fields = _fields(columns, model, schema, module)
        body = [f"    model_config = {config}(frozen=True)", "", *fields, "", table]
        doc = _join(summary, f"A row of the view {place}, to be read only.")
        module.body.append(_class(class_name(model.name), module.use(".contract", "Contract"), doc, body))
    else:
        delivered = [one for one in columns if is_delivered(one, model)]
        rest = [one for one in columns if not is_delivered(one, model)]
        fields = _fields(delivered, model, schema, module)
        base = _class(
            base_name(model),
            module.use(".contract", "Contract"),
            _join(
                summary,
                "What a source may deliver: no keys of other tables, nothing that is filled in later.",
            ),
            [*fields, "", table] if fields else [table],
        )
        row = _class(
            class_name(model.name),
            base_name(model),
            _join(summary, f"A whole row of {place}."),
            _fields(rest, model, schema, module),
        )
        module.body += [base, row]
    return module.text(f"Contracts of {place}.")


def _class(name: str, base: str, doc: str, body: list[str]) -> str:
    lines = [class_line(name, base), docstring(doc, 4)]
    if body:
        lines += ["", *body]
    return "\n".join(lines)


def _join(summary: str, role: str) -> str:
    return f"{summary}\n\n{role}" if summary else role


def _prose(documentation: str | None) -> str:
    """Documentation without its `@internal` mark."""
    return INTERNAL.sub("", documentation or "").strip()


def is_delivered(one: Field, model: Model) -> bool:
    """Whether a source may deliver the field: not internal, no foreign key, not filled in by itself."""
    if one.name in model.foreign_key_fields or one.is_updated_at or INTERNAL.search(one.documentation or ""):
        return False
    if one.default_function in ("now", "autoincrement"):
        return False
    key = model.primary_key
    is_made_id = key is not None and one.name in key.fields and one.default_function is not None
    return not is_made_id


def is_filled_in(one: Field) -> bool:
    """Whether the database or Prisma's client gives the field a value when none is given."""
    return one.default_function is not None or one.is_updated_at


def _fields(columns: Iterable[Field], model: Model, schema: Schema, module: Module) -> list[str]:
    return [_field(one, model, schema, module) for one in columns]


def _field(one: Field, model: Model, schema: Schema, module: Module) -> str:
    name = attribute_name(one.name)
    head = f"    {name}: {_annotation(one, module)}"
    options = _default(one, model, module)
    is_left = not options and one.is_required and is_filled_in(one)
    if name != one.name:
        options["alias"] = string(one.name)
    if prose := _prose(one.documentation):
        options["description"] = Prose(" ".join(prose.split()))
    if is_left:
        value: Node = call(module.use(".contract", "left_to_database"), **options)
    elif not options:
        return head
    elif set(options) == {"default"}:
        value = options["default"]
    else:
        value = call(module.use("pydantic", "Field"), **options)
    return f"{head} = {render(value, 4, width_of(head) + 3)}"


def _annotation(one: Field, module: Module) -> str:
    if one.kind == "enum":
        name = module.use(".enums", class_name(one.type), "Enum")
    else:
        name = module.use(".columns", alias_of(one).name, "Column")
    if one.is_list:
        return f"{module.use('.contract', 'ListOf')}[{name}]"
    return name if one.is_required else f"{name} | None"


def _default(one: Field, model: Model, module: Module) -> dict[str, Node]:
    """The arguments of `Field` that give a field its default; none when it has no default in Python."""
    # A field may itself be called list.
    empty_list = "list" if "list" not in module.taken else "lambda: []"
    if one.default is None or isinstance(one.default, Call):
        if one.is_list:
            return {} if is_filled_in(one) else {"default_factory": empty_list}
        return {} if one.is_required else {"default": "None"}
    where = f"{one.place}: {model.kind} {model.name}, field {one.name}"
    is_read = one.kind == "scalar" and native_type(one).name in READ_FROM_TEXT
    options: dict[str, Node] = {"validate_default": "True"} if is_read else {}
    if isinstance(one.default, list):
        items = tuple(("", _default_literal(value, one, module, where)) for value in one.default)
        factory: Node = Group("lambda: [", items, "]") if items else empty_list
        return {"default_factory": factory, **(options if items else {})}
    written = _default_literal(one.default, one, module, where)
    is_container = one.type == "Json" and str(one.default).lstrip()[:1] in ("[", "{")
    # A fresh one for each row: nobody's change may reach another's default.
    if is_container and isinstance(written, Group):
        return {"default_factory": replace(written, opening=f"lambda: {written.opening}")}
    return {"default": written, **options}


def _default_literal(value: object, one: Field, module: Module, where: str) -> Node:
    if isinstance(value, Word):
        return f"{module.use('.enums', class_name(one.type), 'Enum')}.{member_name(value.name)}"
    text = str(value)
    if not fits(value, native_type(one)):
        shown = string(text) if isinstance(value, str) else text
        raise SchemaError(f"{where}: the default {shown} does not fit into {sql_type(native_type(one))}.")
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, Number):
        if one.type == "Decimal":
            return f"{module.use('decimal', 'Decimal')}({string(value.text)})"
        return value.text if one.type in ("Int", "BigInt") else _literal(float(value.text))
    try:
        if one.type == "Bytes":
            return _bytes_literal(base64.b64decode(text, validate=True))
        if one.type == "DateTime":
            return string(moment(text, native_type(one)))
        if one.type == "Json":
            plain = json.loads(text)
            if plain is None:
                raise SchemaError(f"{where}: a contract cannot tell the null of JSON from a missing value.")
            if isinstance(plain, (dict, list)):
                return call(module.use("pydantic_core", "from_json"), Prose(text))
            return Prose(plain) if isinstance(plain, str) else _literal(plain)
    except ValueError:
        raise SchemaError(f"{where}: the default {string(text)} is no {one.type}.") from None
    return Prose(text)


def _literal(value: object) -> str:
    """A number, a boolean or None; an exponent as ruff writes it: `1e20`."""
    return repr(value).replace("e+", "e")


def _bytes_literal(value: bytes) -> str:
    written = repr(value)
    return written if '"' in written else f'b"{written[2:-1]}"'


def _table_line(model: Model, schema: Schema, module: Module) -> str:
    class_var = module.use("typing", "ClassVar")
    table = _table(model, schema, module)
    head = f"    __table__: {class_var}[{module.use('.contract', 'Table')}] = "
    return head + render(table, 4, width_of(head))


def _table(model: Model, schema: Schema, module: Module) -> Node:
    parts: dict[str, Node] = {
        "model": string(model.name),
        "schema": string(model.schema),
        "name": string(model.table),
        "columns": tuple_of([_column(one, model, schema, module) for one in model.columns]),
    }
    keys: dict[str, list[Node]] = {"id": [], "unique": [], "index": []}
    for index in model.indexes:
        keys[index.kind].append(_key(model, index, module))
    if keys["id"]:
        parts["primary_key"] = keys["id"][0]
    if keys["unique"]:
        parts["uniques"] = tuple_of(keys["unique"])
    if keys["index"]:
        parts["indexes"] = tuple_of(keys["index"])
    relations: list[Node] = [_relation(one, model, schema, module) for one in model.relations]
    if relations:
        parts["relations"] = tuple_of(relations)
    if model.kind == "view":
        parts["is_view"] = "True"
    return call(module.use(".contract", "Table"), **parts)


def _column(one: Field, model: Model, schema: Schema, module: Module) -> Node:
    is_visible = not (one.is_ignored or model.is_ignored)
    options: dict[str, Node] = {}
    if not one.is_required:
        options["is_nullable"] = "True"
    if one.is_list:
        options["is_list"] = "True"
    if one.default is not None:
        options["default"] = Prose(default_text(one.default))
        is_made_by_client = one.default_function in CLIENT_FUNCTIONS
        options["default_by"] = string("client" if is_made_by_client else "database")
    if one.is_updated_at:
        options["is_updated_at"] = "True"
    if one.kind == "unsupported":
        options["is_opaque"] = "True"
    if one.is_ignored:
        options["is_ignored"] = "True"
    return call(
        module.use(".contract", "Column"),
        string(one.name),
        string(attribute_name(one.name)) if is_visible else "None",
        string(one.column),
        string(type_text(one, schema)),
        **options,
    )


def type_text(one: Field, schema: Schema) -> str:
    """A column's type for people: `varchar(64)`, `core.expense_kind`, `text[]`."""
    if one.kind == "enum":
        enum = schema.enum(one.type)
        name = f"{enum.schema}.{enum.type}"
    else:
        name = one.type if one.kind == "unsupported" else sql_type(native_type(one))
    return f"{name}[]" if one.is_list else name


def default_text(default: object) -> str:
    """A default as the schema writes it."""
    if isinstance(default, Call):
        return f"{default.name}({', '.join(map(default_text, default.args))})"
    if isinstance(default, list):
        return f"[{', '.join(map(default_text, default))}]"
    if isinstance(default, bool):
        return str(default).lower()
    return str(default)


def _key(model: Model, index: Index, module: Module) -> Node:
    columns: list[Node] = [string(model.field(name).column) for name in index.fields]
    options: dict[str, Node] = {}
    if index.method:
        options["method"] = string(index.method)
    if index.where is not None:
        options["is_partial"] = "True"
    return call(module.use(".contract", "Key"), _key_name(model, index), tuple_of(columns), **options)


def _key_name(model: Model, index: Index) -> str:
    # A view's keys are promises to Prisma's client; the database has none of that name.
    return "None" if model.kind == "view" else string(index_name(model, index))


def _relation(one: Field, model: Model, schema: Schema, module: Module) -> Node:
    relation = one.relation
    target = schema.model(one.type)
    options: dict[str, Node] = {}
    if one.is_list:
        options["is_list"] = "True"
    if relation and relation.fields:
        options["columns"] = tuple_of([string(model.field(name).column) for name in relation.fields])
        options["references"] = tuple_of([string(target.field(name).column) for name in relation.references])
        is_optional = any(not model.field(name).is_required for name in relation.fields)
        options["on_delete"] = string(relation.on_delete or ("SetNull" if is_optional else "Restrict"))
        options["on_update"] = string(relation.on_update or "Cascade")
        if schema.has_foreign_keys:
            options["constraint"] = string(foreign_key_name(model, relation))
    if relation and any(join.name == f"_{relation.name}" for join in schema.join_tables):
        options["join_table"] = string(f"_{relation.name}")
    if one.is_ignored:
        options["is_ignored"] = "True"
    return call(module.use(".contract", "Relation"), string(one.name), string(one.type), **options)
