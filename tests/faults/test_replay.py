"""Rejected rows go out, are mended, come home once, and their rejects are closed by the batch that mended them."""

import csv
import io
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from include.ingest.loading import Loaded
from include.ingest.mended import MendedName, marked, mended_name, unmarked
from include.ingest.replay import Export, Refused, export_rejects, find_refused
from tests.conftest import ROOT
from tests.faults.invariants import check
from tests.faults.road import HEADER, Road, amounts, row, write_profile

GOOD = [row(f"G{number}", number) for number in range(1, 5)]
TRUTH = {f"G{number}": number for number in range(1, 5)}


def export(road: Road, source: str = "ledger") -> list[Export]:
    with psycopg.connect(road.dsn) as connection:
        return export_rejects(connection, source, road.folder / "rejects", exported_by="finance")


def read(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def send_back(road: Road, path: Path, change: Callable[[str], str], *, encoding: str = "utf-8-sig") -> Loaded:
    """Mend an exported file, as a person with a spreadsheet does, and drop it into the inbox."""
    road.drop("ledger", path.name, change(path.read_text(encoding="utf-8-sig")).encode(encoding))
    outcome = road.travel()
    (end,) = outcome.ends
    return outcome.loads[-1] if outcome.loads else Loaded(":".join(filter(None, end)))


def _replacing(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def open_rejects(road: Road) -> int:
    (count,) = road.query(
        "select count(*) as n from ops.rejects where mended_by_batch_id is null and carried_to_batch_id is null"
    )
    return int(count["n"])


def test_a_mended_row_comes_home_and_closes_its_reject(road: Road) -> None:
    road.bring("2026-03-01.csv", *GOOD, row("B1", "12x"), row("B2", "7", day="2026-02-30"))
    (exported,) = export(road)
    assert exported.rows == 2
    outcome = send_back(road, exported.path, lambda text: text.replace("12x", "12").replace("2026-02-30", "2026-02-28"))
    assert outcome == Loaded("loaded", inserted=2)
    check(road.query, truth=amounts(TRUTH | {"B1": 12, "B2": 7}))
    closed = road.query(
        "select distinct f.name from ops.rejects inner join ops.batches as b on mended_by_batch_id = b.batch_id "
        "inner join ops.files as f using (file_id) where mended_at is not null"
    )
    assert closed == [{"name": exported.path.name}]
    assert (open_rejects(road), export(road)) == (0, [])


def test_the_export_holds_the_cells_as_they_came_and_is_for_its_owner_only(road: Road) -> None:
    road.bring("2026-03-01.csv", *GOOD, row("B1", "12x", what='=cmd|"/C calc"'), row("B2", "-5x", who="@SUM(A1)"))
    (exported,) = export(road)
    header, first, second = read(exported.path)
    assert header == ["reject_id", "row_number", "field", "code", *HEADER.split(",")]
    assert first[1:] == ["6", "amount", "invalid_amount", "B1", "2026-03-05", "12x", "ACME", '\'=cmd|"/C calc"']
    assert second[5:] == ["2026-03-05", "'-5x", "'@SUM(A1)", ""]
    assert stat.S_IMODE(exported.path.stat().st_mode) == 0o600
    (noted,) = road.query("select kind, n_rows, exported_by, file_name from ops.exports")
    assert noted == {"kind": "rejects", "n_rows": 2, "exported_by": "finance", "file_name": exported.path.name}


def test_a_formula_comes_home_as_it_was_written(road: Road) -> None:
    road.bring("2026-03-01.csv", *GOOD, row("B1", "12x", what="=1+1"))
    (exported,) = export(road)
    send_back(road, exported.path, lambda text: text.replace("12x", "12"))
    assert road.query("select description from core.expenses where source_key = 'B1'") == [{"description": "=1+1"}]


@pytest.mark.parametrize("cell", ["=1", "'=1", "''=1", "-5", "-5x", "'x", "@", "plain", "", "\t1", "'"])
def test_marking_a_cell_can_be_undone(cell: str) -> None:
    assert unmarked(marked(cell)) == cell


def test_what_is_still_bad_goes_on_as_a_reject_of_the_mended_file(road: Road) -> None:
    road.bring("2026-03-01.csv", *GOOD, row("B1", "12x"), row("B2", "13x"))
    (exported,) = export(road)
    outcome = send_back(road, exported.path, lambda text: text.replace("12x", "12").replace("13x", "13y"))
    assert (outcome.inserted, open_rejects(road)) == (1, 1)
    (again,) = export(road)
    assert mended_name(again.path.name).original == "ledger_2026-03-01.csv"  # type: ignore[union-attr]
    assert send_back(road, again.path, lambda text: text.replace("13y", "13")).inserted == 1
    check(road.query, truth=amounts(TRUTH | {"B1": 12, "B2": 13}))
    assert open_rejects(road) == 0


def test_a_spreadsheet_may_save_it_with_semicolons_and_in_its_own_encoding(road: Road) -> None:
    road.bring("2026-03-01.csv", *GOOD, row("B1", "12x", who="Café"))
    (exported,) = export(road)
    send_back(road, exported.path, lambda text: text.replace("12x", "12").replace(",", ";"), encoding="cp1252")
    assert road.query("select name from core.vendors where name like 'Caf%%'") == [{"name": "Café"}]


def test_mending_a_row_twice_counts_once(make_road: Callable[..., Road]) -> None:
    road = make_road(key="")
    road.bring("2026-03-01.csv", *GOOD, row("B1", "12x"))
    (exported,) = export(road)
    assert send_back(road, exported.path, lambda text: text.replace("12x", "12")).inserted == 1
    assert send_back(road, exported.path, lambda text: text.replace("12x", "12.00")) == Loaded("loaded", superseded=1)
    assert len(road.expenses()) == 5


def test_a_mended_payment_like_another_one_is_a_payment_of_its_own(make_road: Callable[..., Road]) -> None:
    road = make_road(key="")
    alike = [row("P", 5)] * 2
    road.bring("2026-03-01.csv", *alike, row("P", "5x"), row("P", "5y"))
    (exported,) = export(road)
    assert send_back(road, exported.path, lambda text: text.replace("5x", "5")).inserted == 1
    (again,) = export(road)
    assert send_back(road, again.path, lambda text: text.replace("5y", "5")).inserted == 1
    assert road.bring("2026-03-02.csv", *[row("P", 5)] * 4) == Loaded("loaded", unchanged=4), "as in a file made whole"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WIDE = """
source: ledger
title: A column per month, without a key
version: 1
reads:
  - files: "ledger_*"
    delivered: '(?P<year>[0-9]{4})'
    datasets:
      - dataset: expenses
        reject_limit: 0.5
        creates: [vendor]
        columns: {vendor: vendor}
        unpivot: {columns: "^(?P<month>[A-Z][a-z][a-z])$", value: amount, field: spent_on}
        constants: {origin: ledger, status: posted, currency: KES, kind: payment}
"""


def wide_file(road: Road, *records: str) -> None:
    (road.folder / "profiles" / "ledger.yaml").write_text(WIDE)
    road.drop("ledger", "ledger_2025.csv", "\n".join([f"vendor,{','.join(MONTHS)}", *records, ""]))
    assert road.travel().ends == [("loaded", None)]


def spent(road: Road) -> dict[int, int]:
    """How much was spent in each month."""
    found = road.query(
        "select extract(month from spent_on)::int as month, sum(amount)::int as amount from core.expenses "
        "where deleted_at is null group by 1"
    )
    return {row["month"]: row["amount"] for row in found}


def test_of_a_mended_record_of_a_wide_table_only_the_bad_months_come_home(road: Road) -> None:
    year = dict(zip(range(1, 13), range(1, 13), strict=True))
    wide_file(road, "ACME,1,2,3x,4,5,6,7y,8,9,10,11,12")
    assert spent(road) == {month: n for month, n in year.items() if month not in (3, 7)}
    (exported,) = export(road)
    assert send_back(road, exported.path, _replacing("3x", "3")) == Loaded("loaded", inserted=1)
    (again,) = export(road)
    too_late = send_back(road, exported.path, lambda text: text.replace("3x", "3").replace("7y", "7"))
    assert too_late == Loaded("loaded", superseded=2), "the first export, once more: March is home, July goes on"
    assert send_back(road, again.path, _replacing("7y", "7")) == Loaded("loaded", inserted=1)
    assert (spent(road), len(road.expenses()), open_rejects(road)) == (year, 12, 0)
    check(road.query)


def test_a_month_that_was_mended_to_nothing_brings_no_other_month_home(road: Road) -> None:
    wide_file(road, "ACME,1,2,3x,4,,6,7,8,9,10,11,12")
    (exported,) = export(road)
    assert send_back(road, exported.path, _replacing("3x", "")) == Loaded("loaded")
    assert (sum(spent(road).values()), open_rejects(road)) == (70, 0)


def test_a_mended_record_of_a_wide_table_like_another_one_takes_nothing_from_it(road: Road) -> None:
    wide_file(road, "ACME,1,2,3,4,5,6,7,8,9,10,11,12", "ACME,1,2,3,4,5,6,7x,8,9,10,11,12")
    (exported,) = export(road)
    assert send_back(road, exported.path, _replacing("7x", "7")) == Loaded("loaded", inserted=1)
    assert spent(road) == {month: 2 * month for month in range(1, 13)}


def test_a_mended_row_is_as_old_as_the_file_it_was_rejected_from(road: Road) -> None:
    road.bring("2026-03-01.csv", *GOOD, row("B1", "1x"))
    road.bring("2026-03-02.csv", row("B1", 2))
    (exported,) = export(road)
    assert send_back(road, exported.path, lambda text: text.replace("1x", "1")) == Loaded("loaded", superseded=1)
    check(road.query, truth=amounts(TRUTH | {"B1": 2}))


def test_mending_rows_of_a_snapshot_deletes_none(make_road: Callable[..., Road]) -> None:
    road = make_road(snapshot="true")
    road.bring("2026-03-01.csv", *GOOD, row("B1", "1x"))
    (exported,) = export(road)
    assert send_back(road, exported.path, lambda text: text.replace("1x", "1")) == Loaded("loaded", inserted=1)
    check(road.query, truth=amounts(TRUTH | {"B1": 1}))


def test_a_row_that_does_not_say_what_it_mends_is_refused_with_its_file(road: Road) -> None:
    road.bring("2026-03-01.csv", *GOOD, row("B1", "1x"))
    (exported,) = export(road)
    (reject,) = road.query("select reject_id from ops.rejects")
    number = str(reject["reject_id"])
    for change, code in (("", "missing_reference"), ("424242", "unknown_reject")):
        ended = send_back(road, exported.path, _replacing(f"\n{number},", f"\n{change},"))
        assert ended.status == f"failed:{code}"
    assert open_rejects(road) == 1
    check(road.query, truth=amounts(TRUTH))


def test_rejects_that_load_under_a_new_version_of_the_profile_are_closed(road: Road) -> None:
    road.bring("2026-03-01.csv", *GOOD, row("B1", "1x"), row("B2", "2y"))
    rows = road.query("select row_number from ops.rejects order by 1")
    assert [each["row_number"] for each in rows] == [6, 7]
    write_profile(road.folder / "profiles", "ledger", version=2)
    path = road.folder / "profiles" / "ledger.yaml"
    path.write_text(path.read_text().replace("amount: amount", 'amount: {from: amount, strip: "x$"}'))
    outcome = road.travel()
    assert outcome.loads == [Loaded("loaded", inserted=1, unchanged=4)]
    closed = road.query(
        "select mended_by_batch_id is null as waits from ops.rejects where carried_to_batch_id is null order by row_number"
    )
    assert closed == [{"waits": False}, {"waits": True}], "one still waits, as a reject of the new batch"
    assert open_rejects(road) == 1


def test_reading_a_file_anew_does_not_open_rejects_that_were_mended(road: Road) -> None:
    road.bring("2026-03-01.csv", *GOOD, row("B1", "1x"))
    (exported,) = export(road)
    send_back(road, exported.path, lambda text: text.replace("1x", "1"))
    assert road.travel(reprocess=True).loads[0] == Loaded("loaded", unchanged=4)
    assert open_rejects(road) == 0


def test_rows_that_named_somebody_unknown_come_home_unmended_once_they_are_known(road: Road) -> None:
    profiles = road.folder / "profiles"
    (profiles / "sample.yaml").write_text((ROOT / "include/sources/sample.yaml").read_text())
    claims = "external_id,origin,kind,status,spent_on,amount,currency,description,cost_centre,account_code,document_no,receipt_no,submitted_at,approved_at,paid_at,department,category,vendor,employee,approver"
    people = "employee_no,full_name,email,phone,job_title,monthly_salary,salary_currency,approval_limit,hired_on,left_on,is_active,department,manager"
    files = {
        "departments_2026-01.csv": ("code,name,cost_centre,is_active,parent", "D1,Water,,true,"),
        "categories_2026-01.csv": ("code,name,account_code,is_active,parent", "C1,Travel,,true,"),
        "users_2026-01.csv": (people, "E1,Somebody,,,,,,,,,true,D1,"),
        "expenses_2026-02.csv": (
            claims,
            *[f"X{n},app,claim,approved,2026-02-05,1.00,KES,Taxi,,,,,,,,D1,C1,,E1," for n in range(40)],
            "X99,app,claim,approved,2026-02-05,1.00,KES,Taxi,,,,,,,,D1,C1,,E2,",
        ),
        "users_2026-03.csv": (people, "E2,Somebody else,,,,,,,,,true,D1,"),
    }
    for name, lines in files.items():
        road.drop("sample", name, "\n".join([*lines, ""]))
        assert road.travel().ends == [("loaded", None)]
    assert open_rejects(road) == 1
    (exported,) = export(road, "sample")
    road.drop("sample", exported.path.name, exported.path.read_bytes())
    assert road.travel().loads == [Loaded("loaded", inserted=1)]
    assert open_rejects(road) == 0


def test_a_refused_file_is_named_to_come_again_whole_and_leaves_no_reject_open_then(road: Road) -> None:
    bad = [row(f"B{number}", "1x") for number in range(1, 6)]
    assert road.bring("2026-03-01.csv", *GOOD, *bad).status == "failed:too_many_rejects"
    assert export(road) == [], "mending these rows would leave the good ones behind"
    with psycopg.connect(road.dsn) as connection:
        (refused,) = find_refused(connection, "ledger")
    assert refused == Refused("ledger_2026-03-01.csv", "expenses", "too_many_rejects", 5)
    assert road.bring("2026-03-01.csv", *[each.replace("1x", "1") for each in [*GOOD, *bad]]).inserted == 9
    assert open_rejects(road) == 0
    with psycopg.connect(road.dsn) as connection:
        assert find_refused(connection, "ledger") == []


def test_a_run_repeated_after_its_file_was_replaced_is_whole_and_the_bad_file_is_not_tried_again(road: Road) -> None:
    road.ledger("2026-03-01.csv", row("B1", "1x"))
    assert road.travel("the day's run").ends == [("failed", "too_many_rejects")]
    road.ledger("2026-03-01.csv", row("B1", 1))
    again = road.travel("the day's run")
    assert sorted(batch["status"] for batch in again.batches) == ["loaded"]
    assert road.query("select status from ops.batches order by collected_at limit 1") == [{"status": "replaced"}]
    assert road.travel().batches == []
    assert open_rejects(road) == 0
    check(road.query, truth=amounts({"B1": 1}))


def test_a_file_dropped_again_after_its_cause_was_mended_is_looked_at_again(road: Road) -> None:
    assert road.bring("2026-03-01.csv", row("B1", "1x")).status == "failed:too_many_rejects"
    write_profile(road.folder / "profiles", "ledger", reject_limit=1)
    assert road.travel().batches == []
    assert road.bring("2026-03-01.csv", row("B1", "1x")).status == "loaded"


def test_the_name_of_a_very_long_file_still_fits(road: Road) -> None:
    name = str(MendedName("expenses", "0123456789ab", f"ledger_{'x' * 300}_2026-03-01.csv"))
    assert len(name.encode()) <= 240
    parts = mended_name(name)
    assert parts is not None
    assert parts.original.startswith("ledger_")
    assert parts.original.endswith("_2026-03-01.csv")
