"""What a profile may say, told by the model itself: the JSON Schema for editors, and the reference for people."""

import datetime as dt
import json
import types
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from include.ingest import profile
from include.ingest.datasets import DATASETS
from include.ingest.mapping import is_money, plain_type

SCHEMA = "include/sources/profile.schema.json"
PAGE = "docs/sources.md"
BEGIN = "<!-- reference: written by `make docs` from include/ingest/profile.py -->"
END = "<!-- end of the reference -->"
# In the order in which one writes them.
PARTS: tuple[type[BaseModel], ...] = (
    profile.Profile,
    profile.Layout,
    profile.Format,
    profile.Totals,
    profile.RowFilter,
    profile.DatasetMapping,
    profile.Column,
    profile.MonthOnly,
    profile.Unpivot,
    profile.Sign,
)


def schema_text() -> str:
    """The JSON Schema of a profile, as the file holds it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **profile.Profile.model_json_schema(by_alias=True),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def reference() -> str:
    """The chapters of docs/sources.md that list every option."""
    options = (line for part in PARTS for line in _chapter(part))
    return "\n".join([BEGIN, "", *options, "## Datasets and their fields", "", *_datasets(), END])


def with_reference(page: str) -> str:
    """The page with its reference written anew.

    :raises ValueError: the page has no place for it
    """
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise ValueError(f"{PAGE} does not hold the two marks of the reference")
    return before + reference() + after


def _chapter(part: type[BaseModel]) -> Iterator[str]:
    yield f"### {part.__name__}"
    yield ""
    yield " ".join((part.__doc__ or "").split()).replace("<", "&lt;")
    yield ""
    yield "| option | is | default | meaning |"
    yield "|---|---|---|---|"
    # An option that a part shares with its base stands after its own.
    own = [name for name in part.model_fields if name in part.__annotations__]
    for name in [*own, *(name for name in part.model_fields if name not in own)]:
        info = part.model_fields[name]
        cells = (f"`{info.alias or name}`", _kind(info.annotation), _default(info), info.description or "")
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"
    yield ""


def _datasets() -> Iterator[str]:
    yield "Each row of a dataset has these fields; the ones in **bold** cannot be left out."
    yield ""
    for spec in DATASETS.values():
        targets = {reference.field: reference.target for reference in spec.references}
        said = {
            name: f"{_field_kind(info)}{f' → {targets[name]}' if name in targets else ''}"
            for name, info in spec.contract.model_fields.items()
        }
        needed = [name for name, info in spec.contract.model_fields.items() if info.is_required()]
        lines = [f"**`{name}`** {said[name]}" for name in needed]
        lines += [f"`{name}` {kind}" for name, kind in said.items() if name not in needed]
        yield f"- **{spec.name}**: {'; '.join(lines)}"
    yield ""


def _field_kind(info: FieldInfo) -> str:
    kind = plain_type(info.annotation)
    if issubclass(kind, StrEnum):
        return f"({', '.join(kind)})"
    if kind is Decimal:
        return "amount" if is_money(info) else "number"
    words = {dt.datetime: "timestamp", dt.date: "date", bool: "yes/no", int: "whole number"}
    return words.get(kind, "text")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    default = info.get_default(call_default_factory=True)
    if default is None or default == [] or default == {} or isinstance(default, BaseModel):
        return ""
    return f"`{json.dumps(default, ensure_ascii=False)}`"


def _kind(annotation: Any) -> str:
    """A type in the words of a person who writes YAML."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(parts[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_kind(part) for part in parts if part is not type(None))
    if origin is Literal:
        return " or ".join(f"`{part}`" for part in parts)
    if origin is list:
        kind = _kind(parts[0])
        return "text or texts" if kind == "text" else f"list of {kind}"
    if origin is not None and len(parts) == 2:
        return f"{_kind(parts[0])} → {_kind(parts[1])}"
    if annotation is profile.Cell:
        return "options of a [Column](#column)"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return {str: "text", int: "whole number", Decimal: "number", float: "number", bool: "true or false"}[annotation]
