"""Files on their way into the inbox: written under an unfinished name, kept by the disk, then renamed.

An unfinished file is `.<batch id>.part`, which the pipeline passes over, and is locked by the process that writes it: a
lock that nobody holds tells that its writer is gone.
"""

import contextlib
import datetime as dt
import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

UNFINISHED_END = ".part"
FRESH_SECONDS = 10.0  # a file is made before it is locked, and registered after it is written
CHUNK = 1 << 20


def sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Draft:
    """A file that is being written in inbox/<source>/, of mode 0600 and locked by this process.

    Raises OSError wherever the disk refuses.
    """

    def __init__(self, inbox: Path, source: str, batch_id: UUID | None = None) -> None:
        self.batch_id = batch_id or uuid4()
        self.source = source
        self.folder = inbox / source
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = self.folder / f".{self.batch_id}{UNFINISHED_END}"
        self.bytes = 0
        self.is_promised = False  # from its registration on, its end is the sweeper's, not the request's
        self._digest = hashlib.sha256()
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._digest.hexdigest()

    def write(self, content: bytes) -> None:
        """Add bytes; on failure the file is cut back to what it was."""
        view = memoryview(content)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self.bytes)
                os.lseek(self._descriptor, self.bytes, os.SEEK_SET)
            raise
        self.bytes += len(content)
        self._digest.update(content)

    def sync(self) -> None:
        """Wait until the disk keeps the bytes."""
        os.fsync(self._descriptor)

    def cut(self, to: int) -> None:
        """Forget the bytes behind a place, which were never answered for."""
        os.ftruncate(self._descriptor, to)
        os.lseek(self._descriptor, to, os.SEEK_SET)
        os.fsync(self._descriptor)
        self.bytes = to
        self._digest = hashlib.sha256(self.path.read_bytes())

    def keep(self) -> None:
        """Have the disk keep the file and its unfinished name."""
        self.sync()
        sync_folder(self.folder)

    def close(self) -> None:
        """Write no more: the pipeline takes no file that somebody has open. The lock goes with it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def discard(self) -> None:
        """Remove the file: it was never answered for."""
        self.close()
        self.path.unlink(missing_ok=True)


class NameTaken(Exception):
    """A file of that name waits in the inbox."""


def finish(unfinished: Path, name: str) -> bool:
    """Give a kept file its name in the inbox, once, without taking the place of another; False when it is gone.

    :raises NameTaken: the name is taken
    """
    home = unfinished.with_name(name)
    try:
        os.link(unfinished, home, follow_symlinks=False)
    except FileNotFoundError:
        return False
    except FileExistsError:
        if not _is_same(unfinished, home):
            raise NameTaken(name) from None
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        # A file system without hard links: between the look and the rename another could take the name.
        if home.exists():
            raise NameTaken(name) from None
        unfinished.rename(home)
    unfinished.unlink(missing_ok=True)
    sync_folder(home.parent)
    return True


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except FileNotFoundError:
        return False


def abandoned(inbox: Path) -> Iterator[tuple[UUID, Path]]:
    """Unfinished files of ours whose writer is gone."""
    for path in sorted(inbox.glob(f"*/.*{UNFINISHED_END}")):
        try:
            batch_id = UUID(path.name.removeprefix(".").removesuffix(UNFINISHED_END))
        except ValueError:
            continue  # of somebody else
        if not path.is_symlink() and not _is_locked(path):
            yield batch_id, path


def is_fresh(path: Path) -> bool:
    """Whether a file was written to a moment ago, or is gone."""
    try:
        return time.time() - path.stat().st_mtime < FRESH_SECONDS
    except FileNotFoundError:
        return True


def count_unfinished(inbox: Path) -> int:
    """Unfinished files of ours, written to or abandoned."""
    return sum(1 for _ in inbox.glob(f"*/.*{UNFINISHED_END}"))


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def repair(path: Path, end: int) -> str:
    """Cut a torn record off a file whose writer was killed, and have the disk keep it; its sha256."""
    with path.open("r+b") as file:
        file.truncate(end)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        digest = hashlib.sha256()
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class Names:
    """Names of the files in inbox/api/; they sort as given, since the later version of a row must win."""

    def __init__(self) -> None:
        self._last = dt.datetime.min.replace(tzinfo=dt.UTC)

    def next(self, dataset: str, batch_id: UUID) -> str:
        """`expenses-20261005T081503.123456Z-<batch id>.csv`; no two have one moment."""
        self._last = max(dt.datetime.now(dt.UTC), self._last + dt.timedelta(microseconds=1))
        return f"{dataset}-{self._last:%Y%m%dT%H%M%S.%fZ}-{batch_id}.csv"
