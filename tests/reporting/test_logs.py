"""The CSV logs against a real database: what the books know, the file shows, and a rebuild shows it again."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from include.errors import BadConfiguration, FileUnavailable
from include.reporting.logs import INGEST_COLUMNS, LOGS, RUN_COLUMNS, bring_up_to_date, rebuild
from include.sql import query
from tests.conftest import Warehouse

DAG = "ingest_validate_load"
LOG = "ingestion_logs.csv"


@pytest.fixture
def connection(warehouse: Warehouse) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(warehouse.dsn("svc_pipeline")) as connection:
        yield connection


def run(
    connection: psycopg.Connection[Any], run_id: str, *, days_ago: int = 0, attempt: int = 1, status: str = "success"
) -> None:
    with connection.transaction():
        connection.execute(
            "insert into ops.run_log (dag_id, run_id, attempt, status, rows_written, seconds, run_at) "
            "values (%s, %s, %s, %s, 2, 1.5, now() - %s * interval '1 day')",
            [DAG, run_id, attempt, status, days_ago],
        )


def batch(
    connection: psycopg.Connection[Any], run_id: str, name: str = "a.csv", *, currencies: tuple[str, ...] = ("KES",)
) -> None:
    with connection.transaction():
        (file_id,) = connection.execute(
            "insert into ops.files (source, name, sha256, bytes, delivered_from, delivered_to, source_version, "
            "archive_uri) values ('sample', %s, %s, 1, '2026-01-01', '2026-01-31', now(), 'x') returning file_id",
            [name, uuid.uuid4().hex * 2],
        ).fetchone()
        (batch_id,) = connection.execute(
            "insert into ops.batches (file_id, source, dataset, profile_version, dag_id, run_id, status, rows_read, "
            "rows_inserted, period_from, seconds) values (%s, 'sample', 'expenses', 1, %s, %s, 'loaded', 2, 2, "
            "'2026-01-03', 0.25) returning batch_id",
            [file_id, DAG, run_id],
        ).fetchone()
        for currency in currencies:
            connection.execute(
                "insert into ops.batch_amounts (batch_id, currency, amount_loaded) values (%s, %s, 12.50)",
                [batch_id, currency],
            )


def lines(folder: Path, name: str = LOG) -> list[dict[str, str]]:
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_headers_are_those_that_other_teams_read():
    assert ",".join(INGEST_COLUMNS) == (
        "run_at,dag_id,run_id,dataset,source,file,sha256,batch_id,period_from,period_to,status,error_code,rows_read,"
        "rows_loaded,rows_unchanged,rows_superseded,rows_rejected,rows_skipped,rows_deleted,amount_loaded,currency,"
        "seconds"
    )
    assert ",".join(RUN_COLUMNS) == (
        "run_at,dag_id,run_id,status,error_code,period_from,period_to,rows_written,seconds"
    )


def test_a_batch_has_a_line_per_currency_and_one_without_money(connection, tmp_path):
    batch(connection, "r1", "a.csv", currencies=("KES", "USD"))
    batch(connection, "r1", "=b.csv", currencies=())
    run(connection, "r1")
    assert bring_up_to_date(connection, tmp_path, LOG, DAG) == 3
    assert bring_up_to_date(connection, tmp_path, LOG, DAG) == 0
    assert [(line["file"], line["currency"], line["amount_loaded"]) for line in lines(tmp_path)] == [
        ("a.csv", "KES", "12.50"),
        ("a.csv", "USD", "12.50"),
        ("'=b.csv", "", ""),
    ]
    assert {line["rows_loaded"] for line in lines(tmp_path)} == {"2"}


def test_a_run_that_is_not_recorded_yet_has_no_lines(connection, tmp_path):
    batch(connection, "r1")
    assert bring_up_to_date(connection, tmp_path, LOG, DAG) == 0


def test_what_a_full_disk_refused_comes_with_the_next_run(connection, tmp_path):
    batch(connection, "r1")
    run(connection, "r1", days_ago=2)
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(FileUnavailable):
        bring_up_to_date(connection, blocked, LOG, DAG)
    blocked.unlink()
    batch(connection, "r2", "b.csv")
    run(connection, "r2")
    assert bring_up_to_date(connection, blocked, LOG, DAG) == 2
    assert [line["run_id"] for line in lines(blocked)] == ["r1", "r2"]


def test_a_cleared_run_has_its_lines_once_however_old_they_were(connection, tmp_path):
    batch(connection, "r1")
    run(connection, "r1", days_ago=400, status="failed")
    rebuild(connection, tmp_path, LOG)
    batch(connection, "r2", "b.csv")
    run(connection, "r2")
    bring_up_to_date(connection, tmp_path, LOG, DAG)
    run(connection, "r1", attempt=2)
    assert bring_up_to_date(connection, tmp_path, LOG, DAG, look_back=False) == 1
    assert [line["run_id"] for line in lines(tmp_path)] == ["r2", "r1"]


def test_a_rebuilt_log_equals_the_one_that_grew(connection, tmp_path):
    for number in range(5):
        batch(connection, f"r{number}", f"{number}.csv", currencies=("EUR", "KES"))
        batch(connection, f"r{number}", f"{number}b.csv", currencies=())
        run(connection, f"r{number}")
        bring_up_to_date(connection, tmp_path, LOG, DAG)
    grown = (tmp_path / LOG).read_bytes()
    (tmp_path / LOG).unlink()
    assert rebuild(connection, tmp_path, LOG) == 15
    assert (tmp_path / LOG).read_bytes() == grown


def test_another_pipelines_log_has_one_line_per_run(connection, tmp_path):
    with connection.transaction():
        for attempt in (1, 2):
            values = {"dag_id": "transform_metrics", "run_id": "r1", "attempt": attempt, "status": "success"}
            values |= {"error_code": None, "period_from": None, "period_to": None, "rows_written": 7, "seconds": 1}
            connection.execute(query("record/insert_run"), values)
    assert bring_up_to_date(connection, tmp_path, "transform_logs.csv", "transform_metrics") == 1
    assert [line["rows_written"] for line in lines(tmp_path, "transform_logs.csv")] == ["7"]


def test_a_run_told_twice_keeps_its_first_line(connection):
    values = {"dag_id": DAG, "run_id": "r1", "attempt": 1, "status": "failed", "error_code": "disk_full"}
    values |= {"period_from": None, "period_to": None, "rows_written": 0, "seconds": 1}
    with connection.transaction():
        connection.execute(query("record/insert_run"), values)
        connection.execute(query("record/insert_run"), values | {"status": "success"})
        assert connection.execute("select status from ops.run_log where batch_id is null").fetchall() == [("failed",)]


def test_an_unknown_log_is_refused_by_name(connection, tmp_path):
    with pytest.raises(BadConfiguration, match=r"ingestion_logs\.csv"):
        rebuild(connection, tmp_path, "other.csv")
    assert LOGS[LOG].dag_id == DAG
