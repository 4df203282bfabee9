"""What the documentation says is there is there, and what is generated is fresh."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, text

PAGES = [path for path in files() if path.suffix == ".md"]
README = Path("README.md")
# Names of the customer's roadmap, as it writes them.
DELIVERABLES = (
    "`/pipelines/expense-ingestion`",
    "`output/ingestion_logs.csv`",
    "Redaction implementation in audit tables",
    "dbt transformation scripts",
    "Dashboard MVP",
    "Standardized metric definitions",
    "`/pipelines/anomaly-detection`",
    "`output/alerts.csv`",
    "Time-series forecast model",
    "Sustainability dashboard",
    "Policy recommendation report",
    "`prisma/schema.prisma`",
    "Data Pipeline Architecture Diagram",
    "Data Governance Baseline",
    "`production_guidelines.md`",
)


def makefile_targets() -> set[str]:
    """Targets with a description."""
    return set(re.findall(r"^([a-z][a-z-]*):.*## ", text(Path("Makefile")), re.MULTILINE))


def test_the_reference_of_the_pipelines_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.describe_dags", "--print"],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "PYTEST_"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == text(Path("docs/dags.md")), "run make docs"


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_link_to_a_file_of_ours_leads_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text(path))
    assert [link for link in links if not (ROOT / path.parent / link).exists()] == []


def test_every_command_is_documented() -> None:
    pages = "\n".join(text(path) for path in PAGES)
    assert sorted(name for name in makefile_targets() if f"make {name}" not in pages) == []


def test_every_documented_command_exists() -> None:
    named = {word for path in PAGES for word in re.findall(r"`make ([a-z][a-z-]*)", text(path))}
    assert sorted(named - makefile_targets()) == []


def test_the_changes_of_this_version_are_told() -> None:
    version = tomllib.loads(text(Path("pyproject.toml")))["project"]["version"]
    assert f"## [{version}]" in text(Path("CHANGELOG.md"))


def test_every_name_of_the_roadmap_has_its_place_in_the_readme() -> None:
    rows = roadmap_rows()
    assert [name for name in DELIVERABLES if not any(name in row for row in rows)] == []


def test_every_path_of_the_readmes_table_exists_unless_it_is_planned() -> None:
    for name, place in roadmap_rows().items():
        paths = re.findall(r"`([\w./-]+)`", place)
        assert paths or "planned" in place, f"{name} has no place"
        if "planned" not in place:
            gone = [path for path in paths if not path.startswith("output/") and not (ROOT / path).exists()]
            assert gone == [], name


def roadmap_rows() -> dict[str, str]:
    """The README's table of the roadmap: name → where it lives."""
    chapter = text(README).split("## Where the roadmap's names live")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", chapter, re.MULTILINE)
    return {name: place for name, place in rows if name not in ("name", "---")}
