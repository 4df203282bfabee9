"""No ending may hide a failure: whichever task of the real pipeline fails, the run is red, and people hear it once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
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


HEADER = "Check/Payment Date,Dept. Descrptn,Vendor Name,Commitmt Item Name,Invoice Net Amt\n"


def asset_events(pipeline: Pipeline) -> int:  # noqa: F811
    with sqlite3.connect(pipeline.folder / "airflow" / "airflow.db") as books:
        return int(books.execute("select count(*) from asset_event").fetchone()[0])


def test_a_file_that_cannot_be_read_holds_up_no_other_and_the_run_is_red(
    pipeline: Pipeline,  # noqa: F811
    slack: FakeSlack,
    tmp_path: Path,
) -> None:
    pipeline.environment["AIRFLOW_CONN_SLACK"] = slack.bot_connection
    file = tmp_path / "january-2026.csv"
    file.write_text(HEADER + "01/05/2026,Water,Acme,Pipes,12.50\n")
    pipeline.deliver("phoenix", file)
    pipeline.deliver("leeds", file, name="2026-01.csv")
    closed = pipeline.folder / "archive" / "leeds"  # nothing of this source can be archived, not even by root
    closed.parent.mkdir()
    closed.write_text("")

    run = pipeline.run()

    assert run.state == "failed"
    assert run.states("collect") == ["success"]
    assert run.states("load") == ["failed"]
    assert pipeline.value("select sum(amount) from core.expenses") == Decimal("12.50"), "the other file came home"
    assert asset_events(pipeline) == 1, "and whoever builds on it hears of it"
    assert slack.texts == ["❌ ingest_validate_load failed: file_unreadable · task load"]
    assert (pipeline.inbox / "leeds" / "2026-01.csv").exists()

    closed.unlink()
    (pipeline.inbox / "leeds" / "2026-01.csv").unlink()
    assert pipeline.run().state == "success"
    assert asset_events(pipeline) == 1, "nothing changed, so nobody is woken"


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
    file = tmp_path / "january-2026.csv"
    file.write_text(HEADER + "01/05/2026,Water,Acme,Pipes,12.50\n")
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
