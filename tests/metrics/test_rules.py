"""dbt's unit tests: each rule of the models on made-up rows, and a rule that is broken is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from include.metrics.scope import PROJECT
from tests.metrics.organisation import Small


def run_unit_tests(small: Small, project: Path, work: Path, *select: str) -> str:
    """What dbt says of its unit tests."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("dbt"), "test", "--project-dir", str(project), "--profiles-dir", str(project),
            "--target-path", str(work / "target"), "--log-path", str(work / "logs"), "--no-use-colors", "--select",
            *(select or ("test_type:unit",)),
        ],
        env=os.environ | small.ledger.environment(),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def stated() -> dict[str, str]:
    """Model by unit test."""
    pages = PROJECT.glob("models/*/unit_tests.yml")
    return {test["name"]: test["model"] for page in pages for test in yaml.safe_load(page.read_text())["unit_tests"]}


def test_every_rule_holds(small: Small, tmp_path: Path) -> None:
    said = run_unit_tests(small, PROJECT, tmp_path)
    assert f"Done. PASS={len(stated())} WARN=0 ERROR=0" in said, said[-4000:]


@pytest.mark.long
@pytest.mark.parametrize(
    ("file", "right", "wrong", "test"),
    [
        ("macros/money.sql", "'reimbursed', 'posted'", "'posted'", "a_status_decides_what_an_expense_counts_as"),
        (
            "macros/money.sql",
            "> {{ budget }}",
            ">= {{ budget }}",
            "a_budget_exactly_used_up_is_no_breach_in_any_currency",
        ),
        (
            "models/intermediate/int_fx_rates__by_month.sql",
            "(kind = 'monthly_average') desc",
            "(kind = 'monthly_average') asc",
            "an_average_goes_before_a_daily_rate_and_no_donors_rate_is_ours",
        ),
        (
            "models/intermediate/int_budgets__by_month.sql",
            "(in_force_from <= period_to) desc, version desc",
            "version desc",
            "the_highest_version_that_came_in_time_is_in_force",
        ),
        (
            "models/intermediate/int_expenses__measured.sql",
            "round(expenses.amount * rates.rate, 2)",
            "round(expenses.amount * coalesce(rates.rate, 1), 2)",
            "an_amount_takes_its_months_rate_and_stays_empty_without_one",
        ),
        (
            "models/intermediate/int_workdays.sql",
            "and holidays.day is null",
            "",
            "holidays_and_weekends_are_no_working_days",
        ),
    ],
)
def test_a_broken_rule_is_found(small: Small, tmp_path: Path, file: str, right: str, wrong: str, test: str) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    text = (project / file).read_text()
    assert right in text
    (project / file).write_text(text.replace(right, wrong))
    said = run_unit_tests(small, project, tmp_path, test)
    assert f"Failure in unit_test {test}" in said, said[-3000:]
