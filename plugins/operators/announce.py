"""The run's message to people, and the delivery of whatever waits."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from plugins.notifiers.run_failure import RunFailureNotifier, attempt_of, failed_tasks, failed_work, run_of
from plugins.operators.record import tell_own_failure

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.reporting.messages import Message
    from plugins.hooks.warehouse import WarehouseHook


class AnnounceRunOperator(BaseOperator):
    """Reads what became of the run; writes its end message to ops.outbox; delivers what is due to Slack.

    Made for `.as_teardown()`. A run that failed, or left a batch behind, gets no end message: its failure notice
    says it. Without a connection to Slack, or while Slack is away, messages wait in the outbox and the task is green.
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
        patience: float = 60.0,
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
                self._queue(connection, context)
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
        if message is None:
            self.log.info("No end message: the run is not sound (%s).", ", ".join(failed) or "a batch is not home")
            return
        key = f"end:{context['dag'].dag_id}:{context['run_id']}:{attempt_of(context)}"
        is_new = outbox.queue(connection, dedupe_key=key, topic=self.topic, message=message)
        self.log.info("End message %s.", "queued" if is_new else "was queued before")

    def _message(self, connection: Any, context: Context) -> Message | None:
        """The end message; None if a batch of the run is not home."""
        from decimal import Decimal

        from psycopg.rows import dict_row

        from include.reporting.messages import Batch, summarise_ingest, summarise_run
        from include.reporting.queries import query

        run = run_of(context)
        names = {"dag_id": run.pipeline, "run_id": run.run_id}
        with connection.cursor(row_factory=dict_row) as cursor:
            outcome = cursor.execute(query("record/select_outcome"), names).fetchone()
            if outcome["batches_not_home"]:
                return None
            if self.summary == "run":
                line = cursor.execute(query("record/select_run"), names | {"attempt": attempt_of(context)}).fetchone()
                return line and summarise_run(run, line["rows_written"], (line["period_from"], line["period_to"]))
            batches = [
                Batch(**row | {"amounts": {name: Decimal(text) for name, text in row["amounts"].items()}})
                for row in cursor.execute(query("record/select_batches"), names)
            ]
            rejects = {
                row["code"]: row["rows_rejected"] for row in cursor.execute(query("record/count_rejects"), names)
            }
        return summarise_ingest(run, batches, rejects)

    def _tell_of_a_killed_ending(self, context: Context) -> None:
        """An ending before this one that was killed could not tell its failure; told twice, it is heard once."""
        if failed_work(context):
            return
        for task in failed_tasks(context):
            owner = context["dag"].task_dict[task].owner
            RunFailureNotifier(
                owner=owner, of_ending=True, conn_id=self.conn_id, slack_conn_id=self.slack_conn_id
            ).tell(context, task)
