"""What the tests of the dashboards share: the project, a copy of it to spoil, Microsoft's schemas, the database's columns."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Server, Warehouse, fresh_warehouse, shared_folder
from tests.dashboards.project import POWERBI

Spoil = Callable[[str, str, str], Path]


@pytest.fixture(scope="session")
def schemas() -> Path:
    """Microsoft's JSON schemas of Power BI projects."""
    return shared_folder("powerbi-schemas", "Microsoft's schemas are")


@pytest.fixture
def spoil(tmp_path: Path) -> Spoil:
    """A function that copies the project and replaces a piece of text in the one file that a pattern finds first."""
    return lambda pattern, old, new: spoiled_copy(tmp_path / "powerbi", pattern, old, new)


def spoiled_copy(copy: Path, pattern: str, old: str, new: str) -> Path:
    """The project in another folder, with a piece of text replaced in the first file that holds it."""
    shutil.copytree(POWERBI, copy)
    files = sorted(path for path in copy.glob(pattern) if old in path.read_text(encoding="utf-8"))
    assert files, f"nothing like {pattern} holds {old!r}"
    text = files[0].read_text(encoding="utf-8")
    files[0].write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def migrated(postgres_server: Server) -> Iterator[Warehouse]:
    """A migrated database that the tests only read."""
    with fresh_warehouse(postgres_server) as database:
        yield database


@pytest.fixture(scope="module")
def columns(migrated: Warehouse) -> dict[tuple[str, str], str]:
    """(view, column) → type, of the schema `reporting`."""
    with psycopg.connect(migrated.admin_dsn) as connection:
        rows = connection.execute(
            "select table_name, column_name, data_type from information_schema.columns where table_schema = 'reporting'"
        )
        return {(view, column): kind for view, column, kind in rows}
