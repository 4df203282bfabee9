"""How runs end, told to a Slack on this machine: the state of the run, its books, and exactly one message each."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Server, fresh_warehouse
from tests.pipeline import Pipeline, airflow_template  # noqa: F401 - a fixture
from tests.slack.dags.endings import PLANTED
from tests.slack.server import FakeSlack


@dataclass(frozen=True)
class Endings:
    """All runs of dags/endings.py: how they ended, what Slack was told, what the books say."""

    runs: dict[str, dict[str, Any]]
    slack: FakeSlack
    pipeline: Pipeline
    log: str

    def told(self, dag_id: str) -> list[dict[str, Any]]:
        """Messages about a run."""
        return [message for message in self.slack.messages if f'"{dag_id}' in json.dumps(message).replace(":", '"')]

    def books(self, dag_id: str) -> list[tuple[Any, ...]]:
        """Final lines of a run."""
        statement = "select attempt, status, error_code, rows_written from ops.run_log where dag_id = %(dag_id)s"
        return [tuple(row.values()) for row in self.pipeline.query(statement, {"dag_id": dag_id})]


@pytest.fixture(scope="module")
def endings(
    tmp_path_factory: pytest.TempPathFactory,
    airflow_template: Path,  # noqa: F811
    postgres_server: Server,
) -> Iterator[Endings]:
    folder = tmp_path_factory.mktemp("endings")
    shutil.copytree(airflow_template, folder / "airflow")
    answer = folder / "answer.json"
    with fresh_warehouse(postgres_server) as warehouse, FakeSlack() as slack:
        pipeline = Pipeline(folder, warehouse, {"AIRFLOW_CONN_SLACK": slack.bot_connection})
        done = subprocess.run(
            [sys.executable, "-m", "tests.slack.dags.endings", str(answer)],
            env=pipeline.environ() | {"AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "tests/slack/dags")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )
        log = done.stdout + done.stderr
        assert answer.exists(), log[-5000:]
        yield Endings(json.loads(answer.read_text()), slack, pipeline, log)


@pytest.mark.parametrize(
    ("dag_id", "code", "task"),
    [
        ("fails_in_collect", "file_unavailable", "collect"),
        ("fails_in_validate", "accounting_mismatch", "validate/mapped/"),
        ("fails_in_load", "task_failed", "load"),
    ],
)
def test_a_failing_run_is_red_recorded_and_told_once(endings, dag_id, code, task):
    run = endings.runs[dag_id]
    assert run["state"] == "failed"
    assert (run["tasks"]["record"], run["tasks"]["announce"]) == ("success", "success")
    assert endings.books(dag_id) == [(1, "failed", code, 12)]
    (message,) = endings.told(dag_id)
    assert message["metadata"]["event_payload"]["dedupe_key"] == f"failure:{dag_id}:{run['run_id']}:1"
    assert message["channel"] == "C00ALERTS"
    told = json.dumps(message)
    assert f"{dag_id} failed: {code}" in told
    assert f"/dags/{dag_id}/runs/" in told
    assert f"/tasks/{task}" in told
    assert "*Try*\\n1" in told
    assert "?try_number=1|Open the log" in told
    assert "*Owner*\\nfinance" in told


def test_a_sound_run_is_green_recorded_and_told_once(endings):
    run = endings.runs["ends_well"]
    assert run["state"] == "success"
    assert endings.books("ends_well") == [(1, "success", None, 12)]
    (message,) = endings.told("ends_well")
    assert "ends_well: 12 rows written" in message["text"]
    assert message["channel"] == "C0PIPELINES"


@pytest.mark.parametrize("ending", ["all_done", "teardown"])
def test_any_other_ending_hides_what_failed_which_is_why_ours_are_plain_teardowns(endings, ending):
    for failing in ("validate", "load"):
        run = endings.runs[f"wrong_{ending}_{failing}"]
        assert (run["tasks"][failing], run["state"]) == ("failed", "success")


def test_a_red_ending_leaves_the_run_green_and_tells_itself_once(endings):
    run = endings.runs["cannot_record"]
    assert (run["state"], run["tasks"]["record"], run["tasks"]["announce"]) == ("success", "failed", "success")
    (message,) = endings.told("cannot_record")
    assert "the closing task record failed" in message["text"]
    assert message["metadata"]["event_payload"]["dedupe_key"].endswith(":1:record")
    # The database has the line that the file could not take.
    assert endings.books("cannot_record") == [(1, "success", None, 12)]


def test_a_run_that_failed_twice_over_is_told_once(endings):
    run = endings.runs["fails_and_cannot_record"]
    assert (run["state"], run["tasks"]["record"]) == ("failed", "failed")
    (message,) = endings.told("fails_and_cannot_record")
    assert message["metadata"]["event_payload"]["dedupe_key"].endswith(f"{run['run_id']}:1")


def test_no_message_carries_what_an_exception_said(endings):
    assert PLANTED in endings.log
    assert PLANTED not in json.dumps(endings.slack.messages)
    assert PLANTED not in json.dumps(endings.pipeline.query("select message from ops.outbox"))


def test_the_csv_log_lists_the_runs_that_could_be_written(endings):
    with (endings.pipeline.output / "transform_logs.csv").open() as file:
        lines = {line["dag_id"]: line for line in csv.DictReader(file)}
    assert {dag_id: line["status"] for dag_id, line in lines.items()} == {
        "ends_well": "success",
        "fails_in_collect": "failed",
        "fails_in_validate": "failed",
        "fails_in_load": "failed",
        "fails_twice": "failed",
    }
    assert lines["ends_well"]["rows_written"] == "12"
