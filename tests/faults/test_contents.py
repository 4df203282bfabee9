"""Whatever stands in a file: it loads, its bad rows are kept in quarantine, or the file is refused with a code."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.errors import BadData
from include.ingest import batches as books
from include.ingest import profile
from include.ingest.loading import Loaded
from plugins.operators.validate import ValidateBatchesOperator
from tests.faults.invariants import check
from tests.faults.road import DAG, HEADER, Road, amounts, row

TEXT = "\n".join([HEADER, row("A", 1, who="Café"), row("B", 2), ""])
TWO = amounts({"A": 1, "B": 2})


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.csv", content)
    return packed.getvalue()


READABLE = {
    "a byte order mark": TEXT.encode("utf-8-sig"),
    "two byte order marks": b"\xef\xbb\xbf" + TEXT.encode("utf-8-sig"),
    "Windows line ends": TEXT.replace("\n", "\r\n").encode(),
    "old Macintosh line ends": TEXT.replace("\n", "\r").encode(),
    "no line end at the end": TEXT.rstrip().encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "Latin-1": TEXT.encode("cp1252"),
    "ten thousand blank rows": (TEXT + ",,,,\n" * 10_000).encode(),
    "gzip": gzip.compress(TEXT.encode()),
    "zip": zipped(one=TEXT.encode()),
    "columns moved": b"who,what,amount,nr,day\nCaf\xc3\xa9,,1,A,2026-03-05\nACME,,2,B,2026-03-05\n",
    "a new column": TEXT.replace(",who", ",who,colour").replace(",ACME", ",ACME,red").replace("é,", "é,red,").encode(),
}


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_a_readable_file_loads_and_its_names_are_not_garbled(road: Road, content: bytes) -> None:
    road.drop("ledger", "ledger_2026-03-01.csv", content)
    assert road.travel().ends == [("loaded", None)]
    check(road.query, truth=TWO)
    assert {each["name"] for each in road.query("select name from core.vendors")} == {"Café", "ACME"}


BOMB = zipped(one=b"0" * (80 << 20))
REFUSED = {
    "nothing": (b"", "empty_file"),
    "blank lines only": (b"\n\n\n", "missing_column"),
    "an unknown encoding": (TEXT.encode() + b"\x81\xff\xfe\n", "undecodable"),
    "a NUL": (TEXT.encode() + b"C,2026-03-05,3,\0,\n", "undecodable"),
    "a required column missing": (TEXT.replace("amount", "total").encode(), "missing_column"),
    "a column twice": (TEXT.replace("what", "amount").encode(), "duplicate_column"),
    "all rows bad": ("\n".join([HEADER, *[row(n, "x") for n in range(9)]]).encode(), "too_many_rejects"),
    "a cell of a megabyte": (TEXT.encode() + f"C,2026-03-05,3,{'x' * (1 << 20)},\n".encode(), "field_too_large"),
    "a million columns": (TEXT.encode() + b"," * 1_000_000 + b"x\n", "too_many_columns"),
    "a header of a million columns": (b"x," * 1_000_000 + TEXT.encode(), "too_many_columns"),
    "a quote that swallows a long file": (
        (TEXT + 'C,2026-03-05,3,"ACME,\n' + "\n".join(row(n, 1) for n in range(9_000))).encode(),
        "field_too_large",
    ),
    "a quote that swallows the rest": (
        (TEXT + 'C,2026-03-05,3,"ACME,\n' + "\n".join(row(n, 1) for n in range(50))).encode(),
        "unbalanced_quote",
    ),
    "a quote that swallows some rows": (
        (TEXT + 'C,2026-03-05,3,"ACME,\n' + row("D", 4) + "\n" + row("E", 5) + '\nF,2026-03-05,6,"ACME,\n').encode(),
        "unbalanced_quote",
    ),
    "a zip bomb": (BOMB, "archive_too_large"),
    "a gzip bomb": (gzip.compress(b"0" * (80 << 20)), "archive_too_large"),
    "a zip of two files": (zipped(one=b"a", two=b"b"), "archive_of_many"),
    "half a zip": (zipped(one=TEXT.encode())[:-30], "bad_archive"),
    "half a gzip": (gzip.compress(TEXT.encode())[:-10], "bad_archive"),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_read_is_refused_whole_with_its_code(road: Road, content: bytes, code: str) -> None:
    road.bring("2026-02-28.csv", row("Z", 9))
    road.drop("ledger", "ledger_2026-03-01.csv", content)
    assert road.travel().ends == [("failed", code)]
    check(road.query, truth=amounts({"Z": 9}), secrets=["ACME"])


def test_a_header_alone_is_a_success_of_no_rows_with_a_warning(road: Road) -> None:
    assert road.bring("2026-03-01.csv") == Loaded("loaded")
    assert road.query("select warnings from ops.batches") == [{"warnings": [{"code": "no_rows"}]}]


def test_text_over_several_lines_in_quotes_is_a_cell_and_not_a_swallowed_row(road: Road) -> None:
    note = '"Taxi, there and back,\nthen home, late,\n\nand, so, on"'
    road.bring("2026-03-01.csv", row("A", 1, what=note), row("B", 2))
    check(road.query, truth=TWO)


POISON = {
    "1e400": "invalid_amount",
    "NaN": "invalid_amount",
    "Infinity": "invalid_amount",
    "12.5x": "invalid_amount",
    "0x10": "invalid_amount",
    "١٢": "invalid_amount",
    "99999999999999.99": "out_of_range",
    "": "missing_value",
}


@pytest.mark.parametrize(("amount", "code"), POISON.items(), ids=[repr(amount) for amount in POISON])
def test_a_poison_amount_costs_its_own_row_only(road: Road, amount: str, code: str) -> None:
    good = [row(f"G{number}", number) for number in range(1, 101)]
    outcome = road.bring("2026-03-01.csv", *good[:50], row("P", amount, what="of my aunt"), *good[50:])
    assert (outcome.inserted, road.query("select row_number, field, code from ops.rejects")) == (
        100,
        [{"row_number": 52, "field": "amount", "code": code}],
    )
    check(road.query, truth=amounts({f"G{n}": n for n in range(1, 101)}), secrets=["my aunt"])


DAYS = {
    "1899-12-31": "ancient_date",
    "0219-03-01": "ancient_date",
    "2126-01-01": "future_date",
    "2026-02-29": "invalid_date",
    "2026-13-01": "invalid_date",
    "46086": "invalid_date",
    "infinity": "invalid_date",
    "today": "invalid_date",
}


@pytest.mark.parametrize(("day", "code"), DAYS.items(), ids=DAYS)
def test_an_impossible_day_costs_its_own_row_only(road: Road, day: str, code: str) -> None:
    outcome = road.bring(
        "2026-03-01.csv", row("A", 1), row("B", 2), row("P", 3, day=day), row("L", 4, day="2024-02-29")
    )
    assert (outcome.inserted, road.query("select field, code from ops.rejects")) == (
        3,
        [{"field": "spent_on", "code": code}],
    )


STRANGE = {
    "SQL": "'); DROP TABLE core.expenses; --",
    "a formula": "=cmd|' /C calc'!A0",
    "a mention": "<!channel> @here &<>",
    "control characters": "a\x01b\x1b[2Jc\x7f",
    "emoji and marks": "🧾 z\u0335a\u200dl\u202eg",
    "a placeholder": "%s %(batch_id)s {table} $1 \\",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_text_is_stored_as_it_came_and_nothing_of_it_is_run(road: Road, text: str) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    road.bring("2026-03-01.csv", row("A", 1, what=quoted))
    assert road.query("select description from core.expenses") == [{"description": text}]


def peak() -> int:
    """The process's peak of memory since it was last asked to forget it, in kilobytes."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1])


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak of memory")
def test_a_file_of_many_megabytes_on_one_line_does_not_fill_the_memory(road: Road) -> None:
    road.drop("ledger", "ledger_2026-03-01.csv", gzip.compress(TEXT.encode() + b"C," + b"x" * (63 << 20)))
    Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    assert road.travel().ends == [("failed", "field_too_large")]
    assert peak() - before < 40 << 10


