"""Several processes hold one file to its contract: what they find together is what one finds alone."""

import datetime as dt
import io
import os
import signal
import time
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.errors import BadFile, WorkerDied
from include.ingest import sharing
from include.ingest.batches import layout_for, mapping_for
from include.ingest.datasets import dataset
from include.ingest.spool import SpoolWriter, read_spool
from include.ingest.validation import Reject, Share, Tally, spool_types, validate_file
from include.schemas.organisation import load_organisation
from scripts.bench.expense_rows import make_rows
from tests.conftest import Warehouse

NAME = "expenses_2026-10.csv"
TYPES = {"origin": "text", "spent_on": "date", "amount": "numeric", "is_month_only": "bool"} | dict.fromkeys(
    ("submitted_at", "approved_at", "paid_at"), "timestamptz"
)


class Reading:
    """A file of the sample's expenses, read by so many processes."""

    def __init__(self, warehouse: Warehouse, file: Path) -> None:
        self.warehouse = warehouse
        self.file = file
        organisation = load_organisation()
        self.validate = partial(
            validate_file,
            layout=layout_for("sample", NAME),
            mapping=mapping_for("sample", NAME, "expenses"),
            dataset=dataset("expenses"),
            context={"today": dt.date(2026, 11, 1), "earliest": dt.date(2000, 1, 1)},
            zone=organisation.zone,
            delivery=(dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
        )
        self.types = spool_types(dataset("expenses"), TYPES)
        self.progress: list[int] = []

    def by(self, readers: int) -> tuple[Tally, list[Reject], list[tuple[Any, ...]]]:
        """The tally, the rejects, and the accepted rows as PostgreSQL reads them out of the spool."""
        rejects: list[Reject] = []
        spool = io.BytesIO()
        with psycopg.connect(self.warehouse.admin_dsn) as connection:

            def of_helper(file: Any) -> sharing.Work:
                def work(share: Share, reject: Any, told: Any) -> Tally:
                    with self.file.open("rb") as raw, SpoolWriter(connection, file, self.types) as writer:
                        return self.validate(raw, accept=writer.write_row, reject=reject, progress=told, share=share)

                return work

            with self.file.open("rb") as raw, SpoolWriter(connection, spool, self.types) as writer:
                tally = sharing.validate_together(
                    readers,
                    lambda share, reject, told: self.validate(
                        raw, accept=writer.write_row, reject=reject, progress=told, share=share
                    ),
                    of_helper,
                    append=writer.append,
                    reject=rejects.append,
                    progress=lambda told: self.progress.append(told.rows_read),
                    foreign=[connection.fileno()],
                )
            spool.seek(0)
            columns = ", ".join(f"c{number} {kind}" for number, kind in enumerate(self.types))
            connection.execute(f"create temporary table stage ({columns})")
            with connection.cursor().copy("copy stage from stdin (format binary)") as copy:
                for chunk in read_spool(spool, writer.sha256):
                    copy.write(chunk)
            rows = connection.execute("select * from stage order by c0").fetchall()
        return tally, sorted(rejects, key=lambda reject: reject.row_number), rows


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    make_rows(path, 6_500)
    return path


@pytest.mark.parametrize("readers", [2, 3])
def test_several_readers_find_what_one_finds(warehouse: Warehouse, file: Path, readers: int) -> None:
    reading = Reading(warehouse, file)
    alone, together = reading.by(1), reading.by(readers)
    assert alone == together
    tally, rejects, rows = together
    assert (tally.rows_read, tally.rows_accepted, tally.rows_rejected, tally.rows_skipped) == (6500, 6435, 65, 1)
    assert len(rows) == 6435
    assert len(rejects) == 65


def test_a_file_shorter_than_one_share_is_read_whole(warehouse: Warehouse, tmp_path: Path) -> None:
    path = tmp_path / NAME
    make_rows(path, 40)
    reading = Reading(warehouse, path)
    assert reading.by(1) == reading.by(3)


def test_what_a_helper_meets_is_what_the_file_is_refused_for(warehouse: Warehouse, file: Path) -> None:
    with file.open("a") as target:
        target.write('"a quote that is never closed')
    with pytest.raises(BadFile, match="never closed"):
        Reading(warehouse, file).by(2)


def test_a_killed_helper_fails_the_validation_and_is_worth_another_try(warehouse: Warehouse, file: Path) -> None:
    reading = Reading(warehouse, file)

    def dies(share: Share, reject: Any, told: Any) -> Tally:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    with file.open("rb") as raw, pytest.raises(WorkerDied):
        sharing.validate_together(
            2,
            lambda share, reject, told: reading.validate(raw, accept=lambda row: None, reject=reject, share=share),
            lambda spool: dies,
            append=lambda spool: None,
            reject=lambda reject: None,
            progress=lambda told: None,
            foreign=[],
        )


def test_no_helper_outlives_a_validation_that_fails(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    def waits(share: Share, reject: Any, told: Any) -> Tally:
        pids.write_text(str(os.getpid()))
        time.sleep(600)
        raise AssertionError

    def fails(share: Share, reject: Any, told: Any) -> Tally:
        while not pids.exists() or not pids.read_text():
            time.sleep(0.01)
        raise BadFile("it cannot be read")

    with pytest.raises(BadFile):
        sharing.validate_together(
            2,
            fails,
            lambda spool: waits,
            append=lambda spool: None,
            reject=lambda reject: None,
            progress=lambda told: None,
            foreign=[],
        )
    with pytest.raises(ProcessLookupError):
        os.kill(int(pids.read_text()), 0)


def test_a_short_or_packed_file_is_worth_one_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    path = tmp_path / "file"
    path.write_bytes(b"x" * sharing.LONG_FILE)
    with path.open("rb") as raw:
        assert sharing.readers_for(raw) == sharing.MOST_READERS
    path.write_bytes(b"PK\x03\x04" + b"x" * sharing.LONG_FILE)
    with path.open("rb") as raw:
        assert sharing.readers_for(raw) == 1
    path.write_bytes(b"short")
    with path.open("rb") as raw:
        assert sharing.readers_for(raw) == 1
    assert sharing.readers_for(io.BytesIO(b"x" * sharing.LONG_FILE)) == 1
