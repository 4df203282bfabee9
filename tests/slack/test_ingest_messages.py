"""What Slack hears of `ingest_validate_load`: one end message of a sound run, one notice of a failed one."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.pipeline import Pipeline, airflow_template, make_pipeline, pipeline  # noqa: F401 - fixtures
from tests.slack.server import FakeSlack

HEADER = "Check/Payment Date,Dept. Descrptn,Vendor Name,Commitmt Item Name,Invoice Net Amt\n"
SECRET = "Njeri <!channel> & Sons @here"


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        yield server


def deliver(pipeline: Pipeline, folder: Path, name: str, *lines: str) -> None:  # noqa: F811
    file = folder / name
    file.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    pipeline.deliver("phoenix", file)


def test_an_ingest_is_told_recorded_and_told_no_more_when_it_failed(pipeline, slack, tmp_path):  # noqa: F811
    # Without a connection the message waits, the log says so, and the run is green.
    deliver(
        pipeline,
        tmp_path,
        "january-2026.csv",
        f"01/05/2026,Water,{SECRET},Pipes,1234567.50",
        "01/06/2026,Water,Acme,Pipes,-0.50",
        *(f"01/07/2026,Water,Acme,Pipes,{number}.00" for number in range(1, 200)),
        "13/45/2026,Water,Acme,Pipes,3.00",
    )
    run = pipeline.run()
    assert run.state == "success", run.log[-4000:]
    assert "messages waiting in ops.outbox: 1" in run.log
    assert pipeline.value("select state from ops.outbox") == "pending"

    # The next run delivers it, and fails for a file of its own.
    pipeline.environment["AIRFLOW_CONN_SLACK"] = slack.bot_connection
    deliver(pipeline, tmp_path, "february-2026.csv", *(f"99/99/2026,Water,{SECRET},Pipes,x" for _ in range(9)))
    failed = pipeline.run()
    assert failed.state == "failed"
    told, notice = slack.messages
    assert "201 rows loaded, 1 rejected" in told["text"]
    assert "USD 1,254,467.00" in told["text"]
    assert told["channel"] == "C0PIPELINES"
    assert "ingest_validate_load failed: too_many_rejects" in notice["text"]
    assert notice["channel"] == "C00ALERTS"
    assert not any(word in json.dumps(slack.messages) for word in ("Njeri", "channel>", "@here", "99/99"))

    # Slack hears nothing new of a run in which nothing is new but that nothing came.
    again = pipeline.run()
    assert (again.state, len(slack.messages)) == ("success", 3)
    assert "nothing new was delivered" in slack.texts[-1]

    with (pipeline.output / "ingestion_logs.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [(line["status"], line["error_code"]) for line in lines] == [("loaded", ""), ("failed", "too_many_rejects")]
    assert (Decimal(lines[0]["amount_loaded"]), lines[0]["currency"]) == (Decimal("1254467.00"), "USD")
    assert pipeline.query("select status, error_code from ops.run_log where batch_id is null order by run_at") == [
        {"status": "success", "error_code": None},
        {"status": "failed", "error_code": "too_many_rejects"},
        {"status": "success", "error_code": None},
    ]
