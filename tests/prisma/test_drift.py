"""The Prisma schema, the contracts and the database say the same, and a one-sided change is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

from include.schemas.generated import CONTRACTS
from prisma.generator.drift import (
    CATALOGUE_SQL,
    KEYS_SQL,
    Side,
    catalogue_side,
    contract_fields,
    contract_side,
    dbt_side,
    differences,
    named_by,
    schema_side,
)
from prisma.generator.model import Schema
from prisma.generator.read import read_schema
from tests.conftest import Warehouse

ROOT = Path(__file__).resolve().parents[2]
SPACES = ("core", "audit")
SCHEMA = ROOT / "prisma" / "schema.prisma"
GENERATED = ROOT / "include" / "schemas" / "generated"


def read_catalogue(dsn: str, change: str = "") -> Side:
    """The database's side; a change is made and taken back again."""
    wanted = {"schemas": list(SPACES)}
    with psycopg.connect(dsn) as connection:
        if change:
            connection.execute(change)
        columns = connection.execute(CATALOGUE_SQL, wanted).fetchall()
        keys = connection.execute(KEYS_SQL, wanted).fetchall()
        connection.rollback()
    return catalogue_side(columns, keys)


def test_schema_contracts_database_and_dbt_sources_agree(our_schema: Schema, warehouse: Warehouse) -> None:
    sources = dbt_side(ROOT / "dbt")
    sources.columns = {name: facts for name, facts in sources.columns.items() if name.split(".")[0] in SPACES}
    sentences = [
        *differences(contract_fields(our_schema), contract_side(CONTRACTS)),
        *differences(schema_side(our_schema), read_catalogue(warehouse.admin_dsn)),
        *differences(named_by(schema_side(our_schema), sources), sources),
    ]
    assert not sentences, "\n".join(sentences)


def test_a_dbt_source_that_reads_a_column_that_is_gone_is_named(our_schema: Schema, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "sources.yml").write_text(
        """
sources:
  - name: core
    tables:
      - name: expenses
        columns: [{name: amount}, {name: colour}]
  - name: people
    schema: core
    tables:
      - {name: staff, identifier: users, columns: [{name: email}]}
""",
        encoding="utf-8",
    )
    sources = dbt_side(tmp_path)
    assert differences(named_by(schema_side(our_schema), sources), sources) == [
        "core.expenses.colour is in the dbt sources but not in the Prisma schema."
    ]


