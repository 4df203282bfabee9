"""What lies in the inbox: the counts that were asked for, the same bytes each time, nothing of a real person."""

import datetime as dt
import hashlib
import json
import re
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from scripts.sample.__main__ import main, make_sample
from scripts.sample.days import islamic_day, month_end
from scripts.sample.delivery import DATASETS
from tests.sample.conftest import SEED, TODAY, Sample


def test_the_same_day_and_seed_make_the_same_bytes(sample: Sample, tmp_path: Path) -> None:
    again = make_sample(tmp_path / "again", TODAY, SEED)
    other = make_sample(tmp_path / "other", TODAY, SEED + 1)

    assert json.dumps(again) == json.dumps(sample.truth)
    assert {p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()} == {
        p.name: p.read_bytes() for p in sample.folder.iterdir()
    }
    assert other["datasets"] != sample.truth["datasets"]


def test_it_is_as_large_as_promised(sample: Sample) -> None:
    rows = {dataset: facts["rows"] for dataset, facts in sample.truth["datasets"].items()}
    assert list(rows) == list(DATASETS)
    assert (rows["departments"], rows["categories"], rows["users"]) == (8, 12, 60)
    assert (rows["donors"], rows["grants"], rows["sites"], rows["meters"]) == (4, 6, 3, 3)
    assert 11_500 <= rows["expenses"] <= 12_700
    assert 100_000 <= rows["meter_readings"] <= 108_000
    assert set(sample.truth["datasets"]["expenses"]["sums"]) == {"EUR", "KES", "USD"}
    months = {row["spent_on"][:7] for row in sample.good_rows("expenses")}
    assert len(months) == 25
    assert (min(months), max(months)) == ("2024-11", "2026-11")


def test_history_comes_by_month_and_the_last_week_by_day(sample: Sample) -> None:
    names = [file["file"] for file in sample.truth["files"] if file["dataset"] == "expenses"]
    monthly = [name for name in names if re.fullmatch(r"expenses_\d{4}-\d{2}\.csv", name)]
    daily = [name for name in names if name not in monthly]

    assert (len(monthly), monthly[0], monthly[-1]) == (24, "expenses_2024-11.csv", "expenses_2026-10.csv")
    assert daily[0] == "expenses_2026-11-15.csv", "the running month as it stood before the daily files began"
    assert daily[1:] == [
        f"expenses_2026-11-{day}.csv" for day in range(16, 23) if f"expenses_2026-11-{day}.csv" in names
    ]
    assert len(daily) >= 6
    readings = [file["file"] for file in sample.truth["files"] if file["dataset"] == "meter_readings"]
    assert readings[-7:] == [f"meter_readings_2026-11-{day}.csv" for day in range(16, 23)]


def test_the_truth_names_the_files_as_they_are(sample: Sample) -> None:
    told = {file["file"]: file["sha256"] for file in sample.truth["files"] + sample.truth["duplicate_files"]}
    lying = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sample.folder.iterdir()}
    assert lying == told
    for file in sample.truth["files"]:
        assert len(sample.records(file["file"])) == file["read"] + 1, file["file"]
    assert len({file["sha256"] for file in sample.truth["files"]}) == len(sample.truth["files"])
    for copy in sample.truth["duplicate_files"]:
        assert (sample.folder / copy["file"]).read_bytes() == (sample.folder / copy["same_as"]).read_bytes()


