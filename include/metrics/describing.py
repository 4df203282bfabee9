"""METRICS.md, written from the pages of dbt: what each figure means, how it is reckoned, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from include.errors import BadConfiguration
from include.metrics.scope import PROJECT

PAGE = "METRICS.md"
MARTS_PAGE = Path("models/marts/marts.yml")
VIEWS_PAGE = Path("models/reporting.yml")
FIELDS = ("metric", "formula", "unit", "caveats")

INTRODUCTION = """\
# Metrics

Written by `make docs` from `dbt/models/marts/marts.yml` and `dbt/models/reporting.yml`, and held fresh by a test:
change those, not this page. Every figure on a page, in a report or in a message is one of these.

## What holds for all of them
- **Spend** is what was approved, reimbursed or posted in a ledger; refunds and reversals count as negative. What is
  submitted and not decided is **committed**. Drafts, rejected and cancelled claims are neither.
- An expense belongs to the month of its business date (`spent_on`), whenever it was paid or delivered.
- Amounts stand in their **original** currency, and in the organisation's **base currency** at the rate of their month:
  the month's average, else the last daily rate of the month; `rate_kind` says which. A missing rate is never taken for
  1 or 0: the converted figure is empty, `is_rate_missing` is true, and `fx_coverage` lists what is missing.
- Shares that grants bear are converted into the **donor's currency** at the rate that the donor prescribes for the
  day, else at the rates of the expense's month by way of the base currency.
- A **fiscal year** begins in the month that `include/organisation.yaml` names, and is named after the calendar year in
  which it ends.
- The tables stand in the schema `marts`. People read them through views of the same name in `reporting`, which add
  the names of departments, categories, grants and vendors as far as the reader's role may see them. Sections marked
  *view* exist in `reporting` only, and are reckoned when they are read.
- A closed month is **restated** when its spend, commitments or budget of a department and category change, or what
  it spent or committed of a grant's line: both figures stay in `marts.restatements` and `marts.grant_restatements`.
  What else changes in it, such as a claim's days or a grant's budget, is published and not kept apart.
"""


@dataclass(frozen=True)
class Column:
    """A column of a mart; a metric has a name, a formula and a unit."""

    name: str
    type_name: str
    description: str
    metric: str | None = None
    formula: str = ""
    unit: str = ""
    caveats: str = ""


@dataclass(frozen=True)
class Table:
    """A mart, or a view that exists in reporting only; `description` begins with its grain."""

    schema: str
    name: str
    description: str
    owner: str
    columns: tuple[Column, ...]

    @property
    def metrics(self) -> list[Column]:
        """The columns that are metrics."""
        return [column for column in self.columns if column.metric]


def read_tables(project: Path = PROJECT) -> list[Table]:
    """The marts and views as their pages describe them.

    :raises BadConfiguration: a table has no owner, or a metric lacks its meaning, formula or unit; the message names it
    """
    marts = yaml.safe_load((project / MARTS_PAGE).read_text(encoding="utf-8"))["models"]
    views = yaml.safe_load((project / VIEWS_PAGE).read_text(encoding="utf-8"))["sources"][0]["tables"]
    return [_table("marts", stated) for stated in marts] + [_table("reporting", stated) for stated in views]


def metrics_page(tables: list[Table]) -> str:
    """The text of METRICS.md."""
    lines = [INTRODUCTION, "## The tables", "| table | one row per | owner | metrics |", "|---|---|---|---|"]
    for table in tables:
        kind = "" if table.schema == "marts" else " *(view)*"
        grain = table.description.split(".")[0].removeprefix("One row per ").split(": ")[0]
        lines.append(f"| [{table.name}](#{table.name}){kind} | {grain} | {table.owner} | {len(table.metrics)} |")
    for table in tables:
        lines += ["", *_section(table)]
    return "\n".join(lines) + "\n"


def _section(table: Table) -> Iterator[str]:
    kind = "" if table.schema == "marts" else "*View.* "
    yield f"## {table.name}"
    yield f"{kind}{table.description} Owner: {table.owner}."
    yield ""
    if table.metrics:
        yield "| metric | column | meaning | formula | unit | caveats |"
        yield "|---|---|---|---|---|---|"
        for column in table.metrics:
            cells = (
                f"**{column.metric}**", f"`{table.schema}.{table.name}.{column.name}`", column.description,
                column.formula, column.unit, column.caveats,
            )  # fmt: skip
            yield f"| {' | '.join(map(_cell, cells))} |"
    others = [column for column in table.columns if not column.metric]
    if others:
        yield ""
        yield "| other column | type | meaning |"
        yield "|---|---|---|"
        for column in others:
            yield f"| `{column.name}` | {column.type_name} | {_cell(column.description)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(schema: str, stated: dict[str, Any]) -> Table:
    name = f"{schema}.{stated['name']}"
    owner = _meta(stated).get("owner")
    if not owner:
        raise BadConfiguration(f"{name} has no owner in its page of dbt")
    return Table(
        schema,
        stated["name"],
        " ".join(stated["description"].split()),
        owner,
        tuple(_column(name, column) for column in stated["columns"]),
    )


def _column(table: str, stated: dict[str, Any]) -> Column:
    meta = _meta(stated)
    description = " ".join(stated.get("description", "").split())
    if unknown := meta.keys() - set(FIELDS):
        raise BadConfiguration(f"{table}.{stated['name']}: {', '.join(sorted(unknown))} is no field of a metric")
    if not description or (meta and not {"metric", "formula", "unit"} <= meta.keys()):
        raise BadConfiguration(f"{table}.{stated['name']} lacks its meaning, formula or unit")
    return Column(stated["name"], stated.get("data_type", ""), description, **{key: str(meta[key]) for key in meta})


def _meta(stated: dict[str, Any]) -> dict[str, Any]:
    return stated.get("config", {}).get("meta", {})
