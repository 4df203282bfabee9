"""The tools' settings agree with each other."""

import tomllib
from pathlib import Path
from typing import Any

import yaml

from tests.house.tree import files, text

RUFF = ("lint", "flake8-tidy-imports", "banned-api")


def _at(table: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        table = table[key]
    return table


def test_a_nested_ruff_file_repeats_what_the_parent_bans() -> None:
    # A nested table replaces its parent's, so that an entry left out would be allowed again in silence.
    parent = _at(tomllib.loads(text(Path("pyproject.toml"))), "tool", "ruff", *RUFF)
    nested = [path for path in files() if path.name in ("ruff.toml", ".ruff.toml")]
    assert Path("dags/ruff.toml") in nested
    for path in nested:
        assert parent.items() <= _at(tomllib.loads(text(path)), *RUFF).items(), path


def test_every_ban_names_its_cure() -> None:
    for path, keys in ((Path("pyproject.toml"), ("tool", "ruff", *RUFF)), (Path("dags/ruff.toml"), RUFF)):
        for name, ban in _at(tomllib.loads(text(path)), *keys).items():
            assert ban["msg"].endswith("."), f"{name} in {path}"


def test_import_linter_knows_every_folder_of_code() -> None:
    roots = _at(tomllib.loads(text(Path("pyproject.toml"))), "tool", "importlinter")["root_packages"]
    assert set(roots) == {path.parts[0] for path in files() if path.suffix == ".py"} - {"tests"}


def test_hooks_before_a_commit_run_the_pinned_tools_and_download_nothing() -> None:
    repositories = yaml.safe_load(text(Path(".pre-commit-config.yaml")))["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    for hook in repositories[0]["hooks"]:
        assert hook["language"] == "system", hook["id"]
        assert hook["entry"].startswith(".gauss/venv/bin/"), hook["id"]


def test_every_file_that_sqlfluff_passes_over_exists_and_has_its_reason() -> None:
    lines = text(Path(".sqlfluffignore")).splitlines()
    assert lines[0].startswith("#")
    known = [str(path) for path in files()]
    for line in lines:
        if not line.startswith("#"):
            assert any(name.startswith(line) for name in known), line
