"""The metrics of real files: to the cent what the oracle sums, and the breaches that really happened."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from include.schemas.organisation import load_organisation
from tests.metrics.ledger import Ledger, Made
from tests.real.home import Home, cents, difference
from tests.real.test_expenses import TWIN

pytestmark = pytest.mark.long  # a build of 170,000 expenses in ten thousand cells

FACTS = """
    select b.source || '/' || f.name as file, to_char(e.month, 'YYYY-MM') as month, count(*)::int as n, sum(e.amount) as amount
    from marts.expense_facts as e join ops.batches as b using (batch_id) join ops.files as f using (file_id)
    where b.source <> 'ipsa' group by 1, 2
"""
MONTHS = """
    select to_char(month, 'YYYY-MM') as month, sum(spend_original) as spend from marts.monthly_spend_vs_budget
    where currency = %(currency)s group by 1 having sum(spend_original) <> 0
"""
BREACHES = """
    select fiscal_year as year, lower(c.name) as category, count(*)::int as n
    from marts.annual_spend_vs_budget as a join marts.categories as c using (category_id)
    where a.currency = 'GBP' and a.status = 'over' group by 1, 2
"""


@pytest.fixture(scope="module")
def made(home: Home) -> Made:
    """All real files' metrics; members of parliament are budgeted from April."""
    organisation = load_organisation().model_copy(update={"fiscal_year_first_month": 4})
    outcome = Ledger(home.pipeline.warehouse, organisation).make()
    assert outcome.published is not None, outcome.built.failed
    return outcome


def test_the_facts_are_the_oracles_file_by_file_and_month_by_month(
    home: Home, made: Made, expected: dict[str, Any]
) -> None:
    found: dict[str, dict[str, tuple[int, Decimal]]] = defaultdict(dict)
    for row in home.query(FACTS):
        found[row["file"]][row["month"]] = (row["n"], row["amount"])
    assert found.keys() == expected.keys() - {TWIN}
    for file, facts in expected.items():
        if file == TWIN:
            continue
        by_month = {month: (n, cents(amount)) for month, (n, amount) in facts["by_month"].items() if len(month) == 7}
        if by_month:
            assert found[file] == by_month, file
        refused = difference(file, "ancient_date")[1]
        assert sum(amount for _, amount in found[file].values()) == cents(facts["sum"]) - refused, file


def test_a_citys_months_are_the_oracles_to_the_cent(home: Home, made: Made, expected: dict[str, Any]) -> None:
    # Nobody else pays in dollars here.
    wanted: dict[str, Decimal] = defaultdict(Decimal)
    for file, facts in expected.items():
        if file.startswith("phoenix/") and file != TWIN:
            for month, (_, amount) in facts["by_month"].items():
                wanted[month] += cents(amount)
    rows = home.query(MONTHS, currency="USD")
    assert {row["month"]: row["spend"] for row in rows} == dict(wanted)


def test_real_breaches_come_out_of_the_years(home: Home, made: Made, data: Path) -> None:
    oracle = json.loads((data / "budgets" / "expected_ipsa.json").read_text())
    found = {(row["category"], row["year"]): row["n"] for row in home.query(BREACHES)}
    loaded = {file for file in oracle if home.batches(name=file, dataset="budgets")}
    assert {"ipsa_totalspend_14_15.csv", "ipsa_totalspend_17_18.csv", "ipsa_totalspend_18_19.csv"} <= loaded
    for file in loaded:
        year = 2000 + int(file[19:21])
        for category in ("office", "staffing"):
            breaches = oracle[file].get(f"{category}_breaches", 0)
            # Four offices overspent by less than half a cent.
            within_a_cent = difference(f"ipsa/{file}", f"{category}_breaches")[0]
            assert found.get((category, year), 0) == breaches - within_a_cent, f"{category} {year}"
    assert (found["office", 2015], found["staffing", 2015]) == (16, 15)
    assert (found["office", 2018], found["staffing", 2018]) == (15 - 4, 1)
    assert (found["office", 2019], found["staffing", 2019]) == (10, 9)


def test_money_without_a_rate_is_shown_as_that(home: Home, made: Made) -> None:
    rows = home.query(
        "select distinct from_currency, is_missing from marts.fx_coverage where purpose = 'base' order by 1"
    )
    assert rows == [{"from_currency": currency, "is_missing": True} for currency in ("BRL", "GBP", "USD")]
    (converted,) = home.query("select count(amount_base) as n from marts.expense_facts where currency <> base_currency")
    assert converted["n"] == 0
