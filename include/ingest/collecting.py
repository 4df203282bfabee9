"""Deliveries out of the inbox: archived by content, written into the file ledger, opened as batches."""

import datetime as dt
import errno
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row

from include.errors import BadConfiguration, FileUnavailable
from include.ingest.batches import layout_for
from include.ingest.datasets import in_reference_order
from include.ingest.periods import Period
from include.ingest.profile import load_profile
from include.ingest.statements import statement
from include.sources import source_names

UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart", "~")
SETTLE_SECONDS = 2.0  # a file touched within this time may still be on its way
CHUNK = 1 << 20
UNKNOWN = "unknown"  # dataset of a file that no profile knows


@dataclass(frozen=True)
class Delivery:
    """A file in the inbox: which source delivered it, and where it lies."""

    source: str
    path: Path

    @property
    def name(self) -> str:
        """The file's name, without folders."""
        return self.path.name


def deliveries(inbox: Path) -> Iterator[Delivery]:
    """Finished files of inbox/<source>/, by name; hidden files, links and unfinished uploads are left where they are.

    :raises FileUnavailable: the inbox cannot be read
    """
    try:
        folders = sorted(path for path in inbox.iterdir() if path.is_dir() and not path.name.startswith("."))
        for folder in folders:
            for path in sorted(folder.iterdir()):
                hidden = path.name.startswith(".") or path.name.lower().endswith(UNFINISHED)
                if not hidden and path.is_file() and not path.is_symlink():
                    yield Delivery(folder.name, path)
    except OSError as error:
        raise FileUnavailable(
            f"The inbox cannot be read ({os.strerror(error.errno or 0)}): look at its rights"
        ) from error


def archive(delivery: Delivery, root: Any) -> tuple[str, str, int]:
    """Copy a delivery into the archive under its sha256, once per content.

    :param root: the archive, a pathlib-like path (local or object storage)
    :returns: sha256 (hex), the archived file's address, its size in bytes
    :raises FileUnavailable: it vanished, changed while it was read, may not be read, or the disk is full
    """
    try:
        before = _settled(delivery.path)
        digest = hashlib.sha256()
        folder = root / delivery.source
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f".{os.getpid()}-{time.monotonic_ns()}.part"
        with delivery.path.open("rb") as original, unfinished.open("wb") as copy:
            while chunk := original.read(CHUNK):
                digest.update(chunk)
                copy.write(chunk)
        if _stamp(delivery.path) != before:
            unfinished.unlink()
            raise FileUnavailable(
                f"{delivery.name} changed while it was read: the next run takes it", code="file_changing"
            )
        sha256 = digest.hexdigest()
        home = folder / sha256
        if home.exists():
            unfinished.unlink()
        else:
            unfinished.rename(home)
        return sha256, str(home), before[1]
    except OSError as error:
        code = {errno.ENOENT: "file_vanished", errno.ENOSPC: "disk_full"}.get(error.errno or 0, "file_unreadable")
        raise FileUnavailable(
            f"{delivery.name} cannot be archived ({os.strerror(error.errno or 0)}); it stays in the inbox",
            code=code,
        ) from error


def _stamp(path: Path) -> tuple[int, int, int]:
    state = path.stat()
    return state.st_mtime_ns, state.st_size, state.st_ino


def _settled(path: Path) -> tuple[int, int, int]:
    """Wait until a file has been left alone for a moment; its stamp then."""
    age = time.time() - path.stat().st_mtime
    if 0 <= age < SETTLE_SECONDS:
        time.sleep(SETTLE_SECONDS - age)
    return _stamp(path)


def take_in(connection: Connection[Any], delivery: Delivery, root: Any, *, now: dt.datetime, zone: ZoneInfo) -> None:
    """Archive a delivery, write it into the ledger, then take it out of the inbox; nothing is lost in between.

    The transaction is committed here, before the file leaves the inbox.

    :raises FileUnavailable: see `archive`
    """
    before = delivery.path
    sha256, address, size = archive(delivery, root)
    seen_on = now.astimezone(zone).date()
    try:
        layout = layout_for(delivery.source, delivery.name)
        first, last = layout.delivery(delivery.name, seen_on)
        is_dated = layout.delivered is not None
    except BadConfiguration:
        first = last = seen_on
        is_dated = False
    version = dt.datetime.combine(last, dt.time.max, zone) if is_dated else now
    connection.execute(
        statement("ingest/record_file"),
        {
            "source": delivery.source,
            "name": delivery.name,
            "sha256": sha256,
            "bytes": size,
            "delivered_from": first,
            "delivered_to": last,
            "source_version": version,
            "archive_uri": address,
        },
    )
    connection.commit()
    before.unlink(missing_ok=True)


def open_batches(
    connection: Connection[Any],
    period: Period,
    *,
    dag_id: str,
    run_id: str,
    sources: list[str],
    reprocess: bool,
    say: Callable[[str], None] = lambda line: None,
) -> list[str]:
    """Open a batch for each file and dataset of the period that has not ended yet (all of them when reprocessing).

    :returns: the datasets that have something to load, in reference order
    """
    parameters = {"sources": sources, "delivered_from": period.start, "delivered_before": period.end}
    with connection.cursor(row_factory=dict_row) as cursor:
        files = cursor.execute(statement("ingest/select_files"), parameters).fetchall()
    names: set[str] = set()
    for file in files:
        ended = {tuple(pair) for pair in file["ended"]}
        try:
            version = load_profile(file["source"]).version
            datasets = [mapping.dataset for mapping in layout_for(file["source"], file["name"]).datasets]
        except BadConfiguration as error:
            if (UNKNOWN, 0) not in ended or reprocess:
                say(str(error))
                _open(connection, file, UNKNOWN, 0, dag_id, run_id, error.code)
                names.add(UNKNOWN)
            continue
        for name in datasets:
            if reprocess or (name, version) not in ended:
                _open(connection, file, name, version, dag_id, run_id)
                names.add(name)
    return in_reference_order(names)


def _open(
    connection: Connection[Any],
    file: Mapping[str, Any],
    dataset: str,
    profile_version: int,
    dag_id: str,
    run_id: str,
    error_code: str | None = None,
) -> None:
    connection.execute(
        statement("ingest/open_batch"),
        {
            **file,
            "ended": None,
            "dataset": dataset,
            "profile_version": profile_version,
            "dag_id": dag_id,
            "run_id": run_id,
            "status": "failed" if error_code else "collected",
            "error_code": error_code,
        },
    )


def all_sources(inbox: Path) -> list[str]:
    """Sources with a profile, and folders of the inbox that have none (their files must not go unnoticed)."""
    folders = (
        {path.name for path in inbox.iterdir() if path.is_dir() and not path.name.startswith(".")}
        if inbox.is_dir()
        else set()
    )
    return sorted(folders | set(source_names()))
