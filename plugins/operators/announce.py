"""The run's message to people, and the delivery of whatever waits."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from plugins.notifiers.run_failure import (
    RunFailureNotifier,
    attempt_of,
    failed_tasks,
    failed_work,
    is_backfill,
    note_backfill_run,
    run_of,
)
from plugins.operators.record import tell_own_failure

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.reporting.messages import Batch, Message
    from plugins.hooks.warehouse import WarehouseHook


ACTIVE = ["queued", "running"]
FORGOTTEN_AFTER = "6 hours"  # the longest that a run may take (dagrun_timeout): then its ending comes no more


class AnnounceRunOperator(BaseOperator):
    """Reads what became of the run; writes its end message to ops.outbox; delivers what is due to Slack.

    Made for `.as_teardown()`. A run that failed, or left a batch behind, gets no end message: its failure notice
    says it; nor does a scheduled run that found nothing. The runs of a backfill are told together, by one message after
    the last of them. Without a connection to Slack, or while Slack is away, messages wait in the outbox and the task is
    green.
    Raises WarehouseUnavailable (retried) and BadConfiguration (a Slack connection of the wrong type).

    :param summary: `ingest` tells the batches by dataset, `run` tells the rows that the run's line counts
    :param topic: decides the channel
    :param patience: seconds that delivery may take; what is left waits for the next run
    """

    def __init__(
        self,
        *,
        summary: str = "ingest",
        topic: str = "ingest",
        patience: float = 120.0,
        conn_id: str = "warehouse",
        slack_conn_id: str = "slack",
        **kwargs: Any,
    ) -> None:
        super().__init__(**tell_own_failure(kwargs))
        self.summary = summary
        self.topic = topic
        self.patience = patience
        self.conn_id = conn_id
        self.slack_conn_id = slack_conn_id

    @cached_property
    def hook(self) -> WarehouseHook:
        """The warehouse."""
        from plugins.hooks.warehouse import WarehouseHook

        return WarehouseHook(self.conn_id)

    def execute(self, context: Context) -> dict[str, int]:
        """Queue the end message of a sound run, then deliver. Returns counts."""
        from include.reporting import outbox
        from plugins.hooks.slack import SlackHook

        self._tell_of_a_killed_ending(context)
        transport = SlackHook(conn_id=self.slack_conn_id).transport
        with self.hook.connect() as connection:
            with connection.transaction():
                if is_backfill(context):
                    note_backfill_run(connection, context, self._failure_code(connection, context))
                else:
                    self._queue(connection, context)
                self._queue_backfill_summary(connection, context)
                self._queue_forgotten(connection, context)
            if transport is None:
                waiting, dead = outbox.count_backlog(connection)
                self.log.warning(
                    "There is no connection %s; messages waiting in ops.outbox: %d", self.slack_conn_id, waiting
                )
                return {"sent": 0, "waiting": waiting, "dead": dead}
            delivery = outbox.dispatch(connection, transport, patience=self.patience)
        say = self.log.error if delivery.dead_in_all else self.log.warning if delivery.pending else self.log.info
        say("Slack: %s", delivery)
        return {"sent": delivery.sent + delivery.found, "waiting": delivery.pending, "dead": delivery.dead_in_all}

    def _queue(self, connection: Any, context: Context) -> None:
        from include.reporting import outbox

        failed = failed_tasks(context)
        message = None if failed else self._message(connection, context)
        key = f"end:{context['dag'].dag_id}:{context['run_id']}:{attempt_of(context)}"
        self._fold(connection, context, key, [context["run_id"]])
        if message is None:
            self.log.info("No end message: %s.", ", ".join(failed) or "a batch is not home, or nothing was delivered")
            return
        is_new = outbox.queue(connection, dedupe_key=key, topic=self.topic, message=message)
        self.log.info("End message %s.", "queued" if is_new else "was queued before")

    def _failure_code(self, connection: Any, context: Context) -> str | None:
        """Why a run of a backfill failed; None when it is sound."""
        from psycopg.rows import dict_row

        from include.sql import query

        names = {"dag_id": context["dag"].dag_id, "run_id": context["run_id"]}
        with connection.cursor(row_factory=dict_row) as cursor:
            outcome = cursor.execute(query("record/select_outcome"), names).fetchone()
        if not failed_tasks(context) and not outcome["batches_not_home"]:
            return None
        return outcome["error_code"] or "task_failed"

    def _queue_backfill_summary(self, connection: Any, context: Context) -> None:
        """One message for all runs of a backfill, queued by the ending after which no run of the DAG is left."""
        from collections import Counter

        from include.reporting import outbox
        from include.reporting.messages import summarise_backfill
        from include.sql import query

        dag_id = context["dag"].dag_id
        connection.execute(query("record/lock_backfill"))
        untold = connection.execute(query("record/select_untold_runs"), {"dag_id": dag_id}).fetchall()
        run_ids = [run_id for run_id, _, _ in untold]
        if not untold or self._others_active(context, run_ids):
            return
        key = f"backfill:{dag_id}:{run_ids[0]}:{run_ids[-1]}:{max(attempt for _, attempt, _ in untold)}"
        failed = Counter(code for _, _, code in untold if code)
        batches, rejects = self._batches(connection, dag_id, run_ids)
        message = summarise_backfill(run_of(context), len(untold), failed, batches, rejects)
        outbox.queue(connection, dedupe_key=key, topic=self.topic, message=message)
        connection.execute(query("record/mark_told"), {"dag_id": dag_id, "key": key})
        self._fold(connection, context, key, run_ids)
        self.log.info("Summary of a backfill of %d runs queued.", len(untold))

    def _queue_forgotten(self, connection: Any, context: Context) -> None:
        """Tell the runs whose own ending was killed: what they brought home was written down with the data."""
        from dataclasses import replace
        from urllib.parse import quote

        from include.reporting import outbox
        from include.reporting.messages import summarise_ingest
        from include.sql import query

        dag_id, run = context["dag"].dag_id, run_of(context)
        names = {"dag_id": dag_id, "run_id": run.run_id, "after": FORGOTTEN_AFTER}
        for run_id, ended_at in connection.execute(query("outbox/select_forgotten_runs"), names).fetchall():
            key = f"end:{dag_id}:{run_id}:late"
            batches, rejects = self._batches(connection, dag_id, [run_id])
            url = f"{run.url.rsplit('/', 1)[0]}/{quote(run_id)}"
            late = replace(run, run_id=run_id, url=url, ended_at=ended_at, seconds=None)
            outbox.queue(connection, dedupe_key=key, topic=self.topic, message=summarise_ingest(late, batches, rejects))
            self._fold(connection, context, key, [run_id])
            self.log.warning("Run %s never came to tell what it brought home; its message is queued now.", run_id)

    def _fold(self, connection: Any, context: Context, key: str, run_ids: list[str]) -> None:
        from include.sql import query

        names = {"dag_id": context["dag"].dag_id, "run_ids": run_ids, "key": key}
        connection.execute(query("outbox/fold_parts"), names)

    def _others_active(self, context: Context, ended: list[str]) -> int:
        """How many runs of the DAG are queued or running and have not come to their ending."""
        ti, dag_id = context["ti"], context["dag"].dag_id
        active = ti.get_dr_count(dag_id=dag_id, states=ACTIVE)
        ended_active = ti.get_dr_count(dag_id=dag_id, run_ids=list({*ended, context["run_id"]}), states=ACTIVE)
        return int(active - ended_active)

    def _batches(self, connection: Any, dag_id: str, run_ids: list[str]) -> tuple[list[Batch], dict[str, int]]:
        """Batches of these runs, and their rejected rows by code."""
        from decimal import Decimal

        from psycopg.rows import dict_row

        from include.reporting.messages import Batch
        from include.sql import query

        names = {"dag_id": dag_id, "run_ids": run_ids}
        with connection.cursor(row_factory=dict_row) as cursor:
            batches = [
                Batch(**row | {"amounts": {name: Decimal(text) for name, text in row["amounts"].items()}})
                for row in cursor.execute(query("record/select_batches"), names)
            ]
            rejects = {
                row["code"]: row["rows_rejected"] for row in cursor.execute(query("record/count_rejects"), names)
            }
        return batches, rejects

    def _message(self, connection: Any, context: Context) -> Message | None:
        """The end message; None if a batch of the run is not home, or a scheduled run found nothing: who hears that
        every day hears nothing any more.
        """
        from psycopg.rows import dict_row

        from include.reporting.messages import summarise_ingest, summarise_run
        from include.sql import query

        run = run_of(context)
        names = {"dag_id": run.pipeline, "run_id": run.run_id}
        with connection.cursor(row_factory=dict_row) as cursor:
            outcome = cursor.execute(query("record/select_outcome"), names).fetchone()
            if outcome["batches_not_home"]:
                return None
            if self.summary == "ingest" and not outcome["batches"] and context["dag_run"].run_type == "scheduled":
                return None
            if self.summary == "run":
                line = cursor.execute(query("record/select_run"), names | {"attempt": attempt_of(context)}).fetchone()
                return line and summarise_run(run, line["rows_written"], (line["period_from"], line["period_to"]))
        batches, rejects = self._batches(connection, run.pipeline, [run.run_id])
        return summarise_ingest(run, batches, rejects)

    def _tell_of_a_killed_ending(self, context: Context) -> None:
        """An ending before this one that was killed could not tell its failure; told twice, it is heard once. A run
        whose `record` was killed gets its final line here, and the CSV log with the pipeline's next run.
        """
        from include.reporting.logs import record_run

        if failed_work(context) or not (killed := failed_tasks(context)):
            return
        with self.hook.connect() as connection:
            record_run(connection, run_of(context), attempt_of(context), failure=None)
        for task in killed:
            owner = context["dag"].task_dict[task].owner
            RunFailureNotifier(
                owner=owner, of_ending=True, conn_id=self.conn_id, slack_conn_id=self.slack_conn_id
            ).tell(context, task)
