"""No file of ../shared is copied into the project: real data stays where it is."""

import hashlib
import os
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files

SMALLEST = 64  # bytes; shorter files may be alike by chance


def shared() -> Path:
    """The folder that is shared with every developer."""
    folder = Path(os.environ.get("GAUSS_SHARED") or ROOT.parent / "shared")
    if not folder.is_dir():
        assert "GAUSS_SHARED" not in os.environ
        assert os.environ.get("CI") != "true"
        pytest.skip(f"{folder} is not there")
    return folder


def test_no_file_of_the_shared_folder_is_in_the_tree() -> None:
    sizes: dict[int, list[Path]] = {}
    for path in files():
        sizes.setdefault((ROOT / path).stat().st_size, []).append(path)
    theirs = [path for path in shared().rglob("*") if path.is_file() and path.stat().st_size >= SMALLEST]
    copied = [
        (str(own), original.name)
        for original in theirs
        for own in sizes.get(original.stat().st_size, [])
        if digest(original) == digest(ROOT / own)
    ]
    assert copied == []


def digest(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
