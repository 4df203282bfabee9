"""Hold every row of a dataset's batches against its contract."""

from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseOperator, Context

WORDS_SHOWN = 10  # of those that a value map does not know
SPOOL_KEPT_SECONDS = 14 * 24 * 3600.0  # a spool that nobody loaded in this time; its run is long over


class ValidateBatchesOperator(BaseOperator):
    """Reads the archived files of the run's batches of one dataset; writes accepted rows to the spool, the others to
    ops.rejects, and counts and sums to ops.batches. Reads the params `reprocess` and `dry_run` (the log shows each
    file's first rows as they would load, what could name a person by its shape, and what is rejected for what).

    Raises BadData when a file cannot be read, is over its reject limit, or meets an error that nobody foresaw; the
    dataset's other files are validated all the same. Raises FileUnavailable (retried) when the archive or the spool is
    out of reach, or full. Rows travel through the spool, never through XCom.
    """

    template_fields = ("dataset", "spool")

    def __init__(self, *, dataset: str, spool: str, conn_id: str = "warehouse", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dataset = dataset
        self.spool = spool
        self.conn_id = conn_id

    def execute(self, context: Context) -> dict[str, int]:
        """Validate batch by batch; each is a transaction of its own. Returns counts."""
        from airflow.sdk import ObjectStoragePath

        from include.errors import BadData, FileUnavailable, GaussError, Unavailable, Unforeseen
        from include.ingest import batches as books
        from include.ingest.collecting import sweep
        from plugins.hooks.warehouse import WarehouseHook

        run, params = context["dag_run"], context["params"]
        hook = WarehouseHook(self.conn_id)
        spool = ObjectStoragePath(self.spool)
        spool.mkdir(parents=True, exist_ok=True)
        sweep(spool, SPOOL_KEPT_SECONDS)
        with hook.connect() as connection:
            todo = books.select_batches(
                connection,
                run.dag_id,
                run.run_id,
                datasets=[self.dataset],
                statuses=["collected", "validated", "failed"],
            )
        counts = {"files": len(todo), "rows_accepted": 0, "rows_rejected": 0}
        failed: list[str] = []
        for batch in todo:
            try:
                self._validate(hook, batch, spool, params, counts)
            except FileUnavailable as error:
                # The batch is tried again with the task, and says meanwhile what it waits for.
                with hook.connect() as connection:
                    books.finish_batch(connection, batch, "collected", error_code=error.code)
                raise
            except (Unavailable, MemoryError):
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the other files are not held up
                refusal = error if isinstance(error, GaussError) else Unforeseen.of(error)
                self.log.error("%s: %s (%s)", batch["name"], refusal, refusal.code)
                failed.append(refusal.code)
                self._spool_of(batch, spool).unlink(missing_ok=True)
                with hook.connect() as connection:
                    books.finish_batch(connection, batch, "failed", error_code=refusal.code)
        if failed:
            raise BadData(
                f"{len(failed)} of {len(todo)} files of {self.dataset} were refused "
                f"({', '.join(sorted(set(failed)))}): "
                "the lines above say why and what to do; the other files are not held up",
                code=failed[0],
            )
        return counts

    def _validate(
        self,
        hook: Any,
        batch: dict[str, Any],
        spool: Any,
        params: Mapping[str, Any],
        counts: dict[str, int],
    ) -> None:
        import time

        from include.ingest import batches as books
        from include.ingest.profile import load_profile

        start = time.monotonic()
        batch["profile_version"] = load_profile(batch["source"]).version
        target = self._spool_of(batch, spool)
        preview = self._preview(batch) if params.get("dry_run") else None
        with hook.connect() as connection:
            if not params.get("reprocess") and books.home_of(connection, batch):
                books.finish_duplicate(connection, batch, time.monotonic() - start)
                self.log.warning("%s: the same bytes are home already; nothing to load", batch["name"])
                return
            tally = self._read(connection, batch, target, self._progress(start), preview)
            connection.commit()  # what was rejected is kept, even if the file is refused for it
            counts["rows_accepted"] += tally.rows_accepted
            counts["rows_rejected"] += tally.rows_rejected
            self.log.info(
                "%s: %d rows read, %d accepted, %d rejected, %d skipped",
                batch["name"], tally.rows_read, tally.rows_accepted, tally.rows_rejected, tally.rows_skipped,
            )  # fmt: skip
            for warning in tally.warnings:
                self.log.warning("%s: %s", batch["name"], warning)
            if preview:
                self._show(connection, batch, preview, tally)
            mapping = books.mapping_for(batch["source"], batch["name"], batch["dataset"])
            books.check_reject_limit(tally.rows_rejected, tally.rows_read, mapping.reject_limit)

    @staticmethod
    def _spool_of(batch: dict[str, Any], spool: Any) -> Any:
        return spool / f"{batch['batch_id']}.pgcopy"

    @staticmethod
    def _preview(batch: dict[str, Any]) -> Any:
        """What shows the batch's first rows; what policy.yaml calls personal or sensitive only by its shape."""
        from include.ingest import batches as books
        from include.ingest.datasets import dataset
        from include.ingest.preview import Preview, shown_by_shape
        from include.privacy.policy import load_policy

        spec = dataset(batch["dataset"])
        personal = load_policy().tables[spec.name].personal()
        mapping = books.mapping_for(batch["source"], batch["name"], spec.name)
        return Preview(spec, mapping, shown_by_shape(spec) | personal)

    def _show(self, connection: Any, batch: dict[str, Any], preview: Any, tally: Any) -> None:
        """Say what a person looks for before the file is loaded."""
        from include.ingest import batches as books

        for number, shown in preview.sentences():
            self.log.info("Dry run: %s, row %d would load as: %s", batch["name"], number, shown)
        for currency, sums in tally.sums.items():
            self.log.info("Dry run: %s, sum of the accepted amounts: %s %s", batch["name"], sums.accepted, currency)
        for field, code, shown, count in books.select_commonest_rejects(connection, batch):
            self.log.info("Dry run: %s, %d × %s rejected as %s, such as %s", batch["name"], count, field, code, shown)
        for (field, word), count in tally.unmapped.most_common(WORDS_SHOWN):
            self.log.info(
                "Dry run: %s, not in the value map of %s: %s (%d rows)",
                batch["name"], field, books.shown_word(field, word), count,
            )  # fmt: skip

    def _read(self, connection: Any, batch: dict[str, Any], target: Any, progress: Any, preview: Any) -> Any:
        """From the archive to the spool; a spool that could not be finished does not stay."""
        import errno
        import os

        from airflow.sdk import ObjectStoragePath

        from include.errors import FileUnavailable
        from include.ingest.batches import validate_batch
        from include.schemas.organisation import load_organisation

        def open_archive(address: str) -> Any:
            return ObjectStoragePath(address).open("rb")

        try:
            with open_archive(batch["archive_uri"]) as original, target.open("wb") as file:
                return validate_batch(
                    connection, batch, original, file, str(target), load_organisation(), progress, open_archive, preview
                )
        except OSError as error:
            target.unlink(missing_ok=True)
            code = "disk_full" if error.errno == errno.ENOSPC else "file_unreadable"
            raise FileUnavailable(
                f"{batch['name']} cannot be read from the archive or written to the spool "
                f"({os.strerror(error.errno or 0)}): see to the disk and its rights",
                code=code,
            ) from error

    def _progress(self, start: float) -> Any:
        import time

        def say(tally: Any) -> None:
            seconds = time.monotonic() - start
            self.log.info(
                "%d rows, %.0f rows/s, %d rejected so far",
                tally.rows_read, tally.rows_read / max(seconds, 0.001), tally.rows_rejected,
            )  # fmt: skip

        return say
