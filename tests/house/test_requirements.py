"""Every package is pinned to one version and to the hashes of its files."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import files, text

LOCKS = [path for path in files() if path.match("requirements*.txt") and len(path.parts) == 1]


@pytest.mark.parametrize("path", LOCKS, ids=str)
def test_every_requirement_is_an_exact_pin_with_hashes(path: Path) -> None:
    joined = text(path).replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert lines
    pinned = re.compile(
        r"[A-Za-z0-9][\w.\-]*(\[[\w,\-]+\])?==[\w.+!]+\s*(;[^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*(#.*)?"
    )
    assert [line[:60] for line in lines if not pinned.fullmatch(line.strip())] == []


def test_what_the_project_asks_for_is_what_is_pinned() -> None:
    project = tomllib.loads(text(Path("pyproject.toml")))
    asked = [
        *project["project"]["dependencies"],
        *(name for group in project["dependency-groups"].values() for name in group),
    ]
    pins = "\n".join(text(path) for path in LOCKS).lower()
    for requirement in asked:
        name, version = re.fullmatch(r"([\w.\-]+)(?:\[[\w,\-]+\])?==([\w.]+)", requirement).groups()  # type: ignore[union-attr]
        assert re.search(rf"^{re.escape(name.lower())}(\[[\w,\-]+\])?=={re.escape(version)}\b", pins, re.MULTILINE), (
            requirement
        )


@pytest.mark.parametrize("path", LOCKS, ids=str)
def test_what_is_pinned_with_an_extra_is_pinned_without_it_too(path: Path) -> None:
    # pip does not find the hashes of name[extra] for a package that asks for name; uv does.
    pins = re.findall(r"^([\w.\-]+)(\[[^\]]+\])?==(\S+)", text(path), re.MULTILINE)
    plain = {(name, version) for name, extra, version in pins if not extra}
    assert {(name, version) for name, extra, version in pins if extra} <= plain
