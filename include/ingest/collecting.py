"""Deliveries out of the inbox: archived by content, written into the file ledger, opened as batches."""

import contextlib
import datetime as dt
import errno
import fcntl
import hashlib
import os
import signal
import stat
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row

from include.errors import BadConfiguration, FileUnavailable
from include.ingest.batches import layout_for
from include.ingest.datasets import in_reference_order
from include.ingest.mended import find_origin
from include.ingest.periods import Period
from include.ingest.profile import load_profile
from include.sources import source_names
from include.sql import statement

UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart", "~")
TAKING = ".taking-"  # a delivery's name while it leaves the inbox; one that a killed run left is taken by the next
SETTLE_SECONDS = 2.0  # a file touched within this time may still be on its way
STALE_SECONDS = 24 * 3600.0  # a copy that nobody finished in this time will not be finished
CHUNK = 1 << 20
UNKNOWN = "unknown"  # dataset of a file that no profile knows


class Stamp(NamedTuple):
    """By which a file's content is known not to have changed; `touched` also tells a change whose time was set back."""

    changed: int
    bytes: int
    inode: int
    touched: int


def printable(name: str) -> str:
    """A file's or folder's name as it may be written anywhere: composed, on one line, every character visible.

    What cannot be seen or decoded (control and direction marks, bytes that are no UTF-8) is written as its number.
    """
    composed = unicodedata.normalize("NFC", name)
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in composed)


@dataclass(frozen=True)
class Delivery:
    """A file in the inbox: which source delivered it, and where it lies."""

    source: str
    path: Path

    @property
    def name(self) -> str:
        """The file's name, without folders, printable."""
        return printable(self.path.name.removeprefix(TAKING))


def deliveries(inbox: Path, closed: Callable[[FileUnavailable], None] | None = None) -> Iterator[Delivery]:
    """Finished files of inbox/<source>/, by name; hidden files and unfinished uploads are left where they are.

    So is whatever `strays` complains of.

    :param closed: told of a source's folder that cannot be read, so that it does not hold up the others
    :raises FileUnavailable: the inbox cannot be read; a source's folder, when nobody is to be told
    """
    for folder in _entries(inbox):
        if folder.name.startswith(".") or folder.is_symlink() or not folder.is_dir():
            continue
        try:
            paths = _entries(folder)
        except FileUnavailable as error:
            if closed is None:
                raise
            closed(error)
            continue
        for path in paths:
            if not _is_hidden(path) and path.is_file() and not path.is_symlink():
                yield Delivery(printable(folder.name), path)


def strays(inbox: Path) -> list[str]:
    """What lies in the inbox and will not be taken in: a sentence each, with what to do.

    :raises FileUnavailable: the inbox cannot be read
    """
    told = []
    for entry in _entries(inbox):
        name = printable(entry.name)
        if entry.is_symlink():
            told.append(f"inbox/{name} is a link, and links are not followed: put the files themselves there")
        elif entry.is_dir() and not entry.name.startswith("."):
            with contextlib.suppress(FileUnavailable):  # whoever takes the deliveries in is told
                whys = [(path, _why_not(path)) for path in _entries(entry)]
                told += [f"inbox/{name}/{printable(path.name)} {why}" for path, why in whys if why]
        elif not _is_hidden(entry):
            told.append(f"{name} lies in the inbox itself, where nobody looks for it: move it to inbox/<source>/")
    return told


def _why_not(path: Path) -> str:
    if _is_hidden(path):
        return ""
    if path.is_symlink():
        return "is a link, and links are not followed: put the file itself there"
    if path.is_dir():
        return "is a folder: move its files up to the source's own"
    return "" if path.is_file() else "is no file: take it away"


def _is_hidden(path: Path) -> bool:
    name = path.name.removeprefix(TAKING)
    return name.startswith(".") or name.lower().endswith(UNFINISHED)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise FileUnavailable(
            f"The folder {printable(folder.name)} cannot be read ({os.strerror(error.errno or 0)}): look at its rights",
            code="file_unreadable",
        ) from error


