"""Power BI is asked to read what was published; whatever it answers, the run is as green as its figures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import RetryAction
from airflow.sdk.bases.operator import TriggerFailureReason
from airflow.sdk.exceptions import TaskDeferred

from include.errors import BadConfiguration, PowerBIUnavailable, RefreshRefused
from plugins.operators.refresh import RefreshPowerBIOperator
from tests.conftest import ROOT, Server, fresh_warehouse
from tests.dashboards.power_bi import QUOTED, SECRET, TOKEN, FakePowerBI
from tests.pipeline import Pipeline, airflow_template  # noqa: F401 - a fixture


@dataclass(frozen=True)
class Ended:
    """How a run ended, what Power BI was asked, what people were told, what stands in the books."""

    state: str
    refresh: str
    powerbi: FakePowerBI | None
    told: list[str]
    books: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Runs:
    """All runs of dags/refreshes.py, by DAG, and what the process logged."""

    by_dag: dict[str, Ended]
    log: str


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory,
    airflow_template: Path,  # noqa: F811
    postgres_server: Server,
) -> Iterator[Runs]:
    """Each DAG with a Power BI of its own, but for the one that is not connected."""
    folder = tmp_path_factory.mktemp("refreshes")
    shutil.copytree(airflow_template, folder / "airflow")
    moods: dict[str, dict[str, Any]] = {
        # It asks to come back later, then is at it, then done.
        "is_read": {"answers": [429, 202], "statuses": ["Unknown", "Unknown", "Unknown", "Completed"]},
        "is_refused": {"statuses": ["Failed"]},
        "never_ends": {"statuses": ["Unknown"]},
        "publishes_nothing": {},
        "cannot_publish": {},
    }
    with ExitStack() as stack:
        warehouse = stack.enter_context(fresh_warehouse(postgres_server))
        servers = {}
        for dag_id, mood in moods.items():
            (folder / dag_id).mkdir()
            servers[dag_id] = stack.enter_context(FakePowerBI(folder / dag_id, **mood))
        connections = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(fake.connection) for name, fake in servers.items()}
        pipeline = Pipeline(folder, warehouse, connections)
        answer = folder / "answer.json"
        done = subprocess.run(
            [sys.executable, "-m", "tests.dashboards.dags.refreshes", str(answer)],
            env=pipeline.environ() | {"AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "tests/dashboards/dags")},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        log = done.stdout + done.stderr
        assert answer.exists(), log[-5000:]
        told = [
            json.dumps(row["message"]) for row in pipeline.query("select message from ops.outbox order by created_at")
        ]
        books = pipeline.query("select dag_id, status, error_code, rows_written from ops.run_log")
        by_dag = {
            dag_id: Ended(
                ended["state"],
                ended["tasks"]["refresh"],
                servers.get(dag_id),
                [message for message in told if dag_id in message],
                [tuple(row.values())[1:] for row in books if row["dag_id"] == dag_id],
            )
            for dag_id, ended in json.loads(answer.read_text()).items()
        }
        yield Runs(by_dag, log)


SOUND = [("success", None, 12)]


def test_without_a_connection_it_is_skipped_with_a_word(runs: Runs) -> None:
    ended = runs.by_dag["is_unconnected"]
    assert (ended.state, ended.refresh, ended.books) == ("success", "skipped", SOUND)
    assert "There is no connection is_unconnected: Power BI is not refreshed." in runs.log
    (message,) = ended.told
    assert "12 rows written" in message


def test_the_published_figures_are_read_and_waited_for(runs: Runs) -> None:
    ended = runs.by_dag["is_read"]
    assert (ended.state, ended.refresh, ended.books) == ("success", "success", SOUND)
    assert ended.powerbi is not None
    assert len(ended.powerbi.refreshes) == 1
    kinds = [request.split()[0] for request in ended.powerbi.requests if request.endswith("/refreshes")]
    assert kinds == ["POST", "POST", "GET", "GET", "GET", "GET"]
    assert "Power BI has read the published figures." in runs.log
    (message,) = ended.told
    assert "12 rows written" in message
    assert SECRET not in runs.log
    assert TOKEN not in runs.log


def test_a_refresh_that_failed_is_red_told_once_and_leaves_the_run_green(runs: Runs) -> None:
    ended = runs.by_dag["is_refused"]
    assert (ended.state, ended.refresh, ended.books) == ("success", "failed", SOUND)
    assert ended.powerbi is not None
    assert len(ended.powerbi.refreshes) == 1, "a model that cannot be read is not read again: the next run will"
    (notice,) = ended.told
    assert "the closing task refresh failed" in notice
    assert "powerbi_refresh_failed" in notice
    assert QUOTED not in notice
    assert "Power BI ended the refresh as Failed (ModelRefreshFailed)" in runs.log
    assert QUOTED not in runs.log


def test_a_power_bi_that_does_not_end_is_asked_once_and_told_once(runs: Runs) -> None:
    ended = runs.by_dag["never_ends"]
    assert (ended.state, ended.refresh, ended.books) == ("success", "failed", SOUND)
    assert ended.powerbi is not None
    asked = [request for request in ended.powerbi.requests if request.startswith("POST /v1.0")]
    assert len(asked) == 1, "its refresh is still running, and the endings of the run have waited long enough"
    (notice,) = ended.told
    assert "the closing task refresh failed" in notice
    assert "powerbi_unavailable" in notice


@pytest.mark.parametrize(("dag_id", "state"), [("publishes_nothing", "success"), ("cannot_publish", "failed")])
def test_nothing_new_is_nothing_to_read(runs: Runs, dag_id: str, state: str) -> None:
    ended = runs.by_dag[dag_id]
    assert (ended.state, ended.refresh) == (state, "skipped")
    assert ended.powerbi is not None
    assert ended.powerbi.requests == []


def begun(seconds_ago: float) -> Any:
    """The context of a task that began so long ago: Airflow keeps its start while it waits in the triggerer."""
    return {"ti": SimpleNamespace(start_date=datetime.now(UTC) - timedelta(seconds=seconds_ago))}


def test_a_request_that_is_not_taken_is_repeated_in_the_first_half_of_the_time() -> None:
    refresh = RefreshPowerBIOperator(task_id="refresh", rows_published=1)
    with pytest.raises(TaskDeferred) as pause:
        refresh.resume_execution("__fail__", {"error": "Trigger failure"}, begun(60))
    assert pause.value.method_name == "ask_again"
    with pytest.raises(PowerBIUnavailable, match="could not be asked by the connection powerbi"):
        refresh.resume_execution("__fail__", {"error": "Trigger failure"}, begun(301))


@pytest.mark.parametrize("method", ["execute", "handle_refresh"])
def test_the_endings_wait_ten_minutes_at_most(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, method: str) -> None:
    powerbi = FakePowerBI(tmp_path)
    powerbi.server.server_close()
    monkeypatch.setenv("AIRFLOW_CONN_POWERBI", json.dumps(powerbi.connection))
    taken = {"event": {"status": "success"}} if method == "handle_refresh" else {}
    refresh = RefreshPowerBIOperator(task_id="refresh", rows_published=1)
    with pytest.raises(TaskDeferred) as waiting:
        refresh.resume_execution(method, taken, begun(200))
    assert timedelta(seconds=395) < waiting.value.timeout <= timedelta(seconds=400)
    with pytest.raises(PowerBIUnavailable, match="within 600 seconds"):
        refresh.resume_execution(method, taken, begun(601))
    with pytest.raises(PowerBIUnavailable, match="within 600 seconds"):
        refresh.resume_execution("__fail__", {"error": TriggerFailureReason.TRIGGER_TIMEOUT}, begun(300))
    for error in (PowerBIUnavailable("away"), RefreshRefused("failed")):
        assert refresh.retry_policy.evaluate(error, 1, 2).action == RetryAction.FAIL


def test_a_connection_without_workspace_or_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_POWERBI", json.dumps({"conn_type": "powerbi", "extra": {"group_id": "sales"}}))
    with pytest.raises(BadConfiguration, match=re.escape("needs group_id, dataset_id, a GUID each")):
        RefreshPowerBIOperator(task_id="refresh", rows_published=1).execute(begun(0))


def test_a_connection_without_the_provider_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    powerbi = FakePowerBI(tmp_path)
    powerbi.server.server_close()
    monkeypatch.setenv("AIRFLOW_CONN_POWERBI", json.dumps(powerbi.connection))
    # As Python says of a package that is not there.
    monkeypatch.setitem(sys.modules, "airflow.providers.microsoft.azure.operators.powerbi", None)
    with pytest.raises(BadConfiguration, match=r"requirements-powerbi\.txt"):
        RefreshPowerBIOperator(task_id="refresh", rows_published=1).execute(begun(0))
