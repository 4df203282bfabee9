-- The newest batches, with the run that made each.
select
    b.batch_id,
    b.collected_at,
    b.source,
    b.dataset,
    b.file_name,
    b.status,
    b.error_code,
    b.rows_read,
    b.rows_loaded,
    b.rows_unchanged,
    b.rows_superseded,
    b.rows_rejected,
    b.seconds,
    b.dag_id,
    b.run_id
from reporting.ingestion_batches as b
where (%(source)s::text is null or b.source = %(source)s)
order by b.collected_at desc, b.batch_id asc
limit %(rows)s
