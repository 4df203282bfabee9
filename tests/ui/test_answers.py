"""What the pages say is what SQL says of the same marts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from include.dashboards.pages import PAGES
from tests.ui.conftest import Filled

JULY = {"month": "2025-07"}


@pytest.mark.parametrize("month", ["2025-07", "2025-08", "2025-09"])
def test_the_months_total_is_the_sum_of_its_marts(filled: Filled, month: str) -> None:
    (total,) = filled.rows("budget", "finance", "total", month=month)
    (expected,) = filled.query(
        "select sum(n_expenses) as n_expenses, case when not bool_or(is_rate_missing) then sum(spend) end as spend, "
        "case when not bool_or(is_rate_missing) then sum(budget) end as budget from marts.monthly_spend_vs_budget "
        "where month = %(month)s",
        month=dt.date.fromisoformat(f"{month}-01"),
    )
    assert {name: total[name] for name in expected} == expected


def test_a_month_without_a_rate_has_no_total_and_says_so(filled: Filled) -> None:
    (total,) = filled.rows("budget", "finance", "total", month="2025-09")
    assert total["spend"] is None
    assert total["n_rates_missing"] > 0


def test_departments_cells_and_vendors_add_up_to_the_month(filled: Filled) -> None:
    (total,) = filled.rows("budget", "finance", "total", **JULY)
    for answer in ("departments", "cells", "vendors"):
        assert sum(row["spend"] for row in filled.rows("budget", "finance", answer, **JULY)) == total["spend"], answer


def test_a_filter_narrows_every_answer(filled: Filled) -> None:
    cells = filled.rows("budget", "finance", "cells", department="WATER", category="FUEL", **JULY)
    assert {(row["department_code"], row["category_code"]) for row in cells} == {("WATER", "FUEL")}
    (total,) = filled.rows("budget", "finance", "total", department="WATER", category="FUEL", **JULY)
    assert total["spend"] == sum(row["spend"] for row in cells)
    assert filled.rows("budget", "finance", "cells", department="NOBODY", **JULY) == []


def test_what_belongs_to_no_department_can_be_asked_for(filled: Filled) -> None:
    cells = filled.rows("budget", "finance", "cells", department="-", month="2025-09")
    assert [row["department_name"] for row in cells] == ["No department"]


def test_the_closed_month_is_marked_restated_with_before_and_after(filled: Filled) -> None:
    (restated,) = filled.rows("budget", "finance", "restatements", **JULY)
    assert restated["change"] == Decimal(1000)
    (july,) = [row for row in filled.rows("budget", "finance", "months") if row["month"] == dt.date(2025, 7, 1)]
    assert july["status"] == "restated"
    assert any(row["is_restated"] for row in filled.rows("budget", "finance", "cells", **JULY))
    year = filled.rows("budget", "finance", "year", month="2025-09")
    assert [row["is_restated"] for row in year] == [True, False, False]


def test_an_expense_shows_every_version_with_its_batch_and_its_row(filled: Filled) -> None:
    now, former = filled.rows("budget", "finance", "versions", expense=str(filled.small["july"]), **JULY)
    assert (now["version"], now["batch_id"], now["file_name"], now["source_row"]) == (
        "now", filled.batch_id, filled.file_name, 17,
    )  # fmt: skip
    assert now["run_id"] == "a run"
    assert Decimal(str(now["fields"]["amount"])) == 61000
    assert (former["version"], former["operation"]) == ("former", "update")
    assert former["ended_by"]
    assert former["until_at"] is not None
    assert Decimal(str(former["fields"]["amount"])) == 60000


def test_the_drill_down_lists_the_expenses_of_a_cell_largest_first(filled: Filled) -> None:
    rows = filled.rows("budget", "finance", "expenses", department="WATER", category="FUEL", **JULY)
    expected = filled.query(
        "select expense_id from marts.expense_facts where month = '2025-07-01' and department_id = %(department)s "
        "order by amount_base desc nulls first, expense_id",
        department=filled.small["WATER"],
    )
    assert [row["expense_id"] for row in rows] == [row["expense_id"] for row in expected]


def test_the_drill_down_goes_on_from_a_position(filled: Filled) -> None:
    everything = filled.rows("budget", "finance", "expenses", **JULY)
    pieces = [
        row["expense_id"]
        for offset in range(0, len(everything), 2)
        for row in filled.rows("budget", "finance", "expenses", rows="2", offset=str(offset), **JULY)
    ]
    assert pieces == [row["expense_id"] for row in everything]


def test_a_grant_narrows_the_drill_down_to_what_it_bears(filled: Filled) -> None:
    (row,) = filled.rows("budget", "finance", "expenses", grant="G1", **JULY)
    assert row["expense_id"] == filled.small["july"]
    (charged,) = filled.rows("budget", "finance", "charged", grant="G1", **JULY)
    assert (charged["spent"], charged["currency"]) == (Decimal(300), "EUR")


def test_a_grant_is_shown_at_its_last_month(filled: Filled) -> None:
    (grant,) = filled.rows("grants", "finance", "grants")
    (expected,) = filled.query("select * from marts.grant_burn order by month desc limit 1")
    for name in ("month", "budget", "spent_to_date", "unspent", "share_used", "share_of_time", "projected_unspent"):
        assert grant[name] == expected[name], name
    months = filled.rows("grants", "finance", "grant_months", grant="G1")
    assert [row["spent_to_date"] for row in months][-1] == grant["spent_to_date"]
    report = filled.rows("grants", "finance", "report", grant="G1")
    assert sum(row["spent"] for row in report) == grant["spent_to_date"]


def test_the_ingestion_page_counts_what_the_books_hold(filled: Filled) -> None:
    (rates,) = filled.rows("ingestion", "finance", "rates", source="leeds")
    assert (rates["n_batches"], rates["rows_read"], rates["rows_loaded"], rates["rows_rejected"]) == (1, 3, 2, 1)
    assert (rates["success_rate"], rates["failure_rate"]) == (1, 0)
    (code,) = filled.rows("ingestion", "finance", "codes")
    assert (code["code"], code["n_rejects"], code["n_open"]) == ("invalid_date", 1, 1)
    (reject,) = filled.rows("ingestion", "finance", "rejects")
    assert (reject["row_number"], reject["sample"]) == (3, "9999-99-99")
    (batch,) = filled.rows("ingestion", "finance", "batches")
    assert (batch["dag_id"], batch["run_id"]) == ("ingest_validate_load", "a run")


def test_the_checklist_names_what_is_open_and_who_closed(filled: Filled) -> None:
    months = {row["month"]: row for row in filled.rows("close", "finance", "checklists")}
    assert months[dt.date(2025, 9, 1)]["missing_rates"] == 1
    events = filled.rows("close", "finance", "events", month="2025-07")
    assert [(row["event"], row["done_by"]) for row in events] == [
        ("restated", "transform_metrics"), ("closed", "finance"),
    ]  # fmt: skip


def test_the_newest_month_that_has_begun_is_shown_when_none_is_named(filled: Filled) -> None:
    expected = filled.query("select max(month) as month from marts.monthly_spend_vs_budget where month <= now()")
    assert filled.read("budget", "finance")["month"] == expected[0]["month"]


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_warehouse_has_pages_without_rows(make_warehouse, page: str) -> None:
    empty = Filled.__new__(Filled)
    warehouse = make_warehouse()
    empty.small = type("Nothing", (), {"ledger": type("Nothing", (), {"warehouse": warehouse})})()  # type: ignore[assignment]
    answers = empty.read(page, "finance")["answers"]
    # A sum over nothing is one row without figures.
    assert {name for name, table in answers.items() if table["rows"]} <= {"total"}
