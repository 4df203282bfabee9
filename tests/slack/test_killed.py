"""Failure notices under the real scheduler and dag-processor, where processes are killed and cannot speak."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT, Server
from tests.living_airflow import LivingAirflow, living_airflow, wait_for
from tests.slack.dags.endings import PLANTED

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

DAGS = {
    "ends_well": "success",
    "fails_in_collect": "failed",
    "fails_in_validate": "failed",
    "fails_twice": "failed",
    "fails_and_cannot_record": "failed",
    "cannot_record": "success",
    "killed_in_load": "failed",
    "killed_in_record": "success",
    "killed_by_the_clock": "failed",
    "killed_with_its_supervisor": "failed",
}


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, postgres_server: Server) -> Iterator[LivingAirflow]:
    folder = tmp_path_factory.mktemp("airflow_alive")
    # Sooner than after Airflow's five minutes: a task whose supervisor is gone is missed for its heartbeats only.
    missed = {"AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60"}
    with living_airflow(folder, postgres_server, ROOT / "tests/slack/dags", **missed) as alive:
        yield alive


def test_every_way_to_end_is_told_exactly_once(airflow: LivingAirflow) -> None:
    wait_for(lambda: airflow.knows(DAGS), 180, "Airflow is ready")
    for dag_id in DAGS:
        airflow.command("dags", "trigger", dag_id)
    wait_for(lambda: set(airflow.states().values()) <= {"success", "failed"}, 400, f"all runs end: {airflow.states()}")
    assert airflow.states() == DAGS
    wait_for(lambda: all(airflow.told(dag_id) for dag_id in DAGS), 90, "every run is told of")
    time.sleep(10)  # a second notice would have come by now
    assert {dag_id: len(airflow.told(dag_id)) for dag_id in DAGS} == dict.fromkeys(DAGS, 1)

    texts = {dag_id: airflow.told(dag_id)[0]["text"] for dag_id in DAGS}
    assert "12 rows written" in texts["ends_well"]
    assert texts["fails_in_collect"] == "❌ fails_in_collect failed: file_unavailable · task collect"
    assert texts["fails_twice"] == "❌ fails_twice failed: file_unavailable · task collect", "the first, not the last"
    details = json.dumps(airflow.told("fails_twice"))
    assert "*Try*\\n2" in details, "the try of the task to blame, not of the one that Airflow names"
    assert "/tasks/collect?try_number=2|Open the log" in details
    assert texts["fails_in_validate"].startswith("❌ fails_in_validate failed: accounting_mismatch · task validate")
    assert texts["fails_and_cannot_record"] == "❌ fails_and_cannot_record failed: task_failed · task load"
    assert texts["killed_in_load"] == "❌ killed_in_load failed: task_failed · task load"
    assert texts["killed_with_its_supervisor"] == "❌ killed_with_its_supervisor failed: task_failed · task load"
    assert texts["killed_by_the_clock"].startswith("❌ killed_by_the_clock failed: timed_out")
    assert airflow.pipeline.query(
        "select status, error_code from ops.run_log where dag_id = 'killed_by_the_clock'"
    ) == [{"status": "failed", "error_code": "timed_out"}]
    for dag_id in ("cannot_record", "killed_in_record"):
        assert texts[dag_id] == f"⚠️ {dag_id}: the closing task record failed · task record"
    assert airflow.pipeline.query("select status, error_code from ops.run_log where dag_id = 'killed_in_record'") == [
        {"status": "success", "error_code": None}
    ], "a green run has its line, whoever was killed"
    assert PLANTED not in json.dumps(airflow.slack.messages)
    assert (
        airflow.pipeline.query(
            "select dag_id, attempt from ops.run_log where batch_id is null group by 1, 2 having count(*) > 1"
        )
        == []
    )
