"""The whole DAG: what it writes, what it says, and how it ends when the figures do not hold."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

from include.metrics.publishing import publish
from tests.metrics.ledger import Ledger
from tests.metrics.organisation import small_organisation
from tests.pipeline import Pipeline

RLS = (
    "select count(*) from pg_class where relnamespace = 'marts'::regnamespace and relkind = 'r' "
    "and not (relrowsecurity and relforcerowsecurity)"
)


def test_the_dag_publishes_what_holds_and_keeps_what_was_published_when_something_does_not(pipeline: Pipeline) -> None:
    ledger = Ledger(pipeline.warehouse)
    small = small_organisation(ledger)

    run = pipeline.run("transform_metrics")

    assert run.state == "success", run.log[-6000:]
    assert [run.states(task) for task in ("build", "publish", "record", "announce")] == [["success"]] * 4
    assert run.states("refresh") == ["skipped"], "there is no connection to Power BI"
    assert ledger.value("select count(*) from marts.expense_facts") == 14
    (build,) = ledger.query("select * from ops.metric_builds")
    assert (build["status"], build["is_full"]) == ("published", True)
    assert [str(month) for month in build["months"]] == ["2025-07-01", "2025-08-01", "2025-09-01"]
    assert ledger.value("select count(*) from ops.metric_build_nodes where kind = 'model'") == 48
    assert ledger.value("select count(*) from ops.metric_build_nodes where seconds is null or status = 'error'") == 0
    assert "model monthly_spend_vs_budget: success," in run.log
    assert "test allocations_sum_to_their_expense: warn" in run.log
    assert "60000" not in run.log, "a value has come into the log"
    with (pipeline.output / "transform_logs.csv").open(encoding="utf-8") as file:
        (line,) = csv.DictReader(file)
    assert (line["status"], line["dag_id"]) == ("success", "transform_metrics")
    assert (line["period_from"], line["period_to"]) == ("2025-07-01", "2025-09-30")
    assert int(line["rows_written"]) == build["rows_written"] > 0
    (message,) = ledger.query("select message ->> 'text' as text from ops.outbox")
    assert "transform_metrics" in message["text"]
    behind = ledger.value(
        "select count(*) from ops.affected_periods as a left join ops.period_cursor as c "
        "on (c.dataset, c.month) = (a.dataset, a.month) where c.version is distinct from a.version"
    )
    assert behind == 0

    # A month that is not ready stays open; what was published before it was asked is recorded all the same, and told
    # where it restates another one.
    ledger.execute(
        "insert into core.accounting_periods (month, status, closed_at) values ('2025-08-01', 'closed', now())"
    )
    ledger.execute("update core.expense_allocations set grant_budget_line_id = null where amount = 90000")
    ledger.touch("expense_allocations", dt.date(2025, 8, 5))
    ledger.correct(small["july"], amount=60_500)
    not_closed = pipeline.run("transform_metrics", close="2025-07")

    assert [not_closed.states(task) for task in ("build", "publish")] == [["success"], ["failed"]]
    (build,) = ledger.query("select * from ops.metric_builds order by started_at desc limit 1")
    with (pipeline.output / "transform_logs.csv").open(encoding="utf-8") as file:
        line = list(csv.DictReader(file))[-1]
    assert (line["status"], line["error_code"]) == ("failed", "period_not_ready")
    assert int(line["rows_written"]) == build["rows_written"] > 0
    assert "2025-08 was closed and is restated: 0 figures, 2 of grants" in not_closed.log
    (told,) = ledger.query("select message::text as said from ops.outbox where dedupe_key like 'restated:%'")
    assert "2025-08: 2 figures of grant G1" in told["said"]
    with psycopg.connect(ledger.warehouse.dsn("svc_pipeline")) as connection:
        again = publish(connection, dag_id="transform_metrics", run_id=not_closed.run_id)
    assert (again.rows, again.rows_written) == ({}, build["rows_written"]), "cleared, it says what is published"

    # Rows that row security hides from dbt must not pass as all there are.
    before = ledger.hashes()
    ledger.correct(small["july"], amount=61_000)
    ledger.execute(
        "drop policy metrics_read on core.expenses; "
        "create policy metrics_read on core.expenses for select to svc_dbt using (spent_on < '2025-09-01')"
    )
    red = pipeline.run("transform_metrics")

    assert red.state == "failed"
    assert red.states("build") == ["failed"]
    assert "Tests failed: " in red.log
    assert "dbt_sees_every_row" in red.log
    (last,) = ledger.query("select status, error_code from ops.metric_builds order by started_at desc limit 1")
    assert last == {"status": "failed", "error_code": "metrics_failed"}
    assert ledger.hashes() == before
    assert ledger.value(RLS) == 0
    with (pipeline.output / "transform_logs.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["error_code"] for line in lines] == ["", "period_not_ready", "metrics_failed"]


@pytest.mark.long
def test_two_whole_builds_at_once_end_where_one_after_the_other_would(make_pipeline: Callable[[], Pipeline]) -> None:
    one, other = make_pipeline(), make_pipeline()
    other.warehouse = one.warehouse
    ledger = Ledger(one.warehouse)
    small = small_organisation(ledger)
    ledger.correct(small["july"], amount=Decimal("61000"))

    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda pipeline: pipeline.run("transform_metrics", full=True), (one, other)))

    assert [run.state for run in runs] == ["success", "success"], runs[0].log[-3000:] + runs[1].log[-3000:]
    builds = ledger.query("select status, is_full from ops.metric_builds order by started_at")
    assert [build["is_full"] for build in builds] == [True, True]
    assert builds[-1]["status"] == "published"
    assert {build["status"] for build in builds} <= {"published", "built"}
    together = ledger.hashes()
    assert one.run("transform_metrics", full=True).state == "success"
    assert ledger.hashes() == together
    assert (
        ledger.value("select amount from marts.expense_facts where expense_id = %(id)s", {"id": small["july"]}) == 61000
    )
