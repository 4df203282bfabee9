"""DAGs that end in every way, for tests of the endings: `python -m tests.slack.dags.endings ANSWER` runs them all."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from airflow.sdk import dag, task

from include.errors import AccountingMismatch, FileUnavailable
from plugins.notifiers.run_failure import RunFailureNotifier, failed_work, remember_error_code
from plugins.operators.announce import AnnounceRunOperator
from plugins.operators.record import RecordRunOperator

PLANTED = "KE72-1234-secret-salary-91000"


def die() -> NoReturn:
    """End this process as the kernel ends one that took too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit


class KilledRecordOperator(RecordRunOperator):
    """An ending that is killed at its work."""

    def execute(self, context: Any) -> NoReturn:
        """Die."""
        die()


def make(
    dag_id: str,
    fails: str = "",
    killed: str = "",
    ending: type[RecordRunOperator] = RecordRunOperator,
    timeout: timedelta | None = None,
    **record: str,
) -> None:
    """A DAG like the real ones; the tasks named in `fails` raise, mapped ones at indexes 1 and 3."""

    @dag(
        dag_id=dag_id,
        schedule=None,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        dagrun_timeout=timeout,
        default_args={"owner": "finance", "on_failure_callback": remember_error_code},
        on_failure_callback=RunFailureNotifier(owner="finance"),
    )
    def pipeline() -> None:
        @task(retries=1 if "late" in fails else 0, retry_delay=timedelta(0))
        def collect() -> list[int]:
            if "collect" in fails:
                raise FileUnavailable(f"inbox: {PLANTED}")
            return [0, 1, 2, 3]

        @task
        def validate(number: int) -> None:
            if "validate" in fails and number % 2:
                raise AccountingMismatch(f"the sums of {PLANTED} differ")

        # As in ingest_validate_load: it runs whatever failed, and fails because of it.
        @task(trigger_rule="all_done" if "late" in fails else "all_success")
        def load(**context: Any) -> None:
            if "late" in fails and (before := failed_work(context)):
                raise RuntimeError(f"{before} failed before")
            if "supervisor" in killed:
                os.kill(os.getppid(), signal.SIGKILL)
            if "load" in killed:
                die()
            if "clock" in killed:
                time.sleep(600)
            if "load" in fails:
                raise RuntimeError(PLANTED)

        ends = ending(task_id="record", log="transform_logs.csv", rows_written=12, **record).as_teardown()
        last = AnnounceRunOperator(task_id="announce", summary="run", patience=5).as_teardown()
        validate.expand(number=collect()) >> load() >> ends >> last

    pipeline()


make("ends_well")
make("fails_in_collect", "collect")
make("fails_in_validate", "validate")
make("fails_in_load", "load")
make("fails_twice", "collect late")
make("cannot_record", folder="/dev/null/nowhere")
make("fails_and_cannot_record", "load", folder="/dev/null/nowhere")
make("killed_in_load", killed="load")
make("killed_in_record", ending=KilledRecordOperator)
make("killed_by_the_clock", killed="clock", timeout=timedelta(seconds=45))
make("killed_with_its_supervisor", killed="supervisor load")


def make_wrong(dag_id: str, fails: str, rule: str = "all_success", *, is_teardown: bool) -> None:
    """A DAG whose endings are none of ours, to see what they make of a run in which a task failed."""

    @dag(dag_id=dag_id, schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC))
    def pipeline() -> None:
        @task
        def validate() -> None:
            if fails == "validate":
                raise RuntimeError(PLANTED)

        @task
        def load() -> None:
            if fails == "load":
                raise RuntimeError(PLANTED)

        @task(trigger_rule=rule)
        def record() -> None:
            """An ending."""

        @task(trigger_rule=rule)
        def announce() -> None:
            """Another."""

        ends = [record(), announce()]
        if is_teardown:
            ends = [each.as_teardown(on_failure_fail_dagrun=True) for each in ends]
        validate() >> load() >> ends[0] >> ends[1]

    pipeline()


for failing in ("validate", "load"):
    make_wrong(f"wrong_all_done_{failing}", failing, "all_done", is_teardown=False)
    make_wrong(f"wrong_teardown_{failing}", failing, is_teardown=True)


def main(answer: str) -> None:
    """Run each that does not kill itself to its end in this process, and write down how its tasks ended."""
    from airflow.dag_processing.dagbag import DagBag

    endings = {}
    for dag_id, known in DagBag(dag_folder=__file__).dags.items():
        if dag_id.startswith("killed"):
            continue
        run = known.test()
        tasks = {
            f"{ti.task_id}_{ti.map_index}" if ti.map_index >= 0 else ti.task_id: str(ti.state)
            for ti in run.get_task_instances()
        }
        endings[dag_id] = {"state": str(run.state), "run_id": run.run_id, "tasks": tasks}
    Path(answer).write_text(json.dumps(endings))


if __name__ == "__main__":
    main(*sys.argv[1:])
