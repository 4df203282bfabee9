"""CSV logs that many processes write and people open in a spreadsheet: no line lost, torn or doubled.

The database is the truth, a CSV log is its readable copy. Lines are therefore never thought up here: callers
pass what the database knows, and `add` writes what the file does not have yet. That makes a repeated task
harmless, and lets the next run fill in what a full disk refused.

Finding out what the file has does not mean reading all of it. Lines stand in the order in which they were
written, so `add` reads backwards from the end and stops at the first line too old to matter; only a caller
that cannot say how old its lines are (`since=None`) pays for the whole file. An index beside the file would
be faster still, and one more thing that can be torn, stale or missing.

Every record is one physical line, since control characters become spaces, so a torn last line can be told
from a whole one and cut off by the next writer. A line whose content has changed (a run was cleared and ended
differently) is replaced by rewriting the file beside itself.
"""

import csv
import datetime as dt
import errno
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from include.errors import BadConfiguration, FileUnavailable

_BLOCK = 1 << 16
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class CsvLog:
    """A log file: its columns, the columns that tell a line from every other one, and how long to wait for
    its lock.

    `whole` names the columns that hold together what is always told at once, a batch with its currencies: when
    it is told anew, the lines of it that are no longer told go. `moment` names the column with the time of
    writing (ISO 8601, UTC). `window` is how far back lines may still be added late: a line found in the file
    that is older than `since` by more than that has only older ones above it.
    """

    path: Path
    columns: tuple[str, ...]
    key: tuple[str, ...]
    whole: tuple[str, ...] = ()
    moment: str = "run_at"
    window: dt.timedelta = dt.timedelta(days=7)
    patience: float = 60.0

    def add(self, rows: Iterable[Mapping[str, Any]], since: dt.datetime | None = None) -> int:
        """Write the rows that the file lacks, replace those whose content differs, drop those that are no longer
        told of what is told; a repeated row is no new line.

        :param rows: values by column; a missing column stays empty
        :param since: no row is older than this; without it the whole file is searched for the rows' keys
        :return: number of lines written
        :raises FileUnavailable: the disk is full, the folder may not be written, or the lock stays taken; a
            line that was half written has been taken back
        :raises BadConfiguration: the file has another header, and must be rebuilt or moved away
        """
        wanted = {self._key(cells): cells for cells in map(self._cells, rows)}
        told = {self._whole(cells) for cells in wanted.values()}
        with self._locked():
            self.path.touch()
            # Unbuffered, so that a full disk is met by the write itself and not by a later flush.
            with self.path.open("r+b", buffering=0) as file:
                self._mend(file)
                present = self._present(file, since)
                missing = {key: cells for key, cells in wanted.items() if present.get(key) != cells}
                gone = {key for key, cells in present.items() if key not in wanted and self._whole(cells) in told}
                gone |= missing.keys() & present.keys()
                if missing and not gone:
                    self._append(file, missing.values())
            if gone:
                self._write_anew(self._chain(missing, gone))
            return len(missing)

    def rebuild(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """Write the whole file from `rows`, beside the old one, which it then replaces at once.

        :return: number of lines written
        :raises FileUnavailable: as `add`; the old file is then untouched
        """
        with self._locked():
            return self._write_anew(map(self._cells, rows))

    def read(self) -> Iterator[dict[str, str]]:
        """The log's lines by column; a torn last line and lines of another width are passed over."""
        if self.path.exists():
            yield from (dict(zip(self.columns, cells, strict=True)) for cells in self._records())

    def _cells(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(_cell(row.get(column)) for column in self.columns)

    def _key(self, cells: Sequence[str]) -> tuple[str, ...]:
        return tuple(cells[self.columns.index(column)] for column in self.key)

    def _whole(self, cells: Sequence[str]) -> tuple[str, ...]:
        return tuple(cells[self.columns.index(column)] for column in self.whole or self.key)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=self.patience)
        with _said_plainly(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire()
            except Timeout as error:
                raise FileUnavailable(
                    f"{self.path.name} was not free within {self.patience:.0f} s.", code="log_locked"
                ) from error
            try:
                yield
            finally:
                lock.release()

    def _mend(self, file: io.FileIO) -> None:
        """Cut off a last line that a killed writer left unfinished, and see that the header is ours."""
        size = file.seek(0, os.SEEK_END)
        end = size
        while end:
            start = max(0, end - _BLOCK)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        if end < size:
            file.truncate(end)
        file.seek(0)
        header = file.read(_BLOCK).partition(b"\n")[0]
        if not header:
            self._put(file, 0, _lines([self.columns]))
        elif header.decode("utf-8-sig", "replace").rstrip("\r") != ",".join(self.columns):
            raise BadConfiguration(
                f"{self.path.name} has another header than this version writes: move it away, or rebuild it "
                "with `make rebuild-logs`.",
                code="log_header",
            )

    def _present(self, file: io.FileIO, since: dt.datetime | None) -> dict[tuple[str, ...], tuple[str, ...]]:
        """The file's lines that may be asked for, by key; the latest of a key wins."""
        if since is None:
            return {self._key(cells): cells for cells in self._records()}
        oldest = _cell(since - self.window)
        place = self.columns.index(self.moment)
        present: dict[tuple[str, ...], tuple[str, ...]] = {}
        for line in _lines_backwards(file):
            cells = self._parse(line)
            if cells is None:
                continue
            if cells[place] < oldest:
                break
            present.setdefault(self._key(cells), cells)
        return present

    def _records(self) -> Iterator[tuple[str, ...]]:
        with self.path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n") and (cells := self._parse(line)) is not None:
                    yield cells

    def _parse(self, line: bytes) -> tuple[str, ...] | None:
        try:
            cells = tuple(next(csv.reader([line.decode("utf-8-sig", "replace").rstrip("\r\n")], strict=True), ()))
        except csv.Error:
            return None
        return cells if len(cells) == len(self.columns) and cells != self.columns else None

    def _append(self, file: io.FileIO, records: Iterable[Sequence[str]]) -> None:
        self._put(file, file.seek(0, os.SEEK_END), _lines(records))

    def _put(self, file: io.FileIO, place: int, data: bytes) -> None:
        """Write at `place` and reach the disk, or leave the file as it was."""
        view = memoryview(data)
        try:
            file.seek(place)
            while view:
                view = view[file.write(view) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(place)
            raise

    def _chain(
        self, missing: Mapping[tuple[str, ...], tuple[str, ...]], gone: set[tuple[str, ...]]
    ) -> Iterator[tuple[str, ...]]:
        """The file's lines but for those that go, then the new ones."""
        yield from (cells for cells in self._records() if self._key(cells) not in gone)
        yield from missing.values()

    def _write_anew(self, records: Iterable[Sequence[str]]) -> int:
        draft = self.path.with_name(f".{self.path.name}.draft")
        try:
            with draft.open("w", encoding="utf-8", errors="replace", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(self.columns)
                count = 0
                for record in records:
                    writer.writerow(record)
                    count += 1
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
            _reach_disk(self.path.parent)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return count


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    """The operating system's complaints as the project's: the file's name and the reason, no more."""
    try:
        yield
    except OSError as error:
        code = "disk_full" if error.errno in _NO_ROOM else "file_unavailable"
        raise FileUnavailable(f"{path.name} cannot be written: {error.strerror}.", code=code) from error


def _cell(value: Any) -> str:
    """A value as the log writes it: one line, times in UTC, nothing that a spreadsheet would compute."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    text = _CONTROL.sub(" ", str(value)).strip().encode("utf-8", "replace").decode()
    if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _lines(records: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(records)
    return text.getvalue().encode("utf-8", "replace")


def _lines_backwards(file: io.FileIO) -> Iterator[bytes]:
    """The file's lines from the last to the first, read in blocks from the end."""
    place = file.seek(0, os.SEEK_END)
    rest = b""
    while place:
        step = min(_BLOCK, place)
        place -= step
        file.seek(place)
        pieces = (file.read(step) + rest).split(b"\n")
        rest = pieces[0]
        yield from (piece for piece in reversed(pieces[1:]) if piece)
    if rest:
        yield rest


def _reach_disk(folder: Path) -> None:
    """A rename is safe from a power cut only once the folder itself is on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
