"""The spool: accepted rows between validation and load, in PostgreSQL's binary COPY format."""

import hashlib
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Any, Self

from psycopg import Connection
from psycopg.copy import Copy, Writer

from include.errors import AccountingMismatch

CHUNK = 1 << 18


class _DigestWriter(Writer):
    """Sends COPY data to a file and digests it on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> None:
        self._file.write(data)
        self.digest.update(data)


class SpoolWriter:
    """Writes rows to a file in binary COPY format; `sha256` is known when the block has ended.

    :param connection: only its type adapters are used; nothing is sent to the server
    :param file: where the spool goes
    :param types: PostgreSQL type names, one per value of a row
    """

    def __init__(self, connection: Connection[Any], file: IO[bytes], types: Sequence[str]) -> None:
        self._writer = _DigestWriter(file)
        self._copy = Copy(connection.cursor(), binary=True, writer=self._writer)
        self._copy.set_types(types)
        self.write_row = self._copy.write_row
        self.sha256 = ""

    def __enter__(self) -> Self:
        self._copy.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._copy.__exit__(kind, error, trace)
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
