"""Build the marts with dbt and test them, beside those that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from plugins.notifiers.run_failure import attempt_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.metrics.building import Built, Node


class BuildMetricsOperator(BaseOperator):
    """Reads core.* of the months that changed (ops.affected_periods); writes dbt's own schemas and ops.metric_builds.

    Reads the params `full` (build everything) and `months` (build these). One build at a time: an advisory lock is held
    for as long as dbt runs. The log has a line per model and test, with counts and seconds, and never a row.
    Raises BadMetrics (tests failed, or a model could not be built: nothing is published), BadPeriod (a month cannot be
    read), WarehouseUnavailable (retried) when the database was the reason, or rows changed while they were tested.
    """

    def __init__(self, *, conn_id: str = "warehouse", dbt_conn_id: str = "warehouse_dbt", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id
        self.dbt_conn_id = dbt_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Resolve the months, build, write down what became of it. Returns counts."""
        import time

        from include.metrics import books
        from include.metrics.building import APPLICATION, build
        from include.metrics.scope import is_overtaken, resolve_scope
        from include.schemas.organisation import load_organisation
        from include.sql import query
        from plugins.hooks.warehouse import WarehouseHook

        start = time.monotonic()
        run, params, organisation = context["dag_run"], context["params"], load_organisation()
        hook, dbt_hook = WarehouseHook(self.conn_id), WarehouseHook(self.dbt_conn_id)
        with hook.connect() as keeper:
            keeper.execute(query("metrics/lock_metrics"))
            keeper.commit()
            with dbt_hook.connect() as connection:
                connection.execute(query("metrics/end_orphans"), {"application": APPLICATION})
            with hook.connect() as connection:
                scope = resolve_scope(
                    connection, organisation, full=bool(params.get("full")), months=params.get("months") or ()
                )
                books.write_holidays(connection, organisation)
                build_id = books.open_build(
                    connection, scope, dag_id=run.dag_id, run_id=run.run_id, attempt=attempt_of(context)
                )
            if scope.is_full:
                self.log.info("All %d months: %s", len(scope.months), scope.reason)
            else:
                self.log.info("Months: %s", ", ".join(f"{month:%Y-%m}" for month in scope.months) or "none changed")
            built = build(scope, organisation, dbt_environment(dbt_hook), say=self._say)
            keeper.execute(query("metrics/is_reachable"))
            with hook.connect() as connection:
                error = self._judge(built, is_overtaken(connection, scope))
                books.close_build(
                    connection,
                    build_id,
                    built,
                    error_code=error.code if error else None,
                    seconds=time.monotonic() - start,
                )
        if error:
            raise error
        return {"build_id": build_id, "is_full": scope.is_full, "months": len(scope.months), "nodes": len(built.nodes)}

    def _say(self, node: Node) -> None:
        say = self.log.info if node.is_sound else self.log.error
        say("%s %s: %s, %.2f s%s", node.kind, node.name, node.status, node.seconds, _found(node))

    def _judge(self, built: Built, has_changed: bool) -> Any:
        """The error that the build ends with; None when it is sound."""
        from include.errors import BadMetrics, WarehouseUnavailable

        for node in built.warned:
            self.log.warning("%s found %d rows; it holds nothing up", node.name, node.n_failures or 0)
        if built.is_sound:
            return None
        names = ", ".join(node.name for node in built.failed[:10]) or "dbt itself"
        if built.is_away:
            return WarehouseUnavailable(f"The warehouse went away while the metrics were built ({names})")
        is_broken = built.is_broken or any(node.status == "error" for node in built.failed)
        if has_changed and not is_broken:
            return WarehouseUnavailable(
                f"Rows changed while they were tested ({names}): another try tests the new ones", code="core_changed"
            )
        if is_broken:
            return BadMetrics(f"Could not be built: {names}. Nothing was published", code="metrics_broken")
        return BadMetrics(f"Tests failed: {names}. Nothing was published")


def dbt_environment(hook: Any) -> dict[str, str]:
    """What dbt/profiles.yml asks for, from an Airflow connection."""
    settings = hook.get_connection(hook.get_conn_id())
    return {
        "GAUSS_DBT_HOST": settings.host or "127.0.0.1",
        "GAUSS_DBT_PORT": str(settings.port or 5432),
        "GAUSS_DBT_DATABASE": settings.schema or "gauss",
        "GAUSS_DBT_USER": settings.login or "svc_dbt",
        "DBT_ENV_SECRET_GAUSS_PASSWORD": settings.password or "",
        "GAUSS_DBT_SSLMODE": str(settings.extra_dejson.get("sslmode", "prefer")),
    }


def _found(node: Node) -> str:
    return f", {node.n_failures} rows" if node.n_failures else ""
