"""Reads a Power BI project (PBIP) from its text: tables of the model, fields of the report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
POWERBI = ROOT / "dashboards" / "powerbi"
MODEL = "Gauss.SemanticModel/definition"
REPORT = "Gauss.Report/definition"
_NAME = r"(?:'((?:[^']|'')+)'|([\w]+))"
# Parts of a condition that hold an expression and are no field themselves.
_CONDITIONS = {"Between", "DateAdd", "DateSpan"}


@dataclass
class Column:
    """A column of a table of the model."""

    data_type: str = ""
    source_column: str = ""
    is_key: bool = False


@dataclass
class Measure:
    """A measure: its DAX, the DAX of its format, what it says of itself."""

    expression: str
    description: str
    format_expression: str = ""


@dataclass
class Table:
    """A table of the model: `mode` and `source` are those of its one partition."""

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    kind: str = ""
    mode: str = ""
    source: str = ""

    @property
    def view(self) -> str:
        """The view of the schema `reporting` that it reads."""
        found = re.findall(r'\{\[Schema="(\w+)",Item="(\w+)"\]\}', self.source)
        return ".".join(found[0]) if len(found) == 1 else ""

    @property
    def selected(self) -> list[str]:
        """The columns that its query takes from the view."""
        found = re.search(r"Table\.SelectColumns\(View, \{([^}]*)\}\)", self.source)
        return re.findall(r'"([^"]+)"', found[1]) if found else []


def read_model(project: Path) -> dict[str, Table]:
    """The tables by name. It reads the shape in which Power BI writes TMDL, one property a line, indented by tabs."""
    tables = [_read_table(path) for path in sorted((project / MODEL / "tables").glob("*.tmdl"))]
    return {table.name: table for table in tables}


def read_relationships(project: Path) -> list[tuple[str, str]]:
    """Pairs `table.column`, from the many to the one."""
    text = (project / MODEL / "relationships.tmdl").read_text(encoding="utf-8")
    return re.findall(r"\tfromColumn: (\S+)\n\ttoColumn: (\S+)", text)


def _read_table(path: Path) -> Table:
    lines = path.read_text(encoding="utf-8").splitlines()
    table = Table("")
    described: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place]
        place += 1
        if line.strip().startswith("///"):
            described.append(line.strip().removeprefix("///").strip())
            continue
        if found := re.match(rf"table {_NAME}", line):
            table.name = _unquoted(found)
        elif found := re.match(rf"\tcolumn {_NAME}$", line):
            block, place = _block(lines, place, depth=2)
            table.columns[_unquoted(found)] = Column(
                _property(block, "dataType"), _property(block, "sourceColumn"), "\t\tisKey" in block
            )
        elif found := re.match(rf"\tmeasure {_NAME} =(.*)", line):
            block, place = _block(lines, place, depth=2)
            dax = found[3].strip() or "\n".join(text.strip() for text in block if text.startswith("\t\t\t"))
            formatted = next((text.split(" = ", 1)[1] for text in block if "formatStringDefinition = " in text), "")
            table.measures[_unquoted(found)] = Measure(dax, " ".join(described), formatted)
        elif found := re.match(rf"\tpartition {_NAME} = (\w+)", line):
            block, place = _block(lines, place, depth=2)
            table.kind, table.mode = found[3], _property(block, "mode")
            table.source = "\n".join(text.strip() for text in block if text.startswith("\t\t\t\t"))
        if line.strip():
            described = []
    return table


def _block(lines: list[str], place: int, depth: int) -> tuple[list[str], int]:
    """The lines that are indented as deep, or empty, and the place after them."""
    end = place
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith("\t" * depth)):
        end += 1
    return lines[place:end], end


def _property(block: list[str], name: str) -> str:
    return next((text.strip().split(": ", 1)[1] for text in block if text.strip().startswith(f"{name}: ")), "")


def _unquoted(found: re.Match[str]) -> str:
    return found[1].replace("''", "'") if found[1] else found[2]


@dataclass(frozen=True)
class Field:
    """A field that the report asks the model for."""

    file: str
    kind: str
    entity: str
    name: str


def json_files(project: Path) -> list[Path]:
    """Every file of the project that holds JSON."""
    kinds = {".json", ".pbir", ".pbism", ".pbip"}
    return [path for path in sorted(project.rglob("*")) if path.suffix in kinds or path.name == ".platform"]


def visual_files(project: Path, page: str = "*") -> list[Path]:
    """The visuals of a page, or of all."""
    return sorted((project / REPORT / "pages").glob(f"{page}/visuals/*/visual.json"))


def fields_of(project: Path, path: Path) -> Iterator[Field]:
    """The fields of a visual or page: projections, sorting and filters."""
    content = json.loads(path.read_text(encoding="utf-8"))
    file = path.relative_to(project).as_posix()
    for kind, body, aliases in _expressions(content, {}):
        source = body["Expression"].get("SourceRef", {})
        entity = source.get("Entity") or aliases.get(source.get("Source"), "")
        yield Field(file, kind, entity, body.get("Property", ""))


def _expressions(node: Any, aliases: dict[str, str]) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    if isinstance(node, dict):
        if "From" in node:
            aliases = aliases | {source["Name"]: source["Entity"] for source in node["From"]}
        for key, value in node.items():
            if isinstance(value, dict) and "Expression" in value and key not in _CONDITIONS:
                yield key, value, aliases
            yield from _expressions(value, aliases)
    elif isinstance(node, list):
        for value in node:
            yield from _expressions(value, aliases)
