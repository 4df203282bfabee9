"""What is planted can be found in the files by its own marks, and is as the truth says."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest

from include.ingest.profile import load_profile
from include.schemas.organisation import load_organisation
from tests.sample.conftest import Sample

CODES = {
    "missing_value", "invalid_date", "invalid_amount", "too_long", "unknown_value", "unknown_reference",
    "future_date", "ancient_date", "invalid_currency", "row_length", "not_positive", "end_before_start",
    "allocation_mismatch",
}  # fmt: skip


@pytest.fixture(scope="module")
def expenses(sample: Sample) -> dict[str, dict[str, str]]:
    return {key: row for (key,), row in sample.final_rows("expenses", "external_id").items()}


def findings(sample: Sample, kind: str) -> list[dict[str, Any]]:
    return [finding for finding in sample.truth["findings"] if finding["kind"] == kind]


def test_every_reject_code_is_planted_and_no_file_goes_over_its_limit(sample: Sample) -> None:
    assert {reject["code"] for reject in sample.truth["rejects"]} == CODES
    profile = load_profile("sample")
    for file in sample.truth["files"]:
        layout = profile.layout_of(file["file"])
        assert layout is not None
        assert layout.datasets[0].dataset == file["dataset"]
        assert file["rejected"] <= layout.datasets[0].reject_limit * file["read"], file["file"]


def test_the_profile_reads_every_column(sample: Sample) -> None:
    profile = load_profile("sample")
    for file in sample.truth["files"]:
        layout = profile.layout_of(file["file"])
        assert layout is not None
        assert sample.records(file["file"])[0] == list(layout.datasets[0].columns)


def test_every_bad_row_lies_where_the_truth_says(sample: Sample) -> None:
    for reject in sample.truth["rejects"]:
        records = sample.records(reject["file"])
        header, cells = records[0], records[reject["row"] - 1]
        if reject["code"] == "row_length":
            assert len(cells) == len(header) + 1
            continue
        value = dict(zip(header, cells, strict=True))[reject["field"]]
        assert (value == "") == (reject["code"] == "missing_value")
        assert (len(value) > 100) == (reject["code"] == "too_long")


def test_duplicates_are_copies_under_a_new_number(sample: Sample, expenses: dict[str, dict[str, str]]) -> None:
    same = ("kind", "spent_on", "amount", "currency", "vendor", "employee", "receipt_no", "description")
    pairs = findings(sample, "exact_duplicate")
    assert len(pairs) >= 12
    for finding in pairs:
        (copy,), (original,) = finding["expenses"], finding["originals"]
        assert [expenses[copy][field] for field in same] == [expenses[original][field] for field in same]
    for finding in findings(sample, "near_duplicate"):
        (copy,), (original,) = finding["expenses"], finding["originals"]
        ratio = Decimal(expenses[copy]["amount"]) / Decimal(expenses[original]["amount"])
        assert Decimal("0.9") < ratio < Decimal("1.12")
        assert expenses[copy]["employee"] == expenses[original]["employee"]


def test_split_claims_stay_below_the_limit_and_exceed_it_together(
    sample: Sample, expenses: dict[str, dict[str, str]]
) -> None:
    limit = load_organisation().approval_limits["default"]
    splits = findings(sample, "split_claim")
    assert len(splits) >= 6
    for finding in splits:
        rows = [expenses[key] for key in finding["expenses"]]
        amounts = [Decimal(row["amount"]) for row in rows]
        assert max(amounts) < limit < sum(amounts)
        assert len({(row["employee"], row["vendor"], row["spent_on"]) for row in rows}) == 1


def test_self_approvals_are_all_planted(sample: Sample, expenses: dict[str, dict[str, str]]) -> None:
    planted = {key for finding in findings(sample, "self_approval") for key in finding["expenses"]}
    assert planted == {key for key, row in expenses.items() if row["employee"] and row["employee"] == row["approver"]}


def test_a_late_correction_changes_a_closed_month(sample: Sample) -> None:
    assert len(sample.truth["late_corrections"]) == 3
    versions: dict[str, list[str]] = defaultdict(list)
    for row in sample.good_rows("expenses"):
        versions[row["external_id"]].append(row["amount"])
    for correction in sample.truth["late_corrections"]:
        assert correction["month"] < "2026-10"
        assert correction["delivered_on"] in sample.truth["daily_files"]
        assert [correction["from"], correction["to"]] == list(dict.fromkeys(versions[correction["external_id"]]))


def test_what_is_sent_again_is_unchanged(sample: Sample) -> None:
    unchanged = {file["file"]: file["unchanged"] for file in sample.truth["files"]}
    for again in sample.truth["resent_unchanged"]:
        assert unchanged[again["file"]] == again["rows"] == len(again["keys"])
    superseded = Counter(entry["file"] for entry in sample.truth["superseded_in_file"])
    assert superseded == {file["file"]: file["superseded"] for file in sample.truth["files"] if file["superseded"]}


def test_budget_breaches_follow_from_the_files(sample: Sample, expenses: dict[str, dict[str, str]]) -> None:
    rates = {
        (row["from_currency"], row["valid_from"][:7]): Decimal(row["rate"])
        for row in sample.good_rows("fx_rates")
        if row["kind"] == "monthly_average"
    }
    spent: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in expenses.values():
        if row["status"] in ("approved", "reimbursed", "posted"):
            month = row["spent_on"][:7]
            rate = Decimal(1) if row["currency"] == "KES" else rates[row["currency"], month]
            base = (Decimal(row["amount"]) * rate).quantize(Decimal("0.01"))
            spent[row["department"], row["category"], month] += base
    budgets: dict[tuple[str, str, str], Decimal] = {}
    for row in sorted(sample.good_rows("budgets"), key=lambda row: int(row["version"])):
        budgets[row["department"], row["category"], row["period_from"][:7]] = Decimal(row["amount"])
    assert set(spent) <= set(budgets), "whatever is spent has a budget"

    found = {cell: f"{amount:.2f}" for cell, amount in spent.items() if amount > budgets[cell]}
    told = {(b["department"], b["category"], b["month"]): b["spent"] for b in sample.truth["budget_breaches"]}
    assert found == told
    assert len([b for b in sample.truth["budget_breaches"] if b["planted"]]) == len(findings(sample, "budget_breach"))
    assert len(found) < 0.18 * len(spent), "most months keep to their budgets"
    (exact,) = findings(sample, "exactly_at_budget")
    row = expenses[exact["expenses"][0]]
    cell = row["department"], row["category"], row["spent_on"][:7]
    assert spent[cell] == budgets[cell]


def test_series_anomalies_show_in_the_series(sample: Sample, expenses: dict[str, dict[str, str]]) -> None:
    for anomaly in sample.truth["series_anomalies"]:
        days = [
            row["spent_on"]
            for row in expenses.values()
            if (row["department"], row["category"]) == (anomaly["department"], anomaly["category"])
        ]
        inside = [day for day in days if anomaly["from"] <= day <= anomaly["to"]]
        if anomaly["kind"] == "gap":
            assert inside == []
        elif anomaly["kind"] in ("level_shift", "drop"):
            months = len({day[:7] for day in inside})
            before = [day for day in days if day < anomaly["from"]]
            usual = len(before) / len({day[:7] for day in before})
            assert (len(inside) / months > usual) == (anomaly["direction"] == "up")


def test_one_budget_revision_is_in_force_from_mid_year(sample: Sample) -> None:
    revised = [row for row in sample.good_rows("budgets") if row["version_kind"] == "revised"]
    (in_force,) = {row["in_force_from"] for row in revised}
    assert in_force == "2026-01-01", "half-way through a fiscal year that starts in July"
    assert {row["period_from"] for row in revised} == {f"2026-{month:02d}-01" for month in range(1, 7)}
    assert all(row["approved_by"] for row in revised)


def test_grants_burn_as_projects_do(sample: Sample, expenses: dict[str, dict[str, str]]) -> None:
    grants = {row["code"]: row for row in sample.good_rows("grants")}
    assert {row["status"] for row in grants.values()} == {"active", "closed"}
    lines: dict[str, Decimal] = defaultdict(Decimal)
    for row in sample.good_rows("grant_budget_lines"):
        lines[row["grant"]] += Decimal(row["amount"])
    assert lines == {code: Decimal(row["amount"]) for code, row in grants.items()}
    late = {key for finding in findings(sample, "outside_grant_window") for key in finding["expenses"]}
    for row in sample.good_rows("expense_allocations"):
        grant, spent_on = grants[row["grant"]], expenses[row["expense"]]["spent_on"]
        assert (spent_on > grant["ends_on"]) == (row["expense"] in late)
        assert spent_on >= grant["starts_on"]
