"""Every native type of Prisma's PostgreSQL language: its name in SQL, in the catalogue and in Python."""

from __future__ import annotations

from datetime import UTC, datetime

from prisma.generator.model import Field, NativeType, Number, Schema, SchemaError

# What Prisma creates for a scalar without an @db attribute.
IMPLIED = {
    "String": NativeType("Text"),
    "Boolean": NativeType("Boolean"),
    "Int": NativeType("Integer"),
    "BigInt": NativeType("BigInt"),
    "Float": NativeType("DoublePrecision"),
    "Decimal": NativeType("Decimal", (65, 30)),
    "DateTime": NativeType("Timestamp", (3,)),
    "Json": NativeType("JsonB"),
    "Bytes": NativeType("ByteA"),
}

# Native type → (name in SQL, name in the catalogue); {args} stands for the arguments in brackets, if any.
NAMES = {
    "SmallInt": ("smallint", "smallint"),
    "Integer": ("integer", "integer"),
    "BigInt": ("bigint", "bigint"),
    "Oid": ("oid", "oid"),
    "Decimal": ("decimal{args}", "numeric{args}"),
    "Money": ("money", "money"),
    "Real": ("real", "real"),
    "DoublePrecision": ("double precision", "double precision"),
    "Boolean": ("boolean", "boolean"),
    "Text": ("text", "text"),
    "VarChar": ("varchar{args}", "character varying{args}"),
    "Char": ("char{args}", "character{args}"),
    "Citext": ("citext", "citext"),
    "Uuid": ("uuid", "uuid"),
    "Inet": ("inet", "inet"),
    "Xml": ("xml", "xml"),
    "Bit": ("bit{args}", "bit{args}"),
    "VarBit": ("varbit{args}", "bit varying{args}"),
    "ByteA": ("bytea", "bytea"),
    "Date": ("date", "date"),
    "Time": ("time{args}", "time{args} without time zone"),
    "Timetz": ("timetz{args}", "time{args} with time zone"),
    "Timestamp": ("timestamp{args}", "timestamp{args} without time zone"),
    "Timestamptz": ("timestamptz{args}", "timestamp{args} with time zone"),
    "Json": ("json", "json"),
    "JsonB": ("jsonb", "jsonb"),
}

# The length that PostgreSQL gives a type written without one.
IMPLIED_LENGTH = {"Char": 1, "Bit": 1}

RANGES = {
    "SmallInt": (-(2**15), 2**15 - 1),
    "Integer": (-(2**31), 2**31 - 1),
    "BigInt": (-(2**63), 2**63 - 1),
    "Oid": (0, 2**32 - 1),
}

SERIALS = {"SmallInt": "smallserial", "Integer": "serial", "BigInt": "bigserial"}


def native_type(field: Field) -> NativeType:
    """The native type of a scalar field, implied or written; the lengths PostgreSQL implies are filled in."""
    native = field.native or IMPLIED[field.type]
    if native.name not in NAMES:
        raise SchemaError(f"{field.place}: field {field.name}: the native type @db.{native} is not known here.")
    if not native.args and native.name in IMPLIED_LENGTH:
        return NativeType(native.name, (IMPLIED_LENGTH[native.name],))
    return native


def fits(default: object, native: NativeType) -> bool:
    """Whether a column keeps a literal default: Prisma looks at no range, no length and no NUL character."""
    if isinstance(default, Number) and native.name in RANGES:
        low, high = RANGES[native.name]
        return low <= int(default.text) <= high
    if isinstance(default, str):
        is_limited = native.name in ("VarChar", "Char") and native.args
        return "\x00" not in default and not (is_limited and len(default) > native.args[0])
    return True


def _with_args(pattern: str, native: NativeType) -> str:
    return pattern.format(args=f"({','.join(map(str, native.args))})" if native.args else "")


def sql_type(native: NativeType) -> str:
    """A native type's name in SQL: `varchar(64)`."""
    return _with_args(NAMES[native.name][0], native)


def moment(text: str, native: NativeType) -> str:
    """The default of a DateTime field as its native type writes it: `2024-02-29`, `08:30:00`, …"""
    value = datetime.fromisoformat(text)
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    if native.name == "Date":
        return value.date().isoformat()
    if native.name == "Time":
        return value.time().isoformat()
    if native.name == "Timetz":
        return value.timetz().isoformat()
    if native.name == "Timestamp":
        # Prisma sends the offset along; PostgreSQL drops it where the column has no zone.
        return value.replace(tzinfo=None).isoformat(sep=" ")
    return value.isoformat(sep=" ")


def catalogue_type(field: Field, schema: Schema) -> str:
    """The column type as PostgreSQL's `format_type` writes it; enums as schema.name, unquoted."""
    if field.kind == "enum":
        enum = schema.enum(field.type)
        name = f"{enum.schema}.{enum.type}"
    elif field.kind == "unsupported":
        name = field.type.replace(", ", ",")
    else:
        native = native_type(field)
        args = native.args
        # numeric(10) has scale 0, and the catalogue says so.
        if native.name == "Decimal" and len(args) == 1:
            native = NativeType("Decimal", (args[0], 0))
        name = _with_args(NAMES[native.name][1], native)
    return f"{name}[]" if field.is_list else name
