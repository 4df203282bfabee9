"""Run one DAG to its end in this process and write down how each task ended: `python -m tests.run_dag ID PARAMS FILE`."""

import json
import sys
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag

from tests.conftest import ROOT


def main(dag_id: str, params: str, answer: str) -> None:
    """Run the DAG; a failing run is an answer, not an error."""
    bag = DagBag(dag_folder=str(ROOT / "dags"))
    if bag.import_errors:
        raise SystemExit(f"the DAG files cannot be imported: {bag.import_errors}")
    dag = bag.dags[dag_id]
    run = dag.test(run_conf=json.loads(params))
    tasks = [(ti.task_id, ti.map_index, str(ti.state)) for ti in run.get_task_instances()]
    Path(answer).write_text(json.dumps({"state": str(run.state), "run_id": run.run_id, "tasks": tasks}))


if __name__ == "__main__":
    main(*sys.argv[1:])
