"""Schemas of other projects: what is made of them agrees with itself, and works on its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
from psycopg import sql

from prisma.generator.contracts import write_contracts
from prisma.generator.ddl import create_everything
from prisma.generator.drift import (
    CATALOGUE_SQL,
    KEYS_SQL,
    Side,
    catalogue_side,
    contract_fields,
    contract_side,
    differences,
    schema_side,
)
from prisma.generator.model import Schema
from prisma.generator.read import read_schema
from tests.conftest import Warehouse

SCHEMAS = Path(__file__).with_name("schemas")
NAMES = ["library.prisma", "clinic", "every_type.prisma", "awkward_names.prisma", "untidy.prisma", "letters.prisma"]


def create_tables(schema: Schema, connection: psycopg.Connection[tuple[Any, ...]]) -> Side:
    """Creates everything of a schema in an empty database and reads it back from the catalogue."""
    spaces = sorted({model.schema for model in schema.models} | {enum.schema for enum in schema.enums})
    for space in spaces:
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(space)))
    for extension in schema.extensions:
        connection.execute(sql.SQL("create extension {}").format(sql.Identifier(extension)))
    for statement in create_everything(schema):
        connection.execute(statement)
    wanted = {"schemas": spaces}
    return catalogue_side(
        connection.execute(CATALOGUE_SQL, wanted).fetchall(), connection.execute(KEYS_SQL, wanted).fetchall()
    )


@pytest.mark.parametrize("name", NAMES)
def test_contracts_and_tables_of_a_schema_agree(
    name: str, tmp_path: Path, import_package: Callable[[Path], ModuleType], empty_database: Warehouse
) -> None:
    schema = read_schema(SCHEMAS / name)
    write_contracts(schema, tmp_path / "out")
    package = import_package(tmp_path / "out")
    assert differences(contract_fields(schema), contract_side(package.CONTRACTS)) == []

    with psycopg.connect(empty_database.admin_dsn) as connection:
        database = create_tables(schema, connection)
    views = tuple(f"{model.schema}.{model.table}." for model in schema.models if model.kind == "view")
    expected = schema_side(schema)
    # The query of a view is not Prisma's to know, so none is created.
    expected.columns = {column: facts for column, facts in expected.columns.items() if not column.startswith(views)}
    assert differences(expected, database) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_generated_package_is_clean_and_stands_alone(name: str, tmp_path: Path) -> None:
    out = tmp_path / "alone"
    write_contracts(read_schema(SCHEMAS / name), out)
    run = [
        sys.executable,
        "-I",
        "-W",
        "error",
        "-c",
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import alone",
    ]
    subprocess.run(run, check=True, cwd=tmp_path)
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    rules = "E,F,I,UP,B,RUF,SIM,C4"
    subprocess.run([ruff, "check", "--isolated", "--line-length=120", f"--select={rules}", out], check=True)
    subprocess.run([ruff, "format", "--isolated", "--line-length=120", "--check", out], check=True)
