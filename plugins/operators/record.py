"""The run's line in the books, and its lines in the CSV log."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from plugins.notifiers.run_failure import (
    ERROR_CODE_KEY,
    RunFailureNotifier,
    attempt_of,
    failed_work,
    kept_by,
    run_of,
)

if TYPE_CHECKING:
    from airflow.sdk import Context

    from plugins.hooks.warehouse import WarehouseHook


class RecordRunOperator(BaseOperator):
    """Reads what the run's batches became; writes ops.run_log (one line per run and attempt), then the CSV log.

    Made for `.as_teardown()`: it runs and records whatever failed before it. The CSV log is brought up to date from
    the database, so a retry writes nothing twice, and what a full disk refused comes with the next run.
    Raises FileUnavailable (disk full, log locked; the database line is written by then) and WarehouseUnavailable
    (both retried), BadConfiguration (the file has another header). A red ending leaves the run green: it tells
    people itself. Its outlets ring when rows of core changed, also in a run that failed in part: what came home is to
    be seen.

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

        from include.reporting.logs import bring_up_to_date, record_run

        run, attempt = run_of(context), attempt_of(context)
        failed = failed_work(context)
        with self.hook.connect() as connection:
            recorded = record_run(
                connection,
                run,
                attempt,
                failure=self._error_code(context, failed) if failed else None,
                rows_written=None if self.rows_written in (None, "") else int(str(self.rows_written)),
            )
            lines = bring_up_to_date(connection, Path(self.folder), self.log_name, run.pipeline, look_back=attempt == 1)
        if not recorded.rows_changed:
            self.outlets = []
        self.log.info("%s: %d lines written to %s", recorded.status, lines, self.log_name)
        return {"status": recorded.status, "lines": lines}

    def _error_code(self, context: Context, failed: list[str]) -> str:
        """The code that a failed task kept; a task that was killed kept none."""
        for task in failed:
            if kept := kept_by(context, task, ERROR_CODE_KEY):
                return str(kept)
        return "task_failed"


def tell_own_failure(kwargs: dict[str, Any]) -> dict[str, Any]:
    """An ending's arguments with the notifier that tells its own failure, beside the callbacks that it was given."""
    given = kwargs.get("on_failure_callback") or []
    callbacks = list(given) if isinstance(given, (list, tuple)) else [given]
    owner = kwargs.get("owner") or (kwargs.get("default_args") or {}).get("owner")
    return {**kwargs, "on_failure_callback": [*callbacks, RunFailureNotifier(owner=owner, of_ending=True)]}
