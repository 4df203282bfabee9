"""From bytes to data records: encoding, delimiter, header, and which rows are no data at all."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from include.errors import BadFile
from include.ingest.packing import unpacked, workbook_records
from include.ingest.profile import Format

HEADER_SEARCH = 200  # records: a longer preamble is not a table with a header
FIELD_LIMIT = 131_072  # characters in one cell
COLUMN_LIMIT = 5_000  # cells in one record
LINE_LIMIT = 16 << 20  # characters in one line, which is read as a whole
CHUNK = 1 << 20

Records = Iterator[tuple[int, list[str]]]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_A_LETTER = re.compile(r"[\W_]+")
_PLACE = re.compile(r"#([1-9]\d{0,3})")
_ASCII = bytes(range(128))
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


def header_key(name: str) -> str:
    """A header name as names are compared: case, spaces and punctuation do not count, unless there is nothing else."""
    return _NOT_A_LETTER.sub("", name).casefold() or name.strip()


def place_of(name: str) -> int | None:
    """The position that a name like #4 means, counted from 0; None for any other name."""
    found = _PLACE.fullmatch(name.strip())
    return int(found.group(1)) - 1 if found else None


def detect_encoding(raw: BinaryIO, candidates: Sequence[str]) -> tuple[str, int]:
    """Find the encoding in which the whole file decodes, and how many bytes of byte order marks precede it.

    :param raw: a seekable file at its start; left at its start
    :param candidates: encodings tried in order where no byte order mark decides
    :raises BadFile: `empty_file`, `field_too_large` when a line is beyond all measure, or `undecodable` when none fits
        (never a guess that garbles names)
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
                raw.seek(bom)
                # cp1252 and its like decode nearly anything: bytes that are UTF-8 but for a few would be garbled.
                if encodings[0] == "utf-8" and encoding != "utf-8" and _is_damaged_utf8(raw):
                    continue
                return encoding, bom
    finally:
        raw.seek(0)
    raise BadFile(
        f"The file is not in any of the encodings {', '.join(encodings)}: name the right one in the profile's format",
        code="undecodable",
    )


def _is_damaged_utf8(raw: BinaryIO) -> bool:
    """Whether most bytes beyond ASCII form UTF-8 sequences, in a file that is no UTF-8 as a whole."""
    in_sequences = beyond = 0
    while chunk := raw.read(CHUNK):
        beyond += len(chunk.translate(None, _ASCII))
        in_sequences += sum(len(found.group()) for found in _SEQUENCE.finditer(chunk))
    return in_sequences * 2 > beyond


def _decodes(raw: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 0
    try:
        while chunk := raw.read(CHUNK):
            text = decoder.decode(chunk)
            if "\0" in text:
                return False
            end = max(text.rfind("\n"), text.rfind("\r"))
            line = len(text) - end if end >= 0 else line + len(text)
            if line > LINE_LIMIT:
                raise _too_large()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@dataclass
class Table:
    """A file read as a table: its header, then its records, one pass only.

    `records` yields (record number, cells); record numbers count every record of the file from 1, as a
    spreadsheet's row numbers do. `skipped` grows while the records are read: preamble, header, blank rows.
    `positions` tells where the wanted columns stand, by the first of their names; `is_typed` says that dates come
    from a workbook and read as ISO 8601.
    """

    header: list[str]
    records: Records
    skipped: int = 0
    positions: dict[str, int] = field(default_factory=dict)
    is_typed: bool = False

    def find(self, names: Sequence[str]) -> int | None:
        """Position of the column that has one of these names; None when there is none.

        :raises BadFile: `duplicate_column` when there are several
        """
        keys = {header_key(name) for name in names if place_of(name) is None}
        at = [position for position, cell in enumerate(self.header) if cell and header_key(cell) in keys]
        at += [place for name in names if (place := place_of(name)) is not None and place < len(self.header)]
        if len(at) > 1:
            raise BadFile(
                f"The column {names[0]} stands {len(at)} times in the header: name its place in the profile (#4)",
                code="duplicate_column",
            )
        return at[0] if at else None


def open_table(
    raw: BinaryIO, format_: Format, wanted: Sequence[Sequence[str]], needed: Sequence[Sequence[str]]
) -> Table:
    """Open a delimited file or a workbook and find its header by the names of its columns.

    :param raw: a seekable binary file, perhaps packed (gzip, zip, .xlsx)
    :param wanted: for each column of interest, the names it may have
    :param needed: the part of `wanted` without which the file cannot be read
    :raises BadFile: empty_file, undecodable, missing_column, duplicate_column, field_too_large,
        too_many_columns, unbalanced_quote, and those of `unpacked`
    """
    plain, is_workbook = unpacked(raw)
    if is_workbook:
        records: Iterable[list[str]] = workbook_records(plain, format_.sheet)
    else:
        encoding, bom = detect_encoding(plain, format_.encodings)
        plain.seek(bom)
        text = io.TextIOWrapper(plain, encoding=encoding, newline="")
        csv.field_size_limit(FIELD_LIMIT)
        records = _delimited(text, format_)
    needed = [*needed, *([name] for name in format_.header_names)]
    table = _without_header(records) if format_.header_rows == 0 else _with_header(records, format_, needed)
    table.is_typed = is_workbook
    for names in wanted:
        at = table.find(names)
        if at is not None:
            table.positions[names[0]] = at
    return table


def _with_header(records: Iterable[list[str]], format_: Format, needed: Sequence[Sequence[str]]) -> Table:
    numbered = enumerate(records, start=1)
    window: deque[list[str]] = deque(maxlen=format_.header_rows)
    closest: tuple[int, set[str]] = (-1, set())
    for number, cells in numbered:
        window.append(cells)
        header = _joined(window)
        keys = {header_key(cell) for cell in header}
        found = sum(1 for names in needed if any(_stands(name, keys, len(header)) for name in names))
        if found == len(needed):
            table = Table(header, iter(()), skipped=number)
            table.records = _data(table, numbered, repeated=list(window))
            return table
        if found > closest[0]:
            closest = (found, keys)
        if number >= HEADER_SEARCH:
            break
    if closest[0] < 0:
        raise BadFile("The file holds no rows: ask the sender to deliver it again", code="empty_file")
    missing = [names[0] for names in needed if not any(_stands(name, closest[1], 0) for name in names)]
    raise BadFile(
        f"No header with the column(s) {', '.join(missing)}: if they were renamed, add the new name in the profile",
        code="missing_column",
    )


def _stands(name: str, keys: set[str], width: int) -> bool:
    """Whether a header of these keys and of this width has a column of that name, or at that place."""
    place = place_of(name)
    return header_key(name) in keys if place is None else place < width


def _joined(rows: Sequence[list[str]]) -> list[str]:
    """Header rows as one: an upper cell spans the blank ones to its right, and stands before the lower ones."""
    if len(rows) == 1:
        return rows[0]
    width = max(map(len, rows))
    header = [""] * width
    for depth, row in enumerate(rows):
        spanning = ""
        for position in range(width):
            cell = row[position].strip() if position < len(row) else ""
            is_upper = depth < len(rows) - 1
            spanning = cell or (spanning if is_upper else "")
            header[position] = f"{header[position]} {spanning}".strip()
    return header


def _without_header(records: Iterable[list[str]]) -> Table:
    numbered = enumerate(records, start=1)
    for number, cells in numbered:
        if any(cell.strip() for cell in cells):
            table = Table([f"#{position}" for position in range(1, len(cells) + 1)], iter(()), skipped=number - 1)
            table.records = _first_then(number, cells, _data(table, numbered, repeated=[]))
            return table
    raise BadFile("The file holds no rows: ask the sender to deliver it again", code="empty_file")


def _first_then(number: int, cells: list[str], rest: Records) -> Records:
    yield number, cells
    yield from rest


def _data(table: Table, numbered: Records, repeated: list[list[str]]) -> Records:
    for number, cells in numbered:
        # Joining first is the fast way to tell a record that says nothing.
        if not "".join(cells).strip() or cells in repeated:
            table.skipped += 1
            continue
        yield number, cells


def _too_large() -> BadFile:
    return BadFile(
        f"A cell is longer than {FIELD_LIMIT} characters, or a quote is never closed: "
        "look at the file's quoting, and at the profile's quote and delimiter",
        code="field_too_large",
    )


def _delimited(text: Iterable[str], format_: Format) -> Iterator[list[str]]:
    """The records of a delimited text.

    :raises BadFile: field_too_large, too_many_columns; unbalanced_quote when a quote that is not closed has swallowed
        the rows behind it, which would be lost without a word
    """
    lines: list[str] = []  # of the record that is being read
    is_over = False

    def read() -> Iterator[str]:
        nonlocal is_over
        for line in text:
            lines.append(line)
            yield line
        is_over = True

    try:
        for cells in csv.reader(read(), delimiter=format_.delimiter, quotechar=format_.quote):
            if len(lines) > 1 or is_over:
                _check_quotes(lines, format_)
            lines.clear()
            if len(cells) > COLUMN_LIMIT:
                raise BadFile(
                    f"A record has more than {COLUMN_LIMIT} cells: look at the profile's delimiter",
                    code="too_many_columns",
                )
            yield cells
    except csv.Error as error:
        raise _too_large() from error


def _check_quotes(lines: list[str], format_: Format) -> None:
    """A record over several lines is believed only if every quote of it stands where it should."""
    try:
        list(csv.reader(lines, delimiter=format_.delimiter, quotechar=format_.quote, strict=True))
    except csv.Error as error:
        raise BadFile(
            f"A quote is never closed, or closes within a cell, and {len(lines)} line(s) hang on it: "
            "mend the file's quoting, or the profile's quote",
            code="unbalanced_quote",
        ) from error


def row_filter(table: Table, filters: Sequence[tuple[Sequence[str], str]]) -> Callable[[list[str]], bool]:
    """A test for records that are no data.

    :param filters: (names of a column, pattern of its cells); a column that is missing filters nothing
    """
    tests = [(table.find(names), re.compile(pattern)) for names, pattern in filters]
    present = [(at, pattern) for at, pattern in tests if at is not None]
    return lambda cells: any(at < len(cells) and pattern.search(cells[at]) for at, pattern in present)
