"""
### Make the metrics of what came home

Builds and tests the marts with dbt beside those that people read, then publishes them: spend against budget, grants,
reimbursements, leave, headcount, and the quality of ingestion. What each figure means: METRICS.md.

**Reads** `core.*` of the months that changed, by `ops.affected_periods`.
**Writes** `staging`, `intermediate`, `marts_build`; `marts.*`, `ops.metric_builds`, `output/transform_logs.csv`, Slack.

**When:** whenever `core` has changed; on demand, for everything (`full`), some `months`, or to close a month (`close`,
`reopen`).
**Safe to run again** at any time: what was published stays until all of the new figures have passed their tests.

**When it is red:** open the log of `build`: it names the tests that failed and how many rows they found. Mend the data
or the model, then clear the task; the figures that people read are the last good ones. `publish` is red when a month
cannot be closed: its log names what the checklist holds. `refresh` is red when Power BI could not read what was
published, and leaves the run green; without a connection `powerbi` it is skipped.
"""

from datetime import datetime, timedelta

from airflow.sdk import Asset, Param, dag
from plugins.notifiers.run_failure import RunFailureNotifier, remember_error_code
from plugins.operators.announce import AnnounceRunOperator
from plugins.operators.build import BuildMetricsOperator
from plugins.operators.publish import PublishMetricsOperator
from plugins.operators.record import RecordRunOperator
from plugins.operators.refresh import RefreshPowerBIOperator
from plugins.retries import RETRY_WHAT_MAY_PASS
from plugins.schedules import ZONE


@dag(
    schedule=[Asset("core")],
    start_date=datetime(2024, 1, 1, tzinfo=ZONE),
    catchup=False,
    max_active_runs=1,
    doc_md=__doc__,
    tags=["metrics", "finance", "marts"],
    params={
        "full": Param(False, type="boolean", description="Build everything anew"),
        "months": Param(
            None, type=["null", "array"], items={"type": "string"}, description="Build these, like 2026-01"
        ),
        "close": Param(None, type=["null", "string"], description="Close this month, like 2026-01, after publishing"),
        "insist": Param(False, type="boolean", description="Close it although its checklist is not clear"),
        "reopen": Param(None, type=["null", "string"], description="Reopen this month, like 2026-01"),
    },
    default_args={
        "owner": "finance",
        "retries": 2,
        "retry_policy": RETRY_WHAT_MAY_PASS,
        "execution_timeout": timedelta(hours=1),
        "pool": "warehouse",
        "on_failure_callback": remember_error_code,
    },
    dagrun_timeout=timedelta(hours=3),
    on_failure_callback=RunFailureNotifier(owner="finance"),
)
def transform_metrics():
    build = BuildMetricsOperator(task_id="build")
    publish = PublishMetricsOperator(task_id="publish", outlets=[Asset("marts")])
    rows = "{{ (ti.xcom_pull(task_ids='publish') or {}).get('rows_written', 0) }}"
    refresh = RefreshPowerBIOperator(task_id="refresh", rows_published=rows).as_teardown()
    record = RecordRunOperator(task_id="record", log="transform_logs.csv", rows_written=rows).as_teardown()
    announce = AnnounceRunOperator(task_id="announce", summary="run").as_teardown()
    build >> publish >> refresh >> record >> announce


transform_metrics()
