"""
### Bring deliveries home

Takes expenses, budgets, leave, rates and readings out of the inbox, holds every row against its contract, and loads
what passes into `core`; what does not pass is kept in quarantine with its reason.

**Reads** `inbox/<source>/` and the source profiles in `include/sources/`.
**Writes** `core.*`, `ops.rejects`, `ops.batches`, `ops.affected_periods`, `output/ingestion_logs.csv`, Slack.

**When:** daily, for what was delivered before the day's end; on demand, for everything pending (or `from` … `to`);
backfill, for its own days only.
**Safe to run again** at any time: the same bytes count once, the same row counts once, two runs wait for each other.

**When it is red:** open the log of the red task. `validate` names the file, the code and what to mend; `load` lists
what did not come home. Mend the file or the profile and drop the file again; what came home stays. A database or disk
that was away is retried by itself.
"""

from datetime import datetime, timedelta

from airflow.sdk import Asset, Param, dag
from plugins.notifiers.run_failure import RunFailureNotifier, remember_error_code
from plugins.operators.announce import AnnounceRunOperator
from plugins.operators.collect import SOURCES, CollectFilesOperator
from plugins.operators.load import LoadBatchesOperator
from plugins.operators.record import RecordRunOperator
from plugins.operators.validate import ValidateBatchesOperator
from plugins.retries import RETRY_WHAT_MAY_PASS
from plugins.schedules import ZONE, daily


@dag(
    schedule=daily(),
    start_date=datetime(2024, 1, 1, tzinfo=ZONE),
    catchup=False,
    max_active_runs=4,
    doc_md=__doc__,
    tags=["ingest", "finance", "core"],
    params={
        "source": Param("all", type="string", enum=SOURCES, description="Whose files to take"),
        "from": Param(None, type=["null", "string"], format="date", description="First day of delivery, included"),
        "to": Param(None, type=["null", "string"], format="date", description="Last day of delivery, included"),
        "dry_run": Param(False, type="boolean", description="Only show what would be loaded; files stay in the inbox"),
        "reprocess": Param(False, type="boolean", description="Read files again that have come home already"),
        "withdraw": Param(None, type=["null", "string"], format="uuid", description="Only take this batch back"),
    },
    default_args={
        "owner": "finance",
        "retries": 2,
        "retry_policy": RETRY_WHAT_MAY_PASS,
        "execution_timeout": timedelta(hours=1),
        "pool": "warehouse",
        "on_failure_callback": remember_error_code,
    },
    dagrun_timeout=timedelta(hours=6),
    on_failure_callback=RunFailureNotifier(owner="finance"),
)
def ingest_validate_load():
    collect = CollectFilesOperator(task_id="collect", inbox="{{ var.value.inbox }}", archive="{{ var.value.archive }}")
    validate = ValidateBatchesOperator.partial(
        task_id="validate", spool="{{ var.value.spool }}", map_index_template="{{ task.dataset }}"
    ).expand(dataset=collect.output)
    load = LoadBatchesOperator(task_id="load", trigger_rule="all_done")
    record = RecordRunOperator(task_id="record", outlets=[Asset("core")]).as_teardown()
    announce = AnnounceRunOperator(task_id="announce").as_teardown()
    collect >> validate >> load >> record >> announce


ingest_validate_load()
