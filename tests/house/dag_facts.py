"""What the DAG files say about themselves, as JSON; in a process of its own, as Airflow's settings are read once."""

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag


def facts(folder: str) -> dict[str, Any]:
    """Import errors by file, and each DAG's settings, parameters and tasks."""
    bag = DagBag(dag_folder=folder)
    return {
        "errors": {Path(file).name: error for file, error in bag.import_errors.items()},
        "dags": [_dag(bag.dags[name]) for name in sorted(bag.dags)],
    }


def _dag(dag: Any) -> dict[str, Any]:
    return {
        "dag_id": dag.dag_id,
        "file": Path(dag.fileloc).name,
        "doc_md": dag.doc_md or "",
        "owner": dag.owner,
        "tags": sorted(dag.tags),
        "max_active_runs": dag.max_active_runs,
        "dagrun_timeout": dag.dagrun_timeout and dag.dagrun_timeout.total_seconds(),
        "catchup": dag.catchup,
        "params": {name: _param(dag.params.get_param(name)) for name in dag.params},
        "tasks": {task.task_id: _task(task) for task in dag.topological_sort()},
    }


def _param(param: Any) -> dict[str, Any]:
    return {"type": param.schema.get("type"), "description": param.description}


def _task(task: Any) -> dict[str, Any]:
    return {
        "retries": task.retries,
        "has_retry_policy": getattr(task, "retry_policy", None) is not None,
        "execution_timeout": task.execution_timeout and task.execution_timeout.total_seconds(),
        "pool": task.pool,
        "is_teardown": task.is_teardown,
        "fails_the_run_alone": bool(getattr(task, "on_failure_fail_dagrun", False)),
        "upstream": sorted(task.upstream_task_ids),
        "downstream": sorted(task.downstream_task_ids),
    }


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(facts(sys.argv[1])))
