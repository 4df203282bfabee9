"""The Power BI project fits Microsoft's schemas, its own model, the database and METRICS.md."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.conftest import Warehouse
from tests.dashboards.checks import (
    column_problems,
    dax_problems,
    documented_metrics,
    field_problems,
    future_problems,
    guid_problems,
    layout_problems,
    metric_problems,
    refresh_problems,
    schema_problems,
    slicer_problems,
)
from tests.dashboards.conftest import Spoil
from tests.dashboards.project import POWERBI, REPORT, fields_of, json_files, read_model, visual_files

TABLES = "Gauss.SemanticModel/definition/tables"
VISUALS = "Gauss.Report/definition/pages/*/visuals/*/visual.json"


def test_every_json_file_keeps_the_schema_that_it_names(schemas: Path) -> None:
    assert len(json_files(POWERBI)) > 50
    assert schema_problems(POWERBI, schemas) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (VISUALS, '"drillFilterOtherVisuals": true', '"drillFilterOtherVisual": true'),
        (VISUALS, '"width": ', '"width": "wide", "x-width": '),
        (VISUALS, "visualContainer/2.9.0", "visualContainer/29.0.0"),
        (VISUALS, "{", "{,"),
        ("Gauss.Report/definition/pages/*/page.json", "FitToPage", "FitToPaper"),
        ("Gauss.Report/definition.pbir", "byPath", "byWay"),
        ("Gauss.SemanticModel/definition.pbism", '"version"', '"Version"'),
        ("Gauss.Report/.platform", "logicalId", "id"),
        ("Gauss.pbip", '"report"', '"reports"'),
    ],
)
def test_a_json_file_that_breaks_its_schema_is_found(
    spoil: Spoil, schemas: Path, file: str, old: str, new: str
) -> None:
    assert schema_problems(spoil(file, old, new), schemas)


def test_every_field_of_a_page_is_in_the_model() -> None:
    assert len(visual_files(POWERBI)) > 40
    assert field_problems(POWERBI) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (VISUALS, '"Property": "Spend"', '"Property": "Spent"', "no measure monthly_spend_vs_budget.Spent"),
        (VISUALS, '"Entity": "grant_burn"', '"Entity": "grant_burns"', "grant_burns"),
        (VISUALS, '"Property": "is_open"', '"Property": "is_shut"', "no column ingestion_rejects.is_shut"),
        (VISUALS, '"queryRef": "Calendar.Month"', '"queryRef": "Calendar.Date"', "names another field"),
        (f"{TABLES}/grant_burn.tmdl", "measure 'Burn rate'", "measure 'Burning'", "no measure grant_burn.Burn rate"),
        (f"{TABLES}/departments.tmdl", "column name", "column title", "no column departments.name"),
    ],
)
def test_a_field_that_the_model_does_not_have_is_found(
    spoil: Spoil, file: str, old: str, new: str, problem: str
) -> None:
    assert problem in "\n".join(field_problems(spoil(file, old, new)))


def test_a_column_shown_as_a_figure_is_found(spoil: Spoil) -> None:
    spoiled = spoil(VISUALS, '"Measure": {', '"Column": {')
    assert field_problems(spoiled)


def test_payees_of_one_name_are_not_added_up(spoil: Spoil) -> None:
    spoiled = spoil(VISUALS, '"vendor_spend.vendor_id"', '"vendor_spend.month"')
    assert "what shares a name is added up" in "\n".join(field_problems(spoiled))


def test_figures_by_month_end_with_the_current_month() -> None:
    assert future_problems(POWERBI) == []


@pytest.mark.parametrize("page", ["60182acf949834504ec8", "1e27e045c3ed282d36e4", "a4fcaffb640b3ca92998"])
def test_a_page_that_goes_on_to_the_months_to_come_is_found(spoil: Spoil, page: str) -> None:
    assert future_problems(spoil(f"Gauss.Report/definition/pages/{page}/**/*.json", '"UpperBound"', '"LowerBound"'))


def test_sums_of_months_do_not_stand_beside_figures_to_date() -> None:
    shown = [{field.name for field in fields_of(POWERBI, path)} for path in visual_files(POWERBI)]
    beside = [names for names in shown if any(name.endswith("year to date") for name in names)]
    assert [{name for name in names if not name.endswith("year to date")} for names in beside] == [{"name", "Run rate"}]


def test_a_choice_filters_every_figure_that_it_could_be_about() -> None:
    assert slicer_problems(POWERBI) == []


def test_a_fiscal_year_that_filters_one_table_only_is_found(spoil: Spoil) -> None:
    slicer = "Gauss.Report/definition/pages/60182acf949834504ec8/visuals/e02cc47898946d7bbab3/visual.json"
    (problem,) = slicer_problems(spoil(slicer, '"Entity": "Calendar"', '"Entity": "monthly_spend_vs_budget"'))
    assert "monthly_spend_vs_budget.Fiscal year filters no other table" in problem


def test_pages_are_in_order_and_every_visual_has_its_place_and_its_words() -> None:
    assert layout_problems(POWERBI) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("Gauss.Report/definition/pages/pages.json", '"pageOrder": [', '"pageOrder": ["page", '),
        ("Gauss.Report/definition/pages/*/page.json", '"height": 720', '"height": 700'),
        ("Gauss.Report/definition/pages/*/page.json", '"name": "', '"name": "a'),
        (VISUALS, '"altText"', '"keepLayerOrder"'),
        (VISUALS, '"x": 646', '"x": 600'),
        (VISUALS, '"name": "', '"name": "a'),
    ],
)
def test_a_visual_out_of_place_is_found(spoil: Spoil, file: str, old: str, new: str) -> None:
    assert layout_problems(spoil(file, old, new))


def test_the_page_that_refreshes_itself_shows_the_database_as_it_is() -> None:
    assert refresh_problems(POWERBI) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (f"{TABLES}/ingestion_batches.tmdl", "mode: directQuery", "mode: import"),
        ("Gauss.Report/definition/pages/*/page.json", '"pageRefresh"', '"background"'),
    ],
)
def test_a_page_that_would_show_old_rows_is_found(spoil: Spoil, file: str, old: str, new: str) -> None:
    assert refresh_problems(spoil(file, old, new))


def test_every_column_is_in_the_database_with_a_fitting_type(columns: dict[tuple[str, str], str]) -> None:
    assert column_problems(POWERBI, columns) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("headcount", "sourceColumn: n_staff", "sourceColumn: n_people", "no reporting.headcount.n_people"),
        ("headcount", 'Item="headcount"', 'Item="headcounts"', "no reporting.headcounts.month"),
        ("headcount", 'Schema="reporting"', 'Schema="core"', "does not read one view of reporting"),
        ("headcount", "(Server, Database)", '("db.example.org", Database)', "by the parameters"),
        ("headcount", '"n_left", ', "", "takes other columns"),
        ("open_claims", "dataType: decimal", "dataType: string", "is string, in the database numeric"),
        ("grant_burn", '{"spent", Currency.Type}', '{"share_of_time", Currency.Type}', "read as money and is none"),
    ],
)
def test_a_column_that_the_database_does_not_have_is_found(
    spoil: Spoil, columns: dict[tuple[str, str], str], file: str, old: str, new: str, problem: str
) -> None:
    assert problem in "\n".join(column_problems(spoil(f"{TABLES}/{file}.tmdl", old, new), columns))


def test_a_column_that_a_migration_renames_is_found(columns: dict[tuple[str, str], str]) -> None:
    renamed = {(view, "spent_now" if column == "spend" else column): kind for (view, column), kind in columns.items()}
    assert any("monthly_spend_vs_budget.spend" in problem for problem in column_problems(POWERBI, renamed))


def test_the_dax_names_what_is_there() -> None:
    assert dax_problems(POWERBI) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("tables/headcount.tmdl", "SUM(headcount[n_left])", "SUM(headcount[n_gone])", "no headcount[n_gone]"),
        ("tables/headcount.tmdl", "SUM(headcount[n_left])", "SUMM(headcount[n_left])", "SUMM is no function"),
        ("tables/headcount.tmdl", "SUM(headcount[n_left])", "SUM(headcount[n_left]", "bracket"),
        ("tables/grant_burn.tmdl", "[Grant budget] - ", "[Budget of the grant] - ", "no measure [Budget of the grant]"),
        (
            "tables/grant_burn.tmdl",
            "SELECTEDVALUE(grant_burn[currency])",
            "SELECTEDVALUE(grant_burn[money])",
            "format of",
        ),
        ("tables/Calendar.tmdl", "MIN(headcount[month])", "MIN(headcount[day])", "no headcount[day]"),
        ("tables/headcount.tmdl", "measure Joiners", "measure Spend", "two measures have one name"),
        ("relationships.tmdl", "fromColumn: headcount.month", "fromColumn: headcount.day", "no headcount.day"),
        ("roles/Finance.tmdl", "tablePermission leave_usage", "tablePermission leave", "no leave[*]"),
    ],
)
def test_dax_that_names_what_is_not_there_is_found(spoil: Spoil, file: str, old: str, new: str, problem: str) -> None:
    assert problem in "\n".join(dax_problems(spoil(f"Gauss.SemanticModel/definition/{file}", old, new)))


def test_every_measure_is_a_metric_and_says_which() -> None:
    assert metric_problems(POWERBI, documented_metrics()) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("measure Joiners", "measure 'New people'"),
        ("\t/// Joiners of METRICS.md: headcount.n_joined.\n", ""),
        ("headcount.n_joined.", "headcount.n_left."),
    ],
)
def test_a_measure_that_is_no_metric_is_found(spoil: Spoil, old: str, new: str) -> None:
    spoiled = spoil(f"{TABLES}/headcount.tmdl", old, new)
    assert len(metric_problems(spoiled, documented_metrics())) == 1


def test_a_metric_that_is_renamed_in_dbt_is_missed() -> None:
    renamed = documented_metrics()
    renamed["Spending"] = renamed.pop("Spend")
    assert metric_problems(POWERBI, renamed) == ["Spend is not in METRICS.md"]


def test_every_object_has_a_tag_of_its_own(spoil: Spoil) -> None:
    assert guid_problems(POWERBI) == []
    table = (POWERBI / TABLES / "headcount.tmdl").read_text(encoding="utf-8")
    tag = table.split("lineageTag: ")[1].split("\n")[0]
    other = (POWERBI / TABLES / "leave_usage.tmdl").read_text(encoding="utf-8").split("lineageTag: ")[1].split("\n")[0]
    assert guid_problems(spoil(f"{TABLES}/leave_usage.tmdl", other, tag))


@pytest.fixture(scope="module")
def reads(migrated: Warehouse) -> Iterator[dict[str, set[str]]]:
    """For each group, the tables of the model that a login of that group reads, with all of their columns."""
    tables = [table for table in read_model(POWERBI).values() if table.view]
    readable: dict[str, set[str]] = {}
    made = []
    for group in ("dashboard", "finance", "operations"):
        login, password = f"powerbi_{secrets.token_hex(4)}", secrets.token_urlsafe(12)
        made.append(login)
        with psycopg.connect(migrated.admin_dsn, autocommit=True) as admin:
            admin.execute(
                sql.SQL("create role {} login password {} in role {}").format(
                    sql.Identifier(login), sql.Literal(password), sql.Identifier(group)
                )
            )
            admin.execute(
                sql.SQL("grant connect on database {} to {}").format(
                    sql.Identifier(migrated.name), sql.Identifier(login)
                )
            )
        dsn = migrated.server.postgres.dsn(migrated.name, login, password)
        with psycopg.connect(dsn, autocommit=True) as connection:
            readable[group] = {table.name for table in tables if _is_readable(connection, table.view, table.selected)}
    yield readable
    with psycopg.connect(migrated.admin_dsn, autocommit=True) as admin:
        for login in made:
            admin.execute(sql.SQL("drop owned by {}").format(sql.Identifier(login)))
            admin.execute(sql.SQL("drop role {}").format(sql.Identifier(login)))


def _is_readable(connection: psycopg.Connection[object], view: str, columns: list[str]) -> bool:
    schema, _, name = view.partition(".")
    wanted = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("select {} from {} limit 1").format(wanted, sql.Identifier(schema, name))
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def test_a_login_of_operations_is_enough_for_every_page(reads: dict[str, set[str]]) -> None:
    everything = {table.name for table in read_model(POWERBI).values() if table.view}
    assert reads["operations"] == everything


def test_a_login_of_finance_reads_everything_but_leave(reads: dict[str, set[str]]) -> None:
    assert reads["operations"] - reads["finance"] == {"leave_usage"}


def test_a_login_of_dashboard_reads_aggregates_only(reads: dict[str, set[str]]) -> None:
    assert reads["dashboard"] == {
        "fx_coverage",
        "headcount",
        "ingestion_freshness",
        "ingestion_sources",
        "pipeline_runs",
    }


def test_the_project_holds_text_only() -> None:
    for path in POWERBI.rglob("*"):
        if path.is_file():
            assert "\r" not in path.read_text(encoding="utf-8"), path
            assert path.suffix not in {".abf", ".pbix"}, path
    assert (POWERBI / REPORT).is_dir()