def test_a_change_of_the_database_alone_is_named(our_schema: Schema, warehouse: Warehouse) -> None:
    changes = {
        "alter table core.expenses add column colour text": (
            "core.expenses.colour is in the database but not in the Prisma schema."
        ),
        "alter table core.expenses drop column receipt_no cascade": (
            "core.expenses.receipt_no is in the Prisma schema but not in the database."
        ),
        "alter table core.users alter column phone type varchar(41)": (
            "core.users.phone: the type differs: character varying(40) in the Prisma schema, "
            "character varying(41) in the database."
        ),
        "alter table core.sites alter column timezone drop not null": (
            "core.sites.timezone: the nullability differs: not null in the Prisma schema, nullable in the database."
        ),
        "alter table core.meters alter column interval_minutes set default 15": (
            "core.meters.interval_minutes: the default differs: 30 in the Prisma schema, 15 in the database."
        ),
        "alter type core.meter_unit add value 'MWh'": (
            "core.meters.unit: the list of labels differs: kWh, Wh in the Prisma schema, kWh, Wh, MWh in the database."
        ),
        "drop index core.expenses_spent_on_idx": (
            "core.expenses: the index (spent_on) is in the Prisma schema but not in the database."
        ),
        "alter table core.expenses drop constraint expenses_vendor_id_fkey": (
            "core.expenses: the foreign key to core.vendors (vendor_id) is in the Prisma schema "
            "but not in the database."
        ),
        "create unique index on core.sites (name)": (
            "core.sites: the unique key (name) is in the database but not in the Prisma schema."
        ),
        "create table core.forgotten (id int)": ("core.forgotten.id is in the database but not in the Prisma schema."),
    }
    schema = schema_side(our_schema)
    with psycopg.connect(warehouse.admin_dsn, autocommit=True) as connection:
        # Views of other schemas stand on these tables and would forbid a change.
        connection.execute("drop schema if exists reporting cascade")
    found = {change: differences(schema, read_catalogue(warehouse.admin_dsn, change)) for change in changes}
    assert found == {change: [sentence] for change, sentence in changes.items()}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "  receiptNo     String?   @map",
            "  colour        String?\n  receiptNo     String?   @map",
            "core.expenses.colour is in the Prisma schema but not in {}.",
        ),
        (
            'gridZone      String?   @map("grid_zone") @db.VarChar(32)\n',
            "",
            "core.sites.grid_zone is in {} but not",
        ),
        ("@db.VarChar(254)", "@db.VarChar(320)", "core.users.email: the "),
        (
            "energyKwh     Decimal ",
            "energyKwh     Decimal?",
            "core.meter_readings.energy_kwh: the nullability",
        ),
    ],
    ids=["added", "removed", "longer", "nullable"],
)
def test_a_change_of_the_schema_alone_is_named(
    old: str, new: str, sentence: str, tmp_path: Path, warehouse: Warehouse
) -> None:
    text = SCHEMA.read_text(encoding="utf-8")
    assert text.count(old) == 1
    changed = tmp_path / "schema.prisma"
    changed.write_text(text.replace(old, new), encoding="utf-8")
    schema = read_schema(changed)
    against_contracts = differences(contract_fields(schema), contract_side(CONTRACTS))
    against_database = differences(schema_side(schema), read_catalogue(warehouse.admin_dsn))
    assert any(one.startswith(sentence.format("the contracts")) for one in against_contracts)
    assert any(one.startswith(sentence.format("the database")) for one in against_database)


@pytest.mark.parametrize(
    ("file", "old", "new", "sentences"),
    [
        (
            "expense.py",
            "    currency: Char3\n",
            "    currency: Char3\n    colour: VarChar64 | None = None\n",
            ["core.expenses.colour is in the contracts but not in the Prisma schema."],
        ),
        (
            "expense.py",
            "    currency: Char3\n",
            "",
            ["core.expenses.currency is in the Prisma schema but not in the contracts."],
        ),
        (
            "expense.py",
            "    amount: Decimal14x2\n",
            "    amount: Decimal14x2 | None\n",
            [
                (
                    "core.expenses.amount: the nullability in the contract differs: "
                    "not null in the Prisma schema, nullable in the contracts."
                )
            ],
        ),
        (
            "expense.py",
            'alias="spentOn"',
            'alias="spent"',
            ["core.expenses.spent_on: the alias differs: spentOn in the Prisma schema, spent in the contracts."],
        ),
        (
            "columns.py",
            "Decimal18x8 = Annotated[Decimal, Field(max_digits=18",
            "Decimal18x8 = Annotated[Decimal, Field(max_digits=20",
            [
                (
                    "core.fx_rates.rate: the value differs: Decimal, decimal_places 8, max_digits 18 in the Prisma schema, "
                    "Decimal, decimal_places 8, max_digits 20 in the contracts."
                )
            ],
        ),
        (
            "enums.py",
            '    Wh = "Wh"\n',
            "",
            ["core.meters.unit: the list of labels differs: kWh, Wh in the Prisma schema, kWh in the contracts."],
        ),
    ],
    ids=["added", "removed", "nullable", "renamed", "wider", "fewer labels"],
)
def test_a_change_of_the_contracts_alone_is_named(
    file: str,
    old: str,
    new: str,
    sentences: list[str],
    our_schema: Schema,
    tmp_path: Path,
    import_package: Callable[[Path], ModuleType],
) -> None:
    copy = tmp_path / "changed"
    shutil.copytree(GENERATED, copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (copy / file).write_text(text.replace(old, new), encoding="utf-8")
    changed = import_package(copy)
    assert differences(contract_fields(our_schema), contract_side(changed.CONTRACTS)) == sentences
