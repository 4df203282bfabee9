"""Microsoft's own library reads the model, and finds in it what our own reader finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.local.machine import Machine
from deploy.local.test_setup import fetch_model_parser
from tests.conftest import ROOT
from tests.dashboards.conftest import spoiled_copy
from tests.dashboards.project import MODEL, POWERBI, read_model

TABLES = f"{MODEL}/tables"
BROKEN = [
    (f"{TABLES}/headcount.tmdl", "\tcolumn month", "\tcolum month", "colum"),
    (f"{TABLES}/headcount.tmdl", "dataType: dateTime", "dataType: day", "Failed to convert the value 'day'"),
    (f"{TABLES}/headcount.tmdl", "\t\tlineageTag", "\tlineageTag", "TMDL Format Error"),
    (f"{TABLES}/headcount.tmdl", "measure 'Working time'", "measure Working time", "TMDL Format Error"),
    (
        f"{MODEL}/relationships.tmdl",
        "toColumn: Calendar.Date",
        "toColumn: Calendar.Day",
        "Cannot resolve all the paths",
    ),
    (f"{MODEL}/model.tmdl", "ref table headcount", "ref tables headcount", "TMDL Format Error"),
]


@dataclass(frozen=True)
class Parsed:
    """What the library said of the project and of each broken copy, and the folder of the project as it would write it."""

    project: dict[str, Any]
    broken: list[dict[str, Any]]
    written: Path


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Parsed:
    """All models read in one process; skipped where the library cannot be had, unless `CI=true` promises it."""
    packages = fetch_model_parser(Machine.here())
    if packages is None:
        sentence = "Microsoft's parser of Power BI models is not here: make test says why"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    folder = tmp_path_factory.mktemp("models")
    copies = [spoiled_copy(folder / str(number), file, old, new) for number, (file, old, new, _) in enumerate(BROKEN)]
    models = [str(project / MODEL) for project in (POWERBI, *copies)]
    answer, written = folder / "answer.json", folder / "written"
    done = subprocess.run(
        [sys.executable, "-m", "tests.dashboards.parse_model", str(answer), str(written), *models],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{packages}{os.pathsep}{ROOT}", "DOTNET_EnableDiagnostics": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.exists(), done.stdout + done.stderr
    told = json.loads(answer.read_text())
    return Parsed(told[models[0]], [told[model] for model in models[1:]], written)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def test_microsofts_library_reads_the_model_as_we_do_and_would_write_it_alike(parsed: Parsed) -> None:
    assert parsed.project["errors"] == []
    ours = {
        table.name: {
            "columns": {
                name: [column.data_type.lower(), column.source_column] for name, column in table.columns.items()
            },
            "measures": {
                name: [squeezed(measure.expression), measure.description] for name, measure in table.measures.items()
            },
            "mode": table.mode.lower(),
            "source": squeezed(table.source),
        }
        for table in read_model(POWERBI).values()
    }
    theirs = {
        name: {
            "columns": {column: [kind.lower(), source] for column, (kind, source) in table["columns"].items()},
            "measures": {measure: [squeezed(dax), said] for measure, (dax, said) in table["measures"].items()},
            "mode": table["mode"].lower(),
            "source": squeezed(table["source"]),
        }
        for name, table in parsed.project["tables"].items()
    }
    assert theirs == ours
    written, committed = texts(parsed.written), texts(POWERBI / MODEL)
    assert written == committed, "write the model as the library does: Power BI would change it at the first save"


def texts(folder: Path) -> dict[Path, str]:
    return {path.relative_to(folder): path.read_text(encoding="utf-8") for path in folder.rglob("*.tmdl")}


@pytest.mark.parametrize(
    "number", range(len(BROKEN)), ids=[f"{old.strip()}→{new.strip()}" for _, old, new, _ in BROKEN]
)
def test_a_broken_model_is_refused(parsed: Parsed, number: int) -> None:
    assert BROKEN[number][3] in "\n".join(parsed.broken[number]["errors"])
