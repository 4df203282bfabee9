"""Packed deliveries: gzip, zip and workbooks, opened within limits so that a small file cannot fill the machine."""

import datetime as dt
import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast

from include.errors import BadFile

UNPACKED_LIMIT = 4 << 30  # bytes
RATIO_LIMIT = 250  # times the packed size; real exports stay below 50
RATIO_FREE = 64 << 20  # bytes that may come out whatever the ratio
CHUNK = 1 << 20

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"


def is_packed(raw: BinaryIO) -> bool:
    """Whether a seekable file at its start is an archive or a workbook."""
    start = raw.read(4)
    raw.seek(0)
    return start.startswith(_GZIP) or start == _ZIP


def unpacked(raw: BinaryIO) -> tuple[BinaryIO, bool]:
    """The plain file behind a delivery, seekable and at its start, and whether it is a workbook.

    :param raw: a seekable file at its start
    :raises BadFile: `bad_archive` when it is damaged or encrypted, `archive_of_many` when it does not hold exactly one
        file, `archive_too_large` when it unpacks beyond the limits
    """
    start = raw.read(4)
    raw.seek(0)
    try:
        if start.startswith(_GZIP):
            with gzip.open(raw, "rb") as packed:
                return _within_limits(cast(IO[bytes], packed), _size(raw)), False
        if start == _ZIP:
            return _unzipped(raw)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the machine is at fault, a full disk perhaps, and not the archive
        raise BadFile(
            "The archive is damaged or encrypted: ask the sender to deliver it again", code="bad_archive"
        ) from error
    return raw, False


def _unzipped(raw: BinaryIO) -> tuple[BinaryIO, bool]:
    with zipfile.ZipFile(raw) as archive:
        members = [
            member
            for member in archive.infolist()
            if not member.is_dir() and not member.filename.startswith("__MACOSX/")
        ]
        if any(member.filename == "[Content_Types].xml" for member in members):
            _check_size(sum(member.file_size for member in members), _size(raw))
            raw.seek(0)
            return raw, True
        if len(members) != 1:
            raise BadFile(
                f"The archive holds {len(members)} files, and one is expected: deliver them one by one",
                code="archive_of_many",
            )
        with archive.open(members[0]) as packed:
            return _within_limits(packed, _size(raw)), False


def _size(raw: BinaryIO) -> int:
    here = raw.tell()
    size = raw.seek(0, 2)
    raw.seek(here)
    return size


def _check_size(size: int, packed: int) -> None:
    if size > UNPACKED_LIMIT or (size > RATIO_FREE and size > packed * RATIO_LIMIT):
        raise BadFile(
            f"The archive unpacks to more than {min(UNPACKED_LIMIT, max(RATIO_FREE, packed * RATIO_LIMIT)) >> 20} MiB: "
            "deliver the file unpacked if it is meant",
            code="archive_too_large",
        )


def _within_limits(packed: IO[bytes], size: int) -> BinaryIO:
    plain = tempfile.TemporaryFile()  # noqa: SIM115 - the caller reads it to its end, then it goes
    written = 0
    while chunk := packed.read(CHUNK):
        written += len(chunk)
        _check_size(written, size)
        plain.write(chunk)
    plain.seek(0)
    return cast(BinaryIO, plain)


def workbook_records(raw: BinaryIO, sheet: str | None) -> Iterator[list[str]]:
    """Records of a workbook's sheet, cells as text: dates in ISO 8601, numbers in full, formulas by their last value.

    :param sheet: its name; without it the first one
    :raises BadFile: `bad_archive` when it is no workbook, `missing_sheet`
    """
    from openpyxl import load_workbook

    try:
        book = load_workbook(raw, read_only=True, data_only=True)
        if sheet is not None and sheet not in book.sheetnames:
            raise BadFile(f"The workbook has no sheet {sheet}: name it in the profile's format", code="missing_sheet")
        # Sheets are unpacked while they are read: a damaged one may show in its last row.
        for row in (book[sheet] if sheet else book.worksheets[0]).iter_rows(values_only=True):
            yield [_as_text(value) for value in row]
    except (BadFile, MemoryError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the machine is at fault, and not the workbook
        raise BadFile("The workbook is damaged: save it again as .xlsx", code="bad_archive") from error


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, float):
        # A workbook keeps 0.1 + 0.2 as 0.30000000000000004; fifteen digits are what it shows.
        return format(value, ".15g") if abs(value) < 1e15 else repr(value)
    return str(value)
