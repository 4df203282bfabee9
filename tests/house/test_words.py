"""Names and words: what a module is called, how it opens, and what must not stand in the tree."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, parsed, python_files, text

OURS = ("dags", "plugins", "include", "deploy", "scripts", "prisma", "api")
JUNK_DRAWERS = {"utils", "util", "common", "commons", "helper", "helpers", "misc", "shared", "stuff", "tools", "lib"}
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b(?!\s*[\"'])")
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|Users|root|work|tmp/w)/\w")
PACKAGE_HOST = re.compile(r"https?://[^\s\"')]*(pypi|pythonhosted|npmjs|registry)\.", re.IGNORECASE)
TEXTS = (".py", ".sql", ".md", ".yaml", ".yml", ".toml", ".cfg", ".json", ".prisma", ".mjs", ".txt", ".sh", "")
# Compared by content elsewhere, or written by a tool that has its own form.
LOCKS = {"requirements.txt", "requirements-dev.txt", "requirements-postgres.txt", "package-lock.json", "LICENSE"}


def prose_and_code() -> list[Path]:
    """Files that a person wrote."""
    return [path for path in files() if path.suffix in TEXTS and path.name not in LOCKS]


def test_no_file_or_folder_is_a_junk_drawer() -> None:
    assert [path for path in files() if JUNK_DRAWERS & {part.lower().split(".")[0] for part in path.parts}] == []


def test_file_names_are_lower_case_words() -> None:
    named = re.compile(r"_*[a-z0-9]+(_[a-z0-9]+)*_*")
    assert [path for path in python_files(*OURS, "tests") if not named.fullmatch(path.stem)] == []


def test_no_module_takes_the_place_of_one_of_the_standard_library() -> None:
    import sys

    bare = [path for path in python_files("plugins", "dags") if path.stem in sys.stdlib_module_names]
    assert bare == [], "plugins/ is on Airflow's path under bare names"


@pytest.mark.parametrize("path", [path for path in python_files(*OURS, "tests") if text(path).strip()], ids=str)
def test_every_module_opens_with_one_sentence(path: Path) -> None:
    docstring = ast.get_docstring(parsed(path))
    assert docstring, "there is no docstring"
    opening = " ".join(docstring.split("\n\n")[0].split())
    if path.parts[0] == "dags":
        assert opening.startswith("### "), "a DAG's docstring is its page, and begins with a heading"
        return
    assert opening[-1] in ".:", opening
    assert len(opening) <= 330, "that is more than a sentence"


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{path}:{number}"
        for path in prose_and_code()
        for number, line in enumerate(text(path).splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_no_stub_stands_for_something_to_come() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path in python_files(*OURS)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Raise) and node.exc is not None and "NotImplemented" in ast.unparse(node.exc)
    ]
    assert found == []


def test_the_tree_knows_no_machine_and_no_package_host() -> None:
    found = [
        f"{path}:{number}"
        for path in prose_and_code()
        if path.name != "Dockerfile"  # its paths are those of the container
        for number, line in enumerate(text(path).splitlines(), start=1)
        if MACHINE_PATH.search(line) or PACKAGE_HOST.search(line)
    ]
    assert found == []


def test_the_folders_at_the_top_are_those_that_the_architecture_names() -> None:
    page = text(Path("docs/architecture.md"))
    named = set(re.findall(r"^\| `([\w.]+)/` \|", page, re.MULTILINE))
    there = {path.parts[0] for path in files() if len(path.parts) > 1} - {".ci"}
    ignored = {line.strip().rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines()}
    assert named - (named & ignored) == there
