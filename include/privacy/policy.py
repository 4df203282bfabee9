"""The privacy policy, read from `policy.yaml`: the class of each column, and who sees it how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from include.errors import BadConfiguration

POLICY_FILE = Path(__file__).with_name("policy.yaml")

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]

# What a mask can be laid over; a pseudonym replaces a key or a text.
MASKED_TYPES = {
    "email": {"text"},
    "last_two": {"text"},
    "scrubbed": {"text"},
    "month": {"date"},
    "visible_fields": {"jsonb"},
}
PSEUDONYM_TYPES = {"uuid", "text"}


class DataClass(StrEnum):
    """How much harm a column does in the wrong hands."""

    public = "public"
    internal = "internal"
    personal = "personal"
    sensitive = "sensitive"


class Way(StrEnum):
    """How a group sees a column, from the least to the most."""

    hidden = "hidden"
    pseudonym = "pseudonym"
    masked = "masked"
    raw = "raw"


Mask = Literal["email", "last_two", "scrubbed", "month", "visible_fields"]
RowRule = Literal["all", "none"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Retention(_Strict):
    """For how many years after `counted_from` a row is kept; None: as long as something needs it."""

    years: int | None
    counted_from: Identifier | None = None
    reason: str

    @model_validator(mode="after")
    def _years_are_counted_from_a_column(self) -> Self:
        if (self.years is None) != (self.counted_from is None):
            raise ValueError("years and counted_from come together")
        return self


class Column(_Strict):
    """A column's class and how each group sees it."""

    data_class: DataClass
    ways: Mapping[str, Way]
    mask: Mask | None = None

    @model_validator(mode="after")
    def _a_masked_column_has_a_mask(self) -> Self:
        if (Way.masked in self.ways.values()) != (self.mask is not None):
            raise ValueError("a column has a mask exactly if some group sees it masked")
        return self


class Table(_Strict):
    """A table's columns, in the order of the file, which of its rows each group sees, and what the metrics read."""

    name: Identifier
    schema_name: Literal["core", "audit"]
    owner: str
    retention: Retention
    rows: Mapping[str, RowRule]
    columns: Mapping[Identifier, Column]
    metrics: tuple[Identifier, ...] = ()

    @model_validator(mode="after")
    def _metrics_read_columns_of_the_table(self) -> Self:
        if unknown := set(self.metrics) - self.columns.keys():
            raise ValueError(f"metrics read {sorted(unknown)}, which are no columns")
        return self

    @model_validator(mode="after")
    def _retention_is_counted_from_one_of_its_columns(self) -> Self:
        if self.retention.counted_from not in {None, *self.columns}:
            raise ValueError(f"retention is counted from {self.retention.counted_from}, which is no column")
        return self

    def way(self, column: str, group: str) -> Way:
        """How `group` sees `column`; hidden as well when it sees none of the rows."""
        return Way.hidden if self.rows[group] == "none" else self.columns[column].ways[group]

    def personal(self) -> set[str]:
        """The columns that tell something of a person: of class personal or sensitive."""
        return {
            name
            for name, column in self.columns.items()
            if column.data_class in (DataClass.personal, DataClass.sensitive)
        }

    def readers(self) -> list[str]:
        """The groups that see anything of the table."""
        return [
            group for group in self.rows if any(self.way(column, group) is not Way.hidden for column in self.columns)
        ]

    def seen_by_somebody(self) -> list[str]:
        """The columns that some group sees in some way: those of the view."""
        return [name for name in self.columns if any(self.way(name, group) is not Way.hidden for group in self.rows)]

    def groups_that_see(self, column: str, way: Way) -> list[str]:
        """The groups that see the column in this way."""
        return [group for group in self.rows if self.way(column, group) is way]


class Policy(_Strict):
    """The whole policy; every shorthand of the file is written out."""

    groups: tuple[Identifier, ...]
    tables: Mapping[Identifier, Table]

    def columns(self) -> Iterator[tuple[Table, str, Column]]:
        """Each column of each table."""
        for table in self.tables.values():
            for name, column in table.columns.items():
                yield table, name, column


