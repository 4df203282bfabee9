-- The rejects that a mended file names, with the original that each was read from.
select r.reject_id, r.row_number, r.part, b.batch_id, b.source, b.dataset, f.name, f.archive_uri,
    f.delivered_from, f.delivered_to
from ops.rejects as r
inner join ops.batches as b on r.batch_id = b.batch_id
inner join ops.files as f on b.file_id = f.file_id
where r.reject_id = any(%(rejects)s) and r.source = %(source)s and r.dataset = %(dataset)s
order by b.batch_id, r.row_number, r.reject_id
