"""What the pages say is what SQL says of the same marts."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from include.dashboards.pages import PAGES
from include.dashboards.reading import check_parameters, read_page
from include.errors import NotForReader
from include.schemas.organisation import load_organisation
from include.sql import statement
from tests.conftest import Warehouse
from tests.ui.conftest import Filled, add_batch, add_reject

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
    (kept,) = filled.query("select * from marts.restatements")
    for name in ("budget_before", "budget_after", "spend_original_before", "spend_original_after"):
        assert restated[name] == kept[name] is not None, name
    (july,) = [row for row in filled.rows("budget", "finance", "months") if row["month"] == dt.date(2025, 7, 1)]
    assert july["status"] == "restated"
    assert any(row["is_restated"] for row in filled.rows("budget", "finance", "cells", **JULY))
    year = filled.rows("budget", "finance", "year", month="2025-09")
    assert [row["is_restated"] for row in year] == [True, False, False]


def test_grants_that_a_closed_month_restated_are_shown_with_before_and_after(changing: Filled) -> None:
    ledger = changing.small.ledger
    ledger.add(
        "grants", code="G2", title="Pumps", currency="EUR", amount=Decimal(1000), donor_id=changing.small["DONOR"],
        starts_on=dt.date(2025, 7, 1), ends_on=dt.date(2026, 6, 30), status="active",
    )  # fmt: skip
    ledger.execute(
        "insert into marts.grant_restatements (dag_id, run_id, month, grant_id, grant_budget_line_id, currency, "
        "donor_currency, spent_original_before, spent_original_after, committed_original_before, "
        "committed_original_after, spent_before, spent_after, committed_before, committed_after, batch_ids) "
        "select 'transform_metrics', 'a run', m.month, g.id, l.id, 'KES', 'EUR', 60000, 0, 0, 200, 300, 0, 0, null, '{}' "
        "from core.grants as g left join core.grant_budget_lines as l on l.grant_id = g.id "
        "cross join (values (date '2025-07-01'), (date '2025-08-01')) as m (month)"
    )
    kept = changing.query(
        "select r.*, g.code as grant_code, coalesce(l.name, 'Charged to no line') as budget_line_name "
        "from marts.grant_restatements as r join core.grants as g on r.grant_id = g.id "
        "left join core.grant_budget_lines as l on r.grant_budget_line_id = l.id order by r.grant_restatement_id"
    )
    assert {row["budget_line_name"] for row in kept} == {"Fuel", "Charged to no line"}
    names = ("month", "grant_code", "budget_line_name", "spent_before", "spent_after", "committed_original_after")
    for page, given, months, grants in (
        ("grants", {}, {7, 8}, {"G1", "G2"}),
        ("grants", {"grant": "G1"}, {7, 8}, {"G1"}),
        ("budget", JULY, {7}, {"G1", "G2"}),
        ("budget", {"grant": "G2", **JULY}, {7}, {"G2"}),
    ):
        shown = changing.rows(page, "finance", "grant_restatements", **given)
        expected = [row for row in kept if row["month"].month in months and row["grant_code"] in grants]
        assert [[row[name] for name in names] for row in shown] == [[row[name] for name in names] for row in expected]
        with pytest.raises(NotForReader):
            changing.read(page, "dashboard", "grant_restatements", **given)


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


def test_what_is_asked_often_is_planned_anew_for_the_filters_of_each_time(filled: Filled) -> None:
    page = PAGES["budget"]
    with filled.connect() as connection:
        for _ in range(12):
            for given in (JULY, JULY | {"grant": "G1"}):
                read_page(
                    connection,
                    page,
                    check_parameters(page, given),
                    reader="finance",
                    organisation=load_organisation(),
                )
        plans = connection.execute(
            "select count(*), sum(custom_plans) > 0, sum(generic_plans) from pg_prepared_statements where statement like '%grant%'"
        ).fetchone()
    assert plans is not None
    assert plans[0] > 0
    assert plans[1:] == (True, 0)


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
    assert (row["expense_id"], row["charged"]) == (filled.small["july"], 60_000)
    assert {row["charged"] for row in filled.rows("budget", "finance", "expenses", **JULY)} == {None}
    (charged,) = filled.rows("budget", "finance", "charged", grant="G1", **JULY)
    assert (charged["spent"], charged["currency"]) == (Decimal(300), "EUR")


def test_what_is_charged_to_a_grant_is_nothing_where_it_waits_and_unknown_where_a_rate_is_missing(
    changing: Filled,
) -> None:
    ledger, july = changing.small.ledger, {"expense": changing.small["july"]}
    ledger.execute("update marts.allocation_facts set measure = 'committed' where expense_id = %(expense)s", july)
    (charged,) = changing.rows("budget", "finance", "charged", grant="G1", **JULY)
    assert (charged["spent"], charged["committed"], charged["n_rates_missing"]) == (0, 300, 0)
    ledger.execute(
        "update marts.allocation_facts set amount_donor = null, is_rate_missing = true where expense_id = %(expense)s",
        july,
    )
    (charged,) = changing.rows("budget", "finance", "charged", grant="G1", **JULY)
    assert (charged["spent"], charged["committed"], charged["n_rates_missing"]) == (0, None, 1)


def test_claims_that_wait_have_no_sum_where_a_rate_is_missing(changing: Filled) -> None:
    (whole,) = changing.rows("operations", "finance", "backlog")
    assert (whole["n_to_pay"], whole["amount_base"], whole["n_rates_missing"]) == (1, 2000, 0)
    changing.small.ledger.execute(
        "update marts.expense_facts set submitted_at = '2025-07-02', amount_base = null where status = 'submitted'"
    )
    (waiting,) = changing.rows("operations", "finance", "backlog")
    assert (waiting["n_to_approve"], waiting["n_to_pay"]) == (1, 1)
    assert (waiting["amount_base"], waiting["n_rates_missing"]) == (None, 1)


def test_a_reader_of_aggregates_is_told_where_a_rate_is_missing(filled: Filled) -> None:
    for month in ("2025-07", "2025-09"):
        told = [row["is_rate_missing"] for row in filled.rows("budget", "dashboard", "overview", month=month)]
        kept = filled.query(
            "select is_rate_missing from marts.spend_overview where month = %(month)s", month=f"{month}-01"
        )
        assert sorted(told) == sorted(row["is_rate_missing"] for row in kept)


def test_a_grant_is_shown_at_its_last_month(filled: Filled) -> None:
    (grant,) = filled.rows("grants", "finance", "grants")
    (expected,) = filled.query("select * from marts.grant_burn order by month desc limit 1")
    for name in ("month", "budget", "spent_to_date", "unspent", "share_used", "share_of_time", "projected_unspent"):
        assert grant[name] == expected[name], name
    months = filled.rows("grants", "finance", "grant_months", grant="G1")
    assert [row["spent_to_date"] for row in months][-1] == grant["spent_to_date"]
    report = filled.rows("grants", "finance", "report", grant="G1")
    assert sum(row["spent"] for row in report) == grant["spent_to_date"]


def test_a_grants_spending_outside_of_its_window_and_without_a_rate_is_that_of_all_months(changing: Filled) -> None:
    changing.small.ledger.execute("update marts.grant_burn set n_rates_missing = 2 where month <= '2025-08-01'")
    changing.small.ledger.execute("update marts.grant_burn set spent_outside_window = 7 where month = '2025-08-01'")
    (grant,) = changing.rows("grants", "finance", "grants")
    assert grant["month"] == dt.date(2025, 9, 1)
    assert (grant["spent_outside_window"], grant["n_rates_missing"]) == (300 + 7, 4)


def test_a_long_grant_shows_its_newest_months(changing: Filled) -> None:
    copy_month(changing, "grant_burn", months=100)
    months = [row["month"] for row in changing.rows("grants", "finance", "grant_months", grant="G1")]
    assert len(months) == 100 + 3
    assert months == sorted(months)
    cut = changing.read("grants", "finance", "grant_months", grant="G1", rows="12")["answers"]["grant_months"]
    assert [row[0] for row in cut["rows"]] == months[-12:]
    assert cut["has_more"]


def test_every_month_with_figures_can_be_chosen(changing: Filled) -> None:
    copy_month(changing, "monthly_spend_vs_budget", months=100)
    months = changing.read("budget", "finance", "months")["answers"]["months"]
    (known,) = changing.query("select count(distinct month) as n from marts.monthly_spend_vs_budget")
    assert len(months["rows"]) == known["n"] > 100
    assert not months["has_more"]


def copy_month(filled: Filled, mart: str, months: int) -> None:
    """A row of a mart again in each of so many months from the year 2010 on."""
    filled.small.ledger.execute(
        f"insert into marts.{mart} select (jsonb_populate_record(null::marts.{mart}, to_jsonb(s) || "
        "jsonb_build_object('month', (date '2010-01-01' + make_interval(months => n))::date))).* "
        f"from (select * from marts.{mart} limit 1) as s cross join generate_series(0, %(last)s) as n",
        {"last": months - 1},
    )


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


def test_words_that_no_value_map_knows_are_shown_until_a_newer_profile_read_the_source(changing: Filled) -> None:
    changing.small.ledger.execute(
        "insert into ops.unmapped_values select batch_id, 'category', 'Kitengi', 7 from ops.batches where source = 'leeds'"
    )
    (word,) = changing.rows("ingestion", "finance", "unmapped")
    assert (word["source"], word["field"], word["word"], word["n_rows"]) == ("leeds", "category", "Kitengi", 7)
    assert changing.rows("ingestion", "finance", "unmapped", source="phoenix") == []
    with pytest.raises(NotForReader):
        changing.read("ingestion", "analyst", "unmapped")
    changing.small.ledger.execute(
        "insert into ops.batches (file_id, source, dataset, profile_version, dag_id, run_id, status) "
        "select file_id, source, dataset, profile_version + 1, dag_id, 'later', 'loaded' from ops.batches "
        "where source = 'leeds'"
    )
    assert changing.rows("ingestion", "finance", "unmapped") == []


def test_a_year_of_deliveries_is_shown_up_to_today(changing: Filled) -> None:
    changing.small.ledger.execute(
        "insert into ops.batches (file_id, source, dataset, profile_version, dag_id, run_id, status, rows_read, "
        "rows_inserted, finished_at) select file_id, source, dataset, 1, dag_id, 'run ' || n, status, 1, 1, "
        "now() - make_interval(days => n) from ops.batches cross join generate_series(1, 300) as n"
    )
    days = changing.read("ingestion", "finance", "over_time", days="366")["answers"]["over_time"]
    assert not days["has_more"]
    assert sum(row[1] for row in days["rows"]) == 300 + 3
    starts = [row[0] for row in days["rows"]]
    assert starts == sorted(starts)
    newest = changing.read("ingestion", "finance", "over_time", days="366", rows="10")["answers"]["over_time"]
    assert newest["rows"] == days["rows"][-10:]


def test_rows_that_wait_are_the_same_for_the_pages_the_checklist_and_replay(changing: Filled) -> None:
    warehouse = changing.warehouse
    for name, status in (("rehearsed", "dry_run"), ("back", "withdrawn"), ("replaced", "replaced"), ("old", "loaded")):
        batch = add_batch(warehouse, f"{name}.csv", status, is_rehearsal=name == "rehearsed")
        add_reject(warehouse, batch, f"{name}.csv")
    changing.small.ledger.execute("update ops.files set original_removed_at = now() where name = 'old.csv'")
    newest = add_batch(warehouse, changing.file_name, run_id="a later run")
    add_reject(warehouse, newest, changing.file_name)
    refused = add_batch(warehouse, changing.file_name, "failed", run_id="a dry run", is_rehearsal=True)
    add_reject(warehouse, refused, changing.file_name)

    assert [batch["batch_id"] for batch in to_replay(warehouse)] == [newest]
    assert [row["batch_id"] for row in changing.rows("ingestion", "finance", "rejects")] == [newest]
    (code,) = changing.rows("ingestion", "finance", "codes")
    assert (code["n_open"], code["n_rejects"]) == (1, 5), "all but the rehearsals' were rejected"
    assert sum(row["n_failed"] for row in changing.rows("ingestion", "finance", "rates")) == 0
    july = next(row for row in changing.rows("close", "finance", "checklists") if row["month"] == dt.date(2025, 7, 1))
    assert july["open_rejects"] == 1


def to_replay(warehouse: Warehouse) -> list[dict[str, Any]]:
    """What `make rejects` would write out."""
    with psycopg.connect(warehouse.dsn("svc_pipeline"), row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute(statement("replay/select_open_rejects"), {"source": "leeds"}).fetchall()


def test_older_months_can_be_reached_for_closing(changing: Filled) -> None:
    changing.small.ledger.execute(
        "insert into core.accounting_periods (month) "
        "select (date '2015-01-01' + make_interval(months => n))::date from generate_series(0, 99) as n"
    )
    shown = changing.read("close", "finance", "checklists")["answers"]["checklists"]
    assert (len(shown["rows"]), shown["has_more"]) == (24, True)
    everything = changing.read("close", "finance", "checklists", months="600")["answers"]["checklists"]
    assert (len(everything["rows"]), everything["has_more"]) == (100 + 3, False)
    assert everything["rows"][:24] == shown["rows"]


@pytest.mark.parametrize("answer", ["headcount", "leave"])
def test_a_list_of_months_that_is_too_long_keeps_its_newest(filled: Filled, answer: str) -> None:
    whole = filled.read("operations", "operations", answer, month="2025-09")["answers"][answer]["rows"]
    cut = filled.read("operations", "operations", answer, month="2025-09", rows="1")["answers"][answer]
    assert len({row[0] for row in whole}) > 1
    assert cut == {"columns": cut["columns"], "rows": whole[-1:], "has_more": True}


def test_claims_are_timed_as_their_mart_has_them(filled: Filled) -> None:
    (july,) = filled.rows("operations", "finance", "reimbursement", month="2025-09")
    (kept,) = filled.query("select * from marts.reimbursement_months")
    assert july == {name: kept[name] for name in july}


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
