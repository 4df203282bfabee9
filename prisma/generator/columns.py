"""The Python side of a column type: an alias such as `VarChar64` and the annotation it stands for."""

from __future__ import annotations

from dataclasses import dataclass

from prisma.generator.layout import Group, Node, call
from prisma.generator.model import Field, NativeType
from prisma.generator.types import RANGES, native_type

MONEY_LIMIT = ("-92233720368547758.08", "92233720368547758.07")
REAL_LIMIT = "3.4028234663852886e38"

OPAQUE = "Opaque"


@dataclass(frozen=True)
class Alias:
    """An alias of `columns.py`: its name, what it stands for, and the names that it needs, by module."""

    name: str
    expression: Node
    needs: tuple[tuple[str, str], ...]


def alias_of(field: Field) -> Alias:
    """The alias for a scalar or unsupported field."""
    if field.kind == "unsupported":
        return Alias(OPAQUE, *_annotated("Any", [], ["PRESENT"], ("typing", "Any")))
    native = native_type(field)
    # The bare name would hide Python's own Decimal.
    stem = "AnyDecimal" if native == NativeType("Decimal") else native.name
    return Alias(stem + "x".join(map(str, native.args)), *_spell(native))


def _annotated(
    base: str, constraints: list[tuple[str, str]], checks: list[str], *needs: tuple[str, str]
) -> tuple[Node, tuple[tuple[str, str], ...]]:
    """`Annotated[base, Field(constraints), checks]` and what must be imported for it."""
    if not constraints and not checks:
        return base, needs
    items: list[Node] = [base]
    required = [*needs, ("typing", "Annotated"), *((".contract", check.split("(")[0]) for check in checks)]
    if constraints:
        items.append(call("Field", **dict(constraints)))
        required.append(("pydantic", "Field"))
    group = Group("Annotated[", tuple(("", item) for item in [*items, *checks]), "]")
    return group, tuple(required)


def _spell(native: NativeType) -> tuple[Node, tuple[tuple[str, str], ...]]:
    name, args = native.name, native.args
    if name in ("Text", "Citext", "Xml"):
        return _annotated("str", [], ["WITHOUT_NUL"])
    if name in ("VarChar", "Char"):
        return _annotated("str", [("max_length", str(n)) for n in args], ["WITHOUT_NUL"])
    if name in ("Bit", "VarBit"):
        shortest = [("min_length", str(n)) for n in args] if name == "Bit" else []
        longest = [("max_length", str(n)) for n in args]
        return _annotated("str", [*shortest, *longest, ("pattern", '"^[01]*$"')], [])
    if name in RANGES:
        low, high = RANGES[name]
        return _annotated("int", [("ge", str(low)), ("le", str(high))], ["WHOLE"])
    if name == "Decimal":
        # decimal(10) keeps no fraction.
        digits = zip(("max_digits", "decimal_places"), map(str, (*args, 0)), strict=False) if args else ()
        return _annotated("Decimal", list(digits), ["EXACT"], ("decimal", "Decimal"))
    if name == "Money":
        low_text, high_text = (f'Decimal("{limit}")' for limit in MONEY_LIMIT)
        limits = [("decimal_places", "2"), ("ge", low_text), ("le", high_text)]
        return _annotated("Decimal", limits, ["EXACT"], ("decimal", "Decimal"))
    if name == "DoublePrecision":
        return _annotated("float", [("allow_inf_nan", "False")], [])
    if name == "Real":
        limits = [("allow_inf_nan", "False"), ("ge", f"-{REAL_LIMIT}"), ("le", REAL_LIMIT)]
        return _annotated("float", limits, [])
    if name in ("Timestamp", "Timestamptz"):
        zone = ["UTC_WITHOUT_ZONE"] if name == "Timestamp" else []
        base = ("datetime", "datetime") if name == "Timestamp" else ("pydantic", "AwareDatetime")
        rounding = [f"rounded({args[0]})"] if args and args[0] < 6 else []
        return _annotated(base[1], [], ["CALENDAR", *zone, *rounding], base)
    if name in ("Time", "Timetz"):
        zone = ["WITH_ZONE"] if name == "Timetz" else ["WITHOUT_ZONE"]
        return _annotated("time", [], ["CLOCK", *zone], ("datetime", "time"))
    return _SIMPLE[name]


_SIMPLE = {
    "Boolean": _annotated("bool", [], []),
    "Uuid": _annotated("UUID", [], [], ("uuid", "UUID")),
    "Inet": _annotated("IPvAnyInterface", [], ["ADDRESS"], ("pydantic", "IPvAnyInterface")),
    "ByteA": _annotated("bytes", [("strict", "True")], []),
    "Date": _annotated("date", [], ["CALENDAR"], ("datetime", "date")),
    "Json": _annotated("JsonValue", [], ["PRESENT", "STORABLE"], ("pydantic", "JsonValue")),
    "JsonB": _annotated("JsonValue", [], ["PRESENT", "STORABLE"], ("pydantic", "JsonValue")),
}
