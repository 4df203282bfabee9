-- One row per dataset: what all batches so far read and what became of it.
select
    dataset,
    count(distinct file_id) as files,
    sum(rows_read)::bigint as rows_read,
    sum(rows_loaded)::bigint as rows_loaded,
    sum(rows_unchanged)::bigint as rows_unchanged,
    sum(rows_superseded)::bigint as rows_superseded,
    sum(rows_rejected)::bigint as rows_rejected,
    sum(seconds) as seconds
from ops.batches
where status in ('loaded', 'duplicate', 'failed')
group by dataset
order by min(collected_at), dataset;
