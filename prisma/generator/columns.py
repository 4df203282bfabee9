"""The Python side of a column type: an alias such as `VarChar64` and the annotation it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prisma.generator.layout import Group, Node, call
from prisma.generator.model import Field, NativeType
from prisma.generator.types import RANGES, native_type

MONEY_LIMITS = (("ge", "-92233720368547758.08"), ("le", "92233720368547758.07"))
REAL_LIMIT = "3.4028234663852886e38"
MICROSECONDS = 6

OPAQUE = "Opaque"


@dataclass(frozen=True)
class PythonType:
    """A Python type with its limits (arguments of `Field`), the checks of `contract.py`, and its imports."""

    base: str
    limits: tuple[tuple[str, str], ...] = ()
    checks: tuple[str, ...] = ()
    needs: tuple[tuple[str, str], ...] = ()

    @property
    def expression(self) -> Node:
        """`Annotated[base, Field(limits), checks]`, as far as there are any."""
        limits: list[Node] = [call("Field", **dict(self.limits))] if self.limits else []
        if not limits and not self.checks:
            return self.base
        items: list[Node] = [self.base, *limits, *self.checks]
        return Group("Annotated[", tuple(("", item) for item in items), "]")

    @property
    def imports(self) -> Iterator[tuple[str, str]]:
        """(module, name) of everything that the expression names."""
        yield from self.needs
        if self.limits or self.checks:
            yield "typing", "Annotated"
        if self.limits:
            yield "pydantic", "Field"
        for check in self.checks:
            yield ".contract", check.split("(")[0]


@dataclass(frozen=True)
class Alias:
    """An alias of `columns.py`: its name and what it stands for."""

    name: str
    python: PythonType


def alias_of(field: Field) -> Alias:
    """The alias for a scalar or unsupported field."""
    if field.kind == "unsupported":
        return Alias(OPAQUE, PythonType("Any", checks=("PRESENT",), needs=(("typing", "Any"),)))
    native = native_type(field)
    # The bare name would hide Python's own Decimal.
    stem = "AnyDecimal" if native == NativeType("Decimal") else native.name
    return Alias(stem + "x".join(map(str, native.args)), _spell(native))


def _spell(native: NativeType) -> PythonType:
    name, args = native.name, native.args
    longest = tuple(("max_length", str(n)) for n in args)
    if name in ("Text", "Citext", "Xml"):
        return PythonType("str", checks=("STORABLE_TEXT",))
    if name in ("VarChar", "Char"):
        return PythonType("str", longest, ("STORABLE_TEXT",))
    if name in ("Bit", "VarBit"):
        shortest = tuple(("min_length", str(n)) for n in args) if name == "Bit" else ()
        return PythonType("str", (*shortest, *longest, ("pattern", '"^[01]*$"')))
    if name in RANGES:
        low, high = RANGES[name]
        return PythonType("int", (("ge", str(low)), ("le", str(high))), ("WHOLE",))
    if name == "Decimal":
        # decimal(10) keeps no fraction.
        digits = zip(("max_digits", "decimal_places"), map(str, (*args, 0)), strict=False) if args else ()
        return PythonType("Decimal", tuple(digits), ("EXACT",), DECIMAL)
    if name in ("Timestamp", "Timestamptz"):
        rounding = [f"rounded({args[0]})"] if args and args[0] < MICROSECONDS else []
        if name == "Timestamp":
            checks = ("CALENDAR", "UTC_WITHOUT_ZONE", *rounding)
            return PythonType("datetime", checks=checks, needs=(("datetime", "datetime"),))
        needs = (("pydantic", "AwareDatetime"),)
        return PythonType("AwareDatetime", checks=("CALENDAR", *rounding), needs=needs)
    return SIMPLE[name]


DECIMAL = (("decimal", "Decimal"),)
TIME = (("datetime", "time"),)
JSON = PythonType("JsonValue", checks=("PRESENT", "STORABLE_JSON"), needs=(("pydantic", "JsonValue"),))

SIMPLE = {
    "Boolean": PythonType("bool"),
    "Uuid": PythonType("UUID", needs=(("uuid", "UUID"),)),
    "Inet": PythonType("IPvAnyInterface", checks=("ADDRESS",), needs=(("pydantic", "IPvAnyInterface"),)),
    "ByteA": PythonType("bytes", (("strict", "True"),)),
    "Date": PythonType("date", checks=("CALENDAR",), needs=(("datetime", "date"),)),
    "Time": PythonType("time", checks=("CLOCK", "WITHOUT_ZONE"), needs=TIME),
    "Timetz": PythonType("time", checks=("CLOCK", "WITH_ZONE"), needs=TIME),
    "DoublePrecision": PythonType("float", (("allow_inf_nan", "False"),)),
    "Real": PythonType("float", (("allow_inf_nan", "False"), ("ge", f"-{REAL_LIMIT}"), ("le", REAL_LIMIT))),
    "Money": PythonType(
        "Decimal",
        (("decimal_places", "2"), *((side, f'Decimal("{limit}")') for side, limit in MONEY_LIMITS)),
        ("EXACT",),
        DECIMAL,
    ),
    "Json": JSON,
    "JsonB": JSON,
}
