"""Runs every pipeline once: those on a clock first, then those that wait for an asset and were not woken."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.local.airflow_api import AirflowApi
from deploy.local.machine import Machine
from deploy.local.screen import Progress
from deploy.local.trouble import StepFailed

PATIENCE_FOR_PARSING = 120.0
PATIENCE_FOR_SCHEDULER = 20.0
PATIENCE_FOR_RUNS = 3600.0


def wait_until_parsed(machine: Machine, client: AirflowApi, progress: Progress) -> list[dict[str, Any]]:
    """Every DAG of the DAGs folder, as Airflow knows it.

    Raises:
        StepFailed: a file cannot be imported, or the dag-processor does not get to it in time.
    """
    folder = machine.dags
    expected = {str(file.relative_to(folder)) for file in folder.rglob("*.py") if _defines_a_dag(file.read_text())}
    deadline = time.monotonic() + PATIENCE_FOR_PARSING
    while True:
        dags = client.dags()
        missing = sorted(expected - {dag["relative_fileloc"] for dag in dags})
        if not missing:
            return dags
        if broken := [error["filename"] for error in client.import_errors()]:
            raise StepFailed(
                f"The DAG file {broken[0]} cannot be imported: open {machine.airflow_url} to see why, "
                "mend it, and run make start again."
            )
        if time.monotonic() > deadline:
            raise StepFailed(
                f"The DAG file {missing[0]} was not parsed in {PATIENCE_FOR_PARSING:.0f} s: "
                f"read {machine.logs / 'dag-processor.log'}."
            )
        progress.show("waiting for " + ", ".join(missing))
        time.sleep(0.5)


def _defines_a_dag(text: str) -> bool:
    # Airflow's own rule (dag_discovery_safe_mode): other files are not looked at.
    return "dag" in text.lower() and "airflow" in text.lower()


def unpause_new(client: AirflowApi, dags: list[dict[str, Any]], progress: Progress) -> None:
    """Let the scheduler run the DAGs that have no run yet; one that has run, and was paused, stays paused.

    Unpaused, a DAG whose last interval has ended gets a run at once: it is waited for, because beside the first
    run that we trigger it would do the same work twice.
    """
    new = [dag for dag in dags if not client.runs(dag["dag_id"], limit=1)]
    for dag in new:
        client.unpause(dag["dag_id"])
    due = [dag["dag_id"] for dag in new if _is_due(dag)]
    deadline = time.monotonic() + PATIENCE_FOR_SCHEDULER
    while due and time.monotonic() < deadline:
        time.sleep(0.5)
        due = [dag_id for dag_id in due if not client.runs(dag_id, limit=1)]
    wait_until_quiet(client, dags, progress)


def _is_due(dag: dict[str, Any]) -> bool:
    after = dag.get("next_dagrun_run_after")
    return after is not None and datetime.fromisoformat(after) <= datetime.now(UTC)


def run_once(client: AirflowApi, dags: list[dict[str, Any]], marks: Path, progress: Progress) -> list[str]:
    """Trigger every DAG that was never triggered here, and wait until all runs have ended.

    `marks` keeps the ids of those that were. A DAG that waits for an asset may first be woken by the others.
    Answers the ids of those that were triggered now.
    """
    done = set(marks.read_text().split()) if marks.is_file() else set()
    new = [dag for dag in dags if dag["dag_id"] not in done]
    triggered = []
    for wait_for_assets in (False, True):
        for dag_id in [dag["dag_id"] for dag in new if _waits_for_assets(dag) is wait_for_assets]:
            if not client.runs(dag_id, limit=1, run_type=["manual", "asset_triggered"]):
                client.trigger(dag_id)
                triggered.append(dag_id)
            with marks.open("a") as file:
                file.write(dag_id + "\n")
        wait_until_quiet(client, dags, progress)
    return triggered


def _waits_for_assets(dag: dict[str, Any]) -> bool:
    return "asset" in (dag.get("timetable_summary") or "").lower()


def wait_until_quiet(client: AirflowApi, dags: list[dict[str, Any]], progress: Progress) -> None:
    """Wait until no run is queued or running, showing each run's tasks, and none is about to be made for an asset.

    Raises:
        StepFailed: runs go on for an hour.
    """
    deadline = time.monotonic() + PATIENCE_FOR_RUNS
    called_until = time.monotonic() + PATIENCE_FOR_SCHEDULER
    while True:
        # Asked before the runs: a run that is made between the two questions is then seen by one of them.
        called = [dag["dag_id"] for dag in dags if _waits_for_assets(dag) and client.is_called_by_assets(dag["dag_id"])]
        active = client.runs(state=["queued", "running"])
        if active:
            called_until = time.monotonic() + PATIENCE_FOR_SCHEDULER
        elif not called or time.monotonic() > called_until:  # one that waits for yet another asset is not waited for
            return
        if time.monotonic() > deadline:
            raise StepFailed("Pipelines are still running after an hour: see make status.")
        words = [f"{dag_id}: called by what it waits for" for dag_id in called]
        for run in active:
            tasks = client.task_instances(run["dag_id"], run["dag_run_id"])
            words.append(f"{run['dag_id']} ({run['run_type']}): {describe(tasks)}")
        progress.show("; ".join(words))
        time.sleep(1.0)


def describe(tasks: list[dict[str, Any]]) -> str:
    """The tasks' states in the order in which they start: `collect done, validate 3 of 14 done`."""
    order = sorted({task["task_id"] for task in tasks}, key=lambda name: _earliest(tasks, name))
    words = []
    for name in order:
        states = Counter(task["state"] or "waiting" for task in tasks if task["task_id"] == name)
        total, done = states.total(), states["success"] + states["skipped"]
        if done == total:
            words.append(f"{name} done")
        elif total > 1:
            words.append(f"{name} {done} of {total} done" + (f", {states['failed']} failed" * bool(states["failed"])))
        elif "waiting" not in states:
            words.append(f"{name} {next(iter(states))}")
    return ", ".join(words) or "waiting for its turn"


def _earliest(tasks: list[dict[str, Any]], name: str) -> str:
    # "~" sorts after every date: what has not started comes last.
    return min(task["start_date"] or "~" for task in tasks if task["task_id"] == name)


def last_runs_that_failed(client: AirflowApi, dags: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last run of each DAG, where it failed."""
    last = [run for dag in dags for run in client.runs(dag["dag_id"], limit=1)]
    return [run for run in last if run["state"] == "failed"]
