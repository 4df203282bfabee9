"""Whole runs of the DAG under faults: the tasks fail as they should, the books agree, and the next run catches up."""

import csv
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.faults.injecting import held, is_root, mounted, wait_for_lock, wait_until_alone
from tests.faults.invariants import check
from tests.faults.road import amounts
from tests.pipeline import Pipeline

HEADER = "Check/Payment Date,Dept. Descrptn,Vendor Name,Commitmt Item Name,Invoice Net Amt"
SECRET = "Wanjiru Kamau"


def payment(number: int, amount: Any = None) -> str:
    return f"10/{number:02}/2017,Fire,{SECRET},Paint {number},{number if amount is None else amount}.00"


def drop(pipeline: Pipeline, name: str, *lines: str, folder: str = "phoenix") -> Path:
    path = pipeline.inbox / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *lines, ""]))
    os.utime(path, (1, 1))
    return path


def total(pipeline: Pipeline) -> tuple[int, Any]:
    (row,) = pipeline.query("select count(*) as n, sum(amount) as amount from core.expenses where deleted_at is null")
    return row["n"], row["amount"]


def lines(pipeline: Pipeline) -> list[dict[str, str]]:
    with (pipeline.output / "ingestion_logs.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_batch_taken_back_by_a_run_is_told_in_the_log_the_books_and_the_message(pipeline: Pipeline) -> None:
    drop(pipeline, "october-2017.csv", *map(payment, range(1, 11)))
    stray = pipeline.inbox / "lost.csv"
    stray.write_text(HEADER)
    first = pipeline.run()
    assert "lost.csv lies in the inbox itself" in first.log
    assert stray.exists()
    (line,) = lines(pipeline)
    assert total(pipeline) == (10, 55)

    second = pipeline.run(withdraw=line["batch_id"])
    assert (first.state, second.state) == ("success", "success")
    assert total(pipeline) == (0, None)
    told = {each["run_id"]: each for each in lines(pipeline)}
    assert (told[first.run_id]["status"], told[second.run_id]["status"]) == ("withdrawn", "withdrawn")
    assert (told[second.run_id]["rows_deleted"], told[second.run_id]["amount_loaded"]) == ("10", "-55.00")
    message = pipeline.value(
        "select message::text from ops.outbox where dedupe_key like %(key)s", {"key": f"%{second.run_id}%"}
    )
    assert "withdrawn" in message
    check(
        pipeline.query,
        truth=amounts({}),
        source="phoenix",
        runs=[first.run_id, second.run_id],
        output=pipeline.output,
        secrets=[SECRET],
        texts=[first.log, second.log],
    )


@pytest.mark.skipif(not is_root(), reason="only root may mount a small disk")
def test_a_full_output_disk_costs_no_row_and_the_next_run_writes_the_line(pipeline: Pipeline) -> None:
    drop(pipeline, "october-2017.csv", *map(payment, range(1, 11)))
    with mounted(pipeline.output, "64k") as output:
        filler = output / "filler"
        filler.write_bytes(b"x" * (64 << 10))
        first = pipeline.run()
        assert first.states("load") == ["success"]
        assert first.states("record") != ["success"]
        assert total(pipeline) == (10, 55)
        filler.unlink()
        drop(pipeline, "november-2017.csv", payment(11))
        second = pipeline.run()
        assert second.state == "success"
        assert sorted(line["file"] for line in lines(pipeline)) == ["november-2017.csv", "october-2017.csv"]
        check(
            pipeline.query,
            runs=[first.run_id, second.run_id],
            output=pipeline.output,
            secrets=[SECRET],
            texts=[first.log, second.log],
        )


@pytest.mark.long
@pytest.mark.skipif(not is_root(), reason="only root may mount a small disk")
def test_a_full_spool_disk_fails_the_run_with_its_code_and_the_next_brings_all_home(pipeline: Pipeline) -> None:
    drop(pipeline, "october-2017.csv", *[payment(day % 28 + 1, day) for day in range(1, 2000)])
    with mounted(pipeline.folder / "spool", "64k") as spool:
        first = pipeline.run()
        assert first.state == "failed"
        assert "disk" in first.log
        assert total(pipeline) == (0, None)
        assert [path.name for path in spool.iterdir()] == [], "no half spool stays"
    second = pipeline.run()
    assert second.state == "success"
    assert total(pipeline) == (1999, 1999 * 1000)
    assert pipeline.value("select error_code from ops.run_log where status = 'failed'") == "disk_full"
    check(
        pipeline.query,
        runs=[first.run_id, second.run_id],
        output=pipeline.output,
        secrets=[SECRET],
        texts=[first.log, second.log],
    )


def test_a_dry_run_says_what_a_run_would_do_and_writes_nothing(pipeline: Pipeline) -> None:
    days = pipeline.inbox / "sample"
    days.mkdir()
    files = {
        "departments_2026-10.csv": "code,name,cost_centre,is_active,parent\nD1,Water,,true,\n",
        "categories_2026-10.csv": "code,name,account_code,is_active,parent\nC1,Travel,,true,\n",
        "users_2026-10.csv": "employee_no,full_name,email,phone,job_title,monthly_salary,salary_currency,approval_limit,"
        f"hired_on,left_on,is_active,department,manager\nE1,{SECRET},,,,,,,,,true,D1,\n",
        "expenses_2026-10.csv": "external_id,origin,kind,status,spent_on,amount,currency,description,cost_centre,"
        "account_code,document_no,receipt_no,submitted_at,approved_at,paid_at,department,category,vendor,employee,"
        "approver\n"
        + "".join(f"X{n},app,claim,approved,2026-10-05,{n}.00,KES,,,,,,,,,D1,C1,,E1,\n" for n in range(1, 40))
        + "X40,app,claim,approved,2026-10-05,40.00,KES,,,,,,,,,D1,C1,,E9,\n"
        + "X41,app,claim,approved,05/10,41.00,KES,,,,,,,,,D1,C1,,E1,\n",
    }
    for name, text in files.items():
        (days / name).write_text(text)
        os.utime(days / name, (1, 1))
    dry = pipeline.run(dry_run=True)
    assert dry.state == "success"
    assert "expenses expenses_2026-10.csv would be loaded; 39 inserted" in dry.log, "on top of the people of this run"
    assert "1 rejected (1 × unknown_reference)" in dry.log
    first = next(line for line in dry.log.splitlines() if "expenses_2026-10.csv, row 2 would load as:" in line)
    assert "spent_on 2026-10-05, " in first
    assert "amount 1.00, currency KES" in first
    assert "employee x9" in first, "a person's number is shown by its shape"
    assert "sum of the accepted amounts: 820.00 KES" in dry.log
    assert "1 × spent_on rejected as invalid_date, such as 99/99" in dry.log
    assert "full_name x" in dry.log
    assert SECRET not in dry.log
    assert pipeline.value("select count(*) from core.expenses") == 0
    assert (
        pipeline.value("select count(*) from core.users") + pipeline.value("select count(*) from core.departments") == 0
    )
    assert pipeline.query("select distinct status from ops.batches") == [{"status": "dry_run"}]
    assert pipeline.value("select count(*) from ops.ledger") == 0
    assert pipeline.value("select count(*) from ops.reject_states where is_open") == 0, "no reject waits to be mended"
    assert {path.name for path in days.iterdir()} == set(files), "the inbox is as it was"

    real = pipeline.run()
    assert real.state == "success"
    assert total(pipeline) == (39, sum(range(1, 40)))
    assert list(days.iterdir()) == []


def test_a_draft_that_only_dry_runs_saw_is_never_loaded_and_its_correction_is(pipeline: Pipeline) -> None:
    draft = drop(pipeline, "october-2017.csv", payment(1, 1000), payment(2))
    assert "would be loaded; 2 inserted" in pipeline.run(dry_run=True).log
    assert "would be loaded; 2 inserted" in pipeline.run(dry_run=True).log, "as often as somebody asks"
    draft.unlink()
    emptied = pipeline.run()
    assert emptied.states("validate") == ["skipped"]
    assert total(pipeline) == (0, None)

    drop(pipeline, "october-2017.csv", payment(1), payment(2), "10/03/2017,Fire")
    drop(pipeline, "november-2017.csv", payment(4))
    assert pipeline.run(dry_run=True).state == "failed", "the broken file is told before it is delivered"
    drop(pipeline, "october-2017.csv", payment(1), payment(2))
    real = pipeline.run()
    assert real.state == "success"
    assert total(pipeline) == (3, 7)
    assert {line["file"] for line in lines(pipeline) if line["run_id"] == real.run_id} == {
        "october-2017.csv", "november-2017.csv",
    }  # fmt: skip
    check(pipeline.query, output=pipeline.output, secrets=[SECRET], texts=[real.log])


@pytest.mark.long
def test_taking_back_in_a_dry_run_changes_nothing_and_says_what_it_would(pipeline: Pipeline) -> None:
    drop(pipeline, "october-2017.csv", *map(payment, range(1, 11)))
    pipeline.run()
    (line,) = lines(pipeline)
    dry = pipeline.run(withdraw=line["batch_id"], dry_run=True)
    assert dry.state == "success"
    assert "taken back; 10 rows deleted" in dry.log
    assert total(pipeline) == (10, 55)
    assert pipeline.value("select status from ops.batches") == "loaded"


def start(pipeline: Pipeline) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.run_dag", "ingest_validate_load", "{}", str(pipeline.folder / "run.json")],
        env=pipeline.environ(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


MOMENTS = {
    "collect": "lock table ops.files in access exclusive mode",
    "validate": "lock table ops.rejects in access exclusive mode",
    "load": "lock table ops.ledger in exclusive mode",
    "record": "lock table ops.run_log in exclusive mode",
    "announce": "lock table ops.outbox in exclusive mode",
}


@pytest.mark.long
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_a_dag_run_killed_in_any_task_is_made_good_by_the_next(pipeline: Pipeline, moment: str) -> None:
    drop(pipeline, "october-2017.csv", *map(payment, range(1, 11)))
    with held(pipeline.warehouse.admin_dsn, moment):
        process = start(pipeline)
        wait_for_lock(pipeline.warehouse.admin_dsn)
        os.killpg(process.pid, signal.SIGKILL)
        log, _ = process.communicate()
    wait_until_alone(pipeline.warehouse.admin_dsn)
    drop(pipeline, "november-2017.csv", payment(11))
    second = pipeline.run()
    assert second.state == "success"
    assert total(pipeline) == (11, 66)
    check(pipeline.query, runs=[second.run_id], output=pipeline.output, secrets=[SECRET], texts=[log, second.log])


@pytest.mark.long
def test_four_dag_runs_at_once_bring_one_delivery_home_once(pipeline: Pipeline) -> None:
    drop(pipeline, "october-2017.csv", *map(payment, range(1, 11)))
    runs = []
    for number in range(4):
        # Each with Airflow's books of its own: SQLite knows one writer.
        twin = Pipeline(pipeline.folder, pipeline.warehouse, dict(pipeline.environment))
        home = pipeline.folder / f"airflow{number}"
        subprocess.run(["cp", "-r", str(pipeline.folder / "airflow"), str(home)], check=True)
        twin.environment |= {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        }
        runs.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.run_dag", "ingest_validate_load", "{}", str(home / "run.json")],
                env=twin.environ(),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    logs = [run.communicate(timeout=280)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * 4
    assert total(pipeline) == (10, 55)
    assert pipeline.query("select status, count(*) as n from ops.batches where status = 'loaded' group by 1") == [
        {"status": "loaded", "n": 1}
    ]
    assert not any(re.search(r"\bERROR\b.*Task failed", log) for log in logs)
    check(pipeline.query, output=pipeline.output, secrets=[SECRET], texts=logs)
