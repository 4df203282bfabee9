"""The whole sample through the whole DAG: what the generator knows is what the warehouse holds."""

import sys
import time
from collections import Counter
from decimal import Decimal

import pytest

from tests.pipeline import Pipeline
from tests.sample.conftest import Sample

OUTCOMES = """
    select f.name as file, b.status, b.rows_read as read, b.rows_loaded as loaded, b.rows_inserted as inserted,
        b.rows_updated as updated, b.rows_unchanged as unchanged, b.rows_superseded as superseded,
        b.rows_rejected as rejected
    from ops.batches as b join ops.files as f using (file_id)
"""
COUNTS = ("read", "loaded", "inserted", "updated", "unchanged", "superseded", "rejected")


@pytest.mark.timeout(600)  # the whole of history, and a first start of Airflow
def test_the_sample_comes_home_as_the_truth_says(
    pipeline: Pipeline, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.deliver("sample", *sorted(sample.folder.iterdir()))

    began = time.monotonic()
    run = pipeline.run()
    with capsys.disabled():
        sys.stdout.write(f"\n24 months of the sample organisation in one run: {time.monotonic() - began:.0f} s\n")

    assert run.state == "success", run.log[-6000:]
    outcomes = {row.pop("file"): row for row in pipeline.query(OUTCOMES)}
    for copy in sample.truth["duplicate_files"]:
        twins = [outcomes.pop(copy["file"]), outcomes.pop(copy["same_as"])]
        (outcomes[copy["same_as"]],) = [twin for twin in twins if twin["status"] == "loaded"]
        assert "duplicate" in {twin["status"] for twin in twins}
    told = {file["file"]: {name: file[name] for name in COUNTS} for file in sample.truth["files"]}
    assert {name: {key: row[key] for key in COUNTS} for name, row in outcomes.items()} == told

    rejects = pipeline.query("select file_name, row_number, code from ops.rejects")
    assert Counter((r["file_name"], r["row_number"], r["code"]) for r in rejects) == Counter(
        (r["file"], r["row"], r["code"]) for r in sample.truth["rejects"]
    )
    for dataset, facts in sample.truth["datasets"].items():
        extra = len(sample.truth["unreviewed_vendors"]) if dataset == "vendors" else 0
        assert pipeline.value(f"select count(*) from core.{dataset}") == facts["rows"] + extra, dataset
        if facts["sums"]:
            sums = pipeline.query(f"select currency, sum(amount) as amount from core.{dataset} group by currency")
            held = {row["currency"]: row["amount"] for row in sums}
            assert held == {currency: Decimal(amount) for currency, amount in facts["sums"].items()}, dataset
    unreviewed = pipeline.query("select name from core.vendors where is_unreviewed order by name")
    assert [row["name"] for row in unreviewed] == sample.truth["unreviewed_vendors"]
