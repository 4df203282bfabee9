"""Bring the run's validated batches into core, in reference order."""

from typing import Any

from airflow.sdk import BaseOperator, Context

from plugins.notifiers.run_failure import failed_work
from plugins.operators.collect import LEFT_BEHIND


class LoadBatchesOperator(BaseOperator):
    """Reads the spools of the run's validated batches; writes core.*, the ledger, rejects, affected periods.

    One task for all datasets: a row may refer to rows of the datasets above its own, so the order must hold, and
    mapped tasks have none. Each batch is one transaction; a batch that is refused does not hold up the others.
    Reads the params `reprocess`, `dry_run` (the loads are rehearsed and taken back, and the log says what they would
    have done) and `withdraw` (that batch is taken back, and nothing loaded).
    Raises BadData when any batch of the run was refused, here or by validation, when collect left a file behind, or a
    task before it failed: the run must not look green.
    """

    def __init__(self, *, conn_id: str = "warehouse", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conn_id = conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Load batch by batch. Returns counts."""
        if context["params"].get("withdraw"):
            return self._withdraw(context)
        from include.errors import BadData
        from include.ingest import batches as books
        from include.ingest.collecting import UNKNOWN
        from include.ingest.datasets import DATASETS
        from plugins.hooks.warehouse import WarehouseHook

        run = context["dag_run"]
        hook = WarehouseHook(self.conn_id)
        counts = {
            "batches": 0,
            "rows_loaded": 0,
            "rows_unchanged": 0,
            "rows_superseded": 0,
            "rows_rejected": 0,
        }
        todo = []
        with hook.connect() as connection:
            for name in DATASETS:
                todo += books.select_batches(
                    connection, run.dag_id, run.run_id, datasets=[name], statuses=["validated"]
                )
        reprocess = bool(context["params"].get("reprocess"))
        if context["params"].get("dry_run"):
            self._rehearse(hook, todo, reprocess)
        else:
            for batch in todo:
                self._load(hook, batch, reprocess, counts)
        with hook.connect() as connection:
            if outdated := books.warn_of_outdated_shares(connection, run.dag_id, run.run_id):
                self.log.warning("%d corrected expenses have shares that do not sum to them any more", outdated)
            refused = books.select_batches(
                connection,
                run.dag_id,
                run.run_id,
                datasets=[*DATASETS, UNKNOWN],
                statuses=["collected", "validated", "failed"],
            )
        if refused:
            codes = sorted({batch["error_code"] or "not_validated" for batch in refused})
            raise BadData(
                f"{len(refused)} file(s) did not come home ({', '.join(codes)}): what came home stays; the logs of "
                "validate and load say why and what to do",
                code=codes[0],
            )
        if left_behind := context["ti"].xcom_pull(task_ids="collect", key=LEFT_BEHIND):
            raise BadData(
                f"{len(left_behind)} file(s) could not be taken in ({', '.join(sorted(set(left_behind)))}): they stay "
                "in the inbox, the log of collect says why, and the next run takes them",
                code=left_behind[0],
            )
        if failed := failed_work(context):
            # This task runs whatever happened before it, and Airflow tells a run's state by its last tasks.
            raise BadData(f"{', '.join(failed)} failed before: see its log", code="failed_before")
        return counts

    def _withdraw(self, context: Context) -> dict[str, int]:
        from include.ingest.withdrawing import withdraw_batch
        from include.schemas.organisation import load_organisation
        from plugins.hooks.warehouse import WarehouseHook

        run = context["dag_run"]
        with WarehouseHook(self.conn_id).connect() as connection:
            outcome = withdraw_batch(
                connection,
                str(context["params"]["withdraw"]),
                dag_id=run.dag_id,
                run_id=run.run_id,
                withdrawn_by=getattr(run, "triggering_user_name", None) or "unknown",
                timezone=load_organisation().timezone,
            )
            if context["params"].get("dry_run"):
                connection.rollback()
                self.log.info("Dry run: the next line says what would be done")
        if outcome.is_repeated:
            self.log.warning("%s %s was taken back before; nothing to do", outcome.dataset, outcome.file)
        else:
            self.log.info(
                "%s %s: taken back; %d rows deleted, %d restored, %d kept as others left them",
                outcome.dataset, outcome.file, outcome.deleted, outcome.restored, outcome.kept,
            )  # fmt: skip
        return {"rows_deleted": outcome.deleted, "rows_restored": outcome.restored, "rows_kept": outcome.kept}

    def _rehearse(self, hook: Any, batches: list[dict[str, Any]], reprocess: bool) -> None:
        from airflow.sdk import ObjectStoragePath

        from include.ingest import batches as books
        from include.ingest.loading import rehearse_loads
        from include.schemas.organisation import load_organisation

        with hook.connect() as connection:
            told = rehearse_loads(
                connection, batches, _open_spool, timezone=load_organisation().timezone, reprocess=reprocess
            )
            for rehearsed in told:
                batch, outcome = rehearsed.batch, rehearsed.outcome
                if outcome is None:
                    self.log.warning("Dry run: %s would be refused: %s", batch["name"], rehearsed.error)
                    warning = {"code": "would_be_refused", "error": rehearsed.error.code if rehearsed.error else ""}
                else:
                    reasons = ", ".join(f"{rows} × {code}" for code, rows in rehearsed.refused.items())
                    self.log.info(
                        "Dry run: %s %s would be %s; %d inserted, %d updated, %d unchanged, %d superseded, %d deleted, "
                        "%d rejected%s",
                        batch["dataset"], batch["name"], outcome.status, outcome.inserted, outcome.updated,
                        outcome.unchanged, outcome.superseded, outcome.deleted, outcome.rejected,
                        f" ({reasons})" if reasons else "",
                    )  # fmt: skip
                    counted = {name: str(count) for name, count in vars(outcome).items() if count and name != "status"}
                    warning = {"code": "would_load"} | counted
                books.finish_batch(connection, batch, "dry_run", warnings=[warning])
                ObjectStoragePath(batch["spool_uri"]).unlink(missing_ok=True)

    def _load(self, hook: Any, batch: dict[str, Any], reprocess: bool, counts: dict[str, int]) -> None:
        from airflow.sdk import ObjectStoragePath

        from include.errors import BadConfiguration, BadData
        from include.ingest import batches as books
        from include.ingest.loading import load_batch
        from include.schemas.organisation import load_organisation

        try:
            with hook.connect() as connection:
                loaded = load_batch(
                    connection, batch, _open_spool, timezone=load_organisation().timezone, reprocess=reprocess
                )
                if loaded.status == "duplicate":
                    books.finish_duplicate(connection, batch)
        except (BadData, BadConfiguration) as error:
            self.log.error("%s: %s (%s)", batch["name"], error, error.code)
            ObjectStoragePath(batch["spool_uri"]).unlink(missing_ok=True)
            with hook.connect() as connection:
                books.finish_batch(connection, batch, "failed", error_code=error.code)
            return
        ObjectStoragePath(batch["spool_uri"]).unlink(missing_ok=True)
        counts["batches"] += 1
        counts["rows_loaded"] += loaded.inserted + loaded.updated
        counts["rows_unchanged"] += loaded.unchanged
        counts["rows_superseded"] += loaded.superseded
        counts["rows_rejected"] += loaded.rejected
        self.log.info(
            "%s %s: %s; %d inserted, %d updated, %d unchanged, %d superseded, %d deleted, %d rejected",
            batch["dataset"], batch["name"], loaded.status, loaded.inserted, loaded.updated, loaded.unchanged,
            loaded.superseded, loaded.deleted, loaded.rejected,
        )  # fmt: skip


def _open_spool(address: str) -> Any:
    from airflow.sdk import ObjectStoragePath

    from include.errors import AccountingMismatch

    try:
        return ObjectStoragePath(address).open("rb")
    except FileNotFoundError as error:
        raise AccountingMismatch("The spool is gone: clear the run's validate task", code="spool_vanished") from error
