"""Tell people once that a run failed: what, where, whose turn it is; never a value, never an exception's text.

A DAG has `RunFailureNotifier` as its `on_failure_callback`: Airflow calls it once per failed run from the
dag-processor, even when the task's process was killed and could say nothing. A red ending (record, announce) leaves
the run green, so the two ending operators carry the notifier themselves, with `of_ending=True`.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.reporting.messages import Failure, Run

ERROR_CODE_KEY = "error_code"
TRY_KEY = "failed_try"
TOPIC = "alerts"
# Slack usually asks to wait half a minute; a callback in the dag-processor is killed after 50 seconds.
PATIENCE = 40.0
_UNEXPLAINED = "task_failed"


def remember_error_code(context: Context) -> None:
    """A task's `on_failure_callback` that keeps the error's stable code and the try, for the books and for the notice.

    A task that was killed keeps nothing; the run's code is then `task_failed`, and the try unknown.
    """
    from include.errors import GaussError

    error = context.get("exception")
    if error is None:
        # The dag-processor calls, since nobody else of this task lives. It takes no XCom: one would never be answered,
        # and hold up the run's own notice until the process is killed for it.
        return
    code = error.code if isinstance(error, GaussError) else _UNEXPLAINED
    context["ti"].xcom_push(key=ERROR_CODE_KEY, value=code)
    context["ti"].xcom_push(key=TRY_KEY, value=context["ti"].try_number)


def kept_by(context: Context, task: str, key: str) -> Any:
    """What `remember_error_code` kept of a failed task, a mapped one given as `task_3`; None when it kept nothing."""
    name, index = (task, None) if task in context["dag"].task_dict else _split(task)
    return context["ti"].xcom_pull(task_ids=name, map_indexes=index, key=key)


def failed_tasks(context: Context) -> list[str]:
    """Ids of the run's tasks that failed so far in the order in which they work, a mapped one as `task_3`."""
    states = context["ti"].get_task_states(dag_id=context["dag"].dag_id, run_ids=[context["run_id"]])
    failed = [task for task, state in states.get(context["run_id"], {}).items() if state == "failed"]
    order = {task.task_id: place for place, task in enumerate(context["dag"].topological_sort())}
    return sorted(failed, key=lambda task: (order.get(_without_index(task, order), 0), task))


def failed_work(context: Context) -> list[str]:
    """As `failed_tasks`, without the endings: any of these makes the run red."""
    return [task for task in failed_tasks(context) if not _is_ending(context, task)]


def attempt_of(context: Context) -> int:
    """Which attempt of its run this is: 1, and one more each time the run was cleared."""
    run = context.get("dag_run")
    return 1 + (getattr(run, "clear_number", 0) or 0)


def is_backfill(context: Context) -> bool:
    """Whether the run belongs to a backfill: its runs are told together, by one message."""
    return str(getattr(context.get("dag_run"), "run_type", "")) == "backfill" or context["run_id"].startswith(
        "backfill__"
    )


def note_backfill_run(connection: Any, context: Context, error_code: str | None) -> None:
    """Note that a run of a backfill has ended, for the message about all of them."""
    from include.sql import query

    names = {"dag_id": context["dag"].dag_id, "run_id": context["run_id"], "attempt": attempt_of(context)}
    connection.execute(query("record/note_backfill_run"), names | {"error_code": error_code})


def run_of(context: Context) -> Run:
    """The run as messages show it."""
    import datetime as dt

    from airflow.sdk.configuration import conf

    from include.reporting.messages import Run
    from include.schemas.organisation import load_organisation

    now = dt.datetime.now(dt.UTC)
    dag_id, run_id = context["dag"].dag_id, context["run_id"]
    started = getattr(context.get("dag_run"), "start_date", None)
    return Run(
        pipeline=dag_id,
        run_id=run_id,
        url=_run_url(conf.get("api", "base_url", fallback="http://localhost:8080/"), dag_id, run_id),
        ended_at=now,
        zone=load_organisation().zone,
        seconds=(now - started).total_seconds() if started else None,
    )


