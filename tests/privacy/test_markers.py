"""Values of personal columns stay in core: markers planted in a delivery are found there, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

from tests.conftest import Server
from tests.pipeline import Pipeline, airflow_template, make_pipeline, pipeline  # noqa: F401 - fixtures
from tests.slack.server import FakeSlack

MARK = "Zqx7"
STAFF = (
    "employee_no,full_name,email,phone,job_title,monthly_salary,salary_currency,approval_limit,hired_on,left_on,is_active,"
    "department,manager"
)
CLAIMS = (
    "external_id,origin,kind,status,spent_on,amount,currency,description,cost_centre,account_code,document_no,receipt_no,"
    "submitted_at,approved_at,paid_at,department,category,vendor,employee,approver"
)
LEAVE = (
    "external_id,leave_type,status,starts_on,ends_on,is_month_only,days,hours,reason,submitted_at,approved_at,employee,"
    "approver"
)


def lines(header: str, *rows: str) -> str:
    return "\n".join([header, *rows, ""])


def deliver(pipeline: Pipeline, folder: Path) -> None:  # noqa: F811
    person = f"E1,{MARK} Wanjiru,{MARK}@example.org,+254 {MARK},Clerk,123.00,KES,,,,true,D1,"
    broken = f"E2,{MARK} Otieno,{MARK}2@example.org,+254 {MARK},Clerk,{MARK},KES,,,,true,D1,"
    claim = f"X1,app,claim,approved,2026-10-05,10.00,KES,For {MARK},,,,,,,,D1,C1,,E1,"
    # Each of these is rejected: the reason may be told, the value may not.
    bad = [
        f"X2,app,claim,approved,2026-10-05,{MARK},KES,x,,,,,,,,D1,C1,,E1,",
        f"X3,app,claim,approved,2026-10-05,10.00,KES,x,,,,,,,,D1,C1,,{MARK},",
        f"X4,app,claim,{MARK},2026-10-05,10.00,KES,x,,,,,,,,D1,C1,,E1,",
        f"X5,app,claim,approved,{MARK},10.00,KES,x,,,,,,,,D1,C1,,E1,",
    ]
    files = {
        "departments_2026-01.csv": lines("code,name,cost_centre,is_active,parent", "D1,Water,,true,"),
        "categories_2026-01.csv": lines("code,name,account_code,is_active,parent", "C1,Travel,,true,"),
        "users_2026-01.csv": lines(STAFF, person, *(f"E{n},Somebody,,,,,,,,,true,D1," for n in range(3, 60)), broken),
        "expenses_2026-10.csv": lines(CLAIMS, claim, *(claim.replace("X1,", f"Y{n},") for n in range(200)), *bad),
        "leave_applications_2026-10.csv": lines(
            LEAVE, f"L1,sick,approved,2026-10-05,2026-10-06,false,2,,{MARK} is ill,,,E1,"
        ),
        # Refused as a whole, and by the database's own look-up of the references.
        "expenses_2026-10-09.csv": lines(CLAIMS, bad[1], bad[2]),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    pipeline.deliver("sample", *(folder / name for name in files))


def tables_with_the_mark(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        return {
            f"{schema}.{table}"
            for schema, table in tables
            if connection.execute(
                sql.SQL("select from {} as t where t::text like %s limit 1").format(sql.Identifier(schema, table)),
                [f"%{MARK}%"],
            ).rowcount
        }


def files_with_the_mark(folder: Path) -> list[str]:
    return sorted(
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and (MARK.encode() in file.read_bytes() or MARK in file.name)
    )


def test_what_is_personal_is_in_core_and_in_no_log_message_or_book(
    pipeline: Pipeline,  # noqa: F811
    postgres_server: Server,
    tmp_path: Path,
) -> None:
    with FakeSlack() as slack:
        pipeline.environment["AIRFLOW_CONN_SLACK"] = slack.bot_connection
        (tmp_path / "made").mkdir()
        deliver(pipeline, tmp_path / "made")

        run = pipeline.run()

        assert run.state == "failed", "one of the files is refused"
        metrics = pipeline.run("transform_metrics")
        assert metrics.state == "success", metrics.log[-4000:]
        heard = repr(slack.messages)
    assert tables_with_the_mark(pipeline.warehouse.admin_dsn) == {
        "core.users",
        "core.expenses",
        "core.leave_applications",
    }
    assert pipeline.value("select count(*) from ops.rejects") >= 6
    assert pipeline.value("select count(*) from marts.expense_facts") > 0
    assert MARK not in run.log + metrics.log
    assert MARK not in heard
    assert MARK not in postgres_server.postgres.log.read_text(errors="replace")
    kept = [name for name in files_with_the_mark(pipeline.folder) if not name.startswith("archive/")]
    assert kept == [], "only the archived originals hold it: no log, no XCom, no spool left behind"
