"""Rejected rows that a person mended: how such a file is known, read, and led back to the rows it mends."""

import csv
import io
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

from psycopg import Connection
from psycopg.rows import dict_row

from include.errors import BadConfiguration, BadFile
from include.ingest.mapping import content_hash
from include.ingest.profile import Column, DatasetMapping, Format, Layout
from include.ingest.reading import open_table
from include.sql import statement

REFERENCE = "reject_id"
NOTES = ("row_number", "field", "code")  # beside the reference, for the person who mends
NAME_LIMIT = 240  # bytes of a file's name; file systems take 255
PLAIN = Format(encodings=["utf-8", "cp1252"])

_NAME = re.compile(r"rejects\.(?P<dataset>[a-z_]+)\.(?P<batch>[0-9a-f]{12})\.(?P<original>.+)\.csv", re.DOTALL)
_FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r]")
_NUMBER = re.compile(r"[+-]?[\d.,]+")
_ESCAPED = re.compile(r"'['=+\-@＝＋－＠\t\r]")


@dataclass(frozen=True)
class MendedName:
    """What the name of an exported file says: the dataset, the first digits of the batch, the original's name."""

    dataset: str
    batch: str
    original: str

    def __str__(self) -> str:
        stem, ending = f"rejects.{self.dataset}.{self.batch}.", ".csv"
        original = self.original
        while len(f"{stem}{original}{ending}".encode()) > NAME_LIMIT:
            # Out of the middle: layouts know a file by how its name begins or ends.
            original = original[: len(original) // 2] + original[len(original) // 2 + 1 :]
        return f"{stem}{original}{ending}"


def mended_name(name: str) -> MendedName | None:
    """The parts of an exported file's name; None for any other file."""
    found = _NAME.fullmatch(name)
    return MendedName(**found.groupdict()) if found else None


def mended_layout(layout: Layout, dataset: str) -> Layout:
    """The layout of a mended file: the original's columns in plain CSV; whatever is good in it loads.

    It is no snapshot, whatever the original is: it holds the mended rows only. ISO dates are read too, since they
    are what a workbook's dates are exported as.

    :raises BadConfiguration: the layout does not map to that dataset any more (`unknown_layout`)
    """
    mappings = [
        mapping.model_copy(
            update={
                "snapshot": False,
                "reject_limit": 1.0,
                "columns": {name: _with_iso(column) for name, column in mapping.columns.items()},
            }
        )
        for mapping in layout.datasets
        if mapping.dataset == dataset
    ]
    if not mappings:
        raise BadConfiguration(f"The profile does not map this file to {dataset} any more", code="unknown_layout")
    return layout.model_copy(
        update={"format": PLAIN, "new_columns": "ignore", "totals": None, "skip": [], "datasets": mappings}
    )


def _with_iso(column: Column) -> Column:
    if not column.formats:
        return column
    return column.model_copy(update={"formats": [*column.formats, "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]})


def find_origin(connection: Connection[Any], source: str, name: str) -> dict[str, Any] | None:
    """The batch and the file whose rejects a mended file mends (include/sql/replay/find_origin.sql); None for others.

    A mended row is as old as the file it was rejected from: it must not replace what was delivered since.
    """
    mended = mended_name(name)
    if mended is None:
        return None
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            statement("replay/find_origin"),
            {"source": source, "dataset": mended.dataset, "batch": f"{mended.batch}%"},
        ).fetchone()


@dataclass
class Mended:
    """A mended file without its references: a plain CSV, and for each record the rejects that it mends.

    `hashes` holds each record's content hash, by which a row without a key is known.
    """

    plain: BinaryIO
    references: dict[int, list[int]] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)


def without_references(raw: BinaryIO) -> Mended:
    """Take the reference columns out of a mended file, and the marks off the cells that looked like formulas.

    Whatever separator a spreadsheet saved it with is accepted. Record numbers stay as they are.

    :raises BadFile: `missing_column` when the column reject_id is gone, `missing_reference` when a row does not say
        what it mends, and those of `open_table`
    """
    start = raw.read(256)
    raw.seek(0)
    after = re.search(rb'reject_id"?([,;\t|])', start)
    delimiter = after[1].decode() if after else ","
    header = open_table(raw, PLAIN.model_copy(update={"delimiter": delimiter}), [[REFERENCE]], [[REFERENCE]])
    at = header.positions[REFERENCE]
    helpers = {at, *(place for name in NOTES if (place := _after(header.header, at, name)) is not None)}
    kept = [place for place in range(len(header.header)) if place not in helpers]
    mended = Mended(cast(BinaryIO, tempfile.TemporaryFile()))  # noqa: SIM115 - the caller reads it, then it goes
    text = io.TextIOWrapper(mended.plain, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([unmarked(header.header[place]) for place in kept])
    last = 1
    for number, cells in header.records:
        writer.writerows([] for _ in range(last + 1, number))
        plain = [unmarked(cells[place]) for place in kept if place < len(cells)] + cells[len(header.header) :]
        writer.writerow(plain)
        last = number
        try:
            mended.references[number] = [int(word) for word in cells[at].split()]
        except (ValueError, IndexError):
            mended.references[number] = []
        if not mended.references[number]:
            raise BadFile(
                f"Row {number} does not say in the column {REFERENCE} which reject it mends: put the number back",
                code="missing_reference",
            )
        mended.hashes[number] = content_hash(plain)
    text.detach()
    mended.plain.seek(0)
    return mended


def _after(header: list[str], at: int, name: str) -> int | None:
    """A helper column stands among the first ones, right behind the reference; the original may have its name too."""
    near = header[at : at + len(NOTES) + 1]
    return at + near.index(name) if name in near else None


def marked(cell: str) -> str:
    """A cell as a spreadsheet may open it: what would be run as a formula is marked by an apostrophe."""
    if (_FORMULA.match(cell) and not _NUMBER.fullmatch(cell)) or _ESCAPED.match(cell):
        return f"'{cell}"
    return cell


def unmarked(cell: str) -> str:
    """A cell as it was before `marked`."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def open_local(address: str) -> BinaryIO:
    """Open an archived file that lies on this machine."""
    return Path(address).open("rb")


def note_references(
    connection: Connection[Any],
    batch: Mapping[str, Any],
    mended: Mended,
    mapping: DatasetMapping,
    n_alike: Counter[str],
) -> None:
    """Write down which row of the batch mends which reject; the caller commits.

    :param n_alike: for a dataset without a key, how many accepted rows of the original have a content
    :raises BadFile: `unknown_reject` when a row names a reject of another source or dataset
    """
    noted = [
        {
            "batch_id": batch["batch_id"],
            "row_number": number,
            "reject_id": reject,
            "n_alike": 0 if mapping.key else n_alike[mended.hashes[number]],
        }
        for number, rejects in mended.references.items()
        for reject in rejects
    ]
    with connection.cursor() as cursor:
        cursor.executemany(statement("replay/note_reference"), noted)
    strangers = connection.execute(statement("replay/find_stranger"), dict(batch)).fetchone()
    if strangers:
        raise BadFile(
            f"Row {strangers[0]} names a reject that is not one of {batch['source']}'s {batch['dataset']}: "
            "mend the file that the rejects were exported to",
            code="unknown_reject",
        )


def count_alike(
    records: Iterable[tuple[int, list[str]]],
    rejected: Mapping[int, int],
    wanted: set[str],
    n_rows: Callable[[list[str]], int],
) -> Counter[str]:
    """How many rows of the original's records have each of these contents; records that it rejected as a whole do not
    count.

    :param rejected: how many rows of a record were rejected, by its number
    :param n_rows: how many rows a record gives
    """
    found: Counter[str] = Counter()
    for number, cells in records:
        if (content := content_hash(cells)) in wanted and (n_given := n_rows(cells)) > rejected.get(number, 0):
            found[content] += n_given
    return found


def parts_to_take(original: list[tuple[int, int]], mended: list[tuple[int, int]], rejected: int) -> set[int]:
    """Which rows of a mended record bring home a row that had been rejected; the others came home with the original.

    A cell that could not be read was one row, and may be several once it is mended: a year spread over its months.

    :param original: the place of each row of the record as it came, by `RowMapper.places`
    :param mended: likewise, of the record as it comes now
    :param rejected: the row of the original that was rejected, counted from 1
    :returns: rows of the mended record, counted from 1
    """
    place = original[rejected - 1]
    is_split_alike = all(sum(column == place[0] for column, _ in side) > 1 for side in (original, mended))
    return {
        part
        for part, other in enumerate(mended, start=1)
        if other == place or (other[0] == place[0] and not is_split_alike)
    }
