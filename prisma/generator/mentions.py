"""Finds the files that mention a field of the schema: source profiles, dbt models, pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from prisma.generator.changes import Change

REF = re.compile(r"ref\(\s*['\"](\w+)['\"]\s*\)")
SOURCE = re.compile(r"source\(\s*['\"]\w+['\"]\s*,\s*['\"](\w+)['\"]\s*\)")


@dataclass(frozen=True)
class Place:
    """A kind of file: what it is called in the report, where it lies, and what its name ends with."""

    name: str
    folder: str
    endings: tuple[str, ...]


PROFILES = Place("profiles", "include/sources", (".yaml",))
DBT = Place("models", "dbt", (".sql", ".yml", ".yaml", ".py"))
OTHERS = (
    Place("pages", "plugins/ui", (".py", ".html", ".js", ".sql")),
    Place("dashboards", "dashboards", (".json", ".tmdl", ".sql", ".yaml")),
    Place("SQL", "include/sql", (".sql",)),
    Place("API", "api", (".py", ".sql")),
)
# Migrations are history: they never change.
HISTORY = "include/sql/ddl/"


class Files:
    """The files of a project that may mention a field, read once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.profiles = self._read(PROFILES)
        self.dbt = self._read(DBT)
        self.others = {place.name: self._read(place) for place in OTHERS}

    def _read(self, place: Place) -> dict[str, list[str]]:
        found = {}
        for file in sorted((self.root / place.folder).rglob("*")):
            path = file.relative_to(self.root).as_posix()
            if file.suffix in place.endings and file.is_file() and not path.startswith(HISTORY):
                found[path] = file.read_text(encoding="utf-8", errors="replace").splitlines()
        return found

    def mentions(self, change: Change) -> dict[str, list[str]]:
        """Where a change is mentioned: kind of file → `path:line` of each line."""
        if not change.names:
            return {}
        readers = self._models_reading(change.tables)
        tables = change.tables | readers.keys()
        profiles = {path: _of_datasets(lines, change.tables) for path, lines in self.profiles.items()}
        found = {PROFILES.name: list(_lines(profiles, change.names))}
        models = {path: lines for path, lines in self.dbt.items() if not path.endswith(".sql")}
        models = {path: lines for path, lines in models.items() if _has_word(lines, tables)}
        models |= {path: lines for path, lines in self.dbt.items() if path in readers.values()}
        found[DBT.name] = list(_lines(models, change.names))
        for name, files in self.others.items():
            found[name] = list(_lines(files, change.names, tables))
        return {name: lines for name, lines in found.items() if lines}

    def _models_reading(self, tables: frozenset[str]) -> dict[str, str]:
        """The dbt models that read one of the tables, directly or through others: name → path."""
        models = {Path(path).stem: path for path in self.dbt if path.endswith(".sql")}
        texts = {name: "\n".join(self.dbt[path]) for name, path in models.items()}
        reading = {name for name, text in texts.items() if tables & set(SOURCE.findall(text))}
        while True:
            more = {name for name, text in texts.items() if reading & set(REF.findall(text))} - reading
            if not more:
                return {name: models[name] for name in reading}
            reading |= more


def _of_datasets(lines: list[str], tables: frozenset[str]) -> list[str]:
    """A profile's lines; those that speak of other datasets are made empty."""
    kept = [""] * len(lines)
    for node in _mappings(yaml.compose("\n".join(lines))):
        for key, value in node.value:
            if key.value == "dataset" and value.value in tables:
                first, last = node.start_mark.line, node.end_mark.line + 1
                kept[first:last] = lines[first:last]
    return kept


def _mappings(node: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _mappings(item)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(word) for word in sorted(words)) + r")(?!\w)")


def _has_word(lines: Iterable[str], words: Iterable[str]) -> bool:
    pattern = _pattern(words)
    return any(pattern.search(line) for line in lines)


def _lines(files: Mapping[str, list[str]], words: Iterable[str], also: Iterable[str] | None = None) -> Iterator[str]:
    """`path:line` of each line with one of the words, in files that hold one of the other words too."""
    pattern = _pattern(words)
    for path, lines in files.items():
        if also is None or _has_word(lines, also):
            yield from (f"{path}:{number}" for number, line in enumerate(lines, 1) if pattern.search(line))
