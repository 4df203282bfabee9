"""Who knows whom: the arrows of docs/architecture.md are those of the code, and nothing heavy comes in unasked."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import grimp

from tests.house.tree import ROOT, python_files, text

ROOMS = ("dags", "plugins", "include", "deploy", "scripts", "prisma", "api")
SPLIT = ("plugins", "include")  # drawn one level deeper
EVERYBODYS = {"include/errors", "include/sql"}  # known to all, so that their arrows would only blacken the picture
HEAVY = ("airflow", "cmdstanpy", "cosmos", "fastapi", "numpy", "pandas", "prophet", "slack_sdk", "statsmodels")


@cache
def graph() -> grimp.ImportGraph:
    """The imports of our own modules."""
    return grimp.build_graph(*ROOMS, cache_dir=None)


def room(module: str) -> str:
    """The box of the diagram that a module belongs to."""
    first, *rest = module.split(".")
    return f"{first}/{rest[0]}" if first in SPLIT and rest else first


def arrows_of_the_code() -> set[tuple[str, str]]:
    """Pairs of boxes between which the code imports."""
    pairs = {
        (room(importer), room(imported))
        for importer in graph().modules
        for imported in graph().find_modules_directly_imported_by(importer)
    }
    return {(importer, imported) for importer, imported in pairs if importer != imported and imported not in EVERYBODYS}


def arrows_of_the_diagram() -> set[tuple[str, str]]:
    """Pairs of boxes that the page draws an arrow between; a box may stand for several modules."""
    (diagram,) = re.findall(r"```mermaid\n(flowchart .*?)```", text(Path("docs/architecture.md")), re.DOTALL)
    boxes = {name: label.split("<br/>") for name, label in re.findall(r"(\w+)\[\"([^\"]+)\"\]", diagram)}
    arrows = re.findall(r"^\s*([\w &]+) --> ([\w &]+)$", diagram, re.MULTILINE)
    return {
        (importer, imported)
        for left, right in arrows
        for start in left.split(" & ")
        for end in right.split(" & ")
        for importer in boxes[start]
        for imported in boxes[end]
    }


def test_the_diagram_draws_the_arrows_of_the_code() -> None:
    drawn, real = arrows_of_the_diagram(), arrows_of_the_code()
    assert real - drawn == set(), "the code has arrows that docs/architecture.md does not draw"
    assert drawn - real == set(), "docs/architecture.md draws arrows that the code does not have"


def test_include_brings_nothing_heavy_along() -> None:
    modules = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in python_files("include")]
    program = (
        "import importlib, json, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(json.dumps(sorted(set({HEAVY!r}) & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
