-- Rejects that wait to be mended, by the batch that noted them last; dry runs and batches taken back do not count, nor
-- does what can no longer be read because its original's time in the archive was over.
select
    b.batch_id, b.dataset, b.source, f.name, f.archive_uri,
    jsonb_agg(jsonb_build_array(r.row_number, r.reject_id, r.field, r.code) order by r.row_number, r.reject_id) as rejects
from ops.rejects as r
inner join ops.batches as b on r.batch_id = b.batch_id
inner join ops.files as f on b.file_id = f.file_id
where r.source = %(source)s and r.mended_by_batch_id is null and r.carried_to_batch_id is null
    and f.original_removed_at is null
    and b.status in ('loaded', 'failed')
    and not exists (
        select from ops.batches as newer
        where newer.file_id = b.file_id and newer.dataset = b.dataset and newer.status in ('loaded', 'failed')
            and (newer.collected_at, newer.batch_id) > (b.collected_at, b.batch_id))
group by b.batch_id, f.file_id
order by f.source_version, f.name, b.dataset