def archive(delivery: Delivery, root: Any) -> tuple[str, str, Stamp]:
    """Copy a delivery into the archive under its sha256, once per content.

    :param root: the archive, a pathlib-like path (local or object storage)
    :returns: sha256 (hex), the archived file's address, the stamp of what was read
    :raises FileUnavailable: it vanished, changed while it was read, may not be read, or the disk is full
    """
    try:
        before = _settled(delivery.path)
        folder, workshop = root / delivery.source, root / ".unfinished"
        for place in (folder, workshop):
            place.mkdir(parents=True, exist_ok=True)
        unfinished = workshop / f"{uuid.uuid4().hex}.part"
        try:
            sha256 = _copy(delivery, unfinished)
            if _stamp(delivery.path) != before:
                raise _changing(delivery)
            home = folder / sha256
            if not home.exists() or home.stat().st_size != before.bytes:
                unfinished.rename(home)
        finally:
            with contextlib.suppress(FileNotFoundError):
                unfinished.unlink()
        return sha256, str(home), before
    except OSError as error:
        code = {errno.ENOENT: "file_vanished", errno.ENOSPC: "disk_full"}.get(error.errno or 0, "file_unreadable")
        raise FileUnavailable(
            f"{delivery.name} cannot be archived ({os.strerror(error.errno or 0)}); it stays in the inbox",
            code=code,
        ) from error


