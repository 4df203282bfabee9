"""Names in Python for names in a Prisma schema."""

from __future__ import annotations

import keyword
import re
import unicodedata

from pydantic import BaseModel

# A field of such a name would hide a method of the contract.
TAKEN = frozenset(name for name in dir(BaseModel) if not name.startswith("_"))
# What an enum member cannot be called.
TAKEN_IN_ENUMS = frozenset({"mro"})


def as_python_reads_it(name: str) -> str:
    """The form that Python gives a name with letters beyond ASCII: `ﬁn` is `fin` to it."""
    return unicodedata.normalize("NFKC", name)


def snake_case(name: str) -> str:
    """`employeeNo` → `employee_no`, `HTMLBody` → `html_body`."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def attribute_name(field: str) -> str:
    """The attribute of a contract for a field of the schema."""
    name = snake_case(as_python_reads_it(field))
    return f"{name}_" if keyword.iskeyword(name) or name in TAKEN else name


def class_name(name: str) -> str:
    """The class for a model or enum: its own name, unless Python keeps that word for itself."""
    name = as_python_reads_it(name)
    return f"{name}_" if keyword.iskeyword(name) else name


def member_name(value: str) -> str:
    """The member for a value of an enum."""
    value = as_python_reads_it(value)
    return f"{value}_" if keyword.iskeyword(value) or value in TAKEN_IN_ENUMS else value


def module_name(model: str, reserved: frozenset[str]) -> str:
    """The module for a model; underscores are added until it is free."""
    name = snake_case(as_python_reads_it(model))
    while keyword.iskeyword(name) or name in reserved:
        name += "_"
    return name