Cell = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(records=st.lists(st.lists(Cell, min_size=3, max_size=7), max_size=12))
def test_whatever_stands_in_the_cells_every_record_ends_somewhere(
    make_road: Callable[..., Road], records: list[list[str]]
) -> None:
    import csv

    road = make_road(reject_limit=1)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER.split(","))
    writer.writerow(["GOOD", "2026-03-05", "1", "ACME", ""])
    writer.writerows(records)
    road.drop("ledger", "ledger_2026-03-01.csv", text.getvalue())
    ((status, code),) = road.travel().ends
    assert status in ("loaded", "failed"), code
    check(road.query)
    if status == "loaded":
        (batch,) = road.query("select rows_read, rows_skipped from ops.batches")
        n_records = sum(1 for _ in csv.reader(io.StringIO(text.getvalue(), newline="")))
        assert batch["rows_read"] + batch["rows_skipped"] == n_records
        assert road.expenses()["GOOD"] == Decimal(1)


UNFORESEEN = """
  - files: "ledger_odd_*"
    datasets:
      - dataset: expenses
        columns: {spent_on: day, vendor: who}
        constants: {origin: ledger, status: posted, currency: KES, amount: "12.00"}
        derive: {kind: {sign_of: amount, positive: payment, negative: refund}}
"""  # the sign of an amount that the profile wrote as a text


def test_an_error_that_nobody_foresaw_costs_its_own_file_only(
    road: Road, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = road.folder / "profiles" / "ledger.yaml"
    path.write_text(path.read_text().replace("\nreads:\n", f"\nreads:{UNFORESEEN}"))
    monkeypatch.setattr(profile, "load_profile", books.load_profile)
    server = psycopg.conninfo.conninfo_to_dict(road.dsn)
    monkeypatch.setenv(
        "AIRFLOW_CONN_WAREHOUSE",
        json.dumps(
            {
                "conn_type": "postgres",
                "host": server["host"],
                "port": int(str(server["port"])),
                "schema": server["dbname"],
                "login": server["user"],
                "password": server["password"],
            }
        ),
    )
    road.ledger("odd_2026-02-28.csv", row("O", who="my aunt"))
    road.ledger("2026-03-01.csv", row("G", 1))
    with psycopg.connect(road.dsn) as connection:
        road.collect(connection, "the run")
    operator = ValidateBatchesOperator(task_id="validate", dataset="expenses", spool=str(road.folder / "spool"))
    run = SimpleNamespace(dag_id=DAG, run_id="the run")
    with pytest.raises(BadData) as refusal:
        operator.execute({"dag_run": run, "params": {}})  # type: ignore[typeddict-item]
    assert refusal.value.code == "unforeseen"
    ends = road.query(
        "select f.name, b.status, b.error_code from ops.batches as b inner join ops.files as f using (file_id) "
        "order by b.status"
    )
    assert ends == [
        {"name": "ledger_odd_2026-02-28.csv", "status": "failed", "error_code": "unforeseen"},
        {"name": "ledger_2026-03-01.csv", "status": "validated", "error_code": None},
    ]
    log = capsys.readouterr().out
    assert "a TypeError at include.ingest.mapping:" in log
    assert "my aunt" not in log
