"""METRICS.md is fresh, and speaks of columns that exist, once each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import psycopg
import pytest
import yaml

from include.errors import BadConfiguration
from include.metrics.describing import MARTS_PAGE, PAGE, VIEWS_PAGE, metrics_page, read_tables
from include.metrics.marts import MARTS
from include.metrics.scope import PROJECT
from tests.conftest import ROOT
from tests.metrics.organisation import Small

NUMBERS = ("integer", "bigint", "smallint", "numeric", "double precision", "jsonb")
# Numbers that measure nothing: what a row is about, and at which rate.
KEYS = {"fiscal_year", "fiscal_month", "rate", "budget_rate"}


def test_the_page_is_fresh() -> None:
    assert (ROOT / PAGE).read_text(encoding="utf-8") == metrics_page(read_tables()), "run make docs"


def test_every_metric_exists_in_the_database_and_where_people_read_it(small: Small) -> None:
    with psycopg.connect(small.ledger.warehouse.admin_dsn) as connection:
        there = set(
            connection.execute(
                "select n.nspname, c.relname, a.attname from pg_attribute as a join pg_class as c on c.oid = a.attrelid "
                "join pg_namespace as n on n.oid = c.relnamespace where n.nspname in ('marts', 'reporting') "
                "and a.attnum > 0 and not a.attisdropped"
            ).fetchall()
        )
        shown = {name for schema, name, _ in there if schema == "reporting"}
    for table in read_tables():
        for column in table.columns:
            assert (table.schema, table.name, column.name) in there, f"{table.schema}.{table.name}.{column.name}"
            if table.name in shown and table.name not in ("departments", "categories", "grants", "grant_budget_lines"):
                assert ("reporting", table.name, column.name) in there, f"reporting.{table.name}.{column.name}"


def test_every_number_of_a_mart_is_a_metric_or_a_key() -> None:
    tables = [table for table in read_tables() if table.schema == "marts"]
    assert [table.name for table in tables] == [mart.name for mart in MARTS]
    unexplained = [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if column.type_name.startswith(NUMBERS) and not column.metric and column.name not in KEYS
    ]
    assert unexplained == []


def test_a_metric_has_one_name_and_one_home() -> None:
    names = Counter((table.name, column.metric) for table in read_tables() for column in table.metrics)
    assert [name for name, count in names.items() if count > 1] == []


def test_owners_are_those_of_the_organisation() -> None:
    assert {table.owner for table in read_tables()} <= {"finance", "operations"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("config: {meta: {owner: operations}}", "config: {}", r"marts\.departments has no owner"),
        ("unit: days", "units: days", "units is no field of a metric"),
        ("description: Short code.", "description: ''", r"departments\.code lacks its meaning"),
    ],
)
def test_a_page_that_leaves_something_out_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    for page in (MARTS_PAGE, VIEWS_PAGE):
        (tmp_path / page).parent.mkdir(parents=True, exist_ok=True)
        text = (PROJECT / page).read_text(encoding="utf-8")
        if page == MARTS_PAGE:
            assert old in text
        (tmp_path / page).write_text(text.replace(old, new, 1))
    with pytest.raises(BadConfiguration, match=sentence):
        read_tables(tmp_path)


@pytest.mark.parametrize("layer", ["staging", "intermediate", "marts"])
def test_every_model_says_its_grain_alike_in_its_two_places_and_has_a_contract(layer: str) -> None:
    folder = PROJECT / "models" / layer
    stated = {
        model["name"]: model
        for model in yaml.safe_load((folder / f"{layer}.yml").read_text(encoding="utf-8"))["models"]
    }
    files = {file.stem: file.read_text(encoding="utf-8") for file in folder.glob("*.sql")}
    assert stated.keys() == files.keys()
    for name, text in files.items():
        comment = []
        for line in text.splitlines():
            if not line.startswith("--"):
                break
            comment.append(line.removeprefix("--").strip())
        assert comment, name
        assert comment[0].startswith("One row per "), name
        assert " ".join(comment) == " ".join(stated[name]["description"].split()), name
        assert all("data_type" in column for column in stated[name]["columns"]), name
