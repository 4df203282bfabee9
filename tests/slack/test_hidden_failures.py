"""No ending may hide a failure: whichever task of the real pipeline fails, the run is red, and people hear it once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.pipeline import Pipeline, airflow_template, make_pipeline, pipeline  # noqa: F401 - fixtures
from tests.slack.server import FakeSlack


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with FakeSlack() as server:
        yield server


def test_a_run_whose_collect_failed_is_red_and_told_once(pipeline: Pipeline, slack: FakeSlack) -> None:  # noqa: F811
    pipeline.environment["AIRFLOW_CONN_SLACK"] = slack.bot_connection
    # A file where the archive's folder should be: nothing can be archived, not even by root.
    (pipeline.folder / "archive").write_text("")
    (pipeline.inbox / "phoenix").mkdir()
    (pipeline.inbox / "phoenix" / "january-2026.csv").write_text("a,b\n1,2\n")

    run = pipeline.run()

    assert run.state == "failed"
    assert run.states("collect") == ["failed"]
    assert run.states("record") == run.states("announce") == ["success"]
    assert len(slack.messages) == 1, slack.texts
    assert "ingest_validate_load failed" in slack.texts[0]
    assert (pipeline.inbox / "phoenix" / "january-2026.csv").exists(), "what could not be taken in stays"
    (line,) = pipeline.query("select status, error_code from ops.run_log where batch_id is null")
    assert line["status"] == "failed"


def test_a_run_whose_record_failed_is_green_and_says_so(pipeline: Pipeline, slack: FakeSlack) -> None:  # noqa: F811
    pipeline.environment["AIRFLOW_CONN_SLACK"] = slack.bot_connection
    pipeline.output.write_text("")  # a file where the folder should be

    run = pipeline.run()

    assert run.state == "success"
    assert run.states("record") == ["failed"]
    assert ["closing task record failed" in text for text in slack.texts] == [True], "told once, and no end message"


def test_what_a_run_brought_home_is_told_though_its_ending_never_came(
    pipeline: Pipeline,  # noqa: F811
    slack: FakeSlack,
    tmp_path: Path,
) -> None:
    header = "Check/Payment Date,Dept. Descrptn,Vendor Name,Commitmt Item Name,Invoice Net Amt\n"
    file = tmp_path / "january-2026.csv"
    file.write_text(header + "01/05/2026,Water,Acme,Pipes,12.50\n")
    pipeline.deliver("phoenix", file)
    pipeline.environment["AIRFLOW_CONN_SLACK"] = '{"conn_type": "http"}'  # no Slack at all: announce fails
    silent = pipeline.run()
    assert silent.states("announce") == ["failed"]
    assert pipeline.query("select run_id, folded_into from ops.outbox_parts") == [
        {"run_id": silent.run_id, "folded_into": None}
    ]

    with psycopg.connect(pipeline.warehouse.admin_dsn) as connection:
        connection.execute("update ops.outbox_parts set written_at = now() - interval '7 hours'")
    pipeline.environment["AIRFLOW_CONN_SLACK"] = slack.bot_connection
    pipeline.run()

    assert ["1 row loaded" in text and "USD 12.50" in text for text in slack.texts].count(True) == 1
    assert (
        pipeline.value("select folded_into from ops.outbox_parts") == f"end:ingest_validate_load:{silent.run_id}:late"
    )
