"""From bytes to data records: encoding, delimiter, header, and which rows are no data at all."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from include.errors import BadFile
from include.ingest.profile import Format

HEADER_SEARCH = 200  # records: a longer preamble is not a table with a header
FIELD_LIMIT = 131_072  # characters in one cell
CHUNK = 1 << 20

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_A_LETTER = re.compile(r"[\W_]+")


def header_key(name: str) -> str:
    """A header name as names are compared: case, spaces and punctuation do not count."""
    return _NOT_A_LETTER.sub("", name).casefold()


def detect_encoding(raw: BinaryIO, candidates: Sequence[str]) -> tuple[str, int]:
    """Find the encoding in which the whole file decodes, and how many bytes of byte order marks precede it.

    :param raw: a seekable file at its start; left at its start
    :param candidates: encodings tried in order where no byte order mark decides
    :raises BadFile: `empty_file`, or `undecodable` when none fits (never a guess that garbles names)
    """
    start = raw.read(64)
    if not start:
        raise BadFile("The file is empty: ask the sender to deliver it again", code="empty_file")
    bom, encodings = 0, list(candidates)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            encodings = [encoding]
            while start[bom:].startswith(mark):
                bom += len(mark)
            break
    try:
        for encoding in encodings:
            raw.seek(bom)
            if _decodes(raw, encoding):
                return encoding, bom
    finally:
        raw.seek(0)
    raise BadFile(
        f"The file is not in any of the encodings {', '.join(encodings)}: name the right one in the profile's format",
        code="undecodable",
    )


def _decodes(raw: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := raw.read(CHUNK):
            if "\0" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@dataclass
class Table:
    """A file read as a table: its header, then its records, one pass only.

    `records` yields (record number, cells); record numbers count every record of the file from 1, as a
    spreadsheet's row numbers do. `skipped` grows while the records are read: preamble, header, blank rows.
    """

    encoding: str
    header: list[str]
    records: Iterator[tuple[int, list[str]]]
    skipped: int = 0
    positions: dict[str, int] = field(default_factory=dict)


def open_table(
    raw: BinaryIO, format_: Format, wanted: Sequence[Sequence[str]], needed: Sequence[Sequence[str]]
) -> Table:
    """Open a delimited file and find its header by the names of its columns.

    :param raw: a seekable binary file
    :param wanted: for each column of interest, the names it may have
    :param needed: the part of `wanted` without which the file cannot be read
    :raises BadFile: empty_file, undecodable, missing_column, duplicate_column, field_too_large
    """
    encoding, bom = detect_encoding(raw, format_.encodings)
    raw.seek(bom)
    text = io.TextIOWrapper(raw, encoding=encoding, newline="")
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(text, delimiter=format_.delimiter, quotechar=format_.quote)
    numbered = enumerate(_guarded(reader), start=1)

    best: tuple[int, list[str]] = (0, [])
    for number, cells in numbered:
        keys = {header_key(cell) for cell in cells}
        found = sum(1 for names in needed if any(header_key(name) in keys for name in names))
        if found == len(needed):
            return _table(encoding, number, cells, wanted, numbered)
        if found > best[0] or not best[1]:
            best = (found, cells)
        if number >= HEADER_SEARCH:
            break
    if not best[1] and best[0] == 0:
        raise BadFile("The file holds no rows: ask the sender to deliver it again", code="empty_file")
    present = {header_key(cell) for cell in best[1]}
    missing = [names[0] for names in needed if not any(header_key(name) in present for name in names)]
    raise BadFile(
        f"No header with the column(s) {', '.join(missing)}: if they were renamed, add the new name in the profile",
        code="missing_column",
    )


def _guarded(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise BadFile(
            f"A cell is longer than {FIELD_LIMIT} characters, or a quote is never closed: "
            "look at the file's quoting, and at the profile's quote and delimiter",
            code="field_too_large",
        ) from error


def _table(
    encoding: str,
    number: int,
    header: list[str],
    wanted: Sequence[Sequence[str]],
    numbered: Iterator[tuple[int, list[str]]],
) -> Table:
    keys = [header_key(cell) for cell in header]
    positions: dict[str, int] = {}
    for names in wanted:
        at = [position for position, key in enumerate(keys) if key and key in {header_key(name) for name in names}]
        if len(at) > 1:
            raise BadFile(
                f"The column {names[0]} stands {len(at)} times in the header: leave one name for it in the profile",
                code="duplicate_column",
            )
        if at:
            positions[names[0]] = at[0]
    table = Table(encoding, header, iter(()), skipped=number, positions=positions)

    def records() -> Iterator[tuple[int, list[str]]]:
        for record, cells in numbered:
            if any(cell.strip() for cell in cells):
                if cells == header:
                    table.skipped += 1
                    continue
                yield record, cells
            else:
                table.skipped += 1

    table.records = records()
    return table
