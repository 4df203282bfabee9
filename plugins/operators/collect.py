"""Take deliveries out of the inbox and open the run's batches."""

from typing import Any

from airflow.sdk import BaseOperator, Context

from include.sources import source_names

SOURCES = ["all", *source_names()]


class CollectFilesOperator(BaseOperator):
    """Reads inbox/<source>/, archives every finished file, and opens a batch per file and dataset of the run's period.

    Reads the params `source`, `from`, `to`, `reprocess`. Writes ops.files, ops.batches and the archive.
    Returns the datasets that have something to load, in reference order.
    Raises FileUnavailable (retried) and BadConfiguration (at once).
    """

    template_fields = ("inbox", "archive")

    def __init__(self, *, inbox: str, archive: str, conn_id: str = "warehouse", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inbox = inbox
        self.archive = archive
        self.conn_id = conn_id

    def execute(self, context: Context) -> list[str]:
        """Take in what has arrived, then list the work."""
        import datetime as dt
        from pathlib import Path

        from airflow.sdk import ObjectStoragePath

        from include.errors import FileUnavailable
        from include.ingest.collecting import all_sources, deliveries, open_batches, take_in
        from include.ingest.periods import resolve_period
        from include.schemas.organisation import load_organisation
        from plugins.hooks.warehouse import WarehouseHook

        organisation = load_organisation()
        params, run = context["params"], context["dag_run"]
        period = resolve_period(params, run.run_type, run.data_interval_start, run.data_interval_end, organisation.zone)
        inbox, archive = Path(self.inbox), ObjectStoragePath(self.archive)
        sources = all_sources(inbox) if params.get("source", "all") == "all" else [params["source"]]
        left_behind: list[str] = []
        with WarehouseHook(self.conn_id).connect() as connection:
            for delivery in deliveries(inbox) if inbox.is_dir() else ():
                if delivery.source not in sources:
                    continue
                try:
                    take_in(connection, delivery, archive, now=dt.datetime.now(dt.UTC), zone=organisation.zone)
                except FileUnavailable as error:
                    self.log.warning("%s (%s)", error, error.code)
                    if error.code != "file_changing":
                        left_behind.append(error.code)
                    continue
                self.log.info("Took in %s from %s", delivery.name, delivery.source)
            datasets = open_batches(
                connection,
                period,
                dag_id=run.dag_id,
                run_id=run.run_id,
                sources=sources,
                reprocess=bool(params.get("reprocess")),
                say=self.log.warning,
            )
        self.log.info("Period: %s. To load: %s", period, ", ".join(datasets) or "nothing")
        if left_behind:
            raise FileUnavailable(
                f"{len(left_behind)} file(s) could not be taken in ({', '.join(sorted(set(left_behind)))}): see the "
                "warnings above; they stay in the inbox",
                code=left_behind[0],
            )
        return datasets