class RunFailureNotifier(BaseNotifier):
    """Queues one notice per run and attempt in ops.outbox, and tries to deliver it at once.

    Whoever calls it twice is heard once: the dedupe key names run, attempt and, for an ending, the task. If the
    warehouse itself is out of reach the notice goes straight to Slack. An ending says nothing when the run is red
    anyway: the DAG's own notice tells it.
    """

    def __init__(
        self,
        *,
        owner: str | None = None,
        of_ending: bool = False,
        conn_id: str = "warehouse",
        slack_conn_id: str = "slack",
    ) -> None:
        super().__init__()
        self.owner = owner
        self.of_ending = of_ending
        self.conn_id = conn_id
        self.slack_conn_id = slack_conn_id

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Nothing to do: no field is a template, and the DAG that `dag.test()` hands over could render none."""

    def notify(self, context: Context) -> None:
        """Queue the notice, then deliver what is due."""
        if self.of_ending and failed_work(context):
            self.log.info("The run itself failed: its own notice tells it.")
            return
        if is_backfill(context) and not self.of_ending:
            self._note_for_the_summary(context)
            return
        task = self._failed_task(context)
        self.tell(context, task)

    def _note_for_the_summary(self, context: Context) -> None:
        from plugins.hooks.warehouse import WarehouseHook

        with WarehouseHook(self.conn_id).connect() as connection:
            note_backfill_run(connection, context, self._end(connection, context))
        self.log.info("A run of a backfill: the message about all of its runs tells it.")

    def tell(self, context: Context, task: str) -> None:
        """Queue and deliver the notice that names this task."""
        from include.errors import WarehouseUnavailable
        from include.reporting import outbox
        from include.reporting.messages import tell_failure
        from plugins.hooks.slack import SlackHook
        from plugins.hooks.warehouse import WarehouseHook

        key = self._dedupe_key(context, task)
        transport = SlackHook(conn_id=self.slack_conn_id).transport
        try:
            with WarehouseHook(self.conn_id).connect() as connection:
                with connection.transaction():
                    code = self._end(connection, context)
                    message = tell_failure(self._failure(context, task, code))
                    is_new = outbox.queue(connection, dedupe_key=key, topic=TOPIC, message=message)
                self.log.info("Failure notice %s (%s)", "queued" if is_new else "was queued before", code)
                if transport is None:
                    self.log.warning("There is no connection %s: the notice waits in ops.outbox.", self.slack_conn_id)
                else:
                    self.log.info("Slack: %s", outbox.dispatch(connection, transport, patience=PATIENCE))
        except WarehouseUnavailable as error:
            if transport is None:
                raise
            message = tell_failure(self._failure(context, task, error.code))
            outcome = transport.send(TOPIC, key, message)
            self.log.warning("The warehouse is out of reach; notice sent past the outbox: %s", outcome)

    def _failed_task(self, context: Context) -> str:
        """The task to blame: the first that failed. Airflow names the last one, which fails because of it."""
        if "ti" not in context:
            return "unknown"
        named = _indexed(context["ti"])
        if self.of_ending:
            return named
        try:
            failed = failed_work(context)
        except Exception as error:  # noqa: BLE001 - a notice that names the wrong task is better than none
            self.log.warning("The states of the run's tasks cannot be read (%s).", type(error).__name__)
            return named
        return failed[0] if failed else named

    def _failure(self, context: Context, task: str, code: str) -> Failure:
        from include.reporting.messages import Failure

        run = run_of(context)
        try_number = self._try_of(context, task)
        log_url = _task_url(run.url, context, task)
        return Failure(
            run=run,
            task=task,
            try_number=try_number,
            log_url=f"{log_url}?try_number={try_number}" if try_number else log_url,
            error_code=code,
            owner=self.owner or getattr(context["dag"], "owner", "") or "nobody",
            run_is_green=self.of_ending,
        )

    def _try_of(self, context: Context, task: str) -> int | None:
        """The try in which the blamed task failed: Airflow's own, when it names this task, else as the task kept it."""
        if "ti" not in context:
            return None
        if _indexed(context["ti"]) == task:
            return context["ti"].try_number
        try:
            kept = kept_by(context, task, TRY_KEY)
        except Exception as error:  # noqa: BLE001 - a notice without the try is better than none
            self.log.warning("The try of %s cannot be read (%s).", task, type(error).__name__)
            return None
        return int(kept) if kept else None

    def _end(self, connection: Any, context: Context) -> str:
        """The code of the failure; a run whose ending never came, since its time was over, gets its final line here."""
        from include.reporting.logs import record_run

        code = self._error_code(connection, context)
        if not self.of_ending:
            record_run(connection, run_of(context), attempt_of(context), failure=code)
        return code

    def _error_code(self, connection: Any, context: Context) -> str:
        from include.sql import query

        if self.of_ending:
            from include.errors import GaussError

            error = context.get("exception")
            return error.code if isinstance(error, GaussError) else _UNEXPLAINED
        values = {
            "dag_id": context["dag"].dag_id,
            "run_id": context["run_id"],
            "attempt": attempt_of(context),
        }
        row = connection.execute(query("record/select_error_code"), values).fetchone()
        reason = context.get("reason")
        return (row and row[0]) or (reason if reason in ("timed_out", "all_tasks_deadlocked") else _UNEXPLAINED)

    def _dedupe_key(self, context: Context, task: str) -> str:
        parts = ["failure", context["dag"].dag_id, context["run_id"], str(attempt_of(context))]
        return ":".join(parts + [task] * self.of_ending)


def _is_ending(context: Context, task: str) -> bool:
    tasks = context["dag"].task_dict
    known = tasks.get(_without_index(task, tasks))
    return bool(known and known.is_teardown)


def _without_index(task: str, known: Container[str]) -> str:
    return task if task in known else re.sub(r"_\d+$", "", task)


def _split(task: str) -> tuple[str, int]:
    name, _, index = task.rpartition("_")
    return name, int(index)


def _indexed(ti: Any) -> str:
    index = getattr(ti, "map_index", -1)
    return ti.task_id if index is None or index < 0 else f"{ti.task_id}_{index}"


def _run_url(base: str, dag_id: str, run_id: str) -> str:
    from urllib.parse import quote

    return f"{base.rstrip('/')}/dags/{dag_id}/runs/{quote(run_id)}"


def _task_url(run_url: str, context: Context, task: str) -> str:
    if task in context["dag"].task_dict:
        return f"{run_url}/tasks/{task}"
    name, _, index = task.rpartition("_")
    return f"{run_url}/tasks/{name}/mapped/{index}" if name in context["dag"].task_dict else run_url
