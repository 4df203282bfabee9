-- Rejects that wait to be mended, by the batch that noted them last. Those of a file that was refused as a whole are not
-- mended row by row (select_refused.sql): its good rows would stay behind.
select
    b.batch_id, b.dataset, b.source, f.name, f.archive_uri,
    jsonb_agg(jsonb_build_array(r.row_number, r.reject_id, r.field, r.code) order by r.row_number, r.reject_id) as rejects
from ops.reject_states as r
inner join ops.batches as b on r.batch_id = b.batch_id
inner join ops.files as f on b.file_id = f.file_id
where r.source = %(source)s and r.is_open and b.status = 'loaded'
group by b.batch_id, f.file_id
order by f.source_version, f.name, b.dataset
