"""The books of real deliveries: every row accounted for, every difference from the oracle declared, no second effect."""

from decimal import Decimal
from typing import Any

import pytest

from tests.real.home import Home, cents, differences


def test_every_file_came_home_and_every_row_is_accounted_for(home: Home) -> None:
    batches = home.batches()
    assert {batch["status"] for batch in batches} == {"loaded", "duplicate"}
    assert [batch["name"] for batch in batches if batch["status"] == "duplicate"] == ["october-2018.csv"]
    for batch in batches:
        if batch["status"] == "duplicate":
            continue
        ends = ("rows_loaded", "rows_unchanged", "rows_superseded", "rows_rejected")
        assert batch["rows_read"] == sum(batch[end] for end in ends), batch["name"]


def test_our_result_differs_from_the_oracle_only_as_declared(home: Home, expected: dict[str, Any]) -> None:
    found = []
    for batch in home.batches():
        file = f"{batch['source']}/{batch['name']}"
        rejects = home.query(
            "select code, count(*)::int as n from ops.rejects where batch_id = %(batch)s group by 1",
            batch=batch["batch_id"],
        )
        found += [(file, each["code"], each["n"], batch["amount_rejected"]) for each in rejects]
        found += [
            (file, "rounded", int(warning["rows"]), Decimal(warning["difference"]))
            for warning in batch["warnings"]
            if warning["code"] == "rounded"
        ]
        if batch["status"] == "duplicate":
            found.append((file, "duplicate_file", expected[file]["data_rows"], cents(expected[file]["sum"])))
    for file, facts in expected.items():
        if not facts["by_month"]:
            months = home.expenses(*file.split("/"))
            undated = sum(month["month_only"] for month in months)
            found.append((file, "no_date", undated, sum(month["amount"] for month in months)))

    declared = [
        (each["file"], each["rule"], each["rows"], Decimal(each["amount"]))
        for each in differences()
        if not each["rule"].endswith("_breaches")  # test_budgets counts these
    ]
    assert sorted(found) == sorted(declared)


@pytest.mark.parametrize("each", differences(), ids=lambda each: f"{each['file']}:{each['rule']}")
def test_every_difference_says_why(each: dict[str, Any]) -> None:
    assert set(each) == {"file", "rule", "rows", "amount", "why"}
    assert each["why"].endswith(".")


def test_read_again_nothing_changes(home: Home) -> None:
    every_row = "select id, source_version, batch_id, updated_at from core.expenses order by id"
    before = home.query(every_row)
    pipeline = home.pipeline

    again = pipeline.run(reprocess=True, source="gla")

    assert again.state == "success", again.log[-6000:]
    batches = pipeline.query("select * from ops.batches where run_id = %(run_id)s", {"run_id": again.run_id})
    assert [batch["status"] for batch in batches] == ["loaded"] * 2
    assert sum(batch["rows_loaded"] for batch in batches) == 0
    assert all(batch["rows_read"] == batch["rows_unchanged"] + batch["rows_rejected"] for batch in batches)
    assert home.query(every_row) == before
