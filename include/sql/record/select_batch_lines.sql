-- One line per batch and currency of every recorded run; a batch without money has one line and no currency.
with recorded as (
    select distinct on (run_id)
        run_id,
        run_at
    from ops.run_log
    where dag_id = %(dag_id)s and batch_id is null and (%(since)s::timestamptz is null or run_at >= %(since)s)
    order by run_id asc, attempt desc
)

select
    recorded.run_at,
    batches.dag_id,
    batches.run_id,
    batches.dataset,
    batches.source,
    files.name as file,
    files.sha256,
    batches.batch_id,
    batches.period_from,
    batches.period_to,
    batches.status,
    batches.error_code,
    batches.rows_read,
    batches.rows_loaded,
    batches.rows_unchanged,
    batches.rows_superseded,
    batches.rows_rejected,
    batches.rows_skipped,
    batches.rows_deleted,
    amounts.amount_loaded,
    amounts.currency,
    batches.seconds
from recorded
inner join ops.batches on recorded.run_id = batches.run_id and batches.dag_id = %(dag_id)s
inner join ops.files on batches.file_id = files.file_id
left join ops.batch_amounts as amounts on batches.batch_id = amounts.batch_id
order by recorded.run_at, batches.run_id, batches.finished_at, batches.collected_at, batches.batch_id, amounts.currency
