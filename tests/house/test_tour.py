"""The day that README.md tells of happens as it is told."""

import csv
import re
from pathlib import Path

from tests.house.tree import text
from tests.pipeline import Pipeline

README = text(Path("README.md"))
REFUSED = re.compile(r"file `(\S+?)`, row (\d+), field `(\w+)`, code\s+`(\w+)`, sample `(\S+?)`")


def delivery() -> tuple[str, str, str]:
    """Source, file name and content of the file that the reader is told to drop."""
    found = re.search(r"cat > \.gauss/inbox/(\w+)/(\S+) <<'END'\n(.*?\n)END\n", README, re.DOTALL)
    assert found
    return found[1], found[2], found[3]


def test_the_day_of_the_readme(pipeline: Pipeline, tmp_path: Path) -> None:
    source, name, content = delivery()
    first, second = tmp_path / name, tmp_path / f"again-{name}"
    first.write_text(content)

    pipeline.deliver(source, first)
    assert pipeline.run("ingest_validate_load").state == "success"
    (told,) = re.findall(r"^…,(.+),…,(.+),[\d.]+$", README, re.MULTILINE)
    (line,) = (pipeline.output / "ingestion_logs.csv").read_text().splitlines()[1:]
    (cells,) = csv.reader([line])
    assert ",".join(cells[3:6]) == told[0]
    assert ",".join(cells[8:21]) == told[1]
    (message,) = pipeline.query("select message ->> 'text' as text from ops.outbox")
    assert f"`{message['text']}`" in README

    (wrong,) = re.findall(r"Had the second date been `(\S+?)`", README)
    second.write_text(re.sub(r"^(\d+),06/10/2024", rf"\1,{wrong}", content, flags=re.MULTILINE))
    pipeline.deliver(source, second, name=name)
    assert pipeline.run("ingest_validate_load").state == "failed"
    told_file, *told_reject = REFUSED.search(README).groups()  # type: ignore[union-attr]
    (reject,) = pipeline.query("select file_name, row_number, field, code, sample from ops.rejects")
    assert [told_file, *told_reject] == [str(value) for value in reject.values()]
    assert pipeline.value("select count(*) from core.expenses where deleted_at is null") == 2
