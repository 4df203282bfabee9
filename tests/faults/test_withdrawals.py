"""A batch loaded by mistake is taken back: as if it had never come, but for what others did since."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from include.errors import BadConfiguration
from include.ingest.loading import Loaded
from include.ingest.withdrawing import Withdrawn, withdraw_batch
from tests.conftest import ROOT
from tests.faults.invariants import check
from tests.faults.road import DAG, Road, amounts, row

BY_DEPARTMENT = """
source: ledger
title: A ledger by department
version: 1
reads:
  - files: "ledger_*"
    datasets:
      - dataset: expenses
        key: [external_id]
        creates: [department, category]
        columns: {external_id: nr, spent_on: day, amount: amount, department: who, category: what}
        constants: {origin: ledger, status: posted, currency: KES, kind: payment, cost_centre: X}
"""


def withdraw(road: Road, batch: Any, by: str = "finance") -> Withdrawn:
    with psycopg.connect(road.dsn) as connection:
        return withdraw_batch(
            connection, str(batch), dag_id=DAG, run_id=f"w{next(road.numbers)}", withdrawn_by=by, timezone="UTC"
        )


def batch_of(road: Road, name: str) -> str:
    (batch,) = road.query(
        "select batch_id from ops.batches inner join ops.files using (file_id) where name = %s and status = 'loaded'",
        [f"ledger_{name}"],
    )
    return str(batch["batch_id"])


def test_rows_that_it_inserted_are_deleted_and_those_that_it_changed_are_as_before(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1), row("B", 2, what="taxi"))
    (before,) = road.query("select * from core.expenses where source_key = 'B'")
    road.bring("2026-03-02.csv", row("B", 20, day="2026-02-07", what="bus"), row("C", 30))
    outcome = withdraw(road, batch_of(road, "2026-03-02.csv"))
    assert (outcome.deleted, outcome.restored, outcome.kept) == (1, 1, 0)
    check(road.query, truth=amounts({"A": 1, "B": 2}))
    (after,) = road.query("select * from core.expenses where source_key = 'B'")
    assert after == before
    months = road.query("select month::text, version from ops.affected_periods where dataset = 'expenses' order by 1")
    assert months == [{"month": "2026-02-01", "version": 2}, {"month": "2026-03-01", "version": 3}]


def test_the_books_say_who_took_back_what_and_when(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    batch = batch_of(road, "2026-03-01.csv")
    withdraw(road, batch, by="amina")
    (taken,) = road.query("select * from ops.batches where batch_id = %s", [batch])
    assert (taken["status"], taken["withdrawn_by"], taken["withdrawn_at"] is None) == ("withdrawn", "amina", False)
    (own,) = road.query("select * from ops.batches where batch_id = %s", [taken["withdrawal_batch_id"]])
    assert (own["status"], own["rows_deleted"], own["rows_loaded"]) == ("withdrawn", 1, 0)
    assert own["warnings"][0] | {"batch": batch, "rows_deleted": "1"} == own["warnings"][0]
    assert road.query(
        "select amount_loaded, currency from ops.batch_amounts where batch_id = %s", [own["batch_id"]]
    ) == [{"amount_loaded": -1, "currency": "KES"}]
    (version,) = road.query("select ended_by_batch_id from core.row_versions where table_name = 'expenses'")
    assert version == {"ended_by_batch_id": own["batch_id"]}


def test_what_a_later_batch_changed_stays_and_is_told(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1), row("B", 1))
    road.bring("2026-03-02.csv", row("B", 2))
    outcome = withdraw(road, batch_of(road, "2026-03-01.csv"))
    assert (outcome.deleted, outcome.restored, outcome.kept) == (1, 0, 1)
    check(road.query, truth=amounts({"B": 2}))


def test_what_a_later_delivery_holds_as_well_stays(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1), row("B", 1))
    road.bring("2026-03-02.csv", row("A", 1), row("C", 1))
    assert withdraw(road, batch_of(road, "2026-03-01.csv")).kept == 1
    check(road.query, truth=amounts({"A": 1, "C": 1}))
    withdraw(road, batch_of(road, "2026-03-02.csv"))
    check(road.query, truth={})


def test_a_correction_that_was_confirmed_before_it_came_is_taken_back_all_the_same(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    road.bring("2026-03-02.csv", row("A", 1), row("B", 1))
    road.bring("2026-03-03.csv", row("A", 3))
    withdraw(road, batch_of(road, "2026-03-03.csv"))
    check(road.query, truth=amounts({"A": 1, "B": 1}))


def test_what_a_person_changed_since_stays(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1), row("B", 1))
    with psycopg.connect(road.admin_dsn) as connection:
        connection.execute("update core.expenses set description = 'checked' where source_key = 'A'")
    assert withdraw(road, batch_of(road, "2026-03-01.csv")).kept == 1
    check(road.query, truth=amounts({"A": 1}))


@pytest.mark.parametrize("order", [("2026-03-02.csv", "2026-03-03.csv"), ("2026-03-03.csv", "2026-03-02.csv")])
def test_two_batches_taken_back_in_any_order_leave_the_first(road: Road, order: tuple[str, str]) -> None:
    for number in (1, 2, 3):
        road.bring(f"2026-03-0{number}.csv", row("A", number))
    for name in order:
        withdraw(road, batch_of(road, name))
    check(road.query, truth=amounts({"A": 1}))


def test_a_snapshot_s_deletions_are_undone(make_road: Callable[..., Road]) -> None:
    road = make_road(snapshot="true")
    road.bring("2026-03-01.csv", row("A", 1), row("B", 1), row("C", 1))
    road.bring("2026-03-02.csv", row("A", 1), row("B", 2))
    assert withdraw(road, batch_of(road, "2026-03-02.csv")).restored == 2
    check(road.query, truth=amounts({"A": 1, "B": 1, "C": 1}))


def test_taking_back_twice_changes_nothing_more(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    batch = batch_of(road, "2026-03-01.csv")
    assert not withdraw(road, batch).is_repeated
    rows = road.query("select * from core.expenses")
    assert withdraw(road, batch).is_repeated
    assert road.query("select * from core.expenses") == rows
    assert road.query("select count(*) as n from ops.batches") == [{"n": 2}]


def test_the_same_bytes_may_be_loaded_again_on_purpose(road: Road) -> None:
    road.bring("2026-03-01.csv", row("A", 1))
    withdraw(road, batch_of(road, "2026-03-01.csv"))
    assert road.travel().batches == [], "not by itself"
    assert road.bring("2026-03-01.csv", row("A", 1)) == Loaded("loaded", updated=1)
    check(road.query, truth=amounts({"A": 1}))


def test_an_older_delivery_may_bring_the_row_that_was_taken_back(road: Road) -> None:
    road.bring("2026-03-03.csv", row("A", 3))
    withdraw(road, batch_of(road, "2026-03-03.csv"))
    road.bring("2026-03-01.csv", row("A", 1))
    check(road.query, truth=amounts({"A": 1}))


def test_a_batch_without_money_or_months_is_taken_back_too(road: Road) -> None:
    (road.folder / "profiles" / "sample.yaml").write_text((ROOT / "include/sources/sample.yaml").read_text())
    header = "code,name,cost_centre,is_active,parent"
    road.drop("sample", "departments_2026-01.csv", f"{header}\nD1,Water,,true,\nD2,Health,,true,D1\n")
    road.travel()
    road.drop("sample", "departments_2026-02.csv", f"{header}\nD2,Wellbeing,,true,\nD3,Law,,true,D2\n")
    road.travel()
    (batch,) = road.query(
        "select batch_id from ops.batches inner join ops.files using (file_id) where name = 'departments_2026-02.csv'"
    )
    outcome = withdraw(road, batch["batch_id"])
    assert (outcome.deleted, outcome.restored, outcome.kept) == (1, 1, 0)
    left = road.query(
        "select d.name, p.name as parent from core.departments as d left join core.departments as p on d.parent_id = p.id "
        "where d.deleted_at is null order by d.code"
    )
    assert left == [{"name": "Water", "parent": None}, {"name": "Health", "parent": "Water"}]


def test_a_vendor_that_was_taken_back_comes_back_with_the_payment_that_names_it(road: Road) -> None:
    (road.folder / "profiles" / "sample.yaml").write_text((ROOT / "include/sources/sample.yaml").read_text())
    header = "code,name,tax_number,country,is_active"
    road.drop("sample", "vendors_2026-01.csv", f"{header}\nV1,Acme,,KE,true\nV2,Other,,KE,true\n")
    road.travel()
    (batch,) = road.query("select batch_id from ops.batches where dataset = 'vendors'")
    withdraw(road, batch["batch_id"])
    assert road.bring("2026-03-01.csv", row("A", 1), row("B", 2, who="v1"), row("C", 3, who="New")).inserted == 3
    left = road.query(
        "select code, is_unreviewed, (select count(*)::int from core.row_versions as h where h.row_id = v.id) as versions "
        "from core.vendors as v where deleted_at is null order by code"
    )
    assert left == [
        {"code": "V1", "is_unreviewed": True, "versions": 2},
        {"code": "new", "is_unreviewed": True, "versions": 0},
    ], "Acme by its name and by its code; Other stays as it is"
    (road.folder / "profiles" / "ledger.yaml").write_text(BY_DEPARTMENT)
    road.drop("sample", "departments_2026-01.csv", "code,name,cost_centre,is_active,parent\nD1,Water,,true,\n")
    road.drop("sample", "categories_2026-01.csv", "code,name,account_code,is_active,parent\nC1,Travel,,true,\n")
    for one in road.travel().batches:
        withdraw(road, one["batch_id"])
    assert road.bring("2026-03-02.csv", row("D", 4, who="Water", what="c1")).inserted == 1
    for table in ("departments", "categories"):
        assert road.query(f"select is_unreviewed from core.{table} where deleted_at is null") == [
            {"is_unreviewed": True}
        ]


def test_what_never_came_home_cannot_be_taken_back(road: Road) -> None:
    with pytest.raises(BadConfiguration) as unknown:
        withdraw(road, "00000000-0000-0000-0000-000000000000")
    assert unknown.value.code == "unknown_batch"
    assert road.bring("2026-03-01.csv", "A,no date,x,ACME,").status == "failed:too_many_rejects"
    (batch,) = road.query("select batch_id from ops.batches")
    with pytest.raises(BadConfiguration) as failed:
        withdraw(road, batch["batch_id"])
    assert failed.value.code == "nothing_to_withdraw"
