"""Budgets of real bodies: kept yearly, one row per unit and category, breaches as the oracle counts them."""

import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.real.home import Home, cents, difference

CATEGORIES = ("Office", "Staffing", "Start-up", "Wind-up", "Accommodation", "Travel and subsistence", "Other costs")


@pytest.fixture(scope="module")
def ipsa(data: Path) -> dict[str, Any]:
    oracle = json.loads((data / "budgets" / "expected_ipsa.json").read_text())
    return {name: facts for name, facts in oracle.items() if name.startswith("ipsa_")}


def said(facts: dict[str, Any], category: str, *endings: str) -> tuple[int, Decimal]:
    """(cells, sum) of the oracle's column; the later files say Winding-up, and (uncapped) for spend."""
    names = [category, "Winding-up"] if category == "Wind-up" else [category]
    for name in names:
        for ending in endings:
            if f"{name} {ending}" in facts["sum"]:
                n, amount = facts["sum"][f"{name} {ending}"]
                return n, Decimal(amount)
    return 0, Decimal(0)


def loaded(home: Home, table: str, file: str) -> dict[str, tuple[int, Decimal]]:
    """category → (rows, sum) of one file."""
    assert table in ("budgets", "expenses")
    rows = home.query(
        f"select c.name, count(*) as n, sum(t.amount) as amount from core.{table} as t "
        "join core.categories as c on t.category_id = c.id join ops.batches b on t.batch_id = b.batch_id "
        "join ops.files f using (file_id) where f.source = 'ipsa' and f.name = %(file)s group by 1",
        file=file,
    )
    return {row["name"].casefold(): (row["n"], row["amount"]) for row in rows}


def test_budgets_and_spend_of_one_file_come_home_by_category(home: Home, ipsa: dict[str, Any]) -> None:
    for file, facts in ipsa.items():
        budgets, spend = loaded(home, "budgets", file), loaded(home, "expenses", file)
        rounding = difference(f"ipsa/{file}", "rounded")[1]
        for category in CATEGORIES:
            n, amount = said(facts, category, "maximum budget available", "budget")
            assert budgets.get(category.casefold(), (0, 0)) == (n, amount), f"{file}: budget of {category}"
            n, amount = said(facts, category, "spend", "(uncapped)")
            if facts["columns"] == 21 and category in ("Travel and subsistence", "Other costs"):
                # The oracle leaves these two columns of the last file out.
                assert spend[category.casefold()][0] == facts["rows"]
                continue
            rows, total = spend.get(category.casefold(), (0, Decimal(0)))
            assert rows == n, f"{file}: spend of {category}"
            assert abs(total - amount) <= abs(rounding) + Decimal("0.005") * (287 if rounding else 0), (
                f"{file}: {category}"
            )
            assert rounding or total == amount, f"{file}: spend of {category}"
        assert {*budgets, *spend} <= {category.casefold() for category in CATEGORIES}, file


def test_a_member_s_yearly_budget_stays_yearly(home: Home) -> None:
    rows = home.query(
        "select distinct t.period_from::text, t.period_to::text, t.granularity::text, f.name from core.budgets as t "
        "join ops.batches b using (batch_id) join ops.files f using (file_id) where f.source = 'ipsa' order by 1"
    )
    assert {row["granularity"] for row in rows} == {"year"}
    assert {row["name"][16:21]: (row["period_from"], row["period_to"]) for row in rows} == {
        f"{year}_{year + 1}": (f"20{year}-04-01", f"20{year + 1}-03-31") for year in (12, 13, 14, 17, 18, 22)
    }


def test_real_breaches_are_found_where_the_oracle_finds_them(home: Home, ipsa: dict[str, Any]) -> None:
    rows = home.query(
        "select c.name as category, b.period_to as year, count(*) as n from core.budgets as b "
        "join core.expenses as e on e.department_id = b.department_id and e.category_id = b.category_id "
        "and e.spent_on between b.period_from and b.period_to "
        "join core.categories as c on c.id = b.category_id where b.source = 'ipsa' and e.amount > b.amount group by 1, 2"
    )
    found = {(row["category"], row["year"].year): row["n"] for row in rows}
    for file, facts in ipsa.items():
        year = 2000 + int(file[19:21])
        for category in ("Office", "Staffing"):
            breaches = facts.get(f"{category.lower()}_breaches", 0)
            within_a_cent = difference(f"ipsa/{file}", f"{category.lower()}_breaches")[0]
            assert found.get((category, year), 0) == breaches - within_a_cent, f"{category} {year}"


def test_no_member_s_name_becomes_a_department(home: Home, data: Path) -> None:
    departments = {row["name"] for row in home.query("select name from core.departments where source = 'ipsa'")}
    text = (data / "budgets" / "ipsa" / "ipsa_totalspend_22_23.csv").read_text(encoding="utf-8")
    members = {line.split(",")[0].strip('"') for line in text.splitlines()[1:]}
    assert not any(member and any(member in name for name in departments) for member in members)


def test_an_adopted_budget_comes_home_to_the_cent_and_what_is_missing_is_no_row(home: Home, data: Path) -> None:
    oracle = json.loads((data / "budgets" / "expected_boston.json").read_text())["columns"]
    rows = home.query(
        "select period_from::text as start, period_to::text as stop, count(*) as n, sum(amount) as amount "
        "from core.budgets where source = 'boston' group by 1, 2 order by 1"
    )
    assert [(row["start"], row["stop"]) for row in rows] == [("2022-07-01", "2023-06-30"), ("2023-07-01", "2024-06-30")]
    refused_rows, refused = difference("boston/fy24-adopted-operating-budget.csv", "negative")
    rounding = difference("boston/fy24-adopted-operating-budget.csv", "rounded")[1]
    appropriation, adopted = oracle["FY23 Appropriation"], oracle["FY24 Adopted"]
    assert [row["n"] for row in rows] == [appropriation["numeric"], adopted["numeric"] - refused_rows]
    everything = Decimal(appropriation["sum"]) + Decimal(adopted["sum"])
    exact = everything + rounding - refused
    assert sum(row["amount"] for row in rows) == exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert abs(rows[0]["amount"] - cents(appropriation["sum"])) < 1
