"""Backfills with the real scheduler: the same rows as one history run and as any other order, told by one message."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import ROOT, Server
from tests.living_airflow import LivingAirflow, living_airflow, wait_for
from tests.pipeline import Pipeline, airflow_template, make_pipeline  # noqa: F401 - fixtures

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

DAG = "ingest_validate_load"
FIRST = dt.date(2026, 7, 1)
DAYS = [FIRST + dt.timedelta(days=number) for number in range(60)]
BROKEN = DAYS[29]
HEADER = (
    "external_id,origin,kind,status,spent_on,amount,currency,description,cost_centre,account_code,document_no,receipt_no,"
    "submitted_at,approved_at,paid_at,department,category,vendor,employee,approver"
)
ROWS = "select source_key, spent_on, amount, status from core.expenses where deleted_at is null order by source_key"


def claim(number: int, amount: str, day: dt.date) -> str:
    return f"X{number},app,claim,approved,{day},{amount},KES,Taxi,,,,,,,,D1,C1,,E1,"


def deliveries(folder: Path) -> list[Path]:
    """Sixty daily files; each corrects a claim of the day before, and one is broken."""
    folder.mkdir()
    references = {
        "departments_2026-06-01.csv": "code,name,cost_centre,is_active,parent\nD1,Water,,true,\n",
        "categories_2026-06-01.csv": "code,name,account_code,is_active,parent\nC1,Travel,,true,\n",
        "users_2026-06-01.csv": (
            "employee_no,full_name,email,phone,job_title,monthly_salary,salary_currency,approval_limit,hired_on,left_on,"
            "is_active,department,manager\nE1,Somebody,,,,,,,,,true,D1,\n"
        ),
    }
    for name, text in references.items():
        (folder / name).write_text(text)
    for number, day in enumerate(DAYS):
        rows = [claim(number * 10 + each, f"{100 + each}.00", day) for each in range(4)]
        if number:
            rows.append(claim((number - 1) * 10, f"{number}.50", DAYS[number - 1]))
        if day == BROKEN:
            rows = [claim(number * 10, "nothing", day)]
        (folder / f"expenses_{day}.csv").write_text("\n".join([HEADER, *rows, ""]))
    return sorted(folder.iterdir())


@pytest.fixture
def airflow(tmp_path: Path, postgres_server: Server) -> Iterator[LivingAirflow]:
    settings = {"AIRFLOW__CORE__PARALLELISM": "4", "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2"}
    # Alone: what is woken by the data that comes home has tests of its own.
    dags = tmp_path / "dags"
    dags.mkdir()
    shutil.copy(ROOT / "dags" / f"{DAG}.py", dags)
    with living_airflow(tmp_path, postgres_server, dags, **settings) as alive:
        yield alive


def ended(airflow: LivingAirflow, count: int) -> bool:
    states = [state for _, run_id, state in airflow.runs() if run_id.startswith("backfill__")]
    return len(states) == count and set(states) <= {"success", "failed"}


def backfill(airflow: LivingAirflow, first: dt.date, last: dt.date, *options: str) -> None:
    airflow.command(
        *("backfill", "create", "--dag-id", DAG, "--from-date", f"{first}T00:00:00+03:00"),
        *("--to-date", f"{last}T00:00:00+03:00", "--max-active-runs", "4", *options),
    )


def times_run(airflow: LivingAirflow) -> dict[str, int]:
    """How often each run of the backfills was run, when all of them have ended; empty while one has not."""
    with psycopg.connect(airflow.database) as connection:
        runs = connection.execute(
            "select run_id, 1 + clear_number, state from dag_run where run_id like 'backfill%%'"
        ).fetchall()
        (busy,) = connection.execute("select count(*) from backfill where completed_at is null").fetchone() or (0,)
    ended = not busy and {state for *_, state in runs} <= {"success", "failed"}
    return {run_id: times for run_id, times, _ in runs} if ended else {}


def test_two_ranges_at_once_give_the_rows_of_one_history_run_and_of_any_order(
    airflow: LivingAirflow,
    make_pipeline: Callable[[], Pipeline],  # noqa: F811
    tmp_path: Path,
) -> None:
    files = deliveries(tmp_path / "made")
    history, shuffled = make_pipeline(), make_pipeline()

    # The scheduler's own first run takes whatever is pending: let it pass before the files are there.
    wait_for(lambda: airflow.knows([DAG]), 180, "Airflow is ready")
    wait_for(lambda: airflow.states().get(DAG) == "success", 180, "the first scheduled run")
    airflow.slack.messages.clear()
    airflow.pipeline.deliver("sample", *(file for file in files if "2026-06-01" in file.name))
    airflow.command("dags", "trigger", DAG)
    wait_for(lambda: [state for *_, state in airflow.runs()] == ["success"] * 2, 180, "people and categories are home")
    airflow.slack.messages.clear()
    airflow.pipeline.deliver("sample", *(file for file in files if "2026-06-01" not in file.name))

    # Airflow runs one backfill of a DAG at a time; the other range goes beside it as one run with `from` and `to`,
    # and overlaps it by ten days.
    backfill(airflow, DAYS[0], DAYS[59])
    period = json.dumps({"from": str(DAYS[30]), "to": str(DAYS[39])})
    airflow.command("dags", "trigger", DAG, "--conf", period)
    wait_for(lambda: ended(airflow, 60), 1200, "sixty runs end")

    failed = [run_id for _, run_id, state in airflow.runs() if state == "failed"]
    assert len(failed) == 1, failed
    rows = airflow.pipeline.query(ROWS)
    assert len(rows) == 59 * 4 + 1, "and the broken day's claim that the next day corrects"

    history.deliver("sample", *files)
    assert history.run(**{"from": "2026-06-01", "to": str(DAYS[-1])}).state == "failed", "the broken file is told"
    assert history.query(ROWS) == rows

    shuffled.deliver("sample", *files)
    assert shuffled.run(**{"from": "2026-06-01", "to": "2026-06-30"}).state == "success"
    weeks = [(DAYS[at], DAYS[min(at + 9, 59)]) for at in range(0, 60, 10)]
    weeks = [weeks[at] for at in (3, 0, 5, 1, 4, 2)]
    for first, last in weeks:
        shuffled.run(**{"from": str(first), "to": str(last)})
    assert shuffled.query(ROWS) == rows

    wait_for(lambda: len(airflow.slack.texts) == 2, 60, "one message about the backfill, one about the other run")
    (told,) = [text for text in airflow.slack.texts if "backfill of 60 runs" in text]
    assert "1 failed" in told

    # The broken day is delivered again; a backfill of what failed brings it home and leaves the rest alone.
    before = airflow.pipeline.query("select id, updated_at from core.expenses order by id")
    mended = tmp_path / f"expenses_{BROKEN}.csv"
    mended.write_text("\n".join([HEADER, claim(291, "100.00", BROKEN), ""]))
    airflow.pipeline.deliver("sample", mended)
    backfill(airflow, DAYS[0], DAYS[59], "--reprocess-behavior", "failed")
    wait_for(lambda: not [run for run in airflow.runs() if run[2] != "success"], 300, "the failed run ends well")
    assert airflow.pipeline.value("select count(*) from core.expenses") == 59 * 4 + 2
    after = {row["id"]: row["updated_at"] for row in airflow.pipeline.query("select id, updated_at from core.expenses")}
    assert all(after[row["id"]] == row["updated_at"] for row in before)

    # `none` runs only the day that has no run yet; `completed` runs both days again, and changes no row.
    wait_for(lambda: bool(times_run(airflow)), 60, "Airflow closes the backfill before")
    known = times_run(airflow)
    backfill(airflow, DAYS[59], DAYS[59] + dt.timedelta(days=1), "--reprocess-behavior", "none")
    wait_for(lambda: len(times_run(airflow)) == 61, 120, "the new day's run ends")
    more = times_run(airflow)
    assert {run_id: times for run_id, times in more.items() if run_id in known} == known
    backfill(airflow, DAYS[59], DAYS[59] + dt.timedelta(days=1), "--reprocess-behavior", "completed")
    wait_for(lambda: sum(times_run(airflow).values()) > sum(more.values()), 120, "two days end anew")
    assert sorted(times - more[run_id] for run_id, times in times_run(airflow).items()) == [0] * 59 + [1] * 2
    again = {row["id"]: row["updated_at"] for row in airflow.pipeline.query("select id, updated_at from core.expenses")}
    assert again == after
