"""Writing the files: UTF-8 CSV, one header, one line per record, the same bytes every time."""

import csv
import hashlib
import io
from pathlib import Path

from scripts.sample.delivery import File
from scripts.sample.faults import Delivery


def render(file: File) -> bytes:
    """A file's bytes. The header is row 1, as in a spreadsheet; the first record is row 2."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(file.rows[0].values)
    writer.writerows([*row.values.values(), *row.extra] for row in file.rows)
    return text.getvalue().encode("utf-8")


def write(delivery: Delivery, folder: Path) -> dict[str, str]:
    """Write all files and copies into a folder, each under a temporary name first.

    :returns: the sha256 of each file, by its name
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {file.name: render(file) for file in delivery.files}
    contents |= {copy: contents[original] for copy, original in delivery.copies.items()}
    for name, content in contents.items():
        temporary = folder / f".{name}.part"
        temporary.write_bytes(content)
        Path(temporary).replace(folder / name)
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