def parse_policy(text: str) -> Policy:
    """The policy that a YAML text states.

    Raises:
        BadConfiguration: a key, class, group, way, mask or column set is unknown or missing; the message
            names the table and the column.
    """
    try:
        document = yaml.safe_load(text)
        groups = tuple(document["groups"])
        defaults = {name: _complete(f"class {name}", ways, groups) for name, ways in document["classes"].items()}
        rows = _complete("rows", document["rows"], groups)
        tables = {
            name: _table(name, stated, document.get("column_sets", {}), defaults, rows)
            for name, stated in document["tables"].items()
        }
        unknown = document.keys() - {"groups", "classes", "rows", "column_sets", "tables"}
        if unknown:
            raise ValueError(f"unknown keys {sorted(unknown)}")
        return Policy(groups=groups, tables=tables)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadConfiguration(f"The privacy policy cannot be used: {_explain(error)}", code="bad_policy") from error


@cache
def load_policy(file: Path = POLICY_FILE) -> Policy:
    """The policy in `file`; see `parse_policy`."""
    return parse_policy(file.read_text(encoding="utf-8"))


def differences(policy: Policy, catalogue: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What keeps the policy and a database from fitting together, one sentence each; empty when they fit.

    `catalogue` has the type of each column by `schema.table`, as `format_type` writes it.
    """
    found = []
    stated = {f"{table.schema_name}.{table.name}": table for table in policy.tables.values()}
    for name in sorted(catalogue.keys() - stated.keys()):
        found.append(f"{name} is not in the privacy policy: classify its columns in policy.yaml.")
    for name in sorted(stated.keys() - catalogue.keys()):
        found.append(f"{name} is in the privacy policy, but not in the database.")
    for name in sorted(stated.keys() & catalogue.keys()):
        table, types = stated[name], catalogue[name]
        for column in sorted(types.keys() - table.columns.keys()):
            found.append(f"{name}.{column} is not in the privacy policy: classify it in policy.yaml.")
        for column in sorted(table.columns.keys() - types.keys()):
            found.append(f"{name}.{column} is in the privacy policy, but not in the database.")
        for column in sorted(types.keys() & table.columns.keys()):
            found.extend(_type_differences(f"{name}.{column}", table.columns[column], types[column]))
    return found


def _type_differences(name: str, column: Column, type_name: str) -> Iterator[str]:
    kind = "text" if type_name.startswith(("character", "text")) else type_name
    if column.mask and kind not in MASKED_TYPES[column.mask]:
        yield f"{name} is {type_name}, which the mask {column.mask} does not fit."
    if Way.pseudonym in column.ways.values() and kind not in PSEUDONYM_TYPES:
        yield f"{name} is {type_name}, which has no pseudonym."


def _table(
    name: str,
    stated: dict[str, Any],
    sets: Mapping[str, Mapping[str, Any]],
    defaults: Mapping[str, Mapping[str, str]],
    rows: Mapping[str, str],
) -> Table:
    columns = dict(stated["columns"])
    for of_set in stated.get("sets", ()):
        columns |= sets[of_set]
    return Table.model_validate(
        {key: value for key, value in stated.items() if key not in {"schema", "sets"}}
        | {
            "name": name,
            "schema_name": stated.get("schema", "core"),
            "rows": _overlay(f"{name}.rows", rows, stated.get("rows", {})),
            "columns": {key: _column(f"{name}.{key}", said, defaults) for key, said in columns.items()},
        }
    )


def _column(name: str, said: str | dict[str, Any], defaults: Mapping[str, Mapping[str, str]]) -> Column:
    stated = {"class": said} if isinstance(said, str) else dict(said)
    data_class, mask = stated.pop("class"), stated.pop("mask", None)
    if data_class not in defaults:
        raise ValueError(f"{name}: {data_class} is no class")
    ways = defaults[data_class]
    if "everybody" in stated:
        ways = dict.fromkeys(ways, stated.pop("everybody"))
    try:
        return Column.model_validate({"data_class": data_class, "ways": _overlay(name, ways, stated), "mask": mask})
    except ValidationError as error:
        raise ValueError(f"{name}: {_explain(error)}") from error


def _overlay(name: str, defaults: Mapping[str, str], stated: Mapping[str, str]) -> dict[str, str]:
    if unknown := stated.keys() - defaults.keys():
        raise ValueError(f"{name}: {sorted(unknown)} are no groups")
    return {**defaults, **stated}


def _complete(name: str, stated: Mapping[str, str], groups: tuple[str, ...]) -> Mapping[str, str]:
    if set(stated) != set(groups):
        raise ValueError(f"{name} must say something of each of {list(groups)}")
    return stated


def _explain(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))} {first['msg']}".strip()
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
