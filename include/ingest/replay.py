"""Rejected rows on their way out: a CSV that a person can mend and drop back into the inbox."""

import csv
import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from psycopg import Connection
from psycopg.rows import dict_row

from include.ingest.batches import open_original
from include.ingest.mended import NOTES, REFERENCE, MendedName, marked, mended_name, open_local
from include.sql import statement


@dataclass(frozen=True)
class Export:
    """A file of rejected rows: where it was written, for which dataset, how many rows it holds."""

    path: Path
    dataset: str
    rows: int


@dataclass(frozen=True)
class Refused:
    """A file that was refused as a whole: its name, the dataset, why, and how many rows were rejected."""

    name: str
    dataset: str
    error_code: str
    rows: int


def find_refused(connection: Connection[Any], source: str) -> list[Refused]:
    """A source's files whose open rejects no mended row can bring home: the whole file must come again."""
    return [Refused(*row) for row in connection.execute(statement("replay/select_refused"), {"source": source})]


def export_rejects(
    connection: Connection[Any],
    source: str,
    folder: Path,
    *,
    exported_by: str,
    open_archive: Callable[[str], BinaryIO] = open_local,
) -> list[Export]:
    """Write a source's open rejects to a folder, a file per delivery and dataset; of refused files none.

    Rows are taken from the archived originals, cell by cell as they came; the quarantine itself holds no value. In
    front of them stand the reject's number, the row's, the field and the code. Cells that a spreadsheet would run as
    a formula are marked by an apostrophe, which is taken off again when the file comes home. The files hold personal
    values: their mode is 0600, and each is recorded in ops.exports and committed before it is written.

    :param folder: made with mode 0700 where it does not exist
    :param exported_by: who asked for it
    :param open_archive: opens an archived file by its address
    :raises BadFile, BadConfiguration: an original cannot be read any more, or the profile no longer knows it
    :raises OSError: the archive or the folder is out of reach
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        batches = cursor.execute(statement("replay/select_open_rejects"), {"source": source}).fetchall()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    exports = []
    for batch in batches:
        text, rows = _mendable(batch, open_archive)
        known = mended_name(batch["name"])
        original = known.original if known else batch["name"]
        name = str(MendedName(batch["dataset"], batch["batch_id"].hex[:12], original))
        content = text.encode("utf-8-sig")
        connection.execute(
            statement("replay/record_export"),
            {
                **batch,
                "file_name": name,
                "n_rows": rows,
                "sha256": hashlib.sha256(content).hexdigest(),
                "exported_by": exported_by,
            },
        )
        connection.commit()
        _write_private(folder / name, content)
        exports.append(Export(folder / name, batch["dataset"], rows))
    return exports


def _mendable(batch: dict[str, Any], open_archive: Callable[[str], BinaryIO]) -> tuple[str, int]:
    """The text of a file to mend, and its number of rows; a record with several rejects stands in it once."""
    rejects: dict[int, list[tuple[int, str, str]]] = {}
    for number, reject, field, code in batch["rejects"]:
        rejects.setdefault(number, []).append((reject, field, code))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    rows = 0
    with open_archive(batch["archive_uri"]) as raw:
        table = open_original(batch["source"], batch["name"], batch["dataset"], raw)
        writer.writerow([REFERENCE, *NOTES, *map(marked, table.header)])
        for number, cells in table.records:
            if number in rejects:
                references = " ".join(str(reject) for reject, _, _ in rejects[number])
                _, field, code = rejects[number][0]
                writer.writerow([references, str(number), field, code, *map(marked, cells)])
                rows += 1
    return text.getvalue(), rows


def _write_private(path: Path, content: bytes) -> None:
    """Write a file that nobody but its owner may read, whole or not at all."""
    draft = path.with_name(f".{path.name[:200]}.part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.replace(path)