def _copy(delivery: Delivery, unfinished: Any) -> str:
    """Copy to the disk, not only to its cache: the original leaves the inbox for this copy. Returns the sha256."""
    digest = hashlib.sha256()
    # A link put in the file's place is not followed, and a pipe does not hold the run up.
    descriptor = os.open(delivery.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as original, unfinished.open("wb") as copy:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileNotFoundError(errno.ENOENT, "no file any more")
        if _is_being_written(descriptor):
            raise _changing(delivery)
        while chunk := original.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        with contextlib.suppress(AttributeError, OSError):  # object storage has no descriptor, and flushes on closing
            os.fsync(copy.fileno())
    return digest.hexdigest()


def _is_being_written(descriptor: int) -> bool:
    """Whether somebody still has the file open for writing: Linux then refuses a lease on it. Elsewhere: unknown."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # Should a writer come within these microseconds, the signal that tells of it is one that is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


def _changing(delivery: Delivery) -> FileUnavailable:
    return FileUnavailable(f"{delivery.name} is still being written: the next run takes it", code="file_changing")


def _stamp(path: Path) -> Stamp:
    state = path.stat(follow_symlinks=False)
    return Stamp(state.st_mtime_ns, state.st_size, state.st_ino, state.st_ctime_ns)


def _settled(path: Path) -> Stamp:
    """Wait until a file has been left alone for a moment; its stamp then."""
    age = time.time() - path.stat(follow_symlinks=False).st_mtime
    if 0 <= age < SETTLE_SECONDS:
        time.sleep(SETTLE_SECONDS - age)
    return _stamp(path)


def sweep(folder: Any, seconds: float = STALE_SECONDS) -> int:
    """Remove files that killed runs left behind in a working folder; the number of them.

    :param folder: a pathlib-like path whose files live for the length of a run
    :param seconds: older ones go
    """
    swept = 0
    with contextlib.suppress(OSError):
        for path in list(folder.iterdir()) if folder.exists() else []:
            if path.is_file() and time.time() - path.stat().st_mtime > seconds:
                path.unlink()
                swept += 1
    return swept


def take_in(
    connection: Connection[Any],
    delivery: Delivery,
    root: Any,
    *,
    now: dt.datetime,
    zone: ZoneInfo,
    is_rehearsal: bool = False,
) -> uuid.UUID:
    """Archive a delivery, write it into the ledger, then take it out of the inbox; nothing is lost in between.

    The transaction is committed here, before the file leaves the inbox.

    :param is_rehearsal: of a dry run: the file stays in the inbox, and does not count as delivered
    :returns: its id in the ledger
    :raises FileUnavailable: see `archive`; or the file may not be taken out of the inbox
    """
    connection.execute(statement("ingest/hold_archive"))
    sha256, address, stamp = archive(delivery, root)
    origin = find_origin(connection, delivery.source, delivery.name)
    what = {"source": delivery.source, "name": delivery.name, "sha256": sha256, "bytes": stamp.bytes}
    how = {"archive_uri": address, "is_mended": origin is not None, "is_rehearsal": is_rehearsal}
    parameters = (origin or _dated(delivery, now, zone)) | what | how
    ((file_id,),) = connection.execute(statement("ingest/record_file"), parameters).fetchall()
    connection.commit()
    if not is_rehearsal:
        _leave_inbox(delivery, stamp)
    return file_id


def _dated(delivery: Delivery, now: dt.datetime, zone: ZoneInfo) -> dict[str, Any]:
    """The days that a delivery speaks of, and how new it is."""
    seen_on = now.astimezone(zone).date()
    try:
        layout = layout_for(delivery.source, delivery.name)
        first, last = layout.delivery(delivery.name, seen_on)
        is_dated = layout.delivered is not None
    except BadConfiguration:
        first = last = seen_on
        is_dated = False
    version = dt.datetime.combine(last, dt.time.max, zone) if is_dated else now
    return {"delivered_from": first, "delivered_to": last, "source_version": version}


def _leave_inbox(delivery: Delivery, stamp: Stamp) -> None:
    """Remove what was archived, and nothing that came in its place meanwhile."""
    path = delivery.path
    taking = path.with_name(TAKING + path.name.removeprefix(TAKING))
    try:
        if _stamp(path) != stamp:
            return
        try:
            path.rename(taking)
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise
            taking = path
        if _stamp(taking)[:3] == stamp[:3]:  # renaming a file touches it
            taking.unlink()
        elif taking != path:
            with contextlib.suppress(FileExistsError):  # then both wait for the next run
                os.link(taking, path)
                taking.unlink()
    except FileNotFoundError:
        return  # another run took the same file
    except OSError as error:
        raise FileUnavailable(
            f"{delivery.name} is archived, but cannot be taken out of the inbox ({os.strerror(error.errno or 0)}): "
            "let the pipeline write there",
            code="file_unreadable",
        ) from error


def was_taken(connection: Connection[Any], delivery: Delivery) -> bool:
    """Whether a delivery that vanished was taken in by another run, a moment ago."""
    known = connection.execute(
        statement("ingest/find_recent_file"), {"source": delivery.source, "name": delivery.name}
    ).fetchone()
    connection.commit()
    return known is not None


def open_batches(
    connection: Connection[Any],
    period: Period,
    *,
    dag_id: str,
    run_id: str,
    sources: list[str],
    reprocess: bool,
    is_rehearsal: bool = False,
    lying: Sequence[uuid.UUID] = (),
    say: Callable[[str], None] = lambda line: None,
) -> list[str]:
    """Open a batch for each file and dataset of the period that has not ended yet (all of them when reprocessing).

    :param is_rehearsal: of a dry run: however its batches end, the files are still to be loaded
    :param lying: files that a dry run left in the inbox, to be looked at as if they were delivered now
    :returns: the datasets that have something to load, in reference order
    """
    run = {"dag_id": dag_id, "run_id": run_id, "is_rehearsal": is_rehearsal, "lying": list(lying)}
    connection.execute(statement("ingest/replace_failed"), run)
    parameters = run | {"sources": sources, "delivered_from": period.start, "delivered_before": period.end}
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
                _open(connection, run, file, UNKNOWN, 0, error.code)
                names.add(UNKNOWN)
            continue
        if file["original_removed_at"]:
            if reprocess:
                say(f"{file['name']} cannot be read again, its time in the archive was over: deliver it anew")
            continue
        for name in datasets:
            if reprocess or (name, version) not in ended:
                _open(connection, run, file, name, version)
                names.add(name)
    return in_reference_order(names)


def _open(
    connection: Connection[Any],
    run: Mapping[str, Any],
    file: Mapping[str, Any],
    dataset: str,
    profile_version: int,
    error_code: str | None = None,
) -> None:
    connection.execute(
        statement("ingest/open_batch"),
        {
            **run,
            **file,
            "ended": None,
            "dataset": dataset,
            "profile_version": profile_version,
            "status": "failed" if error_code else "collected",
            "error_code": error_code,
        },
    )


def all_sources(inbox: Path) -> list[str]:
    """Sources with a profile, and folders of the inbox that have none (their files must not go unnoticed)."""
    folders = {printable(path.name) for path in _entries(inbox) if path.is_dir() and not path.name.startswith(".")}
    return sorted(folders | set(source_names()))
