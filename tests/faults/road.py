"""The road of a delivery without Airflow: what the operators do, step by step, so that a fault can be put in between."""

import datetime as dt
import itertools
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from include.errors import BadConfiguration, BadData, FileUnavailable
from include.ingest import batches as books
from include.ingest import collecting
from include.ingest.datasets import DATASETS
from include.ingest.loading import Loaded, load_batch
from include.ingest.mended import open_local
from include.ingest.periods import Period
from include.schemas.organisation import load_organisation

DAG = "ingest_validate_load"
HEADER = "nr,day,amount,who,what"
PROFILE = """
source: {source}
title: A ledger that a test delivers
version: {version}
reads:
  - files: "{source}_*"
    delivered: "(?P<year>\\\\d{{4}})-(?P<month>\\\\d{{2}})-(?P<day>\\\\d{{2}})"
    datasets:
      - dataset: expenses
        key: [{key}]
        snapshot: {snapshot}
        reject_limit: {reject_limit}
        creates: [vendor]
        columns: {{external_id: nr, spent_on: day, amount: amount, vendor: who, description: {{from: what, optional: true}}}}
        constants: {{origin: ledger, status: posted, currency: KES, kind: payment}}
"""


def row(number: Any, amount: Any = "10.00", day: str = "2026-03-05", who: str = "ACME", what: str = "") -> str:
    """A record of the ledger."""
    return f"{number},{day},{amount},{who},{what}"


def write_profile(folder: Path, source: str, **changes: Any) -> None:
    """A profile for `<source>_<day>…` files with the columns of HEADER."""
    words = {"version": 1, "key": "external_id", "snapshot": "false", "reject_limit": 0.5} | changes
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{source}.yaml").write_text(PROFILE.format(source=source, **words))


@dataclass
class Outcome:
    """How the batches of a run ended: (status, error code) of each, and what the loads did."""

    run_id: str
    batches: list[dict[str, Any]] = field(default_factory=list)
    loads: list[Loaded] = field(default_factory=list)

    @property
    def ends(self) -> list[tuple[str, str | None]]:
        """(status, error code) of each batch."""
        return [(batch["status"], batch["error_code"]) for batch in self.batches]


