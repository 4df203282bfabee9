"""Files that nobody of this project wrote, through the whole DAG, against an oracle computed elsewhere."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import shared_data
from tests.pipeline import Pipeline

# October's file is September's, byte for byte.
TWIN = "phoenix/october-2018.csv"
SOURCES = ("leeds", "phoenix", "gla", "cabinetoffice", "networkrail")


@pytest.fixture
def expenses() -> Path:
    return shared_data() / "expenses"


@pytest.fixture
def expected(expenses: Path) -> dict[str, Any]:
    oracle = json.loads((expenses / "expected.json").read_text())
    return {name.removeprefix("expenses/"): facts for name, facts in oracle.items() if name.startswith("expenses/")}


DAYS = """
    select min(e.spent_on)::text as first, max(e.spent_on)::text as last
    from core.expenses as e join ops.batches as b using (batch_id) join ops.files as f using (file_id)
    where f.name = %(file)s and f.source = %(source)s
"""
MONTHS = """
    select to_char(e.spent_on, 'YYYY-MM') as month, count(*) as n, sum(e.amount) as amount
    from core.expenses as e join ops.batches as b using (batch_id) join ops.files as f using (file_id)
    where f.name = %(file)s and f.source = %(source)s group by 1 order by 1
"""


def cents(amount: str) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def months_of(pipeline: Pipeline, source: str, file: str) -> dict[str, tuple[int, Decimal]]:
    rows = pipeline.query(MONTHS, {"file": file, "source": source})
    return {row["month"]: (row["n"], row["amount"]) for row in rows}


def test_five_real_sources_come_home_to_the_cent(pipeline: Pipeline, expenses: Path, expected: dict[str, Any]) -> None:
    for source in SOURCES:
        pipeline.deliver(source, *sorted((expenses / source).glob("*.csv")))

    run = pipeline.run()

    assert run.state == "success", run.log[-6000:]
    assert run.states("load") == ["success"]
    for name, facts in expected.items():
        source, file = name.split("/")
        if source not in SOURCES or name == TWIN:
            continue
        loaded = months_of(pipeline, source, file)
        assert loaded == {month: (n, cents(amount)) for month, (n, amount) in facts["by_month"].items()}, name
        assert sum(n for n, _ in loaded.values()) == facts["data_rows"], name
        assert sum(amount for _, amount in loaded.values()) == cents(facts["sum"]), name
        days = pipeline.query(DAYS, {"source": source, "file": file})
        assert days == [{"first": facts["min_date"], "last": facts["max_date"]}], name


def test_the_same_bytes_under_another_month_count_once_and_leave_that_month_missing(
    pipeline: Pipeline, expenses: Path, expected: dict[str, Any]
) -> None:
    pipeline.deliver("phoenix", expenses / "phoenix" / "september-2018.csv", expenses / "phoenix" / "october-2018.csv")

    run = pipeline.run()

    assert run.state == "success", run.log[-6000:]
    facts = expected["phoenix/september-2018.csv"]
    (core,) = pipeline.query("select count(*) as n, sum(amount) as amount from core.expenses")
    assert core == {"n": facts["data_rows"], "amount": cents(facts["sum"])}
    (twin,) = pipeline.query(
        "select b.status, b.error_code, b.warnings from ops.batches b join ops.files f using (file_id) "
        "where f.name = 'october-2018.csv'"
    )
    assert (twin["status"], twin["error_code"]) == ("duplicate", "duplicate_file")
    assert twin["warnings"] == [
        {
            "code": "period_missing",
            "period_from": "2018-10-01",
            "period_to": "2018-10-31",
            "same_as": "september-2018.csv",
        }
    ]


def test_total_rows_are_left_out_and_reported_when_they_disagree(pipeline: Pipeline, expenses: Path) -> None:
    pipeline.deliver("networkrail", *sorted((expenses / "networkrail").glob("*.csv")))
    pipeline.deliver("phoenix", expenses / "phoenix" / "october-2017.csv")

    pipeline.run()

    warnings = {
        row["name"]: row["warnings"]
        for row in pipeline.query("select f.name, b.warnings from ops.batches b join ops.files f using (file_id)")
    }
    assert warnings["2017-03.csv"] == [{"code": "total_mismatch", "difference": "0.01"}]
    assert warnings["2018-08.csv"] == [{"code": "total_mismatch", "difference": "-0.01"}]
    assert warnings["october-2017.csv"] == [], "its unlabelled total agrees with the sum"
    assert pipeline.value("select count(*) from core.vendors where name ilike '%total%'") > 0, "real vendors survive"


def test_every_batch_accounts_for_each_row_and_cent(pipeline: Pipeline, expenses: Path) -> None:
    for source in SOURCES:
        pipeline.deliver(source, *sorted((expenses / source).glob("*.csv")))
    pipeline.run()
    before = pipeline.query("select id, source_version, batch_id, updated_at from core.expenses order by id")

    again = pipeline.run(reprocess=True)

    assert again.state == "success", again.log[-6000:]
    batches = pipeline.query("select * from ops.batches where run_id = %(run_id)s", {"run_id": again.run_id})
    assert {batch["status"] for batch in batches} == {"loaded"}
    assert sum(batch["rows_loaded"] for batch in batches) == 0
    assert all(batch["rows_read"] == batch["rows_unchanged"] + batch["rows_rejected"] for batch in batches)
    after = pipeline.query("select id, source_version, batch_id, updated_at from core.expenses order by id")
    assert after == before
