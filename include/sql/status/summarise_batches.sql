-- One row per dataset: what the loaded batches read and what became of it, and how many batches failed.
select
    dataset,
    count(distinct file_id) filter (where status = 'loaded') as files,
    coalesce(sum(rows_read) filter (where status = 'loaded'), 0)::bigint as rows_read,
    coalesce(sum(rows_loaded) filter (where status = 'loaded'), 0)::bigint as rows_loaded,
    coalesce(sum(rows_unchanged) filter (where status = 'loaded'), 0)::bigint as rows_unchanged,
    coalesce(sum(rows_superseded) filter (where status = 'loaded'), 0)::bigint as rows_superseded,
    coalesce(sum(rows_rejected) filter (where status = 'loaded'), 0)::bigint as rows_rejected,
    count(*) filter (where status = 'failed') as batches_failed,
    sum(seconds) as seconds
from ops.batches
where status in ('loaded', 'failed') and not is_rehearsal
group by dataset
order by min(collected_at), dataset;
