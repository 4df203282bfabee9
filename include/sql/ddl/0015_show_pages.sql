-- What the pages read beside the marts: how batches ended and what was rejected, without names, samples and row numbers, so
-- that readers of aggregates can count them as they happen.

set local role owner_reporting;

create view reporting.ingestion_outcomes with (security_barrier) as
select
    b.source,
    b.dataset,
    b.status,
    b.error_code,
    b.period_to,
    b.rows_read,
    b.rows_loaded,
    b.rows_unchanged,
    b.rows_superseded,
    b.rows_rejected,
    b.seconds,
    coalesce(b.finished_at, b.collected_at) as ended_at
from ops.batches as b
where b.status <> 'dry_run';
comment on view reporting.ingestion_outcomes is 'One row per batch that was no dry run: how it ended; no file, run or row is named.';

create view reporting.reject_counts with (security_barrier) as
select
    source,
    dataset,
    code,
    rejected_at,
    mended_by_batch_id is null and carried_to_batch_id is null as is_open
from ops.rejects;
comment on view reporting.reject_counts is 'One row per rejected row: why, and whether it still waits; nothing of what was in it.';

grant select on reporting.ingestion_outcomes, reporting.reject_counts to finance, operations, analyst, auditor, dashboard;

reset role;
