"""Absences without a year, without names, with a month that is none."""

import csv
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

from tests.real.home import Home

FILE = "hr/uci_absenteeism/Absenteeism_at_work.csv"


def test_every_absence_comes_home_as_leave_of_its_month(home: Home, data: Path) -> None:
    with (data / FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    n: Counter[int] = Counter()
    hours: defaultdict[int, Decimal] = defaultdict(Decimal)
    for row in rows:
        month = int(row["Month of absence"])
        n[month] += 1
        hours[month] += Decimal(row["Absenteeism time in hours"])
    refused = n.pop(0)

    loaded = home.query(
        "select extract(month from starts_on)::int as month, count(*) as n, sum(hours) as hours, "
        "bool_and(is_month_only) as month_only, bool_and(ends_on = starts_on + interval '1 month' - interval '1 day') "
        "as whole, min(extract(year from starts_on))::int as first, max(extract(year from ends_on))::int as last "
        "from core.leave_applications where source = 'absenteeism' group by 1"
    )

    assert {row["month"]: row["n"] for row in loaded} == n
    assert {row["month"]: row["hours"] for row in loaded} == {month: hours[month] for month in n}
    assert all(row["month_only"] and row["whole"] for row in loaded)
    assert {(row["first"], row["last"]) for row in loaded} == {(2009, 2009)}
    (batch,) = home.batches(source="absenteeism", dataset="leave_applications")
    assert (batch["rows_read"], batch["rows_rejected"]) == (len(rows), refused)


def test_the_people_come_from_the_same_file_and_only_by_number(home: Home, data: Path) -> None:
    with (data / FILE).open(encoding="utf-8", newline="") as file:
        numbers = {f"UCI-{row['ID']}" for row in csv.DictReader(file, delimiter=";")}
    people = home.query("select employee_no, full_name, email, phone from core.users where source = 'absenteeism'")
    assert {person["employee_no"] for person in people} == numbers
    assert all(person["full_name"] == f"Employee {person['employee_no']}" for person in people)
    assert all(person["email"] is None and person["phone"] is None for person in people)


def test_no_diagnosis_is_taken_in(home: Home) -> None:
    (row,) = home.query("select count(reason) as n from core.leave_applications where source = 'absenteeism'")
    assert row["n"] == 0
