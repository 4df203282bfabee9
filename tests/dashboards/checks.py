"""What must hold of the Power BI project; each check answers with the problems that it found, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from referencing import Registry, Resource
from referencing.exceptions import NoSuchResource, Unresolvable

from tests.dashboards.project import (
    POWERBI,
    REPORT,
    ROOT,
    Column,
    Table,
    fields_of,
    json_files,
    read_model,
    read_relationships,
    visual_files,
)

SCHEMAS_ADDRESS = "https://developer.microsoft.com/json-schemas/"
FITTING = {
    "boolean": {"boolean"},
    "dateTime": {"date", "timestamp with time zone"},
    "decimal": {"numeric"},
    "double": {"numeric"},
    "int64": {"bigint", "integer", "smallint"},
    "string": {"character", "character varying", "text", "uuid"},
}
# Visuals that add up what they are given: it must be a measure.
FIGURES = {
    "card": {"Values"},
    "clusteredBarChart": {"Y"},
    "clusteredColumnChart": {"Y"},
    "columnChart": {"Y"},
    "lineChart": {"Y"},
}
FUNCTIONS = set(
    "ADDCOLUMNS CALCULATE CALENDAR COALESCE COUNTBLANK COUNTROWS DATE DIVIDE FALSE HASONEVALUE IF ISBLANK KEEPFILTERS MAX "
    "MAXX MIN MINX MONTH NOT REMOVEFILTERS SELECTEDVALUE SUM TODAY TREATAS VALUES YEAR".split()
)
# Names that two things may share: a visual that shows one shows the key, too, and so keeps them apart.
KEYS_OF_NAMES = {"vendor_spend.vendor_name": "vendor_spend.vendor_id"}
LIVE = {"directQuery", "dual"}


def schema_problems(project: Path, schemas: Path) -> list[str]:
    """JSON that cannot be read, names no schema that Microsoft published, or breaks it."""

    @cache
    def published(address: str) -> Any:
        file = schemas / address.removeprefix(SCHEMAS_ADDRESS)
        if not address.startswith(SCHEMAS_ADDRESS) or not file.is_file():
            raise NoSuchResource(address)
        return Resource.from_contents(json.loads(file.read_text(encoding="utf-8")))

    registry: Registry[Any] = Registry(retrieve=published)  # type: ignore[call-arg]
    problems = []
    for path in json_files(project):
        file = path.relative_to(project).as_posix()
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            validator = jsonschema.Draft7Validator(published(content.get("$schema", "")).contents, registry=registry)
            problems += [
                f"{file}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(content)
            ]
        except (json.JSONDecodeError, NoSuchResource, Unresolvable) as error:
            problems.append(f"{file}: {type(error).__name__}: {error}")
    return problems


def field_problems(project: Path) -> list[str]:
    """Fields that a page asks for and the model does not have, and figures that are no measures."""
    model = read_model(project)
    problems = []
    for path in [*visual_files(project), *sorted((project / REPORT / "pages").glob("*/page.json"))]:
        for field in fields_of(project, path):
            table = model.get(field.entity, Table(""))
            known = {"Column": set(table.columns), "Measure": set(table.measures)}
            if field.kind not in known:
                problems.append(f"{field.file}: {field.kind} of a column; figures are measures")
            elif field.name not in known[field.kind]:
                problems.append(f"{field.file}: there is no {field.kind.lower()} {field.entity}.{field.name}")
        if path.name == "visual.json":
            problems += _projection_problems(path.relative_to(project).as_posix(), path)
    return problems


def _projection_problems(file: str, path: Path) -> Iterator[str]:
    visual = json.loads(path.read_text(encoding="utf-8"))["visual"]
    shown = {
        projection["queryRef"]
        for state in visual["query"]["queryState"].values()
        for projection in state["projections"]
    }
    for name, key in KEYS_OF_NAMES.items():
        if name in shown and key not in shown:
            yield f"{file}: {name} is shown without {key}: what shares a name is added up"
    for role, state in visual["query"]["queryState"].items():
        for projection in state["projections"]:
            ((kind, body),) = projection["field"].items()
            if projection["queryRef"] != f"{body['Expression']['SourceRef'].get('Entity')}.{body['Property']}":
                yield f"{file}: queryRef {projection['queryRef']} names another field"
            if role in FIGURES.get(visual["visualType"], ()) and kind != "Measure":
                yield f"{file}: {body['Property']} is shown as a figure and is no measure"


def future_problems(project: Path) -> list[str]:
    """Visuals by month of the calendar that go beyond the current month: the marts hold rows for the months to come."""
    problems = []
    for path in visual_files(project):
        visual = json.loads(path.read_text(encoding="utf-8"))
        if visual["visual"]["visualType"] == "slicer":
            continue
        page = json.loads((path.parents[2] / "page.json").read_text(encoding="utf-8"))
        fields = list(fields_of(project, path))
        by_month = any((field.entity, field.name) == ("Calendar", "Month") for field in fields)
        if by_month and not any(_ends_today(filtered) for filtered in (page, visual)):
            problems.append(f"{path.relative_to(project).as_posix()}: months to come are shown")
    return problems


def _ends_today(filtered: Mapping[str, Any]) -> bool:
    for known in filtered.get("filterConfig", {}).get("filters", []):
        column = known["field"].get("Column", {})
        if (column.get("Expression", {}).get("SourceRef"), column.get("Property")) != ({"Entity": "Calendar"}, "Date"):
            continue
        for where in known["filter"]["Where"]:
            bound = where["Condition"].get("Between", {}).get("UpperBound")
            # 0 is Power BI's number for a day.
            if bound == {"DateSpan": {"Expression": {"Now": {}}, "TimeUnit": 0}}:
                return True
    return False


def slicer_problems(project: Path) -> list[str]:
    """Choices that stand in a table of figures, and so leave the figures of other tables on the page as they are."""
    shared = {one.partition(".")[0] for _, one in read_relationships(project)}
    problems = []
    for page in sorted((project / REPORT / "pages").glob("*/page.json")):
        fields = {path: list(fields_of(project, path)) for path in visual_files(project, page.parent.name)}
        figures = {field.entity for known in fields.values() for field in known if field.kind == "Measure"}
        for path, known in fields.items():
            kind = json.loads(path.read_text(encoding="utf-8"))["visual"]["visualType"]
            problems += [
                f"{field.file}: {field.entity}.{field.name} filters no other table"
                for field in known
                if kind == "slicer" and field.entity not in shared and figures - {field.entity}
            ]
    return problems


def layout_problems(project: Path) -> list[str]:
    """Pages without order, names without their folder, visuals beside the page, on each other, or without words."""
    pages = project / REPORT / "pages"
    order = json.loads((pages / "pages.json").read_text(encoding="utf-8"))["pageOrder"]
    there = sorted(path.parent.name for path in pages.glob("*/page.json"))
    problems = [] if sorted(order) == there else ["pages.json orders other pages than there are"]
    for name in there:
        page = json.loads((pages / name / "page.json").read_text(encoding="utf-8"))
        if page["name"] != name:
            problems.append(f"{name}: the page calls itself {page['name']}")
        boxes: list[tuple[str, dict[str, float]]] = []
        for path in visual_files(project, name):
            visual = json.loads(path.read_text(encoding="utf-8"))
            place = visual["position"]
            if visual["name"] != path.parent.name:
                problems.append(f"{name}: {path.parent.name} calls itself {visual['name']}")
            if place["x"] + place["width"] > page["width"] or place["y"] + place["height"] > page["height"]:
                problems.append(f"{name}: {visual['name']} lies beside the page")
            problems += [f"{name}: {visual['name']} lies on {other}" for other, box in boxes if _overlap(place, box)]
            boxes.append((visual["name"], place))
            words = visual["visual"]["visualContainerObjects"]
            if not _literal(words, "title", "text") or not _literal(words, "general", "altText"):
                problems.append(f"{name}: {visual['name']} has no title, or no words for a screen reader")
    return problems


def _overlap(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "width"), ("y", "height"))
    )


def _literal(objects: Mapping[str, Any], name: str, prop: str) -> str:
    value = objects[name][0]["properties"].get(prop, {}).get("expr", {}).get("Literal", {}).get("Value", "")
    return str(value).strip("'")


def refresh_problems(project: Path) -> list[str]:
    """Pages that refresh themselves and show what is only as fresh as the last refresh of the model."""
    model = read_model(project)
    pages = project / REPORT / "pages"
    refreshing = [
        path.parent.name
        for path in sorted(pages.glob("*/page.json"))
        if "pageRefresh" in json.loads(path.read_text(encoding="utf-8")).get("objects", {})
    ]
    stale = [
        f"{field.file}: {field.entity} is imported"
        for page in refreshing
        for path in visual_files(project, page)
        for field in fields_of(project, path)
        if model[field.entity].mode not in LIVE
    ]
    return stale if refreshing else ["no page refreshes itself"]


def column_problems(project: Path, columns: Mapping[tuple[str, str], str]) -> list[str]:
    """Tables that do not read one view of `reporting`, and columns that the database does not have, or of another type.

    :param columns: (view, column) → type of the migrated database, for the schema `reporting`
    """
    problems = []
    for table in read_model(project).values():
        if table.kind == "calculated":
            continue
        schema, _, view = table.view.partition(".")
        if schema != "reporting" or "PostgreSQL.Database(Server, Database)" not in table.source:
            problems.append(f"{table.name} does not read one view of reporting by the parameters Server and Database")
        if sorted(table.selected) != sorted(column.source_column for column in table.columns.values()):
            problems.append(f"{table.name} takes other columns from its view than it has")
        for name, column in table.columns.items():
            there = columns.get((view, column.source_column))
            if there is None:
                problems.append(f"{table.name}.{name}: the database has no reporting.{view}.{column.source_column}")
            elif there not in FITTING.get(column.data_type, ()):
                problems.append(f"{table.name}.{name} is {column.data_type}, in the database {there}")
        for name in re.findall(r'\{"(\w+)", Currency\.Type\}', table.source):
            if name not in table.columns or table.columns[name].data_type != "decimal":
                problems.append(f"{table.name}.{name} is read as money and is none")
    return problems


def dax_problems(project: Path) -> list[str]:
    """Measures, formats, calculated tables and filters of roles that name what is not there, or do not close a bracket."""
    model = read_model(project)
    measures = {name for table in model.values() for name in table.measures}
    problems = []
    if len(measures) != sum(len(table.measures) for table in model.values()):
        problems.append("two measures have one name")
    for place, dax, local in _dax(project, model):
        bare = re.sub(r'"(?:[^"]|"")*"', '""', dax)
        for table, column in re.findall(r"(\w*)\[([^\]]+)\]", bare):
            if table and column not in model.get(table, Table("")).columns:
                problems.append(f"{place}: there is no {table}[{column}]")
            if not table and column not in measures | local:
                problems.append(f"{place}: there is no measure [{column}]")
        problems += [
            f"{place}: {name} is no function that the project uses"
            for name in re.findall(r"\b([A-Za-z]+)\(", re.sub(r"\[[^\]]*\]", "", bare))
            if name not in FUNCTIONS
        ]
        if any(bare.count(one) != bare.count(other) for one, other in (("(", ")"), ("[", "]"), ("{", "}"))):
            problems.append(f"{place}: a bracket is not closed")
    columns = {f"{table.name}.{column}" for table in model.values() for column in table.columns}
    problems += [
        f"relationship: there is no {end}" for ends in read_relationships(project) for end in ends if end not in columns
    ]
    return problems


def _dax(project: Path, model: Mapping[str, Table]) -> Iterator[tuple[str, str, set[str]]]:
    """Where DAX stands, the DAX, and the names that it makes itself."""
    for table in model.values():
        for name, measure in table.measures.items():
            yield name, measure.expression, set()
            yield f"format of {name}", measure.format_expression, set()
        if table.kind == "calculated":
            yield table.name, table.source, {"Value", *table.columns}
    for path in sorted((project / "Gauss.SemanticModel/definition/roles").glob("*.tmdl")):
        for table_name, dax in re.findall(r"tablePermission (\w+) = (.+)", path.read_text(encoding="utf-8")):
            yield f"{path.stem} on {table_name}", f"CALCULATE(COUNTROWS({table_name}), {dax})", set()
            if table_name not in model:
                yield path.stem, f"{table_name}[*]", set()


def relationship_problems(project: Path, unique: set[tuple[str, str]]) -> list[str]:
    """Relationships whose "one" side is no key of the model, or may hold a value twice.

    :param unique: (table, column) of `core` that a unique index of its own keeps apart
    """
    model = read_model(project)
    problems = []
    for many, one in read_relationships(project):
        name, _, column = one.partition(".")
        table = model.get(name, Table(""))
        if not table.columns.get(column, Column()).is_key:
            problems.append(f"{many} → {one}: {one} is no key")
        elif not (
            (table.view.removeprefix("reporting."), table.columns[column].source_column) in unique
            or (table.selected == [column] and "Table.Distinct(Columns)" in table.source)
            or (table.kind == "calculated" and column == "Date" and "CALENDAR(" in table.source)
        ):
            problems.append(f"{many} → {one}: {one} may be there twice")
    return problems


def metric_problems(project: Path, metrics: Mapping[str, set[str]]) -> list[str]:
    """Measures that are no documented metric, or do not say which they are.

    :param metrics: name of a metric → where it stands, as `model.column`
    """
    problems = []
    for table in read_model(project).values():
        for name, measure in table.measures.items():
            said = re.fullmatch(r"(.+) of METRICS\.md: (\w+\.\w+)\.", measure.description)
            if name not in metrics:
                problems.append(f"{name} is not in METRICS.md")
            elif not said or said[1] != name or said[2] not in metrics[name]:
                problems.append(f"{name} does not say which metric it is")
    return problems


def documented_metrics() -> dict[str, set[str]]:
    """The metrics of METRICS.md, from the pages of dbt that it is written from."""
    metrics: dict[str, set[str]] = {}
    for page in ("marts/marts.yml", "reporting.yml"):
        described = yaml.safe_load((ROOT / "dbt/models" / page).read_text(encoding="utf-8"))
        tables = [table for source in described.get("sources", []) for table in source["tables"]]
        for model in [*described.get("models", []), *tables]:
            for column in model["columns"]:
                name = column.get("config", {}).get("meta", {}).get("metric")
                if name:
                    metrics.setdefault(name, set()).add(f"{model['name']}.{column['name']}")
    return metrics


def guid_problems(project: Path = POWERBI) -> list[str]:
    """Tags that two objects share: Power BI follows an object by its tag."""
    tags: dict[str, str] = {}
    problems = []
    for path in sorted(project.rglob("*.tmdl")):
        for tag in re.findall(
            r"(?:lineageTag: |^relationship )([0-9a-f-]{36})$", path.read_text("utf-8"), re.MULTILINE
        ):
            if tag in tags:
                problems.append(f"{tag} stands in {tags[tag]} and in {path.name}")
            tags[tag] = path.name
    return problems if tags else ["there are no tags"]
