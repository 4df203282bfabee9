"""Reads schemas, and generates and imports the contracts of made-up ones."""

from __future__ import annotations

import importlib
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from prisma.generator.contracts import write_contracts
from prisma.generator.model import Schema, SchemaError
from prisma.generator.read import read_schema

ROOT = Path(__file__).resolve().parents[2]

DATASOURCE = """
datasource db {
  provider = "postgresql"
}
"""


@pytest.fixture(scope="session")
def our_schema() -> Schema:
    """The project's own schema."""
    return read_schema(ROOT / "prisma" / "schema.prisma")


@pytest.fixture
def read_text(tmp_path: Path) -> Callable[[str], Schema]:
    """A function that reads a schema from its text; a datasource is put behind it, so that lines count from 1."""

    def read(text: str) -> Schema:
        file = tmp_path / "schema.prisma"
        file.write_text(text.lstrip("\n") + ("" if "datasource " in text else DATASOURCE), encoding="utf-8")
        return read_schema(file)

    return read


@pytest.fixture
def refusal(read_text: Callable[[str], Schema]) -> Callable[[str], str]:
    """A function that reads and generates a schema that must be refused, and gives the sentences."""
    from prisma.generator.contracts import generate

    def refuse(text: str) -> str:
        with pytest.raises(SchemaError) as caught:
            generate(read_text(text))
        return str(caught.value)

    return refuse


@pytest.fixture
def import_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], ModuleType]]:
    """A function that imports a folder as a package, apart from all others of its name."""
    imported: list[str] = []

    def load(folder: Path) -> ModuleType:
        name = f"package_{secrets.token_hex(6)}"
        home = tmp_path / "packages"
        home.mkdir(exist_ok=True)
        (home / name).symlink_to(folder, target_is_directory=True)
        monkeypatch.syspath_prepend(home)
        imported.append(name)
        return importlib.import_module(name)

    yield load
    for module in [one for one in sys.modules if one.split(".")[0] in imported]:
        del sys.modules[module]


@pytest.fixture
def contracts(
    tmp_path: Path, read_text: Callable[[str], Schema], import_package: Callable[[Path], ModuleType]
) -> Callable[[str], ModuleType]:
    """A function that makes contracts of a schema's text and imports them."""

    def make(text: str) -> ModuleType:
        out = tmp_path / "contracts"
        write_contracts(read_text(text), out)
        return import_package(out)

    return make