def test_references_arrive_before_what_refers_to_them(sample: Sample) -> None:
    known: dict[str, set[str]] = defaultdict(set)
    bad = {(reject["file"], reject["row"]) for reject in sample.truth["rejects"]}
    keys = {"departments": "code", "categories": "code", "vendors": "code", "users": "employee_no", "grants": "code",
            "donors": "code", "expenses": "external_id", "sites": "code", "meters": "code"}  # fmt: skip
    targets = {"department": "departments", "category": "categories", "employee": "users", "approver": "users",
               "vendor": "vendors", "expense": "expenses", "grant": "grants", "donor": "donors", "manager": "users",
               "approved_by": "users", "site": "sites", "meter": "meters"}  # fmt: skip
    for file in sorted(sample.truth["files"], key=lambda f: (f["delivered_to"], DATASETS.index(f["dataset"]))):
        header, *records = sample.records(file["file"])
        for number, cells in enumerate(records, start=2):
            if (file["file"], number) in bad:
                continue
            row = dict(zip(header, cells, strict=True))
            if file["dataset"] in keys:
                known[file["dataset"]].add(row[keys[file["dataset"]]])
            for field, target in targets.items():
                if row.get(field) and row[field] not in sample.truth["unreviewed_vendors"]:
                    assert row[field] in known[target], (file["file"], number, field)


def test_every_address_is_at_an_example_domain(sample: Sample) -> None:
    addresses = {
        address
        for path in sample.folder.iterdir()
        for address in re.findall(r"[^\s,\"]+@[^\s,\"]+", path.read_text(encoding="utf-8"))
    }
    assert len(addresses) == 60
    assert all(address.endswith("@tumaini.example.org") for address in addresses)


def test_allocations_sum_to_their_expense_to_the_cent(sample: Sample) -> None:
    expenses = sample.final_rows("expenses", "external_id")
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in sample.final_rows("expense_allocations", "expense", "grant", "grant_budget_line").values():
        sums[row["expense"]] += Decimal(row["amount"])
        assert row["currency"] == expenses[row["expense"],]["currency"]
    assert len(sums) > 3_000
    assert {key: Decimal(expenses[key,]["amount"]) for key in sums} == sums


def test_amounts_agree_with_the_truth(sample: Sample) -> None:
    for dataset, key in (
        ("expenses", ("external_id",)),
        ("budgets", ("department", "category", "period_from", "version")),
    ):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        rows = sample.final_rows(dataset, *key).values()
        for row in rows:
            sums[row["currency"]] += Decimal(row["amount"])
        facts = sample.truth["datasets"][dataset]
        assert {currency: f"{amount:.2f}" for currency, amount in sums.items()} == facts["sums"]
        assert len(rows) == facts["rows"]


def test_the_accounting_identity_holds_for_every_file(sample: Sample) -> None:
    for facts in [*sample.truth["files"], *sample.truth["datasets"].values()]:
        parts = facts["loaded"] + facts["unchanged"] + facts["superseded"] + facts["rejected"]
        assert facts["read"] == parts
        assert facts["loaded"] == facts["inserted"] + facts["updated"]


def test_claims_are_what_the_house_allows(sample: Sample) -> None:
    users = sample.final_rows("users", "employee_no")
    planted = {key for finding in sample.truth["findings"] for key in finding["expenses"]}
    for (key,), row in sample.final_rows("expenses", "external_id").items():
        if row["kind"] != "claim":
            assert row["origin"] == "ledger"
            assert row["cost_centre"]
            assert (Decimal(row["amount"]) < 0) == (row["kind"] in ("refund", "reversal"))
            continue
        assert row["origin"] == "app"
        assert row["employee"]
        assert Decimal(row["amount"]) > 0
        moments = [moment for moment in (row["submitted_at"], row["approved_at"], row["paid_at"]) if moment]
        assert moments == sorted(moments), key
        assert all(moment[:10] >= row["spent_on"] for moment in moments), key
        person = users[row["employee"],]
        assert person["hired_on"] <= row["spent_on"] <= (person["left_on"] or "9999"), key
        if key not in planted and row["approver"]:
            assert row["approver"] != row["employee"], key
            rate = {"KES": 1, "USD": 125, "EUR": 140}[row["currency"]]
            limit = Decimal(users[row["approver"],]["approval_limit"])
            assert limit >= Decimal(row["amount"]) * rate, key


