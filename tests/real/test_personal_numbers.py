"""Personal numbers of real people end where the file ends: nothing of them is in core, ops or audit."""

import csv
import re
from pathlib import Path

import pytest

from tests.real.home import Home

CPF = r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)"


@pytest.fixture(scope="module")
def reimbursements(data: Path) -> list[dict[str, str]]:
    with (data / "expenses" / "ceaps" / "2019.csv").open(encoding="cp1252", newline="") as file:
        next(file)
        return list(csv.DictReader(file, delimiter=";"))


def found(home: Home, pattern: str) -> set[str]:
    """What matches, the first group of it, anywhere in the rows of core, ops and audit."""
    tables = home.query(
        "select format('%%I.%%I', schemaname, tablename) as name from pg_tables "
        "where schemaname in ('core', 'ops', 'audit')"
    )
    assert len(tables) > 20
    return {
        row["word"]
        for table in tables
        for row in home.query(
            f"select distinct m[1] as word from {table['name']} as t, regexp_matches(t::text, %(pattern)s, 'g') as m",
            pattern=pattern,
        )
    }


def test_no_tax_number_of_a_person_is_kept(home: Home, reimbursements: list[dict[str, str]]) -> None:
    written = {row["CNPJ_CPF"] for row in reimbursements if re.fullmatch(CPF, row["CNPJ_CPF"])}
    assert len(written) > 20, "the file has them"
    assert found(home, f"({CPF})") == set()
    bare = {re.sub(r"\D", "", number) for number in written}
    bare |= {number for row in reimbursements for number in re.findall(r"(?<!\d)\d{11}(?!\d)", row["FORNECEDOR"])}
    assert found(home, r"(?<![0-9a-f-])(\d{11})(?![0-9a-f])") & bare == set()


def test_no_staff_number_is_kept(home: Home, reimbursements: list[dict[str, str]]) -> None:
    assert sum("Matrícula" in row["DETALHAMENTO"] for row in reimbursements) > 1_000, "the file has them"
    assert found(home, r"(?i)(matr[ií]cula\D{0,8}\d)") == set()


def test_no_passenger_s_name_is_kept(home: Home, reimbursements: list[dict[str, str]]) -> None:
    staff = {
        name.strip()
        for row in reimbursements
        for name in re.findall(r"([A-ZÀ-Ý][A-ZÀ-Ý ]+) \(Matrícula \d+, COMISSIONADO", row["DETALHAMENTO"])
    }
    assert len(staff) > 100, "the file has them"
    kept = home.query("select description from core.expenses where source = 'ceaps' and description like '%%[…]%%'")
    assert len(kept) > 2_000
    assert not [name for name in staff for row in kept if name in row["description"]]


def test_a_payee_without_a_number_keeps_a_name(home: Home) -> None:
    (row,) = home.query(
        "select count(*) as n, count(v.name) as named from core.expenses e left join core.vendors v "
        "on e.vendor_id = v.id where e.source = 'ceaps' and e.spent_on >= '2014-01-01'"
    )
    assert row["n"] == row["named"] == 8991
