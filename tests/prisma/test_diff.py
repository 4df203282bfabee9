"""`make contract-diff` on a repository of its own: verdicts, who is affected, the draft, the exit code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from prisma.generator.diff import main

SCHEMA = """
datasource db {
  provider = "postgresql"
  schemas  = ["core"]
}

model Expense {
  id        Int     @id
  receiptNo String? @map("receipt_no") @db.VarChar(40)
  note      String?
  amount    Decimal @db.Decimal(14, 2)
  vendor    Vendor  @relation(fields: [vendorId], references: [id])
  vendorId  Int     @map("vendor_id")

  @@map("expenses")
  @@schema("core")
}

model Vendor {
  id        Int     @id
  receiptNo String? @map("receipt_no")
  expenses  Expense[]

  @@map("vendors")
  @@schema("core")
}
"""

FILES = {
    "include/sources/shop.yaml": """
source: shop
reads:
  - datasets:
      - dataset: vendors
        columns:
          receipt_no: Slip
      - dataset: expenses
        columns:
          receipt_no: Receipt
          vendor: Supplier
""",
    "include/sources/bank.yaml": "reads:\n  - datasets:\n      - dataset: vendors\n        columns: {receipt_no: Slip}\n",
    "include/sql/ddl/0001_create.sql": "create table core.expenses (receipt_no text);\n",
    "include/sql/ingest/merge.sql": "insert into core.expenses (receipt_no) values (%(x)s);\n",
    "dbt/models/staging/stg_expenses.sql": "select\n    receipt_no,\n    note\nfrom {{ source('core', 'expenses') }}\n",
    "dbt/models/staging/stg_vendors.sql": "select receipt_no from {{ source('core', 'vendors') }}\n",
    "dbt/models/marts/spend.sql": "select receipt_no from {{ ref('stg_expenses') }}\n",
    "dbt/models/marts/people.sql": "select note from {{ ref('stg_people') }}\n",
    "dbt/models/marts/marts.yml": "models:\n  - name: spend\n    columns:\n      - name: receipt_no\n",
    "plugins/ui/spend.html": "<td>spend</td>\n<td>{{ row.receipt_no }}</td>\n",
    "plugins/ui/other.html": "<td>{{ row.receipt_no }}</td>\n",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"prisma/schema.prisma": SCHEMA} | FILES
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(repository: Path, old: str, new: str) -> None:
    file = repository / "prisma" / "schema.prisma"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_no_change_breaks_nothing(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["HEAD"]) == 0
    assert capsys.readouterr().out == "prisma/schema.prisma since HEAD: no change of contract or table.\n"


def test_a_removed_field_breaks_those_who_mention_it(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(repository, '  receiptNo String? @map("receipt_no") @db.VarChar(40)\n', "")
    assert main(["HEAD"]) == 1
    assert capsys.readouterr().out == (
        "prisma/schema.prisma since HEAD: 1 change, 1 breaking.\n"
        "\n"
        "BREAKING    core.expenses.receipt_no (Expense.receiptNo) removed\n"
        "            deliveries that carry it are rejected, and readers find no column\n"
        "            profiles: include/sources/shop.yaml:10\n"
        "            models: dbt/models/marts/marts.yml:4, dbt/models/marts/spend.sql:1, "
        "dbt/models/staging/stg_expenses.sql:2\n"
        "            pages: plugins/ui/spend.html:2\n"
        "            SQL: include/sql/ingest/merge.sql:1\n"
        "\n"
        "Draft migration, to be read, completed and numbered into include/sql/ddl:\n"
        "\n"
        "alter table core.expenses drop column receipt_no;\n"
    )


def test_a_foreign_key_is_looked_for_by_its_relation_too(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(repository, 'vendorId  Int     @map("vendor_id")', 'vendorId  BigInt     @map("vendor_id")')
    edit(repository, "model Vendor {\n  id        Int ", "model Vendor {\n  id        BigInt ")
    assert main(["HEAD"]) == 0
    assert "profiles: include/sources/shop.yaml:11\n" in capsys.readouterr().out


def test_a_compatible_change_exits_with_zero(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(repository, "@db.VarChar(40)", "@db.VarChar(60)")
    assert main(["HEAD"]) == 0
    assert "compatible  core.expenses.receipt_no (Expense.receiptNo) is varchar(60), was varchar(40)" in (
        capsys.readouterr().out
    )


def test_a_revision_that_is_not_there_is_told(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-revision"]) == 2
    assert "no-such-revision" in capsys.readouterr().err
    assert main(["HEAD", "prisma/other.prisma"]) == 2
    assert capsys.readouterr().err == "prisma/other.prisma is not in HEAD.\n"
