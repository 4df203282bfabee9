"""The run's line in the books, and its lines in the CSV log."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from plugins.notifiers.run_failure import ERROR_CODE_KEY, RunFailureNotifier, attempt_of, failed_work, run_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from plugins.hooks.warehouse import WarehouseHook


class RecordRunOperator(BaseOperator):
    """Reads what the run's batches became; writes ops.run_log (one line per run and attempt), then the CSV log.

    Made for `.as_teardown()`: it runs and records whatever failed before it. The CSV log is brought up to date from
    the database, so a retry writes nothing twice, and what a full disk refused comes with the next run.
    Raises FileUnavailable (disk full, log locked; the database line is written by then) and WarehouseUnavailable
    (both retried), BadConfiguration (the file has another header). A red ending leaves the run green: it tells
    people itself.

    :param log: name of the CSV log, one of include/reporting/logs.py
    :param folder: folder of the CSV logs
    :param rows_written: a template with the number of rows; unless given, the rows that the run's batches loaded
    """

    template_fields = ("folder", "rows_written")

    def __init__(
        self,
        *,
        log: str = "ingestion_logs.csv",
        folder: str = "{{ var.value.output }}",
        rows_written: str | int | None = None,
        conn_id: str = "warehouse",
        **kwargs: Any,
    ) -> None:
        super().__init__(**tell_own_failure(kwargs))
        self.log_name = log
        self.folder = folder
        self.rows_written = rows_written
        self.conn_id = conn_id

    @cached_property
    def hook(self) -> WarehouseHook:
        """The warehouse."""
        from plugins.hooks.warehouse import WarehouseHook

        return WarehouseHook(self.conn_id)

    def execute(self, context: Context) -> dict[str, Any]:
        """Record the run. Returns its status and the number of lines written to the CSV log."""
        from pathlib import Path

        from psycopg.rows import dict_row

        from include.reporting.logs import bring_up_to_date
        from include.sql import query

        run, attempt = run_of(context), attempt_of(context)
        failed = failed_work(context)
        names = {"dag_id": run.pipeline, "run_id": run.run_id}
        with self.hook.connect() as connection:
            with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                outcome = cursor.execute(query("record/select_outcome"), names).fetchone() or {}
                is_sound = not failed and not outcome["batches_not_home"]
                rows = outcome["rows_written"] if self.rows_written in (None, "") else int(str(self.rows_written))
                cursor.execute(
                    query("record/insert_run"),
                    names
                    | {
                        "attempt": attempt,
                        "status": "success" if is_sound else "failed",
                        "error_code": None if is_sound else outcome["error_code"] or self._error_code(context, failed),
                        "period_from": outcome["period_from"],
                        "period_to": outcome["period_to"],
                        "rows_written": rows,
                        "seconds": run.seconds or 0,
                    },
                )
            lines = bring_up_to_date(connection, Path(self.folder), self.log_name, run.pipeline, look_back=attempt == 1)
        self.log.info("%s: %d lines written to %s", "success" if is_sound else "failed", lines, self.log_name)
        return {"status": "success" if is_sound else "failed", "lines": lines}

    def _error_code(self, context: Context, failed: list[str]) -> str:
        """The code that a failed task kept; a task that was killed kept none."""
        ti = context["ti"]
        for task in failed:
            name, index = (task, None) if task in context["dag"].task_dict else _split(task)
            kept = ti.xcom_pull(task_ids=name, map_indexes=index, key=ERROR_CODE_KEY)
            if kept:
                return str(kept)
        return "task_failed" if failed else "not_loaded"


def tell_own_failure(kwargs: dict[str, Any]) -> dict[str, Any]:
    """An ending's arguments with the notifier that tells its own failure, beside the callbacks that it was given."""
    given = kwargs.get("on_failure_callback") or []
    callbacks = list(given) if isinstance(given, (list, tuple)) else [given]
    owner = kwargs.get("owner") or (kwargs.get("default_args") or {}).get("owner")
    return {**kwargs, "on_failure_callback": [*callbacks, RunFailureNotifier(owner=owner, of_ending=True)]}


def _split(task: str) -> tuple[str, int]:
    name, _, index = task.rpartition("_")
    return name, int(index)
