-- One row per batch: a file, a dataset, an attempt; with the period of its delivery, and whether it was a dry run's, or
-- brought nothing but took another batch back.
select
    batches.batch_id,
    batches.source,
    batches.dataset,
    batches.status,
    batches.error_code,
    batches.period_to,
    batches.rows_read,
    batches.rows_loaded,
    batches.rows_unchanged,
    batches.rows_superseded,
    batches.rows_rejected,
    batches.collected_at,
    batches.finished_at,
    batches.seconds,
    files.delivered_to,
    files.first_seen_at,
    batches.is_rehearsal,
    batches.batch_id in (
        select taken.withdrawal_batch_id from {{ source('ops', 'batches') }} as taken
        where taken.withdrawal_batch_id is not null
    ) as is_withdrawal
from {{ source('ops', 'batches') }} as batches
inner join {{ source('ops', 'files') }} as files on batches.file_id = files.file_id
