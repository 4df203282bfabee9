"""A long file validated by several processes: each reads it whole, and holds a share of its records to the contract.

Reading is a fifth of the work, so that two processes are done in little more than half the time. A helper is a fork of
the task's process; it writes the rows it accepts and the rejects into files that have no name and go with the two of
them, and its tally into a pipe. It never speaks to the database, and ends with its parent: its next word finds nobody.
"""

from __future__ import annotations

import csv
import mmap
import os
import signal
import struct
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, Pipe
from typing import IO, BinaryIO

from include.errors import GaussError, Unforeseen, WorkerDied
from include.ingest.packing import is_packed
from include.ingest.validation import Reject, Share, Tally

LONG_FILE = 4 << 20  # bytes; a shorter one is validated before a helper has started
MOST_READERS = 4
_PROGRESS = struct.Struct("qq")

# What each process does: (its share, takes each reject, told the tally now and then) → its tally.
Work = Callable[[Share, Callable[[Reject], None], Callable[[Tally], None]], Tally]


def readers_for(original: BinaryIO) -> int:
    """How many processes a file is worth: one, unless it is long and plain, lies on this machine, and there are cores.

    :param original: seekable, at its start
    """
    try:
        size = os.fstat(original.fileno()).st_size
    except (AttributeError, OSError):  # in memory, or in a store elsewhere, whose client does not survive a fork
        return 1
    return min(os.cpu_count() or 1, MOST_READERS) if size >= LONG_FILE and not is_packed(original) else 1


class Helper:
    """A process that validates one share of a file.

    :param share: its records
    :param work: runs in the helper, and writes its accepted rows to a spool of its own
    :param foreign: file descriptors that the helper must let go of at once: a connection to the database
    """

    def __init__(self, share: Share, work: Callable[[IO[bytes]], Work], foreign: list[int]) -> None:
        self._spool = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._rejects = tempfile.TemporaryFile("w+", newline="", encoding="utf-8")  # noqa: SIM115
        self._progress = mmap.mmap(-1, _PROGRESS.size)
        self._said, saying = Pipe(duplex=False)
        self._pid = os.fork()
        if self._pid == 0:
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                for descriptor in foreign:
                    os.close(descriptor)
                self._said.close()
                self._serve(share, work(self._spool), saying)
            finally:
                os._exit(0)
        saying.close()

    def _serve(self, share: Share, work: Work, saying: Connection[object]) -> None:
        writer = csv.writer(self._rejects)

        def reject(refused: Reject) -> None:
            writer.writerow((refused.row_number, refused.field, refused.code, refused.sample, refused.part))

        def progress(tally: Tally) -> None:
            _PROGRESS.pack_into(self._progress, 0, tally.rows_read, tally.rows_rejected)

        try:
            outcome: Tally | Exception = work(share, reject, progress)
            self._spool.flush()
            self._rejects.flush()
        except (GaussError, OSError, MemoryError) as error:
            outcome = error
        except Exception as error:  # noqa: BLE001 - it must not look like a killed process, which is tried again
            outcome = Unforeseen.of(error)
        saying.send(outcome)

    def progress(self) -> tuple[int, int]:
        """Rows read and rows rejected so far."""
        rows_read, rows_rejected = _PROGRESS.unpack_from(self._progress, 0)
        return rows_read, rows_rejected

    def wait(self) -> Tally:
        """The tally of its share, when it is done.

        :raises GaussError, OSError: what it met
        :raises WorkerDied: it was killed
        """
        try:
            outcome = self._said.recv()
        except EOFError as error:
            raise WorkerDied(
                "A process that validated a part of the file was killed, perhaps for want of memory: see the "
                "machine's log"
            ) from error
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @property
    def spool(self) -> IO[bytes]:
        """The rows it accepted, when it is done."""
        return self._spool

    def rejects(self) -> Iterator[Reject]:
        """The rows it rejected, when it is done."""
        self._rejects.seek(0)
        for number, name, code, sample, part in csv.reader(self._rejects):
            yield Reject(int(number), name, code, sample, int(part))

    def end(self) -> None:
        """Let it go; one that still works is killed."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        for file in (self._spool, self._rejects, self._said, self._progress):
            file.close()


def validate_together(
    readers: int,
    own: Work,
    of_helper: Callable[[IO[bytes]], Work],
    *,
    append: Callable[[IO[bytes]], None],
    reject: Callable[[Reject], None],
    progress: Callable[[Tally], None],
    foreign: list[int],
) -> Tally:
    """Let this process and `readers - 1` helpers validate a file.

    :param own: this process's work
    :param of_helper: makes a helper's work, which writes a spool to the file that it is handed
    :param append: takes the spool of each helper
    :param foreign: file descriptors that no helper may keep
    :returns: the tally of the whole file
    :raises GaussError, OSError: what one of them met; WorkerDied when a helper was killed
    """
    helpers: list[Helper] = []

    def progress_of_all(tally: Tally) -> None:
        numbers = [helper.progress() for helper in helpers]
        rows_read, rows_rejected = (
            sum(each) for each in zip(*numbers, (tally.rows_read, tally.rows_rejected), strict=True)
        )
        progress(Tally(rows_read=rows_read, rows_rejected=rows_rejected))

    try:
        for index in range(1, readers):
            helpers.append(Helper(Share(index, readers), of_helper, foreign))
        tally = own(Share(0, readers), reject, progress_of_all)
        for helper in helpers:
            tally.add(helper.wait())
            append(helper.spool)
            for refused in helper.rejects():
                reject(refused)
    finally:
        for helper in helpers:
            helper.end()
    return tally
