-- A batch of a dry run that failed is a rehearsal as well: nothing of it waits, fails or was rejected for good.

update ops.batches
set is_rehearsal = true
where status = 'dry_run';

grant select (is_rehearsal) on ops.batches to svc_dbt, owner_reporting;

create or replace view ops.reject_states as
select
    r.reject_id,
    r.batch_id,
    r.source,
    r.dataset,
    r.file_name,
    r.row_number,
    r.field,
    r.code,
    r.sample,
    r.rejected_at,
    r.mended_by_batch_id,
    r.mended_at,
    r.carried_to_batch_id,
    r.mended_by_batch_id is null and r.carried_to_batch_id is null and m.batch_id is not null as is_open
from ops.rejects as r
left join (
    select b.batch_id
    from ops.batches as b
    inner join ops.files as f on b.file_id = f.file_id
    where b.status in ('loaded', 'failed')
        and not b.is_rehearsal
        and f.original_removed_at is null
        and not exists (
            select from ops.batches as newer
            where newer.file_id = b.file_id
                and newer.dataset = b.dataset
                and newer.status in ('loaded', 'failed')
                and not newer.is_rehearsal
                and (newer.collected_at, newer.batch_id) > (b.collected_at, b.batch_id)
        )
) as m on r.batch_id = m.batch_id;

set local role owner_reporting;

create or replace view reporting.ingestion_outcomes with (security_barrier) as
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
where not b.is_rehearsal;

create or replace view reporting.reject_counts with (security_barrier) as
select
    r.source,
    r.dataset,
    r.code,
    r.rejected_at,
    r.is_open
from ops.reject_states as r
inner join ops.batches as b on r.batch_id = b.batch_id
where not b.is_rehearsal;

create or replace view reporting.unmapped_values with (security_barrier) as
select
    b.source,
    b.dataset,
    u.field,
    u.word,
    u.n_rows,
    b.file_id,
    coalesce(b.finished_at, b.collected_at) as seen_at
from ops.unmapped_values as u
inner join ops.batches as b on u.batch_id = b.batch_id
inner join (
    select source, max(profile_version) as profile_version
    from ops.batches
    group by source
) as latest on b.source = latest.source and b.profile_version = latest.profile_version
where b.status in ('loaded', 'failed')
    and not b.is_rehearsal
    and not exists (
        select from ops.batches as newer
        where newer.file_id = b.file_id and newer.dataset = b.dataset and newer.status in ('loaded', 'failed')
            and not newer.is_rehearsal
            and (newer.collected_at, newer.batch_id) > (b.collected_at, b.batch_id)
    );

create or replace view reporting.ingestion_batches with (security_barrier) as
select
    b.batch_id,
    b.source,
    b.dataset,
    f.name as file_name,
    f.sha256,
    f.delivered_from,
    f.delivered_to,
    f.source_version,
    b.dag_id,
    b.run_id,
    case when b.is_rehearsal then 'dry_run' else b.status end as status,
    b.error_code,
    b.period_from,
    b.period_to,
    b.rows_read,
    b.rows_loaded,
    b.rows_unchanged,
    b.rows_superseded,
    b.rows_rejected,
    b.rows_deleted,
    b.warnings,
    b.collected_at,
    b.finished_at,
    b.seconds
from ops.batches as b
inner join ops.files as f on b.file_id = f.file_id;

create or replace view reporting.ingestion_rejects with (security_barrier) as
select
    r.reject_id,
    r.batch_id,
    r.source,
    r.dataset,
    r.file_name,
    r.row_number,
    r.field,
    r.code,
    r.sample,
    r.rejected_at,
    r.mended_by_batch_id,
    r.mended_at,
    r.carried_to_batch_id,
    r.is_open
from ops.reject_states as r
inner join ops.batches as b on r.batch_id = b.batch_id
where not b.is_rehearsal;

reset role;