class Road:
    """Inbox, archive and spool in a folder, and the steps that bring a file home; every step commits as its task does.

    :param dsn: of svc_pipeline
    :param folder: inbox, archive, spool and profiles lie in it
    """

    numbers = itertools.count(1)

    def __init__(self, dsn: str, admin_dsn: str, folder: Path) -> None:
        self.dsn = dsn
        self.admin_dsn = admin_dsn
        self.folder = folder
        self.organisation = load_organisation()
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True, exist_ok=True)

    def drop(self, source: str, name: str, content: str | bytes) -> Path:
        """Put a finished file into the inbox."""
        path = self.inbox / source / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (1, 1))
        return path

    def ledger(self, name: str, *rows: str, source: str = "ledger") -> Path:
        """Put a file of the test's ledger into the inbox."""
        return self.drop(source, f"{source}_{name}", "\n".join([HEADER, *rows, ""]))

    def collect(
        self,
        connection: Any,
        run_id: str,
        *,
        reprocess: bool = False,
        period: Period | None = None,
        is_rehearsal: bool = False,
    ) -> list[str]:
        """Take in what lies in the inbox, or only look at it, and open the run's batches."""
        seen = []
        for delivery in collecting.deliveries(self.inbox):
            try:
                file_id = collecting.take_in(
                    connection,
                    delivery,
                    self.folder / "archive",
                    now=dt.datetime.now(dt.UTC),
                    zone=self.organisation.zone,
                    is_rehearsal=is_rehearsal,
                )
                seen.append(file_id)
            except FileUnavailable as error:
                if error.code != "file_vanished" or not collecting.was_taken(connection, delivery):
                    raise
        datasets = collecting.open_batches(
            connection,
            period or Period(),
            dag_id=DAG,
            run_id=run_id,
            sources=[row["source"] for row in self.query("select distinct source from ops.files")],
            reprocess=reprocess,
            is_rehearsal=is_rehearsal,
            lying=seen if is_rehearsal else (),
        )
        connection.commit()
        return datasets

    def select(self, connection: Any, run_id: str, *statuses: str) -> list[dict[str, Any]]:
        """The run's batches."""
        return books.select_batches(
            connection, DAG, run_id, datasets=[*DATASETS, collecting.UNKNOWN], statuses=list(statuses)
        )

    def validate(self, connection: Any, run_id: str, *, reprocess: bool = False) -> None:
        """Validate the run's batches; a file that is refused is noted as failed."""
        spool = self.folder / "spool"
        spool.mkdir(exist_ok=True)
        for batch in self.select(connection, run_id, "collected"):
            if not reprocess and books.home_of(connection, batch):
                books.finish_duplicate(connection, batch)
                connection.commit()
                continue
            target = spool / f"{batch['batch_id']}.pgcopy"
            try:
                with Path(batch["archive_uri"]).open("rb") as original, target.open("wb") as file:
                    tally = books.validate_batch(connection, batch, original, file, str(target), self.organisation)
                connection.commit()
                mapping = books.mapping_for(batch["source"], batch["name"], batch["dataset"])
                books.check_reject_limit(tally.rows_rejected, tally.rows_read, mapping.reject_limit)
            except (BadData, BadConfiguration) as error:
                connection.rollback()
                books.finish_batch(connection, batch, "failed", error_code=error.code)
            connection.commit()

    def load(self, connection: Any, run_id: str, *, reprocess: bool = False) -> list[Loaded]:
        """Load the run's validated batches, in reference order; one that is refused is noted as failed."""
        outcomes = []
        order = list(DATASETS)
        for batch in sorted(
            self.select(connection, run_id, "validated"), key=lambda each: order.index(each["dataset"])
        ):
            try:
                loaded = load_batch(
                    connection,
                    batch,
                    open_local,
                    timezone=self.organisation.timezone,
                    reprocess=reprocess,
                )
                if loaded.status == "duplicate":
                    books.finish_duplicate(connection, batch)
                outcomes.append(loaded)
            except (BadData, BadConfiguration) as error:
                connection.rollback()
                books.finish_batch(connection, batch, "failed", error_code=error.code)
            connection.commit()
        return outcomes

    def rehearse(self) -> list[tuple[str, str | None]]:
        """A dry run but for the loads: (status, error code) of each batch."""
        run = f"rehearsal-{os.getpid()}-{next(self.numbers)}"
        with psycopg.connect(self.dsn, options="-c timezone=UTC") as connection:
            self.collect(connection, run, is_rehearsal=True)
            self.validate(connection, run)
            return Outcome(run, self.select(connection, run, "validated", "duplicate", "failed")).ends

    def travel(self, run_id: str | None = None, *, reprocess: bool = False, period: Period | None = None) -> Outcome:
        """A whole run: whatever lies in the inbox comes home."""
        run = run_id or f"run-{os.getpid()}-{next(self.numbers)}"
        with psycopg.connect(self.dsn, options="-c timezone=UTC") as connection:
            self.collect(connection, run, reprocess=reprocess, period=period)
            self.validate(connection, run, reprocess=reprocess)
            loads = self.load(connection, run, reprocess=reprocess)
            every = ("collected", "validated", "loaded", "duplicate", "failed", "dry_run", "withdrawn")
            return Outcome(run, self.select(connection, run, *every), loads)

    def bring(self, name: str, *rows: str, source: str = "ledger", **options: Any) -> Loaded:
        """Deliver a file of the ledger and bring it home; what the load did."""
        self.ledger(name, *rows, source=source)
        outcome = self.travel(**options)
        (end,) = outcome.ends
        return outcome.loads[-1] if outcome.loads else Loaded(":".join(filter(None, end)))

    def query(self, statement: str, parameters: Any = None) -> list[dict[str, Any]]:
        """Rows as the superuser sees them."""
        with psycopg.connect(self.admin_dsn, row_factory=dict_row) as connection:
            return connection.execute(statement, parameters).fetchall()

    def expenses(self, source: str = "ledger") -> dict[str, Decimal]:
        """The living expenses of a source: amount by key."""
        rows = self.query(
            "select source_key, amount from core.expenses where source = %s and deleted_at is null", [source]
        )
        assert len({each["source_key"] for each in rows}) == len(rows), "a row is doubled"
        return {each["source_key"]: each["amount"] for each in rows}


def amounts(values: Mapping[Any, Any]) -> dict[str, Decimal]:
    """Expected amounts by key."""
    return {str(key): Decimal(str(value)) for key, value in values.items()}


if __name__ == "__main__":
    # A run in a process of its own, to be killed or frozen: python -m tests.faults.road DSN ADMIN_DSN FOLDER RUN
    collecting.SETTLE_SECONDS = 0
    from tests.faults.profiles import use

    use(Path(sys.argv[3]) / "profiles")
    Road(sys.argv[1], sys.argv[2], Path(sys.argv[3])).travel(sys.argv[4])