def test_leave_is_what_the_law_grants(sample: Sample) -> None:
    granted = {
        (row["employee"], row["leave_type"], row["year"]): Decimal(row["days"])
        for row in sample.good_rows("leave_entitlements")
    }
    assert {granted[key] for key in granted if key[1] == "maternity"} == {Decimal(90)}
    assert {granted[key] for key in granted if key[1] == "paternity"} == {Decimal(14)}
    assert max(granted[key] for key in granted if key[1] == "annual") == 21
    away: dict[tuple[str, str], int] = Counter()
    for row in sample.final_rows("leave_applications", "external_id").values():
        assert row["starts_on"] <= row["ends_on"]
        assert row["approver"] != row["employee"]
        if row["status"] in ("approved", "taken"):
            day, last = dt.date.fromisoformat(row["starts_on"]), dt.date.fromisoformat(row["ends_on"])
            while day <= last:
                away[row["employee"], day.isoformat()] += 1
                day += dt.timedelta(days=1)
    assert set(away.values()) == {1}, "nobody is away twice on one day"


def test_clocks_never_change(sample: Sample) -> None:
    per_day: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in sample.final_rows("meter_readings", "meter", "starts_at").values():
        assert row["starts_at"].endswith(":00+03:00")
        per_day[row["meter"], row["starts_at"][:10]].append(row["starts_at"])
    missing = sum(48 - len(starts) for starts in per_day.values())
    assert missing == sum(gap["intervals"] for gap in sample.truth["electricity"]["gaps"])
    assert len(per_day) == 3 * (TODAY - dt.date(2024, 11, 1)).days
    for row in sample.good_rows("expenses"):
        for field in ("submitted_at", "approved_at", "paid_at"):
            assert not row[field] or row[field].endswith("+03:00")


def test_ramadan_and_easter_fall_where_they_fell() -> None:
    assert islamic_day(1446, 9, 1) == dt.date(2025, 3, 1)
    assert islamic_day(1447, 9, 1) == dt.date(2026, 2, 18)


@pytest.mark.parametrize(
    "today",
    [dt.date(2026, 11, 1), dt.date(2026, 11, 3), dt.date(2027, 1, 8), dt.date(2028, 2, 29)],
    ids=["first of a month", "week across months", "week from the first on", "leap day"],
)
def test_it_is_dated_relative_to_today(today: dt.date, tmp_path: Path) -> None:
    made = Sample(tmp_path / "inbox", make_sample(tmp_path / "inbox", today, 7))
    yesterday = (today - dt.timedelta(days=1)).isoformat()
    first = f"{today.year - 2}-{today.month:02d}-01"

    days = {row["spent_on"] for row in made.good_rows("expenses")}
    assert first <= min(days)
    assert max(days) <= yesterday
    assert max(row["starts_at"][:10] for row in made.good_rows("meter_readings")) == yesterday
    assert made.truth["history_from"] == first
    assert len(made.truth["daily_files"]) == 7
    assert made.truth["daily_files"][-1] == yesterday
    delivered = [file["delivered_to"] for file in made.truth["files"]]
    assert max(delivered) <= yesterday, "nothing is delivered tomorrow"
    for file in made.truth["files"]:
        if re.search(r"_\d{4}-\d{2}\.csv", file["file"]):
            assert file["delivered_to"] == month_end(dt.date.fromisoformat(file["delivered_from"])).isoformat()
    assert len({reject["code"] for reject in made.truth["rejects"]}) == 13


def test_the_command_refuses_to_put_the_truth_into_the_inbox(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path / "inbox"), "--truth", str(tmp_path / "inbox" / "truth.json")])
    assert "outside" in capsys.readouterr().err

    assert (
        main(["--out", str(tmp_path / "inbox"), "--today", "2026-11-23", "--truth", str(tmp_path / "truth.json")]) == 0
    )
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert truth["today"] == "2026-11-23"
    assert not list((tmp_path / "inbox").glob("*.json"))
