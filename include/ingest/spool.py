"""The spool: accepted rows between validation and load, in PostgreSQL's binary COPY format."""

import hashlib
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Any, Self

from psycopg import Connection
from psycopg.copy import Copy, Writer

from include.errors import AccountingMismatch

CHUNK = 1 << 18
SIGNATURE, TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"  # around the rows of binary COPY


class _RowsWriter(Writer):
    """Sends the rows of COPY data to a file and digests them on the way; what stands around them is the spool's."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._before = len(SIGNATURE)
        self._last = b""
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> None:
        rows = self._last + bytes(data[self._before :])
        self._before = 0
        self._last = rows[-len(TRAILER) :]
        self.put(rows[: -len(TRAILER)])

    def settle(self) -> None:
        """Let go of bytes held back for the trailer's sake: more rows come from elsewhere."""
        self.put(self._last)
        self._last = b""

    def put(self, data: bytes) -> None:
        self._file.write(data)
        self.digest.update(data)


class SpoolWriter:
    """Writes rows to a file in binary COPY format; `sha256` is known when the block has ended.

    :param connection: only its type adapters are used; nothing is sent to the server
    :param file: where the spool goes
    :param types: PostgreSQL type names, one per value of a row
    """

    def __init__(self, connection: Connection[Any], file: IO[bytes], types: Sequence[str]) -> None:
        self._writer = _RowsWriter(file)
        self._copy = Copy(connection.cursor(), binary=True, writer=self._writer)
        self._copy.set_types(types)
        self.write_row = self._copy.write_row
        self.sha256 = ""

    def __enter__(self) -> Self:
        self._writer.put(SIGNATURE)
        self._copy.__enter__()
        return self

    def append(self, spool: IO[bytes]) -> None:
        """Take in the rows of another spool, a seekable file."""
        self._writer.settle()
        left = spool.seek(0, 2) - len(SIGNATURE) - len(TRAILER)
        spool.seek(len(SIGNATURE))
        while left > 0 and (chunk := spool.read(min(CHUNK, left))):
            self._writer.put(chunk)
            left -= len(chunk)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._copy.__exit__(kind, error, trace)
        self._writer.put(TRAILER)
        self.sha256 = self._writer.digest.hexdigest()


def read_spool(file: IO[bytes], sha256: str) -> Iterator[bytes]:
    """The spool's bytes in chunks; whoever consumes them must do so in one transaction.

    :raises AccountingMismatch: `spool_changed`, after the last chunk, when the bytes are not those that were written
    """
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        raise AccountingMismatch(
            "The spool is not what validation wrote: clear the run's validate task", code="spool_changed"
        )
