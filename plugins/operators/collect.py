"""Take deliveries out of the inbox and open the run's batches."""

from typing import Any

from airflow.sdk import BaseOperator, Context

from include.sources import source_names

SOURCES = ["all", *source_names()]
LEFT_BEHIND = "left_behind"  # XCom: the codes of files that could not be taken in


class CollectFilesOperator(BaseOperator):
    """Reads inbox/<source>/, archives every finished file, and opens a batch per file and dataset of the run's period.

    Reads the params `source`, `from`, `to`, `reprocess`, `dry_run` (the inbox stays as it is), `withdraw` (then there
    is nothing to collect). Writes ops.files, ops.batches and the archive, and removes from it the originals whose time
    is over by the privacy policy.
    Returns the datasets that have something to load, in reference order.
    What lies in the inbox and cannot be taken in is told by a warning. A file that cannot be read is tried again with
    the task; after the last try the others go on without it, and `load` tells of it at its end.
    Raises FileUnavailable (retried; in the end only if nothing else is to be brought home), BadConfiguration (at once).
    """

    template_fields = ("inbox", "archive")

    def __init__(self, *, inbox: str, archive: str, conn_id: str = "warehouse", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inbox = inbox
        self.archive = archive
        self.conn_id = conn_id

    def execute(self, context: Context) -> list[str]:
        """Take in what has arrived, then list the work."""
        from pathlib import Path

        from airflow.sdk import ObjectStoragePath

        from include.errors import FileUnavailable
        from include.ingest.collecting import all_sources, open_batches, strays, sweep
        from include.ingest.periods import resolve_period
        from include.schemas.organisation import load_organisation
        from plugins.hooks.warehouse import WarehouseHook

        params, run = context["params"], context["dag_run"]
        if params.get("withdraw"):
            return []
        zone = load_organisation().zone
        period = resolve_period(params, run.run_type, run.data_interval_start, run.data_interval_end, zone)
        inbox, archive = Path(self.inbox), ObjectStoragePath(self.archive)
        inbox.mkdir(parents=True, exist_ok=True)
        for stray in strays(inbox):
            self.log.warning("%s", stray)
        sweep(archive / ".unfinished")
        sources = all_sources(inbox) if params.get("source", "all") == "all" else [params["source"]]
        is_rehearsal = bool(params.get("dry_run"))
        with WarehouseHook(self.conn_id).connect() as connection:
            seen, left_behind = self._take_in(connection, inbox, archive, sources, zone, is_rehearsal)
            if not is_rehearsal:
                self._let_expire(connection)
            datasets = open_batches(
                connection,
                period,
                dag_id=run.dag_id,
                run_id=run.run_id,
                sources=sources,
                reprocess=bool(params.get("reprocess")),
                is_rehearsal=is_rehearsal,
                lying=seen if is_rehearsal else (),
                say=self.log.warning,
            )
        self.log.info("Period: %s. To load: %s", period, ", ".join(datasets) or "nothing")
        ti = context["ti"]
        if left_behind and (not datasets or ti.try_number <= ti.max_tries):
            raise FileUnavailable(
                f"{len(left_behind)} file(s) could not be taken in ({', '.join(sorted(set(left_behind)))}): see the "
                "warnings above; they stay in the inbox",
                code=left_behind[0],
            )
        ti.xcom_push(key=LEFT_BEHIND, value=left_behind)
        return datasets

    def _take_in(
        self, connection: Any, inbox: Any, archive: Any, sources: list[str], zone: Any, is_rehearsal: bool
    ) -> tuple[list[Any], list[str]]:
        """Take in what can be taken in, or only look at it: ids of these files, and the codes of what could not be."""
        import datetime as dt

        from include.errors import FileUnavailable
        from include.ingest.collecting import deliveries, take_in, was_taken

        seen: list[Any] = []
        left_behind: list[str] = []

        def leave(error: FileUnavailable) -> None:
            self.log.warning("%s (%s)", error, error.code)
            left_behind.append(error.code)

        for delivery in deliveries(inbox, closed=leave):
            if delivery.source not in sources:
                continue
            try:
                now = dt.datetime.now(dt.UTC)
                file_id = take_in(connection, delivery, archive, now=now, zone=zone, is_rehearsal=is_rehearsal)
            except FileUnavailable as error:
                if error.code == "file_vanished" and was_taken(connection, delivery):
                    self.log.info("%s was taken in by another run", delivery.name)
                    continue
                if error.code == "file_changing":
                    self.log.warning("%s (%s)", error, error.code)
                else:
                    leave(error)
                continue
            seen.append(file_id)
            if is_rehearsal:
                self.log.info("Looked at %s from %s; it stays in the inbox", delivery.name, delivery.source)
            else:
                self.log.info("Took in %s from %s", delivery.name, delivery.source)
        return seen, left_behind

    def _let_expire(self, connection: Any) -> None:
        """Remove the originals whose time is over; should the archive not let go of them, a later run tries again."""
        from airflow.sdk import ObjectStoragePath

        from include.ingest.retention import remove_expired
        from include.privacy.policy import load_policy

        years = {name: table.retention.years for name, table in load_policy().tables.items()}
        try:
            removed = remove_expired(connection, years, lambda old: ObjectStoragePath(old).unlink(missing_ok=True))
        except OSError as error:
            connection.rollback()
            self.log.warning("Originals whose time is over cannot be removed (%s): look at the archive", error.strerror)
            return
        if removed:
            self.log.info("Removed %d original(s) from the archive: their time is over by the privacy policy", removed)
