"""DAGs that end with a refresh of Power BI, for tests: `python -m tests.dashboards.dags.refreshes ANSWER`."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import dag, task

from include.errors import BadMetrics
from plugins.notifiers.run_failure import RunFailureNotifier, remember_error_code
from plugins.operators.announce import AnnounceRunOperator
from plugins.operators.record import RecordRunOperator
from plugins.operators.refresh import RefreshPowerBIOperator
from plugins.retries import RETRY_WHAT_MAY_PASS

ROWS = "{{ (ti.xcom_pull(task_ids='publish') or {}).get('rows_written', 0) }}"


def make(dag_id: str, rows: int | None = 12, timeout: float = 4) -> None:
    """A DAG that ends like transform_metrics, with the connection of its own name; it publishes so many rows, or fails."""

    @dag(
        dag_id=dag_id,
        schedule=None,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        default_args={
            "owner": "finance",
            "retries": 1,
            "retry_delay": timedelta(seconds=1),
            "retry_policy": RETRY_WHAT_MAY_PASS,
            "on_failure_callback": remember_error_code,
        },
        on_failure_callback=RunFailureNotifier(owner="finance"),
    )
    def pipeline() -> None:
        @task(multiple_outputs=False)
        def publish() -> dict[str, int]:
            if rows is None:
                raise BadMetrics("a test found rows")
            return {"rows_written": rows}

        refresh = RefreshPowerBIOperator(
            task_id="refresh", rows_published=ROWS, conn_id=dag_id, check_interval=1, timeout=timeout
        ).as_teardown()
        record = RecordRunOperator(task_id="record", log="transform_logs.csv", rows_written=ROWS).as_teardown()
        announce = AnnounceRunOperator(task_id="announce", summary="run", patience=5).as_teardown()
        publish() >> refresh >> record >> announce

    pipeline()


make("is_unconnected")
make("is_read", timeout=60)
make("is_refused", timeout=20)
make("never_ends")
make("publishes_nothing", 0)
make("cannot_publish", None)


class Forgetful(dict[str, Any]):
    """Keeps nothing: `dag.test()` gives each trigger an event loop of its own, and a kept client belongs to the last."""

    def __setitem__(self, key: str, value: Any) -> None:
        """Do not keep it."""


def main(answer: str) -> None:
    """Run each to its end in this process, and write down how its tasks ended."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.providers.microsoft.azure.hooks.powerbi import PowerBIHook

    PowerBIHook.cached_request_adapters = Forgetful()
    ended = {}
    for dag_id, known in DagBag(dag_folder=__file__).dags.items():
        run = known.test()
        tasks = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
        ended[dag_id] = {"state": str(run.state), "tasks": tasks}
    Path(answer).write_text(json.dumps(ended))


if __name__ == "__main__":
    main(*sys.argv[1:])
