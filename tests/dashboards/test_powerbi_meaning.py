"""A measure answers what METRICS.md says of it: as far as that can be known without Power BI."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.conftest import Server, fresh_warehouse
from tests.dashboards.checks import relationship_problems
from tests.dashboards.conftest import Spoil
from tests.dashboards.meanings import MEANINGS, Meaning, Row, meaning_problems, squeezed
from tests.dashboards.project import MODEL, POWERBI, read_model
from tests.metrics.ledger import Ledger
from tests.metrics.organisation import small_organisation

TABLES = f"{MODEL}/tables"
# September has rows in the marts, and has not begun.
THIS_MONTH = dt.date(2025, 8, 1)
BATCHES = [
    ("leeds", "loaded", 10, 4, 3, 1, 2),
    ("leeds", "withdrawn", 7, 7, 0, 0, 0),
    ("leeds", "duplicate", 0, 0, 0, 0, 0),
    ("leeds", "failed", 0, 0, 0, 0, 0),
    ("leeds", "dry_run", 9, 0, 0, 0, 0),
    ("leeds", "failed in a dry run", 8, 0, 0, 0, 8),
    ("leeds", "collected", 0, 0, 0, 0, 0),
    ("phoenix", "loaded", 5, 5, 0, 0, 0),
]


@pytest.fixture(scope="module")
def figures(postgres_server: Server) -> Iterator[psycopg.Connection[Row]]:
    """The small organisation with a department of last year, grants that begin next month, and batches."""
    with fresh_warehouse(postgres_server) as warehouse:
        ledger = Ledger(warehouse)
        keys = small_organisation(ledger).keys
        ledger.payment("2025-06-10", "500", department_id=ledger.department("CLOSED"))
        for code in ("G2", "G3"):
            keys[code] = ledger.add(
                "grants", code=code, title=code, currency="EUR", amount=Decimal(500), donor_id=keys["DONOR"],
                starts_on=dt.date(2025, 9, 1), ends_on=dt.date(2026, 8, 31), status="active",
            )  # fmt: skip
        # Charged before its grant begins, so that nothing can be projected; and charged next month.
        for day, charged in (
            ("2025-07-15", {"grant_id": keys["G2"]}),
            ("2025-09-05", {"grant_id": keys["GRANT"], "grant_budget_line_id": keys["LINE"]}),
        ):
            expense = ledger.payment(day, "400", department_id=keys["WATER"], category_id=keys["FUEL"])
            ledger.add("expense_allocations", expense_id=expense, amount=Decimal(400), currency="KES", **charged)
        _deliver(ledger)
        made = ledger.make()
        assert made.published is not None, made.built.failed
        with psycopg.connect(warehouse.admin_dsn, row_factory=dict_row) as connection:
            yield connection


def _deliver(ledger: Ledger) -> None:
    """Batches within one hour, two rejects."""
    for number, (source, status, *rows) in enumerate(BATCHES):
        batch = {"source": source, "name": f"{number}.csv", "sha256": str(number) * 64}
        batch |= {"status": status.removesuffix(" in a dry run"), "rehearsal": "dry" in status}
        batch |= dict(zip(("read", "inserted", "unchanged", "superseded", "rejected"), rows, strict=True))
        ledger.execute(
            "with f as (insert into ops.files (source, name, sha256, bytes, delivered_from, delivered_to, source_version, "
            "archive_uri) values (%(source)s, %(name)s, %(sha256)s, 10, '2025-07-01', '2025-07-31', now(), 'archive') "
            "returning file_id), "
            "b as (insert into ops.batches (file_id, source, dataset, profile_version, dag_id, run_id, status, rows_read, "
            "rows_inserted, rows_unchanged, rows_superseded, rows_rejected, collected_at, finished_at, is_rehearsal) "
            "select file_id, %(source)s, 'expenses', 1, 'ingest_validate_load', 'a run', %(status)s, %(read)s, "
            "%(inserted)s, %(unchanged)s, %(superseded)s, %(rejected)s, '2025-08-01 10:00Z', '2025-08-01 10:05Z', "
            "%(rehearsal)s from f "
            "returning batch_id) "
            "insert into ops.rejects (batch_id, source, dataset, file_name, row_number, field, code) "
            "select batch_id, %(source)s, 'expenses', %(name)s, n, 'spent_on', 'invalid_date' "
            "from b cross join generate_series(1, %(rejected)s) as n",
            batch,
        )


def answer(connection: psycopg.Connection[Row], statement: str, filters: Row) -> Any:
    (row,) = connection.execute(statement.encode(), filters).fetchall()
    (value,) = row.values()
    return value


def differences(connection: psycopg.Connection[Row], meaning: Meaning, statement: str) -> list[tuple[Row, Any, Any]]:
    """Filters for which the SQL comes to another figure than people know."""
    asked = [{"this_month": THIS_MONTH} | filters for filters in meaning.filters]
    both = [(filters, answer(connection, statement, filters), meaning.figure(connection, filters)) for filters in asked]
    assert any(figure is not None for _, _, figure in both), "there is nothing to compare"
    return [known for known in both if known[1] != known[2]]


def test_every_measure_is_the_sum_that_it_names_or_was_reviewed() -> None:
    assert meaning_problems(POWERBI, MEANINGS) == []


@pytest.mark.parametrize(
    ("table", "old", "new", "problem"),
    [
        ("headcount", "SUM(headcount[n_joined])", "SUM(headcount[n_left])", "Joiners is neither the sum"),
        ("leave_usage", "SUM(leave_usage[days_approved])", "MAX(leave_usage[days_approved])", "Leave days is neither"),
        ("vendor_spend", "IF(COUNTBLANK(vendor_spend[spend]) = 0, SUM(vendor_spend[spend]))", "SUM(vendor_spend[spend])", "Vendor spend is neither"),
        ("grant_burn", "measure 'Grant spend' = IF(HASONEVALUE(grant_burn[currency])", "measure 'Grant spend' = IF(HASONEVALUE(grant_burn[grant_code])", "Grant spend is neither"),
        ("monthly_spend_vs_budget", "sourceColumn: committed", "sourceColumn: spend", "Committed is neither"),
        ("monthly_spend_vs_budget", "KEEPFILTERS(monthly_spend_vs_budget[month] <= TODAY())", "KEEPFILTERS(monthly_spend_vs_budget[month] > TODAY())", "Spend, year to date is not the DAX"),
        ("monthly_spend_vs_budget", "REMOVEFILTERS(departments)", "REMOVEFILTERS(categories)", "Spend, year to date is not the DAX"),
        ("monthly_spend_vs_budget", "[Budget] - [Spend]", "[Spend] - [Budget]", "Variance is not the DAX"),
        ("grant_burn", "[Grant budget] - [Projected grant spend]", "[Grant budget] - [Grant spend to date]", "Projected unspent is not the DAX"),
        ("reimbursement_times", "reimbursement_times.n_open.", "reimbursement_times.n_paid.", "Open claims is neither"),
        ("headcount", "measure Headcount", "measure Heads", "Headcount is reviewed and is no measure"),
    ],
)  # fmt: skip
def test_a_measure_that_answers_something_else_is_found(
    spoil: Spoil, table: str, old: str, new: str, problem: str
) -> None:
    assert problem in "\n".join(meaning_problems(spoil(f"{TABLES}/{table}.tmdl", old, new), MEANINGS))


@pytest.mark.parametrize("name", MEANINGS)
def test_a_measure_comes_to_the_figure_that_people_know(figures: psycopg.Connection[Row], name: str) -> None:
    assert differences(figures, MEANINGS[name], MEANINGS[name].sql) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        # At the fiscal year's last month, as if it had come.
        ("Spend, year to date", "<= %(this_month)s", "is not null"),
        ("Budget, year to date", "<= %(this_month)s", "is not null"),
        ("Run rate", "<= %(this_month)s", "is not null"),
        ("Grant spend to date", "<= %(this_month)s", "is not null"),
        ("Burn rate", "<= %(this_month)s", "is not null"),
        ("Share of time", "<= %(this_month)s", "is not null"),
        ("Working time", "<= %(this_month)s", "is not null"),
        # For each department at its own last month: one of last year would stand beside those of this year.
        ("Spend, year to date", "where month <= %(this_month)s", "where month <= %(this_month)s and department_code = %(department)s"),
        # A grant that is yet to begin would be missing.
        ("Grant budget", "min(month)", "null"),
        # A grant without a projection would count as if nothing were to be spent.
        ("Projected unspent", "count(projected_spend) = count(*)", "true"),
        ("Batches", "status <> 'dry_run'", "true"),
        ("Success rate", "'loaded', 'withdrawn'", "'loaded'"),
    ],
)  # fmt: skip
def test_the_small_organisation_tells_a_wrong_figure_from_a_right_one(
    figures: psycopg.Connection[Row], name: str, old: str, new: str
) -> None:
    assert old in MEANINGS[name].sql
    assert differences(figures, MEANINGS[name], MEANINGS[name].sql.replace(old, new))


def test_a_claim_without_a_time_of_submission_is_open_and_has_no_age(figures: psycopg.Connection[Row]) -> None:
    assert answer(figures, "select sum(n_open) from reporting.reimbursement_times", {}) == 2
    assert answer(figures, MEANINGS["Aged open claims"].sql, {"status": None}) == 1


FISCAL_YEAR = 'VAR lastFiscalMonth = MONTH(MAX(monthly_spend_vs_budget[month]))', (
    '"Fiscal year", IF(MONTH([Date]) > lastFiscalMonth, YEAR([Date]) + 1, YEAR([Date]))'
)  # fmt: skip


def test_the_calendar_knows_the_fiscal_year_of_every_month(figures: psycopg.Connection[Row]) -> None:
    assert all(squeezed(part) in squeezed(read_model(POWERBI)["Calendar"].source) for part in FISCAL_YEAR)
    months = figures.execute(
        "select month::text, fiscal_year, extract(year from month) + (extract(month from month) > "
        "(select extract(month from max(month)) from reporting.monthly_spend_vs_budget))::integer as of_calendar "
        "from reporting.monthly_spend_vs_budget group by month, fiscal_year order by month"
    ).fetchall()
    assert [row["month"] for row in months if row["of_calendar"] != row["fiscal_year"]] == []
    assert {row["fiscal_year"] for row in months} == {2025, 2026}


@pytest.fixture(scope="module")
def unique(figures: psycopg.Connection[Row]) -> set[tuple[str, str]]:
    """(table, column) of `core` with a unique index of its own."""
    return {
        (row["relname"], row["attname"])
        for row in figures.execute(
            "select c.relname, a.attname from pg_index as i join pg_class as c on c.oid = i.indrelid "
            "join pg_attribute as a on a.attrelid = c.oid and a.attnum = i.indkey[0] "
            "where c.relnamespace = 'core'::regnamespace and i.indisunique and i.indnatts = 1 and i.indpred is null"
        )
    }


def test_the_one_side_of_every_relationship_is_a_key_that_is_there_once(unique: set[tuple[str, str]]) -> None:
    assert relationship_problems(POWERBI, unique) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("relationships.tmdl", "toColumn: departments.code", "toColumn: departments.name", "departments.name is no key"),
        ("relationships.tmdl", "toColumn: Calendar.Date", "toColumn: Calendar.Month", "Calendar.Month is no key"),
        ("tables/categories.tmdl", "\t\tisKey\n", "", "categories.code is no key"),
        ("tables/departments.tmdl", "sourceColumn: code", "sourceColumn: name", "departments.code may be there twice"),
        ("tables/ingestion_sources.tmdl", "Table.Distinct(Columns)", "Columns", "ingestion_sources.source may be there twice"),
        ("tables/Calendar.tmdl", "CALENDAR(", "VALUES(", "Calendar.Date may be there twice"),
    ],
)  # fmt: skip
def test_a_relationship_to_what_may_be_there_twice_is_found(
    spoil: Spoil, unique: set[tuple[str, str]], file: str, old: str, new: str, problem: str
) -> None:
    assert problem in "\n".join(relationship_problems(spoil(f"{MODEL}/{file}", old, new), unique))
