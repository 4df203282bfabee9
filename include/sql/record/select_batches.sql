-- The batches of runs as their end message tells them, with the sums that were loaded per currency.
select
    batches.dataset,
    batches.source,
    batches.status,
    batches.rows_loaded,
    batches.rows_unchanged,
    batches.rows_superseded,
    batches.rows_rejected,
    batches.rows_deleted,
    batches.warnings,
    batches.period_from,
    batches.period_to,
    coalesce(
        (
            select jsonb_object_agg(amounts.currency, amounts.amount_loaded::text)
            from ops.batch_amounts as amounts
            where amounts.batch_id = batches.batch_id
        ), '{}'
    ) as amounts
from ops.batches
where batches.dag_id = %(dag_id)s and batches.run_id = any(%(run_ids)s)
order by batches.finished_at, batches.collected_at, batches.batch_id
