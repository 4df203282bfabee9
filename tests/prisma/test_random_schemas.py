"""Whatever schema is made up: its contracts, its tables and itself agree, and the code is clean."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

from prisma.generator.contracts import write_contracts
from prisma.generator.drift import contract_fields, contract_side, differences, schema_side
from prisma.generator.read import read_schema
from tests.conftest import Warehouse
from tests.prisma.random_schemas import random_schema
from tests.prisma.test_foreign_schemas import create_tables

SEEDS = [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 23))]


@pytest.mark.parametrize("seed", SEEDS)
def test_schema_contracts_and_tables_agree(
    seed: int, tmp_path: Path, import_package: Callable[[Path], ModuleType], empty_database: Warehouse
) -> None:
    file = tmp_path / "schema.prisma"
    file.write_text(random_schema(seed), encoding="utf-8")
    schema = read_schema(file)
    write_contracts(schema, tmp_path / "out")
    package = import_package(tmp_path / "out")
    assert differences(contract_fields(schema), contract_side(package.CONTRACTS)) == []
    with psycopg.connect(empty_database.admin_dsn) as connection:
        assert differences(schema_side(schema), create_tables(schema, connection)) == []
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or "ruff"
    for arguments in (["check", "--select=E,F,I,UP,B,RUF,SIM,C4"], ["format", "--check"]):
        subprocess.run([ruff, *arguments, "--isolated", "--line-length=120", tmp_path / "out"], check=True)
