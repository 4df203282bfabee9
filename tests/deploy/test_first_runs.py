"""The progress line says what each task is doing, in the order in which they start; quiet is when nothing follows."""

from typing import Any, cast

import pytest

from deploy.local import first_runs
from deploy.local.airflow_api import AirflowApi
from deploy.local.first_runs import describe, wait_until_quiet
from deploy.local.screen import Progress

DAGS = [
    {"dag_id": "ingest", "timetable_summary": "0 0 * * *"},
    {"dag_id": "transform", "timetable_summary": "Triggered by assets"},
]


class Airflow:
    """An Airflow whose answers follow each other: whether transform is called, and which runs are under way."""

    def __init__(self, *moments: tuple[bool, list[str]]) -> None:
        self.moments = list(moments)
        self.left = len(moments)

    def is_called_by_assets(self, dag_id: str) -> bool:
        assert dag_id == "transform"
        return self.moments[0][0]

    def runs(self, **_: Any) -> list[dict[str, str]]:
        self.left = len(self.moments) - 1
        active = self.moments.pop(0)[1] if len(self.moments) > 1 else self.moments[0][1]
        return [{"dag_id": dag_id, "dag_run_id": "1", "run_type": "manual"} for dag_id in active]

    def task_instances(self, *_: str) -> list[dict[str, Any]]:
        return []


def task(name: str, state: str | None, started: str | None) -> dict[str, str | None]:
    return {"task_id": name, "state": state, "start_date": started}


def test_tasks_stand_in_the_order_of_their_start_and_mapped_ones_are_counted() -> None:
    tasks = [
        task("announce", None, None),
        task("load", "running", "2026-01-01T00:00:09Z"),
        task("load", None, None),
        task("validate", "success", "2026-01-01T00:00:05Z"),
        task("validate", "failed", "2026-01-01T00:00:06Z"),
        task("collect", "success", "2026-01-01T00:00:01Z"),
    ]
    assert describe(tasks) == "collect done, validate 1 of 2 done, 1 failed, load 0 of 2 done"


def test_a_run_without_tasks_waits_for_its_turn() -> None:
    assert describe([]) == "waiting for its turn"


def test_a_run_that_an_asset_is_about_to_start_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_runs.time, "sleep", lambda _: None)
    airflow = Airflow((False, ["ingest"]), (True, []), (True, ["transform"]), (False, ["transform"]), (False, []))
    wait_until_quiet(cast(AirflowApi, airflow), DAGS, Progress("Pipelines"))
    assert airflow.left == 0, "it did not wait for what follows"


def test_one_that_waits_for_yet_another_asset_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_runs, "PATIENCE_FOR_SCHEDULER", 0.0)
    monkeypatch.setattr(first_runs.time, "sleep", lambda _: None)
    wait_until_quiet(cast(AirflowApi, Airflow((True, []))), DAGS, Progress("Pipelines"))
