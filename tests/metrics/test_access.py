"""dbt sees every row and no personal column; each group reads of the marts what the policy lets it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from include.privacy.policy import DataClass, load_policy
from tests.conftest import Warehouse
from tests.metrics.organisation import Small
from tests.privacy.conftest import reading_as

# Personal and sensitive columns that the metrics count with: keys of people, when they came, went and were away, and why.
COUNTED = {
    "users": {"id", "hired_on", "left_on"},
    "vendors": {"id"},
    "expenses": {"vendor_id", "employee_id"},
    "leave_applications": {"id", "leave_type", "starts_on", "ends_on", "employee_id"},
    "leave_entitlements": {"id", "leave_type", "employee_id"},
}
STAFF = {
    *(
        "allocation_facts",
        "annual_spend_vs_budget",
        "closing_checklist",
        "daily_spend",
        "donor_report",
        "expense_facts",
    ),
    *("grant_burn", "ingestion_batches", "ingestion_rejects", "monthly_budget_status", "monthly_spend"),
    *("monthly_spend_vs_budget", "open_claims", "period_events", "reimbursement_months", "reimbursement_times"),
    *("grant_restatements", "grant_spend", "restatements", "vendor_spend"),
}
EVERYBODY = {
    *("fx_coverage", "headcount", "ingestion_freshness", "ingestion_quality", "metric_build_nodes", "metric_builds"),
    *("pipeline_runs", "spend_overview", "delivery_expectations", "ingestion_outcomes", "reject_counts"),
}


def readable(warehouse: Warehouse, group: str) -> set[str]:
    """Views of the metrics that the group may read; each of them is read."""
    with reading_as(warehouse, group) as connection:
        names = connection.execute(
            "select c.relname from pg_class as c where c.relnamespace = 'reporting'::regnamespace and c.relkind = 'v' "
            "and has_table_privilege(c.oid, 'select')"
        ).fetchall()
        found = {name for (name,) in names} - set(load_policy().tables)
        for name in found:
            connection.execute(sql.SQL("select * from reporting.{}").format(sql.Identifier(name)))
    return found


def test_dbt_counts_every_row_of_what_it_may_read(small: Small) -> None:
    for table in (table for table in load_policy().tables.values() if table.metrics):
        count = sql.SQL("select count(*), count({}) from core.{}").format(
            sql.Identifier("id"), sql.Identifier(table.name)
        )
        answers = []
        for dsn in (small.ledger.warehouse.admin_dsn, small.ledger.warehouse.dsn("svc_dbt")):
            with psycopg.connect(dsn) as connection:
                answers.append(connection.execute(count).fetchone())
        assert answers[0] == answers[1], table.name


def test_dbt_reads_the_columns_that_the_policy_lists_and_no_other(small: Small) -> None:
    with psycopg.connect(small.ledger.warehouse.dsn("svc_dbt")) as connection:
        allowed = connection.execute(
            "select c.relname, a.attname from pg_class as c join pg_attribute as a on a.attrelid = c.oid "
            "where c.relnamespace in ('core'::regnamespace, 'audit'::regnamespace) and a.attnum > 0 "
            "and not a.attisdropped and c.relkind = 'r' and has_column_privilege(c.oid, a.attnum, 'select')"
        ).fetchall()
        for statement in (
            "insert into core.categories default values",
            "delete from core.expenses",
            "update core.grants set id = id",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
    listed = {(table.name, column) for table in load_policy().tables.values() for column in table.metrics}
    assert set(allowed) == listed


def test_no_name_contact_salary_or_text_of_a_person_reaches_dbt() -> None:
    personal = {
        (table.name, name)
        for table, name, column in load_policy().columns()
        if name in table.metrics and column.data_class in (DataClass.personal, DataClass.sensitive)
    }
    assert personal == {(table, name) for table, names in COUNTED.items() for name in names}


def test_dbt_neither_reads_nor_writes_what_is_published(small: Small) -> None:
    with psycopg.connect(small.ledger.warehouse.dsn("svc_dbt"), autocommit=True) as connection:
        for statement in (
            "select * from marts.departments",
            "delete from marts.departments",
            "select * from reporting.headcount",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


@pytest.mark.parametrize("group", ["finance", "operations", "analyst", "auditor", "dashboard"])
def test_each_group_reads_its_views_and_nothing_of_the_schemas_behind(small: Small, group: str) -> None:
    wanted = EVERYBODY if group == "dashboard" else EVERYBODY | STAFF
    if group in ("operations", "auditor"):
        wanted = wanted | {"leave_usage"}
    if group in ("finance", "operations", "auditor"):
        wanted = wanted | {"unmapped_values"}
    assert readable(small.ledger.warehouse, group) == wanted
    for schema in ("marts", "marts_build", "intermediate", "staging"):
        with (
            reading_as(small.ledger.warehouse, group) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"select * from {schema}.{'stg_core__users' if schema == 'staging' else 'headcount'}")


def test_an_analyst_sees_payees_as_pseudonyms_and_finance_sees_their_names(small: Small) -> None:
    seen = {}
    for group in ("finance", "analyst"):
        with reading_as(small.ledger.warehouse, group) as connection:
            seen[group] = connection.execute(
                "select s.vendor_name, s.vendor_id, e.vendor_id from reporting.vendor_spend as s "
                "join reporting.expense_facts as e on e.vendor_id = s.vendor_id limit 1"
            ).fetchone()
    assert seen["finance"] == ("Vendor GARAGE", small["GARAGE"], small["GARAGE"])
    assert seen["analyst"] is not None
    assert seen["analyst"][0].startswith("p-")
    assert seen["analyst"][1] != small["GARAGE"]


def test_readers_of_aggregates_see_no_sum_of_fewer_than_three(small: Small) -> None:
    question = "select month::text, spend, n_people, is_withheld from reporting.spend_overview where department_id is not null order by month"
    with reading_as(small.ledger.warehouse, "dashboard") as connection:
        rows = connection.execute(question).fetchall()
    assert [row[0] for row in rows if not row[3]] == ["2025-07-01"], "three claimants and a payee stand behind July"
    assert {row[1:3] for row in rows if row[3]} == {(None, None)}
    with reading_as(small.ledger.warehouse, "finance") as connection:
        assert all(row[1] is not None or row[0] == "2025-09-01" for row in connection.execute(question).fetchall())


def test_readers_of_aggregates_see_no_amount_of_fewer_than_three_rows_to_convert(changing: Small) -> None:
    question = "select month::text, n_rows, amount_original, is_withheld from reporting.fx_coverage where purpose = 'base' order by month"
    changing.ledger.execute("update marts.fx_coverage set n_rows = 3 where month = '2025-07-01'")
    with reading_as(changing.ledger.warehouse, "dashboard") as connection:
        rows = connection.execute(question).fetchall()
    assert rows == [
        ("2025-07-01", 3, 100, False), ("2025-08-01", None, None, True), ("2025-09-01", None, None, True),
    ]  # fmt: skip
    with reading_as(changing.ledger.warehouse, "finance") as connection:
        assert [row[1:] for row in connection.execute(question)] == [(3, 100, False), (1, 10, False), (1, 5, False)]


def test_views_of_the_metrics_agree_with_their_marts(small: Small) -> None:
    with reading_as(small.ledger.warehouse, "finance") as connection:
        cells = connection.execute(
            "select month::text, spend, budget, status from reporting.monthly_budget_status "
            "where category_code = 'FUEL' and month < '2025-10-01' order by month"
        ).fetchall()
        (checked,) = connection.execute(
            "select missing_rates, is_ready from reporting.closing_checklist where month = '2025-09-01'"
        ).fetchall()
        months = connection.execute("select month from reporting.closing_checklist order by month").fetchall()
        spent = connection.execute("select distinct month from reporting.expense_facts order by month").fetchall()
        (claim,) = connection.execute(
            "select age_bucket, is_stuck, days_open > 30 from reporting.open_claims"
        ).fetchall()
    assert [(row[0], row[1], row[3]) for row in cells] == [
        ("2025-07-01", 66_000, "within"),
        ("2025-08-01", 101_400, "over"),
        ("2025-09-01", None, "rate_missing"),
    ]
    assert checked == (1, False)
    assert months == spent
    assert claim == ("over 60", True, True)
