"""Publish what was built: readers see the old figures until the new ones are complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.bases.xcom import BaseXCom

from plugins.notifiers.run_failure import run_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.metrics.publishing import Published


class PublishMetricsOperator(BaseOperator):
    """Reads the run's build; writes marts.* and restatements, ops.period_cursor and ops.outbox in one transaction.

    Then, by the params `close` and `reopen`, closes or reopens an accounting period; `insist` closes it although its
    checklist names something. A closed month that the build changes is marked restated, both figures are kept, and
    finance is told, once.
    Raises BadConfiguration (the run has no build; the month's checklist is not clear), BadPeriod (the month has not
    ended, or cannot be read) and WarehouseUnavailable (retried).

    :param topic: where a restatement is told
    """

    def __init__(self, *, topic: str = "alerts", conn_id: str = "warehouse", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.topic = topic
        self.conn_id = conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Publish, then close or reopen. Returns counts: of an earlier attempt, where that one published."""
        from include.metrics.publishing import publish
        from plugins.hooks.warehouse import WarehouseHook

        run = context["dag_run"]
        hook = WarehouseHook(self.conn_id)
        with hook.connect() as connection:
            published = publish(connection, dag_id=run.dag_id, run_id=run.run_id)
            self._tell(connection, context, published)
        if published.is_overtaken:
            self.log.warning("A later build has written over this one: its run publishes, or the next run does")
        for name, count in published.rows.items():
            self.log.info("marts.%s: %d rows written", name, count)
        counts = {"rows_written": published.rows_written, "restated": len(published.restated)}
        # Said before a month is closed: what is published stays so, and is to be recorded, though the month may not be.
        context["ti"].xcom_push(key=BaseXCom.XCOM_RETURN_KEY, value=counts)
        with hook.connect() as connection:
            self._close(connection, context)
        return counts

    def _tell(self, connection: Any, context: Context, published: Published) -> None:
        from include.reporting import outbox
        from include.reporting.messages import Restatement, tell_restatement

        if not published.restated:
            return
        run = run_of(context)
        months = [
            Restatement(
                restated.month,
                restated.n_figures,
                restated.spend_change,
                restated.base_currency,
                restated.n_grant_figures,
                restated.grants,
            )
            for restated in published.restated
        ]
        outbox.queue(
            connection,
            dedupe_key=f"restated:{run.pipeline}:{published.build_id}",
            topic=self.topic,
            message=tell_restatement(run, months),
        )
        for month in months:
            self.log.warning(
                "%s was closed and is restated: %d figures, %d of grants",
                f"{month.month:%Y-%m}", month.n_figures, month.n_grant_figures,
            )  # fmt: skip

    def _close(self, connection: Any, context: Context) -> None:
        from include.metrics.closing import close_month, reopen_month
        from include.metrics.scope import parse_month
        from include.schemas.organisation import load_organisation

        params, run = context["params"], context["dag_run"]
        who = {
            "done_by": getattr(run, "triggering_user_name", None) or "unknown",
            "dag_id": run.dag_id,
            "run_id": run.run_id,
        }
        if params.get("reopen"):
            month = parse_month(params["reopen"])
            was_closed = reopen_month(connection, month, **who)
            self.log.info("%s is %s", f"{month:%Y-%m}", "reopened" if was_closed else "open as it was")
        if params.get("close"):
            month = parse_month(params["close"])
            open_points = close_month(
                connection, month, insist=bool(params.get("insist")), today=load_organisation().today(), **who
            )
            self.log.info("%s is closed; its checklist still names %d points", f"{month:%Y-%m}", len(open_points))
